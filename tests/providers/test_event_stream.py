"""Amazon's frames, cut anywhere and damaged everywhere."""

import struct
import zlib
from itertools import pairwise

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from providers.event_stream import EventStreamReader, Frame, write_frame

names = st.text(min_size=1, max_size=20)
frames = st.builds(Frame, st.dictionaries(names, st.text(max_size=40), max_size=3), st.binary(max_size=60))

# One header of every type, named a to j: true, false, byte, short, int, long, bytes, string, time, uuid.
EVERY_TYPE = (
    b"\x01a\x00\x01b\x01\x01c\x02\xff\x01d\x03\x01\xff\x01e\x04\x00\x00\xff\xff\x01f\x05"
    + b"\x00" * 8
    + b"\x01g\x06\x00\x03\x01\x02\x03\x01h\x07\x00\x04text\x01i\x08"
    + b"\x01" * 8
    + b"\x01j\x09"
    + b"\x02" * 16
)


def framed(headers: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = lengths + zlib.crc32(lengths).to_bytes(4) + headers + payload
    return frame + zlib.crc32(frame).to_bytes(4)


@given(written=st.lists(frames, max_size=4), cuts=st.lists(st.integers(0, 600)))
def test_what_is_written_is_read_wherever_it_is_cut(written: list[Frame], cuts: list[int]) -> None:
    data = b"".join(write_frame(frame.headers, frame.payload) for frame in written)
    borders = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    reader = EventStreamReader()
    assert [frame for start, end in pairwise(borders) for frame in reader.feed(data[start:end])] == written
    assert not reader.exhausted


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_ends_the_parsing_and_keeps_what_came_before(at: int, bit: int) -> None:
    good = write_frame({":event-type": "first"}, b"{}")
    bad = bytearray(write_frame({":event-type": "second"}, b'{"a": 1}'))
    bad[at % len(bad)] ^= 1 << bit
    reader = EventStreamReader()
    assert reader.feed(good + bytes(bad) + good) == [Frame({":event-type": "first"}, b"{}")]
    assert reader.exhausted
    assert reader.feed(good) == []


def test_a_frame_over_the_limit_is_not_waited_for() -> None:
    reader = EventStreamReader(limit=100)
    assert reader.feed(write_frame({}, b"x" * 100)[:20]) == []
    assert reader.exhausted


@pytest.mark.parametrize("data", [b"", b"\x00" * 11, b"data: {}\n\n", b"<html>" * 10])
def test_other_bytes_are_no_frames(data: bytes) -> None:
    assert EventStreamReader().feed(data) == []


def test_amazons_own_reader_reads_what_is_written() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(write_frame({":event-type": "chunk", "name": "wért"}, b'{"a": 1}'))
    assert [(event.headers, event.payload) for event in buffer] == [
        ({":event-type": "chunk", "name": "wért"}, b'{"a": 1}')
    ]


def test_headers_of_other_types_are_passed_over() -> None:
    assert EventStreamReader().feed(framed(EVERY_TYPE, b"{}")) == [Frame({"h": "text"}, b"{}")]


@pytest.mark.parametrize("headers", [b"\x05a", b"\x01a\x0a", b"\x01a\x07\x00\x09text", b"\x01a", b"\xff"])
def test_headers_that_do_not_add_up_end_the_parsing(headers: bytes) -> None:
    reader = EventStreamReader()
    assert reader.feed(framed(headers, b"{}")) == []
    assert reader.exhausted
