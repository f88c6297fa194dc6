"""The body of a manual log, in the shape Helicone's log libraries send (helicone-helpers, @helicone/helpers).

    {"providerRequest":  {"url": …, "json": {…}, "meta": {"Helicone-User-Id": …}},
     "providerResponse": {"status": 200, "headers": {…}, "json": {…}, "textBody": "…"},
     "timing":           {"startTime": {"seconds": …, "milliseconds": …}, "endTime": {…}, "timeToFirstToken": ms},
     "provider": "…"}

`milliseconds` is what is over the seconds. The two `json` stay bytes until somebody wants to know what is in them.
"""

import re
from typing import Any

import msgspec

from gateway.logged.errors import BadReport
from providers import lenient

EMPTY = msgspec.Raw(b"{}")


class Moment(msgspec.Struct):
    seconds: float
    milliseconds: float = 0


class Timing(msgspec.Struct, rename="camel"):
    start_time: Moment
    end_time: Moment
    time_to_first_token: float | None = None


class ProviderRequest(msgspec.Struct):
    json: msgspec.Raw = EMPTY
    url: str | None = None
    meta: dict[str, Any] | None = None


class ProviderResponse(msgspec.Struct, rename="camel"):
    status: int = 200
    headers: dict[str, Any] | None = None
    json: msgspec.Raw = EMPTY
    text_body: str | None = None


class Form(msgspec.Struct, rename="camel"):
    """One log."""

    provider_request: ProviderRequest
    provider_response: ProviderResponse
    timing: Timing | None = None
    provider: str | None = None


_decoder = msgspec.json.Decoder(Form, strict=True)
_any_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_WHERE = re.compile(r" - at `(?:key in )?\$\.?(?P<field>[^`]*)`$")


def read_form(body: bytes) -> Form:
    """Reads the body of a log. Raises BadReport, naming the field and the rule."""
    try:
        form = _decode(body)
    except msgspec.ValidationError as error:
        raise _bad_field(str(error)) from error
    for name, part in (("providerRequest", form.provider_request), ("providerResponse", form.provider_response)):
        if not bytes(part.json).lstrip().startswith((b"{", b"null")):
            raise BadReport(f"{name}.json", "must be an object, the body as the provider has it")
    return form


def _decode(body: bytes) -> Form:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # NaN and halves of surrogate pairs are mended, as in what providers send.
        mended = lenient.decode(body, _any_decoder)
        if mended is None:
            raise BadReport("body", f"is not JSON: {error}") from error
        return _decoder.decode(msgspec.json.encode(mended))


def _bad_field(complaint: str) -> BadReport:
    found = _WHERE.search(complaint)
    if found is not None:
        return BadReport(found["field"] or "body", complaint[: found.start()])
    missing = re.search(r"required field `(\w+)`", complaint)
    return BadReport(missing[1] if missing else "body", complaint)
