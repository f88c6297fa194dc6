"""Each page over the real api: what it draws, and what it says when it cannot."""

import time

import pytest

from app.api_client.client import Credential, Query
from app.api_client.connection import connect
from tests.app.backend import Backend
from tests.app.conftest import OpenPage


def texts(elements) -> str:
    return "\n".join(str(element.value) for element in elements)


def test_the_overview_shows_figures_charts_and_rankings(open_page: OpenPage):
    page = open_page("overview", range="7d")
    assert not page.exception
    figures = {metric.label: metric.value for metric in page.metric}
    assert list(figures) == [
        "Requests",
        "Error rate",
        "Cost",
        "Tokens",
        "Latency p50",
        "Latency p95",
        "First token p50",
    ]
    assert figures["Cost"].startswith("$")
    assert figures["Latency p50"].endswith(("ms", " s"))
    assert len(page.get("plotly_chart")) == 5
    assert len(page.dataframe) == 3


def test_every_tile_opens_its_question_in_hql(open_page: OpenPage):
    page = open_page("overview", range="7d")
    links = [link for link in page.page_link if link.value == "HQL"]
    assert len(links) == 8
    assert all("q=select" in link.proto.query_string for link in links)


@pytest.mark.parametrize("name", ["overview", "requests"])
def test_before_the_first_request_a_page_says_how_to_make_one(open_page: OpenPage, running_api: Backend, name):
    token, _ = running_api.session_of_newcomer()
    page = open_page(name, token=token)
    assert not page.exception
    assert "Waiting for your first request" in texts(page.markdown)
    assert "http://gateway.example:8787/anthropic" in texts(page.code)
    assert "No data yet" in texts(page.sidebar.markdown)


def test_a_period_without_requests_is_told_from_no_requests_at_all(open_page: OpenPage):
    address = {"range": "custom", "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"}
    page = open_page("overview", **address)
    assert "Nothing in this period" in texts(page.markdown)


def test_dates_of_ones_own_begin_with_the_last_day(open_page: OpenPage):
    page = open_page("overview", range="custom")
    assert not page.exception
    assert len(page.get("datetime_input")) == 2
    assert len(page.metric) == 7
    assert set(page.query_params) == {"range", "from", "to"}


def test_who_belongs_to_several_organizations_chooses(open_page: OpenPage, running_api: Backend):
    token, empty = running_api.session_of_newcomer(running_api.organization_id)
    page = open_page("requests", token=token, range="7d", organization=str(running_api.organization_id))
    assert len(page.dataframe[0].value) == 100
    page.sidebar.selectbox[0].set_value(str(empty)).run()
    assert "Waiting for your first request" in texts(page.markdown)
    assert not page.dataframe


def test_filters_narrow_the_figures(open_page: OpenPage):
    everything = open_page("overview", range="7d")
    some = open_page("overview", range="7d", provider="anthropic")
    count = {page: int(page.metric[0].value.removesuffix("k").replace(".", "")) for page in (everything, some)}
    assert count[some] < count[everything] or everything.metric[0].value.endswith("k")
    assert len(some.dataframe[1].value) == 1


def test_the_sidebar_names_the_organization_the_person_and_the_freshness(open_page: OpenPage):
    page = open_page("overview")
    assert "Acme Research" in texts(page.sidebar.caption)
    assert "Ada Lovelace" in texts(page.sidebar.html)
    assert "Data up to" in texts(page.sidebar.markdown)


@pytest.mark.parametrize("name", ["overview", "requests", "hql", "request"])
def test_without_a_session_nothing_is_shown(open_page: OpenPage, name):
    page = open_page(name, token="a-token-nobody-has")
    assert not page.exception
    assert "You are signed out" in texts(page.subheader)
    assert not page.metric
    assert not page.dataframe
    assert not page.sidebar.caption


def test_an_api_that_is_down_is_named_with_the_way_out(open_page: OpenPage):
    page = open_page("overview", api_url="http://127.0.0.1:9")
    assert "The api is down" in texts(page.error)
    assert "weir doctor" in texts(page.caption)


def test_the_list_shows_the_newest_first_and_turns_pages(open_page: OpenPage):
    page = open_page("requests", range="7d")
    first = page.dataframe[0].value
    assert len(first) == 100
    assert first["Time"].is_monotonic_decreasing
    button(page, "Older").click().run()
    second = page.dataframe[0].value
    assert second["Time"].max() <= first["Time"].min()
    button(page, "Newer").click().run()
    assert page.dataframe[0].value["Time"].tolist() == first["Time"].tolist()


def test_other_conditions_begin_at_the_first_page(open_page: OpenPage):
    page = open_page("requests", range="7d")
    button(page, "Older").click().run()
    assert page.query_params["older"]
    page.get("pills")[0].set_value(["4xx"]).run()
    assert "older" not in page.query_params
    assert page.dataframe[0].value["Status"].str.startswith("● 4").all()


def test_conditions_come_from_the_address(open_page: OpenPage):
    page = open_page("requests", range="7d", provider="anthropic", search="the")
    shown = page.dataframe[0].value
    assert shown["Model"].dropna().str.startswith("claude").all()
    assert (shown["Prompt"] + shown["Answer"]).str.contains("the", case=False).all()


