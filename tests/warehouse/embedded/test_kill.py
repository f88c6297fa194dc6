"""KILL QUERY by the id a client gave its query, which the engine does not know."""

import threading

import httpx
import pytest

from tests.engine import WarehouseServer
from tests.warehouse.embedded.conftest import ask, http_client, refused
from tests.warehouse.embedded.test_streaming import eventually, running
from warehouse.embedded.kill import by_clients_id

OURS = "splitByChar(' ', Settings['log_comment'])[-1]"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("kill query where query_id = 'a'", f"kill query where (query_id = 'a' or {OURS} = 'a')"),
        ("kill query where `query_id`='a' sync", f"kill query where (query_id='a' or {OURS}='a') sync"),
        (
            "kill query where query_id in ('a', 'b')",
            f"kill query where (query_id in ('a', 'b') or {OURS} in ('a', 'b'))",
        ),
        (
            "kill query where query_id = {id:String}",
            f"kill query where (query_id = {{id:String}} or {OURS} = {{id:String}})",
        ),
        ("kill query where not query_id = 'a'", f"kill query where not (query_id = 'a' or {OURS} = 'a')"),
    ],
)
def test_a_comparison_with_given_values_holds_for_both_ids(sql: str, expected: str):
    assert by_clients_id(sql.encode()).decode() == expected


@pytest.mark.parametrize(
    "sql",
    [
        "kill query where query_id != 'a'",
        "kill query where user = 'query_id = 1'",
        "kill query where query_id in (select query_id from system.processes)",
        "kill query where query_id = /* 'a'",
        "kill query where query_id",
    ],
)
def test_everything_else_stays_as_it_is(sql: str):
    assert by_clients_id(sql.encode()) == sql.encode()


def test_a_query_is_killed_by_its_clients_id_and_no_other_is(writer: httpx.Client, warehouse_server: WarehouseServer):
    codes: dict[str, int] = {}

    def run(query_id: str) -> None:
        with http_client(warehouse_server.writer_url) as other:
            codes[query_id] = refused(other, "select count(), 'killed by id' from system.zeros", query_id=query_id)

    threads = [threading.Thread(target=run, args=(query_id,)) for query_id in ("first-one", "second.one")]
    for thread in threads:
        thread.start()
    assert eventually(lambda: running(writer, "killed by id") == 2)
    ask(writer, "kill query where query_id = 'first-one' sync")
    threads[0].join()
    assert codes == {"first-one": 394}
    ask(writer, "kill query where query_id in ({id:String}, 'x')", param_id="nobody")
    ask(writer, "kill query where query_id = {id:String}", param_id="second.one")
    threads[1].join()
    assert codes == {"first-one": 394, "second.one": 394}


def test_an_id_is_taken_while_the_engine_works_on_its_query_and_free_afterwards(
    reader: httpx.Client, warehouse_server: WarehouseServer
):
    """Also when the client has left: so a caller can tell whether what it hung up on has ended."""
    one_long_call = "select arraySum(arraySort(x -> sipHash64(x), range(6000000 + number))) from numbers(1)"
    with http_client(warehouse_server.reader_url) as other, pytest.raises(httpx.ReadTimeout):
        other.post("/", params={"query_id": "long.one"}, content=one_long_call, timeout=0.5)
    assert refused(reader, "select 1", query_id="long.one") == 216
    assert ask(reader, "select 1", query_id="another") == "1"
    assert eventually(lambda: reader.post("/", params={"query_id": "long.one"}, content="select 1").text == "1\n")
