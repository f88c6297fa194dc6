"""How much a week of continuous loading leaves in Dagster's storage, with its daily pruning and without.

    python -m bench.history [--ticks 2240]

Every tick reports what the sensor reports, by the calls that Dagster's daemon makes: a materialization, a tick, and
every fifteen minutes an answer of each check. A simulated day is `--ticks` of them; after each, what is older than
`WEIR_HISTORY_DAYS` is pruned, and ticks as `retention` in the instance's configuration says.
"""

import argparse
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickData, TickStatus

from pipelines.health import QUESTIONS
from pipelines.history import prune
from pipelines.settings import PipelineSettings
from weir.dagster_home import INSTANCE

DAYS = 7
TICKS_PER_CHECK = 23
TICK_DAYS = 1
FIRST = date(2026, 11, 16)
KEY = dg.AssetKey("requests")
COUNTS = {"segments": 38, "rows": 1900, "rejected": 0, "duplicates": 0, "longest_lag_ms": 1834.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=2240, help="ticks of a day")
    ticks = parser.parse_args().ticks
    keep = PipelineSettings.model_fields["history_days"].default
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / "dagster.yaml").write_text(INSTANCE)
        with dg.DagsterInstance.from_config(directory) as instance:
            print("| day | MB after it |\n|---|---|")
            print(f"| start | {megabytes(home):.2f} |")
            ended: list[datetime] = []
            for day in range(DAYS):
                simulate(instance, FIRST + timedelta(days=day), ticks)
                ended.append(datetime.now(UTC))
                if day >= TICK_DAYS:
                    instance.purge_ticks("origin", "selector", ended[day - TICK_DAYS].timestamp(), list(TickStatus))
                if day >= keep:
                    prune(instance, ended[day - keep])
                print(f"| {day + 1} | {megabytes(home):.2f} |", flush=True)


def simulate(instance: dg.DagsterInstance, day: date, ticks: int) -> None:
    for number in range(ticks):
        instance.report_runless_asset_event(
            dg.AssetMaterialization(KEY, partition=day.isoformat(), metadata=dict(COUNTS))
        )
        tick = TickData("origin", "load", InstigatorType.SENSOR, TickStatus.STARTED, datetime.now(UTC).timestamp())
        made = instance.create_tick(tick._replace(selector_id="selector"))
        instance.update_tick(made.with_status(TickStatus.SUCCESS, cursor="everything was listed at 2026-11-16 00:00"))
        if number % TICKS_PER_CHECK == 0:
            for question in QUESTIONS:
                answer = dg.AssetCheckEvaluation(KEY, question.name, passed=True, metadata={"segments": 1.0})
                instance.report_runless_asset_event(answer)


def megabytes(directory: Path) -> float:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / 1e6


if __name__ == "__main__":
    main()
