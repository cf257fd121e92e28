"""Reading donors, contributions and rates, and what the gap is computed from."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.core import cards, listing
from app.core.dates_sql import AS_OF
from app.core.db import table_of
from app.core.documents import AnyOf, Query, array, document, named, optional
from app.core.listing import Listing
from app.core.money import Rate, Rates, shown_amount
from app.core.reading import Read
from app.core.work import Work
from app.fundraising.gap import Facts, Money, facts, gather
from app.fundraising.models import Contribution, Donor, DonorReport, ExchangeRate, Instalment, Passing
from app.fundraising.queries import L, N, P, day, lead_of, within
from app.fundraising.rules import CONTRIBUTION_STATES, DONOR_KINDS, GIFTS
from app.groups.queries import G
from app.membership.queries import provenance
from app.workplans.queries import S, W, published, shown_stream

C = table_of(Contribution)
O = table_of(Donor)  # noqa: E741
I = table_of(Instalment)  # noqa: E741
Z = table_of(DonorReport)
Y = table_of(Passing)
R = table_of(ExchangeRate)


def hidden(group_id: Any) -> listing.Filter:
    """Set by every address: only the groups in which the reader is more than a viewer."""
    return listing.Filter("", lambda _given, _present: within(group_id))


DONOR = {
    "id": O.c.id, "version": O.c.version, "group": named(G), "code": O.c.code, "name": O.c.name, "kind": O.c.kind, "agency": optional(A.c.id, named(A)),
    "website": O.c.website, "iati_ref": O.c.iati_ref, **provenance(O),
}  # fmt: skip
donors = O.join(G, G.c.id == O.c.group_id).outerjoin(A, A.c.id == O.c.agency_id)
GET_DONOR = Query(
    sa.select(sa.cast(document(**DONOR), sa.Text), O.c.version, O.c.group_id, sa.false())
    .select_from(donors).where(O.c.id == sa.bindparam("id"), within(O.c.group_id))
)  # fmt: skip
DONORS = Listing(
    source=donors, id=O.c.id, show=DONOR, group=O.c.group_id, default="code", search=O.c.search, sorts={"code": O.c.code, "name": O.c.name},
    filters={
        "kind": listing.equals(O.c.kind, "What kind of donor.", *DONOR_KINDS), "code": listing.equals(O.c.code, "The donor's code."),
        "insider": hidden(O.c.group_id),
    },
)  # fmt: skip

receiver = A.alias("receiver")
left = C.c.amount - C.c.cancelled - C.c.received


def _instalments() -> Any:
    one = I.alias()
    found = document(
        id=one.c.id, amount=shown_amount(one.c.amount, C.c.currency), received_on=one.c.received_on, value_on=one.c.value_on, reference=one.c.reference,
        reversed_on=one.c.reversed_on, certainty=one.c.certainty, sources=one.c.sources, note=one.c.note,
    )  # fmt: skip
    return sa.select(array(found, one.c.received_on, one.c.created_at, one.c.id)).where(one.c.contribution_id == C.c.id).scalar_subquery()


def _reports() -> Any:
    one = Z.alias()
    overdue = sa.and_(one.c.submitted_on.is_(None), one.c.due_on < day)
    found = document(id=one.c.id, label=one.c.label, due_on=one.c.due_on, submitted_on=one.c.submitted_on, link=one.c.link, overdue=overdue)
    return sa.select(array(found, one.c.due_on, one.c.id)).where(one.c.contribution_id == C.c.id).scalar_subquery()


unreported = Z.alias("unreported")
report_overdue = sa.exists().where(unreported.c.contribution_id == C.c.id, unreported.c.submitted_on.is_(None), unreported.c.due_on < day)
CONTRIBUTION = {
    "id": C.c.id, "version": C.c.version, "group": named(G), "project": document(id=P.c.id, code=P.c.code, title=P.c.title),
    "donor": document(id=O.c.id, code=O.c.code, name=O.c.name), "stream": shown_stream(C.c.stream_id), "receiver": optional(receiver.c.id, named(receiver)),
    "kind": C.c.kind, "state": C.c.state, "currency": C.c.currency, "amount": shown_amount(C.c.amount, C.c.currency),
    "pledged": shown_amount(C.c.pledged, C.c.currency), "committed": sa.case((C.c.committed_on.is_not(None), shown_amount(C.c.amount - C.c.cancelled, C.c.currency))),
    "received": shown_amount(C.c.received, C.c.currency), "cancelled": shown_amount(C.c.cancelled, C.c.currency),
    "outstanding": shown_amount(left, C.c.currency), "pledged_on": C.c.pledged_on, "committed_on": C.c.committed_on, "value_on": C.c.value_on,
    "description": C.c.description, "agreement": C.c.agreement, "agreement_ends_on": C.c.agreement_ends_on, "reason": C.c.reason,
    "instalments": _instalments(), "reports": _reports(), **provenance(C),
}  # fmt: skip
contributions = (
    C.join(P, P.c.id == C.c.project_id).join(O, O.c.id == C.c.donor_id).join(G, G.c.id == C.c.group_id)
    .outerjoin(receiver, receiver.c.id == C.c.receiver_id)
)  # fmt: skip
GET_CONTRIBUTION = Query(
    sa.select(sa.cast(document(**CONTRIBUTION), sa.Text), C.c.version, C.c.group_id, sa.false())
    .select_from(contributions).where(C.c.id == sa.bindparam("id"), within(C.c.group_id))
)  # fmt: skip
CONTRIBUTIONS = Listing(
    source=contributions, id=C.c.id, show=CONTRIBUTION, group=C.c.group_id, default="value_on",
    sorts={"value_on": C.c.value_on, "donor": O.c.code, "project": P.c.code},
    filters={
        "project": listing.equals(C.c.project_id, "The project's id."),
        "stream": listing.equals(C.c.stream_id, "The id of the stream that it is earmarked for."),
        "donor": listing.equals(O.c.code, "The donor's code."),
        "kind": listing.equals(C.c.kind, "Cash, in kind, or seconded staff.", *GIFTS),
        "state": listing.equals(C.c.state, "Where it stands.", *CONTRIBUTION_STATES),
        "currency": listing.equals(C.c.currency, "Its currency."),
        "report_overdue": listing.flag(report_overdue, "Whether a report to the donor is late."),
        "agreement_to": listing.not_after(C.c.agreement_ends_on, "The agreement ends on this day or before."),
        "insider": hidden(C.c.group_id),
    },
)  # fmt: skip

PASSING = {
    "id": Y.c.id, "version": Y.c.version, "pair": Y.c.pair_id, "project": document(id=P.c.id, code=P.c.code, title=P.c.title),
    "direction": sa.case((Y.c.amount < 0, "out"), else_="in"), "amount": shown_amount(sa.func.abs(Y.c.amount), Y.c.currency), "currency": Y.c.currency,
    "passed_on": Y.c.passed_on, "reason": Y.c.reason, "created_at": Y.c.created_at, "updated_at": Y.c.updated_at,
}  # fmt: skip
passings = Y.join(P, P.c.id == Y.c.project_id)
GET_PASSING = Query(
    sa.select(sa.cast(document(**PASSING), sa.Text), Y.c.version, Y.c.group_id, sa.false())
    .select_from(passings)
    .where(Y.c.id == sa.bindparam("id"))
)
PASSINGS = Listing(
    source=passings, id=Y.c.id, show=PASSING, group=Y.c.group_id, default="passed_on", sorts={"passed_on": Y.c.passed_on},
    filters={"project": listing.equals(Y.c.project_id, "The project's id."), "insider": hidden(Y.c.group_id)},
)  # fmt: skip

RATE = {
    "id": R.c.id, "version": R.c.version, "currency": R.c.currency, "base": R.c.base, "on": R.c.rated_on, "rate": R.c.rate, "source": R.c.source,
    "created_at": R.c.created_at, "updated_at": R.c.updated_at,
}  # fmt: skip
RATES = Listing(
    source=R, id=R.c.id, show=RATE, default="-on", sorts={"on": R.c.rated_on, "currency": R.c.currency},
    filters={
        "currency": listing.equals(R.c.currency, "The currency that is counted."), "base": listing.equals(R.c.base, "The currency whose unit it is counted for."),
        "from": listing.not_before(R.c.rated_on, "Of this day or later."), "to": listing.not_after(R.c.rated_on, "Of this day or before."),
    },
)  # fmt: skip

# What the gap is computed from. Amounts are whole minor units here: they never leave the process like this.

share, stream, plan, line = N.alias(), S.alias(), W.alias(), L.alias()
shares = (
    sa.select(
        array(
            document(
                id=stream.c.id, code=stream.c.code, name=stream.c.title, share=share.c.share, published=published(plan),
                workplan=document(id=plan.c.id, code=plan.c.code, name=plan.c.title),
            ),
            plan.c.starts_on, plan.c.code, stream.c.position, stream.c.id,
        )
    ).select_from(share.join(stream, stream.c.id == share.c.stream_id).join(plan, plan.c.id == stream.c.workplan_id))
    .where(share.c.project_id == P.c.id, share.c.share > 0).scalar_subquery()
)  # fmt: skip
lines = (
    sa.select(array(document(amount=line.c.amount, year=line.c.year), line.c.position)).where(line.c.project_id == P.c.id, sa.not_(line.c.dropped))
    .scalar_subquery()
)  # fmt: skip
leading = lead_of(lambda agency: document(id=agency.c.id, code=agency.c.code, name=agency.c.name), day=AS_OF)
PROJECT = document(
    id=P.c.id, code=P.c.code, name=P.c.title, state=P.c.state, currency=P.c.currency, budget=P.c.budget, starts_on=P.c.starts_on, ends_on=P.c.ends_on,
    streams=shares, lines=lines, lead=leading,
)  # fmt: skip
GIFT = document(
    project=C.c.project_id, currency=C.c.currency, amount=C.c.amount, received=C.c.received, cancelled=C.c.cancelled,
    committed=C.c.committed_on.is_not(None), value_on=C.c.value_on, stream=C.c.stream_id,
)  # fmt: skip
RECEIPT = document(
    project=C.c.project_id,
    currency=C.c.currency,
    amount=I.c.amount,
    committed=C.c.committed_on.is_not(None),
    value_on=I.c.value_on,
    stream=C.c.stream_id,
)
PASSED = document(project=Y.c.project_id, currency=Y.c.currency, amount=Y.c.amount, value_on=Y.c.passed_on)


def _facts(level: Any) -> tuple[Query, ...]:
    """Projects, contributions, instalments and passings, of a group or of one project; to outsiders, those of public projects."""
    seen = [
        level == sa.bindparam("place", type_=sa.Text()),
        sa.or_(sa.bindparam("inside", type_=sa.Integer()) == 1, P.c.visibility == "public"),
    ]
    received = I.join(C, C.c.id == I.c.contribution_id).join(P, P.c.id == C.c.project_id)
    told = (
        (PROJECT, P, ()), (GIFT, C.join(P, P.c.id == C.c.project_id), ()), (RECEIPT, received, (I.c.reversed_on.is_(None),)),
        (PASSED, Y.join(P, P.c.id == Y.c.project_id), ()),
    )  # fmt: skip
    return tuple(Query(sa.select(sa.cast(found, sa.Text)).select_from(source).where(*seen, *more)) for found, source, more in told)


FACTS = {"group": _facts(P.c.group_id), "project": _facts(P.c.id)}
RATES_OF = Query(
    sa.select(sa.cast(document(currency=R.c.currency, base=R.c.base, on=R.c.rated_on, rate=R.c.rate, source=R.c.source), sa.Text))
    .where(AnyOf(R.c.currency, sa.bindparam("currencies", type_=sa.Text())))
)  # fmt: skip


def rates_among(found: Iterable[Facts]) -> Rates:
    """Rates, as the database tells them."""
    return Rates.of(Rate(one["currency"], one["base"], date.fromisoformat(one["on"]), one["rate"], one["source"]) for one in found)


def currencies(everything: Iterable[Money], *more: str) -> str:
    """The currencies between which rates are needed, as a bind."""
    return json.dumps(sorted({code for money in everything for code in money.currencies} | set(more)))


async def read_money(read: Read, level: str, place: str, day: date, *more: str, inside: bool = True) -> tuple[list[Money], Rates]:
    """The projects of a group, or one, with all their money, and the rates between its currencies (and more)."""
    given = {"place": place, "inside": int(inside), "as_of": day}
    found = gather(*[facts(await read.fetch(query, slow=True, **given)) for query in FACTS[level]])
    return found, rates_among(facts(await read.fetch(RATES_OF, slow=True, currencies=currencies(found, *more))))


def money_of(work: Work, project_id: str, day: date) -> tuple[Money, Rates]:
    """One project with its money as this work leaves it, and the rates."""
    work.session.flush()
    connection = work.session.connection()
    found = gather(*[facts(cards.run(connection, query, place=project_id, inside=1, as_of=day)) for query in FACTS["project"]])
    return found[0], rates_among(facts(cards.run(connection, RATES_OF, currencies=currencies(found))))
