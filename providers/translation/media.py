"""Bytes in JSON: base64 on its own, or packed into a `data:` URL."""

import base64
import binascii


def data_url(media_type: str, data: str) -> str:
    return f"data:{media_type};base64,{data}"


def split_data_url(url: str) -> tuple[str, str] | None:
    """Returns the media type and the base64 of a `data:` URL; None if it is another kind of URL."""
    if not url.startswith("data:"):
        return None
    head, comma, data = url[5:].partition(",")
    if not comma or not head.endswith(";base64"):
        return None
    return head.removesuffix(";base64").partition(";")[0] or "application/octet-stream", data


def words_in(media_type: str, data: str) -> str | None:
    """Returns what is written in a file of text; None if it is another kind of file."""
    if not media_type.startswith("text/") and media_type != "application/json":
        return None
    try:
        return base64.b64decode(data).decode()
    except (binascii.Error, ValueError):
        return None


_EXTENSIONS = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


def media_type_of(name: str | None) -> str | None:
    """Guesses the media type from how a file's name or URL ends."""
    return _EXTENSIONS.get((name or "").partition("?")[0].rpartition(".")[2].lower())
