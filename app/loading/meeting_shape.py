"""The shape of silence procedures, meetings and action points in a file."""

from typing import ClassVar

from app.core.wire import Code, Day
from app.decisions.schemas import ActionPointIn, CompleteIn, ObjectionIn, SilenceIn
from app.loading.entry import Authorised, Behind, Entry, Step, Why
from app.meetings.schemas import AttendanceIn, ItemIn, MeetingIn


class ObjectionEntry(ObjectionIn, Step):
    withdrawn: Why | None = None


class SilenceEntry(SilenceIn, Entry):
    """A silence procedure, as a decision that other entries name by its code from the day on which silence has adopted it."""

    group: ClassVar[str] = ""  # type: ignore[misc]
    circulated_on: Day
    objections: list[ObjectionEntry] = []
    withdrawn: Why | None = None


class Done(CompleteIn, Entry):
    done_on: Day


class ActionPointEntry(ActionPointIn, Authorised):
    group: ClassVar[str] = ""  # type: ignore[misc]
    asked_on: Day
    decision: Behind = None
    completed: Done | None = None
    cancelled: Why | None = None


class AttendanceEntry(AttendanceIn, Entry):
    pass


class ItemEntry(ItemIn, Entry):
    pass


class MeetingEntry(MeetingIn, Entry):
    """A meeting, the codes of the decisions that it took, and what it asked for. The agenda of a past one is not worked out."""

    group: ClassVar[str] = ""  # type: ignore[misc]
    body: Code | None = None
    items: list[ItemEntry] = []
    attendance: list[AttendanceEntry] = []
    held: bool = False
    cancelled: Why | None = None
    decisions: list[Code] = []
    action_points: list[ActionPointEntry] = []
