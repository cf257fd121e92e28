"""What agencies are asked to do. It stands on this rung because the agency asked is in the group."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.core.dates import VagueDate
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.decisions.models import ActionPoint, Decision
from app.decisions.rules import check_asked_on, check_done_on, check_point
from app.groups.actions import group_of
from app.groups.models import Group
from app.membership.actions import require_in_group
from app.policy import Permission


def record_action_point(
    work: Work, group: Group, *, agency: str, due: str | None, asked_on: date | None, decision: str | None, **values: Any
) -> ActionPoint:
    """Record what an agency of the group is asked to do, by a decision or without one."""
    work.require(Permission.RECORD_ACTION_POINT, Subject(group.id))
    owner = find_agency(work, agency)
    behind = decision_behind(work, group.id, decision)
    first = asked_on or (work.get(Decision, behind).decided_on if behind else work.today(group))
    require_in_group(work, group.id, owner, first)
    check_asked_on(first, None, work.today(group))
    return work.add(ActionPoint(group_id=group.id, agency_id=owner.id, decision_id=behind, asked_on=first, **_due(due), **values))


def _due(text: str | None) -> dict[str, Any]:
    vague = VagueDate.parse(text) if text else None
    return {"due": text, "due_from": vague and vague.earliest, "due_on": vague and vague.latest}


def amend_action_point(work: Work, point: ActionPoint, **changes: Any) -> ActionPoint:
    """Correct an action point: its text, due date, owner, or the decision behind it."""
    work.require(Permission.AMEND_ACTION_POINT, Subject(point.group_id))
    work.check_version(point)
    first = changes.get("asked_on", point.asked_on)
    if "due" in changes:
        changes |= _due(changes["due"])
    if "decision" in changes:
        changes["decision_id"] = decision_behind(work, point.group_id, changes.pop("decision"))
    if "agency" in changes or first != point.asked_on:
        name = changes.pop("agency", None)
        owner = find_agency(work, name) if name else work.get(Agency, point.agency_id)
        require_in_group(work, point.group_id, owner, first)
        changes["agency_id"] = owner.id
    check_asked_on(first, point.done_on, work.today(group_of(work, point)))
    work.amend(point, **changes)
    return point


def complete_action_point(work: Work, point: ActionPoint, *, done_on: date | None = None, outcome: str | None = None) -> ActionPoint:
    """Say that what was asked for is done, on a day (default today). Saying it again changes nothing."""
    work.require(Permission.COMPLETE_ACTION_POINT, Subject(point.group_id, frozenset({point.agency_id})))
    if point.state == "done":
        return point
    today = work.today(group_of(work, point))
    check_done_on(point, done_on or today, today)
    check_point(point, "open")
    return _set(work, point, state="done", done_on=done_on or today, outcome=outcome, reason=None)


def cancel_action_point(work: Work, point: ActionPoint, reason: str) -> ActionPoint:
    """Say why what was asked for is no longer to be done."""
    work.require(Permission.CANCEL_ACTION_POINT, Subject(point.group_id))
    work.because(reason)
    if point.state == "cancelled":
        return point
    check_point(point, "open")
    return _set(work, point, state="cancelled", reason=reason)


def reopen_action_point(work: Work, point: ActionPoint, reason: str) -> ActionPoint:
    """Open again what was said to be done or was cancelled."""
    work.require(Permission.REOPEN_ACTION_POINT, Subject(point.group_id))
    work.because(reason)
    if point.state == "open":
        return point
    return _set(work, point, state="open", done_on=None, outcome=None, reason=reason)


def _set(work: Work, point: ActionPoint, **values: Any) -> ActionPoint:
    for name, value in values.items():
        setattr(point, name, value)
    work.session.flush()
    return point
