"""Makes the Native output of the engine, which has revision 0, that of the revision a client asks for.

Later revisions differ in two ways: every block begins with facts about itself, and the type `DateTime` keeps its time
zone. Types are asked for once, and only if a result holds such a column.
"""

from collections.abc import Callable, Generator, Sequence

from warehouse.embedded.engine import Block
from warehouse.embedded.errors import refusal

LEAST_REVISION = 54405
"""From here on columns of LowCardinality are sent as they are, as revision 0 does."""
MOST_REVISION = 54451
"""The next one changes the states of aggregate functions."""

Column = tuple[str, str]
"""Name and type."""

_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1: no overflow row. Field 2: bucket -1. Then the end."""
_DATE_TIME_BYTES = 4


def revision_asked(parameter: str) -> int:
    """The revision to write; 0 if none was asked for. Raises EngineError if we do not know it."""
    if not parameter.isdecimal() or not 0 <= int(parameter) <= MOST_REVISION:
        raise refusal(36, "BAD_ARGUMENTS", f"client_protocol_version can be {LEAST_REVISION} to {MOST_REVISION}, or 0.")
    return int(parameter)


def one_block(data: bytes) -> bytes:
    """The block as later revisions begin it; no block stays none."""
    return _BLOCK_INFO + data if data else data


def later_blocks(
    blocks: Generator[Block, None, None], describe: Callable[[], Sequence[Column]]
) -> Generator[Block, None, None]:
    """The same blocks as a later revision writes them; `describe` returns the columns, none if it cannot."""
    columns: Sequence[Column] | None = None
    try:
        for block in blocks:
            if columns is None and b"\x08DateTime" in block.data:
                columns = describe()
            yield Block(one_block(with_time_zones(block.data, columns or ())), block.counts)
    finally:
        blocks.close()


def with_time_zones(block: bytes, columns: Sequence[Column]) -> bytes:
    """Writes the zone behind each `DateTime` of the block.

    Its place is where the column's head stands, the column's values fill the bytes up to the next head, and nothing
    else in the block looks like that. Where two places do, the type stays without its zone.
    """
    if not (block and columns):
        return block
    _, position = _read_number(block, 0)
    rows, position = _read_number(block, position)
    heads = [_text(name) + _text(_sent_type(type)) for name, type in columns]
    pieces, copied = [], 0
    for index, (name, type) in enumerate(columns):
        if not type.startswith("DateTime("):
            continue
        length = len(heads[index]) + rows * _DATE_TIME_BYTES
        following = heads[index + 1] if index + 1 < len(columns) else None
        places = [
            place
            for place in _places(block, heads[index], position)
            if (len(block) == place + length if following is None else block.startswith(following, place + length))
            and (index > 0 or place == position)
        ]
        if len(places) == 1:
            (place,) = places
            pieces += [block[copied:place], _text(name), _text(type)]
            copied, position = place + len(heads[index]), place + length
    return b"".join([*pieces, block[copied:]])


def _places(block: bytes, head: bytes, start: int) -> Generator[int, None, None]:
    while (start := block.find(head, start)) >= 0:
        yield start
        start += 1


def _sent_type(type: str) -> str:
    return "DateTime" if type.startswith("DateTime(") else type


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _number(len(encoded)) + encoded


def _number(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _read_number(data: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