def test_a_list_without_a_fit_offers_to_clear(open_page: OpenPage):
    page = open_page("requests", range="7d", user="nobody-of-that-name")
    assert "No request fits" in texts(page.markdown)
    button(page, "Clear all filters").click().run()
    assert len(page.dataframe[0].value) == 100


def test_a_request_is_drawn_whole(open_page: OpenPage, running_api: Backend):
    page = open_page("request", id=a_request(running_api))
    assert not page.exception
    tabs = ["Chat", "Request", "Response", "Route", "Timing", "Cost", "Scores", "Details"]
    assert [tab.label.partition(" · ")[0] for tab in page.tabs] == tabs
    assert {message.name for message in page.chat_message} >= {"user", "assistant"}
    assert "curl http://gateway.example:8787/" in texts(page.code)
    assert '"model":' in texts(page.code)
    assert len(page.get("download_button")) == 2


def test_what_was_said_of_a_request_is_shown_with_it(open_page: OpenPage, running_api: Backend):
    page = open_page("request", id=a_request(running_api, A_RATED_CALL))
    assert not page.exception
    shown = next(each.value for each in page.dataframe if "Comment" in each.value.columns)
    assert "feedback" in list(shown["Name"])


def test_an_unknown_request_says_so(open_page: OpenPage):
    page = open_page("request", id="0199f0f0-0000-7000-8000-000000000000")
    assert "There is no such request" in texts(page.warning)


@pytest.mark.parametrize("id", ["", "not-an-id", "../me"])
def test_an_address_that_names_no_request_says_so(open_page: OpenPage, id):
    assert "There is no such request" in texts(open_page("request", id=id).warning)


def test_a_query_runs_and_its_address_can_be_shared(open_page: OpenPage):
    page = open_page("hql", q="select count() as n from requests where is_error = {failed:Bool}", p_failed="true")
    assert not page.exception
    assert page.checkbox[0].value is True
    assert page.dataframe[0].value["n"][0] > 0
    assert page.query_params["q"].startswith("select count()")
    assert "rows read" in texts(page.caption)


def test_a_mistake_is_shown_with_its_place_and_a_hint(open_page: OpenPage):
    page = open_page("hql", q="select\n    modle\nfrom requests")
    assert "modle" in texts(page.error)
    assert "2 │     modle\n        ^" in texts(page.code)


def test_a_parameter_without_a_value_is_asked_for(open_page: OpenPage):
    page = open_page("hql", q="select count() from requests where latency_ms > {slow:Float64}")
    button(page, "Run").click().run()
    assert "Fill in slow" in texts(page.info)


def test_an_example_replaces_the_query(open_page: OpenPage):
    page = open_page("hql")
    page.button(key="example-The latest failures").click().run()
    button(page, "Run").click().run()
    assert "error_message" in page.dataframe[0].value.columns


def test_what_was_run_can_be_taken_up_again(open_page: OpenPage):
    sql = "select {least:UInt16} as least, count() as n from requests where status_code >= {least:UInt16}"
    open_page("hql", q=sql, p_least="503")
    page = open_page("hql")
    assert page.button(key="past-0").label.startswith("select ")
    page.button(key="past-0").click().run()
    button(page, "Run").click().run()
    assert page.dataframe[0].value["least"][0] == 503


def test_a_query_is_saved_found_replaced_and_deleted(open_page: OpenPage):
    for sql in ("select 1 as first", "select {n:UInt8} as second"):
        page = open_page("hql", q=sql, p_n="7")
        next(each for each in page.text_input if each.label == "Save this query as").set_value("Kept for a test")
        button(page, "Save").click().run()
        assert not page.exception
    page = open_page("hql")
    button(page, "Kept for a test").click().run()
    button(page, "Run").click().run()
    assert page.dataframe[0].value["second"][0] == 7
    next(each for each in page.button if str(each.key).startswith("delete-saved-")).click().run()
    assert "Kept for a test" not in [each.label for each in page.button]


def test_all_rows_of_a_query_become_a_file(open_page: OpenPage, running_api: Backend):
    sql = "select request_id, model from requests order by request_id"
    page = open_page("hql", q=sql)
    page.button(key="export-csv").click().run()
    client, credential = connect(running_api.api_url).api, Credential(running_api.session())
    while (export := client.exports(credential)[0]).is_active:
        time.sleep(0.05)
    assert (export.state, export.sql) == ("done", sql)
    page.run()
    assert not page.exception
    assert f"{export.row_count:,} rows" in texts(page.caption)
    assert client.exported(credential, export.id).count(b"\n") == export.row_count + 1
    client.stop_export(credential, export.id)
    assert client.exports(credential) == ()


def test_the_schema_can_be_searched(open_page: OpenPage):
    page = open_page("hql")
    page.text_input(key="column-search").set_value("prompt cache").run()
    assert "cache_read_tokens" in texts(page.markdown)
    assert "created_at" not in texts(page.markdown)


A_CALL = "select request_id from requests where status_code = 200 and not cache_hit order by created_at desc limit 1"
A_RATED_CALL = "select request_id from feedback where request_id is not null limit 1"


def a_request(running_api: Backend, sql: str = A_CALL) -> str:
    answer = connect(running_api.api_url).api.query(Credential(running_api.session()), Query(sql, {}))
    return str(answer.frame["request_id"][0])


def button(page, label: str):
    return next(each for each in page.button if each.label == label)
