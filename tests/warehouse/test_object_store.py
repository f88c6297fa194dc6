"""One contract for both stores; what only one of them can do follows it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from warehouse.object_store import InvalidKey, NotFound, StoreUnavailable, open_object_store
from warehouse.object_store.local import LocalStore
from warehouse.object_store.s3 import S3Address, S3Store

BUCKET = "request-response-storage"


@pytest.fixture(scope="module")
def s3_endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def s3_url(s3_endpoint, credentials, request):
    prefix = f"t{abs(hash(request.node.nodeid)) % 10**9}-"
    return f"s3://?endpoint={s3_endpoint}&region=us-east-1&path_style=true&bucket_prefix={prefix}"


@pytest.fixture(params=["local", "s3"])
def url(request, tmp_path):
    return (tmp_path / "objects").as_uri() if request.param == "local" else request.getfixturevalue("s3_url")


@pytest.fixture
def store(url):
    store = open_object_store(url, BUCKET)
    store.ensure_bucket()
    return store


def keys(listing):
    return [found.key for found in listing]


# The contract


def test_what_was_put_is_got(store):
    store.put("raw/v1/a.zst", b"\x00\xff" * 1000)
    assert store.get("raw/v1/a.zst") == b"\x00\xff" * 1000


def test_an_empty_object_is_an_object(store):
    store.put("empty", b"")
    assert store.get("empty") == b""
    assert store.info("empty").size == 0


def test_a_later_put_replaces_the_object(store):
    store.put("k", b"one")
    store.put("k", b"another")
    assert store.get("k") == b"another"


def test_preparing_the_bucket_again_keeps_its_objects(store):
    store.put("k", b"kept")
    store.ensure_bucket()
    assert store.get("k") == b"kept"


@pytest.mark.parametrize("read", [lambda s: s.get("no"), lambda s: s.get_range("no", 0, 5), lambda s: s.info("no")])
def test_reading_what_is_not_there_says_so(store, read):
    with pytest.raises(NotFound, match="no"):
        read(store)


def test_a_folder_is_not_an_object(store):
    store.put("folder/object", b"")
    with pytest.raises(NotFound):
        store.get("folder")
    with pytest.raises(NotFound):
        store.get("folder/object/deeper")
    store.delete("folder")
    store.delete("folder/object/deeper")
    assert keys(store.list_after()) == ["folder/object"]


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 3, b"012"), (4, 3, b"456"), (8, 10, b"89"), (10, 5, b""), (50, 5, b""), (9, 1, b"9")],
)
def test_a_range_gives_what_lies_in_it(store, offset, length, expected):
    store.put("k", b"0123456789")
    assert store.get_range("k", offset, length) == expected


@pytest.mark.parametrize("size", [0, 10, (16 << 20) + 1])
def test_a_file_is_stored_as_it_is(store, tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(b"0123456789abcdef" * (size // 16) + b"x" * (size % 16))
    store.put("k", b"older")
    store.put_file("k", file)
    assert store.get("k") == file.read_bytes()


def test_put_if_absent_keeps_the_first(store):
    assert store.put_if_absent("k", b"first")
    assert not store.put_if_absent("k", b"second")
    assert store.get("k") == b"first"


def test_one_of_many_racing_writers_wins(store):
    barrier = threading.Barrier(8)

    def write(number):
        barrier.wait()
        return store.put_if_absent("k", str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    assert won.count(True) == 1
    assert store.get("k") == str(won.index(True)).encode()


def test_put_if_match_replaces_only_the_version_that_was_read(store):
    store.put("k", b"one")
    read = store.info("k").etag
    store.put("k", b"two")
    assert not store.put_if_match("k", b"three", read)
    assert store.put_if_match("k", b"three", store.info("k").etag)
    assert store.get("k") == b"three"


def test_put_if_match_does_not_bring_back_what_was_deleted(store):
    store.put("k", b"one")
    read = store.info("k").etag
    store.delete("k")
    assert not store.put_if_match("k", b"two", read)
    assert keys(store.list_after()) == []


def test_no_update_is_lost_between_racing_readers_and_writers(store):
    store.put("counter", b"0")

    def add_one(_):
        while True:
            etag = store.info("counter").etag
            value = int(store.get("counter"))
            if store.put_if_match("counter", str(value + 1).encode(), etag):
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_one, range(20)))
    assert store.get("counter") == b"20"


def test_an_etag_names_one_version(store):
    seen = set()
    for content in (b"aaaa", b"bbbb", b"cccc", b"dddd"):
        store.put("k", content)
        seen.add(store.info("k").etag)
        assert [found.etag for found in store.list_after()] == [store.info("k").etag]
    assert len(seen) == 4


def test_delete_removes_and_may_be_repeated(store):
    store.put("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    assert keys(store.list_after()) == []


def test_a_listing_has_the_byte_order_of_keys(store):
    names = ["a/b", "a-b", "a.b", "a0", "a/b.c/d", "a/b-c", "A", "a/é", "a/z", "b", "a-c/d", "a/b0/x"]
    for name in names:
        store.put(name, name.encode())
    listing = list(store.list_after())
    assert keys(listing) == sorted(names, key=str.encode)
    assert [found.size for found in listing] == [len(found.key.encode()) for found in listing]


def test_a_listing_starts_after_a_key_that_need_not_exist(store):
    for name in ("d/1", "d/2", "d/3", "e/1"):
        store.put(name, b"")
    assert keys(store.list_after("", "d/2")) == ["d/3", "e/1"]
    assert keys(store.list_after("d/", "d/1zzz")) == ["d/2", "d/3"]
    assert keys(store.list_after("d/", "d/3")) == []
    assert keys(store.list_after("e/", "d/3")) == ["e/1"]
    assert keys(store.list_after("", "d")) == ["d/1", "d/2", "d/3", "e/1"]


def test_a_prefix_may_end_inside_a_name(store):
    for name in ("raw/v1/dt=2026-11-02/a", "raw/v1/dt=2026-11-03/a", "raw/v1/dt=2026-12-01/a", "raw/v1x"):
        store.put(name, b"")
    assert keys(store.list_after("raw/v1/dt=2026-11-")) == ["raw/v1/dt=2026-11-02/a", "raw/v1/dt=2026-11-03/a"]
    assert keys(store.list_after("raw/v1x")) == ["raw/v1x"]
    assert keys(store.list_after("none/")) == []


NAMES = st.text("ab0-./é", min_size=1, max_size=3).filter(lambda name: "/" not in name and name.strip("."))
KEYS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(stored=st.sets(KEYS, max_size=8), prefix=st.one_of(st.just(""), KEYS), after=st.one_of(st.just(""), KEYS))
def test_a_listing_is_what_was_stored_filtered_and_sorted(store, stored, prefix, after):
    stored = {key for key in stored if not any(other.startswith(key + "/") for other in stored)}
    for found in list(store.list_after()):
        store.delete(found.key)
    _remove_empty_folders(store)
    for key in stored:
        store.put(key, b"")
    expected = [key for key in sorted(stored, key=str.encode) if key.startswith(prefix) and key > after]
    assert keys(store.list_after(prefix, after)) == expected


def _remove_empty_folders(store):
    """A folder that was emptied still blocks an object of its name, in the directory only."""
    if isinstance(store, LocalStore):
        for folder in sorted(store._bucket.rglob("*"), reverse=True):
            folder.rmdir()


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../other/secret", "a/../../b", "a//b", "a/", "./a", "a\x00b", "a\nb", "a\\b", "x" * 1025],
)
def test_a_key_that_leads_out_of_the_bucket_or_is_no_name_is_refused(store, key):
    for use in (store.get, store.delete, store.info, lambda key: store.put(key, b"")):
        with pytest.raises(InvalidKey):
            use(key)


def test_two_buckets_share_nothing(url):
    first, second = (open_object_store(url, name) for name in ("hql-store", "response-cache"))
    first.ensure_bucket()
    second.ensure_bucket()
    first.put("k", b"1")
    assert keys(second.list_after()) == []


def test_a_missing_bucket_is_the_operators_problem_and_not_a_missing_object(url):
    store = open_object_store(url, "never-created")
    for use in (
        lambda: store.put("k", b""),
        lambda: store.put_if_absent("k", b""),
        lambda: store.get("k"),
        lambda: list(store.list_after()),
    ):
        with pytest.raises(StoreUnavailable):
            use()


@pytest.mark.parametrize("bucket", ["", "a", "../up", "Upper", "a/b", ".hidden", "x" * 64])
def test_a_bucket_has_a_name_every_store_accepts(url, bucket):
    with pytest.raises(ValueError, match="bucket"):
        open_object_store("file:///tmp/never-made", bucket)


@pytest.mark.parametrize("bad", ["", "/some/path", "http://host", "gs://bucket"])
def test_an_unknown_kind_of_store_is_refused_with_the_kinds_there_are(bad):
    with pytest.raises(ValueError, match="file:// or s3://"):
        open_object_store(bad, BUCKET)


# The directory


def test_a_directory_has_no_web_address(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    assert store.presigned_url("k", 60) is None


def test_a_directory_url_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_object_store("file://.weir/objects", BUCKET)
    store.ensure_bucket()
    store.put("k", b"here")
    assert (tmp_path / ".weir/objects" / BUCKET / "k").read_bytes() == b"here"


def test_an_object_cannot_be_a_folder_of_others_in_a_directory(tmp_path):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    store.put("a", b"")
    with pytest.raises(InvalidKey, match="object already"):
        store.put("a/b", b"")
    store.put("c/d", b"")
    with pytest.raises(InvalidKey, match="folder"):
        store.put("c", b"")


def test_a_put_that_fails_leaves_the_old_object_and_nothing_beside_it(tmp_path, monkeypatch):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    store.put("k", b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        store.put("k", b"new")
    monkeypatch.undo()
    assert store.get("k") == b"old"
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_listing_opens_no_folder_that_cannot_matter(tmp_path, monkeypatch):
    store = open_object_store(tmp_path.as_uri(), BUCKET)
    store.ensure_bucket()
    for day in range(1, 10):
        store.put(f"raw/v1/dt=2026-11-0{day}/a", b"")
    opened = []
    walk = LocalStore._walk

    def counted(self, folder, *more):
        opened.append(folder)
        return walk(self, folder, *more)

    monkeypatch.setattr(LocalStore, "_walk", counted)
    found = keys(store.list_after("raw/v1/", "raw/v1/dt=2026-11-07/a"))
    assert found == ["raw/v1/dt=2026-11-08/a", "raw/v1/dt=2026-11-09/a"]
    assert opened == ["raw/v1/", *(f"raw/v1/dt=2026-11-0{day}/" for day in (7, 8, 9))]


# S3


def test_a_big_object_goes_up_in_parts_under_the_same_conditions(s3_url):
    store = open_object_store(s3_url, BUCKET)
    store.ensure_bucket()
    assert isinstance(store, S3Store)
    store._part_bytes = 5 << 20
    data = bytes(range(256)) * (12 << 12)
    assert store.put_if_absent("big", data)
    assert not store.put_if_absent("big", data + b"!")
    assert store.get("big") == data
    assert store.get_range("big", (5 << 20) - 2, 4) == data[(5 << 20) - 2 : (5 << 20) + 2]
    left = store._client.list_multipart_uploads(Bucket=store._bucket).get("Uploads", [])
    assert left == []


def test_a_presigned_address_gives_the_object_to_whoever_has_it(s3_url):
    store = open_object_store(s3_url, BUCKET)
    store.ensure_bucket()
    store.put("export.csv", b"a,b\n")
    address = store.presigned_url("export.csv", 60)
    assert address is not None
    with urlopen(address) as answer:
        assert answer.read() == b"a,b\n"


def test_a_presigned_address_has_the_host_that_browsers_reach(credentials):
    url = "s3://?endpoint=http://seaweedfs:8333&path_style=true&public_endpoint=https://files.example.com"
    address = open_object_store(url, BUCKET).presigned_url("export.csv", 60)
    assert address is not None
    assert address.startswith(f"https://files.example.com/{BUCKET}/export.csv?")


def test_encryption_is_asked_for_when_it_is_set(s3_url):
    store = open_object_store(f"{s3_url}&sse=AES256", BUCKET)
    store.ensure_bucket()
    store.put("k", b"")
    assert isinstance(store, S3Store)
    assert store._client.head_object(Bucket=store._bucket, Key="k")["ServerSideEncryption"] == "AES256"


def test_a_store_that_does_not_answer_is_unavailable(credentials):
    store = open_object_store("s3://?endpoint=http://127.0.0.1:9&path_style=true", BUCKET)
    with pytest.raises(StoreUnavailable, match=BUCKET):
        store.get("k")


def test_an_unknown_option_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown option `pathstyle`.*path_style"):
        S3Address.parse("s3://?pathstyle=true")


def test_a_bucket_in_the_url_is_refused():
    with pytest.raises(ValueError, match="buckets are named by us"):
        S3Address.parse("s3://mine?region=eu-west-1")
