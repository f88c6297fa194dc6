"""Settings of the pipelines' processes."""

from datetime import date

from pydantic import PositiveFloat, PositiveInt

from warehouse.settings import StorageSettings, WarehouseSettings


class PipelineSettings(StorageSettings, WarehouseSettings):
    """What the code server and the runs it launches read from the environment."""

    # Dagster's daemon looks every five seconds whether the next tick is due: ending just before it looks leaves a gap
    # of a second, ending just after it one of five, in which nothing is loaded.
    load_tick_seconds: PositiveFloat = 38.5
    """How long one tick of the loading sensor goes on looking for segments; Dagster ends ticks after 60 seconds."""

    load_poll_seconds: PositiveFloat = 0.3
    """Seconds between two looks at the object store while nothing new comes."""

    load_derive_seconds: PositiveFloat = 10.0
    """Seconds between two times that sessions and hourly usage of one day are made anew while the day grows."""

    load_check_seconds: PositiveFloat = 900.0
    """Seconds between two evaluations of the asset checks by the loading sensor."""

    history_days: PositiveInt = 3
    """Days that Dagster's runs, events and answers of checks are kept; the newest of each asset and day always are."""

    kept_answers_max_bytes: PositiveInt = 1 << 30
    """Most bytes of answers to HQL that are kept of one organization; the oldest go first, and all after an hour."""

    price_list_url: str | None = None
    """Where a newer list of prices is fetched from once a day, in genai-prices' format; nothing is fetched without."""

    first_day: date = date(2025, 1, 1)
    """The first day of the warehouse: the first partition of its assets."""
