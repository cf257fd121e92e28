"""The life of a deliverable: added, amended, started, delivered, held, cancelled, reopened."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.bodies.actions import body_in
from app.bodies.models import Body
from app.bodies.rules import check_open
from app.core.dates import VagueDate, covers
from app.core.db import id_of
from app.core.errors import Forbidden, UnknownReference
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.deliverables.models import Assignment, Deliverable
from app.deliverables.rules import OPEN, DeliverableCodeTaken, LeadRequired, check_delivery, check_due, check_status
from app.groups.actions import group_of
from app.policy import Permission, allows
from app.workplans.actions import chairs_of
from app.workplans.models import Stream, Workplan
from app.workplans.rules import check_alive, check_structure


def today_for(work: Work, record: Any) -> date:
    """Today for the group that a record belongs to."""
    return work.today(group_of(work, record))


def leads_on(work: Work, deliverable: Deliverable, day: date, *roles: str) -> frozenset[str]:
    """The agencies whose accepted part in these roles covers a day."""
    # An ended part still counts on its last day, as it does where deliverables are read.
    given = [Assignment.accepted_at.is_not(None), Assignment.state.in_(("accepted", "ended"))]  # type: ignore[union-attr, attr-defined]
    parts = work.all(Assignment, Assignment.deliverable_id == deliverable.id, *given)
    return frozenset(p.agency_id for p in parts if p.role in roles and covers(p.starts_on, p.ends_on, day))


def deliverable_subject(work: Work, deliverable: Deliverable, *roles: str) -> Subject:
    """A deliverable as permissions see it: the agencies that lead it (or have one of these roles), and those that chair its body, today."""
    return Subject(
        deliverable.group_id,
        lambda: leads_on(work, deliverable, today_for(work, deliverable), *(roles or ("lead", "co_lead"))),
        lambda: chairs_over(work, deliverable),
    )


def chairs_over(work: Work, deliverable: Deliverable) -> frozenset[str]:
    """The agencies that chair the body of a deliverable, or that of its stream, today."""
    day, stream = today_for(work, deliverable), work.get(Stream, deliverable.stream_id)
    return chairs_of(work, deliverable.body_id, day) | chairs_of(work, stream.body_id, day)


def body_of(work: Work, deliverable: Deliverable) -> Body | None:
    return work.get(Body, deliverable.body_id) if deliverable.body_id else None


def check_changeable(work: Work, deliverable: Deliverable) -> None:
    """Refuse a change when the plan has ended, or the body has, or its sunset has passed by the clock of the request."""
    check_alive(work.get(Workplan, deliverable.workplan_id))
    if body := body_of(work, deliverable):
        check_open(body, today_for(work, deliverable))


def _place(work: Work, stream: Stream, body_id: str | None, day: date) -> Subject:
    """A place in a plan as permissions see it: whoever adds to it chairs the stream's body, and the body that is to do the work."""
    chairs = chairs_of(work, stream.body_id, day)
    if body_id != stream.body_id:
        chairs &= chairs_of(work, body_id, day)
    return Subject(stream.group_id, body_chairs=chairs)


def add_deliverable(
    work: Work, stream: Stream, *, code: str, due: str | None, body: str | None, carried_from: str | None, **values: Any
) -> Deliverable:
    """Add a deliverable to a stream whose plan takes changes of structure. Without a body it belongs to its stream's."""
    day = today_for(work, stream)
    found = body_in(work, stream.group_id, body) if body else work.get(Body, stream.body_id) if stream.body_id else None
    work.require(Permission.ADD_DELIVERABLE, _place(work, stream, id_of(found), day))
    plan = work.get(Workplan, stream.workplan_id)
    vague = VagueDate.parse(due) if due else None
    check_due(vague, found)
    if carried_from and getattr(work.session.get(Deliverable, carried_from), "group_id", None) != stream.group_id:
        raise UnknownReference(what="deliverable of this group", pointer="/carried_from")
    check_structure(plan)
    if found:
        check_open(found, day)
    _check_code(work, plan.id, code)
    deliverable = Deliverable(
        group_id=stream.group_id, workplan_id=plan.id, stream_id=stream.id, body_id=id_of(found), code=code, confirmed_on=day,
        carried_from_id=carried_from, **dates_of("due", vague), **values,
    )  # fmt: skip
    return work.add(deliverable)


