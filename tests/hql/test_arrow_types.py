import pytest

from hql.serving.arrow_types import arrow_type, is_state


@pytest.mark.parametrize(
    ("type", "carried"),
    [
        ("String", "String"),
        ("UUID", "String"),
        ("Nullable(UUID)", "Nullable(String)"),
        ("LowCardinality(UUID)", "String"),
        ("LowCardinality(Nullable(String))", "LowCardinality(Nullable(String))"),
        ("Array(Nullable(IPv4))", "Array(Nullable(String))"),
        ("Map(String, DateTime)", "Map(String, DateTime64(0, 'UTC'))"),
        ("DateTime('Europe/Berlin')", "DateTime64(0, 'Europe/Berlin')"),
        ("DateTime64(6, 'UTC')", "DateTime64(6, 'UTC')"),
        ("Tuple(x UInt8, y UUID)", "Tuple(x UInt8, y String)"),
        ("Tuple(`a b` UUID)", "Tuple(`a b` String)"),
        ("Nested(a UUID, b String)", "Array(Tuple(a String, b String))"),
        ("Enum8('a' = 1, 'b, c)' = -2)", "String"),
        ("Decimal(38, 12)", "Decimal(38, 12)"),
        ("Decimal(76, 3)", "Float64"),
        ("SimpleAggregateFunction(sum, UInt64)", "UInt64"),
    ],
)
def test_a_type_becomes_one_that_arrow_carries(type: str, carried: str):
    assert arrow_type(type) == carried


def test_states_of_aggregates_are_told_from_values():
    assert is_state("Array(AggregateFunction(sum, UInt64))")
    assert not is_state("SimpleAggregateFunction(sum, UInt64)")
