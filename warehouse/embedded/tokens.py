"""Cuts SQL into tokens as ClickHouse's lexer does, so that borders are found by reading and never by guessing.

Works on bytes seen as Latin-1 text: offsets are byte offsets, and binary data that follows an INSERT does no harm
because tokens are made one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["word", "quoted", "string", "number", "comment", "sign"]

_BLANKS = " \t\n\r\f\v\x00"
_WIDE_BLANKS = (
    "\xe2\x80\x8b",
    "\xe2\x80\x8c",
    "\xe2\x80\x8d",
    "\xe2\x81\xa0",
    "\xef\xbb\xbf",
    "\xc2\xa0",
    "\xe1\xa0\x8e",
)
"""Unicode blanks as UTF-8 bytes: the engine skips them, so a word hidden behind one is still a word."""
_QUOTES = {"'": "string", '"': "quoted", "`": "quoted"}
_CURLY_QUOTES: dict[str, tuple[str, TokenKind]] = {
    "\xe2\x80\x98": ("\xe2\x80\x99", "string"),
    "\xe2\x80\x9c": ("\xe2\x80\x9d", "quoted"),
}


@dataclass(frozen=True)
class Token:
    """One token: its kind, its text as written, and where it begins and ends in bytes."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text in capitals, for comparing with keywords."""
        return self.text.upper()

    @property
    def name(self) -> str:
        """The identifier a word or a quoted name stands for, in lower case."""
        return (self.text if self.kind == "word" else self.text.strip('`"').strip("\xe2\x80\x9c\x9d")).lower()


def tokens(sql: bytes) -> Iterator[Token]:
    """Yields the tokens of the SQL, comments included and blanks left out."""
    text = sql.decode("latin-1")
    position = 0
    while (position := _skip_blanks(text, position)) < len(text):
        kind, end = _next(text, position)
        yield Token(kind, text[position:end], position, end)
        position = end


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text):
        if text[position] in _BLANKS:
            position += 1
        elif text.startswith(_WIDE_BLANKS, position):
            position += 2 if text[position] == "\xc2" else 3
        else:
            break
    return position


def _next(text: str, start: int) -> tuple[TokenKind, int]:
    first = text[start]
    if first in _QUOTES:
        return ("string" if first == "'" else "quoted"), _end_of_quoted(text, start, first)
    if text.startswith(("--", "#!", "# "), start):
        line_end = text.find("\n", start)
        return "comment", len(text) if line_end < 0 else line_end
    if text.startswith("/*", start):
        return "comment", _end_of_comment(text, start)
    if first == "$" and (end := _end_of_heredoc(text, start)):
        return "string", end
    if (curly := _CURLY_QUOTES.get(text[start : start + 3])) is not None:
        closing = text.find(curly[0], start + 3)
        return curly[1], len(text) if closing < 0 else closing + 3
    if _is_word(first) or first == "$":
        end = start + 1
        while end < len(text) and (_is_word(text[end]) or text[end] == "$"):
            end += 1
        return ("number" if first.isdigit() else "word"), end
    return "sign", start + 1


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _end_of_quoted(text: str, start: int, quote: str) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == quote:
            if not text.startswith(quote, position + 1):
                return position + 1
            position += 2
        else:
            position += 1
    return len(text)


def _end_of_comment(text: str, start: int) -> int:
    depth, position = 0, start
    while position < len(text):
        if text.startswith("/*", position):
            depth, position = depth + 1, position + 2
        elif text.startswith("*/", position):
            depth, position = depth - 1, position + 2
            if depth == 0:
                return position
        else:
            position += 1
    return len(text)


def _end_of_heredoc(text: str, start: int) -> int | None:
    """Where `$tag$ .. $tag$` ends; None if it is no heredoc."""
    opening = text.find("$", start + 1)
    if opening < 0 or not all(_is_word(character) for character in text[start + 1 : opening]):
        return None
    tag = text[start : opening + 1]
    closing = text.find(tag, opening + 1)
    return None if closing < 0 else closing + len(tag)
