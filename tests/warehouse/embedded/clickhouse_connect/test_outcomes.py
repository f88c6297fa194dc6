from pathlib import Path

import pytest

from tests.warehouse.embedded.clickhouse_connect.outcomes import Outcome, Reason, expectations, outcome_of, told

REPORT = """<testsuites><testsuite>
<testcase classname="tests.integration_tests.test_client" name="test_a[sync]"/>
<testcase classname="tests.integration_tests.test_sqlalchemy.test_ddl" name="test_b"><failure/></testcase>
<testcase classname="tests.integration_tests.test_client" name="test_c"><error/></testcase>
<testcase classname="tests.integration_tests.test_client" name="test_d"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_read():
    assert outcome_of(REPORT) == Outcome(
        ("test_client.py::test_a[sync]",),
        ("test_client.py::test_c", "test_sqlalchemy/test_ddl.py::test_b"),
        ("test_client.py::test_d",),
    )


@pytest.mark.parametrize(
    ("outcome", "as_expected", "words"),
    [
        (Outcome(("x",) * 99, ("t.py::a[1]",), ()), True, "explained: t.py::a[1]: because"),
        (Outcome(("x",) * 99, ("t.py::b",), ()), False, "NOT EXPLAINED: t.py::b"),
        (Outcome(("x",) * 95, ("t.py::a[1]",) * 5, ()), False, "share 95.0% of 100"),
        (Outcome(("x",), (), ()), True, "no longer fails"),
        (Outcome((), (), ()), False, "passed 0"),
    ],
)
def test_a_failure_is_explained_or_the_command_fails(outcome: Outcome, as_expected: bool, words: str):
    lines, good = told(outcome, 0, [Reason(("t.py::a",), "because")])
    assert good == as_expected
    assert words in "\n".join(lines)


def test_the_docs_tell_every_test_that_is_left_out_or_fails():
    docs = (Path(__file__).parents[4] / "docs" / "embedded.md").read_text(encoding="utf-8")
    for entries in expectations().values():
        for entry in entries:
            for name in entry.tests:
                assert name.rpartition("::")[2].rstrip("[") in docs
