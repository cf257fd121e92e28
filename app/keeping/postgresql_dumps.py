"""Backups of a PostgreSQL database: dumps in the custom format of its own pg_dump, and putting one back in one transaction.

Neither program is ever told a password, or anything else of the address, where `ps` shows it: pg_dump finds it in its
environment, and pg_restore never connects. It writes the dump out as a script, and this process sends that to the server, so that
what was there is cleared away, and the backup read and checked, in a single transaction.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa

from app.keeping.contents import Contents, Refused, asking, contents, looking_at, tables

MAGIC = b"PGDMP"
COPY = re.compile(rb"COPY (?:\w+\.)?(\w+) \((.*)\) FROM stdin;\n")
SETTING = re.compile(rb"SET (\w+) = ")
OLDEST = 14
"""The first version of pg_dump that can leave the server's other extensions out, which may need a superuser to come back."""
DEBIAN = Path("/usr/lib/postgresql")


@cache
def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def find_program(name: str, wanted: int = 0) -> str:
    """The newest of PostgreSQL's programs of this name, on PATH or where Debian puts them; `Refused` if it is older than the server."""
    places = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *(str(p) for p in DEBIAN.glob("*/bin"))]
    found = {program: _version(program) for place in places if (program := shutil.which(name, path=place))}
    best = max(found, key=lambda program: found[program], default=None)
    if best is None or found[best] < wanted:
        there = f"the newest one here is of version {found[best]}" if best else "it is not installed here"
        which = f", of version {wanted} or newer" if wanted else ""
        package = f"postgresql-client-{wanted}" if wanted else "postgresql-client"
        raise Refused(f"This needs PostgreSQL's own program {name}{which}: {there}. On Debian: apt-get install {package}")
    return best


def dump(url: str, to: Path) -> Contents:
    """Write one moment of the database to a file; what the file holds was counted in the file and agrees with that moment."""
    with looking_at(url) as connection:
        found = contents(asking(connection), tables(connection))
        version, schema, snapshot = connection.execute(
            sa.text("SELECT current_setting('server_version_num')::int / 10000, current_schema(), pg_export_snapshot()")
        ).one()
        program = find_program("pg_dump", max(version, OLDEST))
        ran = subprocess.run(
            [program, "--format=custom", "--no-owner", "--no-privileges", "--no-comments", f"--schema={schema}", "--extension=btree_gist",
             f"--snapshot={snapshot}", f"--file={to}"],
            env=_environment(connection), capture_output=True, text=True, check=False,
        )  # fmt: skip
    if ran.returncode:
        raise Refused(f"pg_dump could not make the backup: {ran.stderr.strip()}")
    if (held := examine(to)) != found:
        raise Refused(f"The backup holds {held.told()}, the database held {found.told()}.")
    return found


def _environment(connection: sa.Connection) -> dict[str, str]:
    """How this connection reached its server, in the variables that PostgreSQL's programs read."""
    driver: Any = connection.connection.driver_connection
    options = {o.envvar.decode(): o.val.decode() for o in driver.pgconn.info if o.envvar and o.val}
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return own | options | {"PGOPTIONS": ""}


def script(file: Path, *options: str) -> Iterator[bytes]:
    """The dump as the lines of an SQL script; `Refused` when it cannot be read to its end."""
    command = [find_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", *options, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        yield from process.stdout
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise Refused(f"The backup cannot be read: {said}")


def is_dump(file: Path) -> bool:
    """Whether the file begins as one of pg_dump's in the custom format."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def examine(file: Path) -> Contents:
    """What a dump holds, read from its first byte to its last."""
    revision, rows, last = "", 0, 0
    table: str | None = None
    place = 0
    for line in script(file, "--data-only"):
        if table is None:
            if found := COPY.fullmatch(line):
                table, place = found[1].decode(), found[2].split(b", ").index(b"seq") if found[1] == b"changes" else 0
        elif line == b"\\.\n":
            table = None
        elif table == "alembic_version":
            revision = line.decode().strip()
        else:
            rows += 1
            last = max(last, int(line.split(b"\t")[place])) if table == "changes" else last
    if not revision:
        raise Refused("This is no backup of Troika's: it holds no revision.")
    return Contents(revision, rows, last)


OTHERS = sa.text(
    "SELECT usename || coalesce(' with ' || nullif(application_name, ''), '') FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def others(connection: sa.Connection, *, patience: float) -> list[str]:
    """Who else is connected to this database, and stays so for some seconds: a server needs a moment to part from who has left."""
    end = monotonic() + patience
    while True:
        connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")  # within a transaction, the server tells the same again otherwise
        found = [str(row[0]) for row in connection.execute(OTHERS)]
        if not found or monotonic() >= end:
            return found
        sleep(0.05)


def keep_writers_out(connection: sa.Connection) -> None:
    """Let nobody change a table until this transaction ends; readers, and so pg_dump, go on."""
    for name in tables(connection):
        connection.exec_driver_sql(f'LOCK TABLE "{name}" IN EXCLUSIVE MODE')


OURS = """
SELECT format('DROP %s IF EXISTS %s CASCADE', what, name) FROM (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS what,
           oid::regclass::text AS name, CASE relkind WHEN 'S' THEN 2 ELSE 1 END AS turn, oid, 'pg_class'::regclass AS catalog
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'ROUTINE', oid::regprocedure::text, 3, oid, 'pg_proc'::regclass
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
) AS thing
WHERE NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = catalog AND d.objid = thing.oid AND d.deptype IN ('e', 'i', 'a'))
ORDER BY turn
"""
"""What to drop: tables, views, sequences and functions of the schema, but for those of extensions and those that go with their table."""


def clear(connection: sa.Connection) -> None:
    """Take away what the database holds: only the backup's own schema may stand beside the backup's rows."""
    for (statement,) in connection.execute(sa.text(OURS)).all():
        connection.exec_driver_sql(statement)


def replay(connection: sa.Connection, file: Path) -> None:
    """Send the dump to the server, in the transaction of this connection."""
    path = connection.scalar(sa.text("SHOW search_path"))
    known = {row[0].encode() for row in connection.execute(sa.text("SELECT name FROM pg_settings"))}
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    lines, pending = script(file), list[bytes]()
    for line in lines:
        setting = SETTING.match(line)
        if line.startswith((b"\\", b"--", b"CREATE SCHEMA ")) or (setting and setting[1] not in known):
            continue  # a command of psql's, the schema that is there, or a setting that this server is too old for
        if not COPY.fullmatch(line):
            pending.append(line)
            continue
        cursor.execute(b"".join(pending))
        pending = []
        with cursor.copy(line) as copy:
            for row in lines:
                if row == b"\\.\n":
                    break
                copy.write(row)
    cursor.execute(b"".join(pending))
    connection.execute(sa.text("SELECT set_config('search_path', :path, true)"), {"path": path})  # the script has emptied it
