"""Loads one target in one way and says what it cost."""

from dataclasses import dataclass

from bench.gateway.load import Outcome, closed_loop, open_loop, percentile
from bench.gateway.targets import Target
from bench.gateway.upstream import CHUNK_SECONDS, CHUNKS

_OPEN_LOOP_CONNECTIONS = 256
_PACED_SECONDS = (CHUNKS - 1) * CHUNK_SECONDS
_WARM_UP_SECONDS = 0.5


@dataclass(frozen=True)
class Case:
    """One way to load a target."""

    model: str
    connections: int
    """0 for an open loop."""
    seconds: float

    @property
    def name(self) -> str:
        kind = self.model.removeprefix("bench-")
        return f"{kind}, open loop" if self.connections == 0 else f"{kind}, {self.connections}"


@dataclass(frozen=True)
class Figures:
    """What one target did in one case; times in milliseconds."""

    target: str
    cpu: float
    per_second: float
    p50: float
    p95: float
    p99: float
    first_byte_p50: float
    first_byte_p99: float
    peak_mb: float
    errors: int
    is_held_back: bool
    """Whether half of the streams came in less than half the time in which they were sent."""


async def measure(target: Target, case: Case, per_second: float) -> Figures:
    """`per_second` is how many requests an open loop begins."""
    request = target.request(case.model)
    assert target.process is not None
    if case.model != "bench-paced":
        warm_up = await closed_loop(target.port, request, case.connections or 16, _WARM_UP_SECONDS)
        target.responses += len(warm_up.latencies)
    before = target.process.cpu_seconds()
    if case.connections:
        outcome = await closed_loop(target.port, request, case.connections, case.seconds)
    else:
        outcome = await open_loop(target.port, request, per_second, case.seconds, _OPEN_LOOP_CONNECTIONS)
    cpu = target.process.cpu_seconds() - before
    target.responses += len(outcome.latencies)
    return _figures(target, case, outcome, cpu)


def _figures(target: Target, case: Case, outcome: Outcome, cpu_seconds: float) -> Figures:
    assert target.process is not None
    held_back = case.model == "bench-paced" and percentile(outcome.first_to_last, 0.5) < _PACED_SECONDS / 2
    return Figures(
        target=target.name,
        cpu=cpu_seconds * 1000 / max(len(outcome.latencies), 1),
        per_second=outcome.per_second,
        p50=percentile(outcome.latencies, 0.5) * 1000,
        p95=percentile(outcome.latencies, 0.95) * 1000,
        p99=percentile(outcome.latencies, 0.99) * 1000,
        first_byte_p50=percentile(outcome.first_bytes, 0.5) * 1000,
        first_byte_p99=percentile(outcome.first_bytes, 0.99) * 1000,
        peak_mb=target.process.peak_mb(),
        errors=outcome.errors,
        is_held_back=held_back,
    )
