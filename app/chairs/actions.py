"""Nominating, confirming and cancelling chairs."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.chairs.models import Chairmanship, Holder
from app.chairs.rules import CoordinatorNotConstituent, HolderTwice, Term, check_length, check_overlap
from app.core.dates import term_end
from app.core.db import id_of
from app.core.errors import WrongState
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.groups.actions import group_of
from app.groups.models import Group
from app.groups.rules import check_period
from app.membership.actions import modality_in_force, periods_of, require_member
from app.membership.models import Membership
from app.membership.rules import NoModality, TermDependsOnMembership, check_single, first_day_outside
from app.policy import Permission

CHAIR_KINDS = ("elect_chair", "change_modality")


def nominate_chair(
    work: Work, group: Group, *, holders: list[dict[str, Any]], state: str, starts_on: date, ends_on: date | None, decision: str | None,
    **values: Any,
) -> Chairmanship:  # fmt: skip
    """Nominate a chair for a term, or enter a confirmed one. Without a last day the modality in force gives it."""
    work.require(Permission.NOMINATE_CHAIR, Subject(group.id))
    named = _holders(work, holders)
    months = _term_months(work, group, starts_on)
    if ends_on is None:
        if months is None:
            raise NoModality(day=starts_on.isoformat(), group=group.code)
        ends_on = term_end(starts_on, months)
    check_period(starts_on, ends_on)
    for agency, _, _ in named:
        require_member(work, group.id, agency, starts_on, ends_on)
    check_length(Term(starts_on, ends_on), months, values["note"])
    behind = decision_behind(work, group.id, decision, "electing a chair", kinds=CHAIR_KINDS, needed=False)
    if state == "confirmed":
        _check_free(work, group.id, Term(starts_on, ends_on))
    term = work.add(Chairmanship(group_id=group.id, state=state, starts_on=starts_on, ends_on=ends_on, decision_id=behind, **values))
    for position, (agency, coordinator, principal) in enumerate(named):
        work.add(
            Holder(
                group_id=group.id, chairmanship_id=term.id, position=position, agency_id=agency.id,
                coordinator_id=id_of(coordinator), principal=principal,
            )
        )  # fmt: skip
    return term


def amend_chairmanship(work: Work, term: Chairmanship, **changes: Any) -> Chairmanship:
    """Correct a term's days, theme or note, under the same rules that it was entered by."""
    work.require(Permission.AMEND_CHAIRMANSHIP, Subject(term.group_id))
    work.check_version(term)
    if term.state == "cancelled":
        raise WrongState(what="chairmanship", state=term.state, allowed="nominated, confirmed")
    group = group_of(work, term)
    days = Term(changes.get("starts_on", term.starts_on), changes.get("ends_on", term.ends_on), term.id)
    check_period(days.starts_on, days.ends_on)
    if (days.starts_on, days.ends_on, changes.get("note", term.note)) != (term.starts_on, term.ends_on, term.note):
        for agency in _agencies(work, term):
            require_member(work, group.id, agency, days.starts_on, days.ends_on)
        check_length(days, _term_months(work, group, days.starts_on), changes.get("note", term.note))
        if term.state == "confirmed":
            _check_free(work, group.id, days)
    work.amend(term, **changes)
    return term


def confirm_chair(work: Work, term: Chairmanship, decision: str | None = None) -> Chairmanship:
    """Confirm a nominated chair. Confirming it again changes nothing."""
    work.require(Permission.CONFIRM_CHAIR, Subject(term.group_id))
    if term.state == "cancelled":
        raise WrongState(what="chairmanship", state=term.state, allowed="nominated")
    if term.state == "nominated":
        for agency in _agencies(work, term):
            require_member(work, term.group_id, agency, term.starts_on, term.ends_on)
        _check_free(work, term.group_id, Term(term.starts_on, term.ends_on, term.id))
        behind = decision_behind(work, term.group_id, decision, "electing a chair", kinds=CHAIR_KINDS, needed=False)
        work.amend(term, state="confirmed", decision_id=behind or term.decision_id)
    return term


def cancel_chair(work: Work, term: Chairmanship, reason: str) -> Chairmanship:
    """Cancel a nominated or confirmed chair, with a reason. Its days are free again."""
    work.require(Permission.CANCEL_CHAIR, Subject(term.group_id))
    work.because(reason)
    if term.state != "cancelled":
        work.amend(term, state="cancelled")
    return term


def amend_membership(work: Work, membership: Membership, **changes: Any) -> Membership:
    """End a membership or correct its days. It stands on this rung because a term of the chair may depend on it."""
    work.require(Permission.AMEND_MEMBERSHIP, Subject(membership.group_id))
    work.check_version(membership)
    starts_on, ends_on = changes.get("starts_on", membership.starts_on), changes.get("ends_on", membership.ends_on)
    check_period(starts_on, ends_on)
    agency = work.get(Agency, membership.agency_id)
    others = [m for m in periods_of(work, membership.group_id, agency.id) if m.id != membership.id]
    check_single(agency.code, others, starts_on, ends_on)
    remaining = [(m.starts_on, m.ends_on) for m in others if m.role == "member"] + [(starts_on, ends_on)] * (membership.role == "member")
    for term in _terms_of(work, membership.group_id, agency.id):
        if first_day_outside(remaining, term.starts_on, term.ends_on):
            raise TermDependsOnMembership(agency=agency.code, starts_on=term.starts_on.isoformat(), ends_on=term.ends_on.isoformat())
    later = membership.role == "member" and starts_on > group_of(work, membership).established_on
    step = "Admitting a member" if later and starts_on != membership.starts_on and not membership.decision_id else None
    behind = decision_behind(work, membership.group_id, changes.pop("decision", None), step, kinds=("admit",))
    changes["decision_id"] = behind or membership.decision_id
    work.amend(membership, **changes)
    return membership


def _terms_of(work: Work, group_id: str, agency_id: str) -> list[Chairmanship]:
    held = {h.chairmanship_id for h in work.all(Holder, Holder.group_id == group_id, Holder.agency_id == agency_id)}
    return work.all(Chairmanship, Chairmanship.id.in_(held), Chairmanship.state == "confirmed")  # type: ignore[attr-defined]


def _holders(work: Work, holders: list[dict[str, Any]]) -> list[tuple[Agency, Agency | None, str | None]]:
    found: list[tuple[Agency, Agency | None, str | None]] = []
    for i, given in enumerate(holders):
        agency = find_agency(work, given["agency"], f"/holders/{i}/agency")
        coordinator = find_agency(work, given["coordinator"], f"/holders/{i}/coordinator") if given.get("coordinator") else None
        if coordinator and coordinator.id not in agency.constituents:
            raise CoordinatorNotConstituent()
        if agency.id in [a.id for a, _, _ in found]:
            raise HolderTwice(agency=agency.code)
        found.append((agency, coordinator, given.get("principal")))
    return found


def _agencies(work: Work, term: Chairmanship) -> list[Agency]:
    return [work.get(Agency, h.agency_id) for h in work.all(Holder, Holder.chairmanship_id == term.id)]


def _term_months(work: Work, group: Group, day: date) -> int | None:
    rules = modality_in_force(work, group.id, day)
    return rules.chair_term_months if rules else None


def _check_free(work: Work, group_id: str, days: Term) -> None:
    confirmed = work.all(Chairmanship, Chairmanship.group_id == group_id, Chairmanship.state == "confirmed")
    check_overlap(days, [Term(t.starts_on, t.ends_on, t.id) for t in confirmed])
