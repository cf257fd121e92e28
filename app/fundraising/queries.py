"""Reading projects, the parts of agencies in them, consultations and country teams."""

import json
from typing import Any

import sqlalchemy as sa

from app.actors import Actor, Role
from app.agencies.queries import A
from app.core import listing
from app.core.countries import CountryName, each
from app.core.dates_sql import DaysBetween, day_for
from app.core.db import table_of
from app.core.documents import AnyOf, Flags, Query, among, array, document, named, optional
from app.core.listing import Given, Listing, Present
from app.core.money import AmountText, shown_amount
from app.core.reading import Read
from app.decisions.queries import authority
from app.deliverables.queries import D, T
from app.fundraising.models import BudgetLine, Consultation, CountryTeam, Project, ProjectPart, ProjectStep, ProjectStream
from app.fundraising.rules import ENDED, GATED, OUTCOMES, PART_ROLES, PART_STATES, SETTLED, STATES, VISIBILITIES
from app.groups.queries import G
from app.membership.queries import covers_day, provenance
from app.workplans.queries import S, W, published
from app.workplans.queries import public as public_plan

P = table_of(Project)
N = table_of(ProjectStream)
L = table_of(BudgetLine)
E = table_of(ProjectStep)
X = table_of(ProjectPart)
K = table_of(Consultation)
U = table_of(CountryTeam)

day = day_for(G.c.time_zone)
MONEY = ("project", "budget_line", "donor", "contribution", "instalment", "donor_report", "passing")
"""Records whose changes tell amounts, or who gives."""
EVERYTHING = '["*"]'
"""For the replies of writes: whoever may change a project sees its money."""
insider: Any = sa.bindparam("insider", "[]", type_=sa.Text())
"""The groups whose money the reader sees, as a JSON list; `*` for all, `shared` where groups may share it with others. With `seen:`
before its id, a group that the reader sees at all."""


def inside(actor: Actor) -> list[str]:
    """The groups whose amounts a reader sees: those in which they are more than viewers."""
    return ["*"] if actor.administers_all else sorted({g.group_id for g in actor.grants if g.group_id and g.role is not Role.VIEWER})


def sight(read: Read) -> list[str]:
    """What a reader's `insider` binds. A past tells what a group shared then, which is no right of today: there it counts for nothing."""
    seen = sorted(f"seen:{group}" for group in read.actor.groups)
    return [*inside(read.actor), *seen, *([] if read.past else ["shared"])]


def sight_text(read: Read) -> str:
    """The same as a bind."""
    return json.dumps(sight(read))


def within(group_id: Any) -> Any:
    """Whether the reader sees the money of a group."""
    return sa.or_(AnyOf(group_id, insider), AnyOf(sa.literal_column("'*'"), insider))


amounts_shown = sa.or_(sa.and_(G.c.share_funding, AnyOf(sa.literal_column("'shared'"), insider)), within(P.c.group_id))
"""Totals are for those inside, and for others where the group shares them."""
FULLY_SHOWN = within(P.c.group_id)
seen = sa.or_(AnyOf(sa.literal_column("'seen:'", sa.Text()).concat(P.c.group_id), insider), FULLY_SHOWN)
"""Whether the reader sees the group's rows, or only what is public: of a public project not what is closed by its own door."""


def part_in_force(part: Any, day: Any) -> Any:
    """Whether an agency's accepted part covers a day; an ended one still tells who led in the past."""
    return sa.and_(part.c.accepted_at.is_not(None), among(part.c.state, ["accepted", "ended"]), covers_day(part, day))


def lead_of(shown: Any, project_id: Any = P.c.id, day: Any = day) -> Any:
    """The agency that has accepted to lead a project on the day, or null."""
    part, agency = X.alias(), A.alias()
    wanted = [part.c.project_id == project_id, part.c.role == "lead", part_in_force(part, day)]
    found = sa.select(shown(agency)).select_from(part.join(agency, agency.c.id == part.c.agency_id)).where(*wanted)
    return found.order_by(part.c.starts_on.desc()).limit(1).scalar_subquery()


