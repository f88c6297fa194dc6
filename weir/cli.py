"""The command `weir`.

Commands import what they need themselves: making a key must not wait for the libraries of the warehouse.
"""

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

from control import api_keys, organizations, sign_in, users
from control.api_keys import Scope
from control.errors import ControlError
from control.organizations import Organization
from control.settings import BootstrapSettings
from control.users import Role, User
from weir.instance import Instance, open_instance
from weir.settings import InstanceSettings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, add_completion=False)
console = Console()

InOrganization = Annotated[str, typer.Option("--organization", help="Name of the organization.")]


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
        _refuse(f"there is no instance at {data_dir}; go to where weir up was started, or set WEIR_DATA_DIR")
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
    console.print(f"Took demo data out of {delete_demo_data(_instance(), found.id)} days of {organization}.")


@app.command()
def create_organization(name: str) -> None:
    """Makes an organization."""
    with _database() as engine:
        made = organizations.create(engine, name)
    console.print(f"Organization {made.name} has the id {made.id}.", highlight=False)


@app.command()
def create_user(
    email: str,
    organization: InOrganization,
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
    organization: InOrganization,
    scope: Annotated[list[str], typer.Option(help=f"One or more of {', '.join(api_keys.SCOPES)}.")] = ["gateway"],  # noqa: B006
    days: Annotated[int | None, typer.Option(help="Days until it expires; never by default.")] = None,
) -> None:
    """Makes an API key and prints its secret, which cannot be shown again."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with _database() as engine:
        owner = _organization(engine, organization)
        key, secret = api_keys.create(engine, owner.id, name, cast(list[Scope], scope), expires_at=expires_at)
    console.print(f"{secret}\n  id {key.id}; scopes {', '.join(sorted(key.scopes))}", highlight=False, soft_wrap=True)


@app.command()
def revoke_key(key_id: UUID, organization: InOrganization) -> None:
    """Revokes an API key; every gateway refuses it within five seconds."""
    with _database() as engine:
        if not api_keys.revoke(engine, _organization(engine, organization).id, key_id):
            _refuse(f"{organization} has no key {key_id}; its keys are at GET /v1/api-keys")


def _instance() -> Instance:
    return open_instance(InstanceSettings(), BootstrapSettings())


@contextmanager
def _database() -> Iterator[Engine]:
    """The application database for the length of a command, which ends with the remedy if its caller made a mistake."""
    with _instance().database() as engine:
        try:
            yield engine
        except ControlError as error:
            _refuse(str(error))


def _organization(engine: Engine, name: str) -> Organization:
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
    console.print(message, style="red", highlight=False, markup=False)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
