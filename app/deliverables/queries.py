"""Reading deliverables, the parts of agencies in them, and progress updates."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import B as BODY_TABLE
from app.bodies.queries import shown_body
from app.core import listing
from app.core.cards import IDS, Cards
from app.core.dates_sql import DaysAfter, DaysBetween, day_for, vague
from app.core.db import SECRETARIAT, table_of
from app.core.documents import AnyOf, Flags, Follows, Query, among, array, document, named, optional
from app.core.layout import derives, update
from app.core.listing import Given, Listing, Present
from app.core.tallies import Tallied
from app.deliverables.models import Assignment, AssignmentCard, Deliverable, DeliverableCard, Lineage, ProgressUpdate, Tally
from app.deliverables.rules import ANSWERS, CONFIDENCES, OPEN, ROLES, STATUSES, UPDATE_STATES, VISIBILITIES
from app.groups.queries import G
from app.membership.queries import covers_day, forever, provenance
from app.workplans.queries import W, shown_stream
from app.workplans.queries import public as public_plan

D = table_of(Deliverable)
T = table_of(Assignment)
U = table_of(ProgressUpdate)

day = day_for(G.c.time_zone)


def in_force(part: Any, day: Any) -> Any:
    """Whether an agency's accepted part covers a day; an ended one still tells who led in the past."""
    return sa.and_(part.c.accepted_at.is_not(None), among(part.c.state, ["accepted", "ended"]), covers_day(part, day))


def agencies_as(role: str) -> Any:
    part, agency = T.alias(), A.alias()
    joined = part.join(agency, agency.c.id == part.c.agency_id)
    wanted = [part.c.deliverable_id == D.c.id, part.c.role == role, in_force(part, day)]
    if role == "lead":
        return (
            sa.select(named(agency))
            .select_from(joined)
            .where(*wanted)
            .order_by(part.c.starts_on.desc(), part.c.id)
            .limit(1)
            .scalar_subquery()
        )
    return sa.select(array(named(agency), agency.c.code)).select_from(joined).where(*wanted).scalar_subquery()


asked_part, asked_agency = T.alias("asked_part"), A.alias("asked_agency")
asked = (
    sa.select(array(document(id=asked_part.c.id, agency=named(asked_agency), role=asked_part.c.role), asked_agency.c.code, asked_part.c.id))
    .select_from(asked_part.join(asked_agency, asked_agency.c.id == asked_part.c.agency_id))
    .where(asked_part.c.deliverable_id == D.c.id, asked_part.c.state == "proposed").scalar_subquery()
)  # fmt: skip
led = T.alias("led")
# Not EXISTS: PostgreSQL would answer that for all deliverables at once, reading every assignment there is.
has_lead = (
    sa.select(led.c.id).where(led.c.deliverable_id == D.c.id, led.c.role == "lead", in_force(led, day)).limit(1).scalar_subquery().is_not(None)
)  # fmt: skip


def open_as(table: Any) -> Any:
    """Whether a deliverable is open; what was delivered later was still open on an earlier `as_of` day."""
    return sa.or_(among(table.c.status, OPEN), sa.and_(table.c.status == "delivered", table.c.delivered_on > day))


is_open = open_as(D)
overdue = sa.func.coalesce(sa.and_(is_open, D.c.due_on < day), sa.false())
due_soon = sa.func.coalesce(sa.and_(is_open, DaysBetween(D.c.due_on, day).between(0, G.c.due_soon_days)), sa.false())
done_on = sa.case((D.c.status == "delivered", D.c.delivered_on), else_=D.c.due_on)
slip_days = DaysBetween(done_on, D.c.baseline_due_on)
quiet_days = DaysBetween(day, D.c.confirmed_on)
stale_days = sa.case((sa.and_(is_open, quiet_days >= 0), quiet_days))
stale = sa.func.coalesce(stale_days > G.c.stale_days, sa.false())
unanswered = (
    sa.select(asked_part.c.id).where(asked_part.c.deliverable_id == D.c.id, asked_part.c.state == "proposed").limit(1).scalar_subquery().is_not(None)
)  # fmt: skip
body_sunset = sa.select(BODY_TABLE.c.sunset_on).where(BODY_TABLE.c.id == D.c.body_id).scalar_subquery()
flags = Flags(
    {
        "overdue": overdue, "due_soon": due_soon, "stale": stale, "no_lead": sa.and_(is_open, sa.not_(has_lead)),
        "no_due": sa.and_(is_open, D.c.due_on.is_(None)), "unanswered": unanswered,
        "due_outside_plan": sa.or_(D.c.due_on > W.c.ends_on, D.c.due_from < W.c.starts_on),
        "sunset_passed": sa.and_(is_open, body_sunset < day),
    }
)  # fmt: skip
carried = D.alias("carried")

