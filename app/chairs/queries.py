"""Reading the chair: terms, who is in the troika on a day, and the rotation."""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.chairs.models import Chairmanship, Holder
from app.chairs.rules import KINDS, STATES, Term, gaps
from app.core import listing
from app.core.dates import whole_months
from app.core.dates_sql import DaysAfter, DaysBetween, TermEnd, WholeMonths, day_for
from app.core.db import table_of
from app.core.documents import Query, array, document, named, optional
from app.core.listing import Listing
from app.core.reading import GroupRef, Read
from app.decisions.queries import authority
from app.groups.queries import G
from app.membership.queries import M, covers_day, modality_on, provenance

C = table_of(Chairmanship)
H = table_of(Holder)

coordinator = A.alias("coordinator")
held = H.join(A, A.c.id == H.c.agency_id).outerjoin(coordinator, coordinator.c.id == H.c.coordinator_id)
holder = document(agency=named(A), coordinator=optional(coordinator.c.id, named(coordinator)), principal=H.c.principal)
holders = sa.select(array(holder, H.c.position)).select_from(held).where(H.c.chairmanship_id == C.c.id).scalar_subquery()

day = day_for(G.c.time_zone)
phase = sa.case((C.c.state == "cancelled", "cancelled"), (C.c.ends_on < day, "past"), (C.c.starts_on > day, "upcoming"), else_="current")
term_rule = modality_on(C.c.group_id, C.c.starts_on, "chair_term_months")


CHAIRMANSHIP = {
    "id": C.c.id, "version": C.c.version, "group": named(G), "kind": C.c.kind, "state": C.c.state, "starts_on": C.c.starts_on,
    "ends_on": C.c.ends_on, "phase": phase, "term_months": WholeMonths(C.c.starts_on, C.c.ends_on),
    "regular_length": sa.func.coalesce(TermEnd(C.c.starts_on, term_rule) == C.c.ends_on, sa.false()),
    "days": DaysBetween(C.c.ends_on, C.c.starts_on) + 1, "holders": holders, "theme": C.c.theme,
    "decision": authority(C.c.decision_id), **provenance(C),
}  # fmt: skip
# A nomination is the members' business until it is confirmed.
public = sa.and_(G.c.public, C.c.state == "confirmed")
source = C.join(G, G.c.id == C.c.group_id)
shown = sa.cast(document(**CHAIRMANSHIP), sa.Text)
GET_CHAIRMANSHIP = Query(
    sa.select(shown, C.c.version, C.c.group_id, public.label("public")).select_from(source).where(C.c.id == sa.bindparam("id"))
)
held_by = sa.exists().where(H.c.chairmanship_id == C.c.id)
CHAIRMANSHIPS = Listing(
    source=source, id=C.c.id, show=CHAIRMANSHIP, group=C.c.group_id, public=public, default="starts_on", dated=True,
    in_force=sa.and_(covers_day(C, day), C.c.state == "confirmed"), sorts={"starts_on": C.c.starts_on, "ends_on": C.c.ends_on},
    filters={
        "state": listing.equals(C.c.state, "nominated, confirmed or cancelled.", *STATES),
        "kind": listing.equals(C.c.kind, "regular or interim.", *KINDS),
        "agency": listing.Filter("An agency among the holders.", lambda given, _: held_by.where(given.matches(H.c.agency_id)), "agency"),
    },
)  # fmt: skip

in_group = sa.and_(C.c.group_id == sa.bindparam("group"), C.c.state == "confirmed")
asked = sa.bindparam("day", type_=sa.Date())


def _term(*conditions: Any, order: Any) -> Query:
    return Query(sa.select(shown, C.c.starts_on, C.c.ends_on).select_from(source).where(in_group, *conditions).order_by(order).limit(1))


