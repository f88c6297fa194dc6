"""What is answered 200 is in the spool; what finds no room there is to be sent again."""

import gzip
from pathlib import Path

import httpx
import pytest

from gateway.logged.otlp.exchange import request_id_of
from tests.gateway.logged.conftest import Reporting, form
from tests.gateway.logged.conventional_spans import OPENTELEMETRY
from tests.gateway.logged.exports import as_json, protobuf, span
from tests.gateway.running import Accounts, running_gateway, spooled_lines

PROTOBUF = {"Content-Type": "application/x-protobuf"}


def test_a_report_is_in_the_spool_before_it_is_answered(tmp_path: Path, accounts: Accounts):
    with running_gateway(tmp_path, accounts, spool_seal_bytes=1 << 30) as gateway:
        reporting = Reporting(gateway)
        spans = [span(OPENTELEMETRY) for _ in range(50)]
        for _ in range(3):
            id = reporting.post("/custom/v1/log", json=form(request={"model": "m"})).json()["request_id"]
            # Sealed and shipped files count too, as nothing holds back the shipper.
            assert id in {str(record.request_id) for record in gateway.records()}
        assert reporting.post("/v1/traces", content=protobuf(*spans), headers=PROTOBUF).status_code == 200
        sent = {request_id_of(each["trace_id"], each["span_id"]) for each in spans}
        assert sent <= {record.request_id for record in gateway.records()}


def test_while_there_is_no_room_reports_are_to_be_sent_again(tmp_path: Path, accounts: Accounts):
    with running_gateway(tmp_path, accounts, spool_max_bytes=1) as full:
        reporting = Reporting(full)
        for answer in (
            reporting.post("/v1/traces", content=protobuf(span(OPENTELEMETRY)), headers=PROTOBUF),
            reporting.post(
                "/v1/traces", content=as_json(span(OPENTELEMETRY)), headers={"Content-Type": "application/json"}
            ),
            reporting.post("/custom/v1/log", json=form(request={"model": "m"})),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert b"send them again" in answer.content
        assert not spooled_lines(full.settings)
        assert full.metric('weir_gateway_dropped_total{reason="spool_full"}') == 0


def test_where_the_operator_lets_reports_be_dropped_they_are_counted(tmp_path: Path, accounts: Accounts):
    with running_gateway(tmp_path, accounts, spool_max_bytes=1, spool_full="drop") as full:
        reporting = Reporting(full)
        assert reporting.post("/custom/v1/log", json=form(request={"model": "m"})).status_code == 200
        body = protobuf(span(OPENTELEMETRY), span(OPENTELEMETRY))
        assert reporting.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
        assert full.metric('weir_gateway_dropped_total{reason="spool_full"}') == 3


def test_reports_are_bounded(tmp_path: Path, accounts: Accounts):
    with running_gateway(tmp_path, accounts, max_request_bytes=10_000, max_body_bytes=100) as small:
        reporting = Reporting(small)
        bomb = {"Content-Encoding": "gzip"} | PROTOBUF
        assert reporting.post("/v1/traces", content=gzip.compress(bytes(50_000)), headers=bomb).status_code == 413
        assert reporting.post("/custom/v1/log", content=b" " * 20_000).status_code == 413
        record = reporting.log(request={"model": "m", "prompt": "a" * 500})
        assert (record.request_body_bytes, record.request_body_truncated) == (525, True)
        assert len(record.request_body or "") == 100


@pytest.mark.parametrize("path", ["/v1/traces", "/custom/v1/log"])
def test_a_target_of_ones_own_is_no_log_door(reporting: Reporting, path: str):
    headers = reporting.auth | {"Weir-Target-URL": "https://collector.invalid"}
    answer = httpx.post(f"{reporting.gateway.url}{path}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
