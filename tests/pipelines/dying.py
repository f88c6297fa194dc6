"""Processes that are killed right before a step of their work: they read a death a line, and answer how each ended.

Each dies in a process of its own, forked from this one, which has imported everything and connected to nothing: only so
are dozens of deaths affordable. The answer is 0, or the signal as a negative number.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import genai_prices  # noqa: F401 - a loader imports it late, and so would every fork
import msgspec

T = TypeVar("T")


def answer_deaths(type: type[T], work: Callable[[T], None]) -> None:
    """Has the work done by a fork for each line of the standard input."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            work(msgspec.json.decode(line, type=type))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def die_at(last: str) -> Callable[[str], None]:
    """Returns what is told every step, and kills this process at one; `last` is the step and its how-manieth time."""
    taken: Counter[str] = Counter()

    def die(step: str) -> None:
        taken[step] += 1
        if f"{step} {taken[step]}" == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return die
