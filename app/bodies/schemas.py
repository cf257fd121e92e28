"""Working groups, task forces and secretariats on the wire."""

from datetime import date
from typing import Literal

from app.core.wire import (
    Code,
    Day,
    In,
    Line,
    Lines,
    Named,
    Out,
    RecordOut,
    Reference,
    Slug,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    absent,
    example,
)
from app.decisions.schemas import AuthorityOut
from app.membership.schemas import PersonRef

Kind = Literal["working_group", "task_force", "secretariat"]
State = Literal["proposed", "active", "dormant", "closed", "completed", "lapsed", "dissolved", "converted"]
Role = Literal["chair", "co_chair", "member", "observer"]


class BodyIn(SourcedIn):
    """A body. A task force and a secretariat need sunset_on, the last day of their mandate; a working group has none."""

    model_config = example(
        group="gmg", code="TF-CAP", name="Capacity Development", mandate="Centralize information on capacity development activities.",
        starts_on="2013-07-03", sunset_on="2015-07-02", decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", certainty="stated", sources=["unitar_cd"],
    )  # fmt: skip

    group: Slug
    code: Code
    name: Line
    also_known_as: Lines = []
    mandate: Text | None = None
    starts_on: Day | None = None
    sunset_on: Day | None = None
    review_on: Day | None = None
    parent: Reference | None = None
    predecessor: Reference | None = None
    host: Line | None = None
    decision: Reference | None = None


class BodyPatch(SourcedPatch):
    model_config = example(also_known_as=["Mainstreaming Migration into National Development Strategies"])

    code: Code = absent()
    name: Line = absent()
    also_known_as: Lines = absent()
    mandate: Text | None = absent()
    review_on: Day | None = absent()
    parent: Reference | None = absent()
    host: Line | None = absent()


class BodyRef(Out):
    """A body, as it is named inside other things."""

    id: str
    kind: Kind
    code: str
    name: str


class BodyOut(SourcedOut):
    group: Named
    kind: Kind
    code: str
    name: str
    also_known_as: list[str]
    mandate: str | None
    state: State
    starts_on: date
    sunset_on: date | None
    days_left: int | None
    expiring: bool
    sunset_passed: bool
    extensions: int
    ended_on: date | None
    review_on: date | None
    outcome: str | None
    parent: BodyRef | None
    predecessor: BodyRef | None
    successor: BodyRef | None
    host: Named | None
    chairs: list[Named]
    participants: int
    decision: AuthorityOut | None


class ActivateIn(In):
    """The decision behind the step; a task force may have named it when it was proposed."""

    model_config = example(decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11")

    decision: Reference | None = None


class RestIn(In):
    """Why the group rests."""

    model_config = example(reason="Its co-chairs wait for the results of the retreat on the priorities for 2016.")

    reason: Text


class ExtensionIn(In):
    """A later sunset, with the decision that gives it and the reason."""

    model_config = example(
        sunset_on="2016-01-01", decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", reason="The joint training is still being developed."
    )

    sunset_on: Day
    decision: Reference | None = None
    reason: Text | None = None


class ExtensionOut(RecordOut):
    body: BodyRef
    former_sunset_on: date
    sunset_on: date
    reason: str
    late: bool
    decision: AuthorityOut | None


class ParticipationIn(SourcedIn):
    """An agency in a body. Without starts_on it is from today, or from the body's first day if that is later."""

    model_config = example(agency="IOM", role="co_chair", starts_on="2011-01-01")

    agency: Line
    role: Role = "member"
    starts_on: Day | None = None
    ends_on: Day | None = None


class ParticipationPatch(SourcedPatch):
    model_config = example(ends_on="2015-12-31")

    role: Role = absent()
    starts_on: Day = absent()
    ends_on: Day | None = absent()


class ParticipationOut(SourcedOut):
    group: Named
    body: BodyRef
    agency: Named
    role: Role
    starts_on: date
    ends_on: date | None
    current: bool


class SecondmentIn(In):
    """A person whom an agency seconds to a secretariat."""

    model_config = example(person="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", agency="UNDP", starts_on="2014-01-01", ends_on="2014-12-31")

    person: Reference
    agency: Line
    starts_on: Day | None = None
    ends_on: Day | None = None


class SecondmentPatch(In):
    model_config = example(ends_on="2015-06-30")

    starts_on: Day = absent()
    ends_on: Day | None = absent()


class SecondmentOut(RecordOut):
    body: BodyRef
    person: PersonRef
    agency: Named
    starts_on: date
    ends_on: date | None
    current: bool
