"""Reads a messages request into the neutral one."""

import msgspec

from providers.translation import neutral
from providers.translation.cache_marks import read_mark
from providers.translation.messages import fields
from providers.translation.messages.blocks import read_block
from providers.translation.notes import Notes, Untranslatable
from providers.translation.source import Source, source_of

NAMES = {
    "format": "output_config.format",
    "stop": "stop_sequences",
    "user": "metadata.user_id",
    "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
}
"""Where neutral fields have other names here."""


def read_request(body: bytes, notes: Notes) -> neutral.Request:
    """Reads the body; what has no neutral place is refused or noted."""
    notes.names = NAMES
    source = source_of(body, notes)
    source.need("messages")
    choice, is_parallel = _tool_choice(source.inner("tool_choice"))
    config = source.inner("output_config")
    effort = config.text("effort") if config is not None else None
    request = neutral.Request(
        system=_texts(source, "system"),
        messages=[_message(message) for message in source.objects("messages")],
        tools=[_tool(tool) for tool in source.objects("tools")],
        tool_choice=choice,
        parallel_tool_calls=is_parallel,
        max_tokens=source.integer("max_tokens"),
        temperature=source.number("temperature"),
        top_p=source.number("top_p"),
        top_k=source.integer("top_k"),
        stop=source.texts("stop_sequences"),
        format=_format(source.inner("output_format") or (config and config.inner("format"))),
        thinking=_thinking(source.inner("thinking"), effort),
        user=_user(source.inner("metadata")),
        service_tier=_service_tier(source),
        is_stream=source.flag("stream") or False,
    )
    if config is not None:
        config.finish()
    source.take("model")
    source.finish(fields.REQUEST)
    return request


def _message(message: Source) -> neutral.Message:
    role = message.need_text("role")
    if role not in ("user", "assistant", "system"):
        raise Untranslatable(f"{message.where('role')} {role!r} is not known", message.where("role"))
    if isinstance(message.peek("content"), str):
        parts: list[neutral.Part] = [neutral.Text(message.take("content"))]
    else:
        parts = [read_block(block) for block in message.objects("content")]
    message.finish()
    return neutral.Message(role, parts)  # type: ignore[arg-type]


def _texts(source: Source, name: str) -> list[neutral.Text]:
    if isinstance(source.peek(name), str):
        return [neutral.Text(source.take(name))]
    return [block for block in map(read_block, source.objects(name)) if isinstance(block, neutral.Text)]


def _tool(tool: Source) -> neutral.Tool:
    kind = tool.text("type")
    if kind not in (None, "custom"):
        where = tool.where("type")
        raise Untranslatable(f"{where} {kind!r} cannot be translated: only the provider's own models have it", where)
    read = neutral.Tool(
        name=tool.need_text("name"),
        description=tool.text("description"),
        schema=tool.mapping("input_schema"),
        is_strict=tool.flag("strict"),
        cache=read_mark(tool),
    )
    tool.finish(fields.TOOL)
    return read


def _tool_choice(choice: Source | None) -> tuple[neutral.ToolChoice | None, bool | None]:
    if choice is None:
        return None, None
    kind, name = choice.need_text("type"), choice.text("name")
    is_parallel = False if choice.flag("disable_parallel_tool_use") else None
    choice.finish()
    if kind == "tool" and name is not None:
        return neutral.ToolChoice("required", [name]), is_parallel
    if kind == "none":
        return neutral.ToolChoice("none"), is_parallel
    return neutral.ToolChoice("required" if kind == "any" else "auto"), is_parallel


def _format(format: Source | None) -> neutral.Format | None:
    if format is None:
        return None
    kind = format.need_text("type")
    if kind != "json_schema":
        raise Untranslatable(f"{format.where('type')} {kind!r} cannot be translated", format.where("type"))
    return neutral.Format(schema=format.mapping("schema") or {"type": "object"}, is_strict=True)


def _thinking(thinking: Source | None, effort: str | None) -> neutral.Thinking | None:
    if thinking is None:
        return neutral.Thinking(effort=effort) if effort is not None else None
    kind = thinking.need_text("type")
    is_shown = thinking.text("display") != "omitted"
    budget = thinking.integer("budget_tokens")
    thinking.finish()
    if kind == "disabled":
        return neutral.Thinking(is_on=False, effort=effort)
    return neutral.Thinking(is_on=True, effort=effort, budget_tokens=budget, is_shown=is_shown)


def _user(metadata: Source | None) -> str | None:
    if metadata is None:
        return None
    user = metadata.take("user_id")
    metadata.finish()
    # Newer agents pack an object into it.
    return user if user is None or isinstance(user, str) else msgspec.json.encode(user).decode()


def _service_tier(source: Source) -> str | None:
    tier = source.text("service_tier")
    return "default" if tier == "standard_only" else tier
