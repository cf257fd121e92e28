"""The command `troika`."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from app.core.db import is_sqlite, unsafe_sqlite
from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.core.work import Work


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Troika keeps the shared work of an inter-agency coordination group."""
    try:
        Settings()
    except ValidationError as error:
        told = [
            ": ".join([*(f"TROIKA_{name}".upper() for name in e["loc"]), e["msg"].removeprefix("Value error, ")]) for e in error.errors()
        ]
        raise click.ClickException("; ".join(told)) from None
    if is_sqlite(Settings().database_url) and (why := unsafe_sqlite()):
        raise click.ClickException(why)


def prepare_folder(settings: Settings) -> None:
    """Make the folder of an SQLite file, so that a first start needs no preparation."""
    path = make_url(settings.database_url).database if is_sqlite(settings.database_url) else None
    if path:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@main.command()
@click.option("--to", default="head", show_default=True, help="The revision to go to; an older one goes down.")
def migrate(to: str) -> None:
    """Bring the database's schema to this version."""
    from alembic import command
    from alembic.config import Config

    from app.core.schema import MIGRATIONS, head, revisions

    prepare_folder(Settings())
    config = Config(str(MIGRATIONS.parent / "alembic.ini"))
    known = list(revisions())
    if to != "head" and to not in known:
        raise click.ClickException(f"There is no revision {to}. Known: {', '.join(known)}.")
    step = command.upgrade if to == "head" else command.downgrade
    step(config, to)
    click.echo(f"The database is at revision {head() if to == 'head' else to}.", err=True)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--migrate", "migrating", is_flag=True, help="Bring the schema to this version first.")
@click.option("--demo", is_flag=True, help="Migrate, load the demo on first start, and print a token for each role.")
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int, migrating: bool, demo: bool) -> None:
    """Serve the API."""
    import uvicorn

    prepare_folder(Settings())
    if migrating or demo:
        context.invoke(migrate, to="head")
    check_free(host, port)
    with database_here() as engine:
        if demo:
            show_demo(engine, f"http://{f'[{host}]' if ':' in host else host}:{port}")
    uvicorn.run(
        "app.main:serve_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_worker_healthcheck=60,  # a worker that starts on a busy machine is not a hung one: killed, it would start over for ever
    )


def check_free(host: str, port: int) -> None:
    """Refuse a port that is taken, before anything is changed for a service that could not start."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise click.ClickException(f"{host}:{port} cannot be had. Choose another port: --port, or make run PORT=…") from None


@contextmanager
def database_here() -> Iterator["Engine"]:
    """The database of this installation, at the right schema; refusals become the command's error."""
    from sqlalchemy.exc import OperationalError

    from app.core.db import write_engine
    from app.core.errors import Problem
    from app.core.schema import SchemaMismatch, check_schema

    engine = write_engine(Settings().database_url)
    try:
        check_schema(engine)
        yield engine
    except (Problem, SchemaMismatch) as error:
        raise click.ClickException(str(error)) from None
    except OperationalError:
        raise click.ClickException("The database cannot be reached. Check TROIKA_DATABASE_URL, and whether the server is up.") from None
    finally:
        engine.dispose()


@contextmanager
def at_the_machine() -> Iterator["Work"]:
    """A unit of work for whoever can type commands here: an administrator, journalled as `cli`."""
    from app.actors import Actor, Grant, Role
    from app.core.dates import now
    from app.core.work import unit_of_work

    actor = Actor("cli", "command line", frozenset({Grant(Role.ADMINISTRATOR)}))
    with database_here() as engine, unit_of_work(engine, actor, now(), channel="cli") as work:
        yield work


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and change nothing.")
def load(file: Path, dry_run: bool) -> None:
    """Load groups from a YAML FILE: all of it or nothing. What is there already is left alone."""
    from app.loading.document import Document, Mistakes
    from app.loading.load import load

    document: Document | None = None
    try:
        document = Document.of(file)
        with database_here() as engine:
            report = load(engine, document, dry_run=dry_run)
    except Mistakes as mistakes:
        for text in mistakes.told(file.name, document):
            click.echo(text, err=True)
        raise click.ClickException("Nothing was loaded.") from None
    for line in report.lines:
        click.echo(line)
    click.echo(f"{'Dry run, nothing was changed: ' if dry_run else ''}{report.summary}.")


@main.command()
def demo() -> None:
    """Load the demo: the record of the Global Migration Group, and a small group of today. A second time changes nothing."""
    from app.loading.demo import load_demo

    with database_here() as engine:
        for name, report in load_demo(engine).items():
            click.echo(f"{name}: {report.summary}.")


