import threading
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from control import sign_in, throttle, users
from control.errors import TooManyAttempts, WrongCredentials
from control.users import User
from tests.control.conftest import NOW

PASSWORD = "correct horse battery"
OFFICE = "192.0.2.7"
SECOND = timedelta(seconds=1)


@pytest.fixture
def ada(engine: Engine) -> User:
    return users.create(engine, "ada@example.com", password=PASSWORD, now=NOW)


def test_a_password_starts_a_session_that_ends(engine: Engine, ada: User):
    session, secret = sign_in.with_password(engine, "Ada@example.com", PASSWORD, OFFICE, now=NOW)
    assert session.user == ada
    assert sign_in.find_session(engine, secret, now=session.expires_at - SECOND) == session
    assert sign_in.find_session(engine, secret, now=session.expires_at) is None
    assert sign_in.find_session(engine, secret + "x", now=NOW) is None


def test_signing_out_ends_one_session(engine: Engine, ada: User):
    _, laptop = sign_in.start_session(engine, ada, now=NOW)
    _, phone = sign_in.start_session(engine, ada, now=NOW)
    assert sign_in.sign_out(engine, laptop)
    assert not sign_in.sign_out(engine, laptop)
    assert sign_in.find_session(engine, laptop, now=NOW) is None
    assert sign_in.find_session(engine, phone, now=NOW) is not None


def test_a_wrong_password_and_an_unknown_email_read_the_same(engine: Engine, ada: User):
    with pytest.raises(WrongCredentials) as wrong:
        sign_in.with_password(engine, ada.email, "wrong password", OFFICE, now=NOW)
    with pytest.raises(WrongCredentials) as unknown:
        sign_in.with_password(engine, "eve@example.com", "wrong password", OFFICE, now=NOW)
    assert str(wrong.value) == str(unknown.value)


def test_a_token_signs_in_once(engine: Engine, ada: User):
    token = sign_in.make_token(engine, ada.id, now=NOW)
    session, secret = sign_in.redeem(engine, token, now=NOW + timedelta(minutes=9))
    assert session.user == ada
    assert sign_in.find_session(engine, secret, now=NOW) == session
    with pytest.raises(WrongCredentials, match="ask for a new one"):
        sign_in.redeem(engine, token, now=NOW + timedelta(minutes=9))


def test_a_token_expires(engine: Engine, ada: User):
    token = sign_in.make_token(engine, ada.id, now=NOW)
    with pytest.raises(WrongCredentials):
        sign_in.redeem(engine, token, now=NOW + sign_in.TOKEN_LIFETIME)


def test_a_token_redeemed_twice_at_once_starts_one_session(engine: Engine, ada: User):
    token = sign_in.make_token(engine, ada.id, now=NOW)
    outcomes: list[str] = []

    def redeem() -> None:
        try:
            sign_in.redeem(engine, token, now=NOW)
            outcomes.append("in")
        except WrongCredentials:
            outcomes.append("refused")

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]


def test_tokens_and_sessions_are_stored_as_hashes(engine: Engine, ada: User):
    token = sign_in.make_token(engine, ada.id, now=NOW)
    _, secret = sign_in.start_session(engine, ada, now=NOW)
    with engine.connect() as connection:
        stored = [
            *connection.exec_driver_sql("select * from sign_in_tokens").one(),
            *connection.exec_driver_sql("select * from user_sessions").one(),
        ]
    assert not any(text in str(value) for value in stored for text in (token, secret))


def test_guessing_one_email_is_throttled_even_with_the_right_password(
    engine: Engine, ada: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(users, "password_fits", lambda engine, email, password: ada if password == PASSWORD else None)
    for n in range(throttle.PER_EMAIL):
        with pytest.raises(WrongCredentials):
            sign_in.with_password(engine, ada.email, "wrong password", f"192.0.2.{n}", now=NOW)
    with pytest.raises(TooManyAttempts, match="try again in 901 seconds"):
        sign_in.with_password(engine, ada.email, PASSWORD, OFFICE, now=NOW)
    sign_in.with_password(engine, ada.email, PASSWORD, OFFICE, now=NOW + throttle.WINDOW)


def test_guessing_from_one_address_is_throttled(engine: Engine, ada: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(users, "password_fits", lambda engine, email, password: None)
    for n in range(throttle.PER_ADDRESS):
        with pytest.raises(WrongCredentials):
            sign_in.with_password(engine, f"user{n}@example.com", "wrong password", OFFICE, now=NOW)
    with pytest.raises(TooManyAttempts):
        sign_in.with_password(engine, "another@example.com", "wrong password", OFFICE, now=NOW)


def test_signing_in_often_is_not_throttled(engine: Engine, ada: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(users, "password_fits", lambda engine, email, password: ada)
    for _ in range(throttle.PER_EMAIL * 2):
        sign_in.with_password(engine, ada.email, PASSWORD, OFFICE, now=NOW)
