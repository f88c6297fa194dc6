"""Signs a request as AWS wants it: Signature Version 4, over method, path, query, host, time and body.

The algorithm is public: "Create a signed AWS API request" in the IAM user guide. It is forty lines; botocore, which has
it too, takes longer to import than the gateway takes to start.
"""

import hashlib
import hmac
import re
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


def canonical_url(url: str) -> str:
    """Returns the URL with everything in its path encoded that AWS reads encoded, such as the colons of model ids.

    What is encoded already stays as it is.
    """
    split = urlsplit(url)
    query = f"?{split.query}" if split.query else ""
    return f"{split.scheme}://{split.netloc}{quote(split.path, safe='/-_.~%')}{query}"


def signed_headers(
    pair: tuple[str, str, str | None],
    *,
    method: str,
    url: str,
    body: bytes,
    region: str,
    service: str,
    now: datetime,
) -> list[tuple[str, str]]:
    """Returns the headers that make a request to `url`, which is a `canonical_url`, one of the pair's owner.

    `pair` is the access key id, the secret and the token of a session or None; `now` is in UTC.
    """
    id, secret, token = pair
    at, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {"host": urlsplit(url).netloc, "x-amz-date": at}
    if token is not None:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    scope = f"{day}/{region}/{service}/aws4_request"
    request = _canonical_request(method, url, headers, body)
    text = "\n".join((_ALGORITHM, at, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.new(_signing_key(secret, day, region, service), text.encode(), hashlib.sha256).hexdigest()
    own = [header for header in headers.items() if header[0] != "host"]
    return [
        *own,
        ("authorization", f"{_ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
    ]


def _canonical_request(method: str, url: str, headers: dict[str, str], body: bytes) -> str:
    split = urlsplit(url)
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in parse_qsl(split.query, True)
    )
    return "\n".join(
        (
            method,
            # Without empty segments, and encoded once more than on the wire: so for every service but S3.
            quote(re.sub("/{2,}", "/", split.path), safe="/-_.~") or "/",
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)),
            "",
            ";".join(sorted(headers)),
            hashlib.sha256(body).hexdigest(),
        )
    )


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for text in (day, region, service, "aws4_request"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return key
