"""Reading milestones and dependencies, and what an agency that leaves would leave behind."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.core import listing
from app.core.dates_sql import DaysAfter, DaysBetween, vague
from app.core.db import table_of
from app.core.documents import Flags, Query, among, array, document, named
from app.core.listing import Filter, Listing
from app.deliverables.models import Dependency, Milestone
from app.deliverables.queries import ASSIGNMENTS, D, T, day, is_open, open_as, public
from app.deliverables.rules import MILESTONE_STATES, ROLES
from app.groups.queries import G
from app.membership.queries import APPOINTMENT, MEMBERSHIP, F, M, appointments, covers_day, forever, members, provenance
from app.workplans.queries import W

S = table_of(Milestone)
X = table_of(Dependency)

# What was reached or withdrawn later was still open on an earlier `as_of` day.
withdrawn = sa.func.coalesce(S.c.withdrawn_on <= day, sa.false())
reached = sa.func.coalesce(S.c.done_on <= day, sa.false())
state = sa.case(
    (withdrawn, sa.literal_column("'withdrawn'", sa.Text())), (reached, sa.literal_column("'reached'", sa.Text())),
    else_=sa.literal_column("'open'", sa.Text()),
)  # fmt: skip
late = sa.func.coalesce(sa.and_(sa.not_(withdrawn), sa.not_(reached), is_open, S.c.due_on < day), sa.false())
MILESTONE = {
    "id": S.c.id, "version": S.c.version, "group": named(G), "deliverable": document(id=D.c.id, code=D.c.code, title=D.c.title), "title": S.c.title,
    "due": vague(S.c.due, S.c.due_from, S.c.due_on), "baseline_due": vague(S.c.baseline_due, S.c.baseline_due_from, S.c.baseline_due_on),
    "state": state, "done_on": S.c.done_on, "overdue": late, "slip_days": DaysBetween(sa.func.coalesce(S.c.done_on, S.c.due_on), S.c.baseline_due_on),
    "withdrawn_on": S.c.withdrawn_on, "withdrawn_reason": S.c.withdrawn_reason, **provenance(S),
}  # fmt: skip
milestones = S.join(D, D.c.id == S.c.deliverable_id).join(G, G.c.id == S.c.group_id).join(W, W.c.id == D.c.workplan_id)
GET_MILESTONE = Query(
    sa.select(sa.cast(document(**MILESTONE), sa.Text), S.c.version, S.c.group_id, public.label("public"))
    .select_from(milestones).where(S.c.id == sa.bindparam("id"))
)  # fmt: skip
MILESTONES = Listing(
    source=milestones, id=S.c.id, show=MILESTONE, group=S.c.group_id, public=public, default="due", dated=True, narrow=("deliverable",),
    sorts={"due": sa.func.coalesce(S.c.due_on, forever), "title": S.c.title},
    filters={
        "deliverable": listing.equals(S.c.deliverable_id, "The deliverable's id."),
        "state": listing.equals(state, "Whether it is open, reached or withdrawn on that day.", *MILESTONE_STATES),
        "overdue": listing.flag(late, "Whether it is open after its due date, and its deliverable is open too."),
        "due_from": listing.not_before(S.c.due_on, "Due on this day or later (last day of a vague date)."),
        "due_to": listing.not_after(S.c.due_on, "Due on this day or before (last day of a vague date)."),
    },
)  # fmt: skip

other, other_plan = D.alias("other"), W.alias("other_plan")
lasts = sa.or_(X.c.ended_on.is_(None), X.c.ended_on > day)
waiting = sa.func.coalesce(sa.and_(lasts, is_open, open_as(other)), sa.false())


def _shown(thing: Any, plan: Any) -> Any:
    return document(
        id=thing.c.id, code=thing.c.code, title=thing.c.title, workplan=document(id=plan.c.id, code=plan.c.code, title=plan.c.title),
        status=thing.c.status, due=vague(thing.c.due, thing.c.due_from, thing.c.due_on),
    )  # fmt: skip


DEPENDENCY = {
    "id": X.c.id, "version": X.c.version, "group": named(G), "deliverable": _shown(D, W), "waits_for": _shown(other, other_plan), "waiting": waiting,
    "flags": Flags(
        {
            "overdue": sa.and_(waiting, other.c.due_on < day), "due_after": sa.and_(waiting, other.c.due_on > D.c.due_on),
            "in_vain": sa.and_(lasts, is_open, among(other.c.status, ["cancelled", "superseded"])),
        }
    ),
    "reason": X.c.reason, "ended_on": X.c.ended_on, "ended_reason": X.c.ended_reason, "created_at": X.c.created_at, "updated_at": X.c.updated_at,
}  # fmt: skip
dependencies = (
    X.join(D, D.c.id == X.c.deliverable_id).join(G, G.c.id == X.c.group_id).join(W, W.c.id == D.c.workplan_id)
    .join(other, other.c.id == X.c.waits_for_id).join(other_plan, other_plan.c.id == other.c.workplan_id)
)  # fmt: skip
GET_DEPENDENCY = Query(
    sa.select(sa.cast(document(**DEPENDENCY), sa.Text), X.c.version, X.c.group_id, sa.false())
    .select_from(dependencies).where(X.c.id == sa.bindparam("id"))
)  # fmt: skip
DEPENDENCIES = Listing(
    source=dependencies, id=X.c.id, show=DEPENDENCY, group=X.c.group_id, default="due", dated=True, narrow=("deliverable", "waits_for"),
    sorts={"due": sa.func.coalesce(other.c.due_on, forever), "created_at": X.c.created_at},
    filters={
        "deliverable": listing.equals(X.c.deliverable_id, "The id of the deliverable that waits."),
        "waits_for": listing.equals(X.c.waits_for_id, "The id of the deliverable that it waits for."),
        "waiting": listing.flag(waiting, "Whether it still waits: both are open, and the dependency has not ended."),
    },
)  # fmt: skip


def goes_on_after(last: Any) -> Any:
    """Whether an agency's part would last beyond a day."""
    return sa.func.coalesce(T.c.ends_on, forever) > last


