"""Client libraries as people use them, run against the gateway: what they read, and what was recorded of their calls.

They live in an environment of their own, `make test-clients`, because their pins are nobody else's business.
"""

from pathlib import Path

import pytest

from tests.clients.running import CHAT, COHERE, GEMINI, MESSAGES, RESPONSES, Client, Ran, check, run
from tests.gateway.running import RunningGateway

pytestmark = pytest.mark.clients

SCRIPTS = Path(__file__).parent / "python"
PYTHON = Path(__file__).parents[2] / ".venv" / "clients" / "bin" / "python"
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
    check(client, run_script(gateway, client.script))


def test_helicones_logger_reports_calls_made_elsewhere(gateway: RunningGateway):
    records = run_script(gateway, "helicone_logger").records

    tool, model = sorted(records, key=lambda record: record.session_id != "s-logged")
    assert {record.source for record in records} == {"log"}
    assert (model.provider, model.request_model, model.user_id) == ("openai", "gpt-5-mini", "ada")
    assert (model.input_tokens, model.output_tokens, model.usage_source) == (7, 3, "reported")
    assert tool.session_id == "s-logged"
    assert tool.latency_ms == pytest.approx(200, abs=2)


def test_traceloop_exports_a_workflow_whose_call_went_through_the_gateway(gateway: RunningGateway):
    ran = run_script(gateway, "traceloop_exporter")

    proxied = [record for record in ran.records if record.source == "gateway"]
    spans = [record for record in ran.records if record.source == "otlp"]
    assert len(proxied) == 1
    assert len(spans) == 3, "workflow, task and model"
    assert {span.trace_id for span in spans} == {proxied[0].trace_id}
    (model,) = [span for span in spans if span.input_tokens]
    assert (model.input_tokens, model.output_tokens) == (proxied[0].input_tokens, proxied[0].output_tokens)
    assert model.session_id == "s-traced"


def test_opentelemetry_exports_a_genai_span(gateway: RunningGateway):
    (span,) = run_script(gateway, "opentelemetry_exporter").records

    assert (span.source, span.provider, span.request_model) == ("otlp", "openai", "gpt-5-mini")
    assert (span.input_tokens, span.output_tokens, span.finish_reason) == (7, 3, "stop")
    assert span.session_id == "s-otel"


def run_script(gateway: RunningGateway, script: str) -> Ran:
    return run(gateway, [PYTHON, "-W", "ignore", SCRIPTS / f"{script}.py"])
