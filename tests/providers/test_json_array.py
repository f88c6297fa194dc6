"""An array of JSON objects that comes in pieces."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.json_array import JsonArrayReader

texts = st.text(alphabet='ab"\\{}[],\n', max_size=8)
objects = st.dictionaries(
    texts, st.recursive(texts | st.integers(), lambda inner: st.lists(inner, max_size=3)), max_size=3
)


@given(values=st.lists(objects, max_size=4), cuts=st.lists(st.integers(0, 200)), indent=st.sampled_from([None, 2]))
def test_its_objects_come_out_whole_wherever_it_is_cut(
    values: list[dict[str, Any]], cuts: list[int], indent: int | None
) -> None:
    data = json.dumps(values, indent=indent).encode()
    borders = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    reader = JsonArrayReader()
    pieces = [piece for start, end in pairwise(borders) for piece in reader.feed(data[start:end])]
    assert [json.loads(piece) for piece in pieces] == values
    assert reader.is_closed


def test_an_object_alone_comes_out_and_closes_no_array() -> None:
    reader = JsonArrayReader()
    assert reader.feed(b'{"error": {"code": 400}}') == [b'{"error": {"code": 400}}']
    assert not reader.is_closed


def test_an_object_over_the_limit_ends_the_parsing() -> None:
    reader = JsonArrayReader(limit=100)
    assert reader.feed(b'[{"a": 1}, {"b": "') == [b'{"a": 1}']
    for _ in range(20):
        reader.feed(b"x" * 10)
    assert reader.exhausted
    assert reader.feed(b'"}, {"c": 3}]') == []


def test_what_is_no_array_gives_nothing() -> None:
    assert JsonArrayReader().feed(b'}}]]"{"x\\') == []
