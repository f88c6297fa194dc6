"""Who may call, told by real keys in a real database."""

import asyncio
import shutil
import threading
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import Engine

from control import api_keys
from control.api_keys import ApiKey
from control.database import open_database
from gateway.caller import keys, refreshing
from gateway.caller.keys import KeyCache
from gateway.errors import Forbidden, TooManyRequests, Unauthorized, Unavailable
from tests.gateway.running import Accounts, RunningGateway


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, accounts: Accounts) -> Path:
    return Path(shutil.copy(accounts.database, tmp_path / "weir.db"))


@pytest.fixture
def cache(database: Path, clock: Clock):
    made = KeyCache(open_database(f"sqlite:///{database}"), grace_seconds=3600, clock=clock)
    yield made
    made.close()


def lose(database: Path) -> None:
    """Makes every read fail, as a database that is away."""
    database.write_bytes(b"this is no database any more " * 1000)
    for side_file in ("-wal", "-shm"):
        database.with_name(database.name + side_file).unlink(missing_ok=True)


async def test_a_warm_key_needs_no_database(cache: KeyCache, accounts: Accounts, database: Path):
    await cache.refresh()
    lose(database)
    assert (await cache.find(accounts.key)).id == accounts.key_id


async def test_a_key_made_after_the_last_read_is_found(cache: KeyCache, accounts: Accounts, database: Path):
    await cache.refresh()
    engine = open_database(f"sqlite:///{database}")
    made, secret = api_keys.create(engine, accounts.organization_id, "new")
    engine.dispose()
    assert (await cache.find(secret)).id == made.id


async def test_a_revoked_key_stops_working_at_the_next_read(cache: KeyCache, accounts: Accounts, database: Path):
    await cache.refresh()
    engine = open_database(f"sqlite:///{database}")
    api_keys.revoke(engine, accounts.organization_id, accounts.key_id)
    engine.dispose()
    await cache.refresh()
    with pytest.raises(Unauthorized):
        await cache.find(accounts.key)


async def test_a_key_revoked_while_it_is_looked_up_is_not_remembered(
    cache: KeyCache, accounts: Accounts, database: Path, monkeypatch: pytest.MonkeyPatch
):
    await cache.refresh()
    engine = open_database(f"sqlite:///{database}")
    made, secret = api_keys.create(engine, accounts.organization_id, "short-lived")
    has_read, may_answer = threading.Event(), threading.Event()

    def slow(engine: Engine, secret_sha256: str) -> ApiKey | None:
        found = api_keys.find_by_hash(engine, secret_sha256)
        has_read.set()
        may_answer.wait(10)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(keys, "find_by_hash", slow)
        looking_up = asyncio.create_task(cache.find(secret))
        await asyncio.to_thread(has_read.wait, 10)
        api_keys.revoke(engine, accounts.organization_id, made.id)
        await cache.refresh()
        may_answer.set()
        await looking_up
    engine.dispose()
    with pytest.raises(Unauthorized):
        await cache.find(secret)