CURRENT = _term(C.c.starts_on <= asked, C.c.ends_on >= asked, order=C.c.starts_on)
OUTGOING = _term(C.c.ends_on < asked, order=C.c.starts_on.desc())
INCOMING = _term(C.c.starts_on > asked, order=C.c.starts_on)
CONFIRMED = Query(sa.select(shown, C.c.starts_on, C.c.ends_on).select_from(source).where(in_group).order_by(C.c.starts_on))
since, until = (sa.bindparam(name, type_=sa.Date()) for name in ("since", "until"))
BETWEEN = Query(
    sa.select(sa.cast(document(id=C.c.id, kind=C.c.kind, starts_on=C.c.starts_on, ends_on=C.c.ends_on, holders=holders), sa.Text))
    .select_from(C).where(in_group, C.c.ends_on >= since, C.c.starts_on <= until).order_by(C.c.starts_on)
)  # fmt: skip
"""The confirmed terms that share a day with a time, in short."""
has_chaired = sa.exists().where(H.c.agency_id == M.c.agency_id, H.c.chairmanship_id == C.c.id, in_group)
NEVER_CHAIRED = Query(
    sa.select(sa.cast(document(code=A.c.code, name=A.c.name), sa.Text))
    .select_from(M.join(A, A.c.id == M.c.agency_id))
    .where(M.c.group_id == sa.bindparam("group"), M.c.role == "member", covers_day(M, asked), sa.not_(has_chaired))
    .order_by(A.c.code)
)
speaks = sa.exists().where(
    H.c.chairmanship_id == C.c.id, sa.or_(H.c.agency_id == sa.bindparam("agency"), H.c.coordinator_id == sa.bindparam("agency"))
)


def next_term(term: Any, column: str = "id") -> Any:
    """The first confirmed term that begins after this one has ended: its id, or another column of it."""
    later = C.alias()
    wanted = [later.c.group_id == term.c.group_id, later.c.state == "confirmed", later.c.starts_on > term.c.ends_on]
    return sa.select(later.c[column]).where(*wanted).order_by(later.c.starts_on).limit(1).correlate(term).scalar_subquery()


former = C.alias("former")
OFFICES = Query(
    sa.union_all(
        sa.select(sa.literal("chairing"), C.c.group_id).where(in_group, C.c.starts_on <= asked, C.c.ends_on >= asked, speaks),
        sa.select(sa.literal("handing_over"), C.c.id)
        .select_from(source).where(in_group, C.c.starts_on <= asked, DaysAfter(C.c.ends_on, G.c.handover_days) >= asked, speaks),
        sa.select(sa.literal("taking_over"), former.c.id)
        .select_from(C.join(former, sa.and_(former.c.group_id == C.c.group_id, former.c.state == "confirmed", next_term(former) == C.c.id)))
        .where(in_group, C.c.ends_on >= asked, speaks),
    )
)  # fmt: skip
"""What an agency's part in the chair gives on a day: the group that it chairs, the terms that it hands over, those that it takes over from."""


async def troika(read: Read, group: GroupRef, day: date) -> str:
    """Outgoing, current and incoming chair on a day, as JSON. On a vacant day there is no current one."""
    terms = [await read.fetch(query, group=group.id, day=day, as_of=day) for query in (OUTGOING, CURRENT, INCOMING)]
    outgoing, current, incoming = (rows[0][0] if rows else "null" for rows in terms)
    vacant = json.dumps(current == "null")
    return f'{{"as_of":"{day}","vacant":{vacant},"outgoing":{outgoing},"current":{current},"incoming":{incoming}}}'


async def rotation(read: Read, group: GroupRef, day: date) -> str:
    """Every confirmed term, the vacant days between them, the irregular ones, and the members that never chaired, as JSON."""
    rows = await read.fetch(CONFIRMED, group=group.id, as_of=day)
    never = await read.fetch(NEVER_CHAIRED, group=group.id, day=day)
    terms = [row[0] for row in rows]
    irregular = [text for text in terms if not json.loads(text)["regular_length"]]
    days = [Term(_day(first), _day(last)) for _, first, last in rows]
    vacant = [
        {"starts_on": first.isoformat(), "ends_on": last.isoformat(), "months": whole_months(first, last)} for first, last in gaps(days)
    ]
    return (
        f'{{"as_of":"{day}","terms":[{",".join(terms)}],"gaps":{json.dumps(vacant)},"irregular":[{",".join(irregular)}],'
        f'"never_chaired":[{",".join(row[0] for row in never)}]}}'
    )


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
