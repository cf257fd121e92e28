"""Faults for the proofs of durability: each breaks the service as a mistake of ours would, and a proof must notice."""

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import database, db, front, http, idempotency, journal, work
from app.core.database import PostgresDatabase, SQLiteDatabase, Waiting
from app.core.db import table_of
from app.core.errors import Unavailable
from app.core.journal import Change

Fault = Callable[[], None]
LATE = 0.5
"""How long the gap stands open into which a crash shall fall, in seconds."""


def plant(where: Any, **values: Any) -> None:
    """Put these in the place of what a module or class has under their names."""
    for name, value in values.items():
        setattr(where, name, value)


def waiting_with(database: SQLiteDatabase, first: Waiting) -> list[Waiting]:
    """Those that share a commit with it."""
    group = [first]
    while database._next_of(group, time.monotonic()):
        pass
    return group


def answered_before_the_commit() -> None:
    """The answer is given when the work is done, and the commit follows."""

    def commit_together(self: SQLiteDatabase, first: Waiting) -> None:
        group = waiting_with(self, first)
        with self.engine.begin() as connection:
            for waiting in group:
                waiting.result.set_result(waiting.change(connection))
            time.sleep(LATE)

    def attempt(self: PostgresDatabase, change: Callable[[sa.Connection], Any]) -> Any:
        connection = self.engine.connect()
        transaction = connection.begin()
        answer = change(connection)

        def commit() -> None:
            time.sleep(LATE)
            transaction.commit()
            connection.close()

        threading.Thread(target=commit).start()
        return answer

    plant(SQLiteDatabase, _commit_together=commit_together)
    plant(PostgresDatabase, _attempt=attempt)


def journal_committed_apart() -> None:
    """The changes are committed, and then the journal of them, in a transaction of its own."""
    rows = threading.local()

    def put_off(session: Session) -> None:
        session.flush()
        rows.here = session.info.pop("journal", [])

    def apart(kind: type[SQLiteDatabase] | type[PostgresDatabase]) -> None:
        original: Any = kind.write

        async def write(self: Any, change: Callable[[Any], Any]) -> Any:
            def remembering(bind: Any) -> Any:
                return change(bind), rows.here

            answer, journalled = await original(self, remembering)
            await asyncio.sleep(LATE)
            await original(self, functools.partial(_insert, journalled))
            return answer

        plant(kind, write=write)

    plant(journal, write=put_off)
    apart(SQLiteDatabase)
    apart(PostgresDatabase)


def _insert(rows: list[dict[str, Any]], bind: sa.Engine | sa.Connection) -> None:
    if isinstance(bind, sa.Connection):
        bind.execute(sa.insert(table_of(Change)), rows)
    else:
        with bind.begin() as connection:
            connection.execute(sa.insert(table_of(Change)), rows)


def keys_kept_in_memory() -> None:
    """What was answered under a key is remembered by the process, and forgotten with it. The answer takes a moment to leave."""
    kept: dict[idempotency.Key, idempotency.Answer] = {}
    plant(idempotency, claim=lambda _, key: kept.get(key), keep=lambda _, key, answer: kept.update({key: answer}))
    for kind in (SQLiteDatabase, PostgresDatabase):
        _answer_late(kind)


def _answer_late(kind: Any) -> None:
    original = kind.write

    async def write(self: Any, change: Any) -> Any:
        answer = await original(self, change)
        await asyncio.sleep(LATE)
        return answer

    plant(kind, write=write)


def normal_sync() -> None:
    """The setting that is said to be enough with a write-ahead log: SQLite syncs at checkpoints only."""
    plant(db, WRITING=tuple(pragma.replace("synchronous=FULL", "synchronous=NORMAL") for pragma in db.WRITING))


def normal_sync_unnoticed() -> None:
    """The same, with nothing that looks at the settings at the start."""
    normal_sync()
    plant(database, unsafe_file=lambda _: None)


def the_server_decides_when_to_sync() -> None:
    """Our connections to PostgreSQL say nothing of `synchronous_commit`, so that a server's default of `off` counts."""
    original = sa.create_engine

    def create_engine(*arguments: Any, connect_args: dict[str, Any], **options: Any) -> sa.Engine:
        silent = {
            name: value.replace("-c synchronous_commit=on", "") if name == "options" else value for name, value in connect_args.items()
        }
        return original(*arguments, connect_args=silent, **options)

    plant(sa, create_engine=create_engine)


def failed_commits_are_answered_with_success() -> None:
    """An error at the commit is passed over; what had been worked out is answered all the same."""

    def commit_together(self: SQLiteDatabase, first: Waiting) -> None:
        group = waiting_with(self, first)
        answers: list[tuple[Waiting, Any]] = []
        try:
            with self.engine.begin() as connection:
                answers += [(waiting, waiting.change(connection)) for waiting in group]
        except sa.exc.OperationalError:
            for waiting in group[len(answers) :]:
                waiting.result.set_exception(Unavailable())
        for waiting, value in answers:
            waiting.result.set_result(value)

    @contextmanager
    def unit_of_work(bind: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        through = False
        try:
            with work.unit_of_work(bind, *arguments, **options) as unit:
                yield unit
                through = True
                time.sleep(0 if isinstance(bind, sa.Connection) else LATE)
        except Unavailable:
            if not through:
                raise

    plant(SQLiteDatabase, _commit_together=commit_together)
    plant(http, unit_of_work=unit_of_work)


def errors_of_the_database_are_not_translated() -> None:
    """A database that is away looks like a mistake of ours: 500."""

    def untranslated(error: Exception) -> Exception:
        return error

    for module in (work, front, database):
        plant(module, translate=untranslated)