async def test_a_refresh_reads_what_changed_and_nothing_else(
    cache: KeyCache, accounts: Accounts, database: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    since: list[int | None] = []

    def changes_since(engine: Engine, version: int | None) -> api_keys.Changes:
        since.append(version)
        return api_keys.changes_since(engine, version)

    monkeypatch.setattr(keys, "changes_since", changes_since)
    await cache.refresh()
    await cache.refresh()
    clock.now += keys.WHOLE_READ_SECONDS
    await cache.refresh()
    await cache.refresh()
    assert since[0] is since[2] is None
    assert since[1] == since[3] is not None
    assert (await cache.find(accounts.key)).id == accounts.key_id


async def test_known_keys_outlive_the_database_for_an_hour(
    cache: KeyCache, accounts: Accounts, database: Path, clock: Clock
):
    await cache.refresh()
    cache.close()
    lose(database)
    clock.now += 3599
    await cache.refresh()
    assert not cache.database_is_up
    assert (await cache.find(accounts.key)).id == accounts.key_id
    clock.now += 2
    with pytest.raises(Unavailable):
        await cache.find(accounts.key)


async def test_an_unknown_key_while_the_database_is_away_is_not_called_wrong(cache: KeyCache, database: Path):
    lose(database)
    with pytest.raises(Unavailable):
        await cache.find(f"sk-weir-{'Ab1-' * 10}xyz")


async def test_a_wrong_shape_and_an_unknown_key_get_the_same_answer(cache: KeyCache):
    answers = []
    for secret in ("sk-weir-short", f"sk-weir-{'Ab1-' * 10}xyz", "something else"):
        with pytest.raises(Unauthorized) as refusal:
            await cache.find(secret)
        answers.append(refusal.value.message)
    assert len(set(answers)) == 1


async def test_a_key_without_the_scope_is_told_so(cache: KeyCache, accounts: Accounts):
    await cache.refresh()
    with pytest.raises(Forbidden, match="scope `gateway`"):
        await cache.find(accounts.query_key)


async def test_unknown_keys_are_remembered_and_trying_many_is_slowed_down(
    cache: KeyCache, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    looked_up: list[str] = []
    monkeypatch.setattr(keys, "find_by_hash", lambda _, secret_sha256: looked_up.append(secret_sha256))
    for _ in range(50):
        with pytest.raises(Unauthorized):
            await cache.find(f"sk-weir-{'Ab1-' * 10}xyz")
    assert len(looked_up) == 1
    for number in range(keys.LOOK_UPS_PER_SECOND - 1):
        with pytest.raises(Unauthorized):
            await cache.find(f"sk-weir-{'Ab1-' * 10}{number:03}")
    with pytest.raises(TooManyRequests):
        await cache.find(f"sk-weir-{'Ab1-' * 10}yyy")
    clock.now += 1
    with pytest.raises(Unauthorized):
        await cache.find(f"sk-weir-{'Ab1-' * 10}zzz")


async def test_the_first_calls_of_a_new_key_wait_for_one_look_up(
    cache: KeyCache, accounts: Accounts, database: Path, monkeypatch: pytest.MonkeyPatch
):
    engine = open_database(f"sqlite:///{database}")
    made, secret = api_keys.create(engine, accounts.organization_id, "burst")
    engine.dispose()
    looked_up: list[str] = []

    def find_by_hash(engine: Engine, secret_sha256: str) -> ApiKey | None:
        looked_up.append(secret_sha256)
        return api_keys.find_by_hash(engine, secret_sha256)

    monkeypatch.setattr(keys, "find_by_hash", find_by_hash)
    one_who_leaves, *others = [asyncio.create_task(cache.find(secret)) for _ in range(5 * keys.LOOK_UPS_PER_SECOND)]
    await asyncio.sleep(0)
    one_who_leaves.cancel()
    assert {key.id for key in await asyncio.gather(*others)} == {made.id}
    assert len(looked_up) == 1


async def test_reading_goes_on_whatever_happens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(refreshing, "REFRESH_SECONDS", 0.001)
    reads, read_thrice = [], asyncio.Event()

    async def refresh() -> None:
        reads.append(1)
        if len(reads) == 3:
            read_thrice.set()
        raise RuntimeError("what nobody thought of")

    reading = asyncio.create_task(refreshing.keep_fresh(refresh))
    await asyncio.wait_for(read_thrice.wait(), 10)
    reading.cancel()


URL = "/demo/v1/chat/completions"
BODY = {"model": "demo-small", "messages": []}


@pytest.mark.parametrize(
    "header",
    ["weir-auth", "helicone-auth", "authorization", "x-api-key", "x-goog-api-key", "api-key"],
)
@pytest.mark.parametrize("scheme", ["Bearer ", ""])
def test_our_key_is_found_wherever_an_sdk_puts_it(gateway: RunningGateway, header: str, scheme: str):
    answer = httpx.post(gateway.url + URL, json=BODY, headers={header: scheme + gateway.accounts.key})
    assert answer.status_code == 200
    assert gateway.record(answer.headers["helicone-id"]).organization_id == gateway.accounts.organization_id


def test_a_key_counts_for_its_own_organization(gateway: RunningGateway):
    answer = httpx.post(gateway.url + URL, json=BODY, headers={"weir-auth": gateway.accounts.other_key})
    record = gateway.record(answer.headers["weir-request-id"])
    assert record.organization_id == gateway.accounts.other_organization_id


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer sk-provider-key"}, 401),
        ({"weir-auth": "Bearer sk-weir-wrong"}, 401),
        ({"weir-auth": f"Bearer sk-weir-{'Ab1-' * 10}xyz"}, 401),
        ({"weir-auth": "Bearer {query_key}"}, 403),
        ({"weir-auth": "Bearer {key}", "authorization": "Bearer {other_key}"}, 400),
        ({"weir-auth": "Bearer {key}", "helicone-auth": "Bearer {other_key}"}, 400),
        ({"weir-auth": "Bearer {key}", "helicone-auth": "Bearer {key}"}, 200),
        ({"weir-auth": "Bearer", "authorization": "Bearer {key}"}, 200),
        ({"weir-auth": "Bearer", "authorization": "Bearer"}, 401),
        ({"weir-auth": "Bearer {key}", "authorization": "Bearer {key}"}, 200),
    ],
)
def test_what_is_no_key_is_refused(gateway: RunningGateway, headers: dict[str, str], status: int):
    filled = {name: value.format(**vars(gateway.accounts)) for name, value in headers.items()}
    answer = httpx.post(gateway.url + URL, json=BODY, headers=filled)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        ("sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6ef2", {"helicone-auth": "Bearer {key}"}),
        ("sk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6ef3", {"authorization": "Bearer {key}"}),
        ("pk-helicone-h4k2mzq-7xw3bnd-ro5tuvy-2ac6ef4", {"authorization": "Bearer sk-provider-key, Bearer {key}"}),
        ("sk-helicone-eu-h4k2mzq-7xw3bnd-ro5tuvy-2ac6ef5", {"helicone-auth": "Bearer {key}", "x-api-key": "sk-other"}),
        # The oldest look like a provider's key, so they are known in the header of their own alone.
        ("sk-h4k2mzq-7xw3bnd-ro5tuvy-2ac6ef6", {"helicone-auth": "Bearer {key}", "authorization": "Bearer {key}"}),
    ],
)
def test_an_application_from_helicone_keeps_its_key_and_headers(
    gateway: RunningGateway, secret: str, headers: dict[str, str]
):
    engine = open_database(gateway.settings.database_url)
    key, _ = api_keys.create(engine, gateway.accounts.organization_id, "from helicone", key=secret)
    engine.dispose()
    named = {name: value.format(key=secret) for name, value in headers.items()}
    answer = httpx.post(gateway.url + URL, json=BODY, headers=named)
    assert answer.status_code == 200
    assert gateway.record(answer.headers["helicone-id"]).api_key_id == key.id


@pytest.mark.parametrize("header", ["weir-auth", "helicone-auth", "authorization", "x-api-key"])
def test_a_credential_given_twice_is_refused(gateway: RunningGateway, header: str):
    headers = [(header, f"Bearer {gateway.accounts.key}"), (header, f"Bearer {gateway.accounts.key}")]
    answer = httpx.post(gateway.url + URL, json=BODY, headers=headers)
    assert answer.status_code == 400
    assert header in answer.json()["error"]["message"]
