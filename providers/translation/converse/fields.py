"""What becomes of the fields of the neutral request that Bedrock's Converse has no place for."""

from providers.translation.notes import Fates, left_out

_NO_FIELD = "Converse has no such field"

LACKS: Fates = {
    "parallel_tool_calls": left_out(_NO_FIELD, True),
    "presence_penalty": left_out(_NO_FIELD),
    "frequency_penalty": left_out(_NO_FIELD),
    "seed": left_out(_NO_FIELD),
    "verbosity": left_out(_NO_FIELD),
    "user": left_out(_NO_FIELD),
    "prompt_cache_key": left_out("Converse caches prompts by marks in them"),
}
