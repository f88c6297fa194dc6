"""What the readers of Amazon's event streams share: frames are cut, errors are taken, events go to the dialect."""

from abc import ABC, abstractmethod

from providers.dialects.builder import FactsBuilder
from providers.dialects.errors import read_bare_error
from providers.event_stream import EventStreamReader, Frame
from providers.facts import ResponseFacts
from providers.lenient import decode_object


class FrameStream(ABC):
    """Reads the events of one response; the dialect says how an event is taken."""

    def __init__(self) -> None:
        self.first_content = False
        self.terminal = False
        self.builder = FactsBuilder()
        self._frames = EventStreamReader()

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the stream, cut anywhere."""
        for frame in self._frames.feed(chunk):
            if frame.headers.get(":message-type", "event") == "event":
                self.take(frame.headers.get(":event-type", ""), frame.payload)
            else:
                self.terminal = True
                self.builder.set_error(error_of(frame))
                self.builder.finish_reason = "error"

    def facts(self) -> ResponseFacts:
        """Returns what is known so far."""
        return self.builder.facts()

    @abstractmethod
    def take(self, kind: str, payload: bytes) -> None:
        """Notes what one event says."""


def error_of(frame: Frame) -> tuple[str, str | None]:
    """Reads the error a frame holds: one that is modelled names its exception, one that is not has a code."""
    headers = frame.headers
    kind = headers.get(":exception-type") or headers.get(":error-code") or "error"
    said = read_bare_error(decode_object(frame.payload))
    return kind[:128], headers.get(":error-message") or (said[1] if said is not None else None)


def stored_frames(body: str) -> list[Frame]:
    """Reads the frames of a stored body; binary ones are kept as text with a character for every byte."""
    for encoding in ("latin-1", "utf-8"):
        frames = EventStreamReader().feed(body.encode(encoding, "replace"))
        if frames:
            return frames
    return []
