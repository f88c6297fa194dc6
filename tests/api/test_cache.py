from fastapi.testclient import TestClient

from api.parts import Parts
from control import epochs


def test_a_purge_begins_the_next_epoch_of_the_organizations_own_cache(client: TestClient, key_of, parts: Parts, acme):
    manager = key_of("manage")
    assert client.delete("/v1/cache", headers=manager).json() == {"epoch": 1}
    assert client.delete("/v1/cache", headers=manager).json() == {"epoch": 2}
    assert epochs.all_of(parts.database, epochs.CACHE) == {epochs.cache_of(acme.id): 2}
