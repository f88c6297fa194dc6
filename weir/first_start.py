"""What the first start of an instance makes: tables in both databases, buckets, an organization, a user and keys."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.engine import Engine

from control import api_keys, organizations, sign_in
from control.bootstrap import bootstrap
from control.migrate import migrate as migrate_database
from warehouse.clickhouse import connect_writer
from warehouse.clickhouse import migrate as migrate_warehouse
from warehouse.object_store import open_object_store
from warehouse.settings import BUCKETS
from weir.instance import Instance


@dataclass(frozen=True)
class FirstStart:
    """The first organization, and a fresh link for its owner."""

    organization_id: UUID
    sign_in_token: str


def migrate_stores(instance: Instance) -> None:
    """Brings both databases up to date and makes the buckets; does nothing where nothing is missing."""
    with instance.database() as engine:
        migrate_database(engine)
    migrate_warehouse(connect_writer(instance.warehouse_url))
    for bucket in BUCKETS:
        open_object_store(instance.object_store_url, bucket).ensure_bucket()


def create_first(instance: Instance, *, demo: bool) -> FirstStart:
    """Makes what is missing of the first organization, its owner and its keys, and a new sign-in token."""
    with instance.database() as engine:
        made = bootstrap(
            engine,
            instance.first.model_copy(
                update={
                    "organization": _organization(instance, engine, demo=demo),
                    "user_password": SecretStr(instance.secrets.user_password),
                    "gateway_key": SecretStr(instance.secrets.gateway_key),
                    "query_key": SecretStr(instance.secrets.query_key),
                }
            ),
        )
        return FirstStart(made.organization.id, sign_in.make_token(engine, made.user.id))


def _organization(instance: Instance, engine: Engine, *, demo: bool) -> str:
    """The name that was given, else of the organization that has the keys since an earlier start, demo or not."""
    if "organization" in instance.first.model_fields_set:
        return instance.first.organization
    known = api_keys.find(engine, instance.secrets.gateway_key)
    organization = known and organizations.get(engine, known.organization_id)
    if organization:
        return organization.name
    return "Demo" if demo else instance.first.organization
