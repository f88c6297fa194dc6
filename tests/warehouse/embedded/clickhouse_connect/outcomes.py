"""What is expected of the suite, and what came of it."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

EXPECTED = Path(__file__).parent / "outcomes.toml"
LEAST_SHARE = 0.96


@dataclass(frozen=True)
class Reason:
    """Why tests are left out, or fail."""

    tests: tuple[str, ...]
    """Beginnings of test ids, below `tests/integration_tests/`."""
    reason: str


@dataclass(frozen=True)
class Outcome:
    """The ids of a run's tests, by what came of them."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def share(self) -> float:
        return len(self.passed) / max(len(self.passed) + len(self.failed), 1)


def expectations(path: Path = EXPECTED) -> Mapping[str, Sequence[Reason]]:
    """The reasons under `left_out` and under `explained`."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: [Reason(tuple(entry["tests"]), entry["reason"]) for entry in read[name]]
        for name in ("left_out", "explained")
    }


def outcome_of(report: str) -> Outcome:
    """Reads a JUnit report."""
    by_result: dict[str, list[str]] = {"passed": [], "failed": [], "skipped": []}
    for case in ElementTree.fromstring(report).iter("testcase"):
        path, _, name = str(case.get("classname")).removeprefix("tests.integration_tests."), "", case.get("name")
        test = f"{path.replace('.', '/')}.py::{name}"
        bad = case.find("failure") is not None or case.find("error") is not None
        by_result["failed" if bad else "skipped" if case.find("skipped") is not None else "passed"].append(test)
    return Outcome(*(tuple(sorted(set(by_result[name]))) for name in ("passed", "failed", "skipped")))


def told(outcome: Outcome, left_out: int, explained: Iterable[Reason]) -> tuple[list[str], bool]:
    """What there is to tell, line by line, and whether it is as expected."""
    passed, failed = len(outcome.passed), len(outcome.failed)
    lines = [
        f"passed {passed}, failed {failed}, skipped {len(outcome.skipped)}, left out {left_out}",
        f"share {outcome.share:.1%} of {passed + failed} run (at least {LEAST_SHARE:.0%})",
    ]
    unexplained = list(outcome.failed)
    for entry in explained:
        mine = [test for test in unexplained if test.startswith(entry.tests)]
        unexplained = [test for test in unexplained if test not in mine]
        lines += [f"explained: {test}: {entry.reason}" for test in mine]
        if not mine:
            lines.append(f"no longer fails, take it out of {EXPECTED.name}: {', '.join(entry.tests)}")
    lines += [f"NOT EXPLAINED: {test}" for test in unexplained]
    return lines, bool(outcome.passed) and not unexplained and outcome.share >= LEAST_SHARE
