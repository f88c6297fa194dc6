"""Reads a Gemini request into the neutral one."""

from typing import Any

from providers.lenient import mapping
from providers.translation import neutral
from providers.translation.effort import effort_of
from providers.translation.gemini import fields
from providers.translation.gemini.read_contents import read_contents, texts_of
from providers.translation.gemini.schemas import to_json_schema
from providers.translation.notes import Notes, Untranslatable
from providers.translation.source import Source, source_of

NAMES = {
    "messages": "contents",
    "tool_choice": "toolConfig.functionCallingConfig",
    "max_tokens": "generationConfig.maxOutputTokens",
    "temperature": "generationConfig.temperature",
    "top_p": "generationConfig.topP",
    "top_k": "generationConfig.topK",
    "presence_penalty": "generationConfig.presencePenalty",
    "frequency_penalty": "generationConfig.frequencyPenalty",
    "seed": "generationConfig.seed",
    "stop": "generationConfig.stopSequences",
    "format": "generationConfig.responseSchema",
    "thinking": "generationConfig.thinkingConfig",
    "metadata": "labels",
}
"""Where neutral fields have other names here."""


def read_request(body: bytes, notes: Notes) -> neutral.Request:
    """Reads the body, which says neither the model nor whether to stream: the path does."""
    notes.names = NAMES
    read = source_of(body, notes)
    source = Source(_camel(read.rest()), "", notes)
    source.need("contents")
    config = source.inner("generationConfig") or Source({}, "generationConfig", notes)
    request = neutral.Request(
        system=texts_of(source, "systemInstruction"),
        messages=read_contents(source),
        tools=_tools(source),
        tool_choice=_tool_choice(source.inner("toolConfig")),
        max_tokens=config.integer("maxOutputTokens"),
        temperature=config.number("temperature"),
        top_p=config.number("topP"),
        top_k=config.integer("topK"),
        presence_penalty=config.number("presencePenalty") or None,
        frequency_penalty=config.number("frequencyPenalty") or None,
        seed=config.integer("seed"),
        stop=config.texts("stopSequences"),
        format=_format(config),
        thinking=_thinking(config.inner("thinkingConfig")),
        metadata={name: str(value) for name, value in (source.mapping("labels") or {}).items()},
    )
    config.finish(fields.CONFIG)
    source.take("model")
    source.finish(fields.REQUEST)
    return request


def _camel(value: Any) -> Any:
    """Returns the body with Google's other spelling of its names made this one."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = {fields.CAMEL.get(name, name): child for name, child in value.items()}
    return {name: child if name in fields.CALLERS_OWN else _camel(child) for name, child in named.items()}


def _tools(source: Source) -> list[neutral.Tool]:
    """Reads the caller's functions; of Google's own tools the same holds as in responses."""
    one = source.inner("tools") if isinstance(source.peek("tools"), dict) else None
    groups = source.objects("tools") if one is None else [one]
    tools: list[neutral.Tool] = []
    hosted: list[str] = []
    for group in groups:
        tools += [_tool(function) for function in group.objects("functionDeclarations")]
        hosted += group.rest()
    if hosted and not tools:
        raise Untranslatable(f"tools: {', '.join(hosted)} cannot be translated: only Google runs it", "tools")
    for name in hosted:
        source.notes.warn(f"the tool {name!r} is left out: only Google runs it")
    return tools


def _tool(function: Source) -> neutral.Tool:
    own, standard = function.mapping("parameters"), function.mapping("parametersJsonSchema")
    read = neutral.Tool(
        name=function.need_text("name"),
        description=function.text("description"),
        schema=standard if own is None else mapping(to_json_schema(own)),
    )
    function.finish(fields.FUNCTION)
    return read


def _tool_choice(config: Source | None) -> neutral.ToolChoice | None:
    calling = config.inner("functionCallingConfig") if config is not None else None
    if config is not None:
        config.finish()
    if calling is None:
        return None
    mode, names = (calling.text("mode") or "AUTO").upper(), calling.texts("allowedFunctionNames")
    calling.finish()
    if mode == "NONE":
        return neutral.ToolChoice("none")
    return neutral.ToolChoice("required" if mode == "ANY" else "auto", names)


def _format(config: Source) -> neutral.Format | None:
    kind = config.text("responseMimeType")
    own, standard = config.mapping("responseSchema"), config.mapping("responseJsonSchema")
    if kind is not None and kind not in ("application/json", "text/plain"):
        where = config.where("responseMimeType")
        raise Untranslatable(f"{where} {kind!r} cannot be translated: only text and JSON can", where)
    if own is not None:
        standard = mapping(to_json_schema(own))
    return neutral.Format(schema=standard) if kind == "application/json" else None


def _thinking(config: Source | None) -> neutral.Thinking | None:
    if config is None:
        return None
    is_shown, budget = config.flag("includeThoughts"), config.integer("thinkingBudget")
    level = (config.text("thinkingLevel") or "").lower() or None
    config.finish()
    if budget == 0:
        return neutral.Thinking(is_on=False, is_shown=False)
    if budget is not None and budget < 0:
        budget = None  # As much as the model likes.
    effort = level if level is not None or budget is None else effort_of(budget)
    return neutral.Thinking(is_on=True, effort=effort, budget_tokens=budget, is_shown=is_shown or False)
