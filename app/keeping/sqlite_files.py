"""Backups of an SQLite file, and putting one in its place.

A backup is such a file itself: one consistent moment, in one file without a log beside it, that any SQLite can open.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.db import sqlite
from app.keeping.contents import Ask, Contents, Refused, contents, holds_rows, open_sqlite
from app.keeping.files import STAMP, sync

MAGIC = b"SQLite format 3\0"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database. Left lying, it would be applied to the next file of that name."""


def copy_online(path: Path, to: Path) -> None:
    """Copy a database that may be in use."""
    with closing(open_sqlite(path)) as source, closing(sqlite.connect(str(to))) as copy:
        # All pages in one step, so in one read transaction: writers go on beside it and cannot make it start again.
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")


def _asking(connection: Any) -> tuple[Ask, set[str]]:
    names = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")}
    return lambda statement: connection.execute(statement).fetchone()[0], names


def examine(path: Path) -> Contents:
    """What a backup holds, once every page, index and foreign key of it was found whole; else `Refused`."""
    try:
        with closing(open_sqlite(path, ("query_only=ON",), "immutable=1")) as connection:
            if wrong := damage(connection):
                raise Refused(f"The copy is damaged: {'; '.join(wrong)}.")
            return contents(*_asking(connection))
    except sqlite.DatabaseError as error:
        raise Refused(f"The copy is damaged, or no SQLite file: {error}.") from None


def damage(connection: Any) -> list[str]:
    """What SQLite finds wrong in its pages, indexes and foreign keys."""
    pages = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    keys = [
        f"row {row[1]} of {row[0]} refers to nothing in {row[2]}" for row in connection.execute("PRAGMA foreign_key_check").fetchmany(5)
    ]
    return pages + keys


def is_database(path: Path) -> bool:
    """Whether the file is there and begins as one of SQLite's."""
    if not path.exists():
        return False
    with path.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


@contextmanager
def alone_with(path: Path) -> Iterator[bool]:
    """Keep everybody else out of a database, its log written into it; says whether it may hold rows. `Refused` while it is in use.

    A damaged file cannot be locked, nor can it be in use: it counts as holding rows. One that is no database at all is not even
    opened, since SQLite might clear away its log.
    """
    if not is_database(path):
        yield path.exists() and path.stat().st_size > 0
        return
    with closing(open_sqlite(path, ("busy_timeout=0", "locking_mode=EXCLUSIVE"))) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            full = holds_rows(*_asking(connection))
        except sqlite.OperationalError as error:
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise Refused(f"{path} is in use. Stop the service first, and whatever else has the file open.") from None
            raise
        except sqlite.DatabaseError:
            full = True
        yield full


def keep_aside(path: Path, now: datetime) -> Path:
    """Give the file, and what SQLite keeps beside it, a second name that says when it was replaced."""
    kept = path.with_name(f"{path.name}.before-restore-{now:{STAMP}}")
    for suffix in ("", *BESIDE):
        file, second = Path(f"{path}{suffix}"), f"{kept}{suffix}"
        if file.exists():
            try:
                os.link(file, second)
            except OSError:  # a file system without links
                shutil.copy2(file, second)
                sync(Path(second))
    sync(path.parent)
    return kept


def put_in_place(fresh: Path, path: Path) -> None:
    """Let the fresh file be the database, in one step: before it the old one is there, after it the new one."""
    owner = path if path.exists() else path.parent
    if os.geteuid() == 0:
        os.chown(fresh, owner.stat().st_uid, owner.stat().st_gid)
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    for suffix in BESIDE:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    sync(path.parent)
    fresh.replace(path)
    sync(path.parent)
