"""Base URLs with parts, such as `https://{resource}.openai.azure.com/openai`, and how a caller's path joins one.

A part stands for what differs from account to account: a resource, a region, a project. Its value is one label of a
host name, so that no value can lead to another domain than the template's.
"""

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

_PART = re.compile(r"\{([a-z]+)\}")
_VALUE = re.compile(r"[a-z0-9-]{1,63}")
_VERSION = re.compile(r"v\d+[a-z0-9]*")


@cache
def parts_of(template: str) -> tuple[str, ...]:
    """Returns the names of a template's parts, each once."""
    return tuple(dict.fromkeys(_PART.findall(template)))


def is_value(value: str) -> bool:
    """Whether a part may have this value: small letters, digits and hyphens, at most 63."""
    return _VALUE.fullmatch(value) is not None


def filled(template: str, values: Mapping[str, str]) -> str:
    """Puts the values in place of the parts. Raises KeyError for a part without a value, ValueError for a bad one."""

    def value_of(found: re.Match[str]) -> str:
        value = values[found[1]]
        if not is_value(value):
            raise ValueError(f"`{value[:80]}` is no value for {found[0]}")
        return value

    return _PART.sub(value_of, template)


@cache
def host_pattern(template: str) -> re.Pattern[str]:
    """Returns what matches every host that a base URL with parts can have, the parts as named groups."""
    host = urlsplit(template).netloc
    seen: set[str] = set()
    pattern = ""
    for literal, name in re.findall(r"([^{]*)(?:\{([a-z]+)\})?", host):
        pattern += re.escape(literal)
        if name in seen:
            pattern += f"(?P={name})"
        elif name:
            seen.add(name)
            pattern += f"(?P<{name}>{_VALUE.pattern})"
    return re.compile(pattern)


def joined(base_url: str, path: str, *, drops_version: bool = False) -> str:
    """Returns the URL of a path behind a provider's door; parts stay as they are.

    Callers differ in how much of the base URL they repeat: `/v1/models`, `/openai/v1/models` and `/models` all lead to
    the same place. What the path and the base have in common is not doubled. A version the caller names wins over the
    base's, or is dropped where that provider has no use for it.
    """
    split = urlsplit(base_url)
    base = [segment for segment in split.path.split("/") if segment]
    segments = path.lstrip("/").split("/")
    if values_in_path(base_url, path):
        base = []
    elif (shared := _shared(base, segments)) > 0:
        base = base[:-shared]
    elif drops_version and segments[0] == "v1":
        segments = segments[1:]
    elif base and _VERSION.fullmatch(base[-1]) and _VERSION.fullmatch(segments[0]):
        base = base[:-1]
    return f"{split.scheme}://{split.netloc}/{'/'.join([*base, *segments])}"


def values_in_path(base_url: str, path: str) -> dict[str, str]:
    """Returns the parts' values if the path repeats the base URL's own path from its root, as Google's SDK does.

    Nothing if it does not, or if the base URL's path has no parts.
    """
    base = [segment for segment in urlsplit(base_url).path.split("/") if segment]
    last = max((index for index, segment in enumerate(base) if _PART.fullmatch(segment)), default=-1)
    segments = path.lstrip("/").split("/")[: last + 1]
    if last < 0 or len(segments) <= last:
        return {}
    values: dict[str, str] = {}
    for ours, theirs in zip(base, segments, strict=False):
        part = _PART.fullmatch(ours)
        if part is None:
            if ours != theirs and not (_VERSION.fullmatch(ours) and _VERSION.fullmatch(theirs)):
                return {}
        elif not is_value(theirs) or values.setdefault(part[1], theirs) != theirs:
            return {}
    return values


def _shared(base: list[str], segments: list[str]) -> int:
    """How many segments the base ends with and the path begins with."""
    for length in range(min(len(base), len(segments)), 0, -1):
        if base[-length:] == segments[:length]:
            return length
    return 0
