"""What is said of requests after the call: scores, feedback, and edits of properties."""

from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest

from pipelines.loading.day_lease import LeaseLost
from pipelines.transforms.records import parse
from pipelines.transforms.scores import model_scores
from tests.pipelines.conftest import Place
from tests.pipelines.exchanges import DAY, LATER, ORGANIZATION, line, said
from warehouse import record

REQUEST = UUID("019a9fc3-0000-7000-8000-000000000001")


def score(**fields: Any) -> bytes:
    return said(record.Score, **({"request_id": REQUEST, "name": "quality", "value": 0.5} | fields))


def feedback(**fields: Any) -> bytes:
    return said(record.Feedback, **({"request_id": REQUEST, "rating": True} | fields))


def edit(name: str, value: str | None, minutes: int = 0, **fields: Any) -> bytes:
    at = {"created_at": LATER + timedelta(minutes=minutes)}
    return said(record.PropertyEdit, **({"request_id": REQUEST, "name": name, "value": value} | at | fields))


def a_request(**properties: str) -> bytes:
    return line(request_id=REQUEST, properties=[record.Pair(name, value) for name, value in properties.items()])


def load(place: Place, *keys: str):
    return list(place.loader().load(DAY, keys))


def properties(place: Place) -> dict[str, str]:
    ((found,),) = place.ask(f"select properties from requests where request_id = '{REQUEST}'")
    return found


def test_scores_and_feedback_become_rows_of_one_table():
    lines = [score(), a_request(), feedback(rating=False, comment="wrong"), score(value=None, category="tone")]
    modelled = model_scores(lines, parse(lines), DAY)
    assert modelled.rejected == ()
    columns = ("line", "day", "kind", "name", "value_type", "value", "category", "source", "comment")
    assert modelled.frame.select(columns).rows() == [
        (0, DAY, "score", "quality", "float", 0.5, None, "api", None),
        (2, DAY, "feedback", "feedback", "boolean", 0.0, None, "user", "wrong"),
        (3, DAY, "score", "quality", "float", None, "tone", "api", None),
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (score(request_id=None), "neither which request nor which session"),
        (score(value=None), "neither a value nor a category"),
        (score().replace(str(ORGANIZATION).encode(), b"nobody"), "missing or unreadable"),
        (score().replace(b"0.5", b'"half"'), "`$.value`"),
    ],
)
def test_a_score_that_says_nothing_goes_to_quarantine(place, bad, reason):
    (loaded,) = load(place, place.put_segment(score(), bad, score()))
    assert (loaded.said_count, loaded.rejected_count) == (2, 1)
    (entry,) = place.quarantined()
    assert (entry.line, reason in entry.reason) == (1, True)


def test_a_segment_of_all_kinds_goes_to_all_tables(place):
    key = place.put_segment(a_request(team="a"), score(), feedback(), edit("team", "b"), line())
    (loaded,) = load(place, key)
    assert (loaded.row_count, loaded.said_count, loaded.rejected_count) == (2, 3, 0)
    assert properties(place) == {"team": "b"}
    rows = place.ask("select day, created_at, request_id, name, value, segment from scores order by name")
    assert [(day, at.replace(tzinfo=UTC), *rest) for day, at, *rest in rows] == [
        (DAY, LATER, REQUEST, "feedback", 1.0, key),
        (DAY, LATER, REQUEST, "quality", 0.5, key),
    ]
    assert place.ask("select request_id, name, value, segment from property_edits") == [(REQUEST, "team", "b", key)]
    assert load(place, key) == []


def test_a_segment_without_requests_is_loaded_once(place):
    key = place.put_segment(score(), edit("team", "b"))
    assert [each.said_count for each in load(place, key)] == [2]
    assert load(place, key) == []
    place.client.command("truncate table loads")
    load(place, key)
    assert (place.count("scores"), place.count("property_edits")) == (1, 1)


def test_an_edit_changes_what_is_loaded_and_the_day_is_derived_again(place):
    load(place, place.put_segment(a_request(team="a", plan="free"), line()))
    place.loader().derive(DAY)
    before = place.ask("select request_id, loaded_at from requests order by request_id")
    (loaded,) = load(place, place.put_segment(edit("team", "it's {b:c} %s \\ `"), edit("plan", None), edit("new", "")))
    assert loaded.edited_count == 1
    assert properties(place) == {"team": "it's {b:c} %s \\ `", "new": ""}
    after = place.ask("select request_id, loaded_at from requests order by request_id")
    assert [was[1] < now[1] for was, now in zip(before, after, strict=True) if was[0] == REQUEST] == [True]
    assert [was[1] == now[1] for was, now in zip(before, after, strict=True) if was[0] != REQUEST] == [True]
    assert place.days.stale_days() == [DAY]
    # The statement, which tells the values, is not kept.
    assert place.ask("select count() from system.mutations where database = 'weir'") == [(0,)]


def test_the_latest_edit_holds_in_whatever_order_they_come(place):
    load(place, place.put_segment(edit("early", "yes")))
    load(place, place.put_segment(a_request(team="a")))
    assert properties(place) == {"team": "a", "early": "yes"}
    load(place, place.put_segment(edit("team", "late", minutes=2)))
    (loaded,) = load(place, place.put_segment(edit("team", "middle", minutes=1)))
    assert loaded.edited_count == 0
    assert properties(place)["team"] == "late"


def test_all_properties_can_be_removed_and_the_same_id_elsewhere_keeps_its_own(place):
    other = UUID(int=9)
    load(place, place.put_segment(a_request(team="a"), line(request_id=REQUEST, organization_id=other)))
    load(place, place.put_segment(edit("team", None), edit("x", "y", organization_id=other)))
    found = place.ask("select organization_id, properties from requests order by organization_id")
    assert dict(found) == {ORGANIZATION: {}, other: {"x": "y"}}


def test_an_edit_of_a_request_that_is_not_there_changes_nothing(place):
    load(place, place.put_segment(line()))
    place.loader().derive(DAY)
    (loaded,) = load(place, place.put_segment(edit("team", "b")))
    assert (loaded.said_count, loaded.edited_count) == (1, 0)
    assert place.days.stale_days() == []


def test_a_day_made_anew_has_its_scores_and_edits(place):
    load(place, place.put_segment(a_request(team="a")), place.put_segment(score(), edit("team", "b")))
    place.put_segment(feedback(), edit("plan", "pro"))
    made = place.loader().remodel(DAY)
    assert (made.row_count, made.said_count) == (1, 4)
    assert properties(place) == {"team": "b", "plan": "pro"}
    assert place.ask("select count(), uniqExact(loaded_at) from scores") == [(2, 1)]
    assert place.count("property_edits") == 2
    assert place.days.stale_days() == []


def test_a_change_that_the_server_runs_late_finds_no_row(place):
    """The loader that asked for it has lost the day, and another one made the day anew meanwhile."""
    load(place, place.put_segment(a_request(team="a")))
    key = place.put_segment(edit("team", "b"))
    made_anew: list[tuple] = []

    def be_overtaken(step: str) -> None:
        if step == "publish" and not made_anew:
            with place.engine.begin() as connection:
                connection.exec_driver_sql("update leases set expires_at = '2020-01-01 00:00:00.000000'")
            place.loader("other").remodel(DAY)
            made_anew.extend(place.ask("select loaded_at, properties from requests"))

    with pytest.raises(LeaseLost):
        list(place.loader(at=be_overtaken).load(DAY, [key]))
    assert place.ask("select loaded_at, properties from requests") == made_anew
    assert (properties(place), place.count("property_edits")) == ({"team": "b"}, 1)
