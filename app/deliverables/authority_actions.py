"""Formal steps that look at deliverables: ending a body, or bringing its sunset forward."""

from datetime import date

from app.bodies.actions import body_subject
from app.bodies.models import Body
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
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.deliverables.actions import today_for
from app.deliverables.models import Deliverable
from app.deliverables.rules import OPEN, OpenDeliverables, SunsetStrandsDeliverables
from app.policy import Permission
from app.workplans.models import Stream


def open_deliverables(work: Work, body: Body) -> list[Deliverable]:
    """What a body still has to deliver."""
    wanted = [Deliverable.body_id == body.id, Deliverable.status.in_(OPEN)]  # type: ignore[attr-defined]
    return work.all(Deliverable, *wanted, order_by=Deliverable.code)


def close_body(work: Work, body: Body, *, outcome: str | None, lapsed: bool = False) -> Body:
    """Close a body that has nothing left to deliver, and say what came of it. A task force is completed, or has lapsed."""
    work.require(Permission.CLOSE_BODY, body_subject(work, body))
    if not outcome:
        raise OutcomeRequired()
    state = "closed" if body.kind == WORKING_GROUP else "lapsed" if lapsed else "completed"
    if body.state == state:
        return body
    return _end(work, body, state, outcome)


def dissolve_body(work: Work, body: Body, *, decision: str | None, reason: str | None) -> Body:
    """Dissolve a task force or secretariat before its time, by decision and with a reason."""
    work.require(Permission.DISSOLVE_BODY, body_subject(work, body))
    work.because(reason)
    decision_behind(work, body.group_id, decision, "Dissolving a task force or secretariat", kinds=("dissolve",))
    if not reason:
        raise ReasonRequired()
    if body.state == "dissolved":
        return body
    return _end(work, body, "dissolved", reason)


def _end(work: Work, body: Body, state: str, outcome: str) -> Body:
    check_state(body, "proposed", "active", "dormant")
    if left := open_deliverables(work, body):
        raise OpenDeliverables(code=body.code, open=", ".join(d.code for d in left))
    body.state, body.outcome, body.ended_on = state, outcome, today_for(work, body)
    work.session.flush()
    return body


def convert_body(work: Work, body: Body, *, decision: str | None, code: str, name: str | None, outcome: str | None) -> Body:
    """Turn a task force into a working group, by decision. The new group is linked to it and takes over its streams and what is open."""
    work.require(Permission.CONVERT_BODY, body_subject(work, body))
    behind = decision_behind(work, body.group_id, decision, "Converting a task force", kinds=("convert",))
    check_state(body, "proposed", "active")
    if work.find(Body, Body.group_id == body.group_id, Body.code == code):
        raise BodyCodeTaken(code=code)
    today = today_for(work, body)
    successor = work.add(
        Body(
            group_id=body.group_id, kind=WORKING_GROUP, code=code, name=name or body.name, mandate=body.mandate, starts_on=today,
            predecessor_id=body.id, decision_id=behind,
        )
    )  # fmt: skip
    for theirs in (*open_deliverables(work, body), *work.all(Stream, Stream.body_id == body.id)):
        theirs.body_id = successor.id
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
    check_state(body, "proposed", "active")
    check_open(body, today_for(work, body))
    assert body.sunset_on is not None
    if sunset_on > body.sunset_on:
        raise SunsetNotEarlier(sunset_on=body.sunset_on.isoformat())
    stranded = [d.code for d in open_deliverables(work, body) if d.due_on and d.due_on > sunset_on]
    if stranded:
        raise SunsetStrandsDeliverables(code=body.code, sunset_on=sunset_on.isoformat(), open=", ".join(stranded))
    body.sunset_on = sunset_on
    work.session.flush()
    return body
