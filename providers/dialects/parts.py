"""Content is a text or a list of typed parts; this reads either, as all three dialects write them."""

from collections.abc import Mapping
from typing import Any

from providers.facts import Image
from providers.lenient import text

# Tuples and not sets: what a provider sends as a kind may be a list, which has no hash.
_TEXT_KINDS = ("text", "input_text", "output_text", "summary_text", "reasoning_text")
_IMAGE_KINDS = ("image_url", "input_image", "image")


def parts_of(content: object) -> list[Mapping[str, Any]]:
    """Returns content as a list of parts, whatever it was; a text is one part."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    if isinstance(content, dict):
        return [content]
    if not isinstance(content, list):
        return []
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    return [part for part in parts if isinstance(part, dict)]


def text_of(content: object) -> str:
    """Returns the text of content; what is no text has no place in it."""
    said = [part.get("text") or part.get("refusal") for part in parts_of(content) if _is_text(part)]
    return "\n".join(piece for piece in said if isinstance(piece, str))


def readable(content: object) -> str:
    """Returns the text of content, with a line in brackets where a file or a sound was."""
    if isinstance(content, str):
        return content
    lines = []
    for part in parts_of(content):
        if _is_text(part):
            lines.append(text(part.get("text")) or text(part.get("refusal")) or "")
        elif (attachment := _attachment(part)) is not None:
            lines.append(attachment)
    return "\n".join(line for line in lines if line)


def images_of(content: object) -> list[Image]:
    """Returns a placeholder for every image in content."""
    return [_image(part) for part in parts_of(content) if part.get("type") in _IMAGE_KINDS]


def _is_text(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return kind in _TEXT_KINDS or kind == "refusal" or (kind is None and "text" in part)


def _image(part: Mapping[str, Any]) -> Image:
    source = part.get("source")
    if isinstance(source, Mapping):  # messages
        return Image(
            media_type=text(source.get("media_type")), url=text(source.get("url")) or text(source.get("file_id"))
        )
    url = part.get("image_url")
    if isinstance(url, Mapping):  # chat completions
        url = url.get("url")
    url = text(url) or text(part.get("file_id"))
    if url is not None and url.startswith("data:"):
        return Image(media_type=text(url[5:100].partition(",")[0].partition(";")[0]))
    return Image(url=url)


def _attachment(part: Mapping[str, Any]) -> str | None:
    kind = part.get("type")
    if kind in ("input_audio", "audio"):
        audio = part.get("input_audio")
        format = text(audio.get("format")) if isinstance(audio, Mapping) else None
        return f"[audio {format}]" if format else "[audio]"
    if kind in ("file", "input_file", "document"):
        file = part.get("file") if isinstance(part.get("file"), Mapping) else part
        name = text(file.get("filename")) or text(file.get("title")) or text(file.get("file_id"))  # type: ignore[union-attr]
        return f"[file {name}]" if name else "[file]"
    return None
