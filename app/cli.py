"""The command `troika`."""

import sys
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from app.core.db import is_sqlite, sqlite, sqlite_is_safe
from app.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Troika keeps the shared work of an inter-agency coordination group."""
    if is_sqlite(Settings().database_url) and not sqlite_is_safe():
        raise click.ClickException(
            f"SQLite {sqlite.sqlite_version} has the WAL-reset bug and could damage the data. Install pysqlite3, or use PostgreSQL."
        )


def prepare_folder(settings: Settings) -> None:
    """Make the folder of an SQLite file, so that a first start needs no preparation."""
    path = make_url(settings.database_url).database if is_sqlite(settings.database_url) else None
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)


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

    from app.core.db import write_engine
    from app.core.schema import SchemaMismatch, check_schema

    settings = Settings()
    prepare_folder(settings)
    if migrating or demo:
        context.invoke(migrate, to="head")
    engine = write_engine(settings.database_url)
    try:
        check_schema(engine)
    except SchemaMismatch as error:
        raise click.ClickException(str(error)) from None
    finally:
        engine.dispose()
    uvicorn.run("app.main:create_app", factory=True, host=host, port=port, workers=workers, access_log=False, server_header=False)


if __name__ == "__main__":
    sys.exit(main())
