"""Silence procedures: circulating a text, objecting to it, and taking either back.

Adopting is no action: the day after the deadline comes by itself (`decisions/rules.py`).
"""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.core.work import Work
from app.decisions.actions import state_of
from app.decisions.models import Decision, Objection
from app.decisions.rules import AlreadyObjected, DecisionCodeTaken, check_circulation, check_under_silence
from app.deliverables.rules import EvidenceRequired
from app.groups.actions import group_of
from app.groups.models import Group
from app.membership.actions import require_member
from app.policy import Permission


def circulate_decision(work: Work, group: Group, *, code: str, circulated_on: date | None, deadline: date, **values: Any) -> Decision:
    """Circulate a text that is adopted when its deadline passes without objection."""
    work.require(Permission.CIRCULATE_DECISION, Subject(group.id))
    today = work.today(group)
    first = circulated_on or today
    decided_on = check_circulation(first, deadline, today)
    if work.find(Decision, Decision.group_id == group.id, Decision.code == code):
        raise DecisionCodeTaken(code=code)
    return work.add(
        Decision(group_id=group.id, code=code, method="silence", circulated_on=first, deadline=deadline, decided_on=decided_on, **values)
    )


def withdraw_decision(work: Work, decision: Decision, reason: str) -> Decision:
    """Take back what was circulated, before silence has adopted it; or close the matter where it has fallen."""
    work.require(Permission.WITHDRAW_DECISION, Subject(decision.group_id))
    work.because(reason)
    if decision.withdrawn_on:
        return decision
    check_under_silence(decision, state_of(work, decision), "fallen")
    decision.withdrawn_on = work.today(group_of(work, decision))
    work.session.flush()
    return decision


def raise_objection(work: Work, decision: Decision, *, agency: str, reason: str, evidence: str | None = None) -> Objection:
    """Object for a member to what is under silence: its own people, or the secretariat by proxy with evidence."""
    objector = find_agency(work, agency)
    work.require(Permission.RAISE_OBJECTION, Subject(decision.group_id, frozenset({objector.id})))
    behalf = _by_proxy(work, decision, objector, evidence)
    today = work.today(group_of(work, decision))
    require_member(work, decision.group_id, objector, today)
    check_under_silence(decision, state_of(work, decision))
    same = [Objection.decision_id == decision.id, Objection.agency_id == objector.id, Objection.withdrawn_on.is_(None)]  # type: ignore[union-attr]
    if work.find(Objection, *same):
        raise AlreadyObjected(agency=objector.code)
    objection = Objection(
        group_id=decision.group_id, decision_id=decision.id, agency_id=objector.id, reason=reason, raised_on=today,
        on_behalf_of_id=behalf, evidence=evidence,
    )  # fmt: skip
    return work.add(objection)


def _by_proxy(work: Work, decision: Decision, agency: Agency, evidence: str | None) -> str | None:
    """The id of the agency on whose behalf somebody else acts, with what that rests on."""
    if agency.id in work.actor.speaks_for(decision.group_id):
        return None
    if not evidence and not work.actor.recording:
        raise EvidenceRequired(what="By proxy this needs 'evidence': what the agency said, and where, such as \"e-mail of 3 March\".")
    work.on_behalf_of = agency.id
    return agency.id


def withdraw_objection(work: Work, decision: Decision, objection: Objection, *, reason: str, evidence: str | None = None) -> Objection:
    """Take an objection back while the procedure runs. After the deadline it stands for good."""
    work.require(Permission.WITHDRAW_OBJECTION, Subject(objection.group_id, frozenset({objection.agency_id})))
    work.because(reason)
    _by_proxy(work, decision, work.get(Agency, objection.agency_id), evidence)
    if objection.withdrawn_on:
        return objection
    check_under_silence(decision, state_of(work, decision))
    objection.withdrawn_on = work.today(group_of(work, decision))
    work.session.flush()
    return objection
