"""Who is looking, asked on every run of the script: nothing is shown before the api has confirmed the session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from app.api_client.client import Credential
from app.api_client.connection import Connection, connect
from app.api_client.errors import ApiError
from app.api_client.values import Answer, Me, Organization
from app.api_client.visitors import SESSION_COOKIE
from app.page_parts import notices
from app.questions.question import Question
from app.settings import AppSettings


@dataclass(frozen=True)
class Viewer:
    """A signed-in person, their clock, and the way to the data they may see."""

    me: Me
    organization: Organization
    credential: Credential
    connection: Connection
    settings: AppSettings
    zone: ZoneInfo

    def ask(self, questions: Mapping[str, Question], *, live: bool = False) -> dict[str, Answer | ApiError]:
        """Asks all questions at once and returns each answer, or why there is none; `live` takes no remembered ones."""
        futures = {
            key: self.connection.threads.submit(self.connection.answers.of, self.credential, asked, live=live)
            for key, asked in questions.items()
        }
        answers: dict[str, Answer | ApiError] = {}
        for key, future in futures.items():
            try:
                answers[key] = future.result()
            except ApiError as error:
                answers[key] = error
        return answers


def viewer() -> Viewer:
    """Returns who is looking; without a valid session says so and ends the run."""
    settings = _settings()
    connection = connect(settings.api_url)
    token = session_token()
    try:
        me = connection.visitors.who(token)
    except ApiError as error:
        notices.unavailable(error)
        st.stop()
    if token is None or me is None:
        notices.signed_out()
        st.stop()
    if not me.organizations:
        notices.without_organization(me.user.email)
        st.stop()
    organization = _organization(me)
    return Viewer(me, organization, Credential(token, organization.id), connection, settings, _zone())


def may_manage() -> bool:
    """Whether the navigation offers what only owners and admins may do; draws nothing."""
    try:
        me = connect(_settings().api_url).visitors.who(session_token())
    except ApiError:
        return False
    return me is not None and bool(me.organizations) and _organization(me).is_managed_by_viewer


def session_token() -> str | None:
    """Returns the session's token that the browser showed when it opened this page."""
    token: str | None = st.context.cookies.get(SESSION_COOKIE)
    return token


def now() -> datetime:
    """Returns the present moment, UTC."""
    return datetime.now(UTC)


def _settings() -> AppSettings:
    return AppSettings.model_validate(st.secrets["weir"].to_dict())


def _organization(me: Me) -> Organization:
    chosen = _chosen_organization()
    return next((one for one in me.organizations if one.id == chosen), me.organizations[0])


def _chosen_organization() -> str | None:
    """The organization of the sidebar's choice, which stands in the address."""
    chosen: str | None = st.session_state.get("organization") or st.query_params.get("organization")
    return chosen


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
