"""Reading workplans, streams and baselines."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import shown_body
from app.core import listing
from app.core.dates_sql import day_for
from app.core.db import table_of
from app.core.documents import Query, among, document, named, optional
from app.core.listing import Listing
from app.decisions.queries import authority
from app.groups.queries import G
from app.membership.queries import provenance
from app.workplans.models import Baseline, Stream, Workplan
from app.workplans.rules import STATES

W = table_of(Workplan)
S = table_of(Stream)
B = table_of(Baseline)

day = day_for(G.c.time_zone)
phase = sa.case((W.c.ends_on < day, "past"), (W.c.starts_on > day, "upcoming"), else_="current")
endorsed_late = sa.func.coalesce(W.c.endorsed_on > W.c.starts_on, sa.false())

other = W.alias("other_plan")
superseded_by = optional(
    W.c.superseded_by_id, sa.select(document(id=other.c.id, code=other.c.code, title=other.c.title)).where(other.c.id == W.c.superseded_by_id).scalar_subquery()
)  # fmt: skip

WORKPLAN = {
    "id": W.c.id, "version": W.c.version, "group": named(G), "code": W.c.code, "title": W.c.title, "starts_on": W.c.starts_on,
    "ends_on": W.c.ends_on, "state": W.c.state, "phase": phase, "revision": W.c.revision, "revising": W.c.revising,
    "transitional": W.c.transitional, "circulated_on": W.c.circulated_on, "endorsed_on": W.c.endorsed_on,
    "endorsed_late": endorsed_late, "closed_on": W.c.closed_on, "superseded_by": superseded_by, "decision": authority(W.c.decision_id), **provenance(W),
}  # fmt: skip


def published(plan: Any) -> Any:
    """Whether a public group shows a plan to anybody: a draft is the members' business until the plan is endorsed."""
    return among(plan.c.state, ["endorsed", "closed", "superseded"])


public = sa.and_(G.c.public, published(W))
source = W.join(G, G.c.id == W.c.group_id)
GET_WORKPLAN = Query(
    sa.select(sa.cast(document(**WORKPLAN), sa.Text), W.c.version, W.c.group_id, public.label("public"))
    .select_from(source)
    .where(W.c.id == sa.bindparam("id"))
)
WORKPLANS = Listing(
    source=source, id=W.c.id, show=WORKPLAN, group=W.c.group_id, public=public, default="starts_on", dated=True,
    in_force=sa.and_(W.c.starts_on <= day, W.c.ends_on >= day), search=W.c.search,
    sorts={"starts_on": W.c.starts_on, "code": W.c.code},
    filters={
        "state": listing.equals(W.c.state, "The stored state.", *STATES),
        "code": listing.equals(W.c.code, "The plan's code."),
        "transitional": listing.flag(W.c.transitional, "Whether it is marked as transitional."),
    },
)  # fmt: skip


def shown_stream(key: Any) -> Any:
    """How a stream is shown inside other things, or null."""
    other = S.alias()
    shown = sa.select(document(id=other.c.id, code=other.c.code, title=other.c.title)).where(other.c.id == key)
    return optional(key, shown.scalar_subquery())


lead = A.alias("stream_lead")
STREAM = {
    "id": S.c.id, "version": S.c.version, "group": named(G), "workplan": document(id=W.c.id, code=W.c.code, title=W.c.title),
    "parent": shown_stream(S.c.parent_id), "code": S.c.code, "title": S.c.title, "goal": S.c.goal, "position": S.c.position,
    "body": shown_body(S.c.body_id), "lead": optional(lead.c.id, named(lead)), **provenance(S),
}  # fmt: skip
streams = S.join(W, W.c.id == S.c.workplan_id).join(G, G.c.id == S.c.group_id).outerjoin(lead, lead.c.id == S.c.lead_id)
GET_STREAM = Query(
    sa.select(sa.cast(document(**STREAM), sa.Text), S.c.version, S.c.group_id, public.label("public"))
    .select_from(streams)
    .where(S.c.id == sa.bindparam("id"))
)
STREAMS = Listing(
    source=streams, id=S.c.id, show=STREAM, group=S.c.group_id, public=public, default="position",
    sorts={"position": S.c.position, "code": S.c.code}, search=S.c.search,
    filters={
        "workplan": listing.equals(S.c.workplan_id, "The plan's id."),
        "agency": listing.agency(S.c.lead_id, "The agency that leads the stream."),
        "body": listing.equals(S.c.body_id, "The id of the body that owns the stream."),
    },
)  # fmt: skip

BASELINE = {
    "id": B.c.id, "version": B.c.version, "workplan": document(id=W.c.id, code=W.c.code, title=W.c.title), "revision": B.c.revision,
    "endorsed_on": B.c.endorsed_on, "decision": authority(B.c.decision_id), "reason": B.c.reason, "findings": B.c.findings, "digest": B.c.digest, "items": B.c["items"],
    "created_at": B.c.created_at, "updated_at": B.c.updated_at,
}  # fmt: skip
baselines = B.join(W, W.c.id == B.c.workplan_id).join(G, G.c.id == B.c.group_id)
BASELINES = Listing(
    source=baselines, id=B.c.id, show=BASELINE, group=B.c.group_id, default="revision", sorts={"revision": B.c.revision},
    filters={"workplan": listing.equals(B.c.workplan_id, "The plan's id.")},
)  # fmt: skip
