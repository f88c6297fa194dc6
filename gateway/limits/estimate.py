"""Guesses what a call will use up before it is sent: what its limits reserve until the provider tells."""

import msgspec

_CHARACTERS_PER_TOKEN = 4
_MOST_OUTPUT_TOKENS = 10_000_000
"""No model answers at such length; counters must not be brought to where they overflow, for they are shared."""


class _Ceilings(msgspec.Struct):
    """How long the answer may become, as the dialects write it."""

    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    max_output_tokens: int | None = None


_decoder = msgspec.json.Decoder(_Ceilings)


def input_tokens(body: bytes) -> int:
    """Returns the tokens of a request, by its size."""
    return -(-len(body) // _CHARACTERS_PER_TOKEN)


def output_tokens(body: bytes) -> int:
    """Returns the most tokens the answer may have; 0 where the request does not say."""
    try:
        found = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0
    named = (found.max_tokens, found.max_completion_tokens, found.max_output_tokens)
    return min(max(0, *(each or 0 for each in named)), _MOST_OUTPUT_TOKENS)
