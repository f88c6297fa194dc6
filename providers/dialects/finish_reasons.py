"""Why a model stopped, in one vocabulary.

    stop            it was done, or met a stop sequence
    length          it met the limit on output tokens, or the end of its context window
    tool_calls      it wants tools to be run
    content_filter  the provider, or the model, refused to go on
    pause           the provider paused a long turn that the caller may resume
    cancelled       the caller cancelled it
    error           the provider failed while it answered, or the model wrote what cannot be read

A reason that is not listed here is kept as the provider wrote it, in lower case.
"""

_NORMAL = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "finish": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "completed": "stop",
    "complete": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
    # Gemini's names for what it will not say, https://ai.google.dev/api/generate-content#FinishReason
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "image_safety": "content_filter",
    "image_prohibited_content": "content_filter",
    "image_recitation": "content_filter",
    # Bedrock's, https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    # Cohere's, of the models before v2
    "error_toxic": "content_filter",
    "error_limit": "length",
    "pause_turn": "pause",
    "compaction": "pause",
    "cancelled": "cancelled",
    "error": "error",
    "failed": "error",
    "insufficient_system_resource": "error",
    "timeout": "error",
    # The model wrote a call that cannot be read.
    "malformed_function_call": "error",
    "malformed_response": "error",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    "unexpected_tool_call": "error",
    "too_many_tool_calls": "error",
}

_MOST_CHARS = 64


def normalize(reason: object) -> str | None:
    """Returns the reason in the one vocabulary; None if it is no text."""
    if not isinstance(reason, str) or not reason:
        return None
    lowered = reason[:_MOST_CHARS].lower()
    return _NORMAL.get(lowered, lowered)
