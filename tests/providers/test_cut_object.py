"""Objects that are read from their two ends."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.cut_object import END_BYTES, from_both_ends

LARGE = "x" * END_BYTES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(value: object, **options: Any) -> Any:
    body = json.dumps(value, **options).encode()
    return json.loads(from_both_ends(body[:END_BYTES], body[-END_BYTES:]))


@pytest.mark.parametrize("options", [{}, {"separators": (",", ":")}, {"indent": 2}])
def test_members_around_a_large_one_are_found(options: dict[str, Any]):
    usage = {"prompt_tokens": 1, "details": {"cached": [1, {"a": 2}]}}
    embeddings = {"object": "list", "data": [{"e": LARGE, "index": 0}], "model": "m", "usage": usage}
    assert read(embeddings, **options) == {"object": "list", "model": "m", "usage": usage}
    assert read({"model": "m", "stream": True, "messages": [LARGE]}, **options) == {"model": "m", "stream": True}
    assert read({"messages": [LARGE], "model": "m"}, **options) == {"model": "m"}


def test_a_member_inside_another_is_not_taken_for_one_of_the_object():
    assert read({"data": [LARGE, {"a": 1, "model": "inner"}]}) == {}
    assert read({"data": [LARGE, {"a": 1, "model": "inner"}], "model": "outer"}) == {"model": "outer"}
    assert read({"data": [LARGE], "text": 'said ,"model":"quoted"}'}) == {"text": 'said ,"model":"quoted"}'}


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"a', b'{"a":1', b"\xff\xfe", b'{"a":1}}', b'{1:2,"a":3}'])
def test_what_is_no_object_gives_none_or_what_can_be_read(body: bytes):
    assert isinstance(json.loads(from_both_ends(body, body)), dict)


@given(before=st.dictionaries(st.text(max_size=8), JSON), after=st.dictionaries(st.text(max_size=8), JSON))
def test_nothing_is_read_that_is_not_there(before: dict[str, Any], after: dict[str, Any]):
    whole = {**before, "large": [LARGE], **{name: value for name, value in after.items() if name not in before}}
    read_back = read(whole)
    for name, value in read_back.items():
        assert whole[name] == value
