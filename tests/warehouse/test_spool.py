import errno
import os
import re
import subprocess
import sys
import threading
from datetime import date

import pytest

from tests.waiting import until
from warehouse.rawlog import spool as spool_module
from warehouse.rawlog.errors import SpoolClosed, SpoolFailed, SpoolFull, WriterIdTaken
from warehouse.rawlog.keys import day_of, day_prefix, new_writer_id
from warehouse.rawlog.spool import Spool
from warehouse.rawlog.writer_directory import WriterDirectory

DAY = date(2026, 11, 21)
NEXT_DAY = date(2026, 11, 22)


@pytest.fixture
def opened():
    """Opens spools and closes them in the end; by default nothing is sealed by age."""
    spools = []

    def open_spool(directory, writer_id="writer", **options):
        spool = Spool(directory, writer_id, **({"seal_seconds": 3600, "min_free_bytes": 0} | options))
        spools.append(spool)
        return spool

    yield open_spool
    for spool in spools:
        spool.close()
        spool.release()


def sealed_lines(spool):
    """Takes everything that is sealed out of the spool."""
    lines = []
    while (sealed := spool.next_sealed(0)) is not None:
        lines += sealed.path.read_bytes().splitlines(keepends=True)
        spool.discard(sealed)
    return lines


def on_disk(directory):
    return {path.name: path.read_bytes() for path in directory.rglob("*.ndjson*")}


def test_an_appended_line_is_in_the_file_at_once(tmp_path, opened):
    spool = opened(tmp_path)
    spool.append(b"one\n", DAY)
    spool.append(b"two\n", DAY)
    ((name, content),) = on_disk(tmp_path).items()
    assert content == b"one\ntwo\n"
    assert re.fullmatch(r"[0-9A-Z]{26}-writer\.ndjson\.open", name)


def test_a_line_is_written_by_one_call_to_the_system(tmp_path, opened, monkeypatch):
    spool = opened(tmp_path)
    written = []
    write = os.write

    def counted(descriptor, data):
        written.append(data)
        return write(descriptor, data)

    monkeypatch.setattr("os.write", counted)
    line = b"x" * 5_000_000 + b"\n"
    spool.append(line, DAY)
    assert written == [line]


def test_a_file_is_sealed_by_age(tmp_path, opened):
    spool = opened(tmp_path, seal_seconds=0.01)
    spool.append(b"one\n", DAY)
    sealed = spool.next_sealed(20)
    assert sealed.path.suffix == ".ndjson"
    assert sealed.path.read_bytes() == b"one\n"


def test_a_file_is_sealed_by_size(tmp_path, opened):
    spool = opened(tmp_path, seal_bytes=10)
    for _ in range(5):
        spool.append(b"1234\n", DAY)
    until(lambda: len(spool._sealed) == 2)
    assert [sealed.size for sealed in spool._sealed] == [10, 10]


