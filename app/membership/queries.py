"""Reading modalities, members and appointments."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A, P
from app.core import listing
from app.core.dates import FOREVER
from app.core.dates_sql import day_for
from app.core.db import table_of
from app.core.documents import Query, document, named
from app.core.listing import Listing
from app.decisions.queries import authority
from app.groups.queries import G
from app.membership.models import Appointment, Membership, Modality
from app.membership.rules import OFFICES, ROLES

M = table_of(Membership)
O = table_of(Modality)  # noqa: E741
F = table_of(Appointment)

forever: Any = sa.literal_column(f"'{FOREVER}'", sa.Date())


def covers_day(table: Any, day: Any) -> Any:
    """Whether a dated row is in force on a day."""
    return sa.and_(table.c.starts_on <= day, sa.or_(table.c.ends_on.is_(None), table.c.ends_on >= day))


def modality_on(group_id: Any, day: Any, column: str) -> Any:
    """A value of the modality in force in a group on a day."""
    rule = O.alias()
    wanted = sa.select(rule.c[column]).where(rule.c.group_id == group_id, rule.c.effective_on <= day)
    return wanted.order_by(rule.c.effective_on.desc()).limit(1).scalar_subquery()


day = day_for(G.c.time_zone)
PROVENANCE = ("certainty", "sources", "note", "created_at", "updated_at")


def provenance(table: Any) -> dict[str, Any]:
    return {name: table.c[name] for name in PROVENANCE}


MODALITY = {
    "id": O.c.id, "version": O.c.version, "group": named(G), "effective_on": O.c.effective_on, "chair_term_months": O.c.chair_term_months,
    "troika": O.c.troika, "task_force_max_months": O.c.task_force_max_months, "max_extensions": O.c.max_extensions,
    "max_extension_months": O.c.max_extension_months, "plan_min_months": O.c.plan_min_months, "plan_max_months": O.c.plan_max_months,
    "in_force": O.c.effective_on == sa.func.coalesce(modality_on(O.c.group_id, day, "effective_on"), forever),
    "decision": authority(O.c.decision_id), **provenance(O),
}  # fmt: skip
modalities = O.join(G, G.c.id == O.c.group_id)
GET_MODALITY = Query(
    sa.select(sa.cast(document(**MODALITY), sa.Text), O.c.version, O.c.group_id, G.c.public)
    .select_from(modalities)
    .where(O.c.id == sa.bindparam("id"))
)
MODALITIES = Listing(
    source=modalities, id=O.c.id, show=MODALITY, group=O.c.group_id, public=G.c.public, default="effective_on", dated=True,
    sorts={"effective_on": O.c.effective_on}, filters={},
)  # fmt: skip

MEMBERSHIP = {
    "id": M.c.id, "version": M.c.version, "group": named(G), "agency": named(A), "role": M.c.role, "starts_on": M.c.starts_on,
    "ends_on": M.c.ends_on, "current": covers_day(M, day), "decision": authority(M.c.decision_id), **provenance(M),
}  # fmt: skip
members = M.join(G, G.c.id == M.c.group_id).join(A, A.c.id == M.c.agency_id)
GET_MEMBERSHIP = Query(
    sa.select(sa.cast(document(**MEMBERSHIP), sa.Text), M.c.version, M.c.group_id, G.c.public)
    .select_from(members)
    .where(M.c.id == sa.bindparam("id"))
)
MEMBERS = Listing(
    source=members, id=M.c.id, show=MEMBERSHIP, group=M.c.group_id, public=G.c.public, default="agency", dated=True,
    in_force=covers_day(M, day), sorts={"agency": A.c.code, "starts_on": M.c.starts_on},
    filters={
        "role": listing.equals(M.c.role, "member or observer.", *ROLES),
        "agency": listing.agency(M.c.agency_id, "The agency, by code or alias."),
    },
)  # fmt: skip
MEMBERSHIPS = replace(MEMBERS, in_force=None, dated=False, default="starts_on")

APPOINTMENT = {
    "id": F.c.id, "version": F.c.version, "group": named(G), "agency": named(A), "person": document(id=P.c.id, name=P.c.name, email=P.c.email),
    "role": F.c.role, "starts_on": F.c.starts_on, "ends_on": F.c.ends_on, "current": covers_day(F, day), **provenance(F),
}  # fmt: skip
appointments = F.join(G, G.c.id == F.c.group_id).join(A, A.c.id == F.c.agency_id).join(P, P.c.id == F.c.person_id)
GET_APPOINTMENT = Query(
    sa.select(sa.cast(document(**APPOINTMENT), sa.Text), F.c.version, F.c.group_id, sa.false())
    .select_from(appointments)
    .where(F.c.id == sa.bindparam("id"))
)
APPOINTMENTS = Listing(
    source=appointments, id=F.c.id, show=APPOINTMENT, group=F.c.group_id, default="agency", dated=True,
    in_force=covers_day(F, day), sorts={"agency": A.c.code, "starts_on": F.c.starts_on, "person": P.c.name},
    filters={
        "role": listing.equals(F.c.role, "The office.", *OFFICES),
        "agency": listing.agency(F.c.agency_id, "The agency they speak for."),
        "person": listing.equals(F.c.person_id, "The person's id."),
    },
)  # fmt: skip
