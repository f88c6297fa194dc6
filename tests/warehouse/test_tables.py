import msgspec

from warehouse import record, tables

# Bodies stay in the raw log; headers and the list of attempts are read from there too.
NOT_IN_THE_TABLE = {
    "request_id_given",
    "request_body",
    "request_body_encoding",
    "request_body_omitted",
    "response_body",
    "response_body_encoding",
    "response_body_omitted",
    "request_headers",
    "response_headers",
    "attempts",
    "warnings",
}


def test_every_field_of_the_record_is_a_column_or_stays_in_the_raw_log_on_purpose():
    fields = {field.name for field in msgspec.structs.fields(record.Exchange)}
    columns = {column.name for column in tables.REQUESTS.columns}
    assert fields - columns == NOT_IN_THE_TABLE


def test_every_column_says_what_it_means():
    for table in tables.TABLES:
        for column in table.columns:
            assert column.meaning.endswith("."), f"{table.name}.{column.name}"
            assert "None" not in column.meaning, f"{table.name}.{column.name}: what is absent is NULL in a table"


def test_units_are_given_where_names_carry_them():
    for table in tables.TABLES:
        for column in table.columns:
            if column.name.endswith("_ms"):
                assert column.unit == "ms", f"{table.name}.{column.name}"
            if column.name.endswith("_usd"):
                assert column.unit == "USD", f"{table.name}.{column.name}"
