"""`troika backup`: one moment of the database in one file, checked before it gets its name."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.core.db import is_sqlite
from app.keeping import postgresql_dumps, sqlite_files
from app.keeping.contents import Contents, Refused, looking_at, sqlite_path
from app.keeping.files import digest, draft, sync

UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Backup:
    """A backup as it was made."""

    contents: Contents
    size: int
    sha256: str

    def told(self) -> str:
        return f"{self.contents.told()}, {self.size} bytes, sha256 {self.sha256}"


def back_up(url: str, file: Path, *, force: bool = False) -> Backup:
    """Write a backup of the database to a file, which is there when all of it is, and never before. Writers go on meanwhile."""
    file = file.absolute()
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}.")
    if is_sqlite(url) and file.resolve() in {Path(f"{sqlite_path(url)}{suffix}") for suffix in ("", *sqlite_files.BESIDE)}:
        raise Refused(f"{file} is the database itself. Choose another name.")
    if file.exists() and not force:
        raise _taken(file)
    with draft(file, UNFINISHED) as unfinished:
        found = take(url, unfinished)
        sync(unfinished)
        made = Backup(found, unfinished.stat().st_size, digest(unfinished))
        _name(unfinished, file, force=force)
    sync(file.parent)
    return made


def take(url: str, to: Path) -> Contents:
    """One moment of the database, in the engine's own form; what it holds was read from the copy."""
    if not is_sqlite(url):
        return postgresql_dumps.dump(url, to)
    with looking_at(url):
        pass  # `Refused` where there is no database
    sqlite_files.copy_online(sqlite_path(url), to)
    return sqlite_files.examine(to)


def _name(unfinished: Path, file: Path, *, force: bool) -> None:
    """Give the finished backup its name; without `force` somebody else's file of that name stays."""
    if force:
        unfinished.replace(file)
        return
    try:
        os.link(unfinished, file)
    except FileExistsError:
        raise _taken(file) from None
    except OSError:  # a file system without links
        unfinished.rename(file)


def _taken(file: Path) -> Refused:
    return Refused(f"{file} is there already. Choose another name, or say --force to replace it.")
