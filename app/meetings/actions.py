"""Calling and holding meetings, and what comes of them."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.bodies.actions import body_in, chairs_on
from app.bodies.models import Body
from app.core.cards import run
from app.core.errors import Forbidden, UnknownReference
from app.core.work import Work
from app.decisions.actions import record_decision, state_of
from app.decisions.models import ActionPoint, Decision
from app.decisions.rules import DecisionCodeTaken, check_circulation, check_decided_on, check_unchanged, check_under_silence
from app.groups.actions import group_of
from app.groups.models import Group
from app.groups.rules import check_period
from app.meetings.agenda import ITEMS, days_of, sections_of, told
from app.meetings.models import AgendaItem, Attendance, Meeting, Outcome
from app.meetings.rules import (
    AskedElsewhere,
    AttendanceTaken,
    DecidedElsewhere,
    NotYetHeld,
    OneOutcome,
    check_body,
    check_held,
    check_meeting,
    check_within,
    day_of,
)
from app.membership.action_point_actions import record_action_point
from app.membership.actions import require_in_group
from app.policy import Permission, allows


def meeting_subject(work: Work, meeting: Meeting) -> Subject:
    """A meeting as permissions see it: its group, and the agencies that chair its body today."""
    return _place(work, group_of(work, meeting), work.get(Body, meeting.body_id) if meeting.body_id else None)


def _place(work: Work, group: Group, body: Body | None) -> Subject:
    return Subject(group.id, body_chairs=lambda: chairs_on(work, body, work.today(group)) if body else frozenset())


def call_meeting(
    work: Work, group: Group, *, level: str, starts_on: date, ends_on: date | None, body: str | None, chair: str | None, **values: Any
) -> Meeting:
    """Call a meeting. Without a chair it is chaired by who chairs the group, or the body, on its first day."""
    found = body_in(work, group.id, body) if body else None
    work.require(Permission.CALL_MEETING, _place(work, group, found))
    check_body(level, body)
    last = ends_on or starts_on
    check_period(starts_on, last)
    chair_id = _in_group(work, group.id, chair, starts_on, "/chair")
    return work.add(
        Meeting(
            group_id=group.id, level=level, starts_on=starts_on, ends_on=last, body_id=found.id if found else None, chair_id=chair_id, **values
        )
    )  # fmt: skip


def _in_group(work: Work, group_id: str, name: str | None, day: date, pointer: str) -> str | None:
    if name is None:
        return None
    agency = find_agency(work, name, pointer)
    require_in_group(work, group_id, agency, day)
    return agency.id


def amend_meeting(work: Work, meeting: Meeting, **changes: Any) -> Meeting:
    """Move a meeting, correct it, or write its minutes. What came of it stays within its days."""
    work.require(Permission.AMEND_MEETING, meeting_subject(work, meeting))
    work.check_version(meeting)
    check_meeting(meeting, "planned", "held")
    if "body" in changes:
        named = changes.pop("body")
        target = body_in(work, meeting.group_id, named) if named else None
        changes["body_id"] = target.id if target else None
        if changes["body_id"] != meeting.body_id and not allows(
            work.actor, Permission.CALL_MEETING, _place(work, group_of(work, meeting), target)
        ):  # a move needs the permission at its far end too
            raise Forbidden(permission=Permission.CALL_MEETING.value)
    check_body(changes.get("level", meeting.level), changes.get("body_id", meeting.body_id))
    first = changes.get("starts_on", meeting.starts_on)
    length = meeting.ends_on - meeting.starts_on
    last = changes.setdefault("ends_on", first + length)
    check_period(first, last)
    if "chair" in changes:
        changes["chair_id"] = _in_group(work, meeting.group_id, changes.pop("chair"), first, "/chair")
    check_held(meeting.state, first, work.today(group_of(work, meeting)))
    moved = (first, last) != (meeting.starts_on, meeting.ends_on)
    work.amend(meeting, **changes)
    for outcome in work.all(Outcome, Outcome.meeting_id == meeting.id, Outcome.decision_id.is_not(None)) if moved else ():  # type: ignore[union-attr]
        check_within(meeting, day_of(work.get(Decision, str(outcome.decision_id))))
    return meeting


def amend_decision(work: Work, decision: Decision, **changes: Any) -> Decision:
    """Correct the record of a decision; one that came of a meeting stays within its days."""
    work.require(Permission.AMEND_DECISION, Subject(decision.group_id))
    work.check_version(decision)
    today = work.today(group_of(work, decision))
    check_unchanged(decision, changes)
    if "deadline" in changes:
        check_under_silence(decision, state_of(work, decision))
        assert decision.circulated_on is not None
        changes["decided_on"] = check_circulation(decision.circulated_on, changes["deadline"], today)
    elif decision.deadline is None:
        check_decided_on(changes.get("decided_on", decision.decided_on), today)
    other = work.find(Decision, Decision.group_id == decision.group_id, Decision.code == changes.get("code", decision.code))
    if other and other.id != decision.id:
        raise DecisionCodeTaken(code=other.code)
    before = day_of(decision)
    work.amend(decision, **changes)
    if day_of(decision) != before:
        for outcome in work.all(Outcome, Outcome.decision_id == decision.id):
            check_within(work.get(Meeting, outcome.meeting_id), day_of(decision))
    return decision


def hold_meeting(work: Work, meeting: Meeting) -> Meeting:
    """Say that a meeting was held, or is being held; its agenda stays as it is in this moment."""
    work.require(Permission.HOLD_MEETING, meeting_subject(work, meeting))
    if meeting.state == "held":
        return meeting
    check_meeting(meeting, "planned")
    today = work.today(group_of(work, meeting))
    if meeting.starts_on > today:
        raise NotYetHeld(starts_on=meeting.starts_on.isoformat())
    if not work.actor.recording:  # what waited for a past meeting is not to be found in the record of today
        meeting.agenda = _agenda(work, meeting, today)
    meeting.state = "held"
    work.session.flush()
    return meeting


def _agenda(work: Work, meeting: Meeting, today: date) -> dict[str, Any]:
    work.session.flush()
    connection = work.session.connection()
    as_of, until = days_of(meeting.starts_on, meeting.ends_on, today)
    asked = {"group": meeting.group_id, "body": meeting.body_id, "as_of": as_of, "until": until}
    found = {kind: list(run(connection, query, **asked)) for kind, query in sections_of(meeting.body_id).items()}
    return told(as_of, until, found, run(connection, ITEMS, id=meeting.id))


def cancel_meeting(work: Work, meeting: Meeting, reason: str) -> Meeting:
    """Cancel a meeting that is planned, with a reason."""
    work.require(Permission.CANCEL_MEETING, meeting_subject(work, meeting))
    work.because(reason)
    if meeting.state != "cancelled":
        check_meeting(meeting, "planned")
        meeting.state, meeting.reason = "cancelled", reason
        work.session.flush()
    return meeting


def add_agenda_item(work: Work, meeting: Meeting, *, position: int | None, agency: str | None, **values: Any) -> AgendaItem:
    """Put something on the agenda of a planned meeting by hand."""
    work.require(Permission.ADD_AGENDA_ITEM, meeting_subject(work, meeting))
    check_meeting(meeting, "planned")
    agency_id = find_agency(work, agency).id if agency else None
    place = position if position is not None else len(work.all(AgendaItem, AgendaItem.meeting_id == meeting.id)) + 1
    return work.add(AgendaItem(group_id=meeting.group_id, meeting_id=meeting.id, position=place, agency_id=agency_id, **values))


def amend_agenda_item(work: Work, meeting: Meeting, item: AgendaItem, **changes: Any) -> AgendaItem:
    """Change what was put on the agenda of a planned meeting, or its place."""
    work.require(Permission.AMEND_AGENDA_ITEM, meeting_subject(work, meeting))
    work.check_version(item)
    check_meeting(meeting, "planned")
    if "agency" in changes:
        name = changes.pop("agency")
        changes["agency_id"] = find_agency(work, name).id if name else None
    work.amend(item, **changes)
    return item


def withdraw_agenda_item(work: Work, meeting: Meeting, item: AgendaItem, reason: str | None = None) -> AgendaItem:
    """Take what was put on the agenda of a planned meeting off it again."""
    work.require(Permission.WITHDRAW_AGENDA_ITEM, meeting_subject(work, meeting))
    work.because(reason)
    if not item.withdrawn:
        check_meeting(meeting, "planned")
        item.withdrawn = True
        work.session.flush()
    return item


def record_attendance(work: Work, meeting: Meeting, *, agency: str, **values: Any) -> Attendance:
    """Record whether an agency of the group came, and who for it."""
    work.require(Permission.RECORD_ATTENDANCE, meeting_subject(work, meeting))
    check_meeting(meeting, "planned", "held")
    came = find_agency(work, agency)
    require_in_group(work, meeting.group_id, came, meeting.starts_on)
    if work.find(Attendance, Attendance.meeting_id == meeting.id, Attendance.agency_id == came.id):
        raise AttendanceTaken(agency=came.code)
    return work.add(Attendance(group_id=meeting.group_id, meeting_id=meeting.id, agency_id=came.id, **values))


def amend_attendance(work: Work, meeting: Meeting, attendance: Attendance, **changes: Any) -> Attendance:
    """Correct an attendance."""
    work.require(Permission.AMEND_ATTENDANCE, meeting_subject(work, meeting))
    work.check_version(attendance)
    check_meeting(meeting, "planned", "held")
    work.amend(attendance, **changes)
    return attendance


def decide_at_meeting(work: Work, meeting: Meeting, *, decided_on: date | None, place: str | None, **values: Any) -> Decision:
    """Record a decision that a meeting took, at its level and on its last day unless told otherwise."""
    work.require(Permission.DECIDE_AT_MEETING, Subject(meeting.group_id))
    check_meeting(meeting, "planned", "held")
    day = decided_on or meeting.ends_on
    check_within(meeting, day)
    decision = record_decision(
        work, group_of(work, meeting), decided_on=day, level=meeting.level, place=place or meeting.place, **values
    )  # fmt: skip
    work.add(Outcome(group_id=meeting.group_id, meeting_id=meeting.id, decision_id=decision.id))
    return decision


def ask_at_meeting(work: Work, meeting: Meeting, *, asked_on: date | None, **values: Any) -> ActionPoint:
    """Record what a meeting asked an agency to do, on its last day unless told otherwise."""
    work.require(Permission.ASK_AT_MEETING, Subject(meeting.group_id))
    check_meeting(meeting, "planned", "held")
    point = record_action_point(work, group_of(work, meeting), asked_on=asked_on or meeting.ends_on, **values)
    work.add(Outcome(group_id=meeting.group_id, meeting_id=meeting.id, action_point_id=point.id))
    return point


def attach_outcome(work: Work, meeting: Meeting, *, decision: str | None = None, action_point: str | None = None) -> Meeting:
    """Say that a decision or an action point that is recorded already came of this meeting. Saying it again changes nothing."""
    work.require(Permission.ATTACH_OUTCOME, Subject(meeting.group_id))
    if (decision is None) == (action_point is None):
        raise OneOutcome()
    check_meeting(meeting, "planned", "held")
    if decision:
        taken = _of_group(work, Decision, decision, meeting, "decision")
        check_within(meeting, day_of(taken))
        known = work.find(Outcome, Outcome.decision_id == taken.id)
        given = {"decision_id": taken.id}
    else:
        given = {"action_point_id": _of_group(work, ActionPoint, str(action_point), meeting, "action_point").id}
        known = work.find(Outcome, Outcome.action_point_id == given["action_point_id"])
    if known and known.meeting_id != meeting.id:
        raise DecidedElsewhere() if decision else AskedElsewhere()
    if not known:
        work.add(Outcome(group_id=meeting.group_id, meeting_id=meeting.id, **given))
    return meeting


def _of_group(work: Work, model: Any, id: str, meeting: Meeting, name: str) -> Any:
    found = work.session.get(model, id)
    if found is None or found.group_id != meeting.group_id:
        raise UnknownReference(what=f"{name.replace('_', ' ')} of this group", pointer=f"/{name}")
    return found
