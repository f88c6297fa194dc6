"""Values bound apart from the text arrive as they were given, whatever they are."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hql.errors import Refused
from hql.parameters import bind
from hql.serving.service import HqlService, open_service
from tests.hql.conftest import Stored
from tests.hql.dataset import OURS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def service(stored: Stored) -> Iterator[HqlService]:
    service = open_service(stored.reader_url)
    yield service
    service.close()


def back(service: HqlService, type: str, value: object) -> object:
    (row,) = service.query(OURS, f"select {{x:{type}}} as x", parameters={"x": value}).table.to_pylist()
    return row["x"]


@quickly
@given(TEXT)
def test_texts_come_back(service: HqlService, value: str):
    assert back(service, "String", value) == value


@quickly
@given(st.lists(TEXT, max_size=5))
def test_lists_of_texts_come_back(service: HqlService, value: list[str]):
    assert back(service, "Array(String)", value) == value


@quickly
@given(st.dictionaries(TEXT, st.integers(-(2**31), 2**31 - 1), max_size=4))
def test_maps_come_back(service: HqlService, value: dict[str, int]):
    assert dict(back(service, "Map(String, Int32)", value)) == value  # type: ignore[call-overload]


@quickly
@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back(service: HqlService, value: int):
    assert back(service, "Int64", value) == value


@quickly
@given(st.floats(allow_nan=False))
def test_floats_come_back(service: HqlService, value: float):
    assert back(service, "Float64", value) == value


@quickly
@given(st.lists(st.one_of(st.none(), TEXT), max_size=4))
def test_lists_with_nulls_come_back(service: HqlService, value: list[str | None]):
    assert back(service, "Array(Nullable(String))", value) == value


def test_as_much_as_may_be_given_arrives(service: HqlService):
    value = "\u6f22" * 4_000
    assert back(service, "String", value) == value


@quickly
@given(TEXT)
def test_texts_in_a_condition_are_data(service: HqlService, value: str):
    sql = "select count() as n from requests where user_id = {who:String}"
    (row,) = service.query(OURS, sql, parameters={"who": value}).table.to_pylist()
    assert row["n"] <= 300


@pytest.mark.parametrize(
    ("type", "value", "shown"),
    [
        ("Bool", True, True),
        ("Nullable(String)", None, None),
        ("Nullable(UInt8)", 3, 3),
        ("UUID", UUID(int=5), str(UUID(int=5))),
        ("Date", date(2026, 1, 2), date(2026, 1, 2)),
        ("DateTime64(6, 'UTC')", datetime(2026, 1, 2, 3, 4, 5, 6, UTC), datetime(2026, 1, 2, 3, 4, 5, 6, UTC)),
        ("DateTime", "2026-01-02T03:04:05.000006", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("DateTime", "2026-01-02T03:04:05.678+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("DateTime", "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("DateTime('UTC')", "1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Nullable(DateTime64(3, 'UTC'))", "2026-01-02 03:04:05.678", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        (
            "DateTime64(3, 'Asia/Tokyo')",
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            datetime(2026, 1, 2, 3, 4, 5, 0, UTC),
        ),
        ("Decimal(18, 6)", Decimal("1.25"), Decimal("1.25")),
        ("Float64", math.inf, math.inf),
        ("LowCardinality(String)", "a", "a"),
        ("Tuple(String, UInt8)", ("a", 1), {"1": "a", "2": 1}),
        ("Array(Array(String))", [["a'"], []], [["a'"], []]),
    ],
)
def test_values_of_every_type_come_back(service: HqlService, type: str, value: object, shown: object):
    assert back(service, type, value) == shown


@pytest.mark.parametrize(
    ("declared", "given_values", "code"),
    [
        ({"a": "UInt8"}, {}, "missing_parameter"),
        ({"a": "UInt8"}, {"a": 1, "b": 2}, "unknown_parameter"),
        ({"a": "UInt8"}, {"a": 256}, "invalid_parameter"),
        ({"a": "UInt8"}, {"a": -1}, "invalid_parameter"),
        ({"a": "Int8"}, {"a": True}, "invalid_parameter"),
        ({"a": "Int8"}, {"a": 1.5}, "invalid_parameter"),
        ({"a": "String"}, {"a": None}, "invalid_parameter"),
        ({"a": "String"}, {"a": ["b"]}, "invalid_parameter"),
        ({"a": "Array(String)"}, {"a": "b"}, "invalid_parameter"),
        ({"a": "String"}, {"a": object()}, "invalid_parameter"),
        ({"a": "String"}, {"a": "x" * 40_001}, "parameters_too_long"),
    ],
)
def test_values_that_do_not_fit_are_refused(declared: dict[str, str], given_values: dict[str, object], code: str):
    with pytest.raises(Refused) as caught:
        bind(declared, given_values)
    assert caught.value.problem.code == code


def test_the_engine_refuses_what_we_cannot_see(service: HqlService):
    with pytest.raises(Refused) as caught:
        service.query(OURS, "select {d:Date} as d", parameters={"d": "not a date"})
    assert caught.value.problem.code == "invalid_parameter"


def test_a_value_nested_without_end_is_refused():
    value: list[object] = []
    for _ in range(2000):
        value = [value]
    with pytest.raises(Refused, match="nested too deeply"):
        bind({"x": "Array(String)"}, {"x": value})
