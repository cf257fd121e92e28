"""Adopting modalities, admitting members, appointing people."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency, Person
from app.core.dates import overlap
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.groups.models import Group
from app.groups.rules import check_period
from app.membership.models import Appointment, Membership, Modality
from app.membership.rules import ModalityTaken, PrincipalTaken, check_in_group, check_member, check_single, in_force
from app.policy import Permission


def modality_in_force(work: Work, group_id: str, day: date) -> Modality | None:
    """The group's operating rules on a day."""
    return in_force(work.all(Modality, Modality.group_id == group_id), day)


def periods_of(work: Work, group_id: str, agency_id: str) -> list[Membership]:
    return work.all(Membership, Membership.group_id == group_id, Membership.agency_id == agency_id)


def require_member(work: Work, group_id: str, agency: Agency, starts_on: date, ends_on: date | None = None) -> None:
    """Refuse (`NotAMember`) an agency that is not a member on every day of a period; without an end, on its first day."""
    check_member(agency.code, periods_of(work, group_id, agency.id), starts_on, ends_on or starts_on)


def require_in_group(work: Work, group_id: str, agency: Agency, day: date) -> None:
    """Refuse (`NotInTheGroup`) an agency that is neither member nor observer on a day."""
    check_in_group(agency.code, periods_of(work, group_id, agency.id), day)


def adopt_modality(work: Work, group: Group, *, effective_on: date, decision: str | None, **values: Any) -> Modality:
    """Adopt operating rules from a day on. The first need no decision: they come with the group."""
    work.require(Permission.ADOPT_MODALITY, Subject(group.id))
    known = work.all(Modality, Modality.group_id == group.id)
    if any(m.effective_on == effective_on for m in known):
        raise ModalityTaken(effective_on=effective_on.isoformat())
    behind = decision_behind(work, group.id, decision, "Changing a group's operating rules", kinds=("change_modality",), needed=bool(known))
    return work.add(Modality(group_id=group.id, effective_on=effective_on, decision_id=behind, **values))


def admit_member(
    work: Work, group: Group, *, agency: str, role: str, starts_on: date | None, ends_on: date | None, decision: str | None, **values: Any
) -> Membership:
    """Admit an agency as member or observer. After the founding ones, a member needs the decision that admits it."""
    work.require(Permission.ADMIT_MEMBER, Subject(group.id))
    found = find_agency(work, agency)
    first = starts_on or work.today(group)
    check_period(first, ends_on)
    founding = first <= group.established_on
    behind = decision_behind(work, group.id, decision, "Admitting a member", kinds=("admit",), needed=not founding and role == "member")
    check_single(found.code, periods_of(work, group.id, found.id), first, ends_on)
    membership = Membership(
        group_id=group.id, agency_id=found.id, role=role, starts_on=first, ends_on=ends_on, decision_id=behind, **values
    )
    return work.add(membership)


def appoint_person(
    work: Work, group: Group, *, person: str, agency: str, role: str, starts_on: date | None, ends_on: date | None, **values: Any
) -> Appointment:
    """Appoint a person to speak for an agency of the group."""
    found = find_agency(work, agency)
    work.require(Permission.APPOINT_PERSON, Subject(group.id, frozenset({found.id})))
    appointee = work.session.get(Person, person)
    if appointee is None:
        raise UnknownReference(what="person", pointer="/person")
    first = starts_on or work.today(group)
    check_period(first, ends_on)
    require_in_group(work, group.id, found, first)
    _check_principal(work, group.id, found, role, first, ends_on, None)
    appointment = Appointment(
        group_id=group.id, person_id=appointee.id, agency_id=found.id, role=role, starts_on=first, ends_on=ends_on, **values
    )
    return work.add(appointment)


def amend_appointment(work: Work, appointment: Appointment, **changes: Any) -> Appointment:
    """End an appointment or correct its days or office."""
    work.require(Permission.AMEND_APPOINTMENT, Subject(appointment.group_id, frozenset({appointment.agency_id})))
    work.check_version(appointment)
    after = {n: changes.get(n, getattr(appointment, n)) for n in ("role", "starts_on", "ends_on")}
    check_period(after["starts_on"], after["ends_on"])
    agency = work.get(Agency, appointment.agency_id)
    require_in_group(work, appointment.group_id, agency, after["starts_on"])
    _check_principal(work, appointment.group_id, agency, after["role"], after["starts_on"], after["ends_on"], appointment.id)
    work.amend(appointment, **changes)
    return appointment


def _check_principal(
    work: Work, group_id: str, agency: Agency, role: str, starts_on: date, ends_on: date | None, own_id: str | None
) -> None:
    if role != "principal":
        return
    same = [Appointment.group_id == group_id, Appointment.agency_id == agency.id, Appointment.role == "principal"]
    for other in work.all(Appointment, *same):
        if other.id != own_id and overlap(other.starts_on, other.ends_on, starts_on, ends_on):
            raise PrincipalTaken(agency=agency.code)
