"""Parts of content in chat completions, read and written."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.cache_marks import read_mark
from providers.translation.chat_completions import fields
from providers.translation.media import data_url, media_type_of, split_data_url
from providers.translation.notes import Untranslatable
from providers.translation.source import Source

_EXTENSIONS = {"application/pdf": "pdf", "text/plain": "txt", "text/csv": "csv", "text/markdown": "md"}


def read_content(message: Source) -> list[neutral.Part]:
    """Reads content that is a text or a list of parts."""
    if isinstance(message.peek("content"), str):
        return [neutral.Text(message.take("content"))]
    return [_part(part) for part in message.objects("content")]


def _part(part: Source) -> neutral.Part:
    kind, mark = part.need_text("type"), read_mark(part)
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
    if mark is not None and isinstance(read, (neutral.Text, neutral.Image, neutral.File)):
        read.cache = mark
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


def write_content(parts: list[neutral.Part]) -> str | list[JsonObject]:
    """Writes what the user says."""
    if len(parts) == 1 and isinstance(parts[0], neutral.Text):
        return parts[0].text
    return [_written(part) for part in parts]


def _written(part: neutral.Part) -> JsonObject:
    if isinstance(part, neutral.Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, neutral.Image):
        return _written_image(part)
    if isinstance(part, neutral.File):
        return _written_file(part)
    if isinstance(part, neutral.Audio):
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}}
    raise Untranslatable(f"a {type(part).__name__} of the user's has no place in chat completions")


def _written_image(image: neutral.Image) -> JsonObject:
    url = image.url if image.data is None else data_url(image.media_type or "image/png", image.data)
    if url is None:
        raise Untranslatable("images by file id have no place in chat completions: send them as base64 or by URL")
    written = {"url": url}
    if image.detail is not None:
        written["detail"] = image.detail
    return {"type": "image_url", "image_url": written}


def _written_file(file: neutral.File) -> JsonObject:
    if file.text is not None:
        head = f"{file.name}:\n" if file.name else ""
        return {"type": "text", "text": head + file.text}
    if file.data is not None:
        media_type = file.media_type or "application/pdf"
        name = file.name or f"document.{_EXTENSIONS.get(media_type, 'bin')}"
        return {"type": "file", "file": {"filename": name, "file_data": data_url(media_type, file.data)}}
    raise Untranslatable("documents by URL or file id have no place in chat completions: send them as base64")
