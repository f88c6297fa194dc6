"""What a request cost: its tokens by bucket, and where the price came from."""

from typing import Any

import streamlit as st

from app import formats
from app.api_values import StoredRequest

_SOURCES = {
    "exact": "the price list",
    "override": "your own price",
    "provider_reported": "the provider itself",
    "none": "nowhere: this model has no known price, or its usage is unknown",
}


def draw(stored: StoredRequest) -> None:
    """Draws the breakdown."""
    row = stored.request
    rows = buckets(row)
    if rows:
        st.table({name: f"{formats.exact(tokens)} tokens" for name, tokens in rows.items()}, border="horizontal")
    else:
        st.caption("The provider reported no usage for this call.")
    total = stored.cost.get("cost_usd")
    source = _SOURCES.get(str(stored.cost.get("price_source")), str(stored.cost.get("price_source")))
    version = f", version {stored.cost['price_version']}" if stored.cost.get("price_version") else ""
    st.markdown(f"**{written(row)}** in all. The price comes from {source}{version}.")
    reported = stored.cost.get("provider_cost_usd")
    if reported is not None and total is not None:
        st.caption(f"The provider itself says {formats.money(reported)}.")
    saved = stored.cost.get("saved_cost_usd")
    if saved is not None:
        st.caption(f"Served from the cache, which saved {formats.money(saved)}.")


def written(row: dict[str, Any]) -> str:
    """Writes the cost; one that nobody knows is unpriced."""
    return formats.UNPRICED if row["cost_usd"] is None else formats.money(row["cost_usd"])


def buckets(row: dict[str, Any]) -> dict[str, int]:
    """Returns tokens by bucket as providers bill them: the parts add up to the totals."""
    total_in, total_out = row["input_tokens"], row["output_tokens"]
    if total_in is None and total_out is None:
        return {}
    read, wrote, hour = (
        row[name] or 0 for name in ("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
    )
    reasoning = row["reasoning_tokens"] or 0
    parts = {
        "Input": (total_in or 0) - read - wrote,
        "Input, read from the prompt cache": read,
        "Input, written to the prompt cache": wrote - hour,
        "Input, written to the prompt cache for an hour": hour,
        "Output": (total_out or 0) - reasoning,
        "Output, reasoning": reasoning,
    }
    return {name: tokens for name, tokens in parts.items() if tokens or name in {"Input", "Output"}}
