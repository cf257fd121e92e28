"""The unit of work: one actor, one moment, one transaction, one set of journal entries. The only commit in the code base."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session

from app.actors import Actor, Subject
from app.core import cards, journal
from app.core.dates import day_in
from app.core.db import Record, table_of
from app.core.errors import Forbidden, NotFound, PreconditionRequired, Problem, StaleVersion, Unavailable, UnknownReference, every_problem
from app.policy import Permission, allows

R = TypeVar("R", bound=Record)


@cache
def by_id(model: type[R]) -> Any:
    """The statement that loads one row: made once, since `Session.get` makes it anew each time, which costs as much as the load."""
    return sa.select(model).where(table_of(model).c.id == sa.bindparam("id"))


THE_INSTALLATION = "installation"
"""Stands for a group where agencies, people and groups themselves change."""


class HasZone(Protocol):
    time_zone: str


@dataclass
class Work:
    """What an action needs: the session, who acts, and when. Passed on explicitly, never looked up."""

    session: Session
    actor: Actor
    now: datetime
    channel: str = "api"
    if_match: int | None = None
    must_match: bool = False
    """Whether a change of an existing thing needs `if_match` (a PATCH does, a named step does not)."""
    effective_on: date | None = None
    """The past day on which a recorded step took place; only an actor who records history may set it."""
    undocumented: bool = False
    """The decision behind a recorded step is known to be missing from the record."""
    operation: Permission | None = None
    reason: str | None = None
    decision_id: str | None = None
    on_behalf_of: str | None = None

    def today(self, group: HasZone) -> date:
        """The day on which the step takes effect: today in the group's time zone, or the recorded past day."""
        return self.effective_on or day_in(self.now, group.time_zone)

    def get(self, model: type[R], id: str, **where: Any) -> R:
        """The row of this id that also has these values (its parent's id, its kind), visible to the actor; else `NotFound`.

        A child is always loaded with its parent's id, so that an id from elsewhere finds nothing.
        """
        known = identity_key(model, id) in self.session.identity_map
        record = self.session.get(model, id) if known else self.session.scalars(by_id(model), {"id": id}).one_or_none()
        if record is None or any(getattr(record, name) != value for name, value in where.items()):
            raise NotFound(what=model.entity().replace("_", " "))
        self.see(record)
        self.session.info.setdefault("held", []).append(record)  # a session holds its rows weakly, and would load them again
        return record

    def refer(self, model: type[R], id: str, pointer: str) -> R:
        """The row that a body names by id; `UnknownReference` at that place where the actor may not see it."""
        try:
            return self.get(model, id)
        except NotFound:
            raise UnknownReference(what=model.entity().replace("_", " "), pointer=pointer) from None

    def see(self, record: Record) -> None:
        """Refuse with `NotFound` what the actor may not see."""
        if not self.actor.sees(record.in_group):
            raise NotFound(what=record.entity().replace("_", " "))

    def find(self, model: type[R], *conditions: Any) -> R | None:
        """The one row that fits, if there is one."""
        return self.session.scalars(sa.select(model).where(*conditions)).one_or_none()

    def all(self, model: type[R], *conditions: Any, order_by: Any = None) -> list[R]:
        """Every row that fits."""
        statement = sa.select(model).where(*conditions)
        return list(self.session.scalars(statement if order_by is None else statement.order_by(order_by)))

    def require(self, permission: Permission, subject: Subject) -> None:
        """Authorise what follows and name it: the journal files every change under it."""
        if not allows(self.actor, permission, subject):
            raise Forbidden(permission=permission.value)
        self.operation = self.operation or permission
        self._alone_in(subject.group_id or THE_INSTALLATION)

    def _alone_in(self, group_id: str) -> None:
        """On PostgreSQL, let the writes of one group, or of what belongs to none, follow one another: rules look at several rows, and a row that another
        transaction is adding cannot be seen. On SQLite there is one writer anyway."""
        if group_id in self.session.info.setdefault("alone_in", set()) or self.session.get_bind().dialect.name != "postgresql":
            return
        self.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(group_id, 0))))
        self.session.expire_all()  # what was loaded before the lock may be out of date
        self.session.info["alone_in"].add(group_id)

    def because(self, reason: str | None = None, decision_id: str | None = None) -> None:
        """Say why; the journal keeps it with each change of this work."""
        self.reason, self.decision_id = reason or self.reason, decision_id or self.decision_id

    def add(self, record: R) -> R:
        """Add a new row; a database rule that it breaks is raised here."""
        self.session.add(record)
        self.session.flush()
        return record

    def check_version(self, record: Record) -> None:
        """Compare `If-Match` with the row's version: `PreconditionRequired`, or `StaleVersion` naming what changed since."""
        if self.if_match is None:
            if self.must_match:
                raise PreconditionRequired()
        elif self.if_match != record.version:
            raise StaleVersion(**stale(self.session, record, self.if_match))

    def amend(self, record: Record, **values: Any) -> None:
        """Set these columns of a row whose version the caller has seen."""
        self.check_version(record)
        for name, value in values.items():
            if getattr(record, name) != value:
                setattr(record, name, value)
        self.session.flush()

    @contextmanager
    def step(self, **changes: Any) -> Iterator["Work"]:
        """A step of its own in the same transaction: named, dated and journalled by itself. For loads."""
        self.session.flush()  # what is pending belongs to the work so far
        fresh = {"operation": None, "reason": None, "decision_id": None, "on_behalf_of": None}
        inner = replace(self, **(fresh | changes))
        self.session.info["work"] = inner
        try:
            yield inner
            self.session.flush()
        finally:
            self.session.info["work"] = self


