"""`troika restore`: a backup in the place of the database, all of it or nothing."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import sqlalchemy as sa

from app.core.db import is_sqlite, write_engine
from app.keeping import postgresql_dumps, sqlite_files
from app.keeping.contents import Contents, Refused, asking, check_revision, contents, holds_rows, sqlite_path, tables
from app.keeping.files import STAMP, digest, draft, sync

RESTORING = ".restoring"


@dataclass(frozen=True)
class Restored:
    """A backup as it was put back, where the former data is, and what is still to be done."""

    contents: Contents
    sha256: str
    kept: Path | None
    remaining: str | None


def restore(url: str, file: Path, now: datetime, *, force: bool = False) -> Restored:
    """Put a backup in the place of the database. Whatever happens on the way, the database is the old one or the new one."""
    file = file.absolute()
    if is_sqlite(url) and sqlite_files.is_database(file):
        return _restore_sqlite(url, file, now, force=force)
    if not is_sqlite(url) and postgresql_dumps.is_dump(file):
        return _restore_postgresql(url, file, now, force=force)
    engine = "SQLite" if is_sqlite(url) else "PostgreSQL"
    raise Refused(f"{file} is no backup of a database on {engine}, which TROIKA_DATABASE_URL names.")


def _full(where: str) -> Refused:
    return Refused(f"{where} holds data. Say --force to replace it; what is there is kept aside.")


def _restore_sqlite(url: str, file: Path, now: datetime, *, force: bool) -> Restored:
    path = sqlite_path(url)
    if Path(f"{file}-wal").exists():
        raise Refused(f"{file} is a database in use and no backup: a log lies beside it. Make a backup of it with: troika backup")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with draft(path, RESTORING) as fresh:
        shutil.copyfile(file, fresh)
        found = sqlite_files.examine(fresh)  # what was checked is what is put in place
        remaining = check_revision(found.revision)
        sync(fresh)
        sha256 = digest(fresh)
        sound = sqlite_files.is_database(path)  # asked before: to open and close the file once more would give up its lock
        with sqlite_files.alone_with(path) as full:
            if full and not force:
                raise _full(str(path))
            kept = sqlite_files.keep_aside(path, now) if full or not sound else None
            sqlite_files.put_in_place(fresh, path)
    return Restored(found, sha256, kept if kept and kept.exists() else None, remaining)


def _restore_postgresql(url: str, file: Path, now: datetime, *, force: bool) -> Restored:
    found = postgresql_dumps.examine(file)
    remaining = check_revision(found.revision)
    engine = write_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            kept = None
            if _may_be_replaced(connection, force=force):
                postgresql_dumps.keep_writers_out(connection)
                kept = file.with_name(f"{file.name}.before-restore-{now:{STAMP}}")
                _dump_aside(url, kept)
            postgresql_dumps.clear(connection)
            postgresql_dumps.replay(connection, file)
            if (held := contents(asking(connection), tables(connection))) != found:
                raise Refused(f"The backup holds {found.told()}, but restored were {held.told()}. Nothing was changed.")
    except psycopg.Error as error:  # from the script; SQLAlchemy's own statements are told by the command
        raise Refused(f"The server refused the backup, and nothing was changed: {error}") from None
    finally:
        engine.dispose()
    return Restored(found, digest(file), kept, remaining)


LEAVING = 2.0
"""So many seconds a connection may take to be gone after it was closed."""


def _may_be_replaced(connection: sa.Connection, *, force: bool) -> bool:
    """Whether the database holds data that is to be replaced; `Refused` where it must not be."""
    if there := postgresql_dumps.others(connection, patience=LEAVING):
        raise Refused(f"The database is in use ({', '.join(there[:5])}). Stop the service first, and whatever else is connected.")
    found = tables(connection)
    full = holds_rows(asking(connection), found)
    if full and not force:
        raise _full("The database")
    if full and not {"changes", "alembic_version"} <= found:
        raise Refused("The database holds the tables of something else. Restore into a database of Troika's own.")
    return full


def _dump_aside(url: str, kept: Path) -> None:
    with draft(kept, RESTORING) as unfinished:
        postgresql_dumps.dump(url, unfinished)
        sync(unfinished)
        unfinished.replace(kept)
    sync(kept.parent)
