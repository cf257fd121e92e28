"""Reading decisions."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.core import listing
from app.core.dates import FOREVER
from app.core.dates_sql import LocalDay, day_for, vague
from app.core.db import table_of
from app.core.documents import Query, document, named, optional
from app.core.listing import Given, Listing
from app.decisions.models import ActionPoint, Decision, Objection
from app.decisions.rules import ACTION_POINT_STATES, KINDS, LEVELS, METHODS, STATES
from app.groups.queries import G

D = table_of(Decision)
N = table_of(ActionPoint)
O = table_of(Objection)  # noqa: E741

day = day_for(G.c.time_zone)
forever: Any = sa.literal_column(f"'{FOREVER}'", sa.Date())

standing = sa.and_(O.c.raised_on <= day, sa.func.coalesce(O.c.withdrawn_on, forever) > day)
objections = sa.select(sa.func.count()).select_from(O).where(O.c.decision_id == D.c.id, standing).correlate(D, G).scalar_subquery()
state = sa.case(
    (D.c.deadline.is_(None), "adopted"),
    (D.c.withdrawn_on <= day, "withdrawn"),
    (objections > 0, sa.case((day <= D.c.deadline, "objected"), else_="fallen")),
    (day <= D.c.deadline, "pending"),
    else_="adopted",
)
"""The state on the day: `rules.decision_state` in SQL."""
adopted = state == "adopted"

# What was done later was still open on an earlier `as_of` day.
point_open = sa.or_(N.c.state == "open", sa.and_(N.c.state == "done", N.c.done_on > day))
point_overdue = sa.func.coalesce(sa.and_(point_open, N.c.due_on < day), sa.false())
asked_by_it = sa.and_(N.c.decision_id == D.c.id, N.c.state != "cancelled", N.c.asked_on <= day)
still_open = sa.select(sa.func.count()).select_from(N).where(asked_by_it, point_open).correlate(D, G).scalar_subquery()
asked_for = sa.exists().where(asked_by_it).correlate(D, G)
carried_out = sa.case((still_open > 0, sa.false()), (asked_for, sa.true()))
"""Whether everything that a decision asked for is done; null where it asked for nothing."""

DECISION = {
    "id": D.c.id, "version": D.c.version, "group": named(G), "code": D.c.code, "state": state, "decided_on": sa.case((adopted, D.c.decided_on)), "level": D.c.level,
    "method": D.c.method, "kind": D.c.kind, "subject": D.c.subject, "text": D.c.text, "place": D.c.place,
    "circulated_on": D.c.circulated_on, "deadline": D.c.deadline, "objections": sa.case((D.c.deadline.is_not(None), objections), else_=0),
    "withdrawn_on": D.c.withdrawn_on, "carried_out": carried_out, "open_action_points": still_open, "certainty": D.c.certainty, "sources": D.c.sources,
    "note": D.c.note, "created_at": D.c.created_at, "updated_at": D.c.updated_at,
}  # fmt: skip
source = D.join(G, G.c.id == D.c.group_id)
today = LocalDay(sa.bindparam("now", type_=sa.Text()), G.c.time_zone)
public = sa.and_(G.c.public, adopted, sa.or_(D.c.deadline.is_(None), D.c.decided_on <= today))
"""What is still under silence, or did not come through it, is the members' business, whatever day is asked for."""

GET_DECISION = Query(
    sa.select(sa.cast(document(**DECISION), sa.Text), D.c.version, D.c.group_id, public.label("public"))
    .select_from(source)
    .where(D.c.id == sa.bindparam("id"))
)


def _bound(given: Given) -> Any:
    return sa.bindparam(given.name, type_=sa.Date())


def _decided(condition: Any) -> Any:
    """What silence has not adopted was decided on no day."""
    return sa.and_(condition, sa.or_(D.c.deadline.is_(None), adopted))


DECISIONS = Listing(
    source=source, id=D.c.id, show=DECISION, group=D.c.group_id, public=public, default="decided_on", dated=True,
    in_force=sa.func.coalesce(D.c.circulated_on, D.c.decided_on) <= day,
    sorts={"decided_on": D.c.decided_on, "code": D.c.code}, search=D.c.search,
    filters={
        "kind": listing.equals(D.c.kind, "What was decided.", *KINDS),
        "level": listing.equals(D.c.level, "Who decided.", *LEVELS),
        "method": listing.equals(D.c.method, "How it was decided.", *METHODS),
        "code": listing.equals(D.c.code, "The decision's code."),
        "state": listing.equals(state, "adopted, or where a silence procedure stands.", *STATES),
        "silence": listing.flag(D.c.deadline.is_not(None), "Whether it is or was circulated under silence, with a deadline."),
        "decided_from": listing.Filter("Decided on this day or later.", lambda given, _: _decided(D.c.decided_on >= _bound(given)), "day"),
        "decided_to": listing.Filter("Decided on this day or before.", lambda given, _: _decided(D.c.decided_on <= _bound(given)), "day"),
        "deadline_to": listing.not_after(D.c.deadline, "Its deadline for objections is this day or before."),
        "carried_out": listing.flag(carried_out, "false: something that it asked for is still open; true: all of it is done."),
    },
)  # fmt: skip


