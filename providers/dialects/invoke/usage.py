"""Usage as Bedrock's InvokeModel reports it: in the words of each model's maker, and at a stream's end in Amazon's.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from providers.dialects.chat_completions.usage import read_usage as read_chat_usage
from providers.dialects.converse.usage import read_usage as read_converse_usage
from providers.dialects.messages.usage import read_usage as read_messages_usage
from providers.facts import JsonObject
from providers.lenient import mappings
from providers.usage import Usage, count, known

METRICS = "amazon-bedrock-invocationMetrics"


def read_usage(body: JsonObject) -> Usage | None:
    """Reads the usage of a whole body: of Claude, Nova, Llama, Titan, or a model with OpenAI's shape."""
    usage = body.get("usage")
    return (
        read_messages_usage(usage)
        or read_converse_usage(usage)
        or read_chat_usage(usage)
        or _llama_usage(body)
        or _titan_usage(body)
        or read_metrics(body)
    )


def read_metrics(body: JsonObject) -> Usage | None:
    """Reads what Amazon puts beside the last event of a stream, whatever the model; it knows no cache."""
    metrics = body.get(METRICS)
    if not isinstance(metrics, dict):
        return None
    return known(
        Usage(
            input_tokens=count(metrics.get("inputTokenCount")),
            output_tokens=count(metrics.get("outputTokenCount")),
            cache_read_tokens=count(metrics.get("cacheReadInputTokenCount")),
            cache_write_tokens=count(metrics.get("cacheWriteInputTokenCount")),
        )
    )


def _llama_usage(body: JsonObject) -> Usage | None:
    return known(
        Usage(
            input_tokens=count(body.get("prompt_token_count")),
            output_tokens=count(body.get("generation_token_count")),
        )
    )


def _titan_usage(body: JsonObject) -> Usage | None:
    written = [count(result.get("tokenCount")) for result in mappings(body.get("results"))]
    return known(
        Usage(
            input_tokens=count(body.get("inputTextTokenCount")),
            output_tokens=sum(tokens for tokens in written if tokens is not None) if written else None,
        )
    )
