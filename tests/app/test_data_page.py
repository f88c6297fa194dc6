"""The page of retention and deletion, over the real api."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from control import deletions, organizations, retention
from tests.app.backend import Backend
from tests.app.conftest import OpenPage
from tests.app.test_keys_pages import button
from tests.app.test_pages import texts


def shown(page) -> str:
    return texts(page.markdown).replace("\\", "")


def test_calls_are_kept_for_as_long_as_somebody_says(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    page = open_page("data", token=token)
    assert not page.exception
    assert page.number_input[0].value is None
    page.number_input[0].set_value(90)
    button(page, "Save").click().run()
    assert not page.exception
    assert retention.of(running_api.database, organization_id).days == 90
    assert open_page("data", token=token).number_input[0].value == 90


def test_a_users_calls_are_deleted_and_what_it_reached_is_shown(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    page = open_page("data", token=token)
    assert "Nobody has asked for one" in texts(page.caption)
    button(page, "Delete data").click().run()
    page.text_input[0].set_value("u-1")
    button(page, "Delete for good").click().run()
    assert not page.exception
    (asked,) = deletions.in_organization(running_api.database, organization_id)
    assert asked.subject.user_id == "u-1"
    assert "**User u-1**\nbegins within a minute" in shown(page)
    done = replace(asked, subject=replace(asked.subject, user_id=None), state="done", finished_at=datetime.now(UTC))
    deletions.save(running_api.database, done, {"requests": 2, "raw_lines": 3, "query_results": 1})
    again = shown(open_page("data", token=token))
    assert "A user, whose id is forgotten" in again
    assert "nothing is left" in again
    assert "2 requests, 3 records of the raw log, 1 kept answer" in again


def test_single_calls_and_everything_are_deleted_when_that_is_said(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    request_id = uuid4()
    page = open_page("data", token=token)
    button(page, "Delete data").click().run()
    page.radio[0].set_value("Single calls").run()
    page.text_area[0].set_value(f"{request_id}\n")
    button(page, "Delete for good").click().run()
    page = open_page("data", token=token)
    button(page, "Delete data").click().run()
    page.radio[0].set_value("All calls of the organization").run()
    button(page, "Delete for good").click().run()
    assert "Say what is to be deleted" in texts(page.warning)
    organization = organizations.get(running_api.database, organization_id)
    assert organization
    page.text_input[0].set_value(organization.name)
    button(page, "Delete for good").click().run()
    assert not page.exception
    all_calls, single = deletions.in_organization(running_api.database, organization_id)
    assert all_calls.subject.is_organization
    assert single.subject.request_ids == (request_id,)


def test_a_mistake_in_a_deletion_is_told(open_page: OpenPage, owner):
    page = open_page("data", token=owner[0])
    button(page, "Delete data").click().run()
    page.radio[0].set_value("Single calls").run()
    page.text_area[0].set_value("not an id")
    button(page, "Delete for good").click().run()
    assert not page.exception
    assert "should be a valid UUID" in texts(page.warning)


def test_members_are_told_whom_to_ask(open_page: OpenPage, running_api: Backend):
    token, _ = running_api.session_of_newcomer()
    page = open_page("data", token=token)
    assert "For owners and admins" in texts(page.subheader)
    assert not [each for each in page.button if each.label == "Delete data"]