DELIVERABLE = {
    "id": D.c.id, "version": D.c.version, "group": named(G), "workplan": document(id=W.c.id, code=W.c.code, title=W.c.title),
    "stream": shown_stream(D.c.stream_id), "body": shown_body(D.c.body_id), "code": D.c.code, "former_codes": D.c.former_codes,
    "title": D.c.title, "former_titles": D.c.former_titles, "kind": D.c.kind, "description": D.c.description,
    "due": vague(D.c.due, D.c.due_from, D.c.due_on), "baseline_due": vague(D.c.baseline_due, D.c.baseline_due_from, D.c.baseline_due_on),
    "delivered": vague(D.c.delivered, D.c.delivered_from, D.c.delivered_on), "delivered_on": D.c.delivered_on, "status": D.c.status,
    "status_reason": D.c.status_reason, "confidence": D.c.confidence, "percent": D.c.percent, "topics": D.c.topics,
    "countries": D.c.countries, "evidence": D.c.evidence, "waiver": D.c.waiver, "mandate": D.c.mandate, "visibility": D.c.visibility,
    "carried_from": D.c.carried_from_id, "lead": agencies_as("lead"), "co_leads": agencies_as("co_lead"),
    "contributors": agencies_as("contributor"), "reviewers": agencies_as("reviewer"), "asked": asked, "overdue": overdue,
    "due_soon": due_soon, "slip_days": slip_days, "confirmed_on": D.c.confirmed_on, "flags": flags,
    **provenance(D), "stale_days": stale_days,
}  # fmt: skip
source = D.join(G, G.c.id == Follows(D.c.group_id)).join(W, W.c.id == Follows(D.c.workplan_id))
public = sa.and_(public_plan, D.c.visibility == "public")

turning_part = T.alias("turning_part")
CARDS = Cards(
    table=table_of(DeliverableCard), id=D.c.id, touched_by=[D.c.id], source=source, show=DELIVERABLE, moving={"stale_days": stale_days}, day=day,
    turns=[
        DaysAfter(D.c.due_on, 1), DaysAfter(D.c.due_on, -G.c.due_soon_days), D.c.delivered_on, D.c.confirmed_on,
        DaysAfter(D.c.confirmed_on, G.c.stale_days + 1), DaysAfter(body_sunset, 1),
    ],
    part_turns=lambda earliest: (
        sa.select(earliest(turning_part.c.starts_on, DaysAfter(turning_part.c.ends_on, 1)))
        .where(turning_part.c.deliverable_id == D.c.id).scalar_subquery()
    ),
)  # fmt: skip
GET_DELIVERABLE = Query(
    sa.select(sa.cast(document(**DELIVERABLE), sa.Text), D.c.version, D.c.group_id, public.label("public"))
    .select_from(source).where(D.c.id == sa.bindparam("id"))
)  # fmt: skip
SHOW_DELIVERABLE = Query(
    sa.select(CARDS.text, D.c.version, D.c.group_id, public.label("public"))
    .select_from(source.join(CARDS.table, CARDS.table.c.id == D.c.id)).where(D.c.id == sa.bindparam("id"))
)  # fmt: skip

