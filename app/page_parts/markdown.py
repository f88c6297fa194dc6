"""Turns text that came from anywhere into markdown that cannot do harm.

Streamlit's markdown lets no HTML through, and the content policy of `app/web/headers.py` no foreign image load. What
is left is to show what is there: signs that are data must not become formatting.
"""

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>])")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_PROSE_SIGNS = re.compile(r"(!\[|\$|:(?=[a-z]+[\[:]))")


def plain(text: str) -> str:
    """Escapes every sign that markdown reads."""
    return _SIGNS.sub(r"\\\1", text)


def prose(text: str) -> str:
    """Keeps formatting and code, and shows as they are: images, formulas ($5 and $6), Streamlit's own directives."""
    pieces = _CODE.split(text)
    return "".join(piece if place % 2 else _PROSE_SIGNS.sub(_escaped, piece) for place, piece in enumerate(pieces))


def _escaped(found: re.Match[str]) -> str:
    return "!\\[" if found[0] == "![" else f"\\{found[0]}"
