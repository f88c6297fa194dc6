"""A person with a real browser, on the running product: signs in, looks around, asks a question."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        # A laptop may go without; what is published may not.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs a chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, running_stack) -> Iterator[Page]:
    """A page of a browser of its own, which may call nobody but the dashboard."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=running_stack.app_url)
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    foreign: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: None if _is_ours(request.url, running_stack) else foreign.append(request.url))
    yield page
    context.close()
    assert foreign == []


def _is_ours(url: str, running_stack) -> bool:
    return url.startswith((running_stack.app_url, "data:", "blob:"))


def sign_in(page: Page, running_stack) -> None:
    page.get_by_label("Email").fill(running_stack.email)
    page.get_by_label("Password").fill(running_stack.password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_sees_what_it_cost(page: Page, running_stack):
    page.goto("/?range=30d")
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, running_stack)
    expect(page).to_have_url(re.compile("range=30d"))
    expect(page.get_by_test_id("stMetric")).to_have_count(7)
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    expect(page.get_by_text("Data up to").first).to_be_visible()


def test_a_wrong_password_stays_outside(page: Page, running_stack):
    page.goto("/")
    page.get_by_label("Email").fill(running_stack.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit")


def test_a_question_is_typed_run_and_mended_on_the_hql_page(page: Page, running_stack):
    page.goto("/hql")
    sign_in(page, running_stack)
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("select modle, count() as n from requests group by model")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("modle")
    expect(page.locator(".cm-lintRange-error")).to_have_text("modle")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("select model, count() as n from requests group by model order by n desc")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("rows read")).to_be_visible()
    expect(page).to_have_url(re.compile("q=select"))
    # By its key: a table under the pointer shows a toolbar with a button "Download as CSV" of its own.
    page.get_by_test_id("stDataFrame").hover()
    with page.expect_download() as download:
        page.locator(".st-key-download-csv").get_by_role("button").click()
    assert download.value.path().read_text().replace('"', "").startswith("model,n\n")
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()


def test_a_tile_opens_its_question_with_its_parameters(page: Page, running_stack):
    page.goto("/?range=30d")
    sign_in(page, running_stack)
    page.locator(".st-key-tile-top_models").get_by_role("link", name="HQL").click()
    expect(page.locator(".cm-content")).to_contain_text("group by model")
    expect(page.get_by_role("textbox", name="start")).to_have_value(re.compile(r"^\d{4}-"))
    expect(page.get_by_text("rows read")).to_be_visible()


def test_a_row_of_the_list_opens_in_a_drawer_and_on_its_own_page(page: Page, running_stack):
    page.goto("/requests?range=30d")
    sign_in(page, running_stack)
    table = page.get_by_test_id("stDataFrame").locator("canvas").first
    table.click(position={"x": 300, "y": 32 * 2 + 16}, force=True)
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("tab", name="Chat")).to_be_visible()
    drawer.get_by_role("link", name="Open page").click()
    expect(page).to_have_url(re.compile(r"/request\?id="))
    page.get_by_role("tab", name="Response").click()
    expect(page.get_by_role("button", name="Download").last).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(page: Page, running_stack):
    page.goto("/keys")
    sign_in(page, running_stack)
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("from the browser")
    dialog.get_by_role("button", name="Make key").click()
    expect(dialog.get_by_test_id("stCode")).to_have_text(re.compile(r"^sk-weir-[\w-]{43}$"))
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    made = page.get_by_test_id("stHorizontalBlock").filter(has_text="from the browser")
    made.get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("Revoked and expired")).to_be_visible()
    expect(made).to_have_count(0)


def test_a_provider_key_is_stored_and_removed(page: Page, running_stack):
    page.goto("/provider-keys")
    sign_in(page, running_stack)
    page.get_by_role("button", name="Add key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("from the browser")
    dialog.get_by_label("Key", exact=True).fill("sk-proj-abcdefgh-0123456789-wxyz")
    dialog.get_by_role("button", name="Store key").click()
    expect(page.get_by_text("…wxyz")).to_be_visible()
    assert "0123456789" not in page.content()
    page.get_by_role("button", name="Remove", exact=False).first.click()
    dialog.get_by_role("button", name="Remove key").click()
    expect(page.get_by_text("No provider key stored")).to_be_visible()


def test_signing_out_closes_the_door(page: Page, running_stack):
    page.goto("/")
    sign_in(page, running_stack)
    page.get_by_role("link", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/requests")
    expect(page).to_have_url(re.compile("/sign-in"))
