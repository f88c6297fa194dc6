"""Files as OpenAI keeps them: uploaded as forms, listed, read again and deleted."""

import time
import zlib
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import msgspec

from weir.upstream.exchange import NotThere, Question, Reply


def files(question: Question) -> Reply:
    """Takes a file, or lists those there are."""
    if question.method == "POST":
        return _json(_keep(question))
    listed = [_told(file) for file in question.kept.files.values()]
    ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"]} if listed else {}
    return _json({"object": "list", "data": listed, "has_more": False, **ends})


def file(question: Question) -> Reply:
    """Tells of one file, or deletes it."""
    known = _find(question)
    if question.method != "DELETE":
        return _json(_told(known))
    del question.kept.files[known["id"]]
    return _json({"id": known["id"], "object": "file", "deleted": True})


def file_content(question: Question) -> Reply:
    """Returns the bytes of a file."""
    return Reply(_find(question)["content"], b"application/octet-stream")


def _keep(question: Question) -> dict[str, Any]:
    content, name, purpose = b"", "file", "user_data"
    head = b"content-type: " + question.header(b"content-type") + b"\r\n\r\n"
    for part in BytesParser(policy=HTTP).parsebytes(head + question.body).iter_parts():
        payload = part.get_payload(decode=True)
        value = payload if isinstance(payload, bytes) else b""
        field = part.get_param("name", header="content-disposition")
        if field == "file":
            content, name = value, part.get_filename() or name
        elif field == "purpose":
            purpose = value.decode("utf-8", "replace")
    id = f"file-{zlib.crc32(question.body):08x}{len(question.kept.files):04x}"
    kept = {
        "id": id,
        "object": "file",
        "bytes": len(content),
        "created_at": int(time.time()),
        "filename": name,
        "purpose": purpose,
        "status": "processed",
        "content": content,
    }
    question.kept.files[id] = kept
    return _told(kept)


def _find(question: Question) -> dict[str, Any]:
    known: dict[str, Any] | None = question.kept.files.get(question.route.id)
    if known is None:
        raise NotThere(f"No such File object: {question.route.id}")
    return known


def _told(file: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in file.items() if name != "content"}


def _json(value: Any) -> Reply:
    return Reply(msgspec.json.encode(value))