def authority(column: Any) -> Any:
    """How a decision is shown inside the thing that it authorises: its id, code and day, or null."""
    behind = D.alias()
    shown = sa.select(document(id=behind.c.id, code=behind.c.code, decided_on=behind.c.decided_on)).where(behind.c.id == column)
    return optional(column, shown.scalar_subquery())


behalf = A.alias("behalf")
OBJECTION = {
    "id": O.c.id, "version": O.c.version, "group": named(G), "decision": document(id=D.c.id, code=D.c.code, state=state), "agency": named(A),
    "reason": O.c.reason, "raised_on": O.c.raised_on, "withdrawn_on": O.c.withdrawn_on, "stands": standing,
    "on_behalf_of": optional(behalf.c.id, named(behalf)), "evidence": O.c.evidence, "created_at": O.c.created_at, "updated_at": O.c.updated_at,
}  # fmt: skip
raised = (
    O.join(D, D.c.id == O.c.decision_id).join(G, G.c.id == O.c.group_id).join(A, A.c.id == O.c.agency_id)
    .outerjoin(behalf, behalf.c.id == O.c.on_behalf_of_id)
)  # fmt: skip
GET_OBJECTION = Query(
    sa.select(sa.cast(document(**OBJECTION), sa.Text), O.c.version, O.c.group_id, sa.false())
    .select_from(raised)
    .where(O.c.id == sa.bindparam("id"))
)
OBJECTIONS = Listing(
    source=raised, id=O.c.id, show=OBJECTION, group=O.c.group_id, default="raised_on", dated=True, in_force=standing,
    sorts={"raised_on": O.c.raised_on, "agency": A.c.code},
    filters={
        "decision": listing.equals(O.c.decision_id, "The decision's id."),
        "agency": listing.agency(O.c.agency_id, "The agency that objects."),
        "stands": listing.flag(standing, "Whether it stands on that day."),
    },
)  # fmt: skip

ACTION_POINT = {
    "id": N.c.id, "version": N.c.version, "group": named(G), "decision": authority(N.c.decision_id), "agency": named(A), "text": N.c.text,
    "asked_on": N.c.asked_on, "due": vague(N.c.due, N.c.due_from, N.c.due_on), "state": N.c.state, "overdue": point_overdue,
    "done_on": N.c.done_on, "outcome": N.c.outcome, "reason": N.c.reason, "certainty": N.c.certainty, "sources": N.c.sources,
    "note": N.c.note, "created_at": N.c.created_at, "updated_at": N.c.updated_at,
}  # fmt: skip
points = N.join(G, G.c.id == N.c.group_id).join(A, A.c.id == N.c.agency_id)
GET_ACTION_POINT = Query(
    sa.select(sa.cast(document(**ACTION_POINT), sa.Text), N.c.version, N.c.group_id, sa.false())
    .select_from(points)
    .where(N.c.id == sa.bindparam("id"))
)
ACTION_POINTS = Listing(
    source=points, id=N.c.id, show=ACTION_POINT, group=N.c.group_id, default="due", dated=True, in_force=N.c.asked_on <= day,
    sorts={"due": sa.func.coalesce(N.c.due_on, forever), "asked_on": N.c.asked_on, "agency": A.c.code}, search=N.c.search,
    filters={
        "agency": listing.agency(N.c.agency_id, "The agency that was asked."),
        "decision": listing.equals(N.c.decision_id, "The id of the decision that asked for it."),
        "state": listing.equals(N.c.state, "open, done or cancelled.", *ACTION_POINT_STATES),
        "open": listing.flag(point_open, "Whether it was still to be done, on that day."),
        "overdue": listing.flag(point_overdue, "Whether it was still to be done after its due date."),
        "due_from": listing.not_before(N.c.due_on, "Due on this day or later (last day of a vague date)."),
        "due_to": listing.not_after(N.c.due_on, "Due on this day or before (last day of a vague date)."),
    },
)  # fmt: skip
