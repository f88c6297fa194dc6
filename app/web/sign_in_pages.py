"""The few pages that are not Streamlit's: small HTML files with their blanks filled in, under a strict policy."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_TEMPLATES = Path(__file__).parent / "templates"

_HEADERS = {
    # Same-origin files only: no page of ours has a script or a style in its text.
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self'; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # A one-time token is in the address; it must not travel in a Referer header.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def password_page(csrf: str, next: str, *, email: str = "", problem: str | None = None) -> HTMLResponse:
    """Asks for email and password."""
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    body = _template("password").substitute(problem=told, csrf=escape(csrf), next=escape(next), email=escape(email))
    return _page("Sign in", body, status=400 if problem else 200)


def link_page(csrf: str, next: str, token: str) -> HTMLResponse:
    """Redeems a one-time link by a POST, so that whatever merely looks at the link does not use it up."""
    return _confirm("Sign in", "/sign-in", csrf, next, token, "Signing you in …", "Continue")


def sign_out_page(csrf: str) -> HTMLResponse:
    """Signs out by a POST, so that no other site's link can."""
    return _confirm("Sign out", "/sign-out", csrf, "/", "", "Signing you out …", "Sign out")


def _confirm(title: str, action: str, csrf: str, next: str, token: str, text: str, button: str) -> HTMLResponse:
    body = _template("confirm").substitute(
        action=action, csrf=escape(csrf), next=escape(next), token=escape(token), text=text, button=button
    )
    return _page(title, body, script='<script src="/assets/confirm.js"></script>')


def _page(title: str, body: str, *, script: str = "", status: int = 200) -> HTMLResponse:
    text = _template("page").substitute(title=title, body=body, script=script)
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))
