"""Every question compiles, with few conditions and with all, and so does every example."""

import re
from pathlib import Path
from uuid import UUID

import pytest

import app.questions
from app.questions.question import Question, examples, parameters_in
from hql import compile as compiler
from hql.catalog import build_catalog
from hql.reader import Reader

READER = Reader(UUID(int=1))
CATALOG = build_catalog()
FILES = Path(app.questions.__file__).parent.glob("*.sql")
NAMES = sorted({path.stem for path in FILES} - {"matching"})
PERIOD = {"start", "end", "step", "page_size"}
EVERYTHING = PERIOD | {
    "status",
    "provider",
    "model",
    "user",
    "session",
    "property",
    "value",
    "search",
    "min_latency_ms",
    "min_cost_usd",
    "older_at",
    "older_id",
    "newer_at",
    "newer_id",
}


@pytest.mark.parametrize("given", [PERIOD, EVERYTHING], ids=["period alone", "all conditions"])
@pytest.mark.parametrize("name", NAMES)
def test_a_question_compiles(name, given):
    asked = Question(name, dict.fromkeys(given))
    compiled = compiler.compile(asked.sql, CATALOG, READER)
    assert set(compiled.parameters) == set(parameters_in(asked.sql))


@pytest.mark.parametrize("given", [set(), {"status", "provider", "model"}], ids=["period alone", "all conditions"])
@pytest.mark.parametrize("name", NAMES)
def test_a_question_about_hours_compiles(name, given):
    asked = Question(name, dict.fromkeys({"start", "end", *given}) | {"step": 3600})
    compiled = compiler.compile(asked.sql, CATALOG, READER)
    assert set(compiled.parameters) == set(parameters_in(asked.sql))


@pytest.mark.parametrize("name", list(examples()))
def test_an_example_compiles(name):
    compiler.compile(examples()[name], CATALOG, READER)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_says_what_it_asks(name):
    assert re.fullmatch(r"[A-Z].*\.", Question(name).meaning)


def test_conditions_that_are_not_given_are_left_out():
    asked = Question("key_figures", {"start": "a", "end": "b", "provider": ["c"], "page_size": 9})
    assert asked.used == {"start": "a", "end": "b", "provider": ["c"]}
    assert "matching" not in asked.sql


def test_a_condition_with_two_parameters_needs_both():
    assert "{value:" not in Question("key_figures", dict.fromkeys(["start", "end", "value"])).sql


def test_a_property_with_a_value_is_not_asked_for_without_it_too():
    named = Question("key_figures", dict.fromkeys(["start", "end", "property"])).sql
    with_value = Question("key_figures", dict.fromkeys(["start", "end", "property", "value"])).sql
    assert ("mapContains" in named, "{value:" in named) == (True, False)
    assert ("mapContains" in with_value, "{value:" in with_value) == (False, True)
    assert "{start:" in with_value


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("select {days:UInt8}, { x : Array(String) }", {"days": "UInt8", "x": "Array(String)"}),
        ("select '{a:String}' -- {b:String}\n, {c:DateTime64(6, 'UTC')}", {"c": "DateTime64(6, 'UTC')"}),
        ("select {a:UInt8} + {a:UInt8}", {"a": "UInt8"}),
        ("select map('a', 1)", {}),
    ],
)
def test_the_parameters_of_a_query(sql, parameters):
    assert parameters_in(sql) == parameters
