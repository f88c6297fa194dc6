"""The model in a request's body: read where no dialect does it, and renamed where a provider calls it otherwise."""

import re
from typing import Any

import msgspec

from gateway.errors import BadRequest
from providers.dialects.multipart import fields_of, is_multipart

_members: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _ModelOnly(msgspec.Struct):
    model: Any = None


_model_only = msgspec.json.Decoder(_ModelOnly)
_TOO_DEEP = "the body is nested too deep to be read"
_BYTE = re.compile(r"\(byte (\d+)\)")


def read_model(body: bytes) -> str | None:
    """Returns the model a body names, None if it names none. Raises BadRequest, with the place, for broken JSON."""
    if is_multipart(body):
        return fields_of(body).get("model")
    try:
        model = _model_only.decode(body).model
    except RecursionError:
        raise BadRequest(_TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is no JSON object{_place(body, str(error))}: {error}") from None
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise BadRequest("`model` must be a string such as `gpt-4o` or `claude-sonnet-4-5/anthropic`")
    return model


def with_model(body: bytes, model: str) -> bytes:
    """Returns a body with another model; every other member, or field, keeps its bytes.

    Raises BadRequest for a body that is neither a JSON object nor a form with a model.
    """
    if is_multipart(body):
        return _form_with_model(body, model)
    members = members_of(body)
    members["model"] = msgspec.Raw(msgspec.json.encode(model))
    return msgspec.json.encode(members)


def members_of(body: bytes) -> dict[str, msgspec.Raw]:
    """Returns the members of a JSON object, their bytes untouched. Raises BadRequest for anything else."""
    try:
        return _members.decode(body)
    except RecursionError:
        raise BadRequest(_TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body must be a JSON object, for it has to be changed on its way: {error}") from None


def _form_with_model(body: bytes, model: str) -> bytes:
    found = re.search(rb'[; ]name="model"[^\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]*)\r\n', body)
    if found is None:
        raise BadRequest("the form has no field `model`")
    return body[: found.start(1)] + model.encode() + body[found.end(1) :]


def _place(body: bytes, message: str) -> str:
    """Says where broken JSON breaks, in lines and columns, which is what editors show."""
    found = _BYTE.search(message)
    if found is None:
        return ""
    before = body[: int(found[1])]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f" at line {line}, column {column}"
