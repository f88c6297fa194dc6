"""A process is killed in the middle of a put: nobody ever sees a part of an object."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.waiting import until
from tests.warehouse.object_store.conftest import BUCKET, STORES, keys
from warehouse.object_store import NotFound, open_object_store
from warehouse.object_store.s3 import S3Store

_PUT = """
import sys
from pathlib import Path
from warehouse.object_store import open_object_store

store = open_object_store(sys.argv[1], sys.argv[2])
store._part_bytes = 5 << 20
store.put_file(sys.argv[3], Path(sys.argv[4]))
"""


@pytest.mark.parametrize("url", STORES[:3], indirect=True)
@pytest.mark.parametrize("there_before", [False, True])
def test_a_killed_put_shows_nothing_of_the_new_object(url, store, tmp_path, there_before):
    if there_before:
        store.put("k", b"old")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", _PUT, url, BUCKET, "k", str(pipe)]
    with subprocess.Popen(command) as putting, pipe.open("wb") as source:
        # The putting process has sent or written what it could, and waits for the rest.
        source.write(b"x" * (11 << 20))
        source.flush()
        until(lambda: _has_begun(store, tmp_path))
        putting.send_signal(signal.SIGKILL)
        putting.wait()
    assert keys(store.list_after()) == (["k"] if there_before else [])
    if there_before:
        assert store.get("k") == b"old"
    else:
        with pytest.raises(NotFound):
            store.get("k")
    assert store.put_if_absent("k", b"new") is not there_before


def test_what_a_killed_put_left_in_the_directory_goes_an_hour_later(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    left, under_way = tmp_path / ".staging" / "left", tmp_path / ".staging" / "under-way"
    for file in (left, under_way):
        file.write_bytes(b"x")
    os.utime(left, (time.time() - 3601,) * 2)
    store.ensure_bucket()
    assert not left.exists()
    assert under_way.exists()


def _has_begun(store, tmp_path):
    if isinstance(store, S3Store):
        uploads = store._client.list_multipart_uploads(Bucket=store._bucket).get("Uploads", [])
        return uploads and store._client.list_parts(Bucket=store._bucket, Key="k", UploadId=uploads[0]["UploadId"]).get(
            "Parts"
        )
    return sum(file.stat().st_size for file in (tmp_path / "objects" / ".staging").iterdir())