L = table_of(Lineage)
STEPS = Query(
    sa.union(
        sa.select(L.c.from_id, L.c.to_id, L.c.kind, L.c.reason).where(AnyOf(L.c.from_id, IDS)),
        sa.select(L.c.from_id, L.c.to_id, L.c.kind, L.c.reason).where(AnyOf(L.c.to_id, IDS)),
        sa.select(D.c.carried_from_id, D.c.id, sa.null(), sa.null()).where(AnyOf(D.c.carried_from_id, IDS)),
        sa.select(D.c.carried_from_id, D.c.id, sa.null(), sa.null()).where(AnyOf(D.c.id, IDS), D.c.carried_from_id.is_not(None)),
    )
)
"""The steps of carrying over that touch these deliverables. Those without a kind say only that one was carried from the other."""
LINEAGE = Query(
    sa.select(
        sa.cast(
            document(
                id=D.c.id, code=D.c.code, title=D.c.title, workplan=document(id=W.c.id, code=W.c.code, title=W.c.title), status=D.c.status,
                baseline_due=vague(D.c.baseline_due, D.c.baseline_due_from, D.c.baseline_due_on), due=vague(D.c.due, D.c.due_from, D.c.due_on),
                delivered=vague(D.c.delivered, D.c.delivered_from, D.c.delivered_on),
            ),
            sa.Text,
        )
    ).select_from(D.join(W, W.c.id == D.c.workplan_id)).where(AnyOf(D.c.id, IDS)).order_by(W.c.starts_on, D.c.code, D.c.id)
)  # fmt: skip
LIVED = Query(
    sa.select(
        sa.cast(sa.func.coalesce(sa.func.min(sa.case((T.c.accepted_at.is_not(None), T.c.starts_on))), sa.func.min(W.c.starts_on)), sa.Text),
        sa.cast(sa.func.max(sa.case((is_open, day), else_=D.c.delivered_on)), sa.Text),
    ).select_from(source.outerjoin(T, sa.and_(T.c.deliverable_id == D.c.id, T.c.role == "lead"))).where(AnyOf(D.c.id, IDS))
)  # fmt: skip
"""The days of a lineage: from its first lead, or else its first plan, to the delivery of the last of it, or else today."""

wanted_part = T.alias("wanted_part")


def _has_part(present: Present) -> Any:
    """The parts that an agency filter and a role filter mean together: accepted ones, in force on the day."""
    conditions = [wanted_part.c.deliverable_id == D.c.id, in_force(wanted_part, day)]
    if "agency" in present:
        conditions.append(present["agency"].matches(wanted_part.c.agency_id))
    if "role" in present:
        conditions.append(present["role"].matches(wanted_part.c.role))
    return sa.exists().where(*conditions)


def _by_role(_: Given, present: Present) -> Any:
    return None if "agency" in present else _has_part(present)


TALLIED = Tallied(table=table_of(Tally), levels=("group", "workplan", "stream"), state="status")
DELIVERABLES = Listing(
    source=source, id=D.c.id, show=DELIVERABLE, group=D.c.group_id, public=public, default="code", dated=True, search=D.c.search, cards=CARDS, tallied=TALLIED,
    narrow=("workplan", "stream", "body"), walked=("due", "code"),
    sorts={"due": D.c.due_key, "code": D.c.code, "title": D.c.title, "status": D.c.status, "updated_at": D.c.updated_at},
    filters={
        "status": listing.equals(D.c.status, "The stored state.", *STATUSES),
        "agency": listing.Filter("An agency with an accepted part in it, on that day.", lambda _, present: _has_part(present), "agency"),
        "role": listing.Filter("The role of that agency, or of any.", _by_role, "choice", ROLES),
        "overdue": listing.flag(overdue, "Whether it is open after its due date."),
        "due_soon": listing.flag(due_soon, "Whether it is due within the group's due_soon_days."),
        "stale": listing.flag(stale, "Whether nobody has confirmed or updated it for the group's stale_days."),
        "has_lead": listing.flag(has_lead, "Whether an agency has accepted to lead it."),
        "confidence": listing.equals(D.c.confidence, "The confidence last reported.", *CONFIDENCES),
        "visibility": listing.equals(D.c.visibility, "internal or public.", *VISIBILITIES),
        "workplan": listing.equals(D.c.workplan_id, "The plan's id."),
        "stream": listing.equals(D.c.stream_id, "The stream's id."),
        "body": listing.equals(D.c.body_id, "The id of the body that works on it."),
        "kind": listing.equals(D.c.kind, "The kind of product."),
        "code": listing.equals(D.c.code, "The present code."),
        "topic": listing.holds(D.c.topics, "A topic."),
        "country": listing.holds(D.c.countries, "A country, by its ISO 3166 code."),
        "due_from": listing.not_before(D.c.due_on, "Due on this day or later (last day of a vague date)."),
        "due_to": listing.not_after(D.c.due_on, "Due on this day or before (last day of a vague date)."),
        "delivered_from": listing.not_before(D.c.delivered_on, "Delivered on this day or later."),
        "delivered_to": listing.not_after(D.c.delivered_on, "Delivered on this day or before."),
    },
)  # fmt: skip

