"""Projects that seek money, country teams that are consulted, donors, what they give, and the rates that compare it.

Every amount is a whole number of its currency's minor units.
"""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Findable, Instant, Record, Sourced, reference, texts


def units(*, optional: bool = False) -> Any:
    """A column of minor units."""
    default: Any = None if optional else 0
    return Field(default=default, sa_type=sa.BigInteger, nullable=optional)


class Project(Record, Sourced, Findable, table=True):
    """Money sought by one agency or a small group of them for streams of the plan. What it lacks is worked out, never stored."""

    __tablename__ = "projects"

    group_id: str = reference("groups")
    code: str = Field(max_length=40)
    iati_code: str | None = Field(default=None, max_length=40)
    """Its first code, once it has another: an activity keeps its identifier."""
    title: str = Field(max_length=300)
    description: str | None = None
    state: str = Field(default="idea", max_length=14)
    visibility: str = Field(default="internal", max_length=10)
    countries: list[str] = texts()
    currency: str = Field(max_length=3)
    budget: int | None = units(optional=True)
    """None where it is unknown, which is not zero."""
    starts_on: date | None = None
    ends_on: date | None = None
    actual_starts_on: date | None = None
    actual_ends_on: date | None = None
    composition: int = 0
    """Counts the changes of its streams and budget lines: each of them is a change of the project, and of its version."""
    covered_on: date | None = None
    """The first day on which its budget was covered, or on which it was declared funded: what was accepted if funded is firm from then on."""

    found_by: ClassVar[tuple[str, ...]] = ("code", "title")


class ProjectStream(Record, table=True):
    """A stream that a project serves, with its share in hundredths of a per cent; 0 once it serves it no longer."""

    __tablename__ = "project_streams"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    stream_id: str = reference("streams")
    share: int

    @property
    def about(self) -> str:
        return self.project_id


class BudgetLine(Record, table=True):
    """A part of a project's budget, perhaps of one year."""

    __tablename__ = "budget_lines"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    position: int
    label: str = Field(max_length=300)
    amount: int = units()
    year: int | None = None
    dropped: bool = False

    @property
    def about(self) -> str:
        return self.project_id


class ProjectStep(Record, table=True):
    """A state that a project entered, and on which day. Only ever added."""

    __tablename__ = "project_steps"

    group_id: str = reference("groups")
    project_id: str = reference("projects")
    number: int
    """The first is 1."""
    state: str = Field(max_length=14)
    entered_on: date
    decision_id: str | None = reference("decisions", optional=True, index=False)
    reason: str | None = None

    @property
    def about(self) -> str:
        return self.project_id


class ProjectPart(Record, Sourced, table=True):
    """An agency's part in a project, as lead or partner: asked for, answered, and in the end ended."""

    __tablename__ = "project_parts"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    agency_id: str = reference("agencies")
    role: str = Field(max_length=12)
    state: str = Field(default="proposed", max_length=10)
    starts_on: date
    ends_on: date | None = None
    answer_by: date | None = None
    asked_by: str = Field(max_length=36)
    answered_by: str | None = Field(default=None, max_length=36)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    """Set while the agency's last answer is yes, also after the end."""
    on_behalf_of_id: str | None = reference("agencies", optional=True, index=False)
    evidence: str | None = None
    decline_reason: str | None = Field(default=None, max_length=20)
    decline_note: str | None = None
    suggested_id: str | None = reference("agencies", optional=True, index=False)

    @property
    def about(self) -> str:
        return self.project_id


class CountryTeam(Record, table=True):
    """A United Nations Country Team as a group knows it, and who speaks for it."""

    __tablename__ = "country_teams"

    group_id: str = reference("groups")
    country: str = Field(max_length=2)
    name: str = Field(max_length=300)
    coordinator: str | None = Field(default=None, max_length=300)
    """The resident coordinator."""
    email: str | None = Field(default=None, max_length=254)
    note: str | None = None

    personal: ClassVar[frozenset[str]] = frozenset({"coordinator", "email"})


