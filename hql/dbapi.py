"""The warehouse as PEP 249 has it, for tools that take a database connection: pandas, marimo and the like.

    import hql.dbapi
    connection = hql.dbapi.connect()
    pandas.read_sql("select model, sum(cost_usd) from requests where created_at > %(since)s group by model", connection,
                    params={"since": since})

Parameters are written `%(name)s`, or with a type of one's own as `{name:UInt8}`. Their values travel apart from the
text. Nothing can be changed here, so there is nothing to commit.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl

from hql import client
from hql.client import Warehouse

apilevel = "2.0"
threadsafety = 2
"""Threads may share the module and connections, but no cursor."""
paramstyle = "pyformat"

MOST_ROWS = 999_999
"""The most rows that the api answers with at once."""

_PLACES = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/"
    r"|%\((?P<name>[A-Za-z_]\w*)\)s|(?P<percent>%%)",
    re.DOTALL,
)
"""Quoted text and comments, in which nothing is a parameter; parameters; and a doubled percent sign."""


class Warning(Exception):
    """Something to know of: rows were cut off."""


class Error(Exception):
    """Everything that goes wrong here."""


class InterfaceError(Error):
    """This module was used in a way it cannot be."""


class DatabaseError(Error):
    """The warehouse gave no answer."""


class DataError(DatabaseError):
    """A value does not fit."""


class OperationalError(DatabaseError):
    """A limit was reached, or something is not there now: perhaps another time."""


class IntegrityError(DatabaseError):
    """Never raised: nothing is written."""


class InternalError(DatabaseError):
    """The api itself failed."""


class ProgrammingError(DatabaseError):
    """The query cannot be run as it stands."""


class NotSupportedError(DatabaseError):
    """The warehouse has no such thing."""


@dataclass(frozen=True)
class Type:
    """A kind of column, as `description` tells it."""

    name: str


STRING, BINARY, NUMBER, DATETIME, ROWID, OTHER = map(Type, ("STRING", "BINARY", "NUMBER", "DATETIME", "ROWID", "OTHER"))

Date, Timestamp, Binary = date, datetime, bytes

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
Column = tuple[str, Type, None, None, None, None, bool]
"""Name, kind, whether it may hold NULL; the four between are not known."""
_UNKNOWN = (None, None, None, None)


def connect(url: str | None = None, key: str | None = None) -> "Connection":
    """Returns a connection, as `hql.connect` does; raises InterfaceError if no key can be found."""
    try:
        return Connection(client.connect(url, key))
    except client.HqlError as error:
        raise InterfaceError(str(error)) from error


class Connection:
    """The warehouse behind an api."""

    Warning, Error, InterfaceError, DatabaseError = Warning, Error, InterfaceError, DatabaseError
    DataError, OperationalError, IntegrityError = DataError, OperationalError, IntegrityError
    InternalError, ProgrammingError, NotSupportedError = InternalError, ProgrammingError, NotSupportedError

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse: Warehouse | None = warehouse

    def cursor(self) -> "Cursor":
        """Returns what queries are asked with."""
        if self._warehouse is None:
            raise InterfaceError("the connection is closed")
        return Cursor(self, self._warehouse)

    def commit(self) -> None:
        """Does nothing: there is nothing to commit."""

    def rollback(self) -> None:
        """Does nothing: there is nothing to undo."""

    def close(self) -> None:
        """Gives the connection back."""
        if self._warehouse is not None:
            self._warehouse.close()
            self._warehouse = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Cursor:
    """Asks one query after another, and gives its rows."""

    def __init__(self, connection: Connection, warehouse: Warehouse) -> None:
        self.connection = connection
        self.arraysize = 1
        self.description: list[Column] | None = None
        self.rowcount = -1
        self._warehouse = warehouse
        self._rows: Iterator[Row] | None = None

    def execute(self, operation: str, parameters: Parameters | None = None) -> "Cursor":
        """Runs a query; raises one of this module's errors."""
        text = operation if parameters is None else _typed(operation, parameters)
        self.description, self.rowcount, self._rows = None, -1, None
        try:
            frame = self._warehouse.sql(text, limit=MOST_ROWS, **(parameters or {}))
        except client.HqlError as error:
            raise _error_for(error)(str(error)) from error
        if self._warehouse.last is not None and self._warehouse.last.truncated:
            raise OperationalError(f"the answer has more than {MOST_ROWS:,} rows; add a LIMIT, or aggregate")
        self.description = [(name, _kind_of(type), *_UNKNOWN, True) for name, type in frame.schema.items()]
        self.rowcount = frame.height
        self._rows = frame.iter_rows()
        return self

    def executemany(self, operation: str, seq_of_parameters: Sequence[Parameters]) -> None:
        """Raises NotSupportedError: nothing is written, and of many answers only one could be given."""
        raise NotSupportedError("queries are run one by one: call execute for each")

    def fetchone(self) -> Row | None:
        """Returns the next row; None after the last one."""
        return next(self._fetched(), None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Returns the next rows, `arraysize` of them unless told."""
        rows = self._fetched()
        return [row for _, row in zip(range(self.arraysize if size is None else size), rows, strict=False)]

    def fetchall(self) -> list[Row]:
        """Returns the rows that are left."""
        return list(self._fetched())

    def close(self) -> None:
        """Lets the rows go."""
        self._rows = None

    def setinputsizes(self, sizes: Sequence[object]) -> None:
        """Does nothing: values tell their own types."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing: columns come whole."""

    def __iter__(self) -> Iterator[Row]:
        return self._fetched()

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetched(self) -> Iterator[Row]:
        if self._rows is None:
            raise InterfaceError("there are no rows: execute a query first")
        return self._rows


def _typed(operation: str, parameters: Parameters) -> str:
    """The query with `%(name)s` as a parameter of the type that its value has."""

    def replaced(place: re.Match[str]) -> str:
        if place["percent"]:
            return "%"
        name = place["name"]
        if name is None:
            return place[0]
        if name not in parameters:
            raise ProgrammingError(f"the parameter `{name}` has no value")
        return f"{{{name}:{_type_of(parameters[name])}}}"

    if not isinstance(parameters, Mapping):
        raise InterfaceError("parameters are named: write %(name)s and give a mapping")
    return _PLACES.sub(replaced, operation)


def _type_of(value: object) -> str:
    """The ClickHouse type that holds the value."""
    match value:
        case None:
            return "Nullable(String)"
        case bool():
            return "Bool"
        case int():
            return "Int64" if -(1 << 63) <= value < 1 << 63 else "UInt64" if 0 <= value < 1 << 64 else "Int256"
        case float():
            return "Float64"
        case Decimal():
            return "Decimal(38, 12)"
        case str():
            return "String"
        case datetime():
            return "DateTime64(6, 'UTC')"
        case date():
            return "Date32"
        case UUID():
            return "UUID"
        case list() | tuple():
            return f"Array({_type_of(value[0]) if value else 'String'})"
    raise DataError(f"a parameter cannot be a {type(value).__name__}")


def _kind_of(type: pl.DataType) -> Type:
    if type.is_numeric() or type == pl.Boolean:
        return NUMBER
    if type == pl.String:
        return STRING
    if type == pl.Binary:
        return BINARY
    return DATETIME if type in (pl.Date, pl.Datetime) else OTHER


def _error_for(error: client.HqlError) -> type[Error]:
    match error.status:
        case None | 401 | 403 | 422 | 429 | 499 | 503:
            return OperationalError
        case int() as status if status >= 500:
            return InternalError
    return DataError if error.code in ("invalid_parameter", "parameters_too_long") else ProgrammingError
