"""Changing agencies and people."""

from typing import Any

import sqlalchemy as sa

from app.actors import Subject
from app.agencies.models import Agency, AgencyName, Person
from app.agencies.rules import AgencyNameTaken, check_constituents
from app.core.db import table_of
from app.core.errors import UnknownReference
from app.core.search import fold_name
from app.core.work import Work
from app.policy import Permission


def find_agency(work: Work, name: str, pointer: str = "/agency") -> Agency:
    """The agency of this code or alias; `UnknownReference` where there is none."""
    found = work.session.get(AgencyName, fold_name(name))
    if found is None:
        raise UnknownReference(what="agency", pointer=pointer)
    agency = work.session.get(Agency, found.agency_id)
    assert agency is not None
    return agency


def add_agency(work: Work, *, code: str, aliases: list[str], constituents: list[str], **values: Any) -> Agency:
    """Add an agency under a code and aliases that no other agency bears."""
    work.require(Permission.ADD_AGENCY, Subject())
    ids = _constituents(work, values["kind"], constituents)
    _check_names(work, None, code, aliases)
    agency = work.add(Agency(code=code, aliases=aliases, constituents=ids, **values))
    _claim_names(work, agency)
    return agency


def amend_agency(work: Work, agency: Agency, **changes: Any) -> Agency:
    """Change an agency; a code that it loses stays free for others."""
    work.require(Permission.AMEND_AGENCY, Subject())
    work.check_version(agency)
    if "constituents" in changes or "kind" in changes:
        given = changes.get("constituents")
        codes = given if given is not None else [a.code for a in work.all(Agency, Agency.id.in_(agency.constituents))]  # type: ignore[attr-defined]
        changes["constituents"] = _constituents(work, changes.get("kind", agency.kind), codes)
        listed = any(agency.id in other.constituents for other in work.all(Agency, Agency.kind == "constituency"))
        check_constituents("constituency", [changes.get("kind", agency.kind)] if listed else [])
    named = {n: changes.get(n, getattr(agency, n)) for n in ("code", "aliases")}
    _check_names(work, agency.id, named["code"], named["aliases"])
    work.amend(agency, **changes)
    _claim_names(work, agency)
    return agency


def _constituents(work: Work, kind: str, codes: list[str]) -> list[str]:
    found = [find_agency(work, code, "/constituents") for code in codes]
    check_constituents(kind, [a.kind for a in found])
    return [a.id for a in found]


def _check_names(work: Work, own_id: str | None, code: str, aliases: list[str]) -> None:
    for name in [code, *aliases]:
        taken = work.session.get(AgencyName, fold_name(name))
        if taken is not None and taken.agency_id != own_id:
            raise AgencyNameTaken(name=name)


def _claim_names(work: Work, agency: Agency) -> None:
    wanted = {fold_name(n) for n in [agency.code, *agency.aliases]}
    names = table_of(AgencyName).c
    connection = work.session.connection()
    held = set(connection.scalars(sa.select(names.name).where(names.agency_id == agency.id)))
    connection.execute(sa.delete(table_of(AgencyName)).where(names.agency_id == agency.id, names.name.in_(held - wanted)))
    if wanted - held:
        rows = [{"name": n, "agency_id": agency.id} for n in sorted(wanted - held)]
        connection.execute(sa.insert(table_of(AgencyName)), rows)


def add_person(work: Work, *, name: str, email: str | None, agency: str) -> Person:
    """Add somebody who works for an agency."""
    work.require(Permission.ADD_PERSON, Subject())
    return work.add(Person(name=name, email=email, agency_id=find_agency(work, agency).id))


def amend_person(work: Work, person: Person, **changes: Any) -> Person:
    """Correct a name or address, or move somebody to another agency. Appointments stay as they are."""
    work.require(Permission.AMEND_PERSON, Subject())
    work.check_version(person)
    if "agency" in changes:
        changes["agency_id"] = find_agency(work, changes.pop("agency")).id
    work.amend(person, **changes)
    return person
