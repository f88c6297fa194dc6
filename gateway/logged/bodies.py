"""One side's body of a reported call as the record's fields have it."""

from typing import Any, Literal

from gateway.bodies.request_body import kept

Side = Literal["request", "response"]


def body_columns(side: Side, body: bytes, preview: str | None, is_omitted: bool, limit: int) -> dict[str, Any]:
    """Returns the fields of the record that tell of a body; of one to be omitted, only its size."""
    part = kept(body, limit)
    content, encoding = (None, "text") if is_omitted else part.stored()
    return {
        f"{side}_body": content,
        f"{side}_body_encoding": encoding,
        f"{side}_body_bytes": part.size,
        f"{side}_body_truncated": part.is_cut and not is_omitted,
        f"{side}_body_omitted": is_omitted,
        f"{side}_preview": None if is_omitted else preview,
    }
