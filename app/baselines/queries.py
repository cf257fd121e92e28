"""Reading what a plan promises, and what its checks find."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A as AGENCY
from app.bodies.queries import B as BODY_TABLE
from app.core.db import table_of
from app.core.documents import Flags, Query, among, array, document
from app.deliverables.queries import D, T, body_sunset, day, has_lead, in_force, is_open, overdue
from app.deliverables.queries import source as deliverables
from app.deliverables.working_queries import S as STEP
from app.groups.queries import G
from app.membership.queries import forever
from app.workplans.models import Baseline
from app.workplans.queries import S, W

B = table_of(Baseline)

of_plan = D.c.workplan_id == sa.bindparam("id")
lead_part, lead_agency = T.alias("lead_part"), AGENCY.alias("lead_agency")
lead = (
    sa.select(lead_agency.c.code).select_from(lead_part.join(lead_agency, lead_agency.c.id == lead_part.c.agency_id))
    .where(lead_part.c.deliverable_id == D.c.id, lead_part.c.role == "lead", in_force(lead_part, day))
    .order_by(lead_part.c.starts_on.desc(), lead_part.c.id).limit(1).scalar_subquery()
)  # fmt: skip
steps = (
    sa.select(array(document(id=STEP.c.id, title=STEP.c.title, due=STEP.c.due), sa.func.coalesce(STEP.c.due_on, forever), STEP.c.title, STEP.c.id))
    .where(STEP.c.deliverable_id == D.c.id, sa.or_(STEP.c.withdrawn_on.is_(None), STEP.c.withdrawn_on > day)).correlate(D, G).scalar_subquery()
)  # fmt: skip
PROMISED = Query(
    sa.select(
        sa.cast(document(id=D.c.id, code=D.c.code, title=D.c.title, stream=S.c.code, due=D.c.due, lead=lead, milestones=steps), sa.Text)
    )
    .select_from(deliverables.join(S, S.c.id == D.c.stream_id))
    .where(of_plan, sa.not_(among(D.c.status, ["cancelled", "superseded"])))
    .order_by(D.c.code)
)
"""The items of a plan (`rules.Item`), by code: what it promises on the day."""

body_ended = (
    sa.select(sa.not_(among(BODY_TABLE.c.state, ["proposed", "active", "dormant"]))).where(BODY_TABLE.c.id == D.c.body_id).scalar_subquery()
)
outside = sa.or_(D.c.due_on > W.c.ends_on, D.c.due_on < W.c.starts_on)
CONDITIONS: dict[str, Any] = {
    "no_due": sa.and_(is_open, D.c.due_on.is_(None)),
    "body_ended": sa.and_(is_open, body_ended),
    "sunset_passed": sa.and_(is_open, sa.not_(sa.func.coalesce(body_ended, sa.false())), body_sunset < day),
    "due_after_sunset": sa.and_(is_open, D.c.due_on > body_sunset),
    "no_lead": sa.and_(is_open, sa.not_(has_lead)),
    "overdue": overdue,
    "due_outside_plan": sa.and_(is_open, outside),
    "delivered_outside_plan": sa.and_(
        D.c.status == "delivered", sa.or_(D.c.delivered_on < W.c.starts_on, D.c.delivered_from > W.c.ends_on)
    ),
}
"""What is found of a deliverable, the errors first. What was cancelled or superseded promises nothing."""
FINDINGS = Query(
    sa.select(sa.cast(document(id=D.c.id, code=D.c.code, title=D.c.title, found=Flags(CONDITIONS)), sa.Text))
    .select_from(deliverables).where(of_plan, sa.or_(*CONDITIONS.values()))
    .order_by(D.c.code)
)  # fmt: skip
SIZE = Query(sa.select(sa.func.count()).select_from(D).where(of_plan))

PLAN = Query(
    sa.select(W.c.id, W.c.code, W.c.title, W.c.group_id, G.c.time_zone)
    .join_from(W, G, G.c.id == W.c.group_id)
    .where(W.c.id == sa.bindparam("id"))
)
KEPT = Query(
    sa.select(sa.cast(B.c["items"], sa.Text), B.c.revision, sa.cast(B.c.endorsed_on, sa.Text), B.c.digest)
    .where(B.c.workplan_id == sa.bindparam("id"), B.c.revision == sa.bindparam("revision", type_=sa.Integer()))
)  # fmt: skip
REVISIONS = Query(sa.select(B.c.revision).where(B.c.workplan_id == sa.bindparam("id")).order_by(B.c.revision))

AGENCIES = Query(sa.select(sa.cast(array(document(id=AGENCY.c.id, code=AGENCY.c.code), AGENCY.c.code), sa.Text)))
