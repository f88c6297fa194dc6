"""Exports of spans in both encodings of OTLP, from one description."""

import json
import math
import os
import time
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


def span(attributes: dict[str, Any], *, name: str = "chat", events: list[tuple] = (), **given: Any) -> dict[str, Any]:
    """A span of a second and a half that ended just now."""
    end = time.time_ns()
    return {
        "trace_id": os.urandom(16).hex(),
        "span_id": os.urandom(8).hex(),
        "parent_span_id": "",
        "name": name,
        "start": end - 1_500_000_000,
        "end": end,
        "attributes": attributes,
        "events": list(events),
        "status": (0, ""),
    } | given


def protobuf(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> bytes:
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    of_resource.resource.attributes.extend(_pairs(resource or {}))
    scope = of_resource.scope_spans.add()
    for each in spans:
        made = scope.spans.add(
            trace_id=bytes.fromhex(each["trace_id"]),
            span_id=bytes.fromhex(each["span_id"]),
            parent_span_id=bytes.fromhex(each["parent_span_id"]),
            name=each["name"],
            start_time_unix_nano=each["start"],
            end_time_unix_nano=each["end"],
            attributes=_pairs(each["attributes"]),
        )
        made.status.code, made.status.message = each["status"]
        for name, at, attributes in each["events"]:
            made.events.add(name=name, time_unix_nano=each["start"] + at, attributes=_pairs(attributes))
    return request.SerializeToString()


def as_json(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> bytes:
    listed = [
        {
            "traceId": each["trace_id"],
            "spanId": each["span_id"],
            "parentSpanId": each["parent_span_id"],
            "name": each["name"],
            "kind": 3,
            "startTimeUnixNano": str(each["start"]),
            "endTimeUnixNano": str(each["end"]),
            "attributes": _json_pairs(each["attributes"]),
            "status": {"code": each["status"][0], "message": each["status"][1]},
            "events": [
                {"name": name, "timeUnixNano": str(each["start"] + at), "attributes": _json_pairs(attributes)}
                for name, at, attributes in each["events"]
            ],
        }
        for each in spans
    ]
    of_resource = {"resource": {"attributes": _json_pairs(resource or {})}, "scopeSpans": [{"spans": listed}]}
    return json.dumps({"resourceSpans": [of_resource]}).encode()


def _pairs(attributes: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Any) -> AnyValue:
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, list):
        made.array_value.values.extend(map(_value, value))
    elif isinstance(value, dict):
        made.kvlist_value.values.extend(_pairs(value))
    return made


def _json_pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _json_value(value)} for key, value in attributes.items()]


def _json_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": list(map(_json_value, value))}}
    return {"kvlistValue": {"values": _json_pairs(value)}}
