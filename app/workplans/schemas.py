"""Workplans, streams and baselines on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.bodies.schemas import BodyRef
from app.core.wire import (
    Code,
    Day,
    In,
    Line,
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

State = Literal["draft", "circulated", "endorsed", "closed", "superseded"]
Position = Annotated[int, Field(ge=0, le=10_000)]


class WorkplanIn(SourcedIn):
    """A plan for a period of years. A transitional one may share days with another endorsed plan."""

    model_config = example(
        group="gmg", code="WP2013", title="Multi-annual work plan", starts_on="2013-01-01", ends_on="2015-12-31", certainty="stated",
        sources=["ilo_2014"],
    )  # fmt: skip

    group: Slug
    code: Code
    title: Line
    starts_on: Day
    ends_on: Day
    transitional: bool = False


class WorkplanPatch(SourcedPatch):
    model_config = example(title="Multi-annual work plan 2013-2015")

    code: Code = absent()
    title: Line = absent()
    starts_on: Day = absent()
    ends_on: Day = absent()
    transitional: bool = absent()


class ReviseIn(In):
    """The decision to revise an endorsed plan, and why."""

    model_config = example(
        decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", reason="The principals confirmed the co-convenors of a new task force."
    )

    decision: Reference | None = None
    reason: Text | None = None


class CloseIn(In):
    """Why the plan ends, and the plan that takes its place if one does."""

    model_config = example(reason="The plan for 2016-2018 takes its place.", superseded_by="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42")

    reason: Text
    superseded_by: Reference | None = None


class WorkplanRef(Out):
    """A plan, as it is named inside other things."""

    id: str
    code: str
    title: str


class WorkplanOut(SourcedOut):
    group: Named
    code: str
    title: str
    starts_on: date
    ends_on: date
    state: State
    phase: Literal["past", "current", "upcoming"]
    revision: int
    revising: bool
    transitional: bool
    circulated_on: date | None
    endorsed_on: date | None
    endorsed_late: bool
    closed_on: date | None
    superseded_by: WorkplanRef | None
    decision: AuthorityOut | None


class StreamIn(SourcedIn):
    """A work stream, or with a parent an output of one."""

    model_config = example(
        code="2",
        title="Data and research",
        goal="Strengthen the evidence base.",
        body="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42",
        lead="UN DESA",
    )

    code: Code
    title: Line
    goal: Text | None = None
    position: Position | None = None
    parent: Reference | None = None
    body: Reference | None = None
    lead: Line | None = None


class StreamPatch(SourcedPatch):
    model_config = example(lead="IOM")

    code: Code = absent()
    title: Line = absent()
    goal: Text | None = absent()
    position: Position = absent()
    parent: Reference | None = absent()
    body: Reference | None = absent()
    lead: Line | None = absent()


class StreamRef(Out):
    """A stream, as it is named inside other things."""

    id: str
    code: str
    title: str


class StreamOut(SourcedOut):
    group: Named
    workplan: WorkplanRef
    parent: StreamRef | None
    code: str
    title: str
    goal: str | None
    position: int
    body: BodyRef | None
    lead: Named | None


class PromisedMilestone(Out):
    """A milestone, as it was promised."""

    id: str
    title: str
    due: str | None


class BaselineItem(Out):
    """What was promised of one deliverable."""

    id: str
    code: str
    title: str
    stream: str
    due: str | None
    lead: str | None
    milestones: list[PromisedMilestone] = absent()
    """Left out of a baseline where there were none."""


class BaselineFinding(Out):
    """What the checks found when it was endorsed."""

    code: str
    deliverable: str | None
    """The deliverable's code; null where it was about the plan as a whole."""


class BaselineOut(RecordOut):
    workplan: WorkplanRef
    revision: int
    endorsed_on: date
    decision: AuthorityOut | None
    reason: str | None
    """Why it was endorsed in spite of what the checks found."""
    findings: list[BaselineFinding]
    digest: str
    items: list[BaselineItem]
