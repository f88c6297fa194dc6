"""Decides where a call is sent: what its path, its headers and, at the unified door, its model say."""

import re

from gateway.call import Call
from gateway.routing.fallbacks import read_fallbacks
from gateway.routing.patience import Patience, read_patience
from gateway.routing.plan import Candidate, Plan
from gateway.routing.retries import read_retries
from gateway.targets.doors import Doors

_DOOR = re.compile(r"(?:/jawn)?/v1/gateway/[^/]+|/[^/]+")


class Planner:
    """Makes the plans of calls."""

    def __init__(self, doors: Doors, patience: Patience) -> None:
        self._doors = doors
        self._patience = patience

    def plan(self, call: Call) -> Plan:
        """Returns the plan for a call whose body has been read.

        Raises BadRequest for what its headers cannot mean, and Forbidden for a host that is not allowed.
        """
        ours = call.head.ours
        candidates = [Candidate(call.target)] if call.target.url else []
        if "fallbacks" in ours:
            candidates += read_fallbacks(call.head, _path_behind_door(call), self._doors.target_at)
        return Plan(tuple(candidates), read_retries(ours), read_patience(ours, self._patience))


def _path_behind_door(call: Call) -> str:
    """Returns the path as another host would be sent it: without the provider it begins with."""
    if call.target.catalogued is None:
        return call.raw_path
    return _DOOR.sub("", call.raw_path, count=1) or "/"