def _partners() -> Any:
    part, agency = X.alias(), A.alias()
    wanted = [part.c.project_id == P.c.id, part.c.role == "partner", part_in_force(part, day)]
    return (
        sa.select(array(named(agency), agency.c.code))
        .select_from(part.join(agency, agency.c.id == part.c.agency_id))
        .where(*wanted)
        .scalar_subquery()
    )


def _asked() -> Any:
    part, agency = X.alias(), A.alias()
    found = array(document(id=part.c.id, agency=named(agency), role=part.c.role), agency.c.code, part.c.id)
    wanted = [part.c.project_id == P.c.id, part.c.state == "proposed", seen]
    return sa.select(found).select_from(part.join(agency, agency.c.id == part.c.agency_id)).where(*wanted).scalar_subquery()


def _streams() -> Any:
    share, stream, plan = N.alias(), S.alias(), W.alias()
    found = document(
        stream=document(id=stream.c.id, code=stream.c.code, title=stream.c.title),
        workplan=document(id=plan.c.id, code=plan.c.code, title=plan.c.title), share=AmountText(share.c.share, sa.literal_column("2")),
    )  # fmt: skip
    joined = share.join(stream, stream.c.id == share.c.stream_id).join(plan, plan.c.id == stream.c.workplan_id)
    wanted = [share.c.project_id == P.c.id, share.c.share > 0, sa.or_(seen, published(plan))]
    return (
        sa.select(array(found, plan.c.starts_on, plan.c.code, stream.c.position, stream.c.id))
        .select_from(joined)
        .where(*wanted)
        .scalar_subquery()
    )


def _lines() -> Any:
    line = L.alias()
    found = document(label=line.c.label, amount=shown_amount(line.c.amount, P.c.currency), year=line.c.year)
    wanted = [line.c.project_id == P.c.id, sa.not_(line.c.dropped), FULLY_SHOWN]
    return sa.select(array(found, line.c.position)).where(*wanted).scalar_subquery()


def _deliverables() -> Any:
    """What agencies will do, or do, because this project pays for it."""
    part, deliverable, stream, plan = T.alias(), D.alias(), S.alias(), W.alias()
    once = sa.select(deliverable.c.id, deliverable.c.code, deliverable.c.title).distinct()
    joined = part.join(deliverable, deliverable.c.id == part.c.deliverable_id).join(stream, stream.c.id == deliverable.c.stream_id)
    once = once.select_from(joined.join(plan, plan.c.id == stream.c.workplan_id))
    wanted = [part.c.if_funded_id == P.c.id, part.c.state == "accepted"]
    shown = sa.or_(seen, sa.and_(published(plan), deliverable.c.visibility == "public"))
    paid = once.where(*wanted, shown).correlate(P, G).subquery()
    return (
        sa.select(array(document(id=paid.c.id, code=paid.c.code, title=paid.c.title), paid.c.code, paid.c.id))
        .select_from(paid)
        .scalar_subquery()
    )


def _countries(shown: Any, *conditions: Any) -> Any:
    country = each(P.c.countries, "country")
    return (
        sa.select(array(shown(country.c.value), country.c.value))
        .select_from(country)
        .where(*(c(country.c.value) for c in conditions))
        .scalar_subquery()
    )


def _objects(code: Any) -> Any:
    asked = K.alias()
    return sa.exists().where(asked.c.project_id == P.c.id, asked.c.country == code, asked.c.outcome == "objection")


def _overruled_by_nobody(code: Any) -> Any:
    """Whether a country's team objects, and no decision goes ahead all the same."""
    asked = K.alias()
    objects = [asked.c.project_id == P.c.id, asked.c.country == code, asked.c.outcome == "objection", asked.c.decision_id.is_(None)]
    return sa.exists().where(*objects)


def _unheard(code: Any) -> Any:
    """Whether a country's team has neither answered nor is not applicable, and no decision goes ahead without it."""
    asked = K.alias()
    overridden = sa.and_(asked.c.outcome == "no_reply", asked.c.decision_id.is_not(None))
    heard = sa.or_(among(asked.c.outcome, SETTLED), overridden)
    return sa.not_(sa.exists().where(asked.c.project_id == P.c.id, asked.c.country == code, heard))


