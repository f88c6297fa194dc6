"""The command `weir`.

Commands import what they need themselves: making a key must not wait for the libraries of the warehouse.
"""

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
from control.database import open_database
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

    instance = _instance()
    found = _organization(open_database(instance.database_url), organization)
    console.print(f"Took demo data out of {delete_demo_data(instance, found.id)} days of {organization}.")


@app.command()
def create_organization(name: str) -> None:
    """Makes an organization."""
    try:
        made = organizations.create(_database(), name)
    except ControlError as error:
        _refuse(str(error))
    console.print(f"Organization {made.name} has the id {made.id}.", highlight=False)


@app.command()
def create_user(
    email: str,
    organization: InOrganization,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(users.ROLES)}.")] = "member",
) -> None:
    """Makes a user, or adds one to another organization, and prints a link that signs them in once."""
    engine = _database()
    try:
        user = users.find_by_email(engine, email) or users.create(engine, email)
        users.join(engine, _organization(engine, organization).id, user.id, cast(Role, role))
    except ControlError as error:
        _refuse(str(error))
    _print_link(engine, user)


@app.command()
def set_password(email: str) -> None:
    """Asks for a user's new password."""
    engine = _database()
    user = _user(engine, email)
    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    try:
        users.set_password(engine, user.id, password)
    except ControlError as error:
        _refuse(str(error))


@app.command()
def sign_in_link(email: str) -> None:
    """Prints a link that signs a user in once, within ten minutes."""
    engine = _database()
    _print_link(engine, _user(engine, email))


@app.command()
def create_key(
    name: str,
    organization: InOrganization,
    scope: Annotated[list[str], typer.Option(help=f"One or more of {', '.join(api_keys.SCOPES)}.")] = ["gateway"],  # noqa: B006
    days: Annotated[int | None, typer.Option(help="Days until it expires; never by default.")] = None,
) -> None:
    """Makes an API key and prints its secret, which cannot be shown again."""
    engine = _database()
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    try:
        key, secret = api_keys.create(
            engine, _organization(engine, organization).id, name, cast(list[Scope], scope), expires_at=expires_at
        )
    except ControlError as error:
        _refuse(str(error))
    console.print(f"{secret}\n  id {key.id}; scopes {', '.join(sorted(key.scopes))}", highlight=False, soft_wrap=True)


@app.command()
def revoke_key(key_id: UUID, organization: InOrganization) -> None:
    """Revokes an API key; every gateway refuses it within five seconds."""
    engine = _database()
    if not api_keys.revoke(engine, _organization(engine, organization).id, key_id):
        _refuse(f"{organization} has no key {key_id}; its keys are on the dashboard and at GET /v1/api-keys")


def _instance() -> Instance:
    return open_instance(InstanceSettings(), BootstrapSettings())


def _database() -> Engine:
    return open_database(_instance().database_url)


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
