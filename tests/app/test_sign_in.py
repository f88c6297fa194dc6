"""Signing in and out over the real api, and what the guard lets past."""

import re
import socket
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.api_client.connection import connect
from app.api_client.visitors import Visitors
from app.main import server_of
from app.settings import AppSettings
from app.web.guard import Guard
from app.web.headers import PageHeaders
from app.web.sign_in import local_path, sign_in_routes
from tests.app.backend import EMAIL, PASSWORD, Backend
from tests.serving import served

HTML = {"accept": "text/html"}


@pytest.fixture
def browser(running_api: Backend) -> Iterator[TestClient]:
    with TestClient(dashboard(running_api.api_url), follow_redirects=False) as client:
        yield client


def dashboard(api_url: str) -> Starlette:
    """The routes and the guard around a page that stands for Streamlit's."""

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("the page")

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    connection = connect(api_url)
    visitors = Visitors(connection.api)
    return Starlette(
        routes=[
            *sign_in_routes(connection.api, visitors),
            WebSocketRoute("/_stcore/stream", socket),
            Route("/{path:path}", page),
        ],
        middleware=[Middleware(PageHeaders), Middleware(Guard, visitors=visitors)],
    )


def csrf_of(browser: TestClient, path: str = "/sign-in") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


def sign_in(browser: TestClient, password: str = PASSWORD, next: str = "/"):
    form = {"csrf": csrf_of(browser), "email": EMAIL, "password": password, "next": next}
    return browser.post("/sign-in", data=form)


def test_a_visitor_is_sent_to_sign_in_and_back_to_where_they_wanted(browser: TestClient):
    sent = browser.get("/requests?status=4xx", headers=HTML)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sign-in?next=%2Frequests%3Fstatus%3D4xx"
    assert 'value="/requests?status=4xx"' in browser.get(sent.headers["location"]).text
    came_back = sign_in(browser, next="/requests?status=4xx")
    assert came_back.status_code == 303
    assert came_back.headers["location"] == "/requests?status=4xx"
    assert browser.get("/requests", headers=HTML).text == "the page"


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: TestClient):
    cookie = next(each for each in sign_in(browser).headers.get_list("set-cookie") if each.startswith("weir_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_wrong_password_is_told_without_saying_which_half_is_wrong(browser: TestClient):
    answer = sign_in(browser, password="not the password")
    assert answer.status_code == 400
    assert "Email and password do not fit" in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert "weir_session" not in answer.headers.get("set-cookie", "")


def test_a_form_of_another_site_signs_nobody_in(browser: TestClient):
    browser.get("/sign-in")
    answer = browser.post("/sign-in", data={"csrf": "guessed", "email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 400
    assert "weir_session" not in answer.headers.get("set-cookie", "")


def test_looking_at_a_one_time_link_does_not_use_it_up(browser: TestClient, running_api: Backend):
    token = running_api.sign_in_link_token()
    for _ in range(2):
        assert token in browser.get("/sign-in", params={"token": token}).text
    form = {"csrf": csrf_of(browser, f"/sign-in?token={token}"), "token": token, "next": "/"}
    assert browser.post("/sign-in", data=form).status_code == 303
    assert browser.get("/", headers=HTML).text == "the page"


def test_a_one_time_link_works_once(browser: TestClient, running_api: Backend):
    token = running_api.sign_in_link_token()
    form = {"csrf": csrf_of(browser), "token": token, "next": "/"}
    assert browser.post("/sign-in", data=form).status_code == 303
    again = browser.post("/sign-in", data=form | {"csrf": csrf_of(browser)})
    assert again.status_code == 400
    assert "was used or has expired" in again.text


def test_signing_out_ends_the_session_at_the_api(browser: TestClient):
    sign_in(browser)
    token = browser.cookies["weir_session"]
    answer = browser.post("/sign-out", data={"csrf": csrf_of(browser, "/sign-out")})
    assert answer.headers["location"] == "/sign-in"
    assert browser.get("/", headers=HTML).status_code == 303
    browser.cookies["weir_session"] = token
    assert browser.get("/", headers=HTML).status_code == 303


def test_a_link_of_another_site_signs_nobody_out(browser: TestClient):
    sign_in(browser)
    assert browser.post("/sign-out", data={"csrf": "guessed"}).headers["location"] == "/sign-out"
    assert browser.get("/", headers=HTML).text == "the page"


@pytest.mark.parametrize("path", ["/media/abc.csv", "/_stcore/upload_file/1/2", "/component/x/y.js"])
def test_files_need_a_session_too(browser: TestClient, path):
    assert browser.get(path).status_code == 401


def test_the_scripts_socket_needs_a_session(browser: TestClient):
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect("/_stcore/stream"):
        pass
    sign_in(browser)
    with browser.websocket_connect("/_stcore/stream"):
        pass


@pytest.mark.parametrize("cookie", [b"made-up", b'"a\\012b"', b'"\\303\\251"', b"\xe9", b"a" * 5000])
def test_a_made_up_session_is_none(browser: TestClient, cookie: bytes):
    answer = browser.get("/", headers=[(b"accept", b"text/html"), (b"cookie", b"weir_session=" + cookie)])
    assert answer.status_code == 303


@pytest.mark.parametrize("flood", [b"x: " + b"a" * 10_000_000, b"x: y\r\n" * 2_000_000])
def test_a_head_that_does_not_end_is_cut_off(settings: AppSettings, flood: bytes):
    with (
        served(server_of(dashboard(settings.api_url), settings)) as address,
        pytest.raises(ConnectionError),
        socket.create_connection(address, timeout=10) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\n" + flood)


def test_while_the_api_is_down_nobody_signs_in_and_the_page_may_say_so():
    with TestClient(dashboard("http://127.0.0.1:9"), follow_redirects=False) as browser:
        answer = sign_in(browser)
        assert answer.status_code == 400
        assert "weir doctor" in answer.text
        assert browser.get("/", headers=HTML).status_code == 303
        browser.cookies["weir_session"] = "held"
        assert browser.get("/", headers=HTML).text == "the page"


def test_pages_load_nothing_from_elsewhere(browser: TestClient):
    sign_in(browser)
    policy = browser.get("/", headers=HTML).headers["content-security-policy"]
    assert "img-src 'self' data: blob:;" in policy
    assert "script-src 'self'" in browser.get("/sign-in").headers["content-security-policy"]


def test_what_is_typed_is_shown_as_text(browser: TestClient):
    evil = '"><script>alert(1)</script>'
    assert "<script>alert" not in browser.get("/sign-in", params={"next": f"/{evil}"}).text
    assert "<script>alert" not in browser.get("/sign-in", params={"token": evil}).text


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/requests?status=4xx", "/requests?status=4xx"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("//[", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_nowhere_else(target, path):
    assert local_path(target) == path
