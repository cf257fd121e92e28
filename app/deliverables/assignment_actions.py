"""Asking agencies for their part in a deliverable, and their answers."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.core.dates import FOREVER, overlap
from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables.actions import chairs_over, check_changeable, today_for
from app.deliverables.models import Assignment, Deliverable
from app.deliverables.rules import AlreadyAsked, LeadTaken, OnBehalfOfAnother, check_answerable, check_proxy
from app.groups.rules import check_period
from app.membership.actions import require_in_group, require_member
from app.policy import Permission

UNENDED = ("proposed", "accepted")
"""The states of a part that an agency is asked for or has."""


def assignment_subject(work: Work, assignment: Assignment) -> Subject:
    """An assignment as permissions see it: it is the asked agency's to answer."""
    deliverable = work.get(Deliverable, assignment.deliverable_id)
    return Subject(assignment.group_id, frozenset({assignment.agency_id}), lambda: chairs_over(work, deliverable))


def propose_assignment(
    work: Work, deliverable: Deliverable, *, agency: str, role: str, starts_on: date | None, ends_on: date | None, **values: Any
) -> Assignment:
    """Ask an agency for a part. Leads and co-leads are members on the first day; observers may contribute."""
    today = today_for(work, deliverable)
    work.require(Permission.PROPOSE_ASSIGNMENT, Subject(deliverable.group_id, body_chairs=lambda: chairs_over(work, deliverable)))
    found = find_agency(work, agency)
    first = starts_on or today
    check_period(first, ends_on)
    _check_membership(work, deliverable.group_id, found, role, first)
    check_changeable(work, deliverable)
    if ends_on is None:
        _check_not_asked(work, deliverable, found, role)
    assignment = Assignment(
        group_id=deliverable.group_id, deliverable_id=deliverable.id, agency_id=found.id, role=role, starts_on=first, ends_on=ends_on,
        asked_by=work.actor.id, due_on=deliverable.due_on or FOREVER, **values,
    )  # fmt: skip
    return work.add(assignment)


def _check_not_asked(
    work: Work, deliverable: Deliverable, agency: Agency, role: str, *, taken_over_on: date | None = None, but: str | None = None
) -> None:
    """One open part in a role. Of those without a last day the database holds the same rule against races; a part that is taken over
    does not meet a bounded one either."""
    same = [Assignment.deliverable_id == deliverable.id, Assignment.agency_id == agency.id, Assignment.role == role]
    for other in work.all(Assignment, *same, Assignment.state.in_(UNENDED)):  # type: ignore[attr-defined]
        if other.id != but and (other.ends_on is None or (taken_over_on and other.ends_on >= taken_over_on)):
            raise AlreadyAsked(agency=agency.code, state=other.state)


def _check_membership(work: Work, group_id: str, agency: Agency, role: str, day: date) -> None:
    """Leads and co-leads are members on their first day; contributors and reviewers may be observers."""
    (require_member if role in ("lead", "co_lead") else require_in_group)(work, group_id, agency, day)


def accept_assignment(
    work: Work, assignment: Assignment, *, on_behalf_of: str | None = None, evidence: str | None = None, if_funded: str | None = None
) -> Assignment:
    """Accept a part; by proxy on behalf of the asked agency, with evidence. Accepting again changes nothing, but that with `if_funded`
    a yes becomes one if that project is funded, and without it firm."""
    work.require(Permission.ACCEPT_ASSIGNMENT, assignment_subject(work, assignment))
    behalf = _answering(work, assignment, on_behalf_of, evidence)
    covered = _covered(work, assignment, if_funded)
    if assignment.state == "accepted" and assignment.if_funded_id == if_funded:
        return assignment
    asked, deliverable = work.get(Agency, assignment.agency_id), work.get(Deliverable, assignment.deliverable_id)
    _check_membership(work, assignment.group_id, asked, assignment.role, assignment.starts_on)
    check_answerable(assignment)
    check_changeable(work, deliverable)
    if assignment.ends_on is None:  # an agency that declined and was asked anew answers what it was asked last
        _check_not_asked(work, deliverable, asked, assignment.role, but=assignment.id)
    if assignment.role == "lead":
        _check_lead_free(work, assignment)
    return _answer(work, assignment, behalf, evidence, state="accepted", accepted_at=work.now if covered else None, if_funded_id=if_funded)


def _covered(work: Work, assignment: Assignment, project: str | None) -> bool:
    """Whether a yes is firm at once: it names no project, or one whose money is there already."""
    if project is None:
        return True
    # Projects are a rung above: their table is asked by its name for what an answer must know.
    named = sa.table("projects", sa.column("id"), sa.column("group_id"), sa.column("covered_on"))
    found = (
        work.session.connection()
        .execute(sa.select(named).where(named.c.id == project, named.c.group_id == assignment.group_id))
        .one_or_none()
    )
    if found is None:
        raise UnknownReference(what="project of this group", pointer="/if_funded")
    return found.covered_on is not None


def decline_assignment(
    work: Work, assignment: Assignment, *, reason: str, note: str | None, suggest: str | None, on_behalf_of: str | None = None,
    evidence: str | None = None,
) -> Assignment:  # fmt: skip
    """Decline a part with a typed reason, and perhaps suggest another agency. An answer can be changed; the history keeps both."""
    work.require(Permission.DECLINE_ASSIGNMENT, assignment_subject(work, assignment))
    behalf = _answering(work, assignment, on_behalf_of, evidence)
    suggested = find_agency(work, suggest, "/suggest").id if suggest else None
    answered = (assignment.state, assignment.decline_reason, assignment.decline_note, assignment.suggested_id)
    if answered == ("declined", reason, note, suggested):
        return assignment
    check_answerable(assignment)
    check_changeable(work, work.get(Deliverable, assignment.deliverable_id))
    work.because(f"{reason}: {note}" if note else reason)
    return _answer(
        work,
        assignment,
        behalf,
        evidence,
        state="declined",
        accepted_at=None,
        decline_reason=reason,
        decline_note=note,
        suggested_id=suggested,
    )


