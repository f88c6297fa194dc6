"""Saved answers of Helicone's API come over without asking anybody."""

import json
from collections import Counter

import pytest

from tests.weir.importing.conversations import CHAT, CHAT_ANSWER, number, plain
from weir.importing.errors import BadPage
from weir.importing.saved_pages import pages_in


@pytest.fixture
def rows(helicone):
    for each in range(6):
        helicone.add(CHAT, CHAT_ANSWER, inline=True, **plain(each, f"2026-11-0{1 + each % 2} 08:00:00.000"))
    return helicone.rows


@pytest.mark.parametrize(
    "written",
    [
        lambda rows: json.dumps({"data": rows, "error": None}),
        lambda rows: json.dumps(rows, indent=2),
        lambda rows: "\n".join(json.dumps(row) for row in rows),
    ],
    ids=["an answer", "a list", "a row a line"],
)
def test_a_file_may_be_an_answer_a_list_or_a_row_a_line(place, rows, tmp_path, written):
    file = tmp_path / "page"
    file.write_text(written(rows))
    for _ in range(2):
        counts = place.history().from_files(pages_in([file]))
    assert Counter(str(each.request_id) for each in place.exchanges()) == Counter(number(each) for each in range(6))
    assert [each.response_preview for each in place.exchanges()] == ["Paris."] * 6
    assert (counts.segments, counts.segments_there) == (0, 2)


@pytest.mark.parametrize(
    "content", ["", "not json", '[{"request_id": ', '{"data": null, "error": "no"}', '{"rows": []}']
)
def test_a_file_that_is_no_page_is_named(place, tmp_path, content):
    file = tmp_path / "page.json"
    file.write_text(content)
    with pytest.raises(BadPage, match=r"page\.json"):
        place.history().from_files(pages_in([file]))


def test_a_file_that_is_not_there_is_named(place, tmp_path):
    with pytest.raises(BadPage, match=r"gone\.json: No such file"):
        place.history().from_files(pages_in([tmp_path / "gone.json"]))


def test_a_bad_row_in_a_file_is_counted(place, rows, tmp_path):
    file = tmp_path / "page.json"
    file.write_text(json.dumps([*rows, {"request_id": "bad"}, {"hello": 1}]))
    counts = place.history().from_files(pages_in([file]))
    assert counts.requests == 6
    assert counts.not_carried["rows that are no requests"] == 2
