"""What becomes of the fields of chat completions that the neutral request has no place for, and of those the dialect
itself lacks.
"""

from providers.translation.notes import Fates, left_out, refused

_HOSTED = "no other dialect has it"

REQUEST: Fates = {
    "n": refused("only one answer can be translated", 1),
    "logprobs": refused("other dialects do not report probabilities", False),
    "top_logprobs": refused("other dialects do not report probabilities", 0),
    "logit_bias": refused("other dialects cannot forbid or favour tokens", {}),
    "audio": refused("spoken answers are not translated"),
    "modalities": refused("only text answers are translated", ["text"]),
    "functions": refused("use `tools`"),
    "function_call": refused("use `tool_choice`", "auto", "none"),
    "web_search_options": refused(_HOSTED),
    "moderation": refused(_HOSTED),
    "prediction": left_out("it only makes answers faster"),
    "prompt_cache_options": left_out("other providers cache prompts by rules of their own"),
    "prompt_cache_retention": left_out("other providers cache prompts by rules of their own"),
    "store": left_out("the answer is not stored", False),
}
MESSAGE: Fates = {
    "audio": refused("spoken answers are not translated"),
    "function_call": refused("use `tool_calls`"),
    "annotations": left_out("it tells nothing to the model", []),
    "name": left_out("other dialects do not name who speaks"),
}
STREAM_OPTIONS: Fates = {"include_obfuscation": left_out("it is a matter of the provider's own", False, True)}
PART: Fates = {
    "prompt_cache_breakpoint": left_out("other providers cache prompts by rules of their own"),
}

LACKS: Fates = {
    "top_k": left_out("chat completions has no such field"),
    "metadata": left_out("chat completions takes labels only for answers it stores"),
}
OTHERS_LACK: Fates = {
    "verbosity": left_out("only OpenAI's models know it"),
    "prompt_cache_key": left_out("only OpenAI knows it"),
    "service_tier": left_out("only OpenAI sells such tiers", "auto", "default"),
}
"""What besides is unknown where models are not OpenAI's, some of which refuse a request for a field too many."""
