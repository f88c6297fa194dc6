"""Lines are read as they are meant, or not at all."""

import polars as pl
import pytest

from pipelines.transforms.ndjson import read_ndjson, without_bodies
from tests.pipelines.exchanges import exchange
from warehouse import record

SCHEMA = pl.Schema({"a": pl.String(), "n": pl.Int64(), "l": pl.List(pl.Struct({"name": pl.String()}))})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        '{"request_body":"x","request_body_bytes":3}',
        'ends with a quote and a comma",',
        "ends with a backslash \\",
        'quote"\\"',
        "two\nlines",
        "漢字\x00",
    ],
)
def test_bodies_are_cut_out_and_nothing_else(body):
    whole = exchange(
        request_body=body,
        request_body_bytes=len(body),
        response_body=body,
        response_body_bytes=len(body),
        error_message=body,
        response_preview=body,
    )
    other = exchange(request_body=None, error_message='"request_body":"')
    ndjson = record.encode(whole) + record.encode(other) + record.encode(whole)
    kept = [record.decode(line) for line in without_bodies(ndjson).splitlines()]
    assert len(without_bodies(ndjson)) <= len(ndjson)
    for before, after in zip([whole, other, whole], kept, strict=True):
        for name in before.__struct_fields__:
            if name not in ("request_body", "response_body"):
                assert getattr(after, name) == getattr(before, name)
    assert [each.response_body or "" for each in kept] == [""] * 3


def test_a_body_without_its_size_is_left_as_it_is():
    odd = b'{"request_body":"x"}\n{"request_body":"y","request_body_bytes":1}\n'
    assert without_bodies(odd) == b'{"request_body":"x"}\n{"request_body":"","request_body_bytes":1}\n'


@pytest.mark.parametrize(
    "ndjson",
    [
        b"null",
        b"null\nnull",
        b"[1]",
        b'{"a":"x"}null',
        b'{"a":"x"}{"a":"y"}\nnull',
        b'{"a":"x"}\n\n{"a":"y"}',
        b'{"a":"x"',
        b'{"a":"\xff"}',
        b'{"n":99999999999999999999999}',
    ],
)
def test_what_is_not_one_fitting_object_a_line_is_refused(ndjson):
    assert read_ndjson(ndjson, SCHEMA) is None


def test_unknown_fields_are_ignored_and_missing_ones_are_null():
    frame = read_ndjson(b'{"new":[{"x":1}],"a":"x","l":[{"name":"q","more":2}]}\n{"n":3}', SCHEMA)
    assert frame is not None
    assert frame.schema == SCHEMA
    assert frame.rows() == [("x", None, [{"name": "q"}]), (None, 3, None)]


def test_nothing_is_an_empty_frame():
    assert read_ndjson(b"", SCHEMA).schema == SCHEMA
