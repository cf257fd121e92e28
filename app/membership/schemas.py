"""Modalities, members and appointments on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import Day, Line, Named, Out, Reference, Slug, SourcedIn, SourcedOut, SourcedPatch, absent
from app.decisions.schemas import AuthorityOut

Months = Annotated[int, Field(ge=1, le=240)]
Number = Annotated[int, Field(ge=0, le=100)]


class ModalityIn(SourcedIn):
    """Operating rules from a day on. Lengths are in months; null means no limit."""

    effective_on: Day
    chair_term_months: Months
    troika: bool = True
    task_force_max_months: Months | None = None
    max_extensions: Number | None = None
    max_extension_months: Months | None = None
    plan_min_months: Months | None = None
    plan_max_months: Months | None = None
    decision: Reference | None = None


class ModalityOut(SourcedOut):
    group: Named
    effective_on: date
    chair_term_months: int
    troika: bool
    task_force_max_months: int | None
    max_extensions: int | None
    max_extension_months: int | None
    plan_min_months: int | None
    plan_max_months: int | None
    in_force: bool
    decision: AuthorityOut | None


class MemberIn(SourcedIn):
    """An agency in the group. Without starts_on it is from today; without ends_on it is open."""

    agency: Line
    role: Literal["member", "observer"] = "member"
    starts_on: Day | None = None
    ends_on: Day | None = None
    decision: Reference | None = None


class MemberPatch(SourcedPatch):
    starts_on: Day = absent()
    ends_on: Day | None = absent()


class MemberOut(SourcedOut):
    group: Named
    agency: Named
    role: Literal["member", "observer"]
    starts_on: date
    ends_on: date | None
    current: bool
    decision: AuthorityOut | None


class AppointmentIn(SourcedIn):
    """A person who speaks for an agency in a group."""

    group: Slug
    person: Reference
    agency: Line
    role: Literal["principal", "focal_point", "alternate"]
    starts_on: Day | None = None
    ends_on: Day | None = None


class AppointmentPatch(SourcedPatch):
    role: Literal["principal", "focal_point", "alternate"] = absent()
    starts_on: Day = absent()
    ends_on: Day | None = absent()


class PersonRef(Out):
    id: str
    name: str
    email: str | None


class AppointmentOut(SourcedOut):
    group: Named
    agency: Named
    person: PersonRef
    role: Literal["principal", "focal_point", "alternate"]
    starts_on: date
    ends_on: date | None
    current: bool
