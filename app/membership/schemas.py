"""Modalities, members and appointments on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import Day, Line, Named, Out, Reference, Slug, SourcedIn, SourcedOut, SourcedPatch, absent, example
from app.decisions.schemas import AuthorityOut

Months = Annotated[int, Field(ge=1, le=240)]
Number = Annotated[int, Field(ge=0, le=100)]


class ModalityIn(SourcedIn):
    """Operating rules from a day on. Lengths are in months; null means no limit."""

    model_config = example(
        effective_on="2014-01-01", chair_term_months=12, troika=True, task_force_max_months=24, max_extensions=2, max_extension_months=12,
        decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11",
    )  # fmt: skip

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

    model_config = example(
        agency="UNU", role="member", starts_on="2014-07-09", decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", sources=["unu_join"]
    )

    agency: Line
    role: Literal["member", "observer"] = "member"
    starts_on: Day | None = None
    ends_on: Day | None = None
    decision: Reference | None = None


class MemberPatch(SourcedPatch):
    model_config = example(ends_on="2018-12-31", note="The group was succeeded by the United Nations Network on Migration.")

    starts_on: Day = absent()
    ends_on: Day | None = absent()
    decision: Reference = absent()


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

    model_config = example(
        group="gmg", person="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", agency="UNU", role="principal", starts_on="2014-07-09"
    )

    group: Slug
    person: Reference
    agency: Line
    role: Literal["principal", "focal_point", "alternate"]
    starts_on: Day | None = None
    ends_on: Day | None = None


class AppointmentPatch(SourcedPatch):
    model_config = example(ends_on="2017-12-31")

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
