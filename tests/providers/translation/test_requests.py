"""Requests of one dialect become requests of another; the cases are data, source beside target."""

import json
from pathlib import Path
from typing import Any

import pytest

from providers.translation.translate import Untranslatable, can_translate, translate_request

CASES = Path(__file__).parent / "cases"


def load(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return cases


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", load("requests"), ids=named)
def test_a_request_is_translated(case: dict[str, Any]) -> None:
    body = json.dumps(case["body"]).encode()
    translated = translate_request(case["source"], case["target"], body, model=case["model"])
    assert json.loads(translated.body) == case["expected"]
    assert translated.warnings == case["warnings"]


@pytest.mark.parametrize("case", load("refused"), ids=named)
def test_what_would_change_the_meaning_is_refused(case: dict[str, Any]) -> None:
    body = case["text"].encode() if "text" in case else json.dumps(case["body"]).encode()
    with pytest.raises(Untranslatable) as refused:
        translate_request(case["source"], case["target"], body, model=case.get("model", "m"))
    assert refused.value.param == case["param"]
    assert case["message"] in refused.value.message


def test_whether_to_stream_may_stand_in_the_path() -> None:
    body = b'{"contents":[{"parts":[{"text":"Hi"}]}]}'
    assert b'"stream":true' in translate_request("gemini", "messages", body, model="m", is_stream=True).body
    assert b'"stream"' not in translate_request("gemini", "messages", body, model="m", is_stream=False).body


def test_pairs_that_can_be_translated() -> None:
    callers = ["chat_completions", "messages", "responses", "gemini"]
    for source in callers:
        for target in [*callers, "converse", "cohere"]:
            assert can_translate(source, target) == (source != target)
    assert not can_translate("converse", "messages")
    assert not can_translate("messages", "embeddings")
