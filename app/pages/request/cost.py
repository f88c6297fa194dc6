"""What a request cost: by kind of token, and where the price came from."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import formats
from app.api_client.values import Cost, StoredRequest
from app.page_parts import tables

_Row = tuple[str, int, float | None, float | None]

_NAMES = {
    "input": "Input",
    "cache_read": "Input, read from the prompt cache",
    "cache_write": "Input, written to the prompt cache",
    "cache_write_1h": "Input, written to the prompt cache for an hour",
    "input_audio": "Input, audio",
    "input_image": "Input, pictures",
    "output": "Output",
    "reasoning": "Output, reasoning",
    "output_audio": "Output, audio",
    "output_image": "Output, pictures",
    "audio_second": "Sound heard, in seconds",
    "web_search": "Searches of the web",
    "search_unit": "Searches of the reranker",
}

_SOURCES = {
    "exact": "The price comes from the price list",
    "override": "The price comes from the overrides, ours or your own",
    "provider_reported": "The provider itself said the price",
}


def draw(stored: StoredRequest) -> None:
    """Draws the breakdown."""
    rows: list[_Row] = [
        (_NAMES.get(part.name, part.name), part.tokens, part.usd_per_million, part.cost_usd)
        for part in stored.cost.parts
    ]
    _table(rows or [(name, tokens, None, None) for name, tokens in buckets(stored.request).items()])
    st.markdown(f"**{written(stored.request)}** in all. {_source(stored.cost)}")
    if stored.cost.provider_cost_usd is not None and stored.cost.price_source != "provider_reported":
        st.caption(f"The provider itself says {formats.money(stored.cost.provider_cost_usd)}.")
    if stored.cost.saved_cost_usd is not None:
        st.caption(f"Served from the cache, which saved {formats.money(stored.cost.saved_cost_usd)}.")


def written(row: dict[str, Any]) -> str:
    """Writes the cost; one that nobody knows is unpriced."""
    return formats.UNPRICED if row["cost_usd"] is None else formats.money(row["cost_usd"])


def buckets(row: dict[str, Any]) -> dict[str, int]:
    """Returns tokens by kind as the row has them, for a call whose price cannot be taken apart."""
    total_in, total_out = row["input_tokens"], row["output_tokens"]
    read, wrote, hour, reasoning = (
        row[name] or 0
        for name in ("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens")
    )
    parts = {
        "input": None if total_in is None else total_in - read - wrote,
        "cache_read": read,
        "cache_write": wrote - hour,
        "cache_write_1h": hour,
        "output": None if total_out is None else total_out - reasoning,
        "reasoning": reasoning,
    }
    return {_NAMES[name]: tokens for name, tokens in parts.items() if tokens}


def _table(rows: Sequence[_Row]) -> None:
    if not rows:
        st.caption("The provider reported no usage for this call.")
        return
    st.dataframe(
        pd.DataFrame(rows, columns=["Kind", "Tokens", "Price per million", "Cost"]).style.format(
            {
                "Tokens": tables.known(formats.exact),
                "Price per million": tables.known(formats.money),
                "Cost": tables.known(formats.money),
            }
        ),
        hide_index=True,
        placeholder=formats.UNKNOWN,
        row_height=tables.ROW_HEIGHT,
        key="cost-parts",
        alt="Cost by kind of token",
    )


def _source(cost: Cost) -> str:
    if cost.cost_usd is None:
        return "Nobody knows its price: the model is on no price list, or no usage was reported."
    version = f", version `{cost.price_version}`" if cost.price_version else ""
    return f"{_SOURCES.get(cost.price_source, cost.price_source)}{version}."
