"""The journal: history, change feed, outbox and time machine in one table, written in one place.

Every new or changed `Record` becomes one `Change` in the same transaction. Two traps shape the code: in `before_flush` the
version is still the old one, so the picture is taken in `after_flush`; and on PostgreSQL a sequence number is visible in
commit order only if its drawing is serialised, so the rows are written last, under one advisory lock.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session
from sqlmodel import Field, SQLModel

from app.core.codes import closed
from app.core.dates import instant_text
from app.core.db import Findable, Instant, Record, table_of
from app.core.search import fold_values

JOURNAL_LOCK = 0x7401CA
"""The key of the advisory lock under which PostgreSQL numbers changes."""
PERSONAL = "(personal)"
ACTIONS = closed("change.action", "created", "updated")


class Change(SQLModel, table=True):
    """One change of one thing. Rows are only ever added."""

    __tablename__ = "changes"

    seq: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger().with_variant(sa.Integer, "sqlite"))
    at: datetime = Field(sa_type=Instant)
    effective_on: date | None = None
    actor: str = Field(max_length=36)
    on_behalf_of: str | None = Field(default=None, max_length=36)
    channel: str = Field(max_length=10)
    operation: str = Field(max_length=40)
    action: str = Field(max_length=10)
    entity: str = Field(max_length=40)
    entity_id: str = Field(max_length=36)
    group_id: str | None = Field(default=None, max_length=36)
    about_id: str | None = Field(default=None, max_length=36)
    """The thing whose history this belongs to as well: an assignment's change is told with its deliverable."""
    only_for: str | None = Field(default=None, max_length=36)
    """The agency that alone sees this, beside the secretariat of the group: see `Record.only_for`."""
    record_version: int
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    picture: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    reason: str | None = None
    decision_id: str | None = Field(default=None, max_length=36)

    __table_args__ = (
        sa.Index("ix_changes_entity_id", "entity_id", "seq"),
        sa.Index("ix_changes_about_id", "about_id", "seq"),
        sa.Index("ix_changes_group_id", "group_id", "seq"),
    )


BOOKKEEPING = {"version", "updated_at"}


def plain(value: Any) -> Any:
    """A column's value as JSON holds it."""
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _kept(record: Record, name: str) -> bool:
    return name not in record.secret and name not in record.derived and name != "search"


def changed(record: Record, *, created: bool) -> dict[str, list[Any]]:
    """`{field: [old, new]}` for every column that the coming flush will write."""
    state, found = inspect(record), {}
    columns = state.mapper.column_attrs
    for name in columns.keys() if created else [name for name in state.committed_state if name in columns]:
        new = plain(getattr(record, name))
        old = None if created else plain(state.committed_state[name])
        if name in BOOKKEEPING or not _kept(record, name) or old == new or (created and name in {"id", "created_at"}):
            continue
        found[name] = [old and PERSONAL, new and PERSONAL] if name in record.personal else [old, new]
    return found


def picture(record: Record) -> dict[str, Any]:
    """The row as it now stands."""
    names = inspect(record).mapper.column_attrs.keys()
    values = {n: plain(getattr(record, n)) for n in names if _kept(record, n)}
    return values | {n: PERSONAL for n in record.personal if values[n] is not None}


@event.listens_for(SQLModel, "attribute_instrument", propagate=True)
def _remember_old_values(_cls: type, _key: str, attribute: Any) -> None:
    """Load a column's old value before it is overwritten: without this an expired one would be journalled as null."""
    attribute.impl.active_history = True


def _fold_search(record: Any) -> None:
    """Bring the folded text that a search looks into up to date with the columns that it is made of."""
    found = fold_values(getattr(record, name) for name in record.found_by)
    if record.search != found:
        record.search = found


@event.listens_for(Session, "before_flush")
def _collect(session: Session, *_: Any) -> None:
    work = session.info.get("work")
    pending = session.info.setdefault("pending", [])
    for record in session.deleted:
        raise RuntimeError(f"{record!r}: nothing that was visible to others is deleted; end it instead")
    for action, records in (("created", session.new), ("updated", session.dirty)):
        for record in records:
            if not isinstance(record, Record):
                continue
            if isinstance(record, Findable):
                _fold_search(record)
            fields = changed(record, created=action == "created")
            if action == "updated" and not fields:
                continue
            if work is None or work.operation is None:
                raise RuntimeError(f"{action} {type(record).__name__}: nobody required a permission for this change")
            record.updated_at = work.now
            record.created_at = record.created_at or work.now
            pending.append((record, action, fields, work))


@event.listens_for(Session, "after_flush")
def _take_pictures(session: Session, *_: Any) -> None:
    rows = session.info.setdefault("journal", [])
    for record, action, fields, work in session.info.pop("pending", []):
        rows.append(
            {
                "at": work.now, "effective_on": work.effective_on, "actor": work.actor.id, "on_behalf_of": work.on_behalf_of,
                "channel": work.channel, "operation": work.operation.value, "action": action, "entity": record.entity(),
                "entity_id": record.id, "group_id": record.in_group,
                "about_id": record.about, "only_for": record.only_for, "record_version": record.version, "fields": fields,
                "picture": picture(record), "reason": work.reason, "decision_id": work.decision_id,
            }
        )  # fmt: skip


def touched(session: Session) -> set[str]:
    """The ids of what this transaction has changed, and of what those changes are about."""
    return {thing for row in session.info.get("journal", []) for thing in (row["entity_id"], row["about_id"]) if thing}


def write(session: Session) -> None:
    """Flush, then write the transaction's changes: the last thing before the commit, so that the lock is held briefly."""
    session.flush()
    rows = session.info.pop("journal", [])
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(JOURNAL_LOCK)))
    connection.execute(sa.insert(table_of(Change)), rows)


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_writes(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete or state.is_insert:
        raise RuntimeError("bulk statements bypass the journal; change the objects instead")
