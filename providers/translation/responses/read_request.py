"""Reads a responses request into the neutral one."""

from providers.translation import neutral
from providers.translation.notes import Notes, Untranslatable
from providers.translation.responses import fields
from providers.translation.responses.items import read_input
from providers.translation.responses.tools import read_tool_choice, read_tools
from providers.translation.source import Source, source_of

NAMES = {
    "messages": "input",
    "format": "text.format",
    "thinking": "reasoning",
    "max_tokens": "max_output_tokens",
    "verbosity": "text.verbosity",
}
"""Where neutral fields have other names here."""


def read_request(body: bytes, notes: Notes) -> neutral.Request:
    """Reads the body; what has no neutral place is refused or noted."""
    notes.names = NAMES
    source = source_of(body, notes)
    if source.peek("prompt") is None:  # Else that is what is refused.
        source.need("input")
    instructions = source.text("instructions")
    system, messages = read_input(source)
    if instructions:
        system.insert(0, neutral.Text(instructions))
    text = source.inner("text")
    safety, user = source.text("safety_identifier"), source.text("user")
    request = neutral.Request(
        system=system,
        messages=messages,
        tools=read_tools(source),
        tool_choice=read_tool_choice(source),
        parallel_tool_calls=source.flag("parallel_tool_calls"),
        max_tokens=source.integer("max_output_tokens"),
        temperature=source.number("temperature"),
        top_p=source.number("top_p"),
        format=_format(text.inner("format")) if text is not None else None,
        verbosity=text.text("verbosity") if text is not None else None,
        thinking=_thinking(source.inner("reasoning")),
        user=safety or user,
        metadata={name: str(value) for name, value in (source.mapping("metadata") or {}).items()},
        service_tier=source.text("service_tier"),
        prompt_cache_key=source.text("prompt_cache_key"),
        is_stream=source.flag("stream") or False,
    )
    if text is not None:
        text.finish()
    _check_include(source)
    options = source.inner("stream_options")
    if options is not None:
        options.finish(fields.STREAM_OPTIONS)
    source.take("model")
    source.finish(fields.REQUEST)
    return request


def _format(format: Source | None) -> neutral.Format | None:
    if format is None:
        return None
    kind = format.need_text("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return neutral.Format()
    if kind != "json_schema":
        raise Untranslatable(f"{format.where('type')} {kind!r} cannot be translated", format.where("type"))
    return neutral.Format(
        schema=format.mapping("schema") or {"type": "object"},
        name=format.text("name"),
        description=format.text("description"),
        is_strict=format.flag("strict"),
    )


def _thinking(reasoning: Source | None) -> neutral.Thinking | None:
    if reasoning is None:
        return None
    effort = reasoning.text("effort")
    newer, older = reasoning.text("summary"), reasoning.text("generate_summary")
    reasoning.finish(fields.REASONING)
    if effort is None and newer is None and older is None:
        return None
    return neutral.Thinking(is_on=effort != "none", effort=effort, is_shown=(newer or older) is not None)


def _check_include(source: Source) -> None:
    for included in source.texts("include"):
        if included == "message.output_text.logprobs":
            raise Untranslatable("include: other dialects do not report probabilities", "include")
        if included != "reasoning.encrypted_content":
            source.notes.warn(f"include: {included} is left out: other providers run no tools of their own here")
