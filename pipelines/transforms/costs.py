"""Prices rows of `requests`.

A price look-up takes about 100 µs, too long for every row. Rows of one provider, model, tier, context band and price
date share their rates, so those are looked up and joined; the sum is the same as `PriceBook.price` gives. Organizations
share them too, but for those that have agreed on prices of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import polars as pl

from providers.pricing import INSTALLED, PriceBook
from providers.rates import Counts
from providers.usage import Usage

_MONEY = pl.Decimal(18, 12)
_RATE = pl.Decimal(38, 16)
_ZERO = pl.lit(Decimal(0), _RATE)
_KINDS = tuple(field.name for field in fields(Counts))
_USAGE = Usage.__struct_fields__
_MODEL = ("provider", "model")
_GROUP = ("agreement", *_MODEL, "service_tier", "price_at", "band")


def with_costs(rows: pl.DataFrame, book: PriceBook = INSTALLED) -> pl.DataFrame:
    """Adds cost_usd, saved_cost_usd, price_source and price_version; keeps the order of the rows.

    A hit of the gateway's cache costs nothing and saved its list price. The cost that the provider reported is taken
    where no price is known.
    """
    named = rows.with_columns(pl.coalesce("model_override", "response_model", "request_model").alias("model"))
    agreed = named.with_columns(_agreement(book))
    keyed = agreed.with_columns(_price_at(agreed, book), _band(agreed, book))
    return (
        keyed.join(_rates(keyed, book), on=_GROUP, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(_counts())
        .with_columns(_list_cost().cast(_MONEY, strict=False).alias("list_cost"))
        .with_columns(_where_no_price_is_known())
        .with_columns(
            cost_usd=pl.when("cache_hit").then(pl.lit(Decimal(0), _MONEY)).otherwise("list_cost"),
            saved_cost_usd=pl.when("cache_hit").then("list_cost"),
        )
        .select(*rows.columns, "cost_usd", "saved_cost_usd", "price_source", "price_version")
    )


def _agreement(book: PriceBook) -> pl.Expr:
    """The organization where it has prices of its own, else NULL."""
    return pl.when(pl.col("organization_id").is_in(list(book.agreed))).then("organization_id").alias("agreement")


def _price_at(rows: pl.DataFrame, book: PriceBook) -> pl.Expr:
    """The moment whose prices hold for the row, as coarse as prices change."""
    models = rows.select(_MODEL).unique().drop_nulls().iter_rows()
    by_the_hour = [each for each in models if book.is_priced_by_the_hour(*each)]
    is_by_the_hour = pl.any_horizontal(
        pl.lit(False), *(pl.col("provider").eq(provider) & pl.col("model").eq(model) for provider, model in by_the_hour)
    )
    day, half_hour = (pl.col("created_at").dt.truncate(every) for every in ("1d", "30m"))
    return pl.when(is_by_the_hour).then(half_hour).otherwise(day).alias("price_at")


def _band(rows: pl.DataFrame, book: PriceBook) -> pl.Expr:
    """Which prompts have the same rates: how many borders the prompt's length is above."""
    models: Iterable[tuple[str, str, str | None]] = (
        rows.select(*_MODEL, "agreement").unique().drop_nulls(_MODEL).iter_rows()
    )
    borders = {border for each in models for border in book.context_bands(*each)}
    return pl.sum_horizontal(
        pl.lit(0), *(pl.col("input_tokens").fill_null(0).gt(border) for border in sorted(borders))
    ).alias("band")


