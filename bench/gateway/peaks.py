"""How many requests a second an open loop begins: as many as all targets can bear."""

_SHARE = 0.8
_MEASURED_BY = "weir gateway"
_UNKNOWN_PER_SECOND = 100.0


class Peaks:
    """What each target did at its best in the closed loops so far."""

    def __init__(self) -> None:
        self._per_second: dict[tuple[str, str], float] = {}

    def note(self, target: str, model: str, per_second: float) -> None:
        self._per_second[target, model] = max(per_second, self._per_second.get((target, model), 0.0))

    def share(self, target: str, model: str) -> float:
        """Returns the rate for this target: a share of the gateway's peak, of its own where that is lower.

        Every target beside the gateway is asked no more than the gateway is, so that what one adds to a direct call can
        be told: an overloaded target's times say how long the queue was, and nothing else.
        """
        own = self._per_second.get((target, model), _UNKNOWN_PER_SECOND)
        gateway = self._per_second.get((_MEASURED_BY, model), own)
        return min(own, gateway) * _SHARE
