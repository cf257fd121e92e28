"""The pack of a hand-over, and the hand-over with it: one statement shows a draft's, and freezes it at submission."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A, P
from app.bodies.queries import B as BODY
from app.bodies.queries import chairs as body_chairs
from app.bodies.queries import days_left, expiring, shown_body, sunset_passed
from app.bodies.queries import is_open as body_is_open
from app.chairs.queries import C, H, next_term
from app.core import listing
from app.core.dates_sql import AS_OF, DaysAfter, WholeMonths, on_given_day, vague
from app.core.db import table_of
from app.core.documents import AnyOf, Flags, Query, among, array, document, named, optional
from app.core.listing import Listing
from app.decisions.queries import D as DECISION
from app.decisions.queries import N as POINT
from app.deliverables.queries import D, T, U, agencies_as, has_lead, is_open, overdue, slip_days
from app.deliverables.working_queries import S as MILESTONE
from app.fundraising.money_queries import C as MONEY
from app.fundraising.queries import P as PROJECT
from app.groups.queries import G
from app.handovers.models import HandOver
from app.handovers.rules import STATES
from app.membership.queries import F, M, covers_day, forever
from app.workplans.queries import W, shown_stream

K = table_of(HandOver)

term_id = sa.bindparam("id", type_=sa.Text())
this = C.alias("this_term")


def _of_term(value: Any) -> Any:
    """A value of the term that is handed over: asked once for the whole statement."""
    return sa.select(value).where(this.c.id == term_id).scalar_subquery()


here = _of_term(this.c.group_id)
since = _of_term(sa.func.coalesce(next_term(this, "starts_on"), DaysAfter(this.c.ends_on, 1)))
until = _of_term(sa.func.coalesce(next_term(this, "ends_on"), forever))
"""The days of the coming term; all that follow where none is confirmed."""


def shown_term(term: Any) -> Any:
    """A term of the chair, as the pack shows it."""
    held, agency, coordinator = H.alias(), A.alias(), A.alias()
    joined = held.join(agency, agency.c.id == held.c.agency_id).outerjoin(coordinator, coordinator.c.id == held.c.coordinator_id)
    holder = document(
        agency=named(agency), coordinator=optional(coordinator.c.id, named(coordinator)), principal=held.c.principal
    )  # fmt: skip
    holders = sa.select(array(holder, held.c.position)).select_from(joined).where(held.c.chairmanship_id == term.c.id).scalar_subquery()
    return document(
        id=term.c.id, kind=term.c.kind, starts_on=term.c.starts_on, ends_on=term.c.ends_on,
        term_months=WholeMonths(term.c.starts_on, term.c.ends_on), theme=term.c.theme, holders=holders,
    )  # fmt: skip


def _one_term(condition: Any, *order_by: Any) -> Any:
    """The first term of the group that fits, or null."""
    term = C.alias()
    wanted = [term.c.group_id == here, term.c.state == "confirmed", condition(term)]
    return sa.select(shown_term(term)).where(*wanted).order_by(*(order(term) for order in order_by)).limit(1).scalar_subquery()


troika = document(
    outgoing=_one_term(lambda term: term.c.ends_on < AS_OF, lambda term: term.c.starts_on.desc()),
    current=_one_term(lambda term: sa.and_(term.c.starts_on <= AS_OF, term.c.ends_on >= AS_OF)),
    incoming=_one_term(lambda term: term.c.starts_on > AS_OF, lambda term: term.c.starts_on),
)


def _all(source: Any, value: Any, conditions: list[Any], *order_by: Any) -> Any:
    """The list of these values, over the rows that fit."""
    return sa.select(array(value, *order_by)).select_from(source).where(*conditions).scalar_subquery()


thing = document(id=D.c.id, code=D.c.code, name=D.c.title)
due = vague(D.c.due, D.c.due_from, D.c.due_on)
planned = D.join(W, W.c.id == D.c.workplan_id)
open_here = [D.c.group_id == here, is_open]
by_due = (D.c.due_key, D.c.code, D.c.id)
last = U.alias("last_update")
last_update = (
    sa.select(document(reported_on=last.c.reported_on, confidence=last.c.confidence, blockers=last.c.blockers, next_step=last.c.next_step))
    .where(last.c.deliverable_id == D.c.id, last.c.kind == "update", among(last.c.state, ["submitted", "accepted"])).order_by(last.c.created_at.desc(), last.c.id).limit(1).scalar_subquery()
)  # fmt: skip
deliverables = _all(
    planned,
    document(
        id=D.c.id, code=D.c.code, title=D.c.title, workplan=document(id=W.c.id, code=W.c.code, title=W.c.title),
        stream=shown_stream(D.c.stream_id), body=shown_body(D.c.body_id), status=D.c.status, confidence=D.c.confidence,
        lead=agencies_as("lead"), due=due, overdue=overdue, slip_days=slip_days, last_update=last_update,
    ),
    open_here, *by_due,
)  # fmt: skip
without_lead = _all(D, document(id=D.c.id, code=D.c.code, name=D.c.title, due=due), [*open_here, sa.not_(has_lead)], *by_due)
unanswered = _all(
    T.join(D, D.c.id == T.c.deliverable_id).join(A, A.c.id == T.c.agency_id),
    document(id=T.c.id, deliverable=thing, agency=named(A), role=T.c.role, starts_on=T.c.starts_on, answer_by=T.c.answer_by),
    [*open_here, T.c.state == "proposed", among(T.c.role, ["lead", "co_lead"])],
    D.c.code, A.c.code, T.c.id,
)  # fmt: skip
body_thing = document(id=BODY.c.id, code=BODY.c.code, name=BODY.c.name)
works = D.alias("works")
undone = (
    sa.select(sa.func.count()).where(works.c.body_id == BODY.c.id, among(works.c.status, ["not_started", "in_progress", "on_hold"])).scalar_subquery()
)  # fmt: skip
bodies = _all(
    BODY,
    document(
        id=BODY.c.id, kind=BODY.c.kind, code=BODY.c.code, name=BODY.c.name, chairs=body_chairs, sunset_on=BODY.c.sunset_on,
        days_left=days_left, sunset_passed=sunset_passed, open_deliverables=undone,
    ),
    [BODY.c.group_id == here, sa.or_(expiring, sunset_passed)],
    BODY.c.sunset_on, BODY.c.code,
)  # fmt: skip

due_by = vague(POINT.c.due, POINT.c.due_from, POINT.c.due_on)
action_points = _all(
    POINT.join(A, A.c.id == POINT.c.agency_id).outerjoin(DECISION, DECISION.c.id == POINT.c.decision_id),
    document(
        id=POINT.c.id, text=POINT.c.text, agency=named(A), asked_on=POINT.c.asked_on, due=due_by,
        overdue=sa.func.coalesce(POINT.c.due_on < AS_OF, sa.false()),
        decision=optional(DECISION.c.id, document(id=DECISION.c.id, code=DECISION.c.code, decided_on=DECISION.c.decided_on)),
    ),
    [POINT.c.group_id == here, POINT.c.state == "open", POINT.c.asked_on <= AS_OF],
    sa.func.coalesce(POINT.c.due_on, forever), POINT.c.asked_on, POINT.c.id,
)  # fmt: skip
"""Decisions that are not carried out: what they, or meetings, asked agencies to do and is not done."""

still_to_come = sa.func.coalesce(MONEY.c.amount - MONEY.c.cancelled - MONEY.c.received > 0, sa.true())
promised = _all(
    MONEY.join(PROJECT, PROJECT.c.id == MONEY.c.project_id),
    document(
        id=MONEY.c.id, project=document(id=PROJECT.c.id, code=PROJECT.c.code, title=PROJECT.c.title), kind=MONEY.c.kind, state=MONEY.c.state,
        promised_on=sa.func.coalesce(MONEY.c.committed_on, MONEY.c.pledged_on),
    ),
    [MONEY.c.group_id == here, among(MONEY.c.state, ["pledged", "committed"]), still_to_come],
    PROJECT.c.code, sa.func.coalesce(MONEY.c.committed_on, MONEY.c.pledged_on, forever), MONEY.c.id,
)  # fmt: skip
"""What donors have promised and not given. Not all who read the pack may see donors and amounts: they are at `/contributions/{id}`."""


def _people(role: str) -> Any:
    """The ids of those who hold an office of a member, by the day they began."""
    held = F.alias()
    wanted = [held.c.group_id == M.c.group_id, held.c.agency_id == M.c.agency_id, held.c.role == role, covers_day(held, AS_OF)]
    return sa.select(array(held.c.person_id, held.c.starts_on, held.c.id)).where(*wanted).scalar_subquery()


def _nobody(role: str) -> Any:
    held = F.alias()
    wanted = [held.c.group_id == M.c.group_id, held.c.agency_id == M.c.agency_id, held.c.role == role, covers_day(held, AS_OF)]
    return sa.not_(sa.exists().where(*wanted).correlate(M))


contacts = _all(
    M.join(A, A.c.id == M.c.agency_id),
    document(
        agency=named(A), role=M.c.role, principals=_people("principal"), focal_points=_people("focal_point"), alternates=_people("alternate"),
        vacant=Flags({"principal": _nobody("principal"), "focal_point": _nobody("focal_point")}),
    ),
    [M.c.group_id == here, covers_day(M, AS_OF)],
    A.c.code,
)  # fmt: skip


def _dated(kind: str, on: Any, shown: Any, source: Any, *conditions: Any) -> Any:
    what = sa.literal(kind).label("kind")
    return sa.select(on.label("day"), what, shown.label("thing")).select_from(source).where(*conditions, on >= since, on <= until)


coming = C.alias("coming")
NONE = sa.literal_column("NULL", document().type)
days = sa.union_all(
    _dated("due", D.c.due_on, thing, D, *open_here),
    _dated(
        "milestone", MILESTONE.c.due_on, document(id=MILESTONE.c.id, code=D.c.code, name=MILESTONE.c.title),
        MILESTONE.join(D, D.c.id == MILESTONE.c.deliverable_id), *open_here, MILESTONE.c.done_on.is_(None), MILESTONE.c.withdrawn_on.is_(None),
    ),
    _dated("sunset", BODY.c.sunset_on, body_thing, BODY, BODY.c.group_id == here, body_is_open),
    _dated("review", BODY.c.review_on, body_thing, BODY, BODY.c.group_id == here, body_is_open),
    _dated("plan_ends", W.c.ends_on, document(id=W.c.id, code=W.c.code, name=W.c.title), W, W.c.group_id == here, among(W.c.state, ["draft", "circulated", "endorsed"])),
    _dated("chair_ends", coming.c.ends_on, NONE, coming, coming.c.group_id == here, coming.c.state == "confirmed"),
).subquery("days")  # fmt: skip
calendar = _all(
    days, document(on=days.c.day, kind=days.c.kind, thing=days.c.thing), [], days.c.day, days.c.kind, sa.cast(days.c.thing, sa.Text)
)

SECTIONS: dict[str, Any] = {
    "deliverables": deliverables, "without_lead": without_lead, "unanswered": unanswered, "bodies": bodies, "action_points": action_points, "promised": promised, "contacts": contacts, "calendar": calendar,
}  # fmt: skip
"""What the pack tells, each a list. A rung below that has more to hand over adds its own here."""

successor = C.alias("successor")
incoming = sa.select(shown_term(successor)).where(successor.c.id == next_term(C)).scalar_subquery()
pack = document(
    as_of=sa.cast(AS_OF, sa.Text), outgoing=shown_term(C), incoming=incoming, troika=troika, note=K.c.note,
    **SECTIONS,
)  # fmt: skip
frozen = sa.func.coalesce(among(K.c.state, ["submitted", "accepted"]), sa.false())
given_to = C.alias("given_to")
moved = {
    "outgoing_moved": sa.or_(C.c.state != "confirmed", C.c.starts_on != K.c.outgoing_starts_on, C.c.ends_on != K.c.outgoing_ends_on),
    "incoming_moved": sa.or_(given_to.c.starts_on != K.c.incoming_starts_on, given_to.c.ends_on != K.c.incoming_ends_on),
    "successor_changed": K.c.incoming_id != sa.func.coalesce(next_term(C), ""),
}
flags = Flags({name: sa.and_(frozen, condition) for name, condition in moved.items()})
speaking = F.alias("speaking")
now_in_office = sa.exists().where(speaking.c.person_id == P.c.id, speaking.c.group_id == here, covers_day(speaking, AS_OF))
people = (
    sa.select(array(document(id=P.c.id, name=P.c.name, email=P.c.email), P.c.name, P.c.id))
    .where(sa.case((frozen, AnyOf(P.c.id, K.c.people)), else_=now_in_office)).scalar_subquery()
)  # fmt: skip
behalf = A.alias("behalf")
BRIEF: dict[str, Any] = {
    "id": K.c.id, "version": sa.func.coalesce(K.c.version, 0), "group": named(G), "state": sa.func.coalesce(K.c.state, "draft"),
    "outgoing": shown_term(C), "incoming": incoming, "opens_on": DaysAfter(C.c.ends_on, -G.c.handover_days),
    "closes_on": DaysAfter(C.c.ends_on, G.c.handover_days), "flags": flags, "submitted_on": K.c.submitted_on, "submitted_by": K.c.submitted_by,
    "accepted_on": K.c.accepted_on, "accepted_by": K.c.accepted_by, "on_behalf_of": optional(behalf.c.id, named(behalf)),
    "evidence": K.c.evidence, "digest": K.c.digest, "created_at": K.c.created_at, "updated_at": K.c.updated_at,
}  # fmt: skip
WHOLE = BRIEF | {"pack": sa.case((frozen, K.c.pack), else_=pack), "people": people}
source = (
    C.join(G, G.c.id == C.c.group_id).outerjoin(K, K.c.outgoing_id == C.c.id).outerjoin(behalf, behalf.c.id == K.c.on_behalf_of_id)
    .outerjoin(given_to, given_to.c.id == K.c.incoming_id)
)  # fmt: skip
GET_HAND_OVER = Query(
    on_given_day(
        sa.select(sa.cast(document(**WHOLE), sa.Text), sa.func.coalesce(K.c.version, 0).label("version"), C.c.group_id, sa.false())
        .select_from(source)
        .where(C.c.id == term_id)
        .limit(1)
    )
)
"""The hand-over out of a term, for the day given in `as_of`. Before it is begun it is a draft of version 0."""
PACK = Query(on_given_day(sa.select(sa.cast(pack, sa.Text)).select_from(source).where(C.c.id == term_id)))
STATE = Query(
    sa.select(K.c.state, C.c.group_id, C.c.state, G.c.time_zone)
    .select_from(C.join(G, G.c.id == C.c.group_id).outerjoin(K, K.c.outgoing_id == C.c.id))
    .where(C.c.id == term_id)
)
HAND_OVERS = Listing(
    source=(
        K.join(C, C.c.id == K.c.outgoing_id).join(G, G.c.id == K.c.group_id).outerjoin(behalf, behalf.c.id == K.c.on_behalf_of_id)
        .outerjoin(given_to, given_to.c.id == K.c.incoming_id)
    ),
    id=K.c.id, show=BRIEF, group=K.c.group_id, default="outgoing_ends_on",
    sorts={"outgoing_ends_on": C.c.ends_on, "submitted_on": K.c.submitted_on},
    filters={
        "state": listing.equals(K.c.state, "submitted or accepted.", *STATES[1:]),
        "shared": listing.Filter("", lambda _given, _: frozen),
    },
)  # fmt: skip