def _rates(keyed: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """One row for each group whose model is known: what a token of each kind costs, and by which list."""
    groups = keyed.group_by(_GROUP).agg(pl.col("input_tokens").max()).filter(pl.col("model").is_not_null())
    schema: dict[str, Any] = {name: keyed.schema[name] for name in _GROUP} | {f"rate_{kind}": _RATE for kind in _KINDS}
    return pl.DataFrame(
        [{name: group[name] for name in _GROUP} | _look_up(group, book) for group in groups.iter_rows(named=True)],
        schema=schema | {"price_source": pl.String, "price_version": pl.String},
    )


def _look_up(group: Mapping[str, Any], book: PriceBook) -> dict[str, Any]:
    organization = group["agreement"]
    found = book.rates(
        group["provider"],
        group["model"],
        group["price_at"],
        group["service_tier"],
        group["input_tokens"] or 0,
        organization,
    )
    rates = {} if found is None else asdict(found.rates)
    return {f"rate_{kind}": rates.get(kind) for kind in _KINDS} | {
        "price_source": "none" if found is None else found.source,
        "price_version": book.version(organization),
    }


def _counts() -> list[pl.Expr]:
    """Splits totals into kinds that do not overlap, as `providers.rates.split`."""
    room = pl.col("input_tokens").fill_null(0).clip(lower_bound=0)
    cache_read, room = _take("cache_read_tokens", room)
    written, room = _take("cache_write_tokens", room)
    written_1h, written = _take("cache_write_1h_tokens", written)
    input_audio, room = _take("input_audio_tokens", room)
    input_image, input = _take("input_image_tokens", room)
    reasoning, room = _take("reasoning_tokens", pl.col("output_tokens").fill_null(0).clip(lower_bound=0))
    output_audio, room = _take("output_audio_tokens", room)
    output_image, output = _take("output_image_tokens", room)
    counts = {
        "input": input,
        "cache_read": cache_read,
        "cache_write": written,
        "cache_write_1h": written_1h,
        "input_audio": input_audio,
        "input_image": input_image,
        "output": output,
        "reasoning": reasoning,
        "output_audio": output_audio,
        "output_image": output_image,
        "audio_second": _pieces("input_audio_seconds"),
        "web_search": _pieces("web_searches"),
        "search_unit": _pieces("search_units"),
    }
    return [counts[kind].alias(f"count_{kind}") for kind in _KINDS]


def _pieces(name: str) -> pl.Expr:
    return pl.col(name).fill_null(0).clip(lower_bound=0)


def _take(part: str, room: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Returns how much of the room the part takes, and what it leaves."""
    taken = pl.min_horizontal(pl.col(part).fill_null(0).clip(lower_bound=0), room)
    return taken, room - taken


def _list_cost() -> pl.Expr:
    """The sum of counts times rates; NULL if a count that costs something, or its rate, is unknown."""
    total = _ZERO
    for kind in _KINDS:
        count, rate = pl.col(f"count_{kind}"), pl.col(f"rate_{kind}")
        total += pl.when(count == 0).then(_ZERO).otherwise(count * rate)
    is_unknown = pl.col("model").is_null() | pl.col("price_source").is_null() | pl.col("price_source").eq("none")
    input_is_unknown = pl.col("input_tokens").is_null() & pl.col("rate_input").fill_null(_ZERO).ne(_ZERO)
    output_is_unknown = pl.col("output_tokens").is_null() & pl.col("rate_output").fill_null(_ZERO).ne(_ZERO)
    is_by_time_alone = pl.col("rate_audio_second").is_not_null() & pl.all_horizontal(
        pl.col(f"rate_{kind}").fill_null(_ZERO).eq(_ZERO) for kind in ("input", "output")
    )
    nothing_is_known = (is_by_time_alone & pl.col("input_audio_seconds").is_null()) | pl.all_horizontal(
        pl.col(name).is_null() for name in _USAGE
    )
    return pl.when(~(is_unknown | input_is_unknown | output_is_unknown | nothing_is_known)).then(total)


def _where_no_price_is_known() -> list[pl.Expr]:
    is_unpriced = pl.col("list_cost").is_null()
    is_reported = is_unpriced & pl.col("provider_cost_usd").is_not_null()
    return [
        pl.coalesce("list_cost", "provider_cost_usd").alias("list_cost"),
        pl.when(is_reported)
        .then(pl.lit("provider_reported"))
        .when(is_unpriced)
        .then(pl.lit("none"))
        .otherwise("price_source")
        .alias("price_source"),
        pl.when(~is_reported).then("price_version").alias("price_version"),
    ]
