"""Figures over many things at once, from the counts that the database keeps."""

from typing import Any

import sqlalchemy as sa

from app.core.codes import closed
from app.core.db import table_of
from app.core.documents import AnyOf, Query, document
from app.deliverables.models import Tally
from app.deliverables.rules import STATUSES
from app.groups.queries import G
from app.workplans.queries import S, W

C = table_of(Tally)

MEASURES = closed("stats.measure", "deliverables", "funding")
LEVELS = ("group", "workplan", "stream")
"""By which deliverables are counted."""
GROUPINGS = closed("stats.by", *LEVELS, "project", "year", "agency")

KEYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "group": (G, {"id": G.c.id, "code": G.c.code, "name": G.c.name}),
    "workplan": (W, {"id": W.c.id, "code": W.c.code, "name": W.c.title}),
    "stream": (S, {"id": S.c.id, "code": S.c.code, "name": S.c.title}),
}
"""What stands for one group, plan or stream, and the order of the rows: by code."""
columns = [C.c[status] for status in STATUSES]


def _seen(everything: bool) -> list[Any]:
    return [] if everything else [AnyOf(C.c.group_id, sa.bindparam("seen", type_=sa.Text()))]


def _where(level: str, everything: bool, within: str | None) -> list[Any]:
    """The tallies of a level that the reader sees, of everything or within a group or a plan."""
    if within is None:
        return [C.c.level == level, *_seen(everything)]
    if within == level:
        return [C.c.level == level, C.c.id == sa.bindparam("within"), *_seen(everything)]
    belongs = {("group", "workplan"): C.c.group_id, ("group", "stream"): C.c.group_id, ("workplan", "stream"): S.c.workplan_id}
    return [C.c.level == level, belongs[within, level] == sa.bindparam("within"), *_seen(everything)]


def by(level: str, everything: bool, within: str | None) -> Query:
    """A row for each thing of a level, with how many deliverables of it are in each state."""
    table, key = KEYS[level]
    states = document(**dict(zip(STATUSES, columns, strict=True)))
    row = document(**key, total=sum(columns[1:], columns[0]), states=states)
    source = C.join(table, table.c.id == C.c.id)
    # Whatever was in it once may have moved away: that leaves a tally of nothing.
    wanted = [*_where(level, everything, within), sum(columns[1:], columns[0]) > 0]
    return Query(sa.select(sa.cast(row, sa.Text)).select_from(source).where(*wanted).order_by(table.c.code, C.c.id))


def whole(everything: bool, within: str | None) -> Query:
    """The same for all of it in one row."""
    sums = [sa.func.coalesce(sa.func.sum(column), 0) for column in columns]
    row = document(total=sum(sums[1:], sums[0]), states=document(**dict(zip(STATUSES, sums, strict=True))))
    return Query(sa.select(sa.cast(row, sa.Text)).select_from(C).where(*_where(within or "group", everything, within)))


BY = {(level, everything, within): by(level, everything, within) for level, everything, within in (
    ("group", True, None), ("group", False, None), ("group", True, "group"), ("group", False, "group"),
    ("workplan", True, "group"), ("workplan", False, "group"), ("workplan", True, "workplan"), ("workplan", False, "workplan"),
    ("stream", True, "group"), ("stream", False, "group"), ("stream", True, "workplan"), ("stream", False, "workplan"),
)}  # fmt: skip
WHOLE = {(everything, within): whole(everything, within) for everything in (True, False) for within in (None, "group", "workplan")}
