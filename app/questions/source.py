"""Which table a question about a period is asked of: the requests, or sums of them by the hour or the day."""

from collections.abc import Mapping

_HOUR = 3600
_OF_A_PERIOD = frozenset({"start", "end", "step"})
_KNOWN = {
    "hourly": _OF_A_PERIOD | {"status", "provider", "model"},
    "daily": _OF_A_PERIOD,
}
"""The parameters of conditions on columns that each kind of sums has."""


def sums_for(parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the kinds of sums, `hourly` and `daily`, that can answer where whole hours are drawn.

    Every condition must be about what they are summed up by. Buckets are hours from periods of a day and a third on. A
    period then is all hours that begin in it. The sums are some seconds behind the requests.
    """
    step = parameters.get("step")
    is_of_hours = isinstance(step, int) and step > 0 and step % _HOUR == 0
    return tuple(kind for kind, known in _KNOWN.items() if is_of_hours and parameters.keys() <= known)
