"""Mistakes in the code that keeps writers apart, planted in service processes (TROIKA_FAULT). Each could be ours."""

from functools import partial
from typing import Any


def the_queue_is_gone() -> None:
    """A group's writers do not wait for one another: rules are judged on rows that are out of date when the write comes.

    PostgreSQL: without the group's lock. SQLite: as Python's own module would have it, which begins a transaction at the first
    write, so that what was read for the rules was read before it.
    """
    from app.core import db

    listen, prepare = db._listen, db.prepare_sqlite

    def without_begin(engine: Any, name: str, hook: Any) -> None:
        if name != "begin":
            listen(engine, name, hook)

    def beginning_late(connection: Any, pragmas: tuple[str, ...]) -> None:
        prepare(connection, pragmas)
        connection.isolation_level = "IMMEDIATE" if pragmas is db.WRITING else None

    db._listen, db.prepare_sqlite = without_begin, beginning_late

    from app.core import database, work

    def one_by_one(self: database.SQLiteDatabase, first: database.Waiting) -> None:
        try:
            value = first.change(self.engine)
        except Exception as error:  # noqa: BLE001  (it is the answer)
            first.result.set_exception(error)
        else:
            first.result.set_result(value)

    database.SQLiteDatabase._commit_together = one_by_one  # type: ignore[method-assign]
    work.Work._alone_in = lambda self, group_id: None  # type: ignore[method-assign]


def if_match_is_not_compared() -> None:
    """Whatever version a client saw, its change is taken."""
    from app.core import work

    work.Work.check_version = lambda self, record: None  # type: ignore[method-assign]


def versions_are_only_counted() -> None:
    """The queue is gone, and the version is a number that goes up: no UPDATE asks for the one that was read."""
    the_queue_is_gone()
    import sqlalchemy as sa

    from app.core.db import Record

    Record.__mapper_args__ = {}  # type: ignore[assignment]

    def count(_mapper: Any, _connection: Any, record: Record) -> None:
        record.version = (record.version or 0) + 1

    for moment in ("before_insert", "before_update"):
        sa.event.listen(Record, moment, count, propagate=True)


def answers_are_kept_beside_the_work() -> None:
    """An Idempotency-Key is looked up before the work and kept after it, each in a transaction of its own, as a middleware would."""
    import sqlalchemy as sa

    from app.actors import ANONYMOUS
    from app.core import database, idempotency
    from app.core.errors import IdempotencyMismatch
    from app.core.work import unit_of_work

    def look_up(key: Any, now: Any, bind: Any) -> Any:
        t = idempotency.table.c
        with unit_of_work(bind, ANONYMOUS, now) as work:
            found = work.session.connection().execute(sa.select(t.digest, t.status, t.headers, t.body).where(key.row)).first()
        if found and found.digest != key.digest:
            raise IdempotencyMismatch()
        return found and (found.status, found.headers, found.body.encode())

    def keep(key: Any, now: Any, answer: Any, bind: Any) -> None:
        with unit_of_work(bind, ANONYMOUS, now) as work:
            if idempotency.claim(work, key) is None:
                idempotency.keep(work, key, answer)

    def plant(cls: Any) -> None:
        write = cls.write

        async def beside(self: Any, change: Any) -> Any:
            door, permission, request, key, inputs = change.args
            if key is None:
                return await write(self, change)
            now = request.scope["now"]
            answer = await write(self, partial(look_up, key, now))
            if answer is None:
                answer = await write(self, partial(change.func, door, permission, request, None, inputs))
                await write(self, partial(keep, key, now, answer))
            return answer

        cls.write = beside

    plant(database.SQLiteDatabase)
    plant(database.PostgresDatabase)


def keys_are_bare() -> None:
    """An Idempotency-Key is only its text: neither who sent it nor with which body is kept."""
    from dataclasses import replace

    from app.core import idempotency

    of = idempotency.Key.of

    def bare(request: Any, body: bytes) -> idempotency.Key | None:
        key = of(request, body)
        return key and replace(key, actor="", digest="")

    idempotency.Key.of = bare  # type: ignore[method-assign]
