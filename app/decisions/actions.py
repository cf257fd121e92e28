"""Recording decisions, and finding the one behind a step."""

from typing import Any

from app.actors import Subject
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.models import Decision, Objection
from app.decisions.rules import (
    DecisionCodeTaken,
    DecisionRequired,
    check_adopted,
    check_decided_on,
    check_fits,
    decision_state,
)
from app.groups.actions import group_of
from app.groups.models import Group
from app.policy import Permission


def record_decision(work: Work, group: Group, *, code: str, **values: Any) -> Decision:
    """Record what was decided, once it was."""
    work.require(Permission.RECORD_DECISION, Subject(group.id))
    check_decided_on(values["decided_on"], work.today(group))
    if work.find(Decision, Decision.group_id == group.id, Decision.code == code):
        raise DecisionCodeTaken(code=code)
    return work.add(Decision(group_id=group.id, code=code, **values))


def state_of(work: Work, decision: Decision) -> str:
    """The state of a decision today."""
    objections = work.all(Objection, Objection.decision_id == decision.id) if decision.deadline else []
    return decision_state(decision, objections, work.today(group_of(work, decision)))


def decision_behind(
    work: Work, group_id: str, id: str | None, step: str | None = None, *, kinds: tuple[str, ...] = (), needed: bool = True
) -> str | None:
    """The id of the decision behind a step of this group, noted in the journal: adopted by today, and of one of these kinds.

    A step that has a name needs one (`DecisionRequired`) unless told otherwise, or a recorded past step's is known to be undocumented.
    """
    if id is None:
        if step and needed and not (work.undocumented and work.actor.recording):
            raise DecisionRequired(step=step)
        if work.undocumented:
            work.because(work.reason or "The decision is not documented.")
        return None
    decision = work.session.get(Decision, id)
    if decision is None or decision.group_id != group_id:
        raise UnknownReference(what="decision of this group", pointer="/decision")
    check_adopted(decision, state_of(work, decision))
    check_fits(decision, kinds, step or "this step")
    work.because(decision_id=decision.id)
    return decision.id