def stale(session: Session, record: Record, seen: int) -> dict[str, Any]:
    """What a client must know whose version is no longer the present one: who changed which fields since, and when."""
    change = table_of(journal.Change).c
    rows = session.execute(
        sa.select(change.record_version, change.at, change.actor, change.operation, change.fields)
        .where(change.entity_id == record.id, change.record_version > seen)
        .order_by(change.seq)
        .limit(50)
    )
    since = [
        {"version": r.record_version, "at": journal.plain(r.at), "actor": r.actor, "operation": r.operation, "fields": r.fields}
        for r in rows
    ]
    return {"what": record.entity().replace("_", " "), "current_version": record.version, "seen_version": seen, "changed": since}


class WriteConflict(Exception):
    """Another transaction was faster; the same door may be tried again from the start."""


UNREACHABLE = ("08", "57P", "53", "25006")
"""PostgreSQL's SQLSTATE classes for lost connections, shutdowns and exhausted resources, and a standby in the primary's place."""
TRY_AGAIN = ("40001", "40P01", "55P03")


def translate(error: Exception) -> Exception:
    """A database's refusal as the Problem of the rule it guards, found by the constraint's name, never by message text."""
    if isinstance(error, StaleDataError):
        return WriteConflict()
    if not isinstance(error, DBAPIError):
        return error
    original: Any = error.orig
    state = getattr(original, "sqlstate", None)
    name = original.diag.constraint_name if state and hasattr(original, "diag") else str(original)
    rule = every_problem().get(name) if isinstance(error, IntegrityError) else None
    if rule:
        return rule.from_database()
    if state in TRY_AGAIN:
        return WriteConflict()
    if error.connection_invalidated or isinstance(error, OperationalError) or (state or "").startswith(UNREACHABLE):
        return Unavailable()
    return error


@contextmanager
def unit_of_work(bind: sa.Engine | sa.Connection, actor: Actor, now: datetime, **about: Any) -> Iterator[Work]:
    """Commit once at the end, or not at all. On a connection that is in a transaction already, a savepoint is the whole."""
    with Session(bind, expire_on_commit=False, autoflush=True, join_transaction_mode="create_savepoint") as session:
        work = session.info["work"] = Work(session, actor, now, **about)
        try:
            yield work
            session.flush()
            cards.renew(session.connection(), journal.touched(session), now)
            journal.write(session)
            session.commit()
        except Problem:
            raise
        except Exception as error:
            translated = translate(error)
            if translated is error:
                raise
            raise translated from error
