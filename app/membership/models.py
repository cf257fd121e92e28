"""A group's operating rules by date, its members, and the people who speak for them."""

from datetime import date

from sqlmodel import Field

from app.core.db import Record, Sourced, reference


class Modality(Record, Sourced, table=True):
    """The operating rules valid from a day on, until the next ones. The past is not rewritten."""

    __tablename__ = "modalities"

    group_id: str = reference("groups")
    effective_on: date
    chair_term_months: int
    troika: bool = True
    task_force_max_months: int | None = None
    max_extensions: int | None = None
    max_extension_months: int | None = None
    plan_min_months: int | None = None
    plan_max_months: int | None = None
    decision_id: str | None = reference("decisions", optional=True)


class Membership(Record, Sourced, table=True):
    """An agency in a group, as member or observer, in a period that is open until an end is known."""

    __tablename__ = "memberships"

    group_id: str = reference("groups")
    agency_id: str = reference("agencies")
    role: str = Field(max_length=10)
    starts_on: date
    ends_on: date | None = None
    decision_id: str | None = reference("decisions", optional=True)


class Appointment(Record, Sourced, table=True):
    """A person who speaks for an agency in a group, as principal, focal point or alternate."""

    __tablename__ = "appointments"

    group_id: str = reference("groups")
    person_id: str = reference("people")
    agency_id: str = reference("agencies")
    role: str = Field(max_length=12)
    starts_on: date
    ends_on: date | None = None
