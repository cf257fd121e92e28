"""Donors, contributions, funding and rates on the wire. Amounts are decimal texts."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import (
    Address,
    Amount,
    Code,
    Currency,
    Day,
    In,
    Line,
    Named,
    OrganisationRef,
    Out,
    RecordOut,
    Reference,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    absent,
    example,
)
from app.fundraising.schemas import ProjectRef
from app.workplans.schemas import StreamRef

DonorKind = Literal["government", "multilateral", "agency", "foundation", "private", "other"]
Gift = Literal["cash", "in_kind", "secondment"]
ContributionState = Literal["pledged", "committed", "received", "cancelled"]
Certainty = Literal["stated", "inferred", "unverified", "assumed"]


class DonorIn(SourcedIn):
    """Whoever gives; an agency where it is one."""

    model_config = example(group="gmg", code="SDC", name="Swiss Agency for Development and Cooperation", kind="government")

    group: Code
    code: Code
    name: Line
    kind: DonorKind = "other"
    agency: Line | None = None
    website: Address | None = None
    iati_ref: OrganisationRef | None = None
    """What it is called in IATI; default what its agency is."""


class DonorPatch(SourcedPatch):
    model_config = example(name="Swiss Agency for Development and Cooperation", kind="government")

    code: Code = absent()
    name: Line = absent()
    kind: DonorKind = absent()
    agency: Line | None = absent()
    website: Address | None = absent()
    iati_ref: OrganisationRef | None = absent()


class DonorOut(SourcedOut):
    group: Named
    code: str
    name: str
    kind: DonorKind
    agency: Named | None
    website: str | None
    iati_ref: str | None


class ContributionIn(SourcedIn):
    """What a donor pledges, commits, or has given. A donor that the group does not know yet is added to its register."""

    model_config = example(
        donor="SDC", kind="cash", state="pledged", amount="1000000.00", currency="USD", on="2013-05-01", agreement=None, description=None
    )

    donor: Code
    kind: Gift = "cash"
    state: Literal["pledged", "committed", "received"] = "pledged"
    amount: Amount | None = None
    """Unknown where it is left out, which is not zero: what is committed so makes an unknown gap. What has come is known."""
    currency: Currency | None = None
    """Default the project's."""
    on: Day | None = None
    """The day of the pledge, commitment or receipt; default today."""
    value_on: Day | None = None
    """The day whose exchange rate values it; default the same."""
    stream: Reference | None = None
    """The stream that it is earmarked for; default the project as a whole."""
    receiver: Line | None = None
    """The agency that receives it; default the lead."""
    description: Text | None = None
    """What is given in kind."""
    agreement: Line | None = None
    agreement_ends_on: Day | None = None


class ContributionPatch(SourcedPatch):
    model_config = example(amount="1100000.00", reason="The donor has raised its pledge.")

    amount: Amount = absent()
    value_on: Day = absent()
    stream: Reference | None = absent()
    receiver: Line | None = absent()
    description: Text | None = absent()
    agreement: Line | None = absent()
    agreement_ends_on: Day | None = absent()
    reason: Text = absent()


class CommitIn(In):
    """The day of the commitment (default today), the amount where it is another than the pledge's, and the agreement."""

    model_config = example(on="2013-06-15", agreement="SDC 7F-08471.01", agreement_ends_on="2015-12-31")

    on: Day | None = None
    amount: Amount | None = None
    value_on: Day | None = None
    agreement: Line | None = None
    agreement_ends_on: Day | None = None


class ReceiveIn(SourcedIn):
    """An instalment: how much (default all that is left), and on which day (default today)."""

    model_config = example(amount="400000.00", on="2013-07-01", reference="Transfer 4711")

    amount: Amount | None = None
    on: Day | None = None
    value_on: Day | None = None
    reference: Line | None = None


class CancelIn(In):
    """Why, and how much of what is left (default all)."""

    model_config = example(amount="100000.00", reason="The donor's own budget was cut.")

    reason: Text
    amount: Amount | None = None


class ReverseIn(In):
    """Why the instalment is taken back."""

    model_config = example(reason="Booked twice.")

    reason: Text


