"""Whatever the attributes hold, a span is read in bounded time, and what is made of it can be written down."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.api_keys import ApiKey
from gateway.caller.head import Head
from gateway.logged.errors import BadReport
from gateway.logged.otlp.conventions import CONVENTIONS, names_of
from gateway.logged.otlp.traces import Traces, read_traces
from gateway.logged.reporter import Reporter
from providers.catalog import load_catalog
from tests.gateway.logged.conventional_spans import CONVENTIONS as WRITTEN
from tests.gateway.logged.exports import as_json, protobuf, span
from warehouse.record import decode, encode

CATALOG = load_catalog()
NAMES = sorted(
    {name for attributes in WRITTEN.values() for name in attributes}
    | {name for fact in ("input", "output", "step_name", "cost_usd", "is_stream") for name in names_of(fact)}
    | {attribute for convention in CONVENTIONS for attribute in convention.kinds}
    | {"metadata", "tag.tags", "gen_ai.tool.definitions", "llm.tools.0.tool.json_schema", "gen_ai.prompt.²"}
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "parts", "type", "text"]), inner)
        ),
        max_leaves=8,
    ).map(json.dumps),
    st.sampled_from(["LLM", "tool", "chat", "ai.generateText.doGenerate", "9" * 5000, "\x00"]),
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "0"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def reporter() -> Reporter:
    key = ApiKey(
        **dict.fromkeys(ApiKey.__dataclass_fields__)
        | {"id": uuid4(), "organization_id": uuid4(), "created_at": datetime.now(UTC)}
    )
    return Reporter(key, Head([]), ["sk-weir-secret"], 1000)


def read(body: bytes, is_json: bool) -> Traces:
    traces = read_traces(body, is_json, reporter(), CATALOG)
    for exchange in traces.exchanges:
        assert decode(encode(exchange)).request_id == exchange.request_id
    return traces


@settings(max_examples=150, deadline=None)
@given(attributes=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8), is_json=st.booleans())
def test_any_values_are_read(attributes: dict[str, Any], is_json: bool):
    sent = span({"gen_ai.request.model": "m"} | attributes)
    traces = read((as_json if is_json else protobuf)(sent), is_json)
    assert len(traces.exchanges) + traces.rejected + traces.ignored == 1
    assert "internal" not in traces.problem


@pytest.mark.parametrize("number", ["9" * 5000, -1, 10**40, "soon", "-5", "²"])
def test_odd_numbers_are_no_times(number: Any):
    sent = json.loads(as_json(span({"gen_ai.request.model": "m"})))
    written = sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    written["startTimeUnixNano"] = number
    written["attributes"].append({"key": "gen_ai.request.seed", "value": {"intValue": number}})
    assert read(json.dumps(sent).encode(), True).rejected == 1


@pytest.mark.parametrize("depth", [100, 300, 900, 50_000])
def test_nesting_has_an_end(depth: int):
    value = '{"arrayValue":{"values":[' * depth + '{"stringValue":"x"}' + "]}}" * depth
    sent = as_json(span({"gen_ai.request.model": "m", "input.value": "here"})).decode()
    body = sent.replace('{"stringValue": "here"}', value).encode()
    try:
        assert read(body, True).exchanges
    except BadReport as error:
        assert (error.field, depth > 100) == ("body", True)  # noqa: PT017


def test_many_events_take_no_longer_each():
    events = [("gen_ai.content.prompt", 1, {"x": "y"})] * 20_000
    (made,) = read(protobuf(span({"gen_ai.request.model": "m"}, events=events)), False).exchanges
    assert made.request_body is None
