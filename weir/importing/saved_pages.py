"""Rows that somebody saved: answers of Helicone's API as files, or what its export tool writes.

A file is an answer (`{"data": […], "error": null}`), a list of rows, or a row a line. Bodies stand in the rows.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from weir.importing.api import Page
from weir.importing.errors import BadPage
from weir.importing.row import read_row, rows_in


def pages_in(files: list[Path]) -> Iterator[Page]:
    """Yields a page for each file, or for each thousand lines of one. Raises BadPage, naming file and remedy."""
    for file in files:
        try:
            with file.open("rb") as opened:
                first = opened.readline()
        except OSError as error:
            raise BadPage(f"{file}: {error.strerror or error}") from error
        if _is_row(first):
            yield from _lines(file)
        else:
            yield _whole(file)


def _is_row(line: bytes) -> bool:
    try:
        found = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return "request_id" in found


def _lines(file: Path) -> Iterator[Page]:
    page = Page()
    with file.open("rb") as opened:
        for line in opened:
            if not line.strip():
                continue
            _add(page, line)
            if len(page.rows) == 1000:
                yield page
                page = Page()
    yield page


def _whole(file: Path) -> Page:
    content = file.read_bytes()
    if content.lstrip().startswith(b"["):
        try:
            rows = msgspec.json.decode(content, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadPage(f"{file}: not JSON ({error}); save the answer of query-clickhouse anew") from error
    else:
        rows = rows_in(content, str(file))
    page = Page()
    for row in rows:
        _add(page, row)
    return page


def _add(page: Page, written: msgspec.Raw | bytes) -> None:
    try:
        page.rows.append(read_row(written))
    except ValueError as error:
        page.unreadable.append(str(error))
