"""The tables of the service as the rival maps them: objects with relationships."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Relationship, SQLModel

OPEN = ("not_started", "in_progress", "on_hold")
FOREVER = date(9999, 1, 1)


class Instant(TypeDecorator[datetime]):
    """Instants are text in the SQLite file."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(sa.String(27) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_result_value(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002
        return datetime.fromisoformat(value) if isinstance(value, str) else value


def texts() -> Any:
    return Field(default_factory=list, sa_type=sa.JSON)


def instant() -> Any:
    return Field(default=None, sa_type=Instant)


class Mapped(SQLModel, registry=registry()):
    """Base of the rival's tables, apart from those of the service."""


class Table(Mapped):
    id: str = Field(primary_key=True)


class Group(Table, table=True):
    __tablename__ = "groups"
    code: str
    name: str
    time_zone: str
    public: bool
    due_soon_days: int
    stale_days: int


class Agency(Table, table=True):
    __tablename__ = "agencies"
    code: str
    name: str


class AgencyName(Mapped, table=True):
    __tablename__ = "agency_names"
    name: str = Field(primary_key=True)
    agency_id: str


class Token(Table, table=True):
    __tablename__ = "tokens"
    role: str
    group_id: str | None
    digest: str
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant()


class Workplan(Table, table=True):
    __tablename__ = "workplans"
    code: str
    title: str
    state: str
    starts_on: date
    ends_on: date


class Stream(Table, table=True):
    __tablename__ = "streams"
    code: str
    title: str


class Body(Table, table=True):
    __tablename__ = "bodies"
    kind: str
    code: str
    name: str
    sunset_on: date | None


class Sourced(Table):
    version: int
    certainty: str | None
    sources: list[str] = texts()
    note: str | None
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Deliverable(Sourced, table=True):
    __tablename__ = "deliverables"
    group_id: str = Field(foreign_key="groups.id")
    workplan_id: str = Field(foreign_key="workplans.id")
    stream_id: str = Field(foreign_key="streams.id")
    body_id: str | None = Field(foreign_key="bodies.id")
    code: str
    former_codes: list[str] = texts()
    title: str
    former_titles: list[str] = texts()
    kind: str
    description: str | None
    due: str | None
    due_from: date | None
    due_on: date | None
    baseline_due: str | None
    baseline_due_from: date | None
    baseline_due_on: date | None
    delivered: str | None
    delivered_from: date | None
    delivered_on: date | None
    status: str
    status_reason: str | None
    confidence: str | None
    percent: int | None
    topics: list[str] = texts()
    countries: list[str] = texts()
    evidence: list[str] = texts()
    waiver: str | None
    mandate: str | None
    visibility: str
    carried_from_id: str | None
    confirmed_on: date
    due_key: date

    group: Group = Relationship()
    workplan: Workplan = Relationship()
    stream: Stream = Relationship()
    body: Body | None = Relationship()
    assignments: list["Assignment"] = Relationship(back_populates="deliverable")

    def is_open(self, day: date) -> bool:
        return self.status in OPEN or (self.status == "delivered" and self.delivered_on is not None and self.delivered_on > day)

    def is_overdue(self, day: date) -> bool:
        return self.due_on is not None and self.due_on < day and self.is_open(day)


class Assignment(Sourced, table=True):
    __tablename__ = "assignments"
    group_id: str = Field(foreign_key="groups.id")
    deliverable_id: str = Field(foreign_key="deliverables.id")
    agency_id: str = Field(foreign_key="agencies.id")
    role: str
    state: str
    starts_on: date
    ends_on: date | None
    answer_by: date | None
    asked_by: str
    answered_by: str | None
    answered_at: datetime | None = instant()
    answered_on: date | None
    accepted_at: datetime | None = instant()
    on_behalf_of_id: str | None = Field(foreign_key="agencies.id")
    evidence: str | None
    decline_reason: str | None
    decline_note: str | None
    suggested_id: str | None = Field(foreign_key="agencies.id")
    transferred_from_id: str | None = Field(foreign_key="assignments.id")
    if_funded_id: str | None
    due_on: date
    open: bool

    group: Group = Relationship()
    deliverable: Deliverable = Relationship(back_populates="assignments")
    agency: Agency = Relationship(sa_relationship_kwargs={"foreign_keys": "Assignment.agency_id"})
    on_behalf_of: Agency | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Assignment.on_behalf_of_id"})
    suggested: Agency | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Assignment.suggested_id"})

    def in_force(self, day: date) -> bool:
        answered = self.accepted_at is not None and self.state in ("accepted", "ended")
        return answered and self.starts_on <= day <= (self.ends_on or FOREVER)
