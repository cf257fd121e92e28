"""Reading meetings, attendance, and what came of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import R as PART
from app.bodies.queries import shown_body
from app.chairs.queries import C as TERM
from app.chairs.queries import H as HOLDER
from app.core import listing
from app.core.dates_sql import day_for
from app.core.db import table_of
from app.core.documents import AnyOf, Query, among, array, document, named, optional
from app.core.listing import Listing
from app.decisions.models import ActionPoint
from app.decisions.queries import ACTION_POINTS, DECISIONS, adopted
from app.decisions.queries import D as DECISION
from app.decisions.queries import N as POINT
from app.decisions.rules import LEVELS
from app.groups.queries import G
from app.meetings.models import AgendaItem, Attendance, Meeting, Outcome
from app.meetings.rules import PRESENCES, STATES, VISIBILITIES
from app.membership.queries import covers_day, provenance

E = table_of(Meeting)
N = table_of(Attendance)
I = table_of(AgendaItem)  # noqa: E741
O = table_of(Outcome)  # noqa: E741

day = day_for(G.c.time_zone)

named_chair, holder, body_chair = A.alias("named_chair"), A.alias("holder"), A.alias("body_chair")
by_name = sa.select(array(named(named_chair), named_chair.c.code)).where(named_chair.c.id == E.c.chair_id).scalar_subquery()
by_body = (
    sa.select(array(named(body_chair), body_chair.c.code)).select_from(PART.join(body_chair, body_chair.c.id == PART.c.agency_id))
    .where(PART.c.body_id == E.c.body_id, among(PART.c.role, ["chair", "co_chair"]), covers_day(PART, E.c.starts_on)).scalar_subquery()
)  # fmt: skip
by_term = (
    sa.select(array(named(holder), HOLDER.c.position))
    .select_from(HOLDER.join(holder, holder.c.id == HOLDER.c.agency_id).join(TERM, TERM.c.id == HOLDER.c.chairmanship_id))
    .where(TERM.c.group_id == E.c.group_id, TERM.c.state == "confirmed", covers_day(TERM, E.c.starts_on)).scalar_subquery()
)  # fmt: skip
chairs = sa.case((E.c.chair_id.is_not(None), by_name), (E.c.body_id.is_not(None), by_body), else_=by_term)
"""Who chairs a meeting: who was named, else the chairs of its body, else the group's chair, each on its first day."""


def _came(presence: str) -> Any:
    wanted = sa.select(sa.func.count()).select_from(N).where(N.c.meeting_id == E.c.id, N.c.presence == presence)
    return wanted.correlate(E).scalar_subquery()


came_of, pointed = O.alias("came_of"), table_of(ActionPoint).alias("pointed")
owner = A.alias("owner")
decisions = (
    sa.select(array(document(id=DECISION.c.id, code=DECISION.c.code, kind=DECISION.c.kind, text=DECISION.c.text), DECISION.c.code))
    .select_from(came_of.join(DECISION, DECISION.c.id == came_of.c.decision_id)).where(came_of.c.meeting_id == E.c.id, adopted).correlate(E, G).scalar_subquery()
)  # fmt: skip
"""What it decided. What is under silence is at the meeting's own list of decisions, for its members."""
action_points = (
    sa.select(array(document(id=pointed.c.id, agency=named(owner), text=pointed.c.text, state=pointed.c.state), pointed.c.asked_on, pointed.c.id))
    .select_from(came_of.join(pointed, pointed.c.id == came_of.c.action_point_id).join(owner, owner.c.id == pointed.c.agency_id))
    .where(came_of.c.meeting_id == E.c.id).scalar_subquery()
)  # fmt: skip