def _consulted() -> Any:
    asked = K.alias()
    found = document(
        id=asked.c.id,
        country=asked.c.country,
        country_name=CountryName(asked.c.country),
        outcome=asked.c.outcome,
        answered_on=asked.c.answered_on,
    )
    return sa.select(array(found, asked.c.country)).where(asked.c.project_id == P.c.id, seen).scalar_subquery()


def _one_country(*conditions: Any) -> Any:
    country = each(P.c.countries, "one_country")
    return sa.exists(sa.select(sa.literal_column("1")).select_from(country).where(*(c(country.c.value) for c in conditions)))


last = E.alias("last_step")
entered_on = (
    sa.select(last.c.entered_on).where(last.c.project_id == P.c.id).order_by(last.c.number.desc()).limit(1).scalar_subquery()
)  # fmt: skip
unheard = sa.and_(seen, _one_country(_unheard))
led = X.alias("led")
has_lead = (
    sa.select(led.c.id).where(led.c.project_id == P.c.id, led.c.role == "lead", part_in_force(led, day)).limit(1).scalar_subquery().is_not(None)
)  # fmt: skip
alive = sa.not_(among(P.c.state, ENDED))
flags = Flags(
    {
        "no_lead": sa.and_(alive, sa.not_(has_lead)),
        "consultation_missing": sa.and_(alive, among(P.c.state, GATED), unheard),
        "consultation_objection": sa.and_(alive, among(P.c.state, GATED), seen, _one_country(_overruled_by_nobody)),
        "no_streams": sa.and_(alive, sa.not_(sa.exists().where(N.c.project_id == P.c.id, N.c.share > 0))),
        "past_its_end": sa.and_(alive, sa.func.coalesce(P.c.ends_on < day, sa.false())),
    }
)

PROJECT = {
    "id": P.c.id, "version": P.c.version, "group": named(G), "code": P.c.code, "title": P.c.title, "description": P.c.description,
    "state": P.c.state, "state_since": entered_on, "visibility": P.c.visibility, "lead": lead_of(named), "partners": _partners(), "asked": _asked(),
    "streams": _streams(), "countries": P.c.countries,
    "country_names": _countries(lambda code: document(code=code, name=CountryName(code))),
    "consultations": _consulted(), "unconsulted": _countries(lambda code: code, _unheard, lambda _code: seen),
    "objecting": _countries(lambda code: code, _objects, lambda _code: seen), "deliverables": _deliverables(),
    "currency": P.c.currency, "budget": sa.case((amounts_shown, shown_amount(P.c.budget, P.c.currency))), "budget_lines": _lines(),
    "amounts_shown": amounts_shown, "starts_on": P.c.starts_on, "ends_on": P.c.ends_on, "actual_starts_on": P.c.actual_starts_on,
    "actual_ends_on": P.c.actual_ends_on, "covered_on": sa.case((amounts_shown, P.c.covered_on)), "flags": flags, **provenance(P),
}  # fmt: skip
source = P.join(G, G.c.id == P.c.group_id)
public = sa.and_(G.c.public, P.c.visibility == "public")
GET_PROJECT = Query(
    sa.select(sa.cast(document(**PROJECT), sa.Text), P.c.version, P.c.group_id, public.label("public"))
    .select_from(source).where(P.c.id == sa.bindparam("id"))
)  # fmt: skip


PLACE_OF_PROJECT = Query(
    sa.select(P.c.group_id, public.label("public"), G.c.share_funding, G.c.code).select_from(source).where(P.c.id == sa.bindparam("id"))
)
PLACE_OF_PLAN = Query(
    sa.select(W.c.group_id, public_plan.label("public"), G.c.share_funding, G.c.code)
    .select_from(W.join(G, G.c.id == W.c.group_id))
    .where(W.c.id == sa.bindparam("id"))
)
SHARING = Query(sa.select(G.c.share_funding).where(G.c.id == sa.bindparam("id")))
"""The group of a project or plan, whether anybody may see it, and whether the group shares its funding."""


