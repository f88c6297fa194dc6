"""What this gateway costs, beside a bare pass-through of the same stack, nginx and LiteLLM, in one run.

    python -m bench.gateway                     # about six minutes; LiteLLM adds as much again
    python -m bench.gateway --quick             # about a minute
    python -m bench.gateway --soak 200000       # memory over so many requests, and nothing else
    WEIR_BENCH_LITELLM=/opt/litellm/bin/litellm python -m bench.gateway

CPU time is that of a target's whole process tree, per answered request: it stays steady on a busy machine, where
latencies do not. What is added, and the first byte, are beyond `direct`, where nothing stands in between. In the open
loop all are asked at one rate, 80 % of what the gateway does at its best, or of their own best if that is less: so each
is measured below its peak, and `direct` at the gateway's rate. Each target runs on the first core, the load and the
provider on the second. The gateway authenticates, routes and records; at the end its records are counted and must be as
many as the answers.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import uvloop

from bench.gateway import targets
from bench.gateway.load import closed_loop
from bench.gateway.measuring import Case, Figures, measure
from bench.gateway.peaks import Peaks
from bench.gateway.targets import Target

_SOAK_STEPS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="16 connections and the closed loop only")
    parser.add_argument("--soak", type=int, metavar="REQUESTS", help="load the gateway with so many plain requests")
    parser.add_argument("--only", nargs="*", metavar="TARGET", help="first words of the targets to measure")
    parser.add_argument("--cases", nargs="*", metavar="CASE", help="first words of the cases to measure")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    first, last = ({cores[0]}, {cores[-1]}) if len(cores) > 1 else (None, None)
    if last is not None:
        os.sched_setaffinity(0, last)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as directory:
        upstream = targets.start_upstream(Path(directory), last)
        started = [upstream]
        try:
            if options.soak:
                started.append(targets.start_gateway(Path(directory), upstream.port, first))
                uvloop.run(_soak(started[-1], options.soak))
            else:
                for target in _start(Path(directory), upstream.port, first, options.only):
                    # One by one: if the next does not start, this one is to be stopped.
                    started.append(target)  # noqa: PERF402
                uvloop.run(_compare(started, _cases(options.quick, options.cases)))
        finally:
            for target in reversed(started):
                if target.process is not None:
                    target.process.stop()
        return _check_records(started)


def _start(directory: Path, upstream: int, cores: set[int] | None, only: list[str] | None) -> Iterator[Target]:
    starters = {
        "bare pass-through": targets.start_passthrough,
        "weir gateway": targets.start_gateway,
        "nginx": targets.start_nginx,
        "LiteLLM": targets.start_litellm,
    }
    for name in [name for name in starters if only is None or name.startswith(tuple(only))]:
        target = starters[name](directory, upstream, cores)
        if target is None:
            print(f"{name} is left out: it is not installed, or {targets.LITELLM} does not name it")
        else:
            yield target


def _cases(is_quick: bool, only: list[str] | None) -> list[Case]:
    if is_quick:
        cases = [Case("bench-plain", 16, 2), Case("bench-burst", 16, 2), Case("bench-paced", 16, 8)]
    else:
        cases = [
            *(Case("bench-plain", connections, 4) for connections in (1, 16, 64, 0)),
            *(Case("bench-burst", connections, 4) for connections in (1, 16, 64, 0)),
            *(Case("bench-paced", connections, 13) for connections in (1, 16, 64)),
        ]
    return [case for case in cases if only is None or case.name.startswith(tuple(only))]


async def _compare(started: list[Target], cases: list[Case]) -> None:
    print(
        "| case | target | CPU ms | × bare | a second | p50 ms | p95 | p99 | added p50 | p99 | first byte p50 | p99 |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    peaks = Peaks()
    peak_mb: dict[str, float] = {}
    for case in cases:
        measured: list[Figures] = []
        for target in started:
            figures = await measure(target, case, peaks.share(target.name, case.model))
            measured.append(figures)
            if case.connections:
                peaks.note(target.name, case.model, figures.per_second)
            peak_mb[target.name] = max(peak_mb.get(target.name, 0.0), figures.peak_mb)
            _print_row(case, figures, measured)
    print("\n| target | ready after s | MB before load | peak MB |\n|---|---|---|---|")
    for target in started:
        print(f"| {target.name} | {target.ready_seconds:.2f} | {target.idle_mb:.0f} | {peak_mb[target.name]:.0f} |")


def _print_row(case: Case, figures: Figures, measured: list[Figures]) -> None:
    direct = measured[0]
    bare = next((other for other in measured if other.target == "bare pass-through"), None)
    ratio = f"{figures.cpu / bare.cpu:.2f}" if bare is not None and bare.cpu else "–"
    notes = [f"{figures.errors} ERRORS"] if figures.errors else []
    notes += ["HELD BACK: the stream came at once"] if figures.is_held_back else []
    print(
        f"| {case.name} | {figures.target}{' — ' if notes else ''}{', '.join(notes)} | {figures.cpu:.3f} | {ratio} "
        f"| {figures.per_second:.0f} | {figures.p50:.2f} | {figures.p95:.2f} | {figures.p99:.2f} "
        f"| {figures.p50 - direct.p50:.2f} | {figures.p99 - direct.p99:.2f} "
        f"| {figures.first_byte_p50 - direct.first_byte_p50:.2f} "
        f"| {figures.first_byte_p99 - direct.first_byte_p99:.2f} |",
        flush=True,
    )


async def _soak(target: Target, requests: int) -> None:
    assert target.process is not None
    print("| requests | MB | CPU ms a request | a second |\n|---|---|---|---|")
    print(f"| 0 | {target.idle_mb:.1f} | | |")
    for _ in range(_SOAK_STEPS):
        before = target.process.cpu_seconds()
        outcome = await closed_loop(
            target.port, target.request("bench-plain"), 16, 3600.0, most_requests=requests / _SOAK_STEPS
        )
        target.responses += len(outcome.latencies)
        cpu = (target.process.cpu_seconds() - before) * 1000 / max(len(outcome.latencies), 1)
        memory = target.process.resident_mb()
        print(f"| {target.responses} | {memory:.1f} | {cpu:.3f} | {outcome.per_second:.0f} |", flush=True)


def _check_records(started: list[Target]) -> int:
    """Compares records with answers; returns the exit status."""
    status = 0
    for target in started:
        if target.data is not None:
            records = targets.records_of(target.data)
            is_right = records == target.responses
            print(f"\n{target.name}: {records} records of {target.responses} answers{'' if is_right else ': WRONG'}")
            status |= not is_right
    return status


if __name__ == "__main__":
    sys.exit(main())
