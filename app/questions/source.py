"""Which table a question about a period is asked of: the requests themselves, or their sums by the hour."""

from collections.abc import Mapping
from typing import Literal

Source = Literal["requests", "usage_hourly"]

_HOUR = 3600
_KNOWN_TO_HOURS = frozenset({"start", "end", "step", "status", "provider", "model"})
"""The parameters of conditions on columns that `usage_hourly` has."""


def source_of(parameters: Mapping[str, object]) -> Source:
    """Returns `usage_hourly` where whole hours are drawn and every condition is about what it is summed up by.

    Buckets are hours from periods of a day and a third on. A period then is all hours that begin in it. The sums are
    some seconds behind the requests.
    """
    step = parameters.get("step")
    is_of_hours = isinstance(step, int) and step > 0 and step % _HOUR == 0
    return "usage_hourly" if is_of_hours and parameters.keys() <= _KNOWN_TO_HOURS else "requests"
