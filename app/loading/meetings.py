"""Recording silence procedures, meetings, and what agencies were asked to do."""

from datetime import date
from typing import Any, TypeVar

from app.core.db import Record, id_of
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.models import ActionPoint, Decision, Objection
from app.loading.bodies import body_meant, body_named
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.meeting_shape import ActionPointEntry, MeetingEntry, ObjectionEntry, SilenceEntry
from app.loading.recorder import Recorder
from app.loading.shape import GroupEntry
from app.loading.timeline import Rank, Timeline
from app.meetings.actions import add_agenda_item, attach_outcome, call_meeting, cancel_meeting, hold_meeting, record_attendance
from app.meetings.models import AgendaItem, Attendance, Meeting, Outcome
from app.meetings.silence_actions import circulate_decision, raise_objection, withdraw_decision, withdraw_objection
from app.membership.action_point_actions import cancel_action_point, complete_action_point, record_action_point
from app.policy import Permission

R = TypeVar("R", bound=Record)


def plan_meetings(desk: Recorder, timeline: Timeline, entry: GroupEntry, path: Path_) -> None:
    """Put silence procedures, meetings and action points on the timeline."""
    for i, silence in enumerate(entry.silence_procedures):
        _plan_silence(desk, timeline, silence, (*path, "silence_procedures", i))
    for i, meeting in enumerate(entry.meetings):
        _plan_meeting(desk, timeline, meeting, (*path, "meetings", i))
    for i, point in enumerate(entry.action_points):
        _plan_point(desk, timeline, point, (*path, "action_points", i), None)


def _plan_silence(desk: Recorder, timeline: Timeline, entry: SilenceEntry, path: Path_) -> None:
    group = desk.group
    assert group is not None

    def circulate() -> None:
        found = desk.work.find(Decision, Decision.group_id == group.id, Decision.code == entry.code)
        label = f"{entry.circulated_on} {entry.code}"
        desk.put(path, entry, "silence", label, found, lambda work: circulate_decision(work, group, **entry.values()), entry.circulated_on)

    def decision() -> Decision:
        return _decision(desk, entry.code, path)

    timeline.at(entry.circulated_on, Rank.SILENCE, circulate)
    for i, objection in enumerate(entry.objections):
        _plan_objection(desk, timeline, objection, (*path, "objections", i), decision)
    if step := entry.withdrawn:

        def withdraw() -> None:
            one = decision()
            desk.step(
                (*path, "withdrawn"), "withdrawn", f"{step.on} {one.code}", one, Permission.WITHDRAW_DECISION, step.on,
                lambda work: withdraw_decision(work, one, step.reason), settled=one.withdrawn_on is not None,
            )  # fmt: skip

        timeline.at(step.on, Rank.SILENCE, withdraw)


def _plan_objection(desk: Recorder, timeline: Timeline, entry: ObjectionEntry, path: Path_, decision: Any) -> None:
    agency = desk.agency(entry.agency, (*path, "agency"))

    def known() -> Objection | None:
        same = [Objection.decision_id == decision().id, Objection.agency_id == agency.id, Objection.raised_on == min(entry.on, desk.today)]
        return desk.work.find(Objection, *same)

    def raise_one() -> None:
        label = f"{entry.on} {agency.code}"
        desk.put(
            path, entry, "objection", label, known(), lambda work: raise_objection(work, decision(), **entry.values()), entry.on, agency=entry.agency
        )  # fmt: skip

    timeline.at(entry.on, Rank.SILENCE, raise_one)
    if step := entry.withdrawn:

        def withdraw() -> None:
            one = _there(known(), (*path, "withdrawn"))
            desk.step(
                (*path, "withdrawn"), "withdrawn", f"{step.on} {agency.code}", one, Permission.WITHDRAW_OBJECTION, step.on,
                lambda work: withdraw_objection(work, decision(), one, reason=step.reason), settled=one.withdrawn_on is not None,
            )  # fmt: skip

        timeline.at(step.on, Rank.SILENCE, withdraw)


def _there(found: R | None, path: Path_) -> R:
    """What an earlier step of the same entry added, if that was earlier."""
    if found is None:
        raise Mistakes([Mistake("this day is before that of the entry which it belongs to", path, UnknownReference.code())])
    return found


def _decision(desk: Recorder, code: str, path: Path_) -> Decision:
    assert desk.group is not None
    found = desk.work.find(Decision, Decision.group_id == desk.group.id, Decision.code == code)
    if found is None:
        raise Mistakes([Mistake(f"there is no decision '{code}' by then", path, UnknownReference.code())])
    return found


def _plan_meeting(desk: Recorder, timeline: Timeline, entry: MeetingEntry, path: Path_) -> None:
    day = min(entry.starts_on, desk.today)
    last = entry.ends_on or entry.starts_on
    timeline.at(day, Rank.MEETING, lambda: _meet(desk, entry, path, day))
    for i, point in enumerate(entry.action_points):
        _plan_point(desk, timeline, point, (*path, "action_points", i), lambda: _meeting(desk, entry))
    for i, code in enumerate(entry.decisions):
        timeline.at(min(last, desk.today), Rank.OUTCOME, lambda i=i, code=code: _attach(desk, entry, (*path, "decisions", i), code))  # type: ignore[misc]


