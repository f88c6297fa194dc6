"""What the answer must know of the question: names, ids and forms that only the caller's request tells."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from providers.facts import JsonObject
from providers.lenient import decode_object, text
from providers.translation import neutral

INPUT = "input"
"""The one argument of a function that stands for a custom tool."""


def _seconds() -> int:
    return int(time.time())


@dataclass
class Asked:
    """One call under way, as its answer's readers and writers see it."""

    request: neutral.Request
    raw: JsonObject
    """The caller's body, for what an answer repeats of it."""
    model: str
    """What the answer is said to come from if the provider does not say."""
    now: Callable[[], int] = field(default=_seconds)
    random_id: Callable[[], str] = field(default=lambda: secrets.token_hex(12))

    @cached_property
    def seed(self) -> str:
        """An id of the answer's own, for parts that need one and have none."""
        return self.random_id()

    @cached_property
    def custom_tools(self) -> frozenset[str]:
        """Tools with free text as input, which other dialects know as functions."""
        return frozenset(tool.name for tool in self.request.tools if tool.is_custom)

    @cached_property
    def namespaces(self) -> dict[str, str]:
        """The namespace of each tool that has one."""
        return {tool.name: tool.namespace for tool in self.request.tools if tool.namespace is not None}

    def new_id(self, prefix: str, provider_id: str | None) -> str:
        """Returns the answer's id as the caller's dialect shapes it; the provider's own stays recognizable in it."""
        if provider_id is None:
            return prefix + self.seed
        return provider_id if provider_id.startswith(prefix) else prefix + provider_id

    def custom_input(self, call: neutral.ToolCall) -> str:
        """Returns the free text a custom tool was called with."""
        if call.is_custom:
            return call.arguments
        return text(decode_object(call.arguments).get(INPUT)) or ""