def _has_part(given: Given, present: Present) -> Any:
    """An accepted part in force on the day; with a role, in that role."""
    part = X.alias()
    conditions = [part.c.project_id == P.c.id, part_in_force(part, day), given.matches(part.c.agency_id)]
    if "role" in present:
        conditions.append(present["role"].matches(part.c.role))
    return sa.exists().where(*conditions)


def _serves(column: Any) -> Any:
    share, stream = N.alias(), S.alias()
    joined = share.join(stream, stream.c.id == share.c.stream_id)
    return lambda given, _: sa.exists(
        sa.select(share.c.id).select_from(joined).where(share.c.project_id == P.c.id, share.c.share > 0, given.matches({"N": share, "S": stream}[column[0]].c[column[1]]))
    )  # fmt: skip


PROJECTS = Listing(
    source=source, id=P.c.id, show=PROJECT, group=P.c.group_id, public=public, default="code", dated=True, search=P.c.search,
    sorts={"code": P.c.code, "title": P.c.title, "state": P.c.state, "updated_at": P.c.updated_at},
    filters={
        "state": listing.equals(P.c.state, "Where it stands.", *STATES),
        "code": listing.equals(P.c.code, "The project's code."),
        "agency": listing.Filter("An agency with an accepted part in it, on that day.", _has_part, "agency"),
        "role": listing.Filter("The role of that agency.", lambda _given, _present: None, "choice", PART_ROLES),
        "stream": listing.Filter("The id of a stream that it serves.", _serves(("N", "stream_id"))),
        "workplan": listing.Filter("The id of a plan that it serves.", _serves(("S", "workplan_id"))),
        "country": listing.holds(P.c.countries, "A country, by its ISO 3166 code."),
        "visibility": listing.equals(P.c.visibility, "internal or public.", *VISIBILITIES),
        "consulted": listing.flag(sa.not_(unheard), "Whether the team of each of its countries was heard, or is not concerned."),
    },
)  # fmt: skip

behalf, suggested = A.alias("part_behalf"), A.alias("part_suggested")
PART = {
    "id": X.c.id, "version": X.c.version, "group": named(G), "project": document(id=P.c.id, code=P.c.code, title=P.c.title), "agency": named(A),
    "role": X.c.role, "state": X.c.state, "starts_on": X.c.starts_on, "ends_on": X.c.ends_on, "current": part_in_force(X, day),
    "answer_by": X.c.answer_by, "answer_late": sa.func.coalesce(sa.and_(X.c.state == "proposed", X.c.answer_by < day), sa.false()),
    "asked_by": X.c.asked_by, "answered_by": X.c.answered_by, "answered_at": X.c.answered_at, "on_behalf_of": optional(behalf.c.id, named(behalf)),
    "evidence": X.c.evidence, "decline_reason": X.c.decline_reason, "decline_note": X.c.decline_note,
    "suggested": optional(suggested.c.id, named(suggested)), **provenance(X),
}  # fmt: skip
parts = (
    X.join(P, P.c.id == X.c.project_id).join(G, G.c.id == X.c.group_id).join(A, A.c.id == X.c.agency_id)
    .outerjoin(behalf, behalf.c.id == X.c.on_behalf_of_id).outerjoin(suggested, suggested.c.id == X.c.suggested_id)
)  # fmt: skip
GET_PART = Query(
    sa.select(sa.cast(document(**PART), sa.Text), X.c.version, X.c.group_id, sa.false())
    .select_from(parts)
    .where(X.c.id == sa.bindparam("id"), X.c.project_id == sa.bindparam("project", type_=sa.Text()))
)
PARTS = Listing(
    source=parts, id=X.c.id, show=PART, group=X.c.group_id, default="starts_on", dated=True, in_force=part_in_force(X, day),
    sorts={"starts_on": X.c.starts_on, "agency": A.c.code},
    filters={
        "project": listing.equals(X.c.project_id, "The project's id."),
        "agency": listing.agency(X.c.agency_id, "The agency that was asked."),
        "role": listing.equals(X.c.role, "The role.", *PART_ROLES),
        "state": listing.equals(X.c.state, "Asked, answered or ended.", *PART_STATES),
    },
)  # fmt: skip

