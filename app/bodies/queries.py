"""Reading bodies, and who takes part in them."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A, P
from app.bodies.models import Body, Extension, Participation, Secondment
from app.bodies.rules import EXPIRING_DAYS, KINDS, OPEN, ROLES, STATES
from app.core import listing
from app.core.dates_sql import DaysBetween, day_for
from app.core.db import table_of
from app.core.documents import Query, among, array, document, named, optional
from app.core.listing import Listing
from app.decisions.queries import authority
from app.groups.queries import G
from app.membership.queries import covers_day, forever, provenance

B = table_of(Body)
R = table_of(Participation)
E = table_of(Extension)
S = table_of(Secondment)

day = day_for(G.c.time_zone)


def _brief(other: Any) -> Any:
    return sa.select(document(id=other.c.id, kind=other.c.kind, code=other.c.code, name=other.c.name))


def shown_body(key: Any) -> Any:
    """How a body is shown inside other things, or null."""
    other = B.alias()
    return optional(key, _brief(other).where(other.c.id == key).scalar_subquery())


host = A.alias("host")
chairing = among(R.c.role, ["chair", "co_chair"])
chairs = (
    sa.select(array(named(A), A.c.code)).select_from(R.join(A, A.c.id == R.c.agency_id))
    .where(R.c.body_id == B.c.id, chairing, covers_day(R, day)).scalar_subquery()
)  # fmt: skip
taking_part = sa.select(sa.func.count()).select_from(R).where(R.c.body_id == B.c.id, covers_day(R, day)).scalar_subquery()
extended = sa.select(sa.func.count()).select_from(E).where(E.c.body_id == B.c.id).scalar_subquery()
successor_of = B.alias("successor")
successor = _brief(successor_of).where(successor_of.c.predecessor_id == B.c.id).limit(1).scalar_subquery()
# What ended later was still open on an earlier `as_of` day.
is_open = sa.or_(among(B.c.state, OPEN), B.c.ended_on > day)
days_left = DaysBetween(B.c.sunset_on, day)
sunset_passed = sa.func.coalesce(sa.and_(is_open, B.c.sunset_on < day), sa.false())
expiring = sa.func.coalesce(sa.and_(is_open, days_left.between(0, EXPIRING_DAYS)), sa.false())

BODY = {
    "id": B.c.id, "version": B.c.version, "group": named(G), "kind": B.c.kind, "code": B.c.code, "name": B.c.name,
    "also_known_as": B.c.also_known_as, "mandate": B.c.mandate, "state": B.c.state, "starts_on": B.c.starts_on,
    "sunset_on": B.c.sunset_on, "days_left": sa.case((is_open, days_left)), "expiring": expiring, "sunset_passed": sunset_passed,
    "extensions": extended, "ended_on": B.c.ended_on, "review_on": B.c.review_on, "outcome": B.c.outcome,
    "parent": shown_body(B.c.parent_id), "predecessor": shown_body(B.c.predecessor_id), "successor": successor,
    "host": optional(host.c.id, named(host)), "chairs": chairs, "participants": taking_part, "decision": authority(B.c.decision_id),
    **provenance(B),
}  # fmt: skip
source = B.join(G, G.c.id == B.c.group_id).outerjoin(host, host.c.id == B.c.host_id)
GET_BODY = Query(
    sa.select(sa.cast(document(**BODY), sa.Text), B.c.version, B.c.group_id, G.c.public, B.c.kind)
    .select_from(source)
    .where(B.c.id == sa.bindparam("id"))
)
takes_part = sa.exists().where(R.c.body_id == B.c.id, covers_day(R, day))
in_force = sa.and_(B.c.starts_on <= day, sa.func.coalesce(B.c.ended_on, B.c.sunset_on, forever) >= day)
BODIES = Listing(
    source=source, id=B.c.id, show=BODY, group=B.c.group_id, public=G.c.public, default="code", dated=True, in_force=in_force,
    search=B.c.search, sorts={"code": B.c.code, "starts_on": B.c.starts_on, "sunset_on": sa.func.coalesce(B.c.sunset_on, forever)},
    filters={
        "kind": listing.equals(B.c.kind, "The kind of body.", *KINDS),
        "state": listing.equals(B.c.state, "The stored state.", *STATES),
        "agency": listing.Filter("An agency that takes part on that day.", lambda given, _: takes_part.where(given.matches(R.c.agency_id)), "agency"),
        "expiring": listing.flag(expiring, "Whether its sunset is 90 days off or nearer."),
        "sunset_passed": listing.flag(sunset_passed, "Whether it is past its sunset and not yet closed."),
    },
)  # fmt: skip

PARTICIPATION = {
    "id": R.c.id, "version": R.c.version, "group": named(G), "body": shown_body(R.c.body_id), "agency": named(A), "role": R.c.role,
    "starts_on": R.c.starts_on, "ends_on": R.c.ends_on, "current": covers_day(R, day), **provenance(R),
}  # fmt: skip
participations = R.join(G, G.c.id == R.c.group_id).join(A, A.c.id == R.c.agency_id)
GET_PARTICIPATION = Query(
    sa.select(sa.cast(document(**PARTICIPATION), sa.Text), R.c.version, R.c.group_id, G.c.public)
    .select_from(participations).where(R.c.id == sa.bindparam("id"))
)  # fmt: skip
PARTICIPATIONS = Listing(
    source=participations, id=R.c.id, show=PARTICIPATION, group=R.c.group_id, public=G.c.public, default="agency", dated=True,
    in_force=covers_day(R, day), sorts={"agency": A.c.code, "starts_on": R.c.starts_on},
    filters={
        "body": listing.equals(R.c.body_id, "The body's id."),
        "role": listing.equals(R.c.role, "The role.", *ROLES),
        "agency": listing.agency(R.c.agency_id, "The agency."),
    },
)  # fmt: skip

EXTENSION = {
    "id": E.c.id, "version": E.c.version, "body": shown_body(E.c.body_id), "former_sunset_on": E.c.former_sunset_on,
    "sunset_on": E.c.sunset_on, "reason": E.c.reason, "late": E.c.late, "decision": authority(E.c.decision_id),
    "created_at": E.c.created_at, "updated_at": E.c.updated_at,
}  # fmt: skip
extensions = E.join(G, G.c.id == E.c.group_id)
GET_EXTENSION = Query(
    sa.select(sa.cast(document(**EXTENSION), sa.Text), E.c.version, E.c.group_id, G.c.public)
    .select_from(extensions)
    .where(E.c.id == sa.bindparam("id"))
)
EXTENSIONS = Listing(
    source=extensions, id=E.c.id, show=EXTENSION, group=E.c.group_id, public=G.c.public, default="sunset_on",
    sorts={"sunset_on": E.c.sunset_on}, filters={"body": listing.equals(E.c.body_id, "The body's id.")},
)  # fmt: skip

SECONDMENT = {
    "id": S.c.id, "version": S.c.version, "body": shown_body(S.c.body_id), "person": document(id=P.c.id, name=P.c.name, email=P.c.email),
    "agency": named(A), "starts_on": S.c.starts_on, "ends_on": S.c.ends_on, "current": covers_day(S, day),
    "created_at": S.c.created_at, "updated_at": S.c.updated_at,
}  # fmt: skip
secondments = S.join(G, G.c.id == S.c.group_id).join(A, A.c.id == S.c.agency_id).join(P, P.c.id == S.c.person_id)
GET_SECONDMENT = Query(
    sa.select(sa.cast(document(**SECONDMENT), sa.Text), S.c.version, S.c.group_id, sa.false())
    .select_from(secondments).where(S.c.id == sa.bindparam("id"))
)  # fmt: skip
SECONDMENTS = Listing(
    source=secondments, id=S.c.id, show=SECONDMENT, group=S.c.group_id, default="agency", dated=True, in_force=covers_day(S, day),
    sorts={"agency": A.c.code, "starts_on": S.c.starts_on}, filters={"body": listing.equals(S.c.body_id, "The secretariat's id.")},
)  # fmt: skip