behalf, suggested = A.alias("behalf"), A.alias("suggested")
ASSIGNMENT = {
    "id": T.c.id, "version": T.c.version, "group": named(G),
    "deliverable": document(id=D.c.id, code=D.c.code, title=D.c.title, status=D.c.status, due=vague(D.c.due, D.c.due_from, D.c.due_on), overdue=overdue),
    "workplan": document(id=W.c.id, code=W.c.code, title=W.c.title), "agency": named(A), "role": T.c.role, "state": T.c.state,
    "starts_on": T.c.starts_on, "ends_on": T.c.ends_on, "current": in_force(T, day), "answer_by": T.c.answer_by,
    "answer_late": sa.func.coalesce(sa.and_(T.c.state == "proposed", T.c.answer_by < day), sa.false()), "asked_by": T.c.asked_by,
    "answered_by": T.c.answered_by, "answered_at": T.c.answered_at, "answered_on": T.c.answered_on,
    "answered_late": sa.func.coalesce(T.c.answered_on > T.c.answer_by, sa.false()), "transferred_from": T.c.transferred_from_id, "on_behalf_of": optional(behalf.c.id, named(behalf)),
    "evidence": T.c.evidence, "decline_reason": T.c.decline_reason, "decline_note": T.c.decline_note,
    "suggested": optional(suggested.c.id, named(suggested)), "if_funded": T.c.if_funded_id,
    "conditional": sa.and_(T.c.state == "accepted", T.c.accepted_at.is_(None)), **provenance(T),
}  # fmt: skip
parts = (
    T.join(D, D.c.id == T.c.deliverable_id).join(W, W.c.id == D.c.workplan_id).join(G, G.c.id == T.c.group_id).join(A, A.c.id == T.c.agency_id)
    .outerjoin(behalf, behalf.c.id == T.c.on_behalf_of_id).outerjoin(suggested, suggested.c.id == T.c.suggested_id)
)  # fmt: skip
GET_ASSIGNMENT = Query(
    sa.select(sa.cast(document(**ASSIGNMENT), sa.Text), T.c.version, T.c.group_id, sa.false())
    .select_from(parts).where(T.c.id == sa.bindparam("id"))
)  # fmt: skip
ASSIGNMENT_CARDS = Cards(
    table=table_of(AssignmentCard), id=T.c.id, touched_by=[T.c.id, T.c.deliverable_id], source=parts, show=ASSIGNMENT, moving={}, day=day,
    turns=[T.c.starts_on, DaysAfter(T.c.ends_on, 1), DaysAfter(T.c.answer_by, 1), DaysAfter(D.c.due_on, 1), D.c.delivered_on],
)  # fmt: skip


def _open(given: Given, present: Present) -> Any:
    condition = is_open if "as_of" in present else T.c.open
    return condition if given.truth else sa.not_(condition)


