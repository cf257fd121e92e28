"""Progress updates, milestones and dependencies on the wire, and what an agency that leaves would leave behind."""

from datetime import date
from typing import Literal

from app.core.wire import (
    Addresses,
    Day,
    In,
    Line,
    Named,
    Out,
    RecordOut,
    Reference,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    VagueDay,
    VagueOut,
    absent,
    example,
)
from app.deliverables.schemas import Confidence, DeliverableRef, Percent, Role, Status
from app.membership.schemas import AppointmentOut, MemberOut
from app.workplans.schemas import WorkplanRef

ClaimedStatus = Literal["not_started", "in_progress", "on_hold"]


class UpdateIn(In):
    """What is reported. What it claims counts at once, or when it is accepted. Delivering, holding and cancelling are steps of their own."""

    model_config = example(
        status="in_progress", percent=60, confidence="at_risk", narrative="All chapters but two have been reviewed.",
        next_step="Layout and translation into French.",
    )  # fmt: skip

    status: ClaimedStatus | None = None
    percent: Percent | None = None
    confidence: Confidence | None = None
    narrative: Text | None = None
    blockers: Text | None = None
    next_step: Text | None = None
    period: VagueDay | None = None
    links: Addresses = []


class UpdatePatch(In):
    model_config = example(percent=70, narrative="All chapters but one have been reviewed.")

    status: ClaimedStatus | None = absent()
    percent: Percent | None = absent()
    confidence: Confidence | None = absent()
    narrative: Text | None = absent()
    blockers: Text | None = absent()
    next_step: Text | None = absent()
    period: VagueDay | None = absent()
    links: Addresses = absent()


class ReturnIn(In):
    """What is missing in an update that is returned."""

    model_config = example(note="Say which two chapters, and until when.")

    note: Text


class UpdateOut(RecordOut):
    deliverable: DeliverableRef
    kind: Literal["update", "nothing_new"]
    state: Literal["draft", "submitted", "accepted", "returned"]
    reported_on: date
    actor: str
    agency: Named | None
    period: str | None
    status: Status | None
    percent: int | None
    confidence: Confidence | None
    narrative: str | None
    blockers: str | None
    next_step: str | None
    links: list[str]
    submitted_on: date | None
    reviewed_on: date | None
    reviewed_by: str | None
    review_note: str | None


class MilestoneIn(SourcedIn):
    """A step on the way. `due` may be vague (2014-Q2)."""

    model_config = example(title="All chapters are with the reviewers", due="2013-Q3")

    title: Line
    due: VagueDay | None = None


class MilestonePatch(SourcedPatch):
    model_config = example(title="All chapters but one are with the reviewers")

    title: Line = absent()
    due: VagueDay | None = absent()


class ReachIn(In):
    """The day on which it was reached (default today)."""

    model_config = example(done_on="2013-10-04")

    done_on: Day | None = None


class MilestoneOut(SourcedOut):
    group: Named
    deliverable: DeliverableRef
    title: str
    due: VagueOut | None
    baseline_due: VagueOut | None
    state: Literal["open", "reached", "withdrawn"]
    done_on: date | None
    overdue: bool
    slip_days: int | None
    withdrawn_on: date | None
    withdrawn_reason: str | None


class DependencyIn(In):
    """The deliverable of the group that this one waits for, in whichever plan, and perhaps why."""

    model_config = example(waits_for="7d9a2f64-3b1c-4a55-9f0e-2c6d8e1b7a90", reason="Its figures are the second chapter.")

    waits_for: Reference
    reason: Text | None = None


class LinkedDeliverable(DeliverableRef):
    """A deliverable, as a dependency names it."""

    workplan: WorkplanRef
    status: Status
    due: VagueOut | None


class DependencyOut(RecordOut):
    group: Named
    deliverable: LinkedDeliverable
    waits_for: LinkedDeliverable
    waiting: bool
    flags: list[Literal["overdue", "due_after", "in_vain"]]
    """What it waits for is overdue; is due after it; was cancelled or superseded."""
    reason: str | None
    ended_on: date | None
    ended_reason: str | None


class Orphan(Out):
    """An open part for which nobody cares once a membership or an appointment has ended."""

    id: str
    deliverable: DeliverableRef
    role: Role
    state: Literal["proposed", "accepted"]


class ChangedMemberOut(MemberOut):
    orphans: list[Orphan]
    """What its end leaves behind; empty while no last day is set."""


class ChangedAppointmentOut(AppointmentOut):
    orphans: list[Orphan]
    """The parts of the agency for which nobody speaks after its end; empty while no last day is set."""
