"""Queries kept by name, and what was asked before."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.engine import Engine

from control import organizations, query_history, saved_queries
from control.errors import AlreadyExists, InvalidValue
from control.organizations import Organization
from control.query_history import Outcome
from control.saved_queries import Parameter, Text
from tests.control.conftest import NOW

COST = Text("Cost", "select sum(cost_usd) from requests where created_at > now() - {days:UInt8}", "By day")


def test_a_query_is_kept_changed_and_deleted(engine: Engine, acme: Organization):
    text = Text("Cost", COST.sql, "By day", {"days": Parameter("UInt8", 7)})
    made = saved_queries.create(engine, acme.id, text, by="ada@x.io", now=NOW)
    assert saved_queries.find(engine, acme.id, made.id) == made
    later = NOW + timedelta(hours=1)
    changed = saved_queries.change(engine, acme.id, made.id, Text(" Spend ", "select 1"), by="bob@x.io", now=later)
    assert changed is not None
    assert (changed.text, changed.created_by, changed.updated_by) == (Text("Spend", "select 1"), "ada@x.io", "bob@x.io")
    assert (changed.created_at, changed.updated_at) == (NOW, later)
    assert saved_queries.remove(engine, acme.id, [made.id, uuid4()]) == 1
    assert saved_queries.in_organization(engine, acme.id) == []


def test_names_are_unique_in_an_organization(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    saved_queries.create(engine, acme.id, COST, by="a", now=NOW)
    second = saved_queries.create(engine, acme.id, Text("Again", "select 1"), by="a", now=NOW)
    saved_queries.create(engine, other.id, COST, by="a", now=NOW)
    with pytest.raises(AlreadyExists, match="Cost"):
        saved_queries.create(engine, acme.id, COST, by="a", now=NOW)
    with pytest.raises(AlreadyExists):
        saved_queries.change(engine, acme.id, second.id, COST, by="a", now=NOW)
    assert [query.text.name for query in saved_queries.in_organization(engine, acme.id)] == ["Again", "Cost"]


def test_nobody_reaches_the_queries_of_others(engine: Engine, acme: Organization):
    other = organizations.create(engine, "Other", now=NOW)
    made = saved_queries.create(engine, acme.id, COST, by="a", now=NOW)
    assert saved_queries.find(engine, other.id, made.id) is None
    assert saved_queries.change(engine, other.id, made.id, Text("Mine", "select 1"), by="b", now=NOW) is None
    assert saved_queries.remove(engine, other.id, [made.id]) == 0
    assert saved_queries.find(engine, acme.id, made.id) == made


@pytest.mark.parametrize("text", [Text(" ", "s"), Text("x" * 256, "s"), Text("a\nb", "s"), Text("a", "s", "\0" * 3)])
def test_what_cannot_be_kept_is_refused(engine: Engine, acme: Organization, text: Text):
    with pytest.raises(InvalidValue):
        saved_queries.create(engine, acme.id, text, by="a", now=NOW)


def test_an_organization_keeps_so_many_and_no_more(engine: Engine, acme: Organization, monkeypatch):
    monkeypatch.setattr(saved_queries, "MOST_PER_ORGANIZATION", 1)
    saved_queries.create(engine, acme.id, COST, by="a", now=NOW)
    with pytest.raises(InvalidValue, match="delete some"):
        saved_queries.create(engine, acme.id, Text("More", "select 1"), by="a", now=NOW)


def test_each_text_is_remembered_once_with_its_latest_run(engine: Engine, acme: Organization):
    later = NOW + timedelta(minutes=1)
    query_history.note(engine, acme.id, "user 1", "select 1", {"n": 1}, Outcome(3.5, 10), now=NOW)
    query_history.note(engine, acme.id, "user 1", "select 2", {}, Outcome(error_code="timeout"), now=NOW)
    query_history.note(engine, acme.id, "user 1", "select 1", {"n": "x" * 5000}, Outcome(4.5, 11), now=later)
    first, second = query_history.of(engine, acme.id, "user 1")
    assert (first.sql, first.run_count, first.ran_at, first.parameters) == ("select 1", 2, later, {})
    assert (first.outcome.row_count, second.outcome.error_code) == (11, "timeout")
    assert query_history.of(engine, acme.id, "user 2") == []
    assert len(query_history.of(engine, acme.id, "user 1", limit=1)) == 1


def test_the_oldest_texts_are_forgotten(engine: Engine, acme: Organization, monkeypatch):
    monkeypatch.setattr(query_history, "MOST_PER_SUBJECT", 3)
    query_history.note(engine, acme.id, "user 2", "select 0", {}, Outcome(), now=NOW)
    for number in range(5):
        moment = NOW + timedelta(seconds=number)
        query_history.note(engine, acme.id, "user 1", f"select {number}", {}, Outcome(), now=moment)
    assert [each.sql for each in query_history.of(engine, acme.id, "user 1")] == ["select 4", "select 3", "select 2"]
    query_history.forget(engine, acme.id, "user 1")
    assert query_history.of(engine, acme.id, "user 1") == []
    assert len(query_history.of(engine, acme.id, "user 2")) == 1