MEETING = {
    "id": E.c.id, "version": E.c.version, "group": named(G), "level": E.c.level, "title": E.c.title, "starts_on": E.c.starts_on,
    "ends_on": E.c.ends_on, "place": E.c.place, "body": shown_body(E.c.body_id), "chairs": chairs, "state": E.c.state,
    "visibility": E.c.visibility, "reason": E.c.reason, "minutes": E.c.minutes,
    "attendance": document(**{presence: _came(presence) for presence in PRESENCES}), "decisions": decisions, "action_points": action_points,
    **provenance(E),
}  # fmt: skip
public = sa.and_(G.c.public, E.c.visibility == "public")
source = E.join(G, G.c.id == E.c.group_id)
GET_MEETING = Query(
    sa.select(sa.cast(document(**MEETING), sa.Text), E.c.version, E.c.group_id, public.label("public"))
    .select_from(source)
    .where(E.c.id == sa.bindparam("id"))
)
INSIDE: Any = sa.bindparam("inside", type_=sa.Text())
"""The groups that the reader sees from inside, as a JSON list; `*` for all."""
attended = sa.exists().where(N.c.meeting_id == E.c.id, N.c.presence == "present")
seen_inside = sa.or_(AnyOf(E.c.group_id, INSIDE), AnyOf(sa.literal_column("'*'"), INSIDE))
"""Who came by name is for those who see the group: strangers would find it out by asking for one agency after another."""
led_to = sa.exists().where(O.c.meeting_id == E.c.id)
MEETINGS = Listing(
    source=source, id=E.c.id, show=MEETING, group=E.c.group_id, public=public, default="starts_on", search=E.c.search,
    sorts={"starts_on": E.c.starts_on, "title": E.c.title},
    filters={
        "level": listing.equals(E.c.level, "Who meets.", *LEVELS),
        "state": listing.equals(E.c.state, "planned, held or cancelled.", *STATES),
        "visibility": listing.equals(E.c.visibility, "internal or public.", *VISIBILITIES),
        "body": listing.equals(E.c.body_id, "The id of the body that meets."),
        "agency": listing.Filter("An agency that was present.", lambda given, _: sa.and_(attended.where(given.matches(N.c.agency_id)), seen_inside), "agency"),
        "inside": listing.Filter("", lambda _given, _present: None),
        "decision": listing.Filter("The id of a decision that it took.", lambda given, _: led_to.where(given.matches(O.c.decision_id))),
        "action_point": listing.Filter("The id of an action point that it gave.", lambda given, _: led_to.where(given.matches(O.c.action_point_id))),
        "upcoming": listing.flag(sa.and_(E.c.state == "planned", E.c.ends_on >= day), "Whether it is planned and still to come."),
        "starts_from": listing.not_before(E.c.starts_on, "It begins on this day or later."),
        "starts_to": listing.not_after(E.c.starts_on, "It begins on this day or before."),
    },
)  # fmt: skip

ATTENDANCE = {
    "id": N.c.id, "version": N.c.version, "meeting": N.c.meeting_id, "agency": named(A), "presence": N.c.presence, "who": N.c.who,
    "created_at": N.c.created_at, "updated_at": N.c.updated_at,
}  # fmt: skip
attendances = N.join(A, A.c.id == N.c.agency_id)
GET_ATTENDANCE = Query(
    sa.select(sa.cast(document(**ATTENDANCE), sa.Text), N.c.version, N.c.group_id, sa.false())
    .select_from(attendances)
    .where(N.c.id == sa.bindparam("id"))
)
ATTENDANCES = Listing(
    source=attendances, id=N.c.id, show=ATTENDANCE, group=N.c.group_id, default="agency", sorts={"agency": A.c.code},
    filters={
        "meeting": listing.equals(N.c.meeting_id, "The meeting's id."),
        "agency": listing.agency(N.c.agency_id, "The agency."),
        "presence": listing.equals(N.c.presence, "present, absent or excused.", *PRESENCES),
    },
)  # fmt: skip

ITEM = {
    "id": I.c.id, "version": I.c.version, "meeting": I.c.meeting_id, "position": I.c.position, "title": I.c.title, "text": I.c.text,
    "agency": optional(A.c.id, named(A)), "withdrawn": I.c.withdrawn, "created_at": I.c.created_at, "updated_at": I.c.updated_at,
}  # fmt: skip
items_with = I.outerjoin(A, A.c.id == I.c.agency_id)
GET_ITEM = Query(
    sa.select(sa.cast(document(**ITEM), sa.Text), I.c.version, I.c.group_id, sa.false())
    .select_from(items_with)
    .where(I.c.id == sa.bindparam("id"))
)


def _of_meeting(key: Any, thing: Any) -> listing.Filter:
    held = sa.exists().where(key == thing)
    return listing.Filter("The meeting's id.", lambda given, _: held.where(given.matches(O.c.meeting_id)))


DECISIONS_OF_MEETING = replace(DECISIONS, filters={**DECISIONS.filters, "meeting": _of_meeting(O.c.decision_id, DECISION.c.id)})
POINTS_OF_MEETING = replace(ACTION_POINTS, filters={**ACTION_POINTS.filters, "meeting": _of_meeting(O.c.action_point_id, POINT.c.id)})
PLACE = Query(
    sa.select(E.c.id, E.c.state, E.c.group_id, E.c.body_id, E.c.starts_on, E.c.ends_on, G.c.time_zone, sa.cast(E.c.agenda, sa.Text).label("agenda"))
    .select_from(source)
    .where(E.c.id == sa.bindparam("id"))
)  # fmt: skip
"""What its agenda is worked out from."""


def a_day(value: date | str) -> date:
    """A day as either database gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value