def _meeting(desk: Recorder, entry: MeetingEntry) -> Meeting | None:
    assert desk.group is not None
    same = [
        Meeting.group_id == desk.group.id,
        Meeting.level == entry.level,
        Meeting.starts_on == entry.starts_on,
        Meeting.title == entry.title,
    ]
    return desk.work.find(Meeting, *same)


def _meet(desk: Recorder, entry: MeetingEntry, path: Path_, day: date) -> None:
    """The meeting with its agenda by hand, who came, and whether it was held."""
    group, work = desk.group, desk.work
    assert group is not None
    body = body_named(desk, entry.body, (*path, "body")) if entry.body else None
    found, label = _meeting(desk, entry), f"{entry.starts_on} {entry.title}"
    actual = {"body": body_meant(desk, entry.body, found.body_id), "chair": desk.same_agency(entry.chair, found.chair_id)} if found else {}
    meeting = desk.put(
        path, entry, "meeting", label, found, lambda step: call_meeting(step, group, **entry.values(body=id_of(body))), day, **actual
    )
    for i, item in enumerate(entry.items):
        known = work.find(AgendaItem, AgendaItem.meeting_id == meeting.id, AgendaItem.title == item.title)
        who = {"agency": desk.same_agency(item.agency, known.agency_id)} if known else {}
        desk.put(
            (*path, "items", i), item, "agenda item", item.title, known, lambda step, item=item: add_agenda_item(step, meeting, **item.values()), day, **who,  # type: ignore[misc]
        )  # fmt: skip
    for i, one in enumerate(entry.attendance):
        agency = desk.agency(one.agency, (*path, "attendance", i, "agency"))
        came = work.find(Attendance, Attendance.meeting_id == meeting.id, Attendance.agency_id == agency.id)
        desk.put(
            (*path, "attendance", i), one, one.presence, f"{day} {agency.code}", came,
            lambda step, one=one: record_attendance(step, meeting, **one.values()), day, agency=one.agency,  # type: ignore[misc]
        )  # fmt: skip
    if entry.held:
        desk.step(
            (*path, "held"), "held", label, meeting, Permission.HOLD_MEETING, day, lambda step: hold_meeting(step, meeting),
            settled=meeting.state == "held",
        )  # fmt: skip
    if why := entry.cancelled:
        desk.step(
            (*path, "cancelled"), "cancelled", label, meeting, Permission.CANCEL_MEETING, why.on,
            lambda step: cancel_meeting(step, meeting, why.reason), settled=meeting.state == "cancelled",
        )  # fmt: skip


def _attach(desk: Recorder, entry: MeetingEntry, path: Path_, code: str) -> None:
    meeting, decision = _there(_meeting(desk, entry), path), _decision(desk, code, path)
    known = desk.work.find(Outcome, Outcome.decision_id == decision.id, Outcome.meeting_id == meeting.id)
    desk.step(
        path, "decided", f"{entry.starts_on} {code}", decision, Permission.ATTACH_OUTCOME, entry.ends_on or entry.starts_on,
        lambda work: attach_outcome(work, meeting, decision=decision.id), settled=known is not None,
    )  # fmt: skip


def _plan_point(desk: Recorder, timeline: Timeline, entry: ActionPointEntry, path: Path_, meeting: Any) -> None:
    """An action point, of a meeting where there is one, and how it ended."""
    group = desk.group
    assert group is not None
    agency = desk.agency(entry.agency, (*path, "agency"))
    label = f"{entry.asked_on} {agency.code}"

    def known() -> ActionPoint | None:
        same = [ActionPoint.group_id == group.id, ActionPoint.agency_id == agency.id, ActionPoint.asked_on == entry.asked_on]
        return desk.work.find(ActionPoint, *same, ActionPoint.text == entry.text)

    def record() -> None:
        decision = desk.decision(entry, path)
        point = desk.put(
            path, entry, "action point", label, known(),
            lambda work: record_action_point(work, group, **entry.values(decision=decision)), entry.asked_on, agency=entry.agency,
        )  # fmt: skip
        if meeting:
            held = _there(meeting(), path)
            desk.step(
                path, "asked", label, point, Permission.ATTACH_OUTCOME, entry.asked_on,
                lambda work: attach_outcome(work, held, action_point=point.id),
                settled=desk.work.find(Outcome, Outcome.action_point_id == point.id) is not None,
            )  # fmt: skip

    timeline.at(entry.asked_on, Rank.OUTCOME, record)
    if done := entry.completed:
        timeline.at(
            done.done_on, Rank.OUTCOME, lambda: _end(desk, (*path, "completed"), known(), label, done.done_on, _completing(done.outcome))
        )
    if why := entry.cancelled:
        timeline.at(why.on, Rank.OUTCOME, lambda: _end(desk, (*path, "cancelled"), known(), label, why.on, _cancelling(why.reason)))


def _completing(outcome: str | None) -> tuple[Permission, Any]:
    return Permission.COMPLETE_ACTION_POINT, lambda work, point: complete_action_point(work, point, outcome=outcome)


def _cancelling(reason: str) -> tuple[Permission, Any]:
    return Permission.CANCEL_ACTION_POINT, lambda work, point: cancel_action_point(work, point, reason)


def _end(desk: Recorder, path: Path_, point: ActionPoint | None, label: str, day: date, how: tuple[Permission, Any]) -> None:
    one, (permission, act) = _there(point, path), how

    def end(work: Work) -> None:
        act(work, one)

    desk.step(path, str(path[-1]), label, one, permission, day, end, settled=one.state != "open")
