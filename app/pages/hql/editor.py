"""The SQL editor: CodeMirror as a component of the page, fed with what can be queried.

The bundle is built from `app/editor/` and served as a file of ours, so that a browser fetches it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import streamlit as st

from app.api_client.errors import ApiError
from app.api_client.values import Schema
from app.pages.hql.schema_browser import short_type

_BUNDLE = Path(__file__).parents[2] / "assets" / "vendor" / "editor.js"

_HTML = '<div class="weir-editor"></div>'

_CSS = """
.weir-editor {
  border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius);
  background: var(--st-background-color);
  overflow: hidden;
  --weir-faint: color-mix(in srgb, var(--st-text-color) 45%, transparent);
  --weir-soft: color-mix(in srgb, var(--st-text-color) 70%, transparent);
  --weir-line: color-mix(in srgb, var(--st-text-color) 4%, transparent);
  --weir-selection: color-mix(in srgb, var(--st-primary-color) 26%, transparent);
  --weir-keyword: var(--st-primary-color);
  --weir-string: var(--st-green-color);
  --weir-number: var(--st-orange-color);
  --weir-type: var(--st-violet-color);
}
.weir-editor:focus-within { border-color: var(--st-primary-color); }
"""

_JS = """
const bundle = import(new URL("/assets/vendor/editor.js?v=$VERSION", window.location.origin).href)
export default function (component) {
  let leave
  let left = false
  bundle.then((editor) => { if (!left) leave = editor.mount(component) })
  return () => { left = true; leave?.() }
}
"""


@dataclass(frozen=True)
class Edited:
    """What the editor tells: its text, and whether the person asked to run it."""

    sql: str
    run: bool


@st.cache_resource
def _version() -> str:
    return sha256(_BUNDLE.read_bytes()).hexdigest()[:12]


def sql_editor(sql: str, revision: int, schema: Schema | None, problem: ApiError | None) -> Edited:
    """Draws the editor. A new revision replaces what is in it with `sql`; the problem is marked at its place."""
    component = st.components.v2.component(
        "weir_sql_editor", html=_HTML, css=_CSS, js=_JS.replace("$VERSION", _version())
    )
    told = component(
        key="sql-editor",
        data={
            "sql": sql,
            "revision": revision,
            "tables": [] if schema is None else _tables(schema),
            "functions": []
            if schema is None
            else sorted({name for group in schema.functions.values() for name in group}),
            "problem": None if problem is None else _problem(problem),
        },
        on_sql_change=_nothing,
        on_run_change=_nothing,
    )
    if told.run is not None:
        return Edited(told.run, run=True)
    return Edited(sql if told.sql is None else told.sql, run=False)


def _nothing() -> None:
    """Streamlit reports a value only where somebody asks to be called for it."""


def _tables(schema: Schema) -> Sequence[dict[str, object]]:
    return [
        {
            "name": table.name,
            "grain": table.grain,
            "columns": [
                {"name": column.name, "type": short_type(column.type), "meaning": column.meaning}
                for column in table.columns
            ],
        }
        for table in schema.tables
        if table.alias_of is None
    ]


def _problem(problem: ApiError) -> dict[str, object]:
    return {"message": problem.message, "line": problem.line, "column": problem.column}