class ReportIn(In):
    """A report that the donor is to have, by a day."""

    model_config = example(label="First narrative and financial report", due_on="2014-03-31")

    label: Line
    due_on: Day


class SubmitReportIn(In):
    """The day on which the donor had it (default today), and where it is."""

    model_config = example(submitted_on="2014-03-28", link="https://example.org/report.pdf")

    submitted_on: Day | None = None
    link: Address | None = None


class PassOnIn(In):
    """Left-over money for another project of the group: how much, why, and on which day (default today)."""

    model_config = example(
        to="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", amount="25000.00", reason="The donor agrees that the rest goes on.", on="2016-01-31"
    )

    to: Reference
    amount: Amount
    reason: Text
    on: Day | None = None
    decision: Reference | None = None


class DonorRef(Out):
    """A donor, as it is named inside other things."""

    id: str
    code: str
    name: str


class InstalmentOut(Out):
    """Money received; reversed where it was recorded by mistake."""

    id: str
    amount: str
    received_on: date
    value_on: date
    reference: str | None
    reversed_on: date | None
    certainty: Certainty | None
    sources: list[str]
    note: str | None


class ReportOut(Out):
    """A report that the donor is owed or has."""

    id: str
    label: str
    due_on: date
    submitted_on: date | None
    link: str | None
    overdue: bool


class ContributionOut(SourcedOut):
    group: Named
    project: ProjectRef
    donor: DonorRef
    stream: StreamRef | None
    receiver: Named | None
    kind: Gift
    state: ContributionState
    currency: str
    amount: str | None
    """What was promised or given in all, what is cancelled of it included; null where that is not known."""
    pledged: str | None
    """What was pledged at first."""
    committed: str | None
    """What of it is committed, less what is cancelled."""
    received: str
    cancelled: str
    outstanding: str | None
    """What is promised and has neither come nor been cancelled."""
    pledged_on: date | None
    committed_on: date | None
    value_on: date
    description: str | None
    agreement: str | None
    agreement_ends_on: date | None
    reason: str | None
    instalments: list[InstalmentOut]
    reports: list[ReportOut]


class PassingOut(RecordOut):
    """One of the two entries of money that is passed on: out of a project, or into one."""

    pair: str
    project: ProjectRef
    direction: Literal["out", "in"]
    amount: str
    currency: str
    passed_on: date
    reason: str


class RateOut(RecordOut):
    """So many units of a currency for one of the base, from this day until the next."""

    currency: str
    base: str
    on: date
    rate: str
    source: str


class Totals(Out):
    """Sums in one currency. The gap is the budget less what is committed and what was received outside a commitment; pledges stand beside it."""

    budget: str | None
    pledged: str
    committed: str
    received: str
    """All that came, under commitments too."""
    received_outside: str
    passed_on: str
    """Passed on from other projects, less what was passed on to others."""
    gap: str | None
    """Of the projects whose gap is known; below zero where there is more than the budget, null where none is known."""
    overfunded: str
    """What projects have beyond their budgets."""
    projects: int
    unknown: int
    """How many of the projects have an unknown gap: no budget, a commitment of unknown amount, or an amount for which there is no rate."""
    flags: list[str]


class FundingItem(Totals):
    """The same for one project, stream, plan, year or agency; for none where nothing is named."""

    id: str | None
    code: str | None
    name: str | None


class UnconvertedOut(Out):
    """An amount for which there is no exchange rate on or before its day. It is in no sum."""

    project: str
    what: Literal["pledged", "committed", "outside", "received", "passed", "project"]
    amount: str
    currency: str
    to: str
    on: date


class FundingOut(Totals):
    """The funding of all that was asked for, and of each part of it."""

    measure: Literal["funding"]
    by: Literal["project", "stream", "workplan", "year", "agency"]
    currency: str
    rates_on: date
    """The day whose rates compare the projects; a project's own money is valued at its own days."""
    unconverted: list[UnconvertedOut]
    items: Annotated[list[FundingItem], Field(max_length=100_000)]
