"""The command `weir`.

Commands import what they need themselves: making a key must not wait for the libraries of the warehouse.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn, cast
from uuid import UUID

import typer
from dotenv import load_dotenv
from rich.console import Console
from sqlalchemy.engine import Engine

from control import api_keys, organizations, provider_keys, sign_in, users
from control.api_keys import Scope
from control.database import is_ready
from control.errors import ControlError, Unsealable
from control.key_limits import parse_limit
from control.organizations import Organization
from control.sealing import SecretBox
from control.settings import BootstrapSettings
from control.users import Role, User
from warehouse.object_store import StoreUnavailable
from weir.instance import Instance, open_instance
from weir.settings import InstanceSettings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, add_completion=False)
import_app = typer.Typer(no_args_is_help=True, help="Brings the history of calls from elsewhere.")
app.add_typer(import_app, name="import")
console = Console()

HELICONE = "https://api.helicone.ai"

InOrganization = Annotated[
    str | None, typer.Option("--organization", help="Name of the organization; not needed where there is only one.")
]


@app.callback()
def weir() -> None:
    """Weir: an LLM gateway and the analytics warehouse behind it. Settings come from WEIR_… variables and .env."""
    load_dotenv(Path(".env"))


@app.command(name="up")
def up_command(demo: Annotated[bool, typer.Option("--demo", help="Load thirty days of demo data.")] = False) -> None:
    """Starts the whole product on this machine; Ctrl-C stops it."""
    from weir import preflight, up
    from weir.supervisor import StartFailed

    try:
        up.run(InstanceSettings(), BootstrapSettings(), demo=demo, console=console)
    except (preflight.NotReady, StartFailed, ControlError) as error:
        _refuse(f"Weir cannot start: {error}")


@app.command(name="doctor")
def doctor_command() -> None:
    """Says what is wrong with this instance, and how to mend it."""
    from weir import doctor

    data_dir = InstanceSettings().data_dir.absolute()
    if not data_dir.exists():
        _refuse(_no_instance(data_dir))
    if doctor.examine(_instance(), console):
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Brings the application database and the warehouse up to date, and makes the buckets."""
    from weir.first_start import migrate_stores

    migrate_stores(_instance())
    console.print("The application database, the warehouse and the buckets are up to date.")


@app.command()
def delete_demo(organization: InOrganization = "Demo") -> None:
    """Takes the demo data out of an organization; requests of its own stay."""
    from weir.demo.command import delete_demo_data

    with _database() as engine:
        found = _organization(engine, organization)
    console.print(f"Took demo data out of {delete_demo_data(_instance(), found.id)} days of {found.name}.")


@app.command()
def create_organization(name: str) -> None:
    """Makes an organization."""
    with _database() as engine:
        made = organizations.create(engine, name)
    console.print(f"Organization {made.name} has the id {made.id}.", highlight=False)


@app.command()
def create_user(
    email: str,
    organization: InOrganization = None,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(users.ROLES)}.")] = "member",
) -> None:
    """Makes a user, or adds one to another organization, and prints a link that signs them in once."""
    with _database() as engine:
        joined = _organization(engine, organization)
        user = users.find_by_email(engine, email) or users.create(engine, email)
        users.join(engine, joined.id, user.id, cast(Role, role))
        _print_link(engine, user)


@app.command()
def set_password(email: str) -> None:
    """Asks for a user's new password."""
    with _database() as engine:
        user = _user(engine, email)
        users.set_password(engine, user.id, typer.prompt("New password", hide_input=True, confirmation_prompt=True))


@app.command()
def sign_in_link(email: str) -> None:
    """Prints a link that signs a user in once, within ten minutes."""
    with _database() as engine:
        _print_link(engine, _user(engine, email))


@app.command()
def create_key(
    name: str,
    organization: InOrganization = None,
    scope: Annotated[list[str], typer.Option(help=f"One or more of {', '.join(api_keys.SCOPES)}.")] = ["gateway"],  # noqa: B006
    days: Annotated[int | None, typer.Option(help="Days until it expires; never by default.")] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="What it may use up, such as `1000;w=3600;u=request`; also token and cent.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Take the secret from standard input, such as a Helicone key's.")
    ] = False,
) -> None:
    """Makes an API key and prints its secret, which cannot be shown again.

    An application that comes from Helicone may keep its key: give its secret, and only the base URL changes.
    """
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with _database() as engine:
        owner = _organization(engine, organization)
        key, secret = api_keys.create(
            engine,
            owner.id,
            name,
            cast(list[Scope], scope),
            key=_secret("secret of the key") if secret_stdin else None,
            expires_at=expires_at,
            limits=[parse_limit(each) for each in limit or []],
        )
    # What came from outside is not repeated to a terminal.
    shown = f"{key.prefix}…" if secret_stdin else secret
    console.print(f"{shown}\n  id {key.id}; scopes {', '.join(sorted(key.scopes))}", highlight=False, soft_wrap=True)


@app.command()
def revoke_key(key_id: UUID, organization: InOrganization = None) -> None:
    """Revokes an API key; every gateway refuses it within five seconds."""
    with _database() as engine:
        owner = _organization(engine, organization)
        if not api_keys.revoke(engine, owner.id, key_id):
            _refuse(f"{owner.name} has no key {key_id}; its keys are at GET /v1/api-keys")


