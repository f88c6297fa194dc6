"""What the api counts about itself, in Prometheus' format."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """The counters of one api process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "weir_api_requests", "Requests by route and status.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "weir_api_request_seconds", "Time until a response was sent.", ["route"], registry=self.registry
        )
        self._queries = Counter(
            "weir_hql_queries", "Answered queries by cache state.", ["cache"], registry=self.registry
        )

    def answered(self, method: str, route: str, status: int | None, seconds: float) -> None:
        """Counts a request; without a status nothing was answered, because the client left."""
        known = method if method in {"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"} else "other"
        self._requests.labels(known, route, "none" if status is None else str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def queried(self, cache: str) -> None:
        self._queries.labels(cache).inc()

    def render(self) -> bytes:
        return generate_latest(self.registry)
