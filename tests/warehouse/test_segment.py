import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.object_store import StoreUnavailable
from warehouse.object_store.local import LocalStore
from warehouse.rawlog import frames, reader, segment
from warehouse.rawlog.errors import SegmentDamaged

LINES = [b'{"n":%d,"body":"%s"}' % (n, str(n * n).encode() * (n % 400)) for n in range(2000)]
NDJSON = b"".join(line + b"\n" for line in LINES)


@pytest.fixture
def store(tmp_path):
    store = LocalStore(tmp_path, "request-response-storage")
    store.ensure_bucket()
    return store


def test_a_segment_has_several_frames_of_whole_lines():
    found = list(reader.read_segment(segment.compress(NDJSON)))
    assert len(found) > 3
    assert all(frame.ndjson.endswith(b"\n") for frame in found)
    assert all(len(frame.ndjson) <= segment.FRAME_BYTES for frame in found)
    assert b"".join(frame.ndjson for frame in found) == NDJSON


def test_a_segment_reads_as_one_file_for_other_programs(tmp_path):
    data = segment.compress(NDJSON)
    with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
        assert stream.read() == NDJSON


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=50).map(lambda line: line.replace(b"\n", b"") or b"x"), max_size=200),
    st.integers(1, 400),
)
def test_every_line_comes_back_from_its_place(lines, frame_bytes):
    ndjson = b"".join(line + b"\n" for line in lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "FRAME_BYTES", frame_bytes)
        data = segment.compress(ndjson)
    loaded = reader.load_segment(data)
    assert loaded.ndjson == ndjson
    assert len(loaded.frame_line) == len(lines)
    assert loaded.damage == ()
    for number, line in enumerate(lines):
        offset, length = loaded.frame_offset[number], loaded.frame_length[number]
        frame = segment.decompress_frame(data[offset : offset + length])
        assert segment.lines_of(frame)[loaded.frame_line[number]] == line


def test_a_line_larger_than_a_frame_has_its_own():
    big = b"x" * (segment.FRAME_BYTES * 3)
    found = list(reader.read_segment(segment.compress(b"before\n" + big + b"\nafter\n")))
    assert [frame.ndjson for frame in found] == [b"before\n", big + b"\n", b"after\n"]


def test_only_newlines_end_lines():
    line = "a\r\u2028\u0085\x0b\x1c".encode()
    assert segment.lines_of(line + b"\n") == [line]


def test_one_line_is_read_by_one_range_request(store, monkeypatch):
    store.put("k", segment.compress(NDJSON))
    loaded = reader.load_segment(store.get("k"))
    ranges = []
    get_range = LocalStore.get_range
    monkeypatch.setattr(LocalStore, "get", None)

    def counted(self, *asked):
        ranges.append(asked)
        return get_range(self, *asked)

    monkeypatch.setattr(LocalStore, "get_range", counted)
    for number in (0, 999, 1999):
        place = loaded.frame_offset[number], loaded.frame_length[number], loaded.frame_line[number]
        assert segment.read_line(store, "k", *place) == LINES[number]
    assert len(ranges) == 3


def test_a_place_that_holds_no_line_is_damage_and_says_where(store):
    data = segment.compress(NDJSON)
    store.put("k", data)
    with pytest.raises(SegmentDamaged, match="segment k has no line 100000 in its frame at 0"):
        segment.read_line(store, "k", 0, len(data), 100_000)
    with pytest.raises(SegmentDamaged, match="frame at 7"):
        segment.read_line(store, "k", 7, 100, 0)
    with pytest.raises(SegmentDamaged, match="frame at 0"):
        segment.read_line(store, "k", 0, 100, 0)
    with pytest.raises(SegmentDamaged, match="segment gone is gone"):
        segment.read_line(store, "gone", 0, 100, 0)


def test_a_store_that_is_away_is_not_damage(tmp_path):
    with pytest.raises(StoreUnavailable):
        segment.read_line(LocalStore(tmp_path, "no-bucket"), "k", 0, 100, 0)


def test_a_torn_end_is_reported_after_the_good_frames():
    data = segment.compress(NDJSON)
    whole = list(reader.read_segment(data))
    for cut in (1, 5, whole[-1].length - 1):
        *good, torn = reader.read_segment(data[: len(data) - cut])
        assert good == whole[:-1]
        assert (torn.offset, torn.length, torn.ndjson) == (whole[-1].offset, whole[-1].length - cut, b"")
        assert torn.error is not None


@pytest.mark.parametrize("where", [0, 1, 4, 5, 9, 100, -1])
def test_a_changed_byte_costs_one_frame(where):
    data = bytearray(segment.compress(NDJSON))
    whole = list(reader.read_segment(bytes(data)))
    hit = whole[1]
    data[hit.offset + where % hit.length] ^= 0x55
    read = list(reader.read_segment(bytes(data)))
    damage = [frame for frame in read if frame.error is not None]
    assert [(frame.offset, frame.length) for frame in damage] == [(hit.offset, hit.length)]
    assert [frame for frame in read if frame.error is None] == [whole[0], *whole[2:]]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 40), st.binary(max_size=6))
def test_no_bytes_make_the_reader_fail(noise, position, magic_noise):
    good = segment.compress(b"a line\n")
    data = noise[:position] + good + frames.MAGIC + magic_noise + noise[position:]
    read = list(reader.read_segment(data))
    assert b"a line\n" in [frame.ndjson for frame in read]
    reader.load_segment(data)


def test_a_claim_of_a_huge_size_asks_for_no_memory():
    bomb = zstandard.ZstdCompressor().compress(bytes(segment.MOST_FRAME_BYTES + 1))
    (frame,) = reader.read_segment(bomb)
    assert frame.error is not None
    assert "claims to hold more" in frame.error


def test_frames_of_a_streaming_compressor_are_read_too():
    compressor = zstandard.ZstdCompressor().compressobj()
    data = compressor.compress(NDJSON) + compressor.flush()
    assert reader.load_segment(data).ndjson == NDJSON


def test_padding_in_place_of_what_was_blanked_moves_nothing():
    data = segment.compress(NDJSON)
    whole = list(reader.read_segment(data))
    hit = whole[2]
    shorter = segment.compress(b"\n" * hit.ndjson.count(b"\n"))
    patched = shorter + frames.padding(hit.length - len(shorter))
    data = data[: hit.offset] + patched + data[hit.offset + hit.length :]
    read = list(reader.read_segment(data))
    assert [frame.offset for frame in read] == [frame.offset for frame in whole]
    assert read[3:] == whole[3:]
    assert segment.decompress_frame(data[hit.offset : hit.offset + hit.length]) == b"\n" * hit.ndjson.count(b"\n")


def test_a_segment_without_records_is_empty():
    assert segment.compress(b"") == b""
    for empty in (b"", zstandard.ZstdCompressor().compress(b"")):
        assert reader.load_segment(empty).ndjson == b""
        assert not reader.load_segment(empty).frame_line


def test_a_last_line_without_a_newline_is_a_line():
    loaded = reader.load_segment(segment.compress(b"one\ntwo"))
    assert loaded.ndjson == b"one\ntwo\n"
    assert list(loaded.frame_line) == [0, 1]