@contextmanager
def keeping() -> Iterator[None]:
    """Refusals and failures of a backup or restore become the command's error."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.core.db import sqlite
    from app.keeping.contents import Refused

    try:
        yield
    except (Refused, OSError, sqlite.Error, SQLAlchemyError) as error:
        raise click.ClickException(" ".join(str(error).split())) from None


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path, force: bool) -> None:
    """Write a backup of the database to FILE. The service may run meanwhile."""
    from app.keeping.backup import back_up

    with keeping():
        made = back_up(Settings().database_url, file, force=force)
    click.echo(f"{file}: {made.told()}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the data that is there; it is kept aside.")
def restore(file: Path, force: bool) -> None:
    """Put the backup in FILE in the place of the database. Stop the service first."""
    from app.core.dates import now
    from app.keeping.restore import restore

    with keeping():
        done = restore(Settings().database_url, file, now(), force=force)
    click.echo(f"Restored {done.contents.told()}, sha256 {done.sha256}")
    if done.kept:
        click.echo(f"What was there is kept in {done.kept}")
    if done.remaining:
        click.echo(done.remaining)


@main.command()
def doctor() -> None:
    """Examine the installation: one line for each thing that must hold. Exit code 1 if one does not."""
    from app.core.dates import now
    from app.keeping.doctor import examine
    from app.keeping.findings import Installation

    failed = False
    for mark, name, text in examine(Installation(Settings().database_url, now())):
        click.echo(f"{mark:<5} {name:<12} {text}")
        failed = failed or mark == "fail"
    sys.exit(failed)


def show_demo(engine: "Engine", address: str) -> None:
    """Load the demo where it is missing, and print where to look and a fresh token for each role."""
    from app.core.dates import now
    from app.loading.demo import fresh_tokens, load_demo

    for name, report in load_demo(engine, missing_only=True).items():
        click.echo(f"Loaded the demo group {name}: {report.summary}.", err=True)
    tokens = fresh_tokens(engine, now())
    click.echo(
        f"\n  {address}/     what runs here\n  {address}/api  the API reference\n\nTokens, for 7 days or until the next start:\n", err=True
    )
    for role, secret in tokens.items():
        click.echo(f"  {role:<18} {secret}", err=True)
    question = f"{address}/api/v1/groups/gmg/troika?as_of=2013-03-01"
    click.echo(
        f'\nWho chaired the Global Migration Group on 1 March 2013:\n\n  curl -H "Authorization: Bearer {tokens["viewer"]}" "{question}"\n',
        err=True,
    )


@main.group()
def token() -> None:
    """Issue, list and revoke access tokens."""


@token.command("create")
@click.option("--role", required=True, type=click.Choice(["secretariat", "focal_point", "viewer", "administrator"]))
@click.option("--group", help="The group's code. Only an administrator of the whole installation goes without.")
@click.option("--agency", help="The agency that a focal point speaks for, by code or alias.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it is valid.")
@click.option("--name", help="What to call it in the history; default from role, agency and group.")
def create_token(role: str, group: str | None, agency: str | None, days: int, name: str | None) -> None:
    """Print a new token, alone on standard output. It is shown this once."""
    from app.access.actions import issue_token
    from app.actors import Role

    with at_the_machine() as work:
        _, secret = issue_token(work, Role(role), group=group, agency=agency, days=days, name=name)
    click.echo(secret)


@token.command("list")
def list_tokens() -> None:
    """List tokens: id, role, name, last day, and whether revoked."""
    from app.access.models import Token

    with at_the_machine() as work:
        for found in work.all(Token, order_by=Token.created_at):
            state = "revoked" if found.revoked_at else f"until {found.expires_at:%Y-%m-%d}"
            click.echo(f"{found.id}  {found.role:<13}  {state:<16}  {found.name}")


@token.command("revoke")
@click.argument("id")
def revoke_token(id: str) -> None:
    """Revoke a token: it is refused from the next request on."""
    from app.access import actions
    from app.access.models import Token

    with at_the_machine() as work:
        actions.revoke_token(work, work.get(Token, id))
    click.echo("Revoked.", err=True)


@main.group()
def rates() -> None:
    """Import exchange rates."""


@rates.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Let rates that are known otherwise for their day be replaced; the history keeps them.")
def import_rates(file: Path, replace: bool) -> None:
    """Import the rates in a CSV FILE (currency,base,on,rate,source): all of them or nothing."""
    from app.fundraising.rate_actions import import_rates, read_rates
    from app.fundraising.rules import RatesNotTaken

    try:
        found = read_rates(file)
        with at_the_machine() as work:
            added, kept = import_rates(work, found, replace=replace)
    except RatesNotTaken as refusal:
        for text in refusal.params["mistakes"]:
            click.echo(f"{file.name}: {text}", err=True)
        raise click.ClickException("Nothing was imported.") from None
    click.echo(f"{added} taken, {kept} known already.")


if __name__ == "__main__":
    sys.exit(main())
