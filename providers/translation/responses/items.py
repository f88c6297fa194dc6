"""Input items of responses, read: turns, calls, results and reasoning, one after another."""

from providers.translation import neutral, signatures
from providers.translation.notes import Untranslatable
from providers.translation.responses import fields
from providers.translation.responses.parts import read_content
from providers.translation.responses.tools import flat_name
from providers.translation.source import Source

DIALECT = "responses"
_RESULTS = ("function_call_output", "custom_tool_call_output")


def read_input(source: Source) -> tuple[list[neutral.Text], list[neutral.Message]]:
    """Returns the instructions at the start and the turns; items of one speaker are one turn."""
    if isinstance(source.peek("input"), str):
        return [], [neutral.Message("user", [neutral.Text(source.take("input"))])]
    system: list[neutral.Text] = []
    messages: list[neutral.Message] = []
    for item in source.objects("input"):
        read = _item(item)
        if read is None:
            continue
        role, parts = read
        if role == "system" and not messages:
            system += [part for part in parts if isinstance(part, neutral.Text)]
        elif messages and messages[-1].role == role and _is_same_turn(messages[-1].parts, parts):
            messages[-1].parts += parts
        else:
            messages.append(neutral.Message(role, parts))
    return system, messages


def _is_same_turn(before: list[neutral.Part], parts: list[neutral.Part]) -> bool:
    """Results of tools are a turn of their own; whatever else one speaker says in a row belongs together."""
    return all(isinstance(part, neutral.ToolResult) for part in parts) == all(
        isinstance(part, neutral.ToolResult) for part in before
    )


def _item(item: Source) -> tuple[neutral.Role, list[neutral.Part]] | None:
    kind = item.text("type") or "message"
    item.take("id")
    item.take("status")
    read: tuple[neutral.Role, list[neutral.Part]] | None
    if kind == "message":
        read = _message(item)
    elif kind in ("function_call", "custom_tool_call"):
        read = "assistant", [_call(item, kind)]
    elif kind in _RESULTS:
        item.take("name")
        item.take("namespace")
        read = "user", [neutral.ToolResult(item.need_text("call_id"), _output(item))]
    elif kind == "reasoning":
        read = "assistant", [_thought(item)]
    elif kind in fields.HOSTED_CALLS:
        item.notes.warn(f"{kind} items are left out: only their own provider knows them")
        return None
    else:
        raise Untranslatable(f"{item.where('type')} {kind!r} cannot be translated", item.where("type"))
    item.finish(fields.ITEM)
    return read


def _message(item: Source) -> tuple[neutral.Role, list[neutral.Part]]:
    role = item.need_text("role")
    parts = read_content(item, "content")
    if role in ("system", "developer"):
        return "system", parts
    if role not in ("user", "assistant"):
        raise Untranslatable(f"{item.where('role')} {role!r} is not known", item.where("role"))
    return ("user" if role == "user" else "assistant"), parts


def _call(item: Source, kind: str) -> neutral.ToolCall:
    is_custom = kind == "custom_tool_call"
    return neutral.ToolCall(
        id=item.need_text("call_id"),
        name=flat_name(item.need_text("name"), item.text("namespace")),
        arguments=(item.text("input") if is_custom else item.text("arguments")) or "",
        is_custom=is_custom,
    )


def _output(item: Source) -> list[neutral.Text | neutral.Image | neutral.File]:
    parts = read_content(item, "output")
    return [part for part in parts if isinstance(part, (neutral.Text, neutral.Image, neutral.File))]


def _thought(item: Source) -> neutral.Thought:
    words = [piece.need_text("text") for name in ("summary", "content") for piece in item.objects(name)]
    sealed = item.text("encrypted_content")
    # The id was taken with those of all items; the sealed form alone is what proves the reasoning.
    return neutral.Thought("\n\n".join(words), signatures.read(sealed, DIALECT) if sealed else None)