def _next(table: Any, one: Any, last: Any, *conditions: Any) -> Any:
    """Whether another of these, of the agency of a part, is in force on the day after."""
    same = [table.c.group_id == T.c.group_id, table.c.agency_id == T.c.agency_id, table.c.id != one, covers_day(table, DaysAfter(last, 1))]
    return sa.exists().where(*same, *conditions).correlate_except(table)


def stays_after(membership: Any, last: Any) -> Any:
    """Whether the agency of a part is in the group after a day by another membership, one that lets it have that part."""
    other_one = M.alias("next_membership")
    return _next(other_one, membership, last, sa.or_(other_one.c.role == "member", among(T.c.role, ["contributor", "reviewer"])))


def is_spoken_for_after(appointment: Any, last: Any) -> Any:
    """Whether somebody else speaks for the agency of a part after a day."""
    return _next(F.alias("next_appointment"), appointment, last)


unended = among(T.c.state, ["proposed", "accepted"])
LAST: Any = sa.bindparam("ends_on", type_=sa.Date())


def _orphans(name: str, cared_for: Any) -> Listing:
    """The open parts of an agency (`agency`, `group`) for which nothing cares after a day, once the thing of this id ends then."""
    thing = sa.bindparam(name, type_=sa.Text())
    filters = {
        "agency": listing.agency(T.c.agency_id, ""),
        name: Filter("", lambda _given, _present: sa.and_(unended, is_open, sa.not_(cared_for(thing, LAST)))),
        "ends_on": Filter(
            "The last day to ask about; default its own, or today where none is set.", lambda _given, _present: goes_on_after(LAST), "day"
        ),
        "role": listing.equals(T.c.role, "The role.", *ROLES),
        "state": listing.equals(T.c.state, "Asked or accepted.", "proposed", "accepted"),
    }
    return replace(ASSIGNMENTS, filters=filters, dated=False, in_force=None, narrow=("agency",))


LEFT_BY_MEMBER = _orphans("membership", stays_after)
LEFT_BY_SPEAKER = _orphans("appointment", is_spoken_for_after)
ENDING_MEMBERSHIP = Query(
    sa.select(M.c.agency_id, M.c.group_id, sa.cast(M.c.ends_on, sa.Text), G.c.time_zone).select_from(members).where(M.c.id == sa.bindparam("id"))
)  # fmt: skip
ENDING_APPOINTMENT = Query(
    sa.select(F.c.agency_id, F.c.group_id, sa.cast(F.c.ends_on, sa.Text), G.c.time_zone).select_from(appointments).where(F.c.id == sa.bindparam("id"))
)  # fmt: skip


def _left(table: Any, cared_for: Any) -> Any:
    """The same as a list inside the document of what ends."""
    shown = document(
        id=T.c.id,
        deliverable=document(id=D.c.id, code=D.c.code, title=D.c.title),
        role=T.c.role,
        state=T.c.state,
    )
    wanted = [T.c.group_id == table.c.group_id, T.c.agency_id == table.c.agency_id, unended, is_open, goes_on_after(table.c.ends_on)]
    return (
        sa.select(array(shown, T.c.due_on, T.c.id)).select_from(T.join(D, D.c.id == T.c.deliverable_id))
        .where(*wanted, sa.not_(cared_for(table.c.id, table.c.ends_on))).correlate(table, G).scalar_subquery()
    )  # fmt: skip


CHANGED_MEMBERSHIP = Query(
    sa.select(sa.cast(document(**MEMBERSHIP, orphans=_left(M, stays_after)), sa.Text), M.c.version)
    .select_from(members).where(M.c.id == sa.bindparam("id"))
)  # fmt: skip
CHANGED_APPOINTMENT = Query(
    sa.select(sa.cast(document(**APPOINTMENT, orphans=_left(F, is_spoken_for_after)), sa.Text), F.c.version)
    .select_from(appointments).where(F.c.id == sa.bindparam("id"))
)  # fmt: skip
