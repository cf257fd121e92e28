"""Whether what the database or an action keeps beside the rows says what the rows say. Each check gives what it finds wrong, in words."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.agencies.models import Agency, AgencyName
from app.core import cards
from app.core.dates import FOREVER
from app.core.db import table_of
from app.core.documents import Query
from app.core.search import fold_name
from app.deliverables.models import Assignment, Deliverable, Tally
from app.deliverables.rules import OPEN, STATUSES
from app.fundraising.models import Contribution, Instalment, Passing, ProjectStream
from app.fundraising.rules import WHOLE

A_FEW = 500


def due_days(connection: sa.Connection) -> Iterator[str]:
    """Each assignment bears its deliverable's due day."""
    a, d = table_of(Assignment), table_of(Deliverable)
    wrong = sa.select(a.c.id).join_from(a, d, a.c.deliverable_id == d.c.id).where(a.c.due_on != sa.func.coalesce(d.c.due_on, FOREVER))
    for (assignment,) in connection.execute(wrong):
        yield f"assignment {assignment} bears another due day than its deliverable"


def open_ones(connection: sa.Connection) -> Iterator[str]:
    """Each assignment tells whether its deliverable is open."""
    a, d = table_of(Assignment), table_of(Deliverable)
    wrong = sa.select(a.c.id).join_from(a, d, a.c.deliverable_id == d.c.id).where(a.c.open != d.c.status.in_(OPEN))
    for (assignment,) in connection.execute(wrong):
        yield f"assignment {assignment} tells otherwise than its deliverable whether that is open"


def names(connection: sa.Connection) -> Iterator[str]:
    """Each agency is found by its code and aliases, and by nothing else."""
    agency, name = table_of(Agency).c, table_of(AgencyName).c
    rows = connection.execute(sa.select(agency.id, agency.code, agency.aliases)).all()
    wanted = {(fold_name(text), id_) for id_, code, aliases in rows for text in (code, *aliases)}
    there = {(row.name, row.agency_id) for row in connection.execute(sa.select(name.name, name.agency_id))}
    yield from (f"the name {text} of agency {id_} is missing or too much" for text, id_ in sorted(wanted ^ there))


def tallies(connection: sa.Connection) -> Iterator[str]:
    """Each tally is what a recount finds."""
    d, t = table_of(Deliverable).c, table_of(Tally)
    for level in ("group", "workplan", "stream"):
        key = d[f"{level}_id"]
        found: dict[str, dict[str, int]] = {}
        for thing, state, how_many in connection.execute(sa.select(key, d.status, sa.func.count()).group_by(key, d.status)):
            found.setdefault(thing, dict.fromkeys(STATUSES, 0))[state] = how_many
        for row in connection.execute(sa.select(t).where(t.c.level == level)).mappings():
            counted = found.pop(row["id"], dict.fromkeys(STATUSES, 0))
            if any(row[state] != counted[state] for state in STATUSES):
                yield f"the tally of {level} {row['id']} is not what a recount finds"
        yield from (f"{level} {thing} has no tally" for thing in found)


def stale_cards(connection: sa.Connection, now: datetime, day: date | None = None) -> Iterator[str]:
    """Each thing has its card, and a card that holds today (of its group, or on a given day) tells what the document made on the spot does."""
    for kind in cards.ALL:
        given = {"now": now.isoformat(), "as_of": day}
        beside = kind.source.outerjoin(kind.table, kind.table.c.id == kind.id)
        for (thing,) in connection.execute(sa.select(kind.id).select_from(beside).where(kind.table.c.id.is_(None))):
            yield f"{thing} has no card in {kind.table.name}"
        told = sa.select(kind.id, kind.text).select_from(kind.source.join(kind.table, kind.table.c.id == kind.id))
        held = (row for row in cards.run(connection, Query(told), **given) if row[1])
        while texts := {row[0]: row[1] for row in islice(held, A_FEW)}:
            for text, thing in cards.run(connection, kind.live, **given, ids=json.dumps(list(texts))):
                if json.loads(text) != json.loads(texts[thing]):
                    yield f"the card of {thing} in {kind.table.name} is not its document"


def receipts(connection: sa.Connection) -> Iterator[str]:
    """Each contribution bears the sum of its instalments, no more than was promised, and the state that follows."""
    c, i = table_of(Contribution), table_of(Instalment)
    sums = (
        sa.select(i.c.contribution_id, sa.func.sum(i.c.amount).label("came"))
        .where(i.c.reversed_on.is_(None))
        .group_by(i.c.contribution_id)
        .subquery()
    )
    came = sa.func.coalesce(sums.c.came, 0)
    wrong = sa.or_(c.c.received != came, c.c.received + c.c.cancelled > c.c.amount, c.c.state != _state(c.c))
    for (thing,) in connection.execute(sa.select(c.c.id).select_from(c.outerjoin(sums, sums.c.contribution_id == c.c.id)).where(wrong)):
        yield f"contribution {thing} is not what its instalments add up to"


def _state(c: Any) -> Any:
    settled = c.received + c.cancelled == c.amount
    return sa.case(
        (sa.and_(settled, c.received > 0), "received"), (settled, "cancelled"), (c.committed_on.is_not(None), "committed"), else_="pledged"
    )


def shares(connection: sa.Connection) -> Iterator[str]:
    """The shares of each project's streams are 100 per cent together."""
    s = table_of(ProjectStream).c
    whole = sa.func.sum(s.share)
    for project, found in connection.execute(sa.select(s.project_id, whole).group_by(s.project_id).having(whole.not_in((0, WHOLE)))):
        yield f"the shares of project {project} are {found} hundredths of a per cent"


def pairs(connection: sa.Connection) -> Iterator[str]:
    """What one project passes on another has."""
    p = table_of(Passing).c
    for (pair,) in connection.execute(
        sa.select(p.pair_id).group_by(p.pair_id).having(sa.or_(sa.func.sum(p.amount) != 0, sa.func.count() != 2))
    ):
        yield f"the two entries of the passing {pair} do not cancel each other"


CHECKS = (due_days, open_ones, names, tallies, receipts, shares, pairs)
"""What `troika doctor` and the proofs ask, and `stale_cards` on a day. A table that is kept beside the rows gets its recount here."""
