"""Signing in and out: the routes beside Streamlit that set and clear the session's cookie.

The cookie holds the api's session token; no page script can read it. Every POST must carry the value of a second cookie
in its form, so that no other site can sign anybody in or out.
"""

import asyncio
import hmac
import secrets
from contextlib import suppress
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.api_client.client import ApiClient
from app.api_client.errors import ApiError, Refused, SignedOut
from app.api_client.values import Session
from app.api_client.visitors import SESSION_COOKIE, Visitors
from app.web import sign_in_pages

_CSRF_COOKIE = "weir_csrf"


def sign_in_routes(api: ApiClient, visitors: Visitors) -> list[Route]:
    """Returns the routes of signing in and out."""

    async def show(request: Request) -> Response:
        csrf, next = _csrf(request), local_path(request.query_params.get("next", "/"))
        token = request.query_params.get("token")
        page = sign_in_pages.link_page(csrf, next, token) if token else sign_in_pages.password_page(csrf, next)
        return _with_csrf(page, request, csrf)

    async def sign_in(request: Request) -> Response:
        form = await request.form()
        email, next = str(form.get("email", "")), local_path(str(form.get("next", "/")))
        if not _same_site(request, str(form.get("csrf", ""))):
            return _again(request, next, email, "This page was open for too long. Please try again.")
        try:
            if form.get("token"):
                session = await asyncio.to_thread(api.redeem, str(form["token"]), _address(request))
            else:
                session = await asyncio.to_thread(api.sign_in, email, str(form.get("password", "")), _address(request))
        except ApiError as error:
            return _again(request, next, email, _problem(error))
        return _signed_in(request, session, next)

    async def ask_sign_out(request: Request) -> Response:
        csrf = _csrf(request)
        return _with_csrf(sign_in_pages.sign_out_page(csrf), request, csrf)

    async def sign_out(request: Request) -> Response:
        form = await request.form()
        token = request.cookies.get(SESSION_COOKIE)
        if not _same_site(request, str(form.get("csrf", ""))):
            return RedirectResponse("/sign-out", status_code=303)
        if token:
            visitors.forget(token)
            # It may have ended already; and where the api is down, the browser forgets the session all the same.
            with suppress(ApiError):
                await asyncio.to_thread(api.sign_out, token)
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(SESSION_COOKIE)
        return response

    return [
        Route("/sign-in", show, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", ask_sign_out, methods=["GET"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


def local_path(target: str) -> str:
    """Returns the way back if it is a page of ours, the front page otherwise: nobody is sent to another site."""
    if not target.startswith("/") or target.startswith("//"):
        return "/"
    # Browsers read a backslash as a slash, and drop control characters.
    return "/" if "\\" in target or any(ord(character) < 32 for character in target) else target


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _problem(error: ApiError) -> str:
    if isinstance(error, Refused | SignedOut):
        return error.message if error.hint is None else f"{error.message} {error.hint}"
    return "The api does not answer, so nobody can sign in now. `weir doctor` tells what is wrong."


def _signed_in(request: Request, session: Session, next: str) -> Response:
    response = RedirectResponse(next, status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        max_age=max(0, int((session.expires_at - datetime.now(UTC)).total_seconds())),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    response.delete_cookie(_CSRF_COOKIE)
    return response


def _again(request: Request, next: str, email: str, problem: str) -> Response:
    csrf = _csrf(request)
    return _with_csrf(sign_in_pages.password_page(csrf, next, email=email, problem=problem), request, csrf)


def _csrf(request: Request) -> str:
    return request.cookies.get(_CSRF_COOKIE) or secrets.token_urlsafe(24)


def _with_csrf(response: Response, request: Request, csrf: str) -> Response:
    response.set_cookie(
        _CSRF_COOKIE, csrf, max_age=3600, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


def _same_site(request: Request, told: str) -> bool:
    held = request.cookies.get(_CSRF_COOKIE, "")
    return bool(held) and hmac.compare_digest(held.encode(), told.encode())
