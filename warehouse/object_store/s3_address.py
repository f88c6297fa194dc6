"""Where an S3 service is and how it is spoken to, as an `s3://?…` URL says."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.config import Config

_TRIES = 4


@dataclass(frozen=True)
class S3Address:
    """What an `s3://?…` URL may say."""

    endpoint: str | None = None
    """The service's address; AWS when absent."""
    region: str = "us-east-1"
    path_style: bool = False
    """Whether the bucket stands in the path instead of the host name."""
    public_endpoint: str | None = None
    """The service's address as a browser reaches it, for presigned URLs."""
    bucket_prefix: str = ""
    """Stands before each bucket's name: on AWS names are shared with the whole world."""
    sse: str | None = None
    """Server-side encryption, `AES256` or `aws:kms`."""
    sse_key_id: str | None = None
    """The key of `aws:kms`; the account's own when absent."""
    timeout_seconds: float = 30
    """How long the service may be silent before a try is given up."""

    @staticmethod
    def parse(url: str) -> "S3Address":
        """Reads the URL; raises ValueError naming what it does not know."""
        parts = urlsplit(url)
        if parts.netloc or parts.path.strip("/"):
            raise ValueError(
                f"object store URL `{url}`: after s3:// only ?endpoint=… and the like; buckets are named by us"
            )
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        if unknown := options.keys() - S3Address.__dataclass_fields__.keys():
            known = ", ".join(S3Address.__dataclass_fields__)
            raise ValueError(f"object store URL: unknown option `{min(unknown)}`; options are {known}")
        if "path_style" in options:
            options["path_style"] = options["path_style"].lower() in {"true", "1", "yes"}
        if "timeout_seconds" in options:
            options["timeout_seconds"] = _seconds(options["timeout_seconds"])
        return S3Address(**options)

    def client(self) -> Any:
        """Returns the client that all buckets of the service share, with its connections."""
        return _client(self.endpoint, self.region, self.path_style, self.timeout_seconds)

    def signer(self) -> Any:
        """Returns a client that knows the service by the address that browsers reach."""
        return _client(self.public_endpoint or self.endpoint, self.region, self.path_style, self.timeout_seconds)

    def encryption(self) -> dict[str, str]:
        """Returns what a put says so that the service encrypts the object."""
        said = {"ServerSideEncryption": self.sse, "SSEKMSKeyId": self.sse_key_id}
        return {name: value for name, value in said.items() if value}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise ValueError(f"object store URL: timeout_seconds `{text}` must be a number from above 0 to 3600")
    return seconds


@cache
def _client(endpoint: str | None, region: str, path_style: bool, timeout_seconds: float) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        config=Config(
            signature_version="s3v4",
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            connect_timeout=min(5, timeout_seconds),
            read_timeout=timeout_seconds,
            max_pool_connections=32,
            s3={"addressing_style": "path" if path_style else "virtual"},
            # The checksums boto3 adds of late make several services refuse a put.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
