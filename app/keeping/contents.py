"""What a database or a backup holds, and one moment of a database to read from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.core.db import is_sqlite, prepare_sqlite, sqlite, write_engine
from app.core.schema import head, revisions

LOOKING = ("busy_timeout=10000", "query_only=ON")
"""Without the memory map of the service's readers: a damaged file that is mapped can end the process."""


class Refused(Exception):
    """A backup or restore that is not done. The text says what would be right."""


@dataclass(frozen=True)
class Contents:
    """The schema, how many rows, and the number of the last change: enough to know a backup again."""

    revision: str
    rows: int
    last_change: int

    def told(self) -> str:
        return f"revision {self.revision}, {self.rows} rows, last change {self.last_change}"


def sqlite_path(url: str) -> Path:
    """The database's own file, behind any link to it."""
    return Path(make_url(url).database or "").resolve()


def open_sqlite(path: Path, pragmas: tuple[str, ...] = LOOKING, mode: str = "mode=rw") -> Any:
    """A connection to a file that is there: SQLite would make a new one of a path that was mistyped."""
    connection = sqlite.connect(f"file:{quote(str(path))}?{mode}", uri=True, check_same_thread=False)
    prepare_sqlite(connection, pragmas)
    return connection


@contextmanager
def looking_at(url: str) -> Iterator[sa.Connection]:
    """One moment of the database, to read from and for nothing else; writers go on beside it."""
    if is_sqlite(url):
        path = sqlite_path(url)
        if not path.is_file():
            raise Refused(f"There is no database at {path}. Check TROIKA_DATABASE_URL.")
        engine = sa.create_engine("sqlite+pysqlite://", module=sqlite, creator=lambda: open_sqlite(path), poolclass=sa.NullPool)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        options: dict[str, Any] = {}
    else:
        engine = write_engine(url, pool_size=1)
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    finally:
        engine.dispose()


Ask = Callable[[str], Any]
"""Gives the first value that a statement finds."""


def asking(connection: sa.Connection) -> Ask:
    return lambda statement: connection.scalar(sa.text(statement))


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def contents(ask: Ask, found: set[str]) -> Contents:
    """What a database with these tables holds; `Refused` where it is none of ours."""
    if not {"alembic_version", "changes"} <= found:
        raise Refused("This is no database of Troika's, or an empty one.")
    rows = sum(int(ask(f'SELECT count(*) FROM "{name}"')) for name in found - {"alembic_version"})
    return Contents(str(ask("SELECT version_num FROM alembic_version")), rows, int(ask("SELECT coalesce(max(seq), 0) FROM changes")))


def holds_rows(ask: Ask, found: set[str]) -> bool:
    """Whether there is anything to lose: a schema without rows may be replaced."""
    return any(ask(f'SELECT EXISTS (SELECT 1 FROM "{name}")') for name in found - {"alembic_version"})


def check_revision(revision: str) -> str | None:
    """What is still to be done after a restore of this revision; `Refused` if this version does not know it."""
    if revision not in revisions():
        raise Refused(
            f"The backup is at revision {revision}, which this version does not know: a newer version made it. "
            "Restore it with that version: pip install --upgrade troika-tracker"
        )
    return None if revision == head() else f"The backup is at revision {revision}, this version needs {head()}. Run: troika migrate"
