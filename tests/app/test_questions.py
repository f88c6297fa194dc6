"""Every question compiles, with few conditions and with all, and so does every example."""

import re
from uuid import UUID

import pytest

from app.examples import examples
from app.questions.text import meaning, names, parameters_of, question
from hql import compile as compiler
from hql.catalog import build_catalog
from hql.reader import Reader

READER = Reader(UUID(int=1))
CATALOG = build_catalog()
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
@pytest.mark.parametrize("name", names())
def test_a_question_compiles(name, given):
    sql = question(name, given)
    compiled = compiler.compile(sql, CATALOG, READER)
    assert set(compiled.parameters) == set(parameters_of(sql))


@pytest.mark.parametrize("name", list(examples()))
def test_an_example_compiles(name):
    compiler.compile(examples()[name], CATALOG, READER)


@pytest.mark.parametrize("name", names())
def test_a_question_says_what_it_asks(name):
    assert re.fullmatch(r"[A-Z].*\.", meaning(name))


def test_conditions_that_are_not_given_are_left_out():
    sql = question("key_figures", {"start", "end", "provider"})
    assert parameters_of(sql) == ["start", "end", "provider"]
    assert "matching" not in sql


def test_a_condition_with_two_parameters_needs_both():
    assert "{value:" not in question("key_figures", {"start", "end", "value"})
