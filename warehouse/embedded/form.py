"""Reads a multipart form: fields of text, and files that become temporary tables of one query."""

from dataclasses import dataclass
from email.message import Message

from warehouse.embedded.errors import refusal


@dataclass(frozen=True)
class Form:
    """The parts of a form, by name."""

    fields: dict[str, str]
    files: dict[str, bytes]


def read_form(content_type: str, body: bytes) -> Form:
    """Cuts the body at its boundary; raises EngineError if it is no form."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str):
        raise refusal(36, "BAD_ARGUMENTS", "The multipart form has no boundary.")
    form = Form({}, {})
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        disposition = Message()
        for line in head.decode(errors="replace").splitlines():
            header_name, _, value = line.partition(":")
            if header_name.strip().lower() == "content-disposition":
                disposition["content-disposition"] = value.strip()
        name = disposition.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise refusal(36, "BAD_ARGUMENTS", "A part of the multipart form has no name.")
        if disposition.get_param("filename", header="content-disposition") is None:
            form.fields[name] = content.decode()
        else:
            form.files[name] = content
    return form
