"""Tells calls to models from the other steps of a session, which stand in the same table."""

import polars as pl

IS_CALL = pl.col("step_kind") == "llm"
"""Whether a row of `requests` is a call to a model; other steps cost nothing and are in no figure about calls."""
