"""The formal steps that look at deliverables: ending a body or a plan, or bringing a sunset forward."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.bodies.actions import body_subject
from app.bodies.models import Body, Participation
from app.bodies.rules import OPEN as OPEN_BODY
from app.bodies.rules import (
    WORKING_GROUP,
    BodyCodeTaken,
    OutcomeRequired,
    ReasonRequired,
    SunsetNotAfterStart,
    SunsetNotEarlier,
    check_open,
    check_state,
)
from app.core.dates import FOREVER
from app.core.db import id_of
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.deliverables.actions import today_for
from app.deliverables.models import Deliverable
from app.deliverables.rules import OPEN, SunsetStrandsDeliverables, against_closing, against_ending, check_none
from app.policy import Permission
from app.workplans.models import Stream, Workplan
from app.workplans.rules import check_alive


def _open(work: Work, *conditions: Any) -> list[Deliverable]:
    """What is still to be delivered of a body or a plan."""
    return work.all(Deliverable, *conditions, Deliverable.status.in_(OPEN), order_by=Deliverable.code)  # type: ignore[attr-defined]


def _below(work: Work, body: Body) -> list[Body]:
    """The bodies under a body that have not ended."""
    return work.all(Body, Body.parent_id == body.id, Body.state.in_(OPEN_BODY), order_by=Body.code)  # type: ignore[attr-defined]


def close_body(work: Work, body: Body, *, outcome: str | None) -> Body:
    """Close a body that has nothing left to deliver, and say what came of it: a working group is closed, a time-bound body completed."""
    work.require(Permission.CLOSE_BODY, body_subject(work, body))
    if not outcome:
        raise OutcomeRequired()
    state = "closed" if body.kind == WORKING_GROUP else "completed"
    if body.state == state:
        return body
    return _end(work, body, "close", state, outcome)


def lapse_body(work: Work, body: Body, *, outcome: str | None) -> Body:
    """Record that a body's time has run out: it is past its sunset and nobody extended it. An outcome may be told, and need not be."""
    work.require(Permission.LAPSE_BODY, body_subject(work, body))
    if body.state == "lapsed":
        return body
    return _end(work, body, "lapse", "lapsed", outcome)


def dissolve_body(work: Work, body: Body, *, decision: str | None, reason: str | None) -> Body:
    """Dissolve a task force or secretariat before its time, by decision and with a reason."""
    work.require(Permission.DISSOLVE_BODY, body_subject(work, body))
    work.because(reason)
    decision_behind(work, body.group_id, decision, "Dissolving a task force or secretariat", kinds=("dissolve",))
    if not reason:
        raise ReasonRequired()
    if body.state == "dissolved":
        return body
    return _end(work, body, "dissolve", "dissolved", reason)


def _end(work: Work, body: Body, step: str, state: str, outcome: str | None) -> Body:
    today = today_for(work, body)
    left, below = _open(work, Deliverable.body_id == body.id), _below(work, body)
    check_none(against_ending(step, body, today, [d.code for d in left], [b.code for b in below]))
    body.state, body.outcome, body.ended_on = state, outcome, today
    work.session.flush()
    return body


def convert_body(work: Work, body: Body, *, decision: str | None, code: str, name: str | None, outcome: str | None) -> Body:
    """Turn a task force into a working group, by decision. The new group is linked to it and takes over who takes part in it, its streams,
    the bodies under it and what is open."""
    work.require(Permission.CONVERT_BODY, body_subject(work, body))
    behind = decision_behind(work, body.group_id, decision, "Converting a task force", kinds=("convert",))
    today = today_for(work, body)
    check_none(against_ending("convert", body, today, [], []))
    if work.find(Body, Body.group_id == body.group_id, Body.code == code):
        raise BodyCodeTaken(code=code)
    successor = work.add(
        Body(
            group_id=body.group_id, kind=WORKING_GROUP, code=code, name=name or body.name, mandate=body.mandate, starts_on=today,
            parent_id=body.parent_id, predecessor_id=body.id, decision_id=behind,
        )
    )  # fmt: skip
    for theirs in (*_open(work, Deliverable.body_id == body.id), *work.all(Stream, Stream.body_id == body.id)):
        theirs.body_id = successor.id
    for below in _below(work, body):
        below.parent_id = successor.id
    for part in work.all(Participation, Participation.body_id == body.id, order_by=Participation.id):
        if (part.ends_on or FOREVER) >= today:
            work.add(
                Participation(
                    group_id=body.group_id, body_id=successor.id, agency_id=part.agency_id, role=part.role,
                    starts_on=max(today, part.starts_on), ends_on=part.ends_on,
                )
            )  # fmt: skip
    body.state, body.ended_on, body.outcome = "converted", today, outcome or f"Converted into {code}."
    work.session.flush()
    return successor


def shorten_body(work: Work, body: Body, *, sunset_on: date, decision: str | None, reason: str | None) -> Body:
    """Bring a sunset forward, by decision, unless that strands a deliverable."""
    work.require(Permission.SHORTEN_BODY, body_subject(work, body))
    work.because(reason)
    decision_behind(work, body.group_id, decision, "Shortening a task force or secretariat", kinds=("dissolve", "extend"))
    if not reason:
        raise ReasonRequired()
    if sunset_on <= body.starts_on:
        raise SunsetNotAfterStart(starts_on=body.starts_on.isoformat())
    assert body.sunset_on is not None
    if sunset_on > body.sunset_on:
        raise SunsetNotEarlier(sunset_on=body.sunset_on.isoformat())
    check_state(body, "proposed", "active")
    check_open(body, today_for(work, body))
    stranded = [d.code for d in _open(work, Deliverable.body_id == body.id) if d.due_on and d.due_on > sunset_on]
    if stranded:
        raise SunsetStrandsDeliverables(code=body.code, sunset_on=sunset_on.isoformat(), open=", ".join(stranded))
    body.sunset_on = sunset_on
    work.session.flush()
    return body


def close_workplan(work: Work, plan: Workplan, reason: str, superseded_by: str | None = None) -> Workplan:
    """Close a plan in which nothing is open, or mark it as superseded by another plan of the group that has not ended.

    Of a closing that is recorded of the past, what was left open is not judged: history happened.
    """
    work.require(Permission.CLOSE_WORKPLAN, Subject(plan.group_id))
    work.because(reason)
    successor = _successor(work, plan, superseded_by) if superseded_by else None
    state = "superseded" if successor else "closed"
    if plan.state == state and plan.superseded_by_id == id_of(successor):
        return plan
    left = [] if work.actor.recording else _open(work, Deliverable.workplan_id == plan.id)
    check_none(against_closing(plan.state, plan.code, [d.code for d in left]))
    if successor:
        check_alive(successor)
    plan.state, plan.revising, plan.closed_on = state, False, today_for(work, plan)
    plan.superseded_by_id = id_of(successor)
    work.session.flush()
    return plan


def _successor(work: Work, plan: Workplan, id: str) -> Workplan:
    other = work.session.get(Workplan, id)
    if other is None or other.group_id != plan.group_id or other.id == plan.id:
        raise UnknownReference(what="other workplan of this group", pointer="/superseded_by")
    return other
