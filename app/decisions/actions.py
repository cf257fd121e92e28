"""Recording decisions, and finding the one behind a step."""

from typing import Any

from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.models import Decision
from app.decisions.rules import DecisionCodeTaken, DecisionRequired, check_decided_on
from app.groups.actions import group_of
from app.groups.models import Group
from app.policy import Permission, Subject


def record_decision(work: Work, group: Group, *, code: str, **values: Any) -> Decision:
    """Record what was decided, once it was."""
    work.require(Permission.RECORD_DECISION, Subject(group.id))
    check_decided_on(values["decided_on"], work.today(group))
    if work.find(Decision, Decision.group_id == group.id, Decision.code == code):
        raise DecisionCodeTaken(code=code)
    return work.add(Decision(group_id=group.id, code=code, **values))


def amend_decision(work: Work, decision: Decision, **changes: Any) -> Decision:
    """Correct the record of a decision."""
    work.require(Permission.AMEND_DECISION, Subject(decision.group_id))
    work.check_version(decision)
    check_decided_on(changes.get("decided_on", decision.decided_on), work.today(group_of(work, decision)))
    other = work.find(Decision, Decision.group_id == decision.group_id, Decision.code == changes.get("code", decision.code))
    if other and other.id != decision.id:
        raise DecisionCodeTaken(code=other.code)
    work.amend(decision, **changes)
    return decision


def decision_behind(work: Work, group_id: str, id: str | None, step: str | None = None) -> str | None:
    """The id of the decision behind a step of this group, noted in the journal.

    With `step`, the step needs one (`DecisionRequired`), unless a recorded past step's decision is known to be undocumented.
    """
    if id is None:
        if step and not (work.undocumented and work.actor.recording):
            raise DecisionRequired(step=step)
        if work.undocumented:
            work.because(work.reason or "The decision is not documented.")
        return None
    decision = work.session.get(Decision, id)
    if decision is None or decision.group_id != group_id:
        raise UnknownReference(what="decision of this group", pointer="/decision")
    work.because(decision_id=decision.id)
    return decision.id
