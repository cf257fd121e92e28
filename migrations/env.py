"""Runs migrations on either engine, online only. The URL is the service's own setting, or what the caller put into the config."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from app.core.db import write_engine
from app.settings import Settings
from app.tables import METADATA


def include(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Indexes that only guard a rule (see `migrations/rules.py`) have no place in the models."""
    return not (kind == "index" and reflected and compare_to is None and not str(name).startswith("ix_"))


def differs(_context: Any, _reflected: Any, _column: Any, present: Any, wanted: Any) -> bool | None:
    """A text without bound is TEXT in a migration and a string without length in a model: one type. All else alembic compares."""
    return False if isinstance(present, sa.Text) and isinstance(wanted, AutoString) and wanted.length is None else None


def migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection, target_metadata=METADATA, include_object=include, compare_type=differs,
        render_as_batch=connection.dialect.name == "sqlite", transactional_ddl=True,
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    if given := context.config.attributes.get("connection"):
        migrate(given)  # in the caller's transaction
        return
    engine = write_engine(context.config.get_main_option("troika.url") or Settings().database_url)
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


run()
