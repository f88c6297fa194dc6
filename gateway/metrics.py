"""What the gateway says about itself at /metrics."""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_OVERHEAD_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """The counters of one gateway, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Each call changes these, from the one thread of the event loop: the library's locks would only cost.
        self._requests: Tally[tuple[str, int | None]] = Tally()
        self._in_flight = 0
        self._recorded = 0
        self._overhead_counts = [0] * (len(_OVERHEAD_SECONDS) + 1)
        self._overhead_sum = 0.0
        self.watch(lambda: [self._read_requests(), self._read_overhead()])
        in_flight = Gauge("weir_gateway_in_flight", "Calls on their way right now.", registry=self._registry)
        in_flight.set_function(lambda: self._in_flight)
        self.watch(lambda: [counter("weir_gateway_recorded", "Records kept in the spool.", self._recorded)])
        self._dropped = Counter(
            "weir_gateway_dropped",
            "Records lost, by reason; more than 0 is an alarm.",
            ["reason"],
            registry=self._registry,
        )
        for reason in ("spool_full", "error"):
            self._dropped.labels(reason)
        self._bare = Counter(
            "weir_gateway_recorded_bare",
            "Records kept with little more than ids, as making the whole one failed; more than 0 is a bug of ours.",
            registry=self._registry,
        )
        self._spans_passed_over = Counter(
            "weir_gateway_spans_passed_over",
            "Spans that were sent and not kept: ignored, as no step of an LLM application, or rejected, as malformed.",
            ["outcome"],
            registry=self._registry,
        )

    def began(self) -> None:
        self._in_flight += 1

    def ended(self, provider: str, status: int | None) -> None:
        self._in_flight -= 1
        self._requests[provider, None if status is None else status // 100] += 1

    def sent_on_after(self, seconds: float) -> None:
        self._overhead_counts[bisect_left(_OVERHEAD_SECONDS, seconds)] += 1
        self._overhead_sum += seconds

    def recorded(self) -> None:
        self._recorded += 1

    def recorded_bare(self) -> None:
        self._bare.inc()

    def dropped(self, reason: str) -> None:
        self._dropped.labels(reason).inc()

    def spans_passed_over(self, outcome: str, count: int) -> None:
        self._spans_passed_over.labels(outcome).inc(count)

    def watch(self, read: Callable[[], list[Metric]]) -> None:
        """Adds figures that are read whenever somebody asks."""
        self._registry.register(_Watched(read))

    def _read_requests(self) -> Metric:
        requests = CounterMetricFamily(
            "weir_gateway_requests",
            "Calls answered, by provider and class of status; `none` is a client that left before an answer.",
            labels=["provider", "status"],
        )
        for (provider, hundreds), count in dict(self._requests).items():
            requests.add_metric([provider, "none" if hundreds is None else f"{hundreds}xx"], count)
        return requests

    def _read_overhead(self) -> Metric:
        up_to = accumulate(tuple(self._overhead_counts))
        return HistogramMetricFamily(
            "weir_gateway_overhead_seconds",
            "Time from a request received to the request sent on.",
            buckets=[(str(bound), count) for bound, count in zip((*_OVERHEAD_SECONDS, "+Inf"), up_to, strict=True)],
            sum_value=self._overhead_sum,
        )

    def exposition(self) -> bytes:
        """Returns everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Watched(Collector):
    def __init__(self, read: Callable[[], list[Metric]]) -> None:
        self._read = read

    def collect(self) -> list[Metric]:
        return self._read()


def gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value)


def counter(name: str, documentation: str, value: float) -> Metric:
    return CounterMetricFamily(name, documentation, value)
