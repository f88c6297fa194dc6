"""The HQL page: what can be queried, an editor, and what a query answered."""

from collections.abc import Mapping

import streamlit as st

from app.api_client.client import Query
from app.api_client.errors import ApiError
from app.api_client.values import Answer, Schema
from app.page_parts import notices
from app.page_parts.links import PARAMETER_PREFIX, address_of
from app.pages.hql import exports, kept_queries, result, schema_browser
from app.pages.hql.editor import sql_editor
from app.pages.hql.parameters import parameter_controls
from app.pages.hql.result import Asked
from app.questions.question import examples, parameters_in
from app.viewer import Viewer, viewer

_LIMITS = (100, 1000, 10_000, 100_000)
_ASKED, _TEXT, _REVISION, _GIVEN = "weir-asked", "weir-sql", "weir-sql-revision", "weir-sql-parameters"
_NAMED, _REFRESH, _OPENED = "weir-sql-named", "weir-refresh", "weir-opened-link"
_EXAMPLE_VALUES = {"days": "30", "property": "feature"}


def page() -> None:
    """Draws the page."""
    looking = viewer()
    _begin()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("HQL", anchor=False, width="stretch")
        _examples()
    browser, work = st.columns([1, 3], gap="medium")
    schema = _schema(looking)
    with browser:
        if isinstance(schema, ApiError):
            notices.failed(schema)
        else:
            schema_browser.draw(schema)
    with work:
        _work(looking, schema if isinstance(schema, Schema) else None)


def _work(looking: Viewer, schema: Schema | None) -> None:
    asked: Asked | None = st.session_state.get(_ASKED)
    problem = asked.outcome if asked is not None and isinstance(asked.outcome, ApiError) else None
    edited = sql_editor(st.session_state[_TEXT], st.session_state[_REVISION], schema, problem)
    values = parameter_controls(parameters_in(edited.sql), st.session_state[_GIVEN], st.session_state[_REVISION])
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Run", type="primary", icon=":material/play_arrow:", shortcut="mod+enter")
        limit = st.selectbox(
            "Limit",
            _LIMITS,
            index=1,
            format_func=lambda rows: f"{rows:,} rows",
            label_visibility="collapsed",
            width=140,
        )
        current = Query(edited.sql, values)
        kept_queries.saved(looking, current, _load)
        kept_queries.past(looking, _load)
        exports.draw(looking, current)
    missing = [name for name in parameters_in(edited.sql) if name not in values]
    refresh, opened = st.session_state.pop(_REFRESH, False), st.session_state.pop(_OPENED, False)
    if pressed or edited.run or refresh or (opened and not missing):
        if missing:
            st.info(f"Fill in {', '.join(missing)}.", icon=":material/edit:")
        elif edited.sql.strip():
            _run(looking, current, limit, fresh=refresh)
            # Once more from the top, so that the editor marks what is wrong.
            st.rerun()
    if asked is None:
        st.caption(
            "Run with Ctrl+Enter or ⌘ Enter. The address is then a link to share: whoever opens it sees their own data."
        )
    else:
        result.draw(looking, asked, _ask_again)


def _examples() -> None:
    with st.popover("Examples", icon=":material/lightbulb:"):
        for name, sql in examples().items():
            st.button(name, type="tertiary", on_click=_load, args=(sql, _EXAMPLE_VALUES), key=f"example-{name}")


def _run(looking: Viewer, query: Query, limit: int, *, fresh: bool) -> None:
    outcome: Answer | ApiError
    with st.spinner("Running …", show_time=True):
        try:
            outcome = looking.connection.api.query(looking.credential, query, limit=limit, fresh=fresh, remember=True)
        except ApiError as error:
            outcome = error
    st.session_state[_ASKED] = Asked(query, limit, outcome)
    st.session_state[_TEXT] = query.sql
    _put_into_address(query)


def _begin() -> None:
    """Takes the query that the address names, once: what is typed afterwards is newer than the address."""
    named = _named()
    if _TEXT in st.session_state and (named is None or named == st.session_state.get(_NAMED)):
        return
    st.session_state[_NAMED] = named
    if named is None:
        _load(next(iter(examples().values())), _EXAMPLE_VALUES)
    else:
        _load(*named)
        # Whoever follows a link wants the answer.
        st.session_state[_OPENED] = True


def _named() -> tuple[str, dict[str, str]] | None:
    """Returns the query in the address and its parameters."""
    sql = st.query_params.get("q")
    given = {
        name.removeprefix(PARAMETER_PREFIX): value
        for name, value in st.query_params.items()
        if name.startswith(PARAMETER_PREFIX)
    }
    return None if sql is None else (sql, given)


def _load(sql: str, given: Mapping[str, str]) -> None:
    """Puts a query into the editor in place of what is there."""
    st.session_state[_TEXT] = sql
    st.session_state[_GIVEN] = dict(given)
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1
    st.session_state.pop(_ASKED, None)


def _put_into_address(query: Query) -> None:
    for name in [name for name in st.query_params if name.startswith(PARAMETER_PREFIX)]:
        del st.query_params[name]
    st.query_params.update(address_of(query.sql, query.parameters))
    st.session_state[_NAMED] = _named()


def _ask_again() -> None:
    st.session_state[_REFRESH] = True


def _schema(looking: Viewer) -> Schema | ApiError:
    kept: Schema | None = st.session_state.get("weir-schema")
    if kept is None:
        try:
            kept = st.session_state["weir-schema"] = looking.connection.api.schema(looking.credential)
        except ApiError as error:
            return error
    return kept