class Consultation(Record, Sourced, table=True):
    """What a country team was asked about a project, and what it said."""

    __tablename__ = "consultations"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    country: str = Field(max_length=2)
    requested_on: date | None = None
    answer_by: date | None = None
    answered_on: date | None = None
    outcome: str = Field(max_length=14)
    reason: str | None = None
    decision_id: str | None = reference("decisions", optional=True, index=False)
    """The decision that went ahead in spite of an objection or of silence."""

    @property
    def about(self) -> str:
        return self.project_id


class Donor(Record, Sourced, Findable, table=True):
    """Whoever gives: a government, a foundation, an agency."""

    __tablename__ = "donors"

    group_id: str = reference("groups")
    code: str = Field(max_length=40)
    name: str = Field(max_length=300)
    kind: str = Field(max_length=20)
    agency_id: str | None = reference("agencies", optional=True, index=False)
    website: str | None = Field(default=None, max_length=2_000)
    iati_ref: str | None = Field(default=None, max_length=100)

    found_by: ClassVar[tuple[str, ...]] = ("code", "name")


class Contribution(Record, Sourced, table=True):
    """What a donor gives a project: pledged, committed, received in instalments, cancelled wholly or in part."""

    __tablename__ = "contributions"

    group_id: str = reference("groups")
    project_id: str = reference("projects")
    donor_id: str = reference("donors")
    stream_id: str | None = reference("streams", optional=True)
    """The stream that it is earmarked for."""
    receiver_id: str | None = reference("agencies", optional=True, index=False)
    kind: str = Field(max_length=12)
    state: str = Field(max_length=10)
    currency: str = Field(max_length=3)
    amount: int | None = units(optional=True)
    """What is pledged or, once it is, committed; None where that is not known, which is not zero."""
    pledged: int | None = units(optional=True)
    """What was pledged at first; None where it began with a commitment or with the money, or is not known."""
    received: int = units()
    """The sum of its instalments."""
    cancelled: int = units()
    pledged_on: date | None = None
    committed_on: date | None = None
    value_on: date
    """The day whose rate values what is promised."""
    description: str | None = None
    agreement: str | None = Field(default=None, max_length=300)
    agreement_ends_on: date | None = None
    reason: str | None = None

    @property
    def about(self) -> str:
        return self.project_id


class Instalment(Record, Sourced, table=True):
    """Money received, on a day. A mistaken one is reversed, never removed."""

    __tablename__ = "instalments"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    contribution_id: str = reference("contributions")
    amount: int = units()
    received_on: date
    value_on: date
    reference: str | None = Field(default=None, max_length=300)
    reversed_on: date | None = None

    @property
    def about(self) -> str:
        return self.project_id


class DonorReport(Record, table=True):
    """A report that a donor is owed."""

    __tablename__ = "donor_reports"

    group_id: str = reference("groups", index=False)
    project_id: str = reference("projects")
    contribution_id: str = reference("contributions")
    label: str = Field(max_length=300)
    due_on: date
    submitted_on: date | None = None
    link: str | None = Field(default=None, max_length=2_000)

    @property
    def about(self) -> str:
        return self.project_id


class Passing(Record, table=True):
    """One entry of the pair that passes left-over money from a project on to another: negative where it leaves, positive where it arrives."""

    __tablename__ = "passings"

    group_id: str = reference("groups")
    project_id: str = reference("projects")
    pair_id: str = Field(max_length=36, index=True)
    """The same in both entries."""
    currency: str = Field(max_length=3)
    amount: int = units()
    passed_on: date
    decision_id: str | None = reference("decisions", optional=True, index=False)
    reason: str

    @property
    def about(self) -> str:
        return self.project_id


class ExchangeRate(Record, table=True):
    """So many units of a currency for one of another, on a day, and who says so. The same in all groups."""

    __tablename__ = "exchange_rates"

    currency: str = Field(max_length=3)
    base: str = Field(max_length=3)
    rated_on: date
    rate: str = Field(max_length=25)
    """A decimal text: a rate is exact."""
    source: str = Field(max_length=300)

    everywhere: ClassVar[bool] = True

    __table_args__ = (sa.Index("ix_exchange_rates_currency_rated_on", "currency", "rated_on"),)
