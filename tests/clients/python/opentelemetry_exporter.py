"""OpenTelemetry's own SDK: a GenAI span exported over OTLP/HTTP with gzip."""

from answers import GATEWAY, KEY, OPENAI_MODEL, got
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

exporter = OTLPSpanExporter(
    endpoint=f"{GATEWAY}/v1/traces", headers={"authorization": f"Bearer {KEY}"}, compression=Compression.Gzip
)
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
with provider.get_tracer("survey").start_as_current_span(f"chat {OPENAI_MODEL}") as span:
    span.set_attribute("gen_ai.operation.name", "chat")
    span.set_attribute("gen_ai.provider.name", "openai")
    span.set_attribute("gen_ai.request.model", OPENAI_MODEL)
    span.set_attribute("gen_ai.response.model", f"{OPENAI_MODEL}-2025-08-07")
    span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
    span.set_attribute("gen_ai.usage.input_tokens", 7)
    span.set_attribute("gen_ai.usage.output_tokens", 3)
    span.set_attribute("gen_ai.conversation.id", "s-otel")
provider.shutdown()
got("span", OPENAI_MODEL)
