"""docs/gateway.md and docs/from-helicone.md name what the gateway reads and writes, and nothing else."""

import re
from pathlib import Path

import httpx

from gateway import errors
from gateway.caller.known_headers import HEEDED, HEEDED_PREFIXES, NEEDLESS, UNMET
from gateway.settings import GatewaySettings
from tests.gateway.running import RunningGateway

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/gateway.md").read_text()
FROM_HELICONE = (ROOT / "docs/from-helicone.md").read_text()
SOURCE = "\n".join(file.read_text() for file in (ROOT / "gateway").rglob("*.py"))
RECORDED = {"provider_error", "client_disconnected", "gateway_stopped"}
"""Types of errors that are no answers of ours. `bad_report` is one of the doors for reports."""


def section(document: str, title: str) -> str:
    return document.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def headers(text: str, prefix: str) -> set[str]:
    """Returns the headers in a text's code spans; `-Remaining` behind `Weir-RateLimit-Limit` stands for its sibling."""
    found, stem = set(), ""
    for name in re.findall(rf"`((?:{prefix}-|-[A-Z])[A-Za-z-]*)[`:<]", text):
        if name.startswith(prefix):
            stem = name[: name.rindex("-")]
        full = name if name.startswith(prefix) else stem + name
        found.add(full.lower().removeprefix(f"{prefix.lower()}-"))
    return found


def test_every_header_that_is_heeded_is_in_the_reference_and_no_other():
    named = headers(section(REFERENCE, "Request headers"), "Weir") - {"warnings", "host-resource"}
    assert named == HEEDED | set(HEEDED_PREFIXES)


def test_every_header_of_an_answer_is_in_the_reference_and_no_other(gateway: RunningGateway):
    body = {"model": "demo-small", "messages": [{"role": "user", "content": "which headers?"}]}
    asked = {"Weir-Cache-Enabled": "true", "Weir-RateLimit-Policy": "9;w=60"}
    answers = [
        httpx.post(f"{gateway.url}/demo/v1/chat/completions", headers=gateway.auth | asked, json=body, timeout=30)
        for _ in range(2)
    ]
    told = {name for answer in answers for name in answer.headers if name.startswith("weir-")}
    written = {name.removeprefix("weir-") for name in told | set(re.findall(r'\(b"(weir-[a-z-]+)"', SOURCE))}
    assert headers(section(REFERENCE, "Answer headers"), "Weir") - {"fallbacks"} == written - {"auth"}


def test_every_kind_of_error_is_in_the_reference_and_no_other():
    types = {
        each.type for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.GatewayError)
    }
    defined = set(re.findall(r'^    type = "([a-z_]+)"', SOURCE, re.MULTILINE))
    named = set(re.findall(r"`([a-z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)", section(REFERENCE, "Errors"), re.MULTILINE))
    assert named == (types | defined | RECORDED) - {"bad_report"}


def test_every_figure_is_in_the_reference_and_no_other():
    figures = set(re.findall(r'"(weir_(?!parent)[a-z_]+)"', SOURCE))
    assert set(re.findall(r"`(weir_[a-z_]+)`", section(REFERENCE, "Figures"))) == figures


def test_settings_that_are_named_exist():
    fields = {f"WEIR_{name.upper()}" for name in GatewaySettings.model_fields}
    assert set(re.findall(r"WEIR_[A-Z_]+", REFERENCE + FROM_HELICONE)) <= fields


def test_everything_helicone_reads_is_in_the_guide():
    named = headers(section(FROM_HELICONE, "Request headers"), "Helicone")
    ours = {"cache-bucket-fill", "route", "strategy", "attempt-seconds", "first-token-seconds", "total-seconds"}
    assert named == (HEEDED - ours) | NEEDLESS | UNMET.keys() | {"property-"}
