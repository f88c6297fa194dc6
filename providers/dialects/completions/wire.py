"""What is read of legacy completions on the wire; leaves are `Any`, as in chat completions."""

from typing import Any

import msgspec


class Choice(msgspec.Struct):
    index: Any = None
    text: Any = None
    finish_reason: Any = None


class Answer(msgspec.Struct):
    """A whole response body or one chunk of a stream: they are the same."""

    model: Any = None
    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None


decoder = msgspec.json.Decoder(Answer)
batch_decoder = msgspec.json.Decoder(list[Answer])