@app.command()
def add_provider_key(
    provider: Annotated[str, typer.Argument(help="The provider's id, such as openai.")],
    organization: InOrganization = None,
    name: Annotated[str, typer.Option(help="What it is called, so that people know whose it is.")] = "command line",
    part: Annotated[
        list[str] | None, typer.Option(help="A part of the provider's address, such as `resource=acme-eu`.")
    ] = None,
) -> None:
    """Stores a provider's key for an organization, encrypted. The key is read from standard input."""
    from api.key_places import placed
    from providers.catalog import load_catalog

    parts = dict(_pair(each) for each in part or [])
    with _database() as engine:
        owner = _organization(engine, organization)
        known = placed(load_catalog(), provider, parts)
        made = provider_keys.create(
            engine, _secret_box(), owner.id, known.id, name, _secret(f"key for {known.name}"), parts=parts
        )
    console.print(
        f"Stored a key for {known.name} in {owner.name}; id {made.id}. Gateways use it within five seconds.",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def reseal_provider_keys() -> None:
    """Encrypts stored provider keys with the first key in WEIR_SECRET_KEY, so that the others can be taken out."""
    with _database() as engine:
        try:
            count = provider_keys.reseal(engine, _secret_box())
        except Unsealable as error:
            _refuse(f"nothing was changed: {error}")
    console.print(f"Encrypted {count} provider keys anew.", highlight=False)


@import_app.command(name="helicone")
def import_helicone(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Saved answers of query-clickhouse, instead of asking.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day, UTC.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; today by default.")
    ] = None,
    url: Annotated[str, typer.Option(help="Helicone's API; https://eu.api.helicone.ai in Europe.")] = HELICONE,
    organization: InOrganization = None,
    again: Annotated[bool, typer.Option("--again", help="Ask for days too that an earlier run finished.")] = False,
) -> None:
    """Brings a team's history from Helicone; run it again to go on or to bring what is new. The key: standard input."""
    from weir.importing.command import import_from_api, import_from_files
    from weir.importing.errors import ImportFailed

    with _database() as engine:
        owner = _organization(engine, organization)
    try:
        if files:
            import_from_files(_instance(), owner.id, files, console)
        elif since is None:
            _refuse("give --since, the first day to bring, or files with saved pages")
        else:
            last = (until or datetime.now(UTC)).date()
            import_from_api(
                _instance(), owner.id, _secret("key from Helicone"), url, since.date(), last, console, again=again
            )
    except (ImportFailed, StoreUnavailable) as error:
        _refuse(str(error))


def _instance() -> Instance:
    return open_instance(InstanceSettings(), BootstrapSettings())


@contextmanager
def _database() -> Iterator[Engine]:
    """The application database for the length of a command, which ends with the remedy if its caller made a mistake."""
    settings = InstanceSettings()
    if settings.database_url is None and not (settings.data_dir / "weir.db").exists():
        # Before anything is made: a command in the wrong directory must leave none behind.
        _refuse(_no_instance(settings.data_dir.absolute()))
    with _instance().database() as engine:
        if not is_ready(engine):
            _refuse("the application database lacks tables; make them with: weir migrate")
        try:
            yield engine
        except ControlError as error:
            _refuse(str(error))


def _no_instance(data_dir: Path) -> str:
    return f"there is no instance at {data_dir}; go to where weir up was started, or set WEIR_DATA_DIR"


def _secret_box() -> SecretBox:
    return SecretBox.of(_instance().secret_key) or _refuse("WEIR_SECRET_KEY is empty; set one, or leave it out")


def _secret(what: str) -> str:
    """Reads a secret where neither the list of processes nor a shell's history shows it."""
    if sys.stdin.isatty():
        return str(typer.prompt(what.capitalize(), hide_input=True)).strip()
    return sys.stdin.read().strip() or _refuse(f"standard input is empty; pipe the {what} into this command")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    return (name.strip(), value.strip()) if equals else _refuse(f"--part {text}: write it as name=value")


def _organization(engine: Engine, name: str | None) -> Organization:
    if name is None:
        there = organizations.all_of(engine)
        if len(there) == 1:
            return there[0]
        names = ", ".join(each.name for each in there)
        _refuse(
            f"name one with --organization: {names}"
            if there
            else "there is none; make it with: weir create-organization NAME"
        )
    return organizations.find_by_name(engine, name) or _refuse(
        f"no organization is called {name}; make it with: weir create-organization {name!r}"
    )


def _user(engine: Engine, email: str) -> User:
    return users.find_by_email(engine, email) or _refuse(
        f"no user has the email {email}; make one with: weir create-user {email} --organization NAME"
    )


def _print_link(engine: Engine, user: User) -> None:
    instance = _instance()
    token = sign_in.make_token(engine, user.id)
    console.print(f"{instance.url(instance.settings.app_port)}/sign-in?token={token}", highlight=False, soft_wrap=True)


def _refuse(message: str) -> NoReturn:
    console.print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