def amend_assignment(work: Work, assignment: Assignment, **changes: Any) -> Assignment:
    """Correct what was asked: the first day, the day to answer by, or the provenance."""
    work.require(Permission.AMEND_ASSIGNMENT, assignment_subject(work, assignment))
    work.check_version(assignment)
    first = changes.get("starts_on", assignment.starts_on)
    check_period(first, assignment.ends_on)
    agency = work.get(Agency, assignment.agency_id)
    _check_membership(work, assignment.group_id, agency, assignment.role, first)
    check_answerable(assignment)
    check_changeable(work, work.get(Deliverable, assignment.deliverable_id))
    work.amend(assignment, **changes)
    return assignment


def end_assignment(work: Work, assignment: Assignment, *, reason: str, ends_on: date | None = None) -> Assignment:
    """End a part on a day (default today). An ended part is final; who led until then stays known.

    An accepted part whose last day is still to come stays accepted until then: nobody else leads in those days.
    """
    work.require(Permission.END_ASSIGNMENT, assignment_subject(work, assignment))
    work.because(reason)
    if assignment.state == "ended":
        return assignment
    deliverable = work.get(Deliverable, assignment.deliverable_id)
    last = _last_day(work, assignment, deliverable, ends_on)
    check_changeable(work, deliverable)
    _end(work, assignment, deliverable, last)
    return assignment


def transfer_assignment(
    work: Work, assignment: Assignment, *, agency: str, reason: str, ends_on: date | None = None, answer_by: date | None = None
) -> Assignment:
    """Hand a part over: it ends on a day (default today), and from the following day another agency is asked for the same role.

    The other agency answers as if it had been asked the first time, also where it has declined before. It takes over for as long as
    the part would have lasted. Whoever may both end this part and ask for the next one may do so.
    """
    work.require(Permission.TRANSFER_ASSIGNMENT, assignment_subject(work, assignment))
    work.because(reason)
    other = find_agency(work, agency)
    asked = [Assignment.transferred_from_id == assignment.id, Assignment.agency_id == other.id]
    if taken_over := work.find(Assignment, *asked, Assignment.state.in_(UNENDED)):  # type: ignore[attr-defined]
        return taken_over
    deliverable = work.get(Deliverable, assignment.deliverable_id)
    whole = assignment.ends_on
    last = _last_day(work, assignment, deliverable, ends_on)
    first = last + timedelta(days=1)
    _check_membership(work, assignment.group_id, other, assignment.role, first)
    check_answerable(assignment)
    check_changeable(work, deliverable)
    _check_not_asked(work, deliverable, other, assignment.role, taken_over_on=first)
    _end(work, assignment, deliverable, last)
    work.session.flush()
    return work.add(
        Assignment(
            group_id=assignment.group_id, deliverable_id=deliverable.id, agency_id=other.id, role=assignment.role, starts_on=first,
            ends_on=whole if whole and whole >= first else None, answer_by=answer_by, asked_by=work.actor.id,
            transferred_from_id=assignment.id, due_on=deliverable.due_on or FOREVER,
        )
    )  # fmt: skip


def _last_day(work: Work, assignment: Assignment, deliverable: Deliverable, ends_on: date | None) -> date:
    """The day on which a part ends. Ending shortens; a longer part is asked for anew."""
    last = ends_on or max(today_for(work, deliverable), assignment.starts_on)
    if assignment.ends_on:
        last = min(last, assignment.ends_on)
    check_period(assignment.starts_on, last)
    return last


def _end(work: Work, assignment: Assignment, deliverable: Deliverable, last: date) -> None:
    over = last <= max(today_for(work, deliverable), assignment.starts_on)
    assignment.ends_on = last
    if assignment.state != "accepted" or over:
        assignment.state = "ended"


def _answering(work: Work, assignment: Assignment, on_behalf_of: str | None, evidence: str | None) -> str | None:
    """Who answers: the asked agency itself, or a proxy that names it and says what the answer rests on."""
    asked = work.get(Agency, assignment.agency_id)
    if on_behalf_of and find_agency(work, on_behalf_of, "/on_behalf_of").id != asked.id:
        raise OnBehalfOfAnother(agency=asked.code)
    own = asked.id in work.actor.speaks_for(assignment.group_id)
    if not work.actor.recording:
        check_proxy(own, on_behalf_of, evidence, asked.code)
    behalf = None if own else asked.id
    work.on_behalf_of = behalf
    return behalf


def _answer(work: Work, assignment: Assignment, behalf: str | None, evidence: str | None, **values: Any) -> Assignment:
    cleared = {"decline_reason": None, "decline_note": None, "suggested_id": None, "if_funded_id": None}
    answer = {
        "answered_by": work.actor.id,
        "answered_at": work.now,
        "answered_on": today_for(work, assignment),
        "on_behalf_of_id": behalf,
        "evidence": evidence,
    }
    for name, value in (cleared | answer | values).items():
        setattr(assignment, name, value)
    work.session.flush()
    return assignment


def _check_lead_free(work: Work, assignment: Assignment) -> None:
    """One accepted lead at a time. The database holds the same rule against races."""
    same = [Assignment.deliverable_id == assignment.deliverable_id, Assignment.role == "lead", Assignment.state == "accepted"]
    for other in work.all(Assignment, *same):
        if other.id != assignment.id and overlap(other.starts_on, other.ends_on, assignment.starts_on, assignment.ends_on):
            raise LeadTaken(agency=work.get(Agency, other.agency_id).code)
