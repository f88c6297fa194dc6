"""One user's requests are deleted, and then every byte of every store is searched for what was in them.

Everything is real: records a gateway's spool took and shipped, the embedded server, answers and exports that the api
made, a cached response, a line in quarantine. What is compressed is searched as it lies and as it reads.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import zstandard
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from control import api_keys
from pipelines.loading import quarantine
from tests.pipelines.conftest import Place
from tests.pipelines.deleting import USER, Stores, open_stores
from tests.pipelines.exchanges import NOON, ORGANIZATION, exchange, said
from tests.waiting import until
from warehouse import record
from warehouse.rawlog import shipper
from warehouse.rawlog.shipper import Shipper
from warehouse.rawlog.spool import Spool

CANARY = "canary-7f3a91c2"
NEEDLES = (CANARY.encode(), USER.encode())


def texts_of(path: Path) -> Iterator[bytes]:
    """The file as it lies, and as it reads where it is zstd."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as stream:
            yield stream.read()


def files_with(needles: tuple[bytes, ...], *places: Path) -> list[str]:
    """The files below the places that hold one of the needles, in their names or anywhere in their bytes."""
    found = []
    for place in places:
        for path in sorted(place.rglob("*")):
            is_named = any(needle in str(path).encode() for needle in needles)
            if is_named or (path.is_file() and any(each in text for text in texts_of(path) for each in needles)):
                found.append(str(path.relative_to(place)))
    return found


def columns_with(needle: str, place: Place) -> list[tuple[str, str]]:
    """Every table of ours, in staging too, and every log of the server's, by any column that holds the needle."""
    columns = place.ask(
        "select database, table, name from system.columns where database in ('weir', 'weir_staging') "
        "or database = 'system' and table like '%_log'"
    )
    return [
        (table, name)
        for database, table, name in columns
        if place.ask(f"select count() from {database}.{table} where position(toString({name}), '{needle}') > 0")
        != [(0,)]
    ]


def ship(stores: Stores, *records: record.Record) -> None:
    """Takes the records as a gateway does, and ships them."""
    spool = Spool(stores.place.directory / "spool")
    shipping = Shipper(spool, stores.place.store)
    for each in records:
        spool.append(record.encode(each), NOON.date())
    shipping.stop(20)


def bodies_by(user_id: str, text: str, count: int) -> list[record.Exchange]:
    return [
        exchange(
            request_id=uuid4(),
            user_id=user_id,
            session_id=f"session of {user_id}",
            request_preview=f"{text} asked",
            request_body=json.dumps({"messages": [{"role": "user", "content": f"{text} {number} asked"}]}),
            response_body=json.dumps({"answer": f"{text} {number} told" * 40}),
            cache_key="0/abc",
        )
        for number in range(count)
    ]


@pytest.fixture
def stores(place: Place) -> Stores:
    return open_stores(place)


@pytest.fixture
def api(place: Place, warehouse_server, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    # The api has a spool too and says once a minute how far it is, which a deletion would wait for.
    monkeypatch.setattr(shipper, "SIGN_SECONDS", 0.0)
    monkeypatch.setattr(shipper, "_SIGN_MARGIN_SECONDS", 0.0)
    settings = ApiSettings(
        data_dir=place.directory,
        object_store_url=(place.directory / "objects").as_uri(),
        database_url=f"sqlite:///{place.directory / 'weir.db'}",
        warehouse_url=warehouse_server.writer_url,
        warehouse_reader_url=warehouse_server.reader_url,
    )
    with TestClient(create_app(settings)) as client:
        yield client


def test_nothing_of_a_deleted_user_is_left_in_any_byte(place: Place, stores: Stores, api: TestClient, warehouse_server):
    theirs, others = bodies_by(USER, CANARY, 30), bodies_by("else", "harmless", 300)
    mixed = [each for number, other in enumerate(others) for each in ([other, *theirs[number : number + 1]])]
    ship(stores, *mixed)
    place.put_segment(
        said(record.Score, request_id=theirs[0].request_id, name="taste", value=1.0, comment=CANARY),
        said(record.PropertyEdit, request_id=theirs[1].request_id, name="team", value=CANARY),
        record.encode(exchange(user_id=USER, error_message=CANARY)).replace(b'"provider"', b"provider").rstrip(b"\n"),
    )
    stores.load()
    _, secret = api_keys.create(place.engine, ORGANIZATION, "drill", ["query", "manage"])
    headers = {"Authorization": f"Bearer {secret}"}
    look_at(api, headers)
    stores.cache.put(f"{ORGANIZATION}/0/abc/0", CANARY.encode())
    assert len(list(place.store.list_after(quarantine.PREFIX))) == 1
    everywhere = (place.directory, warehouse_server.data_dir)
    before = files_with(NEEDLES, *everywhere)
    assert {name.split("/")[0] for name in before} >= {"objects", "weir.db-wal"}
    assert columns_with(CANARY, place)

    asked = api.post("/v1/deletions", json={"user_id": USER}, headers=headers).json()
    late = bodies_by(USER, CANARY, 2)
    stores.deleter().work()
    ship(stores, *late)
    stores.load()
    stores.delete_everything_asked()
    shown = api.get(f"/v1/deletions/{asked['id']}", headers=headers).json()
    assert (shown["state"], shown["user_id"], shown["problem"]) == ("done", None, None)
    assert shown["counts"]["requests"] == len(theirs) + len(late)
    assert shown["counts"]["query_results"] >= 2
    assert shown["counts"]["cached_responses"] == 1

    assert columns_with(CANARY, place) == []
    assert columns_with(USER, place) == []
    assert files_with(NEEDLES, *everywhere) == []
    check_others(api, headers, others)
    for each in (*theirs, *late):
        assert api.get(f"/v1/requests/{each.request_id}", headers=headers).status_code == 404


def look_at(api: TestClient, headers: dict[str, str]) -> None:
    """Leaves an answer in the cache, a text in the history, and an export."""
    sql = f"select user_id, request_preview from requests where user_id = '{USER}'"
    assert api.post("/v1/hql", json={"sql": sql, "remember": True}, headers=headers).status_code == 200
    job = api.post("/v1/hql/jobs", json={"sql": "select * from requests"}, headers=headers).json()["id"]
    until(lambda: api.get(f"/v1/hql/jobs/{job}", headers=headers).json()["state"] == "done")


def check_others(api: TestClient, headers: dict[str, str], others: list[record.Exchange]) -> None:
    """Every other request opens, with the bodies that were written."""
    for each in others[::10]:
        for side in ("request", "response"):
            body = api.get(f"/v1/requests/{each.request_id}/body/{side}", headers=headers)
            assert body.text == getattr(each, f"{side}_body")
    answer = api.post("/v1/hql", json={"sql": "select count() as n from requests"}, headers=headers)
    assert answer.json()["rows"] in ([[len(others)]], [{"n": len(others)}])


def test_the_search_finds_what_is_there(tmp_path: Path):
    """Else a search that finds nothing would tell nothing."""
    (tmp_path / "plain").write_bytes(b"..." + CANARY.encode())
    packed = zstandard.ZstdCompressor().compress(b"first" * 50)
    (tmp_path / "packed").write_bytes(packed + zstandard.ZstdCompressor().compress(CANARY.encode() * 50))
    (tmp_path / "clean").write_bytes(packed)
    assert files_with(NEEDLES, tmp_path) == ["packed", "plain"]
