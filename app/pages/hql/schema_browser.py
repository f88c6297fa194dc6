"""What can be queried, to read beside the editor."""

import streamlit as st

from app.api_client.values import Schema, Table
from app.page_parts.markdown import plain

_HEIGHT = 620


def draw(schema: Schema) -> None:
    """Draws the tables with their columns; a search narrows them to names and meanings that hold it."""
    search = st.text_input(
        "Find a column",
        placeholder="Find a column",
        icon=":material/search:",
        label_visibility="collapsed",
        key="column-search",
    )
    with st.container(height=_HEIGHT, border=False, key="schema"):
        for place, table in enumerate(each for each in schema.tables if each.alias_of is None):
            _table(table, search.lower(), expanded=place == 0)


def _table(table: Table, search: str, *, expanded: bool) -> None:
    found = [column for column in table.columns if search in column.name or search in column.meaning.lower()]
    if not found:
        return
    with st.expander(f"**{plain(table.name)}**", expanded=expanded or bool(search)):
        st.caption(f"One row is {plain(table.grain)}.")
        st.markdown(
            "\n\n".join(
                f"`{column.name}` :gray[:small[{plain(short_type(column.type))}]]  \n:small[{plain(column.meaning)}]"
                for column in found
            )
        )


def short_type(type: str) -> str:
    """Returns the type as people say it: how a column is stored is no concern of whoever reads it."""
    for wrapper in ("LowCardinality(", "Nullable("):
        while wrapper in type:
            start = type.index(wrapper)
            depth, end = 1, start + len(wrapper)
            while depth:
                depth += {"(": 1, ")": -1}.get(type[end], 0)
                end += 1
            type = type[:start] + type[start + len(wrapper) : end - 1] + type[end:]
    return type
