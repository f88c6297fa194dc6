"""Guesses the tokens of a call whose client left before the provider could report them.

The provider bills such a call all the same, and a row without tokens would hide it. Four characters a token is crude;
the record says that it is an estimate.
"""

import msgspec

from providers.facts import ResponseFacts
from providers.usage import Usage

_CHARACTERS_PER_TOKEN = 4


def estimated(request_bytes: int, facts: ResponseFacts) -> Usage:
    """Returns what was reported so far, with guesses where nothing was, or where the answer was still growing."""
    reported = facts.usage or Usage()
    answered = _tokens(facts.text_chars)
    return msgspec.structs.replace(
        reported,
        input_tokens=_tokens(request_bytes) if reported.input_tokens is None else reported.input_tokens,
        output_tokens=max(answered, reported.output_tokens or 0),
    )


def _tokens(size: int) -> int:
    return -(-size // _CHARACTERS_PER_TOKEN)
