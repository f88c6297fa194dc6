from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from warehouse import record

NOW = datetime(2026, 11, 3, 12, 30, 15, 250000, tzinfo=UTC)


def an_exchange(**fields: object) -> record.Exchange:
    base = {
        "request_id": record.new_request_id(NOW),
        "organization_id": UUID(int=7),
        "created_at": NOW,
        "completed_at": NOW,
        "provider": "openai",
    }
    return record.Exchange(**(base | fields))  # type: ignore[arg-type]


def test_a_record_is_one_line_and_reads_back_equal():
    exchange = an_exchange(properties=[record.Pair("team", "a\nb")], request_body='{"a": "\u2028"}')
    line = record.encode(exchange)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert record.decode(line) == exchange


def test_a_reader_ignores_fields_it_does_not_know():
    line = record.encode(an_exchange()).replace(b"{", b'{"invented_later":{"a":1},', 1)
    assert record.decode(line).provider == "openai"


def test_what_is_unknown_is_not_written():
    assert b"input_tokens" not in record.encode(an_exchange())
    assert b'"input_tokens":0' in record.encode(an_exchange(input_tokens=0))


def test_a_line_that_is_no_record_is_refused():
    with pytest.raises(msgspec.ValidationError):
        record.decode(b'{"kind":"exchange"}\n')
    with pytest.raises(msgspec.ValidationError):
        record.decode(b'{"kind":"unheard_of"}\n')


def test_request_ids_are_uuid7_and_sort_by_time():
    early, late = record.new_request_id(NOW), record.new_request_id(NOW.replace(second=16))
    assert early.version == 7
    assert early.variant == "specified in RFC 4122"
    assert early < late
    assert early.int >> 80 == int(NOW.timestamp() * 1000)
