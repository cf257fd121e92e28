"""Whether the rows and the journal tell the same story. Each check gives what it finds wrong, in words; nothing means whole."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import app.tables  # noqa: F401  (every record is known)
from app.core.db import Record, table_of
from app.core.journal import PERSONAL, Change, plain

CHANGE = table_of(Change).c


def records() -> dict[str, type[Record]]:
    """Every table whose rows are journalled, by the name under which they are."""

    def below(cls: type[Record]) -> Iterator[type[Record]]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    return {cls.entity(): cls for cls in below(Record) if hasattr(cls, "__table__")}


def gaps(connection: sa.Connection) -> Iterator[str]:
    """Each thing's changes are numbered 1, 2, 3, … by its versions, each once."""
    highest, how_many = sa.func.max(CHANGE.record_version), sa.func.count()
    rows = connection.execute(
        sa.select(CHANGE.entity, CHANGE.entity_id, how_many, highest)
        .group_by(CHANGE.entity, CHANGE.entity_id)
        .having(
            sa.or_(how_many != highest, sa.func.count(CHANGE.record_version.distinct()) != highest, sa.func.min(CHANGE.record_version) != 1)
        )
    )
    for entity, thing, found, version in rows:
        yield f"{entity} {thing} is at version {version} with {found} changes"


def losses(connection: sa.Connection) -> Iterator[str]:
    """There are as many things as were created."""
    firsts = sa.select(CHANGE.entity, sa.func.count()).where(CHANGE.record_version == 1).group_by(CHANGE.entity)
    created: dict[str, int] = {row[0]: row[1] for row in connection.execute(firsts)}
    for entity, model in records().items():
        there = connection.scalar(sa.select(sa.func.count()).select_from(table_of(model)))
        if there != created.pop(entity, 0):
            yield f"the number of {table_of(model).name} is not that of those created"
    yield from (f"the journal tells of {entity}, which this version does not know" for entity in created)


def pictures(connection: sa.Connection) -> Iterator[str]:
    """Each row has its change of that version, and is as the change shows it."""
    for entity, model in records().items():
        table = table_of(model)
        last = sa.and_(CHANGE.entity_id == table.c.id, CHANGE.entity == entity, CHANGE.record_version == table.c.version)
        joined = sa.select(table, CHANGE.picture.label("picture_")).outerjoin_from(table, table_of(Change), last)
        for row in connection.execution_options(yield_per=500).execute(joined).mappings():
            if row["picture_"] is None:
                yield f"{entity} {row['id']} has no change of its version {row['version']}"
            elif other := [name for name, told in row["picture_"].items() if name in table.c and told != _as_told(model, name, row[name])]:
                yield f"{entity} {row['id']} is not as its last change shows it: {', '.join(other)}"


def _as_told(model: type[Record], name: str, value: Any) -> Any:
    return PERSONAL if name in model.personal and value is not None else plain(value)


def ahead_of(connection: sa.Connection, now: datetime) -> datetime | None:
    """The instant of the newest change, if it lies after this one."""
    newest: datetime | None = connection.scalar(sa.select(CHANGE.at).order_by(CHANGE.seq.desc()).limit(1))
    return newest if newest and newest > now else None


CHECKS = (gaps, losses, pictures)
"""What `troika doctor` and the proofs ask."""
