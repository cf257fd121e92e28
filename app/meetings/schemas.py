"""Meetings on the wire."""

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
    VagueDay,
    absent,
    example,
)
from app.decisions.schemas import Kind, Level

State = Literal["planned", "held", "cancelled"]
Visibility = Literal["internal", "public"]
Presence = Literal["present", "absent", "excused"]
Position = Annotated[int, Field(ge=0, le=10_000)]
Minutes = Annotated[Text, Field(description="Markdown.")]


class MeetingIn(SourcedIn):
    """A meeting. Without ends_on it lasts a day; without a chair it is chaired by who chairs the group, or its body, on its first day."""

    model_config = example(
        group="gmg", level="principals", title="Meeting of principals", starts_on="2014-07-08", place="New York", certainty="stated", sources=["unu_join"]
    )  # fmt: skip

    group: Slug
    level: Level
    title: Line
    starts_on: Day
    ends_on: Day | None = None
    place: Line | None = None
    body: Reference | None = None
    """The body that meets, at the level 'body'."""
    chair: Line | None = None
    minutes: Minutes | None = None
    visibility: Visibility = "internal"


class MeetingPatch(SourcedPatch):
    """Moved by starts_on alone, it lasts as long as before."""

    model_config = example(starts_on="2014-07-09", minutes="# Welcome\n\nThe chair opened the meeting.")

    level: Level = absent()
    title: Line = absent()
    starts_on: Day = absent()
    ends_on: Day = absent()
    place: Line | None = absent()
    body: Reference | None = absent()
    chair: Line | None = absent()
    minutes: Minutes | None = absent()
    visibility: Visibility = absent()


class AttendanceCount(Out):
    """How many agencies were there, were not, and had said so."""

    present: int
    absent: int
    excused: int


class DecisionTaken(Out):
    id: str
    code: str
    kind: Kind
    text: str


class PointGiven(Out):
    id: str
    agency: Named
    text: str
    state: Literal["open", "done", "cancelled"]


class MeetingOut(SourcedOut):
    group: Named
    level: Level
    title: str
    starts_on: date
    ends_on: date
    place: str | None
    body: BodyRef | None
    chairs: list[Named]
    state: State
    visibility: Visibility
    """With `public`, anybody may read this record in a public group; who came by name, and the agenda, stay inside."""
    reason: str | None
    """Why it was cancelled."""
    minutes: str | None
    attendance: AttendanceCount
    decisions: list[DecisionTaken]
    action_points: list[PointGiven]


class CancelMeetingIn(In):
    """Why it does not take place."""

    model_config = example(reason="The principals meet in the margins of the General Assembly instead.")

    reason: Text


class AttendanceIn(In):
    """Whether an agency came, and who for it."""

    model_config = example(agency="UNU", presence="present", who="Its Rector, as an observer")

    agency: Line
    presence: Presence
    who: Text | None = None


class AttendancePatch(In):
    model_config = example(presence="excused")

    presence: Presence = absent()
    who: Text | None = absent()


class AttendanceOut(RecordOut):
    meeting: str
    agency: Named
    presence: Presence
    who: str | None


class ItemIn(In):
    """Something for the agenda, with its place among what is put there by hand (default last) and the agency that brings it."""

    model_config = example(title="Calendar of the next half-year", agency="ILO", position=1)

    title: Line
    text: Text | None = None
    agency: Line | None = None
    position: Position | None = None


class ItemPatch(In):
    model_config = example(position=2)

    title: Line = absent()
    text: Text | None = absent()
    agency: Line | None = absent()
    position: Position = absent()


class WithdrawItemIn(In):
    """Why it is taken off."""

    model_config = example(reason="Settled by e-mail.")

    reason: Text | None = None


class ItemOut(RecordOut):
    meeting: str
    position: int
    title: str
    text: str | None
    agency: Named | None
    withdrawn: bool


class AgendaThing(Out):
    """What an agenda's line is about: the kind of thing, its id, and how people call it."""

    entity: Literal["workplan", "body", "chairmanship", "decision", "deliverable", "assignment", "action_point"]
    id: str
    code: str | None
    title: str


class AgendaLine(Out):
    on: date | None
    """The day that makes it wait: a sunset, a due date, a deadline, a last day."""
    thing: AgendaThing
    agency: Named | None
    """Who leads it, was asked, or owes it."""


class AgendaSection(Out):
    kind: Literal[
        "plan_to_endorse", "revision_to_endorse", "body_to_activate", "sunset", "chair_to_confirm", "chair_to_find", "hand_over_due",
        "silence_objected", "ask_unanswered", "lead_declined", "deliverable_overdue", "action_point_late",
    ]  # fmt: skip
    total: int
    """How many there are; at most 100 of them are shown."""
    items: list[AgendaLine]


class AgendaByHand(Out):
    id: str
    version: int
    position: int
    title: str
    text: str | None
    agency: Named | None


class AgendaOut(Out):
    """What waits for a decision, by kind, and what was put on the agenda by hand."""

    meeting: str
    state: State
    as_of: date | None
    """The day for which it was worked out; null for a past meeting whose agenda is not documented."""
    until: date | None
    """How far it looks ahead for sunsets and ends of terms."""
    sections: list[AgendaSection]
    items: list[AgendaByHand]


class DecideIn(SourcedIn):
    """What the meeting decided: at its level, and on its last day at its place unless told otherwise."""

    model_config = example(
        code="2014-07-08/1", kind="other", text="The Chair is mandated to work with UNDG and DOCO on guidance for migration in UNDAFs.", sources=["unu_join"]
    )  # fmt: skip

    code: Code
    decided_on: Day | None = None
    method: Literal["consensus", "vote"] = "consensus"
    kind: Kind = "other"
    subject: Line | None = None
    text: Text
    place: Line | None = None


class AskIn(SourcedIn):
    """What the meeting asked an agency to do."""

    model_config = example(agency="ILO", text="Draft the guidance note with UNDG and DOCO.", due="2014-12", decision=None)

    agency: Line
    text: Text
    due: VagueDay | None = None
    asked_on: Day | None = None
    decision: Reference | None = None


class OutcomeIn(In):
    """A decision or an action point that is recorded already and came of this meeting: one of them."""

    model_config = example(decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11")

    decision: Reference | None = None
    action_point: Reference | None = None
