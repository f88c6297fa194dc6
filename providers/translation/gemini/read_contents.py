"""Reads Gemini's contents into turns; its calls have no ids, so they get some, always the same."""

import msgspec

from providers.lenient import text
from providers.translation import neutral, signatures
from providers.translation.gemini import fields
from providers.translation.gemini.joining import joined
from providers.translation.ids import made
from providers.translation.notes import Untranslatable
from providers.translation.source import Source

DIALECT = "gemini"
_AUDIO = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mp3": "mp3", "audio/mpeg": "mp3"}


def texts_of(source: Source, name: str) -> list[neutral.Text]:
    """Reads a content that is only words, or the bare text that stands for it."""
    if isinstance(source.peek(name), str):
        return [neutral.Text(source.take(name))]
    content = source.inner(name)
    if content is None:
        return []
    content.take("role")
    read = [neutral.Text(part.need_text("text")) for part in content.objects("parts")]
    content.finish()
    return read


def read_contents(source: Source) -> list[neutral.Message]:
    """Reads all turns."""
    if isinstance(source.peek("contents"), str):
        return [neutral.Message("user", [neutral.Text(source.take("contents"))])]
    calls = _Calls()
    if isinstance(source.peek("contents"), dict):
        content = source.inner("contents")
        return [] if content is None else [_message(content, calls)]
    return [_message(content, calls) for content in source.objects("contents")]


class _Calls:
    """Joins results to calls: by id where there is one, else the first unanswered call of the name."""

    def __init__(self) -> None:
        self._unanswered: list[tuple[str, str]] = []
        self._number = 0

    def add(self, id: str | None, name: str) -> str:
        id = id or made("gemini", self._number, name)
        self._number += 1
        self._unanswered.append((id, name))
        return id

    def answered(self, id: str | None, name: str) -> str | None:
        for i, (known, its_name) in enumerate(self._unanswered):
            if known == id or (id is None and its_name == name):
                del self._unanswered[i]
                return known
        return id


def _message(content: Source, calls: _Calls) -> neutral.Message:
    role = content.text("role") or "user"
    if role not in ("user", "model", "function"):
        raise Untranslatable(f"{content.where('role')} {role!r} is not known", content.where("role"))
    parts = [read for part in content.objects("parts") for read in _parts(part, calls)]
    content.finish()
    return neutral.Message("assistant", joined(parts)) if role == "model" else neutral.Message("user", parts)


def _parts(part: Source, calls: _Calls) -> list[neutral.Part]:
    is_thought, sealed = part.flag("thought"), part.text("thoughtSignature")
    signature = signatures.read(sealed, DIALECT) if sealed else None
    words = part.text("text")
    read: neutral.Part | None
    if words is not None:
        if is_thought:
            part.finish(fields.PART)
            return [neutral.Thought(words, signature)]
        read = neutral.Text(words) if words else None
    elif part.peek("inlineData") is not None:
        read = _inline(part.inner("inlineData") or part)
    elif part.peek("fileData") is not None:
        read = _file(part.inner("fileData") or part)
    elif part.peek("functionCall") is not None:
        read = _call(part.inner("functionCall") or part, calls)
    elif part.peek("functionResponse") is not None:
        read = _result(part.inner("functionResponse") or part, calls)
    else:
        raise Untranslatable(f"{part.path} cannot be translated: {', '.join(part.rest()) or 'it is empty'}", part.path)
    part.finish(fields.PART)
    thought: list[neutral.Part] = [neutral.Thought(signature=signature)] if signature is not None else []
    return thought if read is None else [*thought, read]


def _inline(blob: Source) -> neutral.Image | neutral.Audio | neutral.File:
    media_type, data, name = blob.need_text("mimeType"), blob.need_text("data"), blob.text("displayName")
    # Google's SDKs write base64 with the alphabet of URLs.
    data = data.replace("-", "+").replace("_", "/")
    blob.finish()
    if media_type.startswith("image/"):
        return neutral.Image(media_type=media_type, data=data)
    if media_type.startswith("audio/"):
        if media_type not in _AUDIO:
            raise Untranslatable(f"{blob.where('mimeType')} {media_type!r} cannot be translated: send wav or mp3")
        return neutral.Audio(data, _AUDIO[media_type])
    return neutral.File(media_type=media_type, data=data, name=name)


def _file(file: Source) -> neutral.Image | neutral.File:
    url, media_type, name = file.need_text("fileUri"), file.text("mimeType"), file.text("displayName")
    file.finish()
    if not url.startswith("https://") or "generativelanguage.googleapis.com" in url:
        raise Untranslatable(f"{file.where('fileUri')} is stored at Google: send base64 or a public URL")
    if media_type is not None and media_type.startswith("image/"):
        return neutral.Image(media_type=media_type, url=url)
    return neutral.File(media_type=media_type, url=url, name=name)


def _call(call: Source, calls: _Calls) -> neutral.ToolCall:
    name = call.need_text("name")
    arguments = msgspec.json.encode(call.mapping("args") or {}).decode()
    read = neutral.ToolCall(calls.add(call.text("id"), name), name, arguments)
    call.finish()
    return read


def _result(result: Source, calls: _Calls) -> neutral.ToolResult:
    name = result.need_text("name")
    call_id = calls.answered(result.text("id"), name)
    if call_id is None:
        raise Untranslatable(f"{result.path} answers no call of {name!r}", result.path)
    response = result.mapping("response") or {}
    said = next((text(response.get(word)) for word in ("output", "result", "error") if set(response) == {word}), None)
    content: list[neutral.Text | neutral.Image | neutral.File] = [
        neutral.Text(said if said is not None else msgspec.json.encode(response).decode())
    ]
    for part in result.objects("parts"):
        shown = _inline(part.inner("inlineData") or part)
        if not isinstance(shown, neutral.Audio):
            content.append(shown)
    result.finish()
    return neutral.ToolResult(call_id, content, is_error=set(response) == {"error"})
