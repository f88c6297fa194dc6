"""JavaScript clients and two command lines, run against the gateway by `make test-node-clients`. They need Node 20."""

from pathlib import Path

import pytest

from tests.clients.running import CHAT, GEMINI, MESSAGES, RESPONSES, Client, check, run
from tests.gateway.running import RunningGateway

pytestmark = pytest.mark.node_clients

HERE = Path(__file__).parent / "node"
PROGRAMS = HERE / "node_modules" / ".bin"
CLIENTS = [
    Client("openai_node", (CHAT, CHAT, RESPONSES, RESPONSES)),
    Client("anthropic_node", (MESSAGES, MESSAGES)),
    Client("google_genai_node", (GEMINI, GEMINI)),
    Client("vercel_ai", (RESPONSES, RESPONSES, CHAT, CHAT, MESSAGES, MESSAGES, GEMINI, GEMINI)),
    Client("helicone_provider", (CHAT, CHAT)),
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.script)
def test_a_client_gets_its_answers_and_every_call_is_a_row(gateway: RunningGateway, client: Client):
    check(client, run(gateway, ["node", HERE / "scripts" / f"{client.script}.mjs"]))


def test_helicones_provider_names_its_session(gateway: RunningGateway):
    records = run(gateway, ["node", HERE / "scripts" / "helicone_provider.mjs"]).records

    assert {(record.session_id, record.user_id) for record in records} == {("s-helicone", "ada")}


def test_helicones_logger_reports_calls_made_elsewhere(gateway: RunningGateway):
    records = run(gateway, ["node", HERE / "scripts" / "helicone_logger.mjs"]).records

    whole, streamed = sorted(records, key=lambda record: record.session_id == "s-logged")
    assert (whole.source, whole.provider, whole.user_id) == ("log", "openai", "ada")
    assert (whole.input_tokens, whole.output_tokens) == (7, 3)
    assert (streamed.session_id, streamed.input_tokens, streamed.output_tokens) == ("s-logged", 7, 3)


def test_claude_code_answers_and_names_its_session(gateway: RunningGateway, tmp_path: Path):
    ran = run(
        gateway,
        [PROGRAMS / "claude", "-p", "How deep is the river?", "--model", "claude-haiku-4-5"],
        HOME=str(tmp_path),
        ANTHROPIC_BASE_URL=gateway.url,
        ANTHROPIC_AUTH_TOKEN=gateway.accounts.key,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
    )

    assert ran.output.strip()
    asked = [record for record in ran.records if record.dialect == "messages"]
    assert asked
    assert all(record.status_code == 200 and record.session_id and record.input_tokens for record in asked)


def test_codex_answers_and_names_its_session(gateway: RunningGateway, tmp_path: Path):
    (tmp_path / "config.toml").write_text(
        'model = "gpt-5-mini"\n'
        'model_provider = "weir"\n'
        "[model_providers.weir]\n"
        f'name = "Weir"\nbase_url = "{gateway.url}/v1"\nenv_key = "WEIR_KEY"\nwire_api = "responses"\n'
    )
    ran = run(
        gateway,
        [PROGRAMS / "codex", "exec", "--skip-git-repo-check", "-C", tmp_path, "How deep is the river?"],
        CODEX_HOME=str(tmp_path),
    )

    assert ran.output.strip()
    asked = [record for record in ran.records if record.dialect == "responses"]
    assert asked
    assert all(record.status_code == 200 and record.session_id and record.input_tokens for record in asked)