def test_a_file_is_sealed_by_count(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(spool_module, "MOST_RECORDS", 3)
    spool = opened(tmp_path)
    for _ in range(4):
        spool.append(b"x\n", DAY)
    assert spool.next_sealed(20).size == 6


def test_the_name_and_with_it_the_key_is_fixed_when_the_file_is_begun(tmp_path, opened):
    spool = opened(tmp_path)
    spool.append(b"one\n", DAY)
    (name,) = on_disk(tmp_path)
    spool.seal()
    sealed = spool.next_sealed(0)
    assert sealed.key == f"raw/v1/dt=2026-11-21/{name.removesuffix('.open')}.zst"
    assert day_of(sealed.key) == DAY
    assert sealed.key.startswith(day_prefix(DAY))


def test_a_file_holds_one_day(tmp_path, opened):
    spool = opened(tmp_path)
    for number, day in enumerate([DAY, NEXT_DAY, DAY, NEXT_DAY]):
        spool.append(b"%d\n" % number, day)
    spool.seal()
    first, second = list(spool._sealed)
    assert (day_of(first.key), first.path.read_bytes()) == (DAY, b"0\n2\n")
    assert (day_of(second.key), second.path.read_bytes()) == (NEXT_DAY, b"1\n3\n")


def test_records_of_many_days_do_not_keep_many_files_open(tmp_path, opened):
    spool = opened(tmp_path)
    for ordinal in range(100):
        spool.append(b"x\n", date.fromordinal(DAY.toordinal() - ordinal))
    assert len(spool._open) <= 16
    spool.seal()
    assert len({day_of(sealed.key) for sealed in spool._sealed}) == 100


def test_closing_seals_everything_and_takes_nothing_more(tmp_path, opened):
    spool = opened(tmp_path)
    spool.append(b"one\n", DAY)
    spool.append(b"two\n", NEXT_DAY)
    spool.close()
    with pytest.raises(SpoolClosed):
        spool.append(b"three\n", DAY)
    assert sealed_lines(spool) == [b"one\n", b"two\n"]


def test_a_spool_that_shipped_everything_leaves_nothing_behind(tmp_path, opened):
    spool = opened(tmp_path)
    spool.append(b"one\n", DAY)
    spool.close()
    sealed_lines(spool)
    spool.release()
    assert list(tmp_path.iterdir()) == []


def test_what_was_appended_is_flushed_in_groups(tmp_path, opened, monkeypatch):
    flushed = threading.Event()
    sync = os.fdatasync

    def counted(descriptor):
        sync(descriptor)
        flushed.set()

    monkeypatch.setattr("os.fdatasync", counted)
    spool = opened(tmp_path, sync_seconds=0.001)
    spool.append(b"one\n", DAY)
    assert flushed.wait(20)


def test_a_flush_that_fails_is_counted_and_the_records_still_ship(tmp_path, opened, monkeypatch):
    def broken(_descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fdatasync", broken)
    spool = opened(tmp_path)
    spool.append(b"one\n", DAY)
    spool.seal()
    assert spool.stats().disk_errors >= 1
    assert sealed_lines(spool) == [b"one\n"]


# The bound and the full disk


def test_above_the_bound_nothing_is_taken_until_something_is_shipped(tmp_path, opened):
    spool = opened(tmp_path, max_bytes=10)
    spool.append(b"1234\n", DAY)
    assert spool.has_room
    spool.append(b"5678\n", DAY)
    assert not spool.has_room
    with pytest.raises(SpoolFull, match="the bound is 10"):
        spool.append(b"x\n", DAY)
    spool.seal()
    assert sealed_lines(spool) == [b"1234\n", b"5678\n"]
    assert spool.has_room
    spool.append(b"x\n", DAY)


def test_a_disk_that_takes_a_part_of_a_line_keeps_none_of_it(tmp_path, opened, monkeypatch):
    spool = opened(tmp_path)
    spool.append(b"before\n", DAY)
    write = os.write
    monkeypatch.setattr("os.write", lambda descriptor, data: write(descriptor, data[:4]))
    with pytest.raises(SpoolFull):
        spool.append(b"torn in the middle\n", DAY)
    monkeypatch.undo()
    spool.append(b"after\n", DAY)
    spool.close()
    assert sealed_lines(spool) == [b"before\n", b"after\n"]


def test_after_a_line_that_cannot_be_cut_off_another_file_is_begun(tmp_path, opened, monkeypatch):
    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    spool = opened(tmp_path)
    spool.append(b"before\n", DAY)
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("os.write", lambda descriptor, data: write(descriptor, data[:4]))
        patch.setattr("os.ftruncate", broken)
        with pytest.raises(SpoolFull):
            spool.append(b"torn in the middle\n", DAY)
        patch.setattr("os.write", write)
        spool.append(b"after\n", DAY)
        spool.seal()
        assert sealed_lines(spool) == [b"after\n"]
    spool.seal()
    assert sealed_lines(spool) == [b"before\n"]


def test_another_failure_of_the_disk_is_told_apart(tmp_path, opened, monkeypatch):
    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    spool = opened(tmp_path)
    monkeypatch.setattr("os.write", broken)
    with pytest.raises(SpoolFailed, match="Input/output error"):
        spool.append(b"x\n", DAY)
    assert not spool.has_room
    monkeypatch.undo()


def test_no_room_is_left_when_the_disk_is_nearly_full(tmp_path, opened):
    assert not opened(tmp_path, min_free_bytes=1 << 60).has_room


def test_a_disk_that_failed_is_tried_again(tmp_path, opened, monkeypatch):
    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(spool_module, "_DISK_CHECK_SECONDS", 0.01)
    spool = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("os.write", broken)
        with pytest.raises(SpoolFailed):
            spool.append(b"x\n", DAY)
    until(lambda: spool.has_room)
    spool.append(b"y\n", DAY)


def test_room_comes_back_with_the_disk(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(spool_module, "_DISK_CHECK_SECONDS", 0.01)
    spool = opened(tmp_path, min_free_bytes=1 << 60)
    spool._min_free_bytes = 0
    until(lambda: spool.has_room)


FILE_SIZE_LIMIT = """
import resource, sys
from datetime import date
from pathlib import Path
from warehouse.rawlog.errors import SpoolFull
from warehouse.rawlog.spool import Spool

limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
spool = Spool(Path(sys.argv[1]), "limited", seal_seconds=3600)
kept = 0
try:
    while True:
        spool.append(b"%07d\\n" % kept, date(2026, 11, 21))
        kept += 1
        spool.append(b"x" * 2994 + b"%05d\\n" % kept, date(2026, 11, 21))
        kept += 1
except SpoolFull:
    print(kept, flush=True)
"""


def test_the_systems_own_limit_tears_no_line(tmp_path, opened):
    """The kernel takes the part of the line that fits, as a full disk does."""
    limit = 100_001
    child = subprocess.run(
        [sys.executable, "-c", FILE_SIZE_LIMIT, str(tmp_path), str(limit)], stdout=subprocess.PIPE, check=True
    )
    (content,) = on_disk(tmp_path).values()
    assert limit - 3000 < len(content) <= limit
    lines = content.splitlines(keepends=True)
    assert len(lines) == int(child.stdout)
    assert {len(line) for line in lines} == {8, 3000}


# Taking over


def abandon(directory, writer_id="dead", **files):
    """What a writer that was killed leaves behind."""
    folder = directory / writer_id / f"dt={DAY}"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name.replace('_', '.')}").write_bytes(content)


def test_a_dead_writers_files_are_taken_over(tmp_path, opened):
    abandon(tmp_path, A_ndjson=b"shipped next\n", B_ndjson_open=b"one\ntwo\ntor")
    spool = opened(tmp_path)
    assert [sealed.key for sealed in spool._sealed] == [
        "raw/v1/dt=2026-11-21/A.ndjson.zst",
        "raw/v1/dt=2026-11-21/B.ndjson.zst",
    ]
    assert spool.stats().bytes == len(b"shipped next\none\ntwo\n")
    assert sealed_lines(spool) == [b"shipped next\n", b"one\n", b"two\n"]
    assert not (tmp_path / "dead").exists()


@pytest.mark.parametrize("torn", [b"", b"torn", b"\x00" * 5000, b"x" * 3_000_000])
def test_a_file_that_holds_no_whole_line_is_not_shipped(tmp_path, opened, torn):
    abandon(tmp_path, A_ndjson_open=torn)
    spool = opened(tmp_path)
    assert sealed_lines(spool) == []
    assert on_disk(tmp_path) == {}


@pytest.mark.parametrize("torn_bytes", [1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_torn_line_of_any_length_is_cut(tmp_path, opened, torn_bytes):
    abandon(tmp_path, A_ndjson_open=b"one\ntwo\n" + b"x" * torn_bytes)
    assert sealed_lines(opened(tmp_path)) == [b"one\n", b"two\n"]


def test_a_file_that_cannot_be_recovered_keeps_nobody_waiting(tmp_path, opened):
    abandon(tmp_path, B_ndjson_open=b"one\n")
    (tmp_path / "dead" / f"dt={DAY}" / "A.ndjson.open").mkdir()
    assert sealed_lines(opened(tmp_path)) == [b"one\n"]


def test_a_writer_finds_its_own_files_again(tmp_path, opened):
    abandon(tmp_path, "writer", A_ndjson_open=b"one\n")
    spool = opened(tmp_path, "writer")
    spool.append(b"two\n", DAY)
    spool.close()
    assert sealed_lines(spool) == [b"one\n", b"two\n"]


def test_two_living_writers_share_a_directory_and_leave_each_others_files_alone(tmp_path, opened):
    first = opened(tmp_path, "first")
    first.append(b"one\n", DAY)
    second = opened(tmp_path, "second")
    second.append(b"two\n", DAY)
    second._adopt()
    first.close()
    second.close()
    assert sealed_lines(first) == [b"one\n"]
    assert sealed_lines(second) == [b"two\n"]


def test_a_writer_id_belongs_to_one_process(tmp_path, opened):
    opened(tmp_path, "same")
    with pytest.raises(WriterIdTaken, match="give each its own"):
        opened(tmp_path, "same")


def test_a_new_directory_that_another_writer_looks_into_is_still_ours(tmp_path, opened, monkeypatch):
    opened(tmp_path, "looking")
    (tmp_path / "new").mkdir()
    (looked_into,) = WriterDirectory.adopt(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: looked_into.release())
    spool = opened(tmp_path, "new")
    monkeypatch.undo()
    spool.append(b"one\n", DAY)
    spool.close()
    assert sealed_lines(spool) == [b"one\n"]


def test_a_living_writer_takes_over_from_one_that_dies_later(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(spool_module, "_ADOPT_SECONDS", 0.01)
    spool = opened(tmp_path, "alive")
    other = opened(tmp_path, "other")
    other.append(b"left behind\n", DAY)
    other.close()
    other.release()
    assert until(lambda: sealed_lines(spool)) == [b"left behind\n"]


@pytest.mark.parametrize("writer_id", ["Upper", "a/b", "..", "-a", "a b", "x" * 49])
def test_a_writer_id_can_stand_in_a_file_name(tmp_path, writer_id):
    with pytest.raises(ValueError, match="writer id"):
        Spool(tmp_path, writer_id)


def test_made_up_writer_ids_differ_and_are_safe(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Gateway_7.Example.COM-" + "x" * 60)
    made = {new_writer_id() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"gateway-7-example-com-x+-[0-9a-f]{8}", one) for one in made)


def test_the_stats_tell_what_waits(tmp_path, opened):
    spool = opened(tmp_path)
    assert spool.stats().oldest_seconds == 0
    spool.append(b"one\n", DAY)
    spool.seal()
    spool.append(b"two\n", DAY)
    stats = spool.stats()
    assert (stats.bytes, stats.files, stats.disk_errors) == (8, 2, 0)
    assert stats.oldest_seconds > 0
