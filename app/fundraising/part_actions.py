"""Asking agencies for their part in a project, and their answers: as with deliverables."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.core.dates import overlap
from app.core.work import Work
from app.deliverables.rules import OnBehalfOfAnother, check_proxy
from app.fundraising.actions import check_part_membership, today_of
from app.fundraising.models import Project, ProjectPart
from app.fundraising.rules import PartAlreadyAsked, ProjectLeadTaken, check_alive, check_part_answerable
from app.groups.rules import check_period
from app.policy import Permission


def part_subject(part: ProjectPart) -> Subject:
    """A part as permissions see it: it is the asked agency's to answer, and nobody else's."""
    return Subject(part.group_id, frozenset({part.agency_id}))


def propose_part(
    work: Work, project: Project, *, agency: str, role: str, starts_on: date | None, ends_on: date | None, **values: Any
) -> ProjectPart:
    """Ask an agency for a part. Leads are members on the first day; observers may be partners."""
    today = today_of(work, project)
    work.require(Permission.PROPOSE_PART, Subject(project.group_id))
    found = find_agency(work, agency)
    first = starts_on or today
    check_period(first, ends_on)
    check_part_membership(work, project.group_id, found, role, first)
    check_alive(project)
    same = [ProjectPart.project_id == project.id, ProjectPart.agency_id == found.id, ProjectPart.role == role]
    for other in work.all(ProjectPart, *same, ProjectPart.ends_on.is_(None)):  # type: ignore[union-attr]
        if other.state in ("proposed", "accepted") and ends_on is None:
            raise PartAlreadyAsked(agency=found.code, state=other.state)
    part = ProjectPart(
        group_id=project.group_id, project_id=project.id, agency_id=found.id, role=role, starts_on=first, ends_on=ends_on, asked_by=work.actor.id, **values
    )  # fmt: skip
    return work.add(part)


def accept_part(work: Work, part: ProjectPart, *, on_behalf_of: str | None = None, evidence: str | None = None) -> ProjectPart:
    """Accept a part; by proxy on behalf of the asked agency, with evidence. Accepting again changes nothing."""
    work.require(Permission.ACCEPT_PART, part_subject(part))
    behalf = _answering(work, part, on_behalf_of, evidence)
    if part.state == "accepted":
        return part
    check_part_answerable(part)
    check_part_membership(work, part.group_id, work.get(Agency, part.agency_id), part.role, part.starts_on)
    check_alive(work.get(Project, part.project_id))
    if part.role == "lead":
        _check_lead_free(work, part)
    return _answer(work, part, behalf, evidence, state="accepted", accepted_at=work.now)


def decline_part(
    work: Work,
    part: ProjectPart,
    *,
    reason: str,
    note: str | None,
    suggest: str | None,
    on_behalf_of: str | None = None,
    evidence: str | None = None,
) -> ProjectPart:
    """Decline a part with a typed reason, and perhaps suggest another agency."""
    work.require(Permission.DECLINE_PART, part_subject(part))
    behalf = _answering(work, part, on_behalf_of, evidence)
    suggested = find_agency(work, suggest, "/suggest").id if suggest else None
    if (part.state, part.decline_reason, part.decline_note, part.suggested_id) == ("declined", reason, note, suggested):
        return part
    check_part_answerable(part)
    check_alive(work.get(Project, part.project_id))
    work.because(f"{reason}: {note}" if note else reason)
    declined = {"state": "declined", "accepted_at": None, "decline_reason": reason, "decline_note": note, "suggested_id": suggested}
    return _answer(work, part, behalf, evidence, **declined)


def end_part(work: Work, part: ProjectPart, *, reason: str, ends_on: date | None = None) -> ProjectPart:
    """End a part on a day (default today). An ended part is final; who had it until then stays known."""
    work.require(Permission.END_PART, part_subject(part))
    work.because(reason)
    if part.state == "ended":
        return part
    today = today_of(work, part)
    last = ends_on or max(today, part.starts_on)
    if part.ends_on:
        last = min(last, part.ends_on)
    check_period(part.starts_on, last)
    part.ends_on = last
    if part.state != "accepted" or last <= max(today, part.starts_on):
        part.state = "ended"
    return part


def _answering(work: Work, part: ProjectPart, on_behalf_of: str | None, evidence: str | None) -> str | None:
    """Who answers: the asked agency itself, or a proxy that names it and says what the answer rests on."""
    asked = work.get(Agency, part.agency_id)
    if on_behalf_of and find_agency(work, on_behalf_of, "/on_behalf_of").id != asked.id:
        raise OnBehalfOfAnother(agency=asked.code)
    own = asked.id in work.actor.speaks_for(part.group_id)
    if not work.actor.recording:
        check_proxy(own, on_behalf_of, evidence, asked.code)
    work.on_behalf_of = None if own else asked.id
    return work.on_behalf_of


def _answer(work: Work, part: ProjectPart, behalf: str | None, evidence: str | None, **values: Any) -> ProjectPart:
    cleared = {"decline_reason": None, "decline_note": None, "suggested_id": None}
    answer = {"answered_by": work.actor.id, "answered_at": work.now, "on_behalf_of_id": behalf, "evidence": evidence}
    for name, value in (cleared | answer | values).items():
        setattr(part, name, value)
    work.session.flush()
    return part


def _check_lead_free(work: Work, part: ProjectPart) -> None:
    """One accepted lead at a time. The database holds the same rule against races."""
    same = [ProjectPart.project_id == part.project_id, ProjectPart.role == "lead", ProjectPart.state == "accepted"]
    for other in work.all(ProjectPart, *same):
        if other.id != part.id and overlap(other.starts_on, other.ends_on, part.starts_on, part.ends_on):
            raise ProjectLeadTaken(agency=work.get(Agency, other.agency_id).code)