ASSIGNMENTS = Listing(
    source=parts, id=T.c.id, show=ASSIGNMENT, cards=ASSIGNMENT_CARDS, group=T.c.group_id, default="due", dated=True, in_force=in_force(T, day),
    narrow=("agency", "deliverable", "workplan"),
    sorts={"due": T.c.due_on, "starts_on": T.c.starts_on, "agency": A.c.code},
    filters={
        "agency": listing.agency(T.c.agency_id, "The agency that was asked."),
        "role": listing.equals(T.c.role, "The role.", *ROLES),
        "state": listing.equals(T.c.state, "Asked, answered or ended.", *ANSWERS),
        "deliverable": listing.equals(T.c.deliverable_id, "The deliverable's id."),
        "workplan": listing.equals(D.c.workplan_id, "The plan's id."),
        "status": listing.equals(D.c.status, "The state of the deliverable.", *STATUSES),
        "open": listing.Filter("Whether the deliverable is open: not_started, in_progress or on_hold.", _open, "flag"),
        "overdue": listing.flag(overdue, "Whether the deliverable is open after its due date."),
        "due_to": listing.not_after(T.c.due_on, "The deliverable is due on this day or before."),
    },
)  # fmt: skip
own = listing.Filter("", lambda given, _: given.matches(T.c.group_id.concat(sa.literal_column("':'")).concat(T.c.agency_id)))
MY_ASSIGNMENTS = replace(ASSIGNMENTS, filters={**ASSIGNMENTS.filters, "own": own})
"""With `agency` and `own` set to what a reader speaks for: each agency, in the group in which it does."""

UPDATE = {
    "id": U.c.id, "version": U.c.version, "deliverable": document(id=D.c.id, code=D.c.code, title=D.c.title), "kind": U.c.kind, "state": U.c.state,
    "reported_on": U.c.reported_on, "actor": U.c.actor, "agency": optional(A.c.id, named(A)), "period": U.c.period, "status": U.c.status,
    "percent": U.c.percent, "confidence": U.c.confidence, "narrative": U.c.narrative, "blockers": U.c.blockers,
    "next_step": U.c.next_step, "links": U.c.links, "submitted_on": U.c.submitted_on, "reviewed_on": U.c.reviewed_on, "reviewed_by": U.c.reviewed_by,
    "review_note": U.c.review_note, "created_at": U.c.created_at, "updated_at": U.c.updated_at,
}  # fmt: skip
updates = U.join(D, D.c.id == U.c.deliverable_id).join(G, G.c.id == U.c.group_id).outerjoin(A, A.c.id == U.c.agency_id)
draft_of = sa.case((U.c.state == "draft", sa.func.coalesce(U.c.agency_id, sa.literal_column(f"'{SECRETARIAT}'"))))
GET_UPDATE = Query(
    sa.select(sa.cast(document(**UPDATE), sa.Text), U.c.version, U.c.group_id, sa.false().label("public"), draft_of.label("only_for"))
    .select_from(updates).where(U.c.id == sa.bindparam("id"))
)  # fmt: skip
UPDATES = Listing(
    source=updates, id=U.c.id, show=UPDATE, group=U.c.group_id, default="-created_at", sorts={"created_at": U.c.created_at, "reported_on": U.c.reported_on},
    narrow=("deliverable",),
    filters={
        "deliverable": listing.equals(U.c.deliverable_id, "The deliverable's id."),
        "kind": listing.equals(U.c.kind, "update or nothing_new.", "update", "nothing_new"),
        "state": listing.equals(U.c.state, "Where its review stands; what counts at once is accepted.", *UPDATE_STATES),
        "agency": listing.agency(U.c.agency_id, "The agency that reported."),
        "confided": listing.confided(U.c.group_id, draft_of),
    },
)  # fmt: skip

# What triggers keep, worked out for a past state: `app/core/layout.py`.
of_part = D.c.id == T.c.deliverable_id
due_key = sa.func.coalesce(D.c.due_on, forever)
derives("deliverables.due_key")(update(sa.update(D).values(due_key=due_key)))
derives("assignments.due_on")(update(sa.update(T).values(due_on=sa.select(due_key).where(of_part).scalar_subquery())))
derives("assignments.open")(update(sa.update(T).values(open=sa.select(among(D.c.status, OPEN)).where(of_part).scalar_subquery())))
in_state = [sa.func.sum(sa.cast(D.c.status == status, sa.Integer)) for status in STATUSES]
for level, column in (("group", D.c.group_id), ("workplan", D.c.workplan_id), ("stream", D.c.stream_id)):
    counted = sa.select(column, sa.literal(level), sa.func.min(D.c.group_id), *in_state).group_by(column)
    derives(f"tallies.{level}")(update(sa.insert(TALLIED.table).from_select(["id", "level", "group_id", *STATUSES], counted)))
