"""The state of the database's schema against what this version of the service needs.

Alembic costs half a second to import, so serving only compares revision names; `troika migrate` does the work.
"""

import re
from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parents[2] / "migrations"


class SchemaMismatch(Exception):
    """The database's schema is not the one this version needs. The text names the command to run."""


def revisions() -> dict[str, str | None]:
    """Every migration's revision with the one before it, read from the files' headers."""
    found: dict[str, str | None] = {}
    for path in (MIGRATIONS / "versions").glob("*.py"):
        text = path.read_text()
        name = re.search(r'^revision = "(\w+)"', text, re.MULTILINE)
        before = re.search(r'^down_revision = (?:"(\w+)"|None)', text, re.MULTILINE)
        if name and before:
            found[name[1]] = before[1]
    return found


def head() -> str:
    """The revision that no other one follows."""
    known = revisions()
    (newest,) = set(known) - set(known.values())
    return newest


def check_schema(engine: sa.Engine) -> None:
    """Raise `SchemaMismatch` unless the database stands at the newest revision."""
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        present = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else None
        connection.rollback()
    if present == head():
        return
    if present is None:
        raise SchemaMismatch("The database is empty. Run: troika migrate")
    if present in revisions():
        raise SchemaMismatch(f"The database is at revision {present}, this version needs {head()}. Run: troika migrate")
    raise SchemaMismatch(
        f"The database is at revision {present}, which this version does not know: a newer version has been here. "
        "Start that version, or restore a backup made before it: pip install --upgrade troika-tracker"
    )
