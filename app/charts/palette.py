"""Colours that mean something, the same on every chart and readable for colour-blind people (tested in pairs)."""

from collections.abc import Sequence

STATUS = {"2xx": "#3A9AAB", "3xx": "#93A4AE", "4xx": "#E8A33D", "5xx": "#CC5A3B", "none": "#7B5EA7"}
"""By class of the HTTP status; `none` is a call that got no status."""

MODELS = ("#0B7FAB", "#E8A33D", "#2A9D76", "#B86BB0", "#6FC1E3", "#D1603D", "#7C6FC9", "#A3A13A", "#3F6E8C", "#C98BA0")
OTHER = "#93A4AE"

TOKENS = {
    "Input": "#0B7FAB",
    "Input, cached": "#8CCBE3",
    "Output": "#E8A33D",
    "Reasoning": "#B86BB0",
}

QUANTILES = {"p50": "#3A9AAB", "p95": "#E8A33D", "p99": "#CC5A3B", "First token p50": "#7C6FC9"}


def model_colours(models: Sequence[str]) -> dict[str, str]:
    """Gives each model its colour by the order in which models first appeared: a newcomer changes no other's."""
    return {model: MODELS[place % len(MODELS)] for place, model in enumerate(models)} | {"other": OTHER}
