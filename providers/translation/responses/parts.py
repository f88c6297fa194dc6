"""Parts of content in responses, read and written."""

from providers.facts import JsonObject
from providers.translation import neutral
from providers.translation.media import data_url, media_type_of, split_data_url
from providers.translation.notes import Untranslatable
from providers.translation.responses import fields
from providers.translation.source import Source

_TEXTS = ("input_text", "output_text", "text", "summary_text")
_EXTENSIONS = {"application/pdf": "pdf", "text/plain": "txt", "text/csv": "csv", "text/markdown": "md"}


def read_content(item: Source, name: str) -> list[neutral.Part]:
    """Reads content that is a text or a list of parts."""
    if isinstance(item.peek(name), str):
        return [neutral.Text(item.take(name))]
    return [_part(part) for part in item.objects(name)]


def _part(part: Source) -> neutral.Part:
    kind = part.need_text("type")
    read: neutral.Part
    if kind in _TEXTS:
        read = neutral.Text(part.need_text("text"))
    elif kind == "refusal":
        read = neutral.Refusal(part.need_text("refusal"))
    elif kind == "input_image":
        read = _image(part)
    elif kind == "input_file":
        read = _file(part)
    elif kind == "input_audio":
        audio = part.inner("input_audio") or part
        read = neutral.Audio(audio.need_text("data"), audio.need_text("format"))
    else:
        raise Untranslatable(f"{part.where('type')} {kind!r} cannot be translated", part.where("type"))
    part.finish(fields.PART)
    return read


def _image(part: Source) -> neutral.Image:
    url, detail, file_id = part.text("image_url"), part.text("detail"), part.text("file_id")
    detail = None if detail == "auto" else detail
    if url is None:
        return neutral.Image(file_id=file_id, detail=detail)
    inline = split_data_url(url)
    if inline is not None:
        return neutral.Image(media_type=inline[0], data=inline[1], detail=detail)
    return neutral.Image(media_type=media_type_of(url), url=url, detail=detail)


def _file(part: Source) -> neutral.File:
    name, data = part.text("filename"), part.text("file_data")
    url, file_id = part.text("file_url"), part.text("file_id")
    if data is None:
        media_type = media_type_of(name) or media_type_of(url)
        return neutral.File(media_type=media_type, url=url, file_id=file_id, name=name)
    media_type, base64 = split_data_url(data) or (media_type_of(name) or "application/pdf", data)
    return neutral.File(media_type=media_type, data=base64, name=name)


def write_part(part: neutral.Part) -> JsonObject:
    """Writes a part of what the user, or a tool, says."""
    if isinstance(part, (neutral.Text, neutral.Refusal)):
        return {"type": "input_text", "text": part.text}
    if isinstance(part, neutral.Image):
        url = part.url if part.data is None else data_url(part.media_type or "image/png", part.data)
        if url is None:
            raise Untranslatable("an image by file id belongs to the provider that stored it: send base64 or a URL")
        return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
    if isinstance(part, neutral.File):
        return _written_file(part)
    if isinstance(part, neutral.Audio):
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}}
    raise Untranslatable(f"a {type(part).__name__} of the user's has no place in responses")


def _written_file(file: neutral.File) -> JsonObject:
    if file.text is not None:
        head = f"{file.name}:\n" if file.name else ""
        return {"type": "input_text", "text": head + file.text}
    if file.data is not None:
        media_type = file.media_type or "application/pdf"
        name = file.name or f"document.{_EXTENSIONS.get(media_type, 'bin')}"
        return {"type": "input_file", "filename": name, "file_data": data_url(media_type, file.data)}
    if file.url is not None:
        return {"type": "input_file", "file_url": file.url}
    raise Untranslatable("a document by file id belongs to the provider that stored it: send base64 or a URL")
