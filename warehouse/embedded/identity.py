"""Who asks: the two users of the server, what each may set, and what is set on a connection for them."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from warehouse.embedded.errors import refusal

User = Literal["writer", "reader"]

ORGANIZATION_PARAMETER = "SQL_weir_organization_id"
"""How a caller names the organization whose rows the reader may see, here as on a ClickHouse server."""

_LIMITS: dict[User, dict[str, int]] = {
    "writer": {"max_execution_time": 3600, "max_memory_usage": 3 << 30},
    "reader": {
        "max_execution_time": 60,
        "max_memory_usage": 1_000_000_000,
        "max_result_rows": 1_000_000,
        "max_result_bytes": 1 << 30,
        "max_rows_to_read": 1_000_000_000,
    },
}
"""What every query is held to that asks for nothing else."""

MOST: dict[User, dict[str, int]] = {
    "writer": _LIMITS["writer"],
    # An export runs long and gives many rows, and takes no more memory than another query.
    "reader": _LIMITS["reader"]
    | {
        "max_execution_time": 3600,
        "max_result_rows": 10**12,
        "max_result_bytes": 1 << 50,
        "max_rows_to_read": 10**12,
    },
}
"""What a caller may ask for, never more. A query's text cannot ask: its connection is locked before it runs."""

_ALWAYS_SET: dict[User, dict[str, str]] = {
    "writer": {"async_insert": "0", "implicit_select": "0", "storage_file_read_method": "pread"},
    "reader": {
        "implicit_select": "0",
        "allow_introspection_functions": "0",
        "allow_ddl": "0",
        # The cache of conditions is shared, and the row filter is the same text for every organization.
        "use_query_condition_cache": "0",
        "use_query_cache": "0",
        # Where the process may: what is written comes before what is asked, and the gateway before both.
        "os_threads_nice_value_query": "5",
        "storage_file_read_method": "pread",
    },
}

_READER_MAY_SET = re.compile(
    r"output_format_\w+|optimize_\w+|max_ast_\w+|(result|timeout|read)_overflow_mode|join_\w+|date_time_\w+_format"
    r"|max_(threads|block_size|query_size|parser_depth|bytes_to_read|rows_to_group_by|rows_in_join|bytes_in_join)"
    r"|max_bytes_before_external_(group_by|sort)|session_timezone|use_client_time_zone|cast_string_to_dynamic_use_inference"
    r"|distinct_overflow_mode|group_by_overflow_mode|sort_overflow_mode|http_\w+|enable_http_compression|min_execution_speed"
    r"|extremes|joined_subquery_requires_alias|prefer_column_name_to_alias|allow_experimental_analyzer|enable_analyzer"
)


@dataclass(frozen=True)
class Caller:
    """An authenticated user, for the reader with the organization whose rows may be seen."""

    user: User
    organization_id: UUID | None = None

    def mark(self, query_id: str) -> str:
        """What `log_comment` holds: the row filters read its beginning, KILL QUERY finds the query by all of it."""
        who = "writer" if self.user == "writer" else self.organization_id or "nobody"
        return f"{who} {query_id}"

    def settings(self, asked: Mapping[str, str]) -> dict[str, str]:
        """The settings of a connection: what was asked for within the user's limits; raises EngineError beyond them."""
        limits = _LIMITS[self.user]
        settings = _ALWAYS_SET[self.user] | {name: str(limit) for name, limit in limits.items()}
        for name, value in asked.items():
            if name in limits:
                settings[name] = _within(name, value, MOST[self.user][name])
            elif self.user == "writer" or _READER_MAY_SET.fullmatch(name):
                settings[name] = value
            else:
                raise refusal(164, "READONLY", f"Cannot modify '{name}' setting in readonly mode.")
        return settings


def authenticate(passwords: Mapping[str, str], user: str, password: str, organization: str | None) -> Caller:
    """Checks name and password; raises EngineError if they are wrong or the organization is no UUID."""
    known = passwords.get(user, "")
    if not hmac.compare_digest(known.encode(), password.encode()) or not known:
        message = f"{user}: Authentication failed: password is incorrect, or there is no user with such name."
        raise refusal(516, "AUTHENTICATION_FAILED", message)
    if user == "writer":
        return Caller("writer")
    try:
        return Caller("reader", UUID(organization.strip("'")) if organization else None)
    except ValueError:
        raise refusal(36, "BAD_ARGUMENTS", f"{ORGANIZATION_PARAMETER} must be a UUID.") from None


def _within(name: str, value: str, limit: int) -> str:
    try:
        asked = float(value)
    except ValueError:
        raise refusal(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", f"Setting {name} must be a number.") from None
    if not 0 < asked <= limit:
        raise refusal(452, "SETTING_CONSTRAINT_VIOLATION", f"Setting {name} shouldn't be greater than {limit}.")
    return value
