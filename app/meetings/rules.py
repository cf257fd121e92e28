"""When a meeting can be held, and what belongs to it."""

from datetime import date

from app.core.codes import closed
from app.core.errors import Conflict, Invalid, WrongState
from app.decisions.models import Decision
from app.meetings.models import Meeting

STATES = closed("meeting.state", "planned", "held", "cancelled")
VISIBILITIES = closed("meeting.visibility", "internal", "public")
PRESENCES = closed("attendance.presence", "present", "absent", "excused")
AGENDA = closed(
    "agenda.kind", "plan_to_endorse", "revision_to_endorse", "body_to_activate", "sunset", "chair_to_confirm", "chair_to_find", "hand_over_due",
    "silence_objected", "ask_unanswered", "lead_declined", "deliverable_overdue", "action_point_late",
)  # fmt: skip
"""What waits for a decision, in the order of an agenda."""
THINGS = closed("agenda.entity", "workplan", "body", "chairmanship", "decision", "deliverable", "assignment", "action_point")


class BodyRequired(Invalid):
    message = "A meeting at the level 'body' is that of a body: name it in 'body'."
    pointer = "/body"


class BodyNotApplicable(Invalid):
    message = "A meeting of a body has the level 'body'. Choose that level, or leave 'body' out."
    pointer = "/body"


class NotYetHeld(Conflict):
    message = "This meeting begins on {starts_on}: it is held from that day on. Correct its days, if it took place already."


class HeldInTheFuture(Invalid):
    message = "This meeting was held: its first day is today, {today}, or before."
    pointer = "/starts_on"


class AttendanceTaken(Conflict):
    message = "The attendance of {agency} is recorded already. Amend that entry."


class OutsideTheMeeting(Invalid):
    message = (
        "{day} is not among the days of this meeting, {starts_on} to {ends_on}. Name the meeting in which it was, or correct its days."
    )
    pointer = "/decided_on"


class DecidedElsewhere(Conflict):
    message = "This decision came of another meeting already."


class AskedElsewhere(Conflict):
    message = "This action point came of another meeting already."


class OneOutcome(Invalid):
    message = "Name one decision or one action point."


def check_body(level: str, body_id: str | None) -> None:
    """A meeting at the level of bodies is that of one, and no other is."""
    if level == "body" and body_id is None:
        raise BodyRequired()
    if level != "body" and body_id is not None:
        raise BodyNotApplicable()


def check_meeting(meeting: Meeting, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the meeting's state."""
    if meeting.state not in allowed:
        raise WrongState(what="meeting", state=meeting.state, allowed=", ".join(allowed))


def check_held(state: str, starts_on: date, today: date) -> None:
    """What was held has begun."""
    if state == "held" and starts_on > today:
        raise HeldInTheFuture(today=today.isoformat())


def check_within(meeting: Meeting, day: date) -> None:
    """What a meeting decided, it decided on one of its days."""
    if not meeting.starts_on <= day <= meeting.ends_on:
        raise OutsideTheMeeting(day=day.isoformat(), starts_on=meeting.starts_on.isoformat(), ends_on=meeting.ends_on.isoformat())


def day_of(decision: Decision) -> date:
    """The day on which a decision was before a meeting: a silence procedure begins with its circulation."""
    return decision.circulated_on or decision.decided_on
