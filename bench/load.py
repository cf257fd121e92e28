"""Puts the made-up rows into a database of either engine, in minutes: checks and indexes are taken off while loading and put on again.

A loaded database is kept under `build/bench`, so that the next run begins at once.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from operator import itemgetter
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

from app.core.cards import ALL, run
from app.core.dates import day_in, now
from app.core.db import is_sqlite, prepare_sqlite, sqlite, write_engine
from app.core.schema import MIGRATIONS
from app.deliverables import queries  # noqa: F401  (which things have cards)
from app.tables import METADATA
from bench.rows import Row, Rows, shape

HOME = MIGRATIONS.parent / "build" / "bench"
BIG = ("deliverables", "assignments", "changes", "progress_updates")
KEPT_INDEX = "ix_assignments_deliverable_id"
"""Triggers that keep other tables up to date may look there while rows are loaded."""
A_FEW = 500
LOADED_AT = "workplans_and_deliverables"
"""The revision at which rows are loaded. Later ones add what follows from rows, and columns that they fill from the journal, for all of
them at once, as for any installation that upgrades; the triggers would do it row by row."""
Insert = Callable[[str, list[str], list[tuple[Any, ...]]], None]
Values = list[tuple[str, list[str], list[tuple[Any, ...]]]]

_of_this_process: dict[int, Rows] = {}


def edition() -> str:
    """Which rows these are: told by a few of them, so that rows made by another text or for other columns are another edition."""
    few = Rows(100)
    made = [few.foundations(), few.deliverables(1)]
    return hashlib.sha256(json.dumps([[list(rows) for rows in batch.values()] for batch in made]).encode()).hexdigest()[:12]


def migrate(url: str, to: str = "head") -> None:
    config = Config(str(MIGRATIONS.parent / "alembic.ini"))
    config.set_main_option("troika.url", url.replace("%", "%%"))
    command.upgrade(config, to)


def _values(batch: dict[Any, list[Row]]) -> Values:
    found = {shape(model).name: (shape(model), list_) for model, list_ in batch.items()}
    order = [t.name for t in METADATA.sorted_tables if t.name in found]
    return [(name, found[name][0].columns, [found[name][0].values(row) for row in found[name][1]]) for name in order]


def _group(size: int, number: int) -> Values:
    """The rows of a group's deliverables, perhaps in a process that makes several groups."""
    if size not in _of_this_process:
        _of_this_process[size] = Rows(size)
        _of_this_process[size].foundations()
    return _values(_of_this_process[size].deliverables(number))


def every_row(size: int) -> Iterator[Values]:
    """All rows in an order in which they may be inserted, made by two processes when there are many."""
    made = Rows(size)
    yield _values(made.foundations())
    if size < 50_000:
        yield from (_group(size, number) for number in range(len(made.groups)))
        return
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        waiting = []
        for number in range(len(made.groups)):
            waiting.append(pool.submit(_group, size, number))
            if len(waiting) > 4:
                yield waiting.pop(0).result()
        for last in waiting:
            yield last.result()


def load(url: str, size: int, *, checked: bool = False) -> None:
    """Fill an empty database at the newest schema. `checked` leaves every rule and index on: slow, and the proof that rows keep the rules."""
    there = _columns(url)
    with _sqlite(url, checked) if is_sqlite(url) else _postgresql(url, checked) as insert:
        for batch in every_row(size):
            for table, columns, values in batch:
                known = [i for i, name in enumerate(columns) if name in there[table]]
                insert(table, [columns[i] for i in known], list(map(itemgetter(*known), values)))


def _columns(url: str) -> dict[str, set[str]]:
    """The columns of each table, at the revision of this database."""
    engine = write_engine(url)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        found = {name: {column["name"] for column in inspector.get_columns(name)} for name in inspector.get_table_names()}
        connection.rollback()
    engine.dispose()
    return found


@contextmanager
def _sqlite(url: str, checked: bool) -> Iterator[Insert]:
    connection = sqlite.connect(make_url(url).database)
    quick = ("journal_mode=MEMORY", "cache_size=-1500000", "foreign_keys=OFF")  # nobody else has the file open
    prepare_sqlite(connection, ("synchronous=OFF", *(("foreign_keys=ON",) if checked else quick)))
    listed = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('index', 'trigger')"
    )
    taken = [
        (kind, name, sql)
        for kind, name, table, sql in listed.fetchall()
        if table in BIG and not checked and name != KEPT_INDEX and (kind == "index" or "RAISE(ABORT" in sql)
    ]
    connection.execute("BEGIN")
    for kind, name, _ in taken:
        connection.execute(f"DROP {kind} {name}")

    def insert(table: str, columns: list[str], values: list[tuple[Any, ...]]) -> None:
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        connection.executemany(statement, values)

    yield insert
    for _, _, sql in taken:
        connection.execute(sql)
    connection.execute("COMMIT")
    if not checked:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


