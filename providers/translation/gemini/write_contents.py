"""Writes turns as Gemini's contents."""

from providers.facts import JsonObject
from providers.lenient import decode_object
from providers.translation import neutral
from providers.translation.custom_tools import arguments_of
from providers.translation.gemini.read_contents import DIALECT
from providers.translation.gemini.thinking import generation
from providers.translation.media import media_type_of
from providers.translation.notes import Notes, Untranslatable

_NO_SIGNATURE = "skip_thought_signature_validator"
"""What Google wants in the place of a signature where another model made the call
(ai.google.dev/gemini-api/docs/thought-signatures)."""
_AUDIO = {"wav": "audio/wav", "mp3": "audio/mp3"}


def write_contents(messages: list[neutral.Message], model: str, notes: Notes) -> list[JsonObject]:
    """Returns the contents, each speaker's turns in one."""
    names = {part.id: part.name for message in messages for part in message.parts if isinstance(part, neutral.ToolCall)}
    contents: list[JsonObject] = []
    for message in messages:
        if message.role == "system":
            continue
        if message.role == "assistant":
            parts = _model_parts(message.parts, model, notes)
        else:
            parts = [written for part in message.parts for written in _user_parts(part, names)]
        role = "model" if message.role == "assistant" else "user"
        if not parts:
            continue
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": role, "parts": parts})
    return contents


def _model_parts(parts: list[neutral.Part], model: str, notes: Notes) -> list[JsonObject]:
    """Writes what the model said; a signature without words belongs to the part after it."""
    written: list[JsonObject] = []
    signature: str | None = None
    for part in parts:
        if isinstance(part, neutral.Thought):
            signature = _signature(part, notes) or signature
            continue
        spoken = _user_parts(part, {}) if not isinstance(part, neutral.ToolCall) else [_call(part)]
        if spoken and signature is not None:
            spoken[0]["thoughtSignature"] = signature
            signature = None
        written += spoken
    if signature is not None:
        written.append({"text": "", "thoughtSignature": signature})
    calls = [part for part in written if "functionCall" in part]
    if calls and generation(model) >= 3 and not any("thoughtSignature" in part for part in written):
        calls[0]["thoughtSignature"] = _NO_SIGNATURE
    return written


def _signature(thought: neutral.Thought, notes: Notes) -> str | None:
    if thought.signature is not None and thought.signature.origin == DIALECT:
        return thought.signature.value
    notes.warn("reasoning of earlier turns is left out where Google's own signature does not prove it")
    return None


def _call(call: neutral.ToolCall) -> JsonObject:
    arguments = arguments_of(call)
    return {"functionCall": {"name": call.name, "args": arguments}}


def _user_parts(part: neutral.Part, names: dict[str, str]) -> list[JsonObject]:
    if isinstance(part, (neutral.Text, neutral.Refusal)):
        return [{"text": part.text}] if part.text else []
    if isinstance(part, neutral.ToolResult):
        return _result(part, names)
    if isinstance(part, neutral.Image):
        return [_media(part.data, part.url, part.media_type or "image/png")]
    if isinstance(part, neutral.Audio):
        return [_media(part.data, None, _AUDIO.get(part.format, f"audio/{part.format}"))]
    if isinstance(part, neutral.File):
        if part.text is not None:
            head = f"{part.name}:\n" if part.name else ""
            return [{"text": head + part.text}]
        media_type = part.media_type or media_type_of(part.name) or "application/pdf"
        return [_media(part.data, part.url, media_type)]
    raise Untranslatable(f"a {type(part).__name__} has no place in Gemini's contents")


def _media(data: str | None, url: str | None, media_type: str) -> JsonObject:
    if data is not None:
        return {"inlineData": {"mimeType": media_type, "data": data}}
    if url is not None:
        return {"fileData": {"mimeType": media_type, "fileUri": url}}
    raise Untranslatable("a file by id belongs to the provider that stored it: send base64 or a URL")


def _result(result: neutral.ToolResult, names: dict[str, str]) -> list[JsonObject]:
    name = names.get(result.call_id)
    if name is None:
        raise Untranslatable(f"the tool result for {result.call_id!r} answers no call in the conversation")
    said = "\n".join(part.text for part in result.content if isinstance(part, neutral.Text))
    response = decode_object(said) if said.lstrip()[:1] == "{" else {}
    if result.is_error or not response:
        response = {"error" if result.is_error else "output": said}
    shown = [
        written for part in result.content if not isinstance(part, neutral.Text) for written in _user_parts(part, {})
    ]
    return [{"functionResponse": {"name": name, "response": response}}, *shown]
