import random
import secrets

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.object_store.local import LocalStore
from warehouse.rawlog import reader, segment
from warehouse.rawlog.blanking import Blanked, blank
from warehouse.rawlog.errors import SegmentDamaged
from warehouse.rawlog.frames import frame_at

CANARY = b"canary"


def holds_canary(line: bytes) -> bool:
    return CANARY in line


def places(data: bytes) -> list[tuple[int, int, int]]:
    loaded = reader.load_segment(data)
    return list(zip(loaded.frame_offset, loaded.frame_length, loaded.frame_line, strict=True))


def lines_at(store: LocalStore, at: list[tuple[int, int, int]]) -> list[bytes | None]:
    def line(place: tuple[int, int, int]) -> bytes | None:
        try:
            return segment.read_line(store, "k", *place)
        except SegmentDamaged:
            return None

    return [line(place) for place in at]


@pytest.fixture
def store(tmp_path) -> LocalStore:
    store = LocalStore(tmp_path, "request-response-storage")
    store.ensure_bucket()
    return store


def decompressed(data: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
        return stream.read()


def check_deleted(store: LocalStore, data: bytes, lines: list[bytes]) -> Blanked:
    """Deletes the lines with the canary, and reads every line from the place it had before."""
    before = places(data)
    blanked = blank(data, holds_canary)
    store.put("k", blanked.data)
    expected = [None if CANARY in line else line for line in lines]
    assert lines_at(store, before) == expected
    assert CANARY not in blanked.data
    assert CANARY not in decompressed(blanked.data)
    kept = [line for line in expected if line is not None]
    assert (blanked.line_count, blanked.kept_count) == (len(lines) - len(kept), len(kept))
    again = reader.load_segment(blanked.data)
    assert sorted(segment.lines_of(again.ndjson)) == sorted(kept)
    assert lines_at(store, places(blanked.data)) == segment.lines_of(again.ndjson)
    assert not frame_at(blanked.data, 0).is_skippable
    assert blank(blanked.data, holds_canary) == Blanked(blanked.data, 0, len(kept), has_damage=False)
    return blanked


def test_other_lines_are_read_where_they_were(store):
    lines = [b'{"n":%d,"body":"%s"}' % (n, str(n).encode() * (n % 400)) for n in range(2000)]
    for number in (0, 7, 8, 900, 1999):
        lines[number] = b'{"n":%d,"body":"canary %s"}' % (number, secrets.token_hex(50).encode())
    data = segment.compress(b"".join(line + b"\n" for line in lines))
    assert len(check_deleted(store, data, lines).data) == len(data)


def test_every_line_can_go(store):
    lines = [b'{"n":%d,"body":"canary %s"}' % (n, secrets.token_hex(50).encode()) for n in range(10)]
    assert check_deleted(store, segment.compress(b"".join(line + b"\n" for line in lines)), lines).is_empty


def test_a_second_deletion_finds_the_lines_of_the_first_ones_frame(store):
    lines = [b'{"n":%d,"body":"%s"}' % (n, secrets.token_hex(50).encode()) for n in range(10)]
    data = segment.compress(b"".join(line + b"\n" for line in lines))
    before = places(data)
    for number in (3, 5, 0):
        data = blank(data, lambda line, number=number: line == lines[number]).data
    store.put("k", data)
    assert lines_at(store, before) == [None if n in (3, 5, 0) else line for n, line in enumerate(lines)]


def test_a_frame_that_grows_moves_to_the_end_and_is_read_from_its_old_place(store):
    """The deleted line is what all others repeat, in a frame that was compressed as well as can be."""
    chance = random.Random(4)
    phrases = [secrets.token_hex(16).encode() for _ in range(60)]
    lines = [b"canary" + b" ".join(phrases)]
    lines += [b"%d %s" % (n, b" ".join(chance.sample(phrases, 6))) for n in range(40)]
    smallest = zstandard.ZstdCompressor(level=22, write_checksum=False)
    first = smallest.compress(b"".join(line + b"\n" for line in lines))
    last = [b"behind", b"canary behind " + secrets.token_hex(50).encode()]
    data = first + segment.compress(b"".join(line + b"\n" for line in last))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.rawlog.blanking._LEVELS", (-50,))
        moved = check_deleted(store, data, lines + last)
    assert len(moved.data) > len(data)
    # Deleted again, what moved is found where it went.
    rest = [b"" if CANARY in line else line for line in lines + last]
    store.put("k", blank(moved.data, lambda line: line == rest[5]).data)
    assert lines_at(store, places(data)) == [line if line and line != rest[5] else None for line in rest]


def test_a_stretch_that_cannot_be_read_stays(store):
    lines = [b"kept", b"canary " + secrets.token_hex(50).encode()]
    data = b"garbage" + segment.compress(b"".join(line + b"\n" for line in lines))
    blanked = blank(data, holds_canary)
    assert blanked.data.startswith(b"garbage")
    assert (blanked.line_count, blanked.has_damage) == (1, True)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=16, max_size=60), st.booleans()), min_size=1, max_size=60))
def test_whatever_goes_the_rest_stays(tmp_path_factory, given_lines):
    lines = [
        content.replace(b"\n", b"n") + (b" canary " + secrets.token_hex(40).encode() if goes else b"")
        for content, goes in given_lines
    ]
    store = LocalStore(tmp_path_factory.mktemp("blank"), "request-response-storage")
    store.ensure_bucket()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "FRAME_BYTES", 400)
        data = segment.compress(b"".join(line + b"\n" for line in lines))
    check_deleted(store, data, lines)
