"""Reads a chat completions request into the neutral one."""

from providers.translation import neutral
from providers.translation.chat_completions import fields
from providers.translation.chat_completions.parts import read_content
from providers.translation.chat_completions.reasoning import read_reasoning
from providers.translation.chat_completions.tools import read_call, read_tool, read_tool_choice
from providers.translation.notes import Notes, Untranslatable
from providers.translation.source import Source, source_of

NAMES = {"format": "response_format", "thinking": "reasoning_effort"}
"""Where neutral fields have other names here."""


def read_request(body: bytes, notes: Notes) -> neutral.Request:
    """Reads the body; what has no neutral place is refused or noted."""
    notes.names = NAMES
    source = source_of(body, notes)
    source.need("messages")
    request = neutral.Request(
        tools=[read_tool(tool) for tool in source.objects("tools")],
        tool_choice=read_tool_choice(source),
        parallel_tool_calls=source.flag("parallel_tool_calls"),
        max_tokens=_max_tokens(source),
        temperature=source.number("temperature"),
        top_p=source.number("top_p"),
        top_k=source.integer("top_k"),
        presence_penalty=source.number("presence_penalty") or None,
        frequency_penalty=source.number("frequency_penalty") or None,
        seed=source.integer("seed"),
        stop=source.texts("stop"),
        format=_format(source.inner("response_format")),
        thinking=_thinking(source),
        verbosity=source.text("verbosity"),
        user=_user(source),
        metadata=_metadata(source),
        service_tier=source.text("service_tier"),
        prompt_cache_key=source.text("prompt_cache_key"),
        is_stream=source.flag("stream") or False,
        wants_usage=_wants_usage(source.inner("stream_options")),
    )
    _add_messages(request, source)
    source.take("model")
    source.finish(fields.REQUEST)
    return request


def _add_messages(request: neutral.Request, source: Source) -> None:
    for message in source.objects("messages"):
        role = message.need_text("role")
        if role in ("system", "developer"):
            texts = [part for part in read_content(message) if isinstance(part, neutral.Text)]
            if request.messages:
                request.messages.append(neutral.Message("system", [*texts]))
            else:
                request.system += texts
        elif role == "user":
            request.messages.append(neutral.Message("user", read_content(message)))
        elif role == "assistant":
            request.messages.append(neutral.Message("assistant", _assistant(message)))
        elif role == "tool":
            _add_result(request.messages, message)
        else:
            where = message.where("role")
            raise Untranslatable(f"{where} {role!r} cannot be translated: send results with the role `tool`", where)
        message.finish(fields.MESSAGE)


def _assistant(message: Source) -> list[neutral.Part]:
    parts: list[neutral.Part] = [*read_reasoning(message), *read_content(message)]
    refusal = message.text("refusal")
    if refusal:
        parts.append(neutral.Refusal(refusal))
    return parts + [read_call(call) for call in message.objects("tool_calls")]


def _add_result(messages: list[neutral.Message], message: Source) -> None:
    """Adds a tool's result to the results before it: together they are one turn."""
    content = [part for part in read_content(message) if isinstance(part, (neutral.Text, neutral.Image, neutral.File))]
    result = neutral.ToolResult(message.need_text("tool_call_id"), content)
    last = messages[-1] if messages else None
    if last is not None and last.role == "user" and all(isinstance(part, neutral.ToolResult) for part in last.parts):
        last.parts.append(result)
    else:
        messages.append(neutral.Message("user", [result]))


def _max_tokens(source: Source) -> int | None:
    newer, older = source.integer("max_completion_tokens"), source.integer("max_tokens")
    return older if newer is None else newer


def _format(format: Source | None) -> neutral.Format | None:
    if format is None:
        return None
    kind = format.need_text("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return neutral.Format()
    schema = format.inner("json_schema")
    if kind != "json_schema" or schema is None:
        raise Untranslatable(f"response_format of type {kind!r} cannot be translated", "response_format")
    return neutral.Format(
        schema=schema.mapping("schema") or {"type": "object"},
        name=schema.text("name"),
        description=schema.text("description"),
        is_strict=schema.flag("strict"),
    )


def _thinking(source: Source) -> neutral.Thinking | None:
    effort = source.text("reasoning_effort")
    if effort is None:
        return None
    return neutral.Thinking(is_on=effort != "none", effort=effort)


def _user(source: Source) -> str | None:
    safety, user = source.text("safety_identifier"), source.text("user")
    return safety or user


def _metadata(source: Source) -> dict[str, str]:
    return {name: str(value) for name, value in (source.mapping("metadata") or {}).items()}


def _wants_usage(options: Source | None) -> bool:
    if options is None:
        return False
    wants = options.flag("include_usage") or False
    options.finish(fields.STREAM_OPTIONS)
    return wants
