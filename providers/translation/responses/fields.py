"""What becomes of the fields of responses that the neutral request has no place for, and of those the dialect lacks."""

from providers.translation.notes import Fates, left_out, refused

_STORED = "the conversation is stored by another provider: send it whole, as `input`"
_OWN_CACHE = "other providers cache prompts by rules of their own"

REQUEST: Fates = {
    "previous_response_id": refused(_STORED),
    "conversation": refused(_STORED),
    "prompt": refused("the prompt is stored by another provider: send its text"),
    "background": refused("other dialects answer at once", False),
    "background_options": left_out("other dialects answer at once"),
    "top_logprobs": refused("other dialects do not report probabilities", 0),
    "moderation": refused("no other dialect has it"),
    "access_programs": left_out("it is a matter of the provider's own"),
    "client_metadata": left_out("it tells nothing to the model"),
    "context_management": left_out("other providers do not edit the context"),
    "image": left_out("other dialects have no such field"),
    "max_tool_calls": left_out("it counts the provider's own tools, of which there are none"),
    "prompt_cache_options": left_out(_OWN_CACHE),
    "prompt_cache_retention": left_out(_OWN_CACHE),
    "store": left_out("the answer is not stored", False),
    "truncation": left_out("other dialects do not shorten the input", "disabled"),
}
STREAM_OPTIONS: Fates = {"include_obfuscation": left_out("it is a matter of the provider's own", False, True)}
REASONING: Fates = {
    "context": left_out("other dialects have no such field", "auto"),
    "mode": left_out("other dialects have no such field", "standard"),
}
ITEM: Fates = {
    "phase": left_out("other dialects have no such field"),
    "caller": left_out("tools are called by the model itself", {"type": "direct"}),
    "async": left_out("tools are called in turn", False),
}
PART: Fates = {
    "prompt_cache_breakpoint": left_out(_OWN_CACHE),
    "annotations": left_out("it tells nothing to the model", []),
    "logprobs": left_out("it tells nothing to the model", []),
    "detail": left_out("documents are read as the provider likes", "auto"),
}
TOOL: Fates = {
    "allowed_callers": left_out("tools are called by the model itself", ["direct"]),
    "async": left_out("tools are called in turn", False),
    "defer_loading": left_out("other dialects load all tools", False),
    "output_schema": left_out("other dialects have no such field"),
}
HOSTED_CALLS = ("web_search_call", "file_search_call", "mcp_list_tools", "tool_search_call", "tool_search_output")
"""Traces of the provider's own tools in a conversation, of which the model's words tell enough."""

_NO_FIELD = "responses has no such field"

LACKS: Fates = {
    "stop": refused("responses has no stop sequences", []),
    "top_k": left_out(_NO_FIELD),
    "presence_penalty": left_out(_NO_FIELD),
    "frequency_penalty": left_out(_NO_FIELD),
    "seed": left_out(_NO_FIELD),
}
