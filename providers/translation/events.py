"""What happens while an answer streams, in one small vocabulary.

    Start                           once, first
    Open  Delta*  Signed?  Close    for each part, one part after another
    Finish                          the message is complete
    Failed                          the provider gave up, or fell silent

Parts are numbered from zero in the order they open. An answer that has neither finished nor failed is still coming.
"""

from typing import Literal

import msgspec

from providers.translation.signatures import Signature
from providers.usage import Usage

Kind = Literal["text", "refusal", "thought", "tool_call"]


class Start(msgspec.Struct, gc=False):
    """The model begins to answer."""

    id: str | None = None
    model: str | None = None
    created_at: int | None = None
    usage: Usage | None = None
    """What is known of it already: messages tells the input first."""
    service_tier: str | None = None


class Open(msgspec.Struct, gc=False):
    """A part begins."""

    index: int
    kind: Kind
    call_id: str = ""
    name: str = ""
    is_custom: bool = False
    """Whether the call's input is free text and not JSON."""


class Delta(msgspec.Struct, gc=False):
    """More of the part: words, or a piece of a call's arguments."""

    index: int
    text: str


class Signed(msgspec.Struct, gc=False):
    """The signature of a thought."""

    index: int
    signature: Signature


class Close(msgspec.Struct, gc=False):
    """A part is complete."""

    index: int


class Finish(msgspec.Struct, gc=False):
    """The message is complete."""

    reason: str | None = None
    usage: Usage | None = None
    stop_sequence: str | None = None
    service_tier: str | None = None


class Failed(msgspec.Struct, gc=False):
    """The message will not be completed."""

    status: int
    type: str
    message: str


Event = Start | Open | Delta | Signed | Close | Finish | Failed
