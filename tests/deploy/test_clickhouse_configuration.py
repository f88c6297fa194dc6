"""The server's second wall is the embedded engine's: the same limits, tables and filter."""

from pathlib import Path
from xml.etree import ElementTree

from warehouse.embedded.configuration import READABLE_TABLES
from warehouse.embedded.identity import MOST, ORGANIZATION_PARAMETER, Caller

FOLDER = Path(__file__).parents[2] / "deploy/clickhouse"
USERS = ElementTree.parse(FOLDER / "users.xml").getroot()
CONFIG = ElementTree.parse(FOLDER / "config.xml").getroot()
PROFILE = {setting.tag: setting for setting in USERS.find("profiles/weir_reader") or []}
CONSTRAINTS = {setting.tag: setting for setting in PROFILE["constraints"]}
READER = USERS.find("users/reader")


def test_the_reader_is_held_to_the_limits_of_the_embedded_engine():
    limits = {name: value for name, value in Caller("reader").settings({}).items() if name.startswith("max_")}
    assert limits
    for name, limit in limits.items():
        assert PROFILE[name].text == limit
        assert CONSTRAINTS[name].findtext("max") == str(MOST["reader"][name])
        # Zero means no limit at all.
        assert CONSTRAINTS[name].findtext("min") == "1"


def test_the_reader_sees_the_readable_tables_and_in_each_its_own_rows():
    assert READER is not None
    grants = {grant.text for grant in READER.iterfind("grants/query")}
    assert grants == {f"GRANT SELECT ON weir.{table}" for table in READABLE_TABLES}
    filters = {table.tag: table.findtext("filter") or "" for table in READER.iterfind("databases/weir/*")}
    assert filters.keys() == set(READABLE_TABLES)
    for condition in filters.values():
        assert condition.startswith("organization_id = ")
        assert f"getSetting('{ORGANIZATION_PARAMETER}')" in condition


def test_the_reader_only_reads_and_may_set_nothing_else():
    assert PROFILE["readonly"].text == "1"
    assert "readonly" not in CONSTRAINTS
    assert ORGANIZATION_PARAMETER in CONSTRAINTS
    assert not [name for name in CONSTRAINTS if "filter" in name or "policy" in name]
    assert CONFIG.findtext("access_control_improvements/settings_constraints_replace_previous") == "true"


def test_a_reader_that_names_no_organization_names_none():
    assert PROFILE[ORGANIZATION_PARAMETER].text == "''"
    assert ORGANIZATION_PARAMETER.startswith(CONFIG.findtext("custom_settings_prefixes") or "?")


def test_no_password_stands_in_the_files():
    assert READER is not None
    password = READER.find("password")
    assert password is not None
    assert password.attrib == {"from_env": "WEIR_WAREHOUSE_READER_PASSWORD"}
    assert not password.text
