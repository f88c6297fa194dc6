"""What becomes of the fields of messages that the neutral request has no place for, and of those the dialect lacks."""

from providers.translation.notes import Fates, left_out, refused

_OWN_CACHE = "other providers cache prompts by rules of their own"

REQUEST: Fates = {
    "cache_control": left_out(_OWN_CACHE),
    "container": refused("other dialects run no code"),
    "context_management": left_out("other providers do not edit the context"),
    "diagnostics": left_out("it is a matter of the provider's own"),
    "inference_geo": refused("other providers cannot be told where to run"),
    "mcp_servers": refused("other dialects do not call MCP servers"),
    "prefill": refused("other dialects cannot continue an answer"),
    "speed": left_out("it only makes answers faster", "standard"),
    "user_profile_id": left_out("it is a matter of the provider's own"),
    "workspace_id": left_out("it is a matter of the provider's own"),
    "betas": left_out("it is a matter of the provider's own"),
}
BLOCK: Fates = {
    "citations": left_out("other dialects do not cite documents", {"enabled": False}, []),
    "caller": left_out("tools are called by the model itself", {"type": "direct"}),
    "context": left_out("other dialects have no such field"),
    "transformations": left_out("other dialects have no such field"),
    "toolset_name": left_out("other dialects have no such field"),
}
TOOL: Fates = {
    "allowed_callers": left_out("tools are called by the model itself", ["direct"]),
    "defer_loading": left_out("other dialects load all tools", False),
    "eager_input_streaming": left_out("arguments stream as the provider likes", False, True),
    "input_examples": left_out("other dialects have no such field", []),
}

_NO_FIELD = "messages has no such field"

LACKS: Fates = {
    "presence_penalty": left_out(_NO_FIELD),
    "frequency_penalty": left_out(_NO_FIELD),
    "seed": left_out(_NO_FIELD),
    "verbosity": left_out(_NO_FIELD),
    "metadata": left_out("messages knows only the user's id"),
    "prompt_cache_key": left_out("messages caches prompts by marks in them"),
}
