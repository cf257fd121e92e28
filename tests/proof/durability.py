"""What the proofs of durability share: a place to write to, a crowd that writes over HTTP and remembers, and an audit of what is there.

Every write bears a mark of its own, so that it can be found again, in its row and in the journal. `audit` says in plain lines what
is lost, half written or doubled; an empty list is the promise kept.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.core.db import Record, is_sqlite, table_of, write_engine
from app.core.idempotency import KeptAnswer
from app.core.journal import Change, picture
from app.deliverables.models import Deliverable, ProgressUpdate
from app.main import create_app
from app.settings import Settings
from tests.client import serving
from tests.conftest import migrate
from tests.make import Make

WRITERS = 4
CHANGES, KEPT, UPDATES, DELIVERABLES = (table_of(model).c for model in (Change, KeptAnswer, ProgressUpdate, Deliverable))
NUMBERS = count(1)


@dataclass(frozen=True)
class Place:
    """A database with a plan in it: a stream, two deliverables on which all report, one that each writer amends, and a token."""

    url: str
    token: str
    stream: str
    shared: tuple[str, ...]
    own: tuple[str, ...]

    def at(self, url: str) -> "Place":
        """The same things in a copy of the database."""
        return Place(url, self.token, self.stream, self.shared, self.own)

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        engine = write_engine(self.url)
        try:
            yield engine
        finally:
            engine.dispose()


def furnish(url: str) -> Place:
    """Migrate an empty database and put into it what the crowd needs, without any fault."""
    migrate(url)
    place = Place(url, "", "", (), ())
    with place.engine() as engine, serving(create_app(Settings(database_url=url))) as client:
        make = Make(client, engine)
        shared, own = (tuple(make.deliverable(f"{kind}-{n}")["id"] for n in range(size)) for kind, size in (("S", 2), ("W", WRITERS)))
        return Place(url, str(make.secretariat.token), make.default_stream["id"], shared, own)


@cache
def furnished(database_url: str) -> Place:
    """The place from which the tests of one engine take their copies; it lives beside the database of all tests."""
    if is_sqlite(database_url):
        return furnish(f"sqlite:///{Path(make_url(database_url).database or '').parent}/furnished.db")
    return furnish(_create(database_url, "furnished"))


@contextmanager
def copied(database_url: str, folder: Path) -> Iterator[Place]:
    """A place of one test's own, on the engine of this URL; an SQLite file is in `folder`."""
    original = furnished(database_url)
    if is_sqlite(database_url):
        file = folder / f"copy-{next(NUMBERS)}.db"
        shutil.copy(make_url(original.url).database or "", file)
        yield original.at(f"sqlite:///{file}")
        return
    name = f"copy_{next(NUMBERS)}"
    yield original.at(_create(database_url, name, "TEMPLATE furnished"))
    with _at_the_server(database_url) as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _create(database_url: str, name: str, like: str = "") -> str:
    with _at_the_server(database_url) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {like}")
        # PostgreSQL copies a sequence with the numbers that the original had drawn in advance, and logs none of these: until the
        # next checkpoint a crash would draw them again.
        connection.exec_driver_sql("CHECKPOINT")
    return make_url(database_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _at_the_server(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(database_url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@dataclass(frozen=True)
class Told:
    """A write that was answered with success: what it made or changed, up to which version, under which mark."""

    mark: str
    id: str
    version: int


def every_record() -> list[type[Record]]:
    """The tables whose changes are journalled."""

    def below(cls: type[Record]) -> Iterator[type[Record]]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    return [cls for cls in below(Record) if hasattr(cls, "__table__")]


def audit(engine: sa.Engine, told: list[Told], *, finished: bool = True) -> list[str]:
    """What is wrong in a database after this was acknowledged.

    `finished` means that every write was sent again until it was answered, so that nothing else may be there.
    """
    with Session(engine) as session:
        if engine.dialect.name == "postgresql":  # all that follows looks at one moment, as on SQLite, while others may write
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        found = list(_damage(session)) + list(_journal_and_rows_differ(session))
        found += [*_half_reports(session), *_half_claims(session), *_lost_or_doubled(session, told, finished=finished)]
        session.rollback()
    return found


def _damage(session: Session) -> Iterator[str]:
    """What the engine itself finds wrong with the file."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        for check, good in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            rows = [tuple(row) for row in connection.exec_driver_sql(f"PRAGMA {check}")]
            if rows != good:
                yield f"{check}: {rows[:3]}"


def _changes(session: Session) -> dict[tuple[str, str], list[Any]]:
    """The journal of each thing, the oldest first."""
    found: dict[tuple[str, str], list[Any]] = {}
    for row in session.execute(sa.select(table_of(Change)).order_by(CHANGES.seq)):
        found.setdefault((row.entity, row.entity_id), []).append(row)
    return found


def _journal_and_rows_differ(session: Session) -> Iterator[str]:
    """Every row has a change for each of its versions, the last of which shows it as it is; and no change is of a row that is not."""
    changes = _changes(session)
    for model in every_record():
        for record in session.scalars(sa.select(model)):
            name = f"{record.entity()} {record.id}"
            own = changes.pop((record.entity(), record.id), [])
            if [c.record_version for c in own] != list(range(1, record.version + 1)):
                yield f"{name} is at version {record.version}, its journal tells of {[c.record_version for c in own]}"
            elif own[-1].picture != picture(record):
                yield f"{name} is not as its journal shows it"
    yield from (f"{' '.join(thing)} is in the journal alone" for thing in changes)


def _reported(session: Session) -> list[str]:
    return list(session.scalars(sa.select(UPDATES.narrative).where(UPDATES.narrative.is_not(None))))


def _half_reports(session: Session) -> Iterator[str]:
    """An update and what it claims (its percent) are one: each is there with the other."""
    claims = sa.select(CHANGES.reason).where(CHANGES.entity == "deliverable", CHANGES.operation == "update:post")
    claimed, reported = Counter(session.scalars(claims)), Counter(_reported(session))
    for mark in (claimed - reported) | (reported - claimed):
        yield f"{mark} is reported {reported[mark]} times and claimed {claimed[mark]} times"


def _half_claims(session: Session) -> Iterator[str]:
    """A key that was claimed bears its answer, and the thing of which the answer tells is there."""
    there = set(session.scalars(sa.select(CHANGES.entity_id)))
    for key, status, headers in session.execute(sa.select(KEPT.key, KEPT.status, KEPT.headers)):
        if status != 201 or headers["location"].rsplit("/", 1)[-1] not in there:
            yield f"the key '{key}' is claimed without its effect"


def _effects(session: Session) -> Counter[str]:
    """The mark of every effect that a write had, as often as it had it."""
    changes = session.execute(sa.select(CHANGES.fields).where(CHANGES.entity == "deliverable", CHANGES.action == "updated"))
    amended = [fields["mandate"][1] for (fields,) in changes if "mandate" in fields]
    added = session.scalars(sa.select(DELIVERABLES.title).where(DELIVERABLES.title.like("add %")))
    return Counter([*_reported(session), *amended, *added])


def _lost_or_doubled(session: Session, told: list[Told], *, finished: bool) -> Iterator[str]:
    """What was acknowledged is there, once, at the version told or a later one; if the crowd has finished, nothing else is."""
    effects = _effects(session)
    versions: dict[str, int] = {}
    for table in (UPDATES, DELIVERABLES):
        versions |= {row[0]: row[1] for row in session.execute(sa.select(table.id, table.version))}
    for one in told:
        if versions.get(one.id, 0) < one.version or one.mark not in effects:
            yield f"'{one.mark}' was acknowledged and is lost"
    yield from (f"'{mark}' is there {times} times" for mark, times in effects.items() if times > 1)
    if finished:
        yield from (f"'{mark}' is there, and nobody was told" for mark in effects.keys() - {one.mark for one in told})
