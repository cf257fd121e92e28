"""Checks and comparisons of plans on the wire."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.core.wire import In, Out, Reference, Text, absent, example
from app.workplans.schemas import BaselineItem, WorkplanRef


class EndorseIn(In):
    """The decision that endorses the plan or its revision, and the reason where its checks find something to warn of."""

    model_config = example(decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", reason="The lead of the survey is to be found by March.")

    decision: Reference | None = None
    reason: Text | None = None


class CheckedOut(Out):
    """A deliverable, as a check names it."""

    id: str
    code: str
    title: str


class FindingOut(Out):
    """What a check found: an error blocks the endorsement, a warning takes a reason."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    deliverable: CheckedOut | None
    """Null where it is about the plan as a whole."""


class ChecksOut(Out):
    workplan: WorkplanRef
    ready: bool
    """Whether it can be endorsed, perhaps with a reason."""
    errors: int
    warnings: int
    items: list[FindingOut]


class StateOut(Out):
    """One side of a comparison: a baseline by its revision, or the plan at an instant."""

    kind: Literal["baseline", "moment", "now"]
    revision: int | None
    digest: str | None
    on: date
    """The day of the endorsement, or the day in the group's time zone."""
    at: datetime | None


class ChangedField(Out):
    """A field that differs. Of a due date also by how many days its last day moved."""

    field_: Literal[
        "code", "title", "stream", "due", "lead", "milestone_added", "milestone_withdrawn", "milestone_title", "milestone_due"
    ] = Field(alias="field")
    old: str | None
    new: str | None
    days: int | None
    milestone: str = absent()
    """The title of the milestone, where it is one that differs."""


class ChangedItem(BaselineItem):
    changes: list[ChangedField]


class SumOut(Out):
    """How many items of a stream or a lead agency differ, and by how many days they moved in all. The code is null where nobody leads."""

    code: str | None
    added: int
    removed: int
    changed: int
    days: int


class ComparisonOut(Out):
    workplan: WorkplanRef
    from_: StateOut = Field(alias="from")
    to: StateOut
    added: list[BaselineItem]
    removed: list[BaselineItem]
    changed: list[ChangedItem]
    streams: list[SumOut]
    leads: list[SumOut]
