from collections.abc import Iterator

import pytest

from weir.upstream.server import Running, running


@pytest.fixture(scope="session")
def upstream() -> Iterator[Running]:
    with running() as server:
        yield server
