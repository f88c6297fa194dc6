"""What becomes of the fields of Gemini that the neutral request has no place for, and of those the dialect lacks.

Fields as ai.google.dev/api/generate-content and the Vertex reference list them.
"""

from providers.translation.notes import Fates, left_out, refused

_GOOGLES = "it is a matter of Google's own"

REQUEST: Fates = {
    "cachedContent": refused("the content is stored at Google: send it whole"),
    "safetySettings": left_out("other providers filter by rules of their own", []),
    "serviceTier": left_out(_GOOGLES),
    "store": left_out("the answer is not stored", False),
}
CONFIG: Fates = {
    "candidateCount": refused("only one answer can be translated", 1),
    "responseLogprobs": refused("other dialects do not report probabilities", False),
    "logprobs": refused("other dialects do not report probabilities"),
    "responseModalities": refused("only text answers are translated", ["TEXT"]),
    "speechConfig": refused("spoken answers are not translated"),
    "imageConfig": refused("only text answers are translated"),
    "mediaResolution": left_out("other dialects have no such field"),
    "audioTimestamp": left_out("other dialects have no such field", False),
    "enableAffectiveDialog": left_out(_GOOGLES, False),
    "enableEnhancedCivicAnswers": left_out(_GOOGLES, False),
    "routingConfig": left_out(_GOOGLES),
    "modelSelectionConfig": left_out(_GOOGLES),
}
PART: Fates = {
    "videoMetadata": refused("other dialects show no films"),
    "mediaResolution": left_out("other dialects have no such field"),
}
FUNCTION: Fates = {
    "behavior": left_out("functions are called in turn", "BLOCKING"),
    "response": left_out("other dialects do not describe what a function answers"),
    "responseJsonSchema": left_out("other dialects do not describe what a function answers"),
}

_NO_FIELD = "Gemini has no such field"

LACKS: Fates = {
    "parallel_tool_calls": left_out(_NO_FIELD, True),
    "verbosity": left_out(_NO_FIELD),
    "user": left_out(_NO_FIELD),
    "metadata": left_out("only Vertex takes labels"),
    "service_tier": left_out("Google sells its tiers another way", "auto", "default"),
    "prompt_cache_key": left_out("Gemini caches prompts by itself"),
}

CAMEL = {
    "cached_content": "cachedContent",
    "safety_settings": "safetySettings",
    "service_tier": "serviceTier",
    "system_instruction": "systemInstruction",
    "generation_config": "generationConfig",
    "tool_config": "toolConfig",
    "function_calling_config": "functionCallingConfig",
    "allowed_function_names": "allowedFunctionNames",
    "function_declarations": "functionDeclarations",
    "parameters_json_schema": "parametersJsonSchema",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "display_name": "displayName",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "thought_signature": "thoughtSignature",
    "video_metadata": "videoMetadata",
    "top_p": "topP",
    "top_k": "topK",
    "candidate_count": "candidateCount",
    "max_output_tokens": "maxOutputTokens",
    "stop_sequences": "stopSequences",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "response_mime_type": "responseMimeType",
    "response_schema": "responseSchema",
    "response_json_schema": "responseJsonSchema",
    "response_logprobs": "responseLogprobs",
    "response_modalities": "responseModalities",
    "thinking_config": "thinkingConfig",
    "include_thoughts": "includeThoughts",
    "thinking_budget": "thinkingBudget",
    "thinking_level": "thinkingLevel",
    "media_resolution": "mediaResolution",
    "speech_config": "speechConfig",
    "image_config": "imageConfig",
}
"""Google's JSON takes either spelling."""
CALLERS_OWN = (
    "args",
    "response",
    "parameters",
    "parametersJsonSchema",
    "responseSchema",
    "responseJsonSchema",
    "labels",
)
"""Members whose names are the caller's, whatever they look like."""
