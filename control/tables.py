"""The tables of the application database, as SQLAlchemy knows them.

Migrations in `control/migrations/` make them; a test proves that the two agree. Secrets are never here: of those we
give out the hashes are, and those we must show to others are sealed.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is checked on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"time {value.isoformat()} has no zone; pass an aware datetime such as datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _when(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _part_of(table: str, *, primary_key: bool = False) -> sa.Column[Any]:
    name = {"organizations": "organization_id", "users": "user_id"}[table]
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )


organizations = sa.Table(
    "organizations",
    metadata,
    _id(),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    _when("created_at"),
)

users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("email", sa.String(320), nullable=False, unique=True),
    sa.Column("name", sa.String(200)),
    sa.Column("password_hash", sa.String(200)),
    _when("created_at"),
)

memberships = sa.Table(
    "memberships",
    metadata,
    _part_of("organizations", primary_key=True),
    _part_of("users", primary_key=True),
    sa.Column("role", sa.String(20), nullable=False),
    _when("created_at"),
    sa.Index(None, "user_id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("scopes", sa.JSON(), nullable=False),
    sa.Column("secret_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("prefix", sa.String(20), nullable=False),
    _when("created_at"),
    _when("expires_at", nullable=True),
    _when("revoked_at", nullable=True),
    sa.Column("limits", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("created_by", sa.String(320)),
    sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Index(None, "organization_id"),
    sa.Index(None, "version"),
)

provider_keys = sa.Table(
    "provider_keys",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("sealed", sa.Text()),
    sa.Column("hint", sa.String(8), nullable=False),
    sa.Column("parts", sa.JSON(), nullable=False),
    _when("created_at"),
    sa.Column("created_by", sa.String(320)),
    _when("removed_at", nullable=True),
    sa.Column("removed_by", sa.String(320)),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Index(None, "organization_id"),
    sa.Index(None, "version"),
)

sign_in_tokens = sa.Table(
    "sign_in_tokens",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    _part_of("users"),
    _when("expires_at"),
    sa.Index(None, "expires_at"),
)

user_sessions = sa.Table(
    "user_sessions",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    _part_of("users"),
    _when("created_at"),
    _when("expires_at"),
    sa.Index(None, "expires_at"),
)

sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("subject", sa.String(400), primary_key=True),
    sa.Column("attempts", sa.Integer(), nullable=False),
    _when("window_started_at"),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("fence", sa.BigInteger(), nullable=False),
    _when("expires_at"),
)

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    _when("at"),
    sa.Column("counts", sa.JSON(), nullable=False),
)

epochs = sa.Table(
    "epochs",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("value", sa.BigInteger(), nullable=False),
)

key_spend = sa.Table(
    "key_spend",
    metadata,
    sa.Column(
        "api_key_id", sa.Uuid(), sa.ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False, primary_key=True
    ),
    sa.Column("hour", UtcDateTime(), nullable=False, primary_key=True),
    sa.Column("writer", sa.String(64), nullable=False, primary_key=True),
    sa.Column("request_count", sa.BigInteger(), nullable=False),
    sa.Column("token_count", sa.BigInteger(), nullable=False),
    sa.Column("cost_microusd", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Index(None, "hour"),
    sa.Index(None, "version"),
)

routes = sa.Table(
    "routes",
    metadata,
    _part_of("organizations", primary_key=True),
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("models", sa.Text(), nullable=False),
    sa.Column("strategy", sa.String(16), nullable=False),
    sa.Column("weights", sa.JSON(), nullable=False),
    _when("changed_at"),
    sa.Column("changed_by", sa.String(320)),
)

price_overrides = sa.Table(
    "price_overrides",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("model", sa.String(256), nullable=False),
    sa.Column("tier", sa.String(64)),
    sa.Column("above_tokens", sa.BigInteger(), nullable=False),
    sa.Column("valid_from", sa.Date(), nullable=False),
    sa.Column("valid_until", sa.Date()),
    sa.Column("prices", sa.JSON(), nullable=False),
    _when("changed_at"),
    sa.Column("changed_by", sa.String(320)),
    sa.Index(None, "organization_id"),
)

saved_queries = sa.Table(
    "saved_queries",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.Text(), nullable=False),
    sa.Column("sql", sa.Text(), nullable=False),
    sa.Column("parameters", sa.JSON(), nullable=False),
    _when("created_at"),
    sa.Column("created_by", sa.String(320), nullable=False),
    _when("updated_at"),
    sa.Column("updated_by", sa.String(320), nullable=False),
    sa.UniqueConstraint("organization_id", "name"),
)

query_history = sa.Table(
    "query_history",
    metadata,
    _part_of("organizations", primary_key=True),
    sa.Column("subject", sa.String(60), primary_key=True),
    sa.Column("sql_sha256", sa.String(64), primary_key=True),
    sa.Column("sql", sa.Text(), nullable=False),
    sa.Column("parameters", sa.JSON(), nullable=False),
    sa.Column("run_count", sa.Integer(), nullable=False),
    _when("ran_at"),
    sa.Column("elapsed_ms", sa.Float()),
    sa.Column("row_count", sa.BigInteger()),
    sa.Column("error_code", sa.String(100)),
    sa.Index(None, "organization_id", "subject", "ran_at"),
)

query_jobs = sa.Table(
    "query_jobs",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("sql", sa.Text(), nullable=False),
    sa.Column("parameters", sa.JSON(), nullable=False),
    sa.Column("format", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    _when("created_at"),
    sa.Column("created_by", sa.String(320), nullable=False),
    _when("started_at", nullable=True),
    _when("seen_at"),
    _when("finished_at", nullable=True),
    sa.Column("row_count", sa.BigInteger(), nullable=False),
    sa.Column("bytes", sa.BigInteger(), nullable=False),
    sa.Column("error", sa.JSON()),
    sa.Index(None, "organization_id", "created_at"),
)

deletions = sa.Table(
    "deletions",
    metadata,
    _id(),
    _part_of("organizations"),
    sa.Column("request_ids", sa.JSON(), nullable=False),
    sa.Column("user_id", sa.Text()),
    sa.Column("user_sha256", sa.String(64)),
    sa.Column("state", sa.String(20), nullable=False),
    _when("requested_at"),
    sa.Column("requested_by", sa.String(320), nullable=False),
    sa.Column("days_left", sa.JSON(none_as_null=True)),
    sa.Column("days_touched", sa.JSON(), nullable=False),
    sa.Column("counts", sa.JSON(), nullable=False),
    sa.Column("removed_in_pass", sa.BigInteger(), nullable=False),
    _when("swept_at", nullable=True),
    _when("next_at", nullable=True),
    sa.Column("problem", sa.Text()),
    _when("finished_at", nullable=True),
    sa.Index(None, "organization_id", "requested_at"),
    sa.Index(None, "requested_at"),
)

retention = sa.Table(
    "retention",
    metadata,
    _part_of("organizations", primary_key=True),
    sa.Column("days", sa.Integer()),
    _when("changed_at"),
    sa.Column("changed_by", sa.String(320), nullable=False),
    sa.Column("applied_until", sa.Date()),
)
