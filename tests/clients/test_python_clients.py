"""Client libraries as people use them, run against the gateway: what they read, and what was recorded of their calls.

They live in an environment of their own, `make test-clients`, because their pins are nobody else's business.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gateway.running import RunningGateway
from warehouse.record import Exchange

pytestmark = pytest.mark.clients

SCRIPTS = Path(__file__).parent / "python"
PYTHON = Path(__file__).parents[2] / ".venv" / "clients" / "bin" / "python"


@dataclass(frozen=True)
class Client:
    """A script, and the dialects of the calls it makes, in order; None for calls whose rows hold no conversation."""

    script: str
    dialects: tuple[str | None, ...]


CHAT, RESPONSES, MESSAGES, GEMINI, COHERE = "chat_completions", "responses", "messages", "gemini", "cohere"
CLIENTS = [
    Client("openai_sdk", (CHAT, CHAT, RESPONSES, RESPONSES, "embeddings")),
    Client("anthropic_sdk", (MESSAGES, MESSAGES, None)),
    Client("google_genai", (GEMINI, GEMINI)),
    Client("langchain_openai_chat", (CHAT, CHAT, RESPONSES, RESPONSES, CHAT)),
    Client("langchain_anthropic_chat", (MESSAGES, MESSAGES)),
    Client("langchain_google_chat", (GEMINI, GEMINI)),
    Client("llama_index_openai", (CHAT, CHAT, CHAT, CHAT)),
    Client("pydantic_ai_agent", (CHAT, RESPONSES)),
    Client("instructor_extraction", (CHAT,)),
    Client("openai_agents", (RESPONSES, RESPONSES)),
    Client("litellm_sdk", (CHAT, CHAT, MESSAGES, MESSAGES, CHAT, CHAT)),
    Client("cohere_sdk", (COHERE, COHERE)),
    Client("mistral_sdk", (CHAT, CHAT)),
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.script)
def test_a_client_gets_its_answers_and_every_call_is_a_row(gateway: RunningGateway, client: Client):
    said, records = run(gateway, client.script)

    assert all(text for _, text in said), said
    calls = [record for record in records if not record.path.endswith("/models")]
    assert [record.dialect for record in calls] == list(client.dialects)
    for record in calls:
        assert (record.status_code, record.error_type) == (200, None)
        assert record.source == "gateway"
    for record in calls:
        if record.dialect is not None:
            assert record.request_model
            assert record.response_model or record.dialect == COHERE
            assert record.usage_source == "reported"
            assert record.input_tokens
    streams = [record for record in calls if record.is_stream]
    assert len(streams) == sum("stream" in call for call, _ in said)
    assert all(record.time_to_first_token_ms for record in streams)


def test_helicones_logger_reports_calls_made_elsewhere(gateway: RunningGateway):
    _, records = run(gateway, "helicone_logger")

    model, tool = records
    assert {record.source for record in records} == {"log"}
    assert (model.provider, model.request_model, model.user_id) == ("openai", "gpt-5-mini", "ada")
    assert (model.input_tokens, model.output_tokens, model.usage_source) == (7, 3, "reported")
    assert tool.session_id == "s-logged"
    assert tool.latency_ms == pytest.approx(200, abs=2)


def test_traceloop_exports_a_workflow_whose_call_went_through_the_gateway(gateway: RunningGateway):
    said, records = run(gateway, "traceloop_exporter")

    proxied = [record for record in records if record.source == "gateway"]
    spans = [record for record in records if record.source == "otlp"]
    assert [text for _, text in said] != [""]
    assert len(proxied) == 1
    assert len(spans) == 3, "workflow, task and model"
    assert {span.trace_id for span in spans} == {proxied[0].trace_id}
    (model,) = [span for span in spans if span.input_tokens]
    assert (model.input_tokens, model.output_tokens) == (proxied[0].input_tokens, proxied[0].output_tokens)
    assert model.session_id == "s-traced"


def test_opentelemetry_exports_a_genai_span(gateway: RunningGateway):
    _, (span,) = run(gateway, "opentelemetry_exporter")

    assert (span.source, span.provider, span.request_model) == ("otlp", "openai", "gpt-5-mini")
    assert (span.input_tokens, span.output_tokens, span.finish_reason) == (7, 3, "stop")
    assert span.session_id == "s-otel"


def run(gateway: RunningGateway, script: str) -> tuple[list[tuple[str, str]], list[Exchange]]:
    """Returns what the script's client read, by call, and what was recorded meanwhile, in order."""
    before = {record.request_id for record in gateway.records()}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_proxy", "_PROXY"))},
        "GATEWAY": gateway.url,
        "WEIR_KEY": gateway.accounts.key,
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [PYTHON, SCRIPTS / f"{script}.py"], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"call"')]
    records = [record for record in gateway.records() if record.request_id not in before]
    return [(line["call"], line["text"]) for line in lines], sorted(records, key=lambda record: record.created_at)
