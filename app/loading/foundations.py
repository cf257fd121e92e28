"""Recording what a group stands on: agencies and people, the group, decisions, modalities, members, appointments, chairs."""

from datetime import date
from typing import Any

from app.agencies.actions import add_agency, add_person
from app.agencies.models import Agency, AgencyName, Person
from app.chairs.actions import confirm_chair, nominate_chair
from app.chairs.models import Chairmanship, Holder
from app.core.search import fold_name
from app.core.work import Work
from app.decisions.actions import record_decision
from app.decisions.models import Decision
from app.groups.actions import establish_group
from app.groups.models import Group
from app.loading.document import Path_
from app.loading.recorder import Recorder
from app.loading.shape import (
    AgencyEntry,
    AppointmentEntry,
    ChairmanshipEntry,
    DecisionEntry,
    File,
    GroupEntry,
    MemberEntry,
    ModalityEntry,
    PersonEntry,
)
from app.membership.actions import admit_member, adopt_modality, appoint_person
from app.membership.models import Appointment, Membership, Modality
from app.policy import Permission


def record_agencies(desk: Recorder, file: File) -> None:
    """Agencies before the constituencies that they belong to; then people."""
    entries = sorted(enumerate(file.agencies), key=lambda e: bool(e[1].constituents))
    for i, entry in entries:
        _agency(desk, entry, ("agencies", i))
    for i, person in enumerate(file.people):
        _person(desk, person, ("people", i))


def _person(desk: Recorder, entry: PersonEntry, path: Path_) -> None:
    agency = desk.agency(entry.agency, (*path, "agency"))
    found = desk.work.find(Person, Person.name == entry.name, Person.agency_id == agency.id)
    label = f"{entry.name} ({agency.code})"
    desk.put(path, entry, "person", label, found, lambda work: add_person(work, **entry.values()), agency=entry.agency)


def _agency(desk: Recorder, entry: AgencyEntry, path: Path_) -> None:
    found = None
    for name in (entry.code, *entry.aliases):
        known = desk.work.session.get(AgencyName, fold_name(name))
        found = found or (desk.work.session.get(Agency, known.agency_id) if known else None)
    actual: dict[str, Any] = {}
    if found:
        members = {a.id: a.code for a in desk.work.all(Agency, Agency.id.in_(found.constituents))}  # type: ignore[attr-defined]
        actual = {
            "constituents": [members[constituent] for constituent in found.constituents],
            "code": desk.same_agency(entry.code, found.id),
        }
    desk.put(path, entry, "agency", entry.code, found, lambda work: add_agency(work, **entry.values()), **actual)


def record_group(desk: Recorder, entry: GroupEntry, path: Path_) -> Group:
    """The group itself."""
    found = desk.work.find(Group, Group.code == entry.code)
    return desk.put(path, entry, "group", entry.code, found, lambda work: establish_group(work, **entry.values()), entry.established_on)


def record_foundations(desk: Recorder, group: Group, entry: GroupEntry, path: Path_) -> None:
    """Everything dated that plans and bodies rest on, each kind in the order of its days."""
    for i, decision in _by_day(entry.decisions, "decided_on"):
        _decision(desk, group, decision, (*path, "decisions", i))
    for i, modality in _by_day(entry.modalities, "effective_on"):
        _modality(desk, group, modality, (*path, "modalities", i))
    for i, member in _by_day(entry.members, "starts_on"):
        _member(desk, group, member, (*path, "members", i))
    for i, appointment in _by_day(entry.appointments, "starts_on"):
        _appointment(desk, group, appointment, (*path, "appointments", i))
    for i, term in _by_day(entry.chairmanships, "starts_on"):
        _chairmanship(desk, group, term, (*path, "chairmanships", i))


def _by_day(entries: list[Any], name: str) -> list[tuple[int, Any]]:
    return sorted(enumerate(entries), key=lambda e: getattr(e[1], name) or date.min)


