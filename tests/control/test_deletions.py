from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.engine import Engine

from control import deletions, organizations
from control.deletions import Subject, digest_of
from control.errors import InvalidValue
from control.organizations import Organization
from tests.control.conftest import NOW

LATER = NOW + timedelta(hours=1)


def test_a_deletion_is_kept_as_it_was_asked_for(engine: Engine, acme: Organization):
    ids = (uuid4(), uuid4())
    asked = [
        deletions.ask(engine, acme.id, Subject(request_ids=ids), by="ada@example.com", now=NOW),
        deletions.ask(engine, acme.id, Subject(user_id="u-1"), by="key ops", now=LATER),
        deletions.ask(engine, acme.id, Subject(), by="key ops", now=LATER + timedelta(seconds=1)),
    ]
    assert deletions.in_organization(engine, acme.id) == asked[::-1]
    assert [each.subject.is_organization for each in asked] == [False, False, True]
    assert asked[1].subject.user_sha256 == digest_of(acme.id, "u-1")
    assert deletions.find(engine, acme.id, asked[0].id) == asked[0]
    assert deletions.asked_since(engine, LATER) == asked[1:]


def test_nobody_sees_the_deletions_of_others(engine: Engine, acme: Organization):
    asked = deletions.ask(engine, acme.id, Subject(), by="ada", now=NOW)
    other = organizations.create(engine, "Other", now=NOW)
    assert deletions.find(engine, other.id, asked.id) is None
    assert deletions.in_organization(engine, other.id) == []


def test_progress_is_kept(engine: Engine, acme: Organization):
    asked = deletions.ask(engine, acme.id, Subject(user_id="u-1"), by="ada", now=NOW)
    went_on = replace(
        asked,
        subject=replace(asked.subject, user_id=None),
        state="settling",
        days_left=(date(2026, 11, 1),),
        days_touched=(date(2026, 11, 2), date(2026, 11, 3)),
        swept_at=NOW,
        next_at=LATER,
        problem="gateway-1 has not shipped yet",
        removed_in_pass=3,
    )
    counted = deletions.save(engine, went_on, {"rows": 3, "lines": 0})
    assert deletions.find(engine, acme.id, asked.id) == counted == replace(went_on, counts={"rows": 3})


def test_who_works_on_a_deletion_and_who_loads_count_together(engine: Engine, acme: Organization):
    asked = deletions.ask(engine, acme.id, Subject(user_id="u-1"), by="ada", now=NOW)
    deletions.count(engine, asked.id, {"rows": 3})
    assert deletions.save(engine, replace(asked, state="deleting"), {"rows": 2, "lines": 1}).counts == {
        "rows": 5,
        "lines": 1,
    }


def test_what_is_done_or_waits_is_not_due(engine: Engine, acme: Organization):
    asked = deletions.ask(engine, acme.id, Subject(), by="ada", now=NOW)
    assert deletions.due(engine, now=NOW) == [asked]
    waits = replace(asked, next_at=LATER)
    deletions.save(engine, waits)
    assert deletions.due(engine, now=NOW) == []
    assert deletions.due(engine, now=LATER) == [waits]
    deletions.save(engine, replace(waits, state="done", finished_at=LATER))
    assert deletions.due(engine, now=LATER) == []


@pytest.mark.parametrize(
    "subject", [Subject(user_id=""), Subject(user_id="u" * 2001), Subject(request_ids=(UUID(int=1),) * 10_001)]
)
def test_what_cannot_be_asked_for_is_refused(engine: Engine, acme: Organization, subject: Subject):
    with pytest.raises(InvalidValue):
        deletions.ask(engine, acme.id, subject, by="ada", now=NOW)
