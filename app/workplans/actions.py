"""Drafting, circulating and revising plans. Endorsing sets the baseline: `baselines/actions.py`; closing looks at deliverables:
`deliverables/authority_actions.py`."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.bodies.actions import body_in, chairs_on, require_open
from app.bodies.models import Body
from app.bodies.rules import ReasonRequired
from app.core.errors import UnknownReference, WrongState
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.groups.actions import group_of
from app.groups.models import Group
from app.groups.rules import check_period
from app.membership.actions import modality_in_force, require_member
from app.policy import Permission
from app.workplans.models import Stream, Workplan
from app.workplans.rules import StreamCodeTaken, WorkplanCodeTaken, check_alive, check_length, check_structure


def draft_workplan(work: Work, group: Group, *, code: str, starts_on: date, ends_on: date, **values: Any) -> Workplan:
    """Draft a plan for a period of years."""
    work.require(Permission.DRAFT_WORKPLAN, Subject(group.id))
    check_period(starts_on, ends_on)
    check_length(starts_on, ends_on, modality_in_force(work, group.id, starts_on))
    if work.find(Workplan, Workplan.group_id == group.id, Workplan.code == code):
        raise WorkplanCodeTaken(code=code)
    return work.add(Workplan(group_id=group.id, code=code, starts_on=starts_on, ends_on=ends_on, **values))


def amend_workplan(work: Work, plan: Workplan, **changes: Any) -> Workplan:
    """Change a plan. The days of an endorsed one change only by revision."""
    work.require(Permission.AMEND_WORKPLAN, Subject(plan.group_id))
    work.check_version(plan)
    check_alive(plan)
    first, last = changes.get("starts_on", plan.starts_on), changes.get("ends_on", plan.ends_on)
    if (first, last) != (plan.starts_on, plan.ends_on):
        check_period(first, last)
        check_length(first, last, modality_in_force(work, plan.group_id, first))
        check_structure(plan)
    if changes.get("transitional", plan.transitional) != plan.transitional:
        check_structure(plan)
    code = changes.get("code", plan.code)
    if code != plan.code and work.find(Workplan, Workplan.group_id == plan.group_id, Workplan.code == code):
        raise WorkplanCodeTaken(code=code)
    work.amend(plan, **changes)
    return plan


def circulate_workplan(work: Work, plan: Workplan) -> Workplan:
    """Circulate a draft to the members. Circulating it again changes nothing."""
    work.require(Permission.CIRCULATE_WORKPLAN, Subject(plan.group_id))
    if plan.state == "circulated":
        return plan
    if plan.state != "draft":
        raise WrongState(what="workplan", state=plan.state, allowed="draft")
    plan.state, plan.circulated_on = "circulated", work.today(group_of(work, plan))
    return plan


def revise_workplan(work: Work, plan: Workplan, *, decision: str | None, reason: str | None) -> Workplan:
    """Open a revision of an endorsed plan, by decision and with a reason; endorsing it again closes the revision."""
    work.require(Permission.REVISE_WORKPLAN, Subject(plan.group_id))
    work.because(reason)
    decision_behind(work, plan.group_id, decision, "Revising an endorsed plan", kinds=("revise_plan",))
    if not reason:
        raise ReasonRequired()
    if plan.state != "endorsed":
        raise WrongState(what="workplan", state=plan.state, allowed="endorsed")
    if not plan.revising:
        plan.revising, plan.revision = True, plan.revision + 1
    return plan


def add_stream(
    work: Work, plan: Workplan, *, code: str, position: int | None, parent: str | None, body: str | None, lead: str | None, **values: Any
) -> Stream:
    """Add a stream to a plan, or with a parent an output to a stream."""
    work.require(Permission.ADD_STREAM, Subject(plan.group_id))
    owners = _owners(work, plan, parent=parent, body=body, lead=lead)
    check_structure(plan)
    if work.find(Stream, Stream.workplan_id == plan.id, Stream.code == code):
        raise StreamCodeTaken(code=code)
    place = position if position is not None else len(work.all(Stream, Stream.workplan_id == plan.id)) + 1
    return work.add(Stream(group_id=plan.group_id, workplan_id=plan.id, code=code, position=place, **(owners | values)))


def amend_stream(work: Work, stream: Stream, **changes: Any) -> Stream:
    """Change a stream. In an endorsed plan its code, body and place change only by revision."""
    work.require(Permission.AMEND_STREAM, Subject(stream.group_id))
    work.check_version(stream)
    plan = work.get(Workplan, stream.workplan_id)
    given = {n: changes.pop(n) for n in ("parent", "body", "lead") if n in changes}
    owners = _owners(work, plan, **({"parent": None, "body": None, "lead": None} | given))
    changes |= {f"{n}_id": owners[f"{n}_id"] for n in given}
    check_alive(plan)
    if stream.body_id and set(changes) != {"body_id"}:
        require_open(work, work.get(Body, stream.body_id))  # giving it to another body is part of closing that one
    if changes.get("parent_id") and (given["parent"] == stream.id or work.all(Stream, Stream.parent_id == stream.id)):
        raise UnknownReference(what="stream of this plan that this one can be an output of", pointer="/parent")
    if {"code", "parent_id", "body_id"} & changes.keys():
        check_structure(plan)
    code = changes.get("code", stream.code)
    if code != stream.code and work.find(Stream, Stream.workplan_id == plan.id, Stream.code == code):
        raise StreamCodeTaken(code=code)
    work.amend(stream, **changes)
    return stream


def _owners(work: Work, plan: Workplan, *, parent: str | None, body: str | None, lead: str | None) -> dict[str, Any]:
    """The ids of what a stream hangs on: a stream of the same plan (an output has no outputs), a body, a member agency."""
    found: dict[str, Any] = {"parent_id": None, "body_id": None, "lead_id": None}
    if parent:
        above = work.session.get(Stream, parent)
        if above is None or above.workplan_id != plan.id or above.parent_id is not None:
            raise UnknownReference(what="stream of this plan", pointer="/parent")
        found["parent_id"] = above.id
    if body:
        owner = body_in(work, plan.group_id, body)
        require_open(work, owner)
        found["body_id"] = owner.id
    if lead:
        agency = find_agency(work, lead, "/lead")
        today = work.today(group_of(work, plan))
        require_member(work, plan.group_id, agency, max(plan.starts_on, min(today, plan.ends_on)))
        found["lead_id"] = agency.id
    return found


def chairs_of(work: Work, body_id: str | None, day: date) -> frozenset[str]:
    """The agencies that chair a body on a day; none where there is no body."""
    return chairs_on(work, work.get(Body, body_id), day) if body_id else frozenset()
