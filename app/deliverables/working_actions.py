"""Milestones on the way to a deliverable, and the deliverables that it waits for."""

from datetime import date
from typing import Any

from app.core.dates import VagueDate
from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables.actions import check_changeable, dates_of, deliverable_subject, today_for
from app.deliverables.models import Deliverable, Dependency, Milestone
from app.deliverables.rules import OPEN, AlreadyWaiting, DependencyCycle, check_milestone, check_reached, check_status
from app.policy import Permission
from app.workplans.models import Workplan
from app.workplans.rules import check_alive, check_structure


def deliverable_of(work: Work, record: Milestone | Dependency) -> Deliverable:
    return work.get(Deliverable, record.deliverable_id)


def add_milestone(work: Work, deliverable: Deliverable, *, title: str, due: str | None, **values: Any) -> Milestone:
    """Add a milestone to an open deliverable, also after its plan was endorsed: it is promised with the next endorsement."""
    work.require(Permission.ADD_MILESTONE, deliverable_subject(work, deliverable))
    check_status(deliverable, *OPEN)
    check_changeable(work, deliverable)
    dates = dates_of("due", VagueDate.parse(due) if due else None)
    return work.add(Milestone(group_id=deliverable.group_id, deliverable_id=deliverable.id, title=title, **dates, **values))


def amend_milestone(work: Work, milestone: Milestone, **changes: Any) -> Milestone:
    """Change a milestone. Once it was promised (it has a baseline) its due date changes only by a revision of the plan."""
    deliverable = deliverable_of(work, milestone)
    work.require(Permission.AMEND_MILESTONE, deliverable_subject(work, deliverable))
    work.check_version(milestone)
    check_milestone(milestone, "open", "reached")
    check_changeable(work, deliverable)
    if "due" in changes:
        due = changes.pop("due")
        if due != milestone.due and milestone.baseline_due:
            check_structure(work.get(Workplan, deliverable.workplan_id))
        changes |= dates_of("due", VagueDate.parse(due) if due else None)
    work.amend(milestone, **changes)
    return milestone


def reach_milestone(work: Work, milestone: Milestone, done_on: date | None = None) -> Milestone:
    """Say that a milestone was reached, on a day (default today). Saying it again changes nothing."""
    deliverable = deliverable_of(work, milestone)
    work.require(Permission.REACH_MILESTONE, deliverable_subject(work, deliverable))
    today = today_for(work, deliverable)
    if milestone.done_on and done_on in (None, milestone.done_on):
        return milestone
    check_reached(done_on or today, today)
    check_milestone(milestone, "open")
    check_changeable(work, deliverable)
    milestone.done_on = done_on or today
    return milestone


def withdraw_milestone(work: Work, milestone: Milestone, reason: str) -> Milestone:
    """Withdraw a milestone, with a reason. It stays in the record."""
    deliverable = deliverable_of(work, milestone)
    work.require(Permission.WITHDRAW_MILESTONE, deliverable_subject(work, deliverable))
    work.because(reason)
    if milestone.withdrawn_on:
        return milestone
    check_milestone(milestone, "open")
    check_alive(work.get(Workplan, deliverable.workplan_id))  # as cancelling, it does not wait for a body whose sunset has passed
    milestone.withdrawn_on, milestone.withdrawn_reason = today_for(work, deliverable), reason
    return milestone


def reopen_milestone(work: Work, milestone: Milestone, reason: str) -> Milestone:
    """Take back that a milestone was reached or withdrawn, with a reason."""
    deliverable = deliverable_of(work, milestone)
    work.require(Permission.REOPEN_MILESTONE, deliverable_subject(work, deliverable))
    work.because(reason)
    if not milestone.withdrawn_on and not milestone.done_on:
        return milestone
    check_changeable(work, deliverable)
    milestone.done_on = milestone.withdrawn_on = milestone.withdrawn_reason = None
    return milestone


def add_dependency(work: Work, deliverable: Deliverable, *, waits_for: str, reason: str | None) -> Dependency:
    """Let a deliverable wait for another of its group, in whichever plan. A circle is refused, naming the way round."""
    work.require(Permission.ADD_DEPENDENCY, deliverable_subject(work, deliverable))
    work.because(reason)
    other = work.refer(Deliverable, waits_for, "/waits_for")
    if other.group_id != deliverable.group_id:
        raise UnknownReference(what="deliverable of this group", pointer="/waits_for")
    check_status(deliverable, *OPEN)
    check_status(other, *OPEN, "delivered")
    check_changeable(work, deliverable)
    same = [Dependency.deliverable_id == deliverable.id, Dependency.waits_for_id == other.id]
    if work.all(Dependency, *same, Dependency.ended_on.is_(None)):  # type: ignore[union-attr]
        raise AlreadyWaiting(code=other.code)
    _check_no_circle(work, deliverable, other)
    return work.add(Dependency(group_id=deliverable.group_id, deliverable_id=deliverable.id, waits_for_id=other.id, reason=reason))


def end_dependency(work: Work, dependency: Dependency, reason: str) -> Dependency:
    """End a dependency, with a reason. Ending it again changes nothing."""
    deliverable = deliverable_of(work, dependency)
    work.require(Permission.END_DEPENDENCY, deliverable_subject(work, deliverable))
    work.because(reason)
    if dependency.ended_on:
        return dependency
    check_alive(work.get(Workplan, deliverable.workplan_id))
    dependency.ended_on, dependency.ended_reason = today_for(work, deliverable), reason
    return dependency


def _check_no_circle(work: Work, deliverable: Deliverable, other: Deliverable) -> None:
    """Follow from the other what it waits for, step by step, and refuse if that leads back."""
    came_from: dict[str, str] = {other.id: deliverable.id}
    level = [other.id]
    while level and deliverable.id not in level:
        steps = work.all(Dependency, Dependency.deliverable_id.in_(level), Dependency.ended_on.is_(None))  # type: ignore[union-attr, attr-defined]
        level = []
        for step in steps:
            if step.waits_for_id not in came_from:
                came_from[step.waits_for_id] = step.deliverable_id
                level.append(step.waits_for_id)
    if deliverable.id not in level:
        return
    way = [deliverable.id]
    while len(way) == 1 or way[-1] != deliverable.id:
        way.append(came_from[way[-1]])
    codes = {d.id: d.code for d in work.all(Deliverable, Deliverable.id.in_(way))}  # type: ignore[attr-defined]
    raise DependencyCycle(path=" → ".join(codes[one] for one in reversed(way)))
