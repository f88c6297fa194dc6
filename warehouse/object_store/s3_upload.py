"""How a file gets to an S3 service: in one piece, or in parts where it is large.

There are no conditions on it: Ceph's service, for one, does not look at them when an upload in parts is completed.
An object appears whole, when its last part is there. Parts of an upload that was not completed are kept, and billed,
for ever: what fails is taken back at once, and what a killed process left a day later.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

PART_BYTES = 16 << 20
"""Two parts are held in memory while a large object goes up; at 10,000 parts at most, it may have 160 GB."""

_ABANDONED_AFTER = timedelta(days=1)


def upload(
    client: Any, where: Mapping[str, str], source: BinaryIO, encryption: Mapping[str, str], part_bytes: int = PART_BYTES
) -> None:
    """Stores what can be read from the source at `where`, which names bucket and key; raises as the client does."""
    part, following = source.read(part_bytes), source.read(part_bytes)
    if not following:
        client.put_object(**where, Body=part, **encryption)
        return
    begun = {**where, "UploadId": client.create_multipart_upload(**where, **encryption)["UploadId"]}
    try:
        parts: list[dict[str, Any]] = []
        while part:
            answer = client.upload_part(**begun, PartNumber=len(parts) + 1, Body=part)
            parts.append({"ETag": answer["ETag"], "PartNumber": len(parts) + 1})
            part, following = following, source.read(part_bytes)
        client.complete_multipart_upload(**begun, MultipartUpload={"Parts": parts})
    except BaseException:
        with suppress(ClientError, BotoCoreError):
            client.abort_multipart_upload(**begun)
        raise


def take_back_abandoned(client: Any, bucket: str, after: timedelta = _ABANDONED_AFTER) -> None:
    """Aborts uploads into the bucket that were begun longer ago than that, as far as we may."""
    with suppress(ClientError, BotoCoreError):
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for begun in page.get("Uploads", ()):
                if begun["Initiated"] <= datetime.now(UTC) - after:
                    client.abort_multipart_upload(Bucket=bucket, Key=begun["Key"], UploadId=begun["UploadId"])