def _decision(desk: Recorder, group: Group, entry: DecisionEntry, path: Path_) -> None:
    found = desk.work.find(Decision, Decision.group_id == group.id, Decision.code == entry.code)
    label = f"{entry.decided_on} {entry.code}"
    desk.put(path, entry, "decision", label, found, lambda work: record_decision(work, group, **entry.values()), entry.decided_on)


def _modality(desk: Recorder, group: Group, entry: ModalityEntry, path: Path_) -> None:
    found = desk.work.find(Modality, Modality.group_id == group.id, Modality.effective_on == entry.effective_on)

    def add(work: Work) -> Modality:
        return adopt_modality(work, group, **entry.values(decision=desk.decision(entry, path)))

    desk.put(path, entry, "modality", f"{entry.effective_on} {entry.chair_term_months} months", found, add, entry.effective_on)


def _member(desk: Recorder, group: Group, entry: MemberEntry, path: Path_) -> None:
    agency = desk.agency(entry.agency, (*path, "agency"))
    first = entry.starts_on or group.established_on
    same = [Membership.group_id == group.id, Membership.agency_id == agency.id, Membership.starts_on == first]

    def add(work: Work) -> Membership:
        return admit_member(work, group, **entry.values(starts_on=first, decision=desk.decision(entry, path)))

    found = desk.work.find(Membership, *same)
    desk.put(path, entry, entry.role, f"{first} {agency.code}", found, add, first, agency=entry.agency)


def _appointment(desk: Recorder, group: Group, entry: AppointmentEntry, path: Path_) -> None:
    agency = desk.agency(entry.agency, (*path, "agency"))
    person = desk.person(entry.person, agency, path)
    found = desk.work.find(
        Appointment, Appointment.group_id == group.id, Appointment.agency_id == agency.id, Appointment.person_id == person.id,
        Appointment.role == entry.role, Appointment.starts_on == entry.starts_on,
    )  # fmt: skip

    def add(work: Work) -> Appointment:
        return appoint_person(work, group, **entry.values(person=person.id))

    label = f"{entry.starts_on} {agency.code} {entry.role}"
    desk.put(path, entry, "appointment", label, found, add, entry.starts_on, agency=entry.agency, person=entry.person)


def _chairmanship(desk: Recorder, group: Group, entry: ChairmanshipEntry, path: Path_) -> None:
    agencies = [desk.agency(h.agency, (*path, "holders", i, "agency")) for i, h in enumerate(entry.holders)]
    found, holders = _term(desk, group, entry.starts_on, [a.id for a in agencies])

    def add(work: Work) -> Chairmanship:
        return nominate_chair(work, group, **entry.values(decision=desk.decision(entry, path)))

    label = f"{entry.starts_on} {', '.join(a.code for a in agencies)}"
    if found and found.state == "nominated" and entry.state == "confirmed":
        _confirm(desk, entry, found, label, path)
    shown = [
        {"agency": given.agency, "coordinator": desk.same_agency(given.coordinator, held.coordinator_id), "principal": held.principal}
        for given, held in zip(entry.holders, holders, strict=False)
    ]
    desk.put(path, entry, "chairmanship", label, found, add, entry.starts_on, holders=shown)


def _term(desk: Recorder, group: Group, starts_on: date, agencies: list[str]) -> tuple[Chairmanship | None, list[Holder]]:
    """The term that begins on a day with these holders; one that stands before one that was cancelled."""
    terms = desk.work.all(Chairmanship, Chairmanship.group_id == group.id, Chairmanship.starts_on == starts_on)
    for term in sorted(terms, key=lambda t: t.state == "cancelled"):
        holders = desk.work.all(Holder, Holder.chairmanship_id == term.id, order_by=Holder.position)
        if [h.agency_id for h in holders] == agencies:
            return term, holders
    return None, []


def _confirm(desk: Recorder, entry: ChairmanshipEntry, term: Chairmanship, label: str, path: Path_) -> None:
    def act(work: Work) -> None:
        confirm_chair(work, term, desk.decision(entry, path))

    desk.step(path, "confirmed", label, term, Permission.CONFIRM_CHAIR, entry.starts_on, act, entry=entry)
