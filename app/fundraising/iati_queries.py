"""Reading what an IATI file tells of projects. Nothing here depends on who reads; strangers have the file without the streams of drafts."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.core.dates_sql import AS_OF
from app.core.documents import Holds, Query, among, array, document, optional
from app.fundraising.money_queries import C, I, O, Y, lines, shares
from app.fundraising.queries import P, X, public, source
from app.fundraising.rules import UNFOUNDED
from app.groups.queries import G

MOST = 1_000
"""Activities in one file."""


def _founded(record: Any) -> Any:
    """Whether something rests on more than general knowledge or a choice."""
    return sa.or_(record.c.certainty.is_(None), sa.not_(among(record.c.certainty, UNFOUNDED)))


def _agency(agency: Any) -> Any:
    return document(name=agency.c.name, kind=agency.c.kind, ref=agency.c.iati_ref)


def _parts() -> Any:
    """The agencies that have a part, or had one: leads before partners, the latest first."""
    part, agency = X.alias(), A.alias()
    wanted = [
        part.c.project_id == P.c.id,
        part.c.accepted_at.is_not(None),
        among(part.c.state, ["accepted", "ended"]),
        part.c.starts_on <= AS_OF,
    ]
    latest = sa.func.coalesce(part.c.ends_on, sa.literal_column("'9999-01-01'", sa.Date()))
    found = array(
        document(role=part.c.role, agency=_agency(agency), updated_at=part.c.updated_at),
        part.c.role,
        latest.desc(),
        part.c.starts_on.desc(),
        agency.c.code,
    )
    return sa.select(found).select_from(part.join(agency, agency.c.id == part.c.agency_id)).where(*wanted).scalar_subquery()


def _lead_ref(project: Any) -> Any:
    """What the latest lead of a project is called in IATI."""
    part, agency = X.alias(), A.alias()
    wanted = [
        part.c.project_id == project.c.id,
        part.c.role == "lead",
        part.c.accepted_at.is_not(None),
        among(part.c.state, ["accepted", "ended"]),
    ]
    latest = sa.func.coalesce(part.c.ends_on, sa.literal_column("'9999-01-01'", sa.Date()))
    return (
        sa.select(agency.c.iati_ref).select_from(part.join(agency, agency.c.id == part.c.agency_id)).where(*wanted, part.c.starts_on <= AS_OF)
        .order_by(latest.desc(), part.c.starts_on.desc(), agency.c.code).limit(1).scalar_subquery()
    )  # fmt: skip


def _instalments(gift: Any) -> Any:
    one = I.alias()
    found = document(id=one.c.id, amount=one.c.amount, on=one.c.received_on, value_on=one.c.value_on, updated_at=one.c.updated_at)
    wanted = [one.c.contribution_id == gift.c.id, one.c.reversed_on.is_(None), _founded(one)]
    return sa.select(array(found, one.c.received_on, one.c.id)).where(*wanted).scalar_subquery()


def _gifts() -> Any:
    gift, donor, giver, receiver = C.alias(), O.alias(), A.alias(), A.alias()
    told = document(
        id=gift.c.id, kind=gift.c.kind, currency=gift.c.currency, amount=gift.c.amount, pledged=gift.c.pledged, cancelled=gift.c.cancelled,
        state=gift.c.state, pledged_on=gift.c.pledged_on, committed_on=gift.c.committed_on, value_on=gift.c.value_on, description=gift.c.description,
        donor=document(name=donor.c.name, kind=donor.c.kind, ref=sa.func.coalesce(donor.c.iati_ref, giver.c.iati_ref)),
        receiver=optional(receiver.c.id, _agency(receiver)), instalments=_instalments(gift), updated_at=gift.c.updated_at, donor_updated_at=donor.c.updated_at,
    )  # fmt: skip
    joined = (
        gift.join(donor, donor.c.id == gift.c.donor_id).outerjoin(giver, giver.c.id == donor.c.agency_id)
        .outerjoin(receiver, receiver.c.id == gift.c.receiver_id)
    )  # fmt: skip
    wanted = [gift.c.project_id == P.c.id, _founded(gift)]
    return sa.select(array(told, gift.c.value_on, gift.c.id)).select_from(joined).where(*wanted).scalar_subquery()


def _passings() -> Any:
    """Money passed on from or to another project, which is named where anybody may know of it."""
    mine, theirs, other = Y.alias(), Y.alias(), P.alias()
    named = document(code=sa.func.coalesce(other.c.iati_code, other.c.code), ref=_lead_ref(other))
    told = document(
        id=mine.c.id, amount=mine.c.amount, currency=mine.c.currency, on=mine.c.passed_on, updated_at=mine.c.updated_at,
        other=sa.case((other.c.visibility == "public", named)),
    )  # fmt: skip
    joined = mine.join(theirs, sa.and_(theirs.c.pair_id == mine.c.pair_id, theirs.c.id != mine.c.id)).join(
        other, other.c.id == theirs.c.project_id
    )
    return sa.select(array(told, mine.c.passed_on, mine.c.id)).select_from(joined).where(mine.c.project_id == P.c.id).scalar_subquery()


publishes = sa.and_(G.c.share_funding, G.c.iati_ref.is_not(None))
"""Whether those who merely read may have a group's files: they tell more than totals, so it has to name who publishes them."""
PLACE_OF_PROJECT = Query(
    sa.select(P.c.group_id, public.label("public"), publishes.label("publishes"), G.c.code, P.c.visibility)
    .select_from(source)
    .where(P.c.id == sa.bindparam("id"))
)
PUBLISHING = Query(sa.select(publishes.label("publishes")).where(G.c.id == sa.bindparam("id")))
ACTIVITY = document(
    code=P.c.code, iati_code=sa.func.coalesce(P.c.iati_code, P.c.code), title=P.c.title, description=P.c.description, state=P.c.state,
    founded=_founded(P), currency=P.c.currency, budget=P.c.budget, lines=lines, starts_on=P.c.starts_on, ends_on=P.c.ends_on,
    actual_starts_on=P.c.actual_starts_on, actual_ends_on=P.c.actual_ends_on, countries=P.c.countries, sources=P.c.sources, updated_at=P.c.updated_at,
    streams=shares, parts=_parts(), gifts=_gifts(), passings=_passings(),
    group=document(code=G.c.code, name=G.c.name, ref=G.c.iati_ref, updated_at=G.c.updated_at),
)  # fmt: skip
told = sa.select(sa.cast(ACTIVITY, sa.Text)).select_from(P.join(G, G.c.id == P.c.group_id))
OF_PROJECT = Query(told.where(P.c.id == sa.bindparam("id")))
published = told.where(P.c.group_id == sa.bindparam("group"), P.c.visibility == "public").order_by(P.c.code).limit(MOST + 1)
OF_GROUP = Query(published)
"""A group's public projects: what is not public is not published, whoever reads."""
IN_COUNTRY = Query(published.where(Holds(P.c.countries, sa.bindparam("countries", type_=sa.Text()))))