def dates_of(name: str, vague: VagueDate | None) -> dict[str, Any]:
    """The three columns of a vague date."""
    return {
        name: vague and vague.value, f"{name}_from": vague and vague.earliest, f"{name}_on": vague and vague.latest,
    }  # fmt: skip


def _check_code(work: Work, plan_id: str, code: str) -> None:
    if work.find(Deliverable, Deliverable.workplan_id == plan_id, Deliverable.code == code):
        raise DeliverableCodeTaken(code=code)


def amend_deliverable(work: Work, deliverable: Deliverable, **changes: Any) -> Deliverable:
    """Change a deliverable. Former codes and titles stay findable; in an endorsed plan due date and stream need a revision."""
    work.require(Permission.AMEND_DELIVERABLE, deliverable_subject(work, deliverable))
    work.check_version(deliverable)
    plan = work.get(Workplan, deliverable.workplan_id)
    only_moved, target = set(changes) == {"body"}, None
    if "body" in changes:
        moved = changes.pop("body")
        own = work.get(Stream, deliverable.stream_id).body_id
        there = moved or (own if own != deliverable.body_id else None)
        target = body_in(work, deliverable.group_id, there) if there else None
        changes["body_id"] = target.id if target else own
    if "due" in changes:
        due = changes.pop("due")
        changes |= dates_of("due", VagueDate.parse(due) if due else None)
    if "stream" in changes:
        changes["stream_id"] = _sibling(work, plan, changes.pop("stream")).id
    _check_move(work, deliverable, changes)
    after_due = VagueDate.parse(d) if (d := changes.get("due", deliverable.due)) else None
    body_id = changes.get("body_id", deliverable.body_id)
    check_due(after_due, work.get(Body, body_id) if body_id else None)
    if only_moved:
        check_alive(plan)  # moving it out of a body is part of closing that body, so its sunset does not stand in the way
    else:
        check_changeable(work, deliverable)
    if target:
        check_open(target, today_for(work, deliverable))
    if any(changes.get(n, getattr(deliverable, n)) != getattr(deliverable, n) for n in ("due", "stream_id")):
        check_structure(plan)
    _rename(work, deliverable, changes)
    work.amend(deliverable, **changes)
    return deliverable


def _check_move(work: Work, deliverable: Deliverable, changes: dict[str, Any]) -> None:
    """A move needs the permission at its far end too: to add there."""
    stream_id, body_id = (changes.get(n, getattr(deliverable, n)) for n in ("stream_id", "body_id"))
    if (stream_id, body_id) == (deliverable.stream_id, deliverable.body_id):
        return
    target = _place(work, work.get(Stream, stream_id), body_id, today_for(work, deliverable))
    if not allows(work.actor, Permission.ADD_DELIVERABLE, target):
        raise Forbidden(permission=Permission.ADD_DELIVERABLE.value)


def _rename(work: Work, deliverable: Deliverable, changes: dict[str, Any]) -> None:
    """Keep the former code and title when they change: they stay findable."""
    for name in ("code", "title"):
        old, new = getattr(deliverable, name), changes.get(name, getattr(deliverable, name))
        if old != new:
            if name == "code":
                _check_code(work, deliverable.workplan_id, new)
            former: list[str] = getattr(deliverable, f"former_{name}s")
            changes[f"former_{name}s"] = [f for f in former if f not in (old, new)] + [old]


def _sibling(work: Work, plan: Workplan, id: str) -> Stream:
    stream = work.session.get(Stream, id)
    if stream is None or stream.workplan_id != plan.id:
        raise UnknownReference(what="stream of this plan", pointer="/stream")
    return stream


def require_lead(work: Work, deliverable: Deliverable) -> None:
    """Refuse work in progress without an accepted lead today."""
    if not leads_on(work, deliverable, today_for(work, deliverable), "lead"):
        raise LeadRequired(id=deliverable.id)


def _step(work: Work, deliverable: Deliverable, **values: Any) -> Deliverable:
    """One step of its life: what changes, and that somebody has looked at it today."""
    for name, value in values.items():
        setattr(deliverable, name, value)
    deliverable.confirmed_on = today_for(work, deliverable)
    return deliverable


def start_deliverable(work: Work, deliverable: Deliverable) -> Deliverable:
    """Begin work. It needs an accepted lead; starting it again changes nothing."""
    work.require(Permission.START_DELIVERABLE, deliverable_subject(work, deliverable))
    if deliverable.status == "in_progress":
        return deliverable
    check_status(deliverable, "not_started")
    check_changeable(work, deliverable)
    require_lead(work, deliverable)
    return _step(work, deliverable, status="in_progress")


