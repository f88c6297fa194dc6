"""One try at one provider, as it went."""


class Attempt:
    """Begun when the request is sent, ended when its answer is complete or given up. Times by `time.perf_counter`."""

    __slots__ = ("began_at", "ended_at", "error_type", "host", "model", "provider", "status")

    def __init__(self, provider: str, host: str, model: str | None, began_at: float) -> None:
        self.provider = provider
        self.host = host
        self.model = model
        """The model asked for there, where it is not the one the caller named."""
        self.began_at = began_at
        self.ended_at: float | None = None
        """None while it is on its way."""
        self.status: int | None = None
        """The provider's; None if no response began."""
        self.error_type: str | None = None

    def ended(self, now: float, error_type: str | None) -> None:
        """Notes that this try was given up, and why."""
        self.ended_at, self.error_type = now, error_type

    def __str__(self) -> str:
        return f"{self.provider} {self.status or self.error_type or 'no answer'}"
