"""Who carries how much in a group, and what breaks there in the coming days."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import B as BODY
from app.bodies.queries import is_open as body_is_open
from app.chairs.queries import C as TERM
from app.core.codes import closed
from app.core.dates_sql import AS_OF, DaysAfter, on_given_day
from app.core.documents import Query, document, named
from app.deliverables.queries import D, T, day, in_force, is_open, overdue
from app.deliverables.queries import source as deliverables
from app.deliverables.working_queries import goes_on_after, stays_after
from app.groups.queries import G
from app.membership.queries import M, covers_day, forever

KINDS = closed("outlook.kind", "sunset", "chair_ends", "lead_ends", "lead_leaves", "turns_stale", "unanswered")

here = sa.bindparam("group", type_=sa.Text())
until: Any = sa.bindparam("until", type_=sa.Date())


def _given(statement: Any) -> Query:
    """Every one of these is for a day that is given."""
    return Query(on_given_day(statement))


def _parts(*conditions: Any) -> Any:
    """How many parts of a member fit."""
    wanted = [T.c.group_id == M.c.group_id, T.c.agency_id == M.c.agency_id, *conditions]
    return sa.select(sa.func.count()).select_from(T.join(D, D.c.id == T.c.deliverable_id)).where(*wanted).correlate(M).scalar_subquery()


leading = (T.c.role == "lead", in_force(T, day))
LOAD = _given(
    sa.select(
        sa.cast(
            document(
                agency=named(A), role=M.c.role, leads=_parts(*leading, is_open), co_leads=_parts(T.c.role == "co_lead", in_force(T, day), is_open),
                contributes=_parts(T.c.role == "contributor", in_force(T, day), is_open), overdue=_parts(*leading, overdue),
                unanswered=_parts(T.c.state == "proposed", is_open), delivered=_parts(*leading, D.c.status == "delivered"),
                ever_led=_parts(T.c.role == "lead", T.c.accepted_at.is_not(None)) > 0,
            ),
            sa.Text,
        )
    ).select_from(M.join(A, A.c.id == M.c.agency_id)).where(M.c.group_id == here, covers_day(M, day)).order_by(A.c.code)
)  # fmt: skip
"""Each agency that is in the group on the day, with its parts in what is open then."""

thing = document(id=D.c.id, code=D.c.code, title=D.c.title)
NONE = sa.literal_column("NULL", sa.Text())


def _shown(kind: str, on: Any, *, body: Any = NONE, deliverable: Any = NONE, agency: Any = NONE) -> Any:
    return sa.cast(
        document(kind=sa.literal_column(f"'{kind}'", sa.Text()), on=on, body=body, deliverable=deliverable, agency=agency), sa.Text
    )


following = TERM.alias("following")
followed = sa.exists().where(
    following.c.group_id == here, following.c.state == "confirmed", following.c.starts_on <= DaysAfter(TERM.c.ends_on, 1),
    following.c.ends_on > TERM.c.ends_on,
)  # fmt: skip
successor = T.alias("successor")
succeeded = sa.exists().where(
    successor.c.deliverable_id == T.c.deliverable_id, successor.c.role == "lead", successor.c.accepted_at.is_not(None),
    successor.c.state == "accepted", successor.c.starts_on <= DaysAfter(T.c.ends_on, 1), sa.func.coalesce(successor.c.ends_on, forever) > T.c.ends_on,
)  # fmt: skip
held = T.join(D, D.c.id == T.c.deliverable_id).join(A, A.c.id == T.c.agency_id)
leaving = held.join(M, sa.and_(M.c.group_id == T.c.group_id, M.c.agency_id == T.c.agency_id, covers_day(M, day)))
turns_stale = DaysAfter(D.c.confirmed_on, G.c.stale_days + 1)

OUTLOOK = (
    _given(
        sa.select(_shown("sunset", BODY.c.sunset_on, body=document(id=BODY.c.id, kind=BODY.c.kind, code=BODY.c.code, name=BODY.c.name)))
        .select_from(BODY.join(G, G.c.id == BODY.c.group_id)).where(BODY.c.group_id == here, body_is_open, BODY.c.sunset_on <= until)
    ),
    _given(
        sa.select(_shown("chair_ends", TERM.c.ends_on)).select_from(TERM)
        .where(TERM.c.group_id == here, TERM.c.state == "confirmed", TERM.c.starts_on <= AS_OF, TERM.c.ends_on >= AS_OF, TERM.c.ends_on <= until, sa.not_(followed))
    ),
    _given(
        sa.select(_shown("lead_ends", T.c.ends_on, deliverable=thing, agency=named(A))).select_from(held)
        .where(T.c.group_id == here, *leading, is_open, T.c.ends_on <= until, sa.not_(succeeded))
    ),
    _given(
        sa.select(_shown("lead_leaves", M.c.ends_on, deliverable=thing, agency=named(A))).select_from(leaving)
        .where(T.c.group_id == here, *leading, is_open, M.c.ends_on <= until, goes_on_after(M.c.ends_on), sa.not_(stays_after(M.c.id, M.c.ends_on)))
    ),
    _given(
        sa.select(_shown("turns_stale", turns_stale, deliverable=thing)).select_from(deliverables)
        .where(D.c.group_id == here, is_open, turns_stale <= until)
    ),
    _given(
        sa.select(_shown("unanswered", T.c.answer_by, deliverable=thing, agency=named(A))).select_from(held)
        .where(T.c.group_id == here, T.c.state == "proposed", is_open)
    ),
)  # fmt: skip
"""What ends, is orphaned or left alone up to a day, a query for each kind."""
