"""Made-up answers: neutral events for whole and streamed messages, and what is left of them after a translation."""

from itertools import pairwise

from hypothesis import strategies as st

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.asked import Asked
from providers.translation.events import Close, Delta, Event, Finish, Open, Signed, Start
from providers.translation.signatures import Signature
from providers.usage import Usage

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ARGUMENTS = st.sampled_from(['{"city":"Oslo"}', '{"a":[1,2,{"b":"\\"}"}]}', '{"deep":{"er":{}}}'])
USAGE = Usage(input_tokens=120, output_tokens=40, cache_read_tokens=100, cache_write_tokens=7, reasoning_tokens=11)


def asked(raw: JsonObject | None = None, *, wants_usage: bool = True, is_shown: bool = True) -> Asked:
    request = neutral.Request(wants_usage=wants_usage, thinking=neutral.Thinking(is_on=True, is_shown=is_shown))
    return Asked(request, raw or {}, "some-model", now=lambda: 1_700_000_000, random_id=lambda: "0123456789ab")


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.sets(st.integers(1, max(len(text) - 1, 1)), max_size=4)))
    bounds = [0, *[cut for cut in cuts if cut < len(text)], len(text)]
    return [text[start:end] for start, end in pairwise(bounds) if end > start]


@st.composite
def messages(draw: st.DrawFn, *, signed_by: str | None = None) -> list[Event]:
    """An answer as models give it: thoughts, words, then calls."""
    events: list[Event] = [Start(id="answer-1", model="some-model-1", created_at=1_700_000_000)]
    kinds = ["thought"] * draw(st.integers(0, 1)) + ["text"] * draw(st.integers(0, 1))
    kinds += ["tool_call"] * draw(st.integers(0 if kinds else 1, 3))
    for index, kind in enumerate(kinds):
        is_call = kind == "tool_call"
        events.append(Open(index, kind, f"call_{index}" if is_call else "", "weather" if is_call else ""))
        whole = draw(ARGUMENTS) if is_call else draw(WORDS)
        events += [Delta(index, piece) for piece in draw(pieces(whole))]
        if kind == "thought" and signed_by is not None:
            events.append(Signed(index, Signature(signed_by, "c2lnbmVk")))
        events.append(Close(index))
    events.append(Finish("tool_calls" if "tool_call" in kinds else draw(st.sampled_from(["stop", "length"])), USAGE))
    return events


def parts_of(events: list[Event]) -> list[tuple[str, str, str, str]]:
    """Returns kind, id, name and content of each part, neighbours of a kind joined: dialects cut them as they like."""
    opened: dict[int, Open] = {}
    said: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, Open):
            opened[event.index] = event
            said[event.index] = []
        elif isinstance(event, Delta):
            said[event.index].append(event.text)
    joined: list[tuple[str, str, str, str]] = []
    for index, open in opened.items():
        part = (open.kind, open.call_id, open.name, "".join(said[index]))
        if joined and part[0] == joined[-1][0] != "tool_call":
            joined[-1] = (part[0], "", "", joined[-1][3] + part[3])
        elif part[0] == "tool_call" or part[3]:
            joined.append(part)
    return joined


def finish_of(events: list[Event]) -> Finish:
    (finish,) = [event for event in events if isinstance(event, Finish)]
    return finish


def whole_of(events: list[Event]) -> neutral.Response:
    """Returns the answer as it would have been without streaming."""
    parts: list[neutral.Part] = []
    for kind, id, name, content in parts_of(events):
        if kind == "tool_call":
            parts.append(neutral.ToolCall(id, name, content))
        elif kind == "thought":
            parts.append(neutral.Thought(content, signature_of(events)))
        else:
            parts.append(neutral.Text(content))
    finish = finish_of(events)
    return neutral.Response(id="answer-1", model="some-model-1", parts=parts, finish_reason=finish.reason, usage=USAGE)


def signature_of(events: list[Event]) -> Signature | None:
    return next((event.signature for event in events if isinstance(event, Signed)), None)