def deliver_deliverable(
    work: Work, deliverable: Deliverable, *, delivered_on: str | None, evidence: list[str], waiver: str | None
) -> Deliverable:
    """Record the delivery, with evidence or the reason why there is none. The day may be vague for the past."""
    work.require(Permission.DELIVER_DELIVERABLE, deliverable_subject(work, deliverable))
    today = today_for(work, deliverable)
    delivered = VagueDate.parse(delivered_on or today)
    if deliverable.status == "delivered" and (delivered_on is None or deliverable.delivered == delivered.value):
        return deliverable
    check_delivery(delivered, today, [*deliverable.evidence, *evidence], waiver)
    check_status(deliverable, *OPEN)
    check_changeable(work, deliverable)
    work.because(waiver)
    links = [*deliverable.evidence, *(e for e in evidence if e not in deliverable.evidence)]
    return _step(
        work,
        deliverable,
        status="delivered",
        percent=100,
        evidence=links,
        waiver=waiver,
        status_reason=None,
        **dates_of("delivered", delivered),
    )


def hold_deliverable(work: Work, deliverable: Deliverable, reason: str) -> Deliverable:
    """Put a deliverable on hold, with a reason."""
    work.require(Permission.HOLD_DELIVERABLE, deliverable_subject(work, deliverable))
    return _end(work, deliverable, "on_hold", reason, "not_started", "in_progress")


def resume_deliverable(work: Work, deliverable: Deliverable) -> Deliverable:
    """Take up again what was on hold: in progress where it has a lead, else not started."""
    work.require(Permission.RESUME_DELIVERABLE, deliverable_subject(work, deliverable))
    if deliverable.status in ("in_progress", "not_started"):
        return deliverable
    check_status(deliverable, "on_hold")
    check_changeable(work, deliverable)
    has_lead = leads_on(work, deliverable, today_for(work, deliverable), "lead")
    return _step(work, deliverable, status="in_progress" if has_lead else "not_started", status_reason=None)


def cancel_deliverable(work: Work, deliverable: Deliverable, reason: str) -> Deliverable:
    """Cancel a deliverable, with a reason. It stays in the record."""
    work.require(Permission.CANCEL_DELIVERABLE, deliverable_subject(work, deliverable))
    return _end(work, deliverable, "cancelled", reason, *OPEN)


def supersede_deliverable(work: Work, deliverable: Deliverable, reason: str) -> Deliverable:
    """Mark a deliverable as superseded by other work, with a reason."""
    work.require(Permission.SUPERSEDE_DELIVERABLE, deliverable_subject(work, deliverable))
    return _end(work, deliverable, "superseded", reason, *OPEN)


def _end(work: Work, deliverable: Deliverable, status: str, reason: str, *allowed: str) -> Deliverable:
    work.because(reason)
    if deliverable.status == status:
        return deliverable
    check_status(deliverable, *allowed)
    # Cancelling is part of closing a body, so its sunset does not stand in the way; holding and the like are changes in it.
    if status == "cancelled":
        check_alive(work.get(Workplan, deliverable.workplan_id))
    else:
        check_changeable(work, deliverable)
    return _step(work, deliverable, status=status, status_reason=reason)


def reopen_deliverable(work: Work, deliverable: Deliverable, *, reason: str, decision: str | None) -> Deliverable:
    """Reopen what was delivered (by decision), cancelled or superseded, with a reason."""
    work.require(Permission.REOPEN_DELIVERABLE, deliverable_subject(work, deliverable))
    work.because(reason)
    delivered = deliverable.status == "delivered"
    decision_behind(work, deliverable.group_id, decision, "Reopening something delivered", kinds=("revise_plan",), needed=delivered)
    if deliverable.status in OPEN:
        return deliverable
    due = VagueDate.parse(deliverable.due) if deliverable.due else None
    check_due(due, body_of(work, deliverable))  # the sunset may have moved meanwhile
    check_changeable(work, deliverable)
    has_lead = leads_on(work, deliverable, today_for(work, deliverable), "lead")
    cleared = dates_of("delivered", None) | {"waiver": None} | ({"percent": None} if delivered else {})
    return _step(work, deliverable, status="in_progress" if has_lead else "not_started", status_reason=reason, **cleared)
