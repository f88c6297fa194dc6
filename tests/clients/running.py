"""Runs a client in a process of its own, and tells what it read and what the gateway recorded meanwhile."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.gateway.running import RunningGateway
from warehouse.record import Exchange

CHAT, RESPONSES, MESSAGES, GEMINI, COHERE = "chat_completions", "responses", "messages", "gemini", "cohere"


@dataclass(frozen=True)
class Client:
    """A script, and the dialects of the calls it makes, in order; None for calls whose rows hold no conversation."""

    script: str
    dialects: tuple[str | None, ...]


@dataclass(frozen=True)
class Ran:
    """What came of a script."""

    output: str
    records: list[Exchange]
    """What was recorded while it ran, in order."""

    @property
    def said(self) -> list[tuple[str, str]]:
        """What the client read, by call."""
        lines = [json.loads(line) for line in self.output.splitlines() if line.startswith('{"call"')]
        return [(line["call"], line["text"]) for line in lines]


def run(gateway: RunningGateway, command: Sequence[str | Path], **environment: str) -> Ran:
    """Runs a command that finds the gateway in `GATEWAY` and a key in `WEIR_KEY`."""
    before = {record.request_id for record in gateway.records()}
    inherited = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_PROXY"))}
    done = subprocess.run(
        command,
        env={**inherited, "GATEWAY": gateway.url, "WEIR_KEY": gateway.accounts.key, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    records = [record for record in gateway.records() if record.request_id not in before]
    return Ran(done.stdout, sorted(records, key=lambda record: record.created_at))


def check(client: Client, ran: Ran) -> None:
    """Every call was answered, and is a row with the dialect, the models, the usage and the times it should have."""
    assert all(text for _, text in ran.said), ran.said
    calls = [record for record in ran.records if not record.path.endswith("/models")]
    assert [record.dialect for record in calls] == list(client.dialects)
    for record in calls:
        assert (record.source, record.status_code, record.error_type) == ("gateway", 200, None)
        if record.dialect is not None:
            assert record.request_model
            assert record.response_model or record.dialect == COHERE
            assert (record.usage_source, bool(record.input_tokens)) == ("reported", True)
    streams = [record for record in calls if record.is_stream]
    assert len(streams) == sum("stream" in call for call, _ in ran.said)
    assert all(record.time_to_first_token_ms for record in streams)
