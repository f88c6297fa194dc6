from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from providers.sse import SseReader, joined_data


def read(chunks: list[bytes], limit: int = 10_000) -> list[bytes]:
    reader = SseReader(limit)
    return [data for chunk in chunks for data in reader.feed(chunk)]


lines = st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b""))
endings = st.sampled_from([b"\n", b"\r\n", b"\r"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A stream in any of the ways the standard allows, and the data in it."""
    ending = draw(endings)
    stream, expected = b"", []
    for data in draw(st.lists(st.lists(lines, min_size=1, max_size=3), max_size=6)):
        for noise in draw(
            st.lists(st.sampled_from([b": comment", b"event: ping", b"id: 7", b"retry: 3", b"unknown"]), max_size=2)
        ):
            stream += noise + ending
        for line in data:
            stream += b"data: " + line + ending
        stream += ending * draw(st.integers(1, 3))
        expected.append(b"\n".join(data))
    return stream, [data for data in expected if data]


@given(stream=streams(), cuts=st.lists(st.integers(0, 300)))
def test_any_stream_gives_its_data_however_it_is_cut(stream: tuple[bytes, list[bytes]], cuts: list[int]) -> None:
    data, expected = stream
    borders = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    assert read([data[start:end] for start, end in pairwise(borders)]) == expected


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_raise(chunks: list[bytes]) -> None:
    read(chunks)


def test_the_space_after_the_colon_is_optional() -> None:
    assert read([b"data:a\n\ndata: b\n\ndata:  c\n\n"]) == [b"a", b"b", b" c"]


def test_events_without_data_are_passed_over() -> None:
    assert read([b": hello\n\nevent: ping\n\ndata:\n\ndata: x\n\n"]) == [b"x"]


def test_an_event_over_the_limit_ends_the_parsing() -> None:
    reader = SseReader(limit=100)
    assert reader.feed(b"data: a\n\n") == [b"a"]
    for _ in range(11):
        reader.feed(b"0123456789")
    assert reader.exhausted
    assert reader.feed(b"\n\ndata: b\n\n") == []
    assert reader.rest() is None


def test_the_rest_is_what_the_stream_broke_off_in() -> None:
    reader = SseReader()
    reader.feed(b"data: a\n\ndata: b\n")
    assert reader.rest() == b"b"
    assert reader.rest() is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([b"{}", b'{"a":1}', b"[DONE]"])), min_size=1, max_size=5))
def test_joined_data_is_what_the_reader_gives(events: list[tuple[bool, bytes]]) -> None:
    stream = b"".join((b"event: x.y\n" if is_named else b"") + b"data: " + data + b"\n\n" for is_named, data in events)
    assert joined_data(stream) == b",".join(read([stream]))


def test_what_is_not_one_line_of_data_is_not_joined() -> None:
    for stream in (
        b": c\n\ndata: a\n\n",
        b"data: a\ndata: b\n\n",
        b"id: 1\ndata: a\n\n",
        b"data: a\r\n\r\n",
        b"data:a\n\n",
        b"\n\n",
    ):
        assert joined_data(stream) is None