@contextmanager
def _postgresql(url: str, checked: bool) -> Iterator[Insert]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        taken = [] if checked else _taken_off(connection)
        for table, kind, name, _ in taken:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if kind == "constraint" else f"DROP INDEX {name}")

        def insert(table: str, columns: list[str], values: list[tuple[Any, ...]]) -> None:
            # In small transactions: a tally that thousands of rows of one transaction count up becomes slow to find.
            for start in range(0, len(values), A_FEW):
                with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                    for row in values[start : start + A_FEW]:
                        copy.write_row(row)

        yield insert
        for table, kind, name, definition in reversed(taken):
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" if kind == "constraint" else definition)


def _taken_off(connection: Any) -> list[tuple[str, str, str, str]]:
    """What stands in the way of a quick load: foreign keys, exclusion constraints, and indexes that no constraint owns."""
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('f', 'x') AND conrelid::regclass::text = ANY(%s) ORDER BY contype",
        [list(BIG)],
    ).fetchall()
    indexes = connection.execute(
        "SELECT tablename, 'index', indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname <> %s "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexname::regclass)",
        [list(BIG), KEPT_INDEX],
    ).fetchall()
    return [*constraints, *indexes]


def settle(url: str) -> None:
    """Make the cards of what was loaded, and of what the days since have changed, by the service's own statement, group by group."""
    engine = write_engine(url)
    if is_sqlite(url):
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    with engine.connect() as connection:
        groups = connection.execute(sa.text("SELECT id, time_zone FROM groups")).all()
        connection.rollback()

    def work(group: Any) -> None:
        today = day_in(now(), group.time_zone)
        for cards in ALL:
            things = cards.id.table
            expired = sa.select(cards.table.c.id).join(things, cards.id == cards.table.c.id).where(things.c.group_id == group.id)
            with engine.begin() as connection:
                ids = connection.execute(expired.where(cards.table.c.until <= today)).scalars().all()
                for start in range(0, len(ids), A_FEW):
                    run(connection, cards.renewal, ids=json.dumps(ids[start : start + A_FEW]), as_of=today)

    with ThreadPoolExecutor(1 if is_sqlite(url) else 2) as threads:
        list(threads.map(work, groups))
    engine.dispose()


def fill(url: str, size: int) -> None:
    """Make an empty database one with so many deliverables, at the newest schema."""
    migrate(url, LOADED_AT)
    load(url, size)
    migrate(url)
    settle(url)
    _tidy(url)


def _tidy(url: str) -> None:
    """Leave the planner's statistics, as a service that has run for a while has them, and nothing for it to clear away."""
    engine = write_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE" if is_sqlite(url) else "VACUUM ANALYZE")
    engine.dispose()


def sqlite_file(size: int, *, fresh: bool = False) -> str:
    """The URL of the kept SQLite file of this size, loaded when it is missing or of another edition."""
    path = HOME / f"rows-{size}-{edition()}.db"
    url = f"sqlite:///{path}"
    if fresh or not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        for old in HOME.glob(f"rows-{size}-*"):
            old.unlink()
        unfinished = path.with_suffix(".unfinished")  # (an older one went with the old ones)
        _tell(f"SQLite, {size:,} deliverables", lambda: fill(f"sqlite:///{unfinished}", size))
        unfinished.rename(path)
    return _ready(url)


def postgresql_database(server: Any, size: int, *, fresh: bool = False) -> str:
    """The same on a PostgreSQL: a database of its own for each size."""
    name = f"rows_{size}_{edition()}"
    with psycopg.connect(f"host={server.home} user=postgres dbname=postgres", autocommit=True) as connection:
        there = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"rows\\_{size}\\_%"])]
        for old in there:
            if fresh or old != name:
                connection.execute(f'DROP DATABASE "{old}"')
        if fresh or name not in there:
            unfinished = f"unfinished_{size}"
            connection.execute(f"DROP DATABASE IF EXISTS {unfinished}")
            connection.execute(f"CREATE DATABASE {unfinished}")
            _tell(f"PostgreSQL, {size:,} deliverables", lambda: fill(_named(server, unfinished), size))
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return _ready(_named(server, name))


def _ready(url: str) -> str:
    migrate(url)
    settle(url)
    return url


def _named(server: Any, database: str) -> str:
    return str(make_url(server.url).set(database=database).render_as_string(hide_password=False))


def _tell(what: str, make: Callable[[], None]) -> None:
    print(f"making {what} … ", end="", flush=True)
    start = time.monotonic()
    make()
    print(f"{time.monotonic() - start:.0f} s", flush=True)
