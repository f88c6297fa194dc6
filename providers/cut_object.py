"""Reads a JSON object too large to hold, or to parse, from its two ends.

In requests and answers alike one member is large: the messages, the vectors, the images. Who asked which model for
what, and what was used, stands before it or after it.
"""

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec

END_BYTES = 64 * 1024
"""How much of each end is worth reading."""

_MOST_MEMBERS = 200
"""How many members, nested ones included, are tried from the end; those wanted are among the last few."""

_MEMBER = re.compile(r',\s*"(?:[^"\\]|\\.){1,64}"\s*:')
_SPACE = re.compile(r"[ \t\n\r]*")
_decoder = JSONDecoder()


def from_both_ends(start: bytes, end: bytes) -> bytes:
    """Returns a JSON object of the members that are whole in the first bytes of an object, or in its last ones.

    Of something that is no object it is an empty one.
    """
    members = _from_start(start[:END_BYTES].decode("utf-8", "replace"))
    return msgspec.json.encode(members | _from_end(end[-END_BYTES:].decode("utf-8", "replace")))


def _from_start(text: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return members
    try:
        while True:
            name, at = _decoder.raw_decode(text, _skip(text, at + 1))
            at = _skip(text, at)
            if not isinstance(name, str) or text[at : at + 1] != ":":
                return members
            value, at = _decoder.raw_decode(text, _skip(text, at + 1))
            at = _skip(text, at)
            if text[at : at + 1] not in (",", "}"):
                # A number may go on where the text was cut.
                return members
            members[name] = value
    except (JSONDecodeError, RecursionError):
        return members


def _from_end(text: str) -> dict[str, Any]:
    """Members are of the object itself, and not of one inside it, if what follows them closes it and nothing else."""
    members: dict[str, Any] = {}
    for found in [*_MEMBER.finditer(text)][-_MOST_MEMBERS:][::-1]:
        try:
            rest = _decoder.decode("{" + text[found.start() + 1 :])
        except (JSONDecodeError, RecursionError):
            continue
        members = rest
    return members


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()
