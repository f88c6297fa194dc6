"""Bodies as vendors write them with one value replaced by something else: no part of a dialect raises on them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialects.dialect import DIALECTS
from providers.dialects.stored_stream import events_of
from tests.providers.cases import FIXTURES, frame, load, stream

Path = tuple[str | int, ...]

# Of dialects that share their functions one is enough.
NAMES = list({dialect.parse_response: name for name, dialect in reversed(DIALECTS.items())}.values())
BODIES = {name: [case["body"] for case in load(f"{name}_responses") if "body" in case] for name in NAMES}
REQUESTS = {
    name: [case["body"] for case in load("requests") if "body" in case and case["dialect"] == name] for name in NAMES
}
FRAMES = [
    (case["dialect"], json.loads((FIXTURES / "streams" / f"{case['stream']}.frames.json").read_text()))
    for case in load("streams")
    if case["dialect"] in ("converse", "invoke")
]
STREAMS = {
    name: [
        events
        for case in load("streams")
        if case["dialect"] == name and (events := list(events_of(stream(case["stream"]).decode("latin-1"))))
    ]
    for name in [*NAMES, "speech", "transcriptions"]
}

odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["-1", "1e9", "{}", "\ud83d"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "id", "name"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*here, key))


def replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copy


@st.composite
def with_an_odd_value(draw: st.DrawFn, values: list[Any]) -> str:
    value = draw(st.sampled_from(values))
    return json.dumps(replaced(value, draw(st.sampled_from(list(paths(value)))), draw(odd_values)))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_an_odd_response(name: str, data: st.DataObject) -> None:
    body = data.draw(with_an_odd_value(BODIES[name]))
    DIALECTS[name].parse_response(body.encode())
    DIALECTS[name].messages(None, body)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_an_odd_request(name: str, data: st.DataObject) -> None:
    body = data.draw(with_an_odd_value(REQUESTS[name]))
    DIALECTS[name].parse_request(body.encode())
    DIALECTS[name].messages(body, None)


@pytest.mark.parametrize("name", [name for name, streams in STREAMS.items() if streams])
@given(data=st.data())
def test_an_odd_event(name: str, data: st.DataObject) -> None:
    events = data.draw(st.sampled_from(STREAMS[name]))
    odd = data.draw(with_an_odd_value(events))
    at = data.draw(st.integers(0, len(events)))
    lines = [*map(json.dumps, events[:at]), odd, *map(json.dumps, events[at:])]
    body = "".join(f"data: {line}\n\n" for line in lines)
    reader = DIALECTS[name].new_stream()
    reader.feed(body.encode("utf-8", "replace"))
    reader.facts()
    DIALECTS[name].messages(None, body)


@given(data=st.data())
def test_an_odd_frame(data: st.DataObject) -> None:
    name, frames = data.draw(st.sampled_from(FRAMES))
    at = data.draw(st.integers(0, len(frames) - 1))
    inner = "chunk" if "chunk" in frames[at] else "payload"
    odd = frames[at] | {inner: json.loads(data.draw(with_an_odd_value([frames[at][inner]])))}
    body = b"".join(map(frame, [*frames[:at], odd, *frames[at + 1 :]]))
    reader = DIALECTS[name].new_stream()
    reader.feed(body)
    reader.facts()
    DIALECTS[name].messages(None, body.decode("latin-1"))
