"""Sessions of people: opened with a password or a one-time token, ended by signing out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field, SecretStr

from api.auth import client_address, session_token
from api.parts import FromApp
from api.shapes import Received, Shown
from control import sign_in

router = APIRouter(prefix="/v1/auth", tags=["signing in"])


class Password(Received):
    email: str = Field(max_length=320)
    password: SecretStr = Field(max_length=1024)


class Token(Received):
    token: SecretStr = Field(max_length=200)


class OpenedSession(Shown):
    token: str
    """The secret to send as `Authorization: Bearer`."""
    expires_at: datetime


@router.post("/sign-in")
def with_password(body: Password, request: Request, parts: FromApp) -> OpenedSession:
    """Opens a session for an email and its password."""
    session, secret = sign_in.with_password(
        parts.database, body.email, body.password.get_secret_value(), client_address(request), now=parts.now()
    )
    return OpenedSession(token=secret, expires_at=session.expires_at)


@router.post("/redeem")
def with_token(body: Token, parts: FromApp) -> OpenedSession:
    """Opens a session for the token of a sign-in link, which works once."""
    session, secret = sign_in.redeem(parts.database, body.token.get_secret_value(), now=parts.now())
    return OpenedSession(token=secret, expires_at=session.expires_at)


@router.post("/sign-out", status_code=204)
def sign_out(token: Annotated[str, Depends(session_token)], parts: FromApp) -> None:
    """Ends the session that calls."""
    sign_in.sign_out(parts.database, token)