waiting = K.c.outcome == "requested"
CONSULTATION = {
    "id": K.c.id, "version": K.c.version, "group": named(G), "project": document(id=P.c.id, code=P.c.code, title=P.c.title), "country": K.c.country,
    "country_name": CountryName(K.c.country), "team": optional(U.c.id, document(id=U.c.id, name=U.c.name)), "requested_on": K.c.requested_on,
    "answer_by": K.c.answer_by, "answered_on": K.c.answered_on, "outcome": K.c.outcome, "reason": K.c.reason,
    "late": sa.func.coalesce(sa.and_(waiting, K.c.answer_by < day), sa.false()),
    "days": DaysBetween(sa.func.coalesce(K.c.answered_on, day), K.c.requested_on), "decision": authority(K.c.decision_id), **provenance(K),
}  # fmt: skip
consultations = (
    K.join(P, P.c.id == K.c.project_id).join(G, G.c.id == K.c.group_id)
    .outerjoin(U, sa.and_(U.c.group_id == K.c.group_id, U.c.country == K.c.country))
)  # fmt: skip
GET_CONSULTATION = Query(
    sa.select(sa.cast(document(**CONSULTATION), sa.Text), K.c.version, K.c.group_id, sa.false())
    .select_from(consultations).where(K.c.id == sa.bindparam("id"))
)  # fmt: skip
CONSULTATIONS = Listing(
    source=consultations, id=K.c.id, show=CONSULTATION, group=K.c.group_id, default="country",
    sorts={"country": K.c.country, "answer_by": sa.func.coalesce(K.c.answer_by, sa.literal_column("'9999-01-01'", sa.Date()))},
    filters={
        "project": listing.equals(K.c.project_id, "The project's id."),
        "country": listing.equals(K.c.country, "The country, by its ISO 3166 code."),
        "outcome": listing.equals(K.c.outcome, "What the team answered.", *OUTCOMES),
        "late": listing.flag(sa.func.coalesce(sa.and_(waiting, K.c.answer_by < day), sa.false()), "Whether it waits for an answer after its day."),
        "answer_to": listing.not_after(K.c.answer_by, "To be answered on this day or before."),
    },
)  # fmt: skip

TEAM = {
    "id": U.c.id, "version": U.c.version, "group": named(G), "country": U.c.country, "country_name": CountryName(U.c.country), "name": U.c.name,
    "coordinator": U.c.coordinator, "email": U.c.email, "note": U.c.note, "created_at": U.c.created_at, "updated_at": U.c.updated_at,
}  # fmt: skip
teams = U.join(G, G.c.id == U.c.group_id)
GET_TEAM = Query(
    sa.select(sa.cast(document(**TEAM), sa.Text), U.c.version, U.c.group_id, sa.false())
    .select_from(teams)
    .where(U.c.id == sa.bindparam("id"))
)
TEAMS = Listing(
    source=teams, id=U.c.id, show=TEAM, group=U.c.group_id, default="country", sorts={"country": U.c.country, "name": U.c.name},
    filters={"country": listing.equals(U.c.country, "The country, by its ISO 3166 code.")},
)  # fmt: skip

STEPS = Query(
    sa.select(
        sa.cast(document(project=document(id=P.c.id, code=P.c.code, title=P.c.title), state=E.c.state, entered_on=E.c.entered_on, present=P.c.state), sa.Text)
    ).select_from(E.join(P, P.c.id == E.c.project_id)).where(E.c.group_id == sa.bindparam("group", type_=sa.Text()), E.c.entered_on <= sa.bindparam("day", type_=sa.Date()))
    .order_by(P.c.code, P.c.id, E.c.number)
)  # fmt: skip
"""Every state that a group's projects entered up to a day, in order."""
