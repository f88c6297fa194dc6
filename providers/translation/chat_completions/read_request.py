"""Reads a chat completions request into the neutral one."""

from providers.lenient import mapping
from providers.translation import neutral
from providers.translation.chat_completions import fields
from providers.translation.chat_completions.reasoning import read_reasoning
from providers.translation.media import media_type_of, split_data_url
from providers.translation.notes import Notes, Untranslatable
from providers.translation.source import Source, source_of

NAMES = {"format": "response_format", "thinking": "reasoning_effort"}
"""Where neutral fields have other names here."""


def read_request(body: bytes, notes: Notes) -> neutral.Request:
    """Reads the body; what has no neutral place is refused or noted."""
    notes.names = NAMES
    source = source_of(body, notes)
    request = neutral.Request(
        tools=[_tool(tool) for tool in source.objects("tools")],
        tool_choice=_tool_choice(source),
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
            texts = [neutral.Text(part.text) for part in _content(message) if isinstance(part, neutral.Text)]
            if request.messages:
                request.messages.append(neutral.Message("system", [*texts]))
            else:
                request.system += texts
        elif role == "user":
            request.messages.append(neutral.Message("user", _content(message)))
        elif role == "assistant":
            request.messages.append(neutral.Message("assistant", _assistant(message)))
        elif role == "tool":
            _add_result(request.messages, message)
        else:
            where = message.where("role")
            raise Untranslatable(f"{where} {role!r} cannot be translated: send results with the role `tool`", where)
        message.finish(fields.MESSAGE)


def _assistant(message: Source) -> list[neutral.Part]:
    parts: list[neutral.Part] = [*read_reasoning(message), *_content(message)]
    refusal = message.text("refusal")
    if refusal:
        parts.append(neutral.Refusal(refusal))
    return parts + [_tool_call(call) for call in message.objects("tool_calls")]


def _add_result(messages: list[neutral.Message], message: Source) -> None:
    """Adds a tool's result to the results before it: together they are one turn."""
    content = [part for part in _content(message) if isinstance(part, (neutral.Text, neutral.Image, neutral.File))]
    result = neutral.ToolResult(message.need_text("tool_call_id"), content)
    last = messages[-1] if messages else None
    if last is not None and last.role == "user" and all(isinstance(part, neutral.ToolResult) for part in last.parts):
        last.parts.append(result)
    else:
        messages.append(neutral.Message("user", [result]))


def _tool_call(call: Source) -> neutral.ToolCall:
    kind = call.text("type") or "function"
    function = call.inner("custom" if kind == "custom" else "function")
    call.take("index")
    if function is None:
        raise Untranslatable(f"{call.where('function')} is missing", call.where("function"))
    read = neutral.ToolCall(
        id=call.need_text("id"),
        name=function.need_text("name"),
        arguments=(function.text("input") if kind == "custom" else function.text("arguments")) or "",
        is_custom=kind == "custom",
    )
    function.finish()
    call.finish()
    return read


def _content(message: Source) -> list[neutral.Part]:
    if isinstance(message.peek("content"), str):
        return [neutral.Text(message.take("content"))]
    return [_part(part) for part in message.objects("content")]


def _part(part: Source) -> neutral.Part:
    kind = part.need_text("type")
    read: neutral.Part
    if kind == "text":
        read = neutral.Text(part.need_text("text"))
    elif kind == "refusal":
        read = neutral.Refusal(part.need_text("refusal"))
    elif kind == "image_url":
        read = _image(part)
    elif kind == "file":
        read = _file(part)
    elif kind == "input_audio":
        audio = part.inner("input_audio") or part
        read = neutral.Audio(audio.need_text("data"), audio.need_text("format"))
    else:
        raise Untranslatable(f"{part.where('type')} {kind!r} cannot be translated", part.where("type"))
    part.finish(fields.PART)
    return read


def _image(part: Source) -> neutral.Image:
    if isinstance(part.peek("image_url"), str):
        url, detail = part.need_text("image_url"), None
    else:
        image = part.inner("image_url") or part
        url, detail = image.need_text("url"), image.text("detail")
    inline = split_data_url(url)
    if inline is not None:
        return neutral.Image(media_type=inline[0], data=inline[1], detail=detail)
    return neutral.Image(media_type=media_type_of(url), url=url, detail=detail)


def _file(part: Source) -> neutral.File:
    file = part.inner("file") or part
    name, data, file_id = file.text("filename"), file.text("file_data"), file.text("file_id")
    if data is None:
        if file_id is None:
            raise Untranslatable(f"{file.where('file_data')} is missing", file.where("file_data"))
        return neutral.File(file_id=file_id, name=name)
    media_type, base64 = split_data_url(data) or (media_type_of(name) or "application/pdf", data)
    return neutral.File(media_type=media_type, data=base64, name=name)


def _tool(tool: Source) -> neutral.Tool:
    kind = tool.text("type") or "function"
    if kind not in ("function", "custom"):
        raise Untranslatable(f"{tool.where('type')} {kind!r} cannot be translated", tool.where("type"))
    function = tool.inner(kind)
    if function is None:
        raise Untranslatable(f"{tool.where(kind)} is missing", tool.where(kind))
    grammar = mapping(function.take("format")).get("grammar") if kind == "custom" else None
    read = neutral.Tool(
        name=function.need_text("name"),
        description=function.text("description"),
        schema=function.mapping("parameters"),
        is_strict=function.flag("strict"),
        is_custom=kind == "custom",
        grammar=mapping(grammar) or None,
    )
    function.finish()
    tool.finish(fields.PART)
    return read


def _tool_choice(source: Source) -> neutral.ToolChoice | None:
    if isinstance(source.peek("tool_choice"), str):
        word = source.need_text("tool_choice")
        if word == "none":
            return neutral.ToolChoice("none")
        return neutral.ToolChoice("required" if word in ("required", "any") else "auto")
    choice = source.inner("tool_choice")
    if choice is None:
        return None
    kind = choice.need_text("type")
    if kind in ("function", "custom"):
        return neutral.ToolChoice("required", [(choice.inner(kind) or choice).need_text("name")])
    allowed = choice.inner("allowed_tools")
    if allowed is None:
        raise Untranslatable(f"tool_choice of type {kind!r} cannot be translated", "tool_choice")
    names = [
        (tool.inner(tool.text("type") or "function") or tool).need_text("name") for tool in allowed.objects("tools")
    ]
    return neutral.ToolChoice("required" if allowed.text("mode") == "required" else "auto", names)


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
