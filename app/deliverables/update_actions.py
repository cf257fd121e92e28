"""Progress updates: what is reported counts at once, or where a group reviews them once it is accepted. "Nothing new" is a report too,
of a day and without text, and always counts."""

from typing import Any

from app.actors import Subject
from app.core.errors import Forbidden, NotFound
from app.core.work import Work
from app.deliverables.actions import chairs_over, check_changeable, deliverable_subject, leads_on, require_lead, today_for
from app.deliverables.models import Deliverable, ProgressUpdate
from app.deliverables.rules import OPEN, check_status, check_update
from app.groups.actions import group_of
from app.policy import Permission

CLAIMED = ("status", "percent", "confidence")


def load_update(work: Work, id: str) -> ProgressUpdate:
    """The update of this id; a draft is there for its author's agency and the secretariat only."""
    update = work.get(ProgressUpdate, id)
    if not work.actor.is_told(update.group_id, update.only_for):
        raise NotFound(what="progress update")
    return update


def update_subject(work: Work, update: ProgressUpdate) -> Subject:
    """An update as permissions see it: that of the agency that reported, and under the chairs of its deliverable's body."""
    deliverable = work.get(Deliverable, update.deliverable_id)
    own = frozenset({update.agency_id}) if update.agency_id else frozenset[str]()
    return Subject(update.group_id, own, lambda: chairs_over(work, deliverable))


def post_update(work: Work, deliverable: Deliverable, *, status: str | None, links: list[str], **claim: Any) -> ProgressUpdate:
    """Report on a deliverable. The state, percent and confidence that it claims are taken over in the same transaction; where the group
    reviews updates this is a draft, and claims nothing yet.

    A contributor reports on its part: it tells, and claims nothing.
    """
    roles = _roles({"status": status, **claim})
    work.require(Permission.POST_UPDATE, deliverable_subject(work, deliverable, *roles))
    given = {"status": status, "links": links, **claim}
    if _reviewed(work, deliverable):
        check_status(deliverable, *OPEN)
        check_changeable(work, deliverable)
        return work.add(_report(work, deliverable, "update", state="draft", **given))
    _apply(work, deliverable, given)
    return work.add(_report(work, deliverable, "update", **given))


def amend_update(work: Work, update: ProgressUpdate, **changes: Any) -> ProgressUpdate:
    """Change a draft, or what was returned. What was submitted is locked."""
    work.require(Permission.AMEND_UPDATE, update_subject(work, update))
    work.check_version(update)
    check_update(update, "draft", "returned")
    _check_reporter(work, update, {name: changes.get(name, getattr(update, name)) for name in CLAIMED})
    work.amend(update, **changes)
    return update


def submit_update(work: Work, update: ProgressUpdate) -> ProgressUpdate:
    """Submit a draft, or anew what was returned, for review. What could not be accepted as things stand is refused at once.

    Where the group has chosen direct updates since, it counts at once. Submitting again changes nothing.
    """
    work.require(Permission.SUBMIT_UPDATE, update_subject(work, update))
    if update.state == "submitted":
        return update
    check_update(update, "draft", "returned")
    claim = {name: getattr(update, name) for name in CLAIMED}
    _check_reporter(work, update, claim)
    deliverable = work.get(Deliverable, update.deliverable_id)
    _check_claim(work, deliverable, claim["status"])
    update.submitted_on = today_for(work, update)
    update.state, update.review_note, update.reviewed_by, update.reviewed_on = "submitted", None, None, None
    if not _reviewed(work, deliverable):
        _apply(work, deliverable, claim | {"narrative": update.narrative})
        update.state = "accepted"
    return update


def accept_update(work: Work, update: ProgressUpdate) -> ProgressUpdate:
    """Accept what was submitted: what it claims counts from now on, by the same rules as a direct update. Accepting again changes nothing."""
    work.require(Permission.ACCEPT_UPDATE, update_subject(work, update))
    if update.state == "accepted":
        return update
    check_update(update, "submitted")
    _apply(work, work.get(Deliverable, update.deliverable_id), {name: getattr(update, name) for name in (*CLAIMED, "narrative")})
    return _reviewed_as(work, update, "accepted", None)


def return_update(work: Work, update: ProgressUpdate, note: str) -> ProgressUpdate:
    """Return what was submitted, with a note. It can be amended and submitted again."""
    work.require(Permission.RETURN_UPDATE, update_subject(work, update))
    work.because(note)
    if update.state == "returned" and update.review_note == note:
        return update
    check_update(update, "submitted")
    return _reviewed_as(work, update, "returned", note)


def confirm_deliverable(work: Work, deliverable: Deliverable) -> Deliverable:
    """Say that there is nothing new: a dated confirmation, freshness without invented text."""
    work.require(Permission.CONFIRM_DELIVERABLE, deliverable_subject(work, deliverable))
    _check_claim(work, deliverable, None)
    deliverable.confirmed_on = today_for(work, deliverable)
    work.add(_report(work, deliverable, "nothing_new"))
    return deliverable


def _reviewed(work: Work, deliverable: Deliverable) -> bool:
    return group_of(work, deliverable).updates == "reviewed"


def _reviewed_as(work: Work, update: ProgressUpdate, state: str, note: str | None) -> ProgressUpdate:
    today = today_for(work, update)  # asked for first: a query between two assignments would make two changes of them
    update.state, update.review_note, update.reviewed_by, update.reviewed_on = state, note, work.actor.id, today
    return update


def _roles(claim: dict[str, Any]) -> tuple[str, ...]:
    """Who may report this: a claim is for those who lead."""
    return ("lead", "co_lead") if any(claim[name] is not None for name in CLAIMED) else ("lead", "co_lead", "contributor")


def _check_reporter(work: Work, update: ProgressUpdate, claim: dict[str, Any]) -> None:
    """An agency's own people report for it only what its part, as it is today, lets it report."""
    deliverable = work.get(Deliverable, update.deliverable_id)
    if update.agency_id is None or update.agency_id not in work.actor.speaks_for(update.group_id):
        return  # the secretariat
    if update.agency_id not in leads_on(work, deliverable, today_for(work, deliverable), *_roles(claim)) | chairs_over(work, deliverable):
        raise Forbidden(permission=Permission.POST_UPDATE.value)


def _check_claim(work: Work, deliverable: Deliverable, status: str | None) -> None:
    """Refuse a report on what is not open, or a claimed state that is a step of its own."""
    check_status(deliverable, *OPEN)
    check_changeable(work, deliverable)
    if status == "in_progress":
        check_status(deliverable, "not_started", "in_progress")
        if deliverable.status != status:
            require_lead(work, deliverable)
    elif status:
        check_status(deliverable, status)


def _apply(work: Work, deliverable: Deliverable, claim: dict[str, Any]) -> None:
    """Take over what a report claims; it was looked at today."""
    _check_claim(work, deliverable, claim["status"])
    work.because(claim["narrative"])
    changes = {name: claim[name] for name in CLAIMED if claim[name] is not None} | {"confirmed_on": today_for(work, deliverable)}
    for name, value in changes.items():
        setattr(deliverable, name, value)


def _report(work: Work, deliverable: Deliverable, kind: str, **values: Any) -> ProgressUpdate:
    own, today = work.actor.speaks_for(deliverable.group_id), today_for(work, deliverable)
    return ProgressUpdate(
        group_id=deliverable.group_id, deliverable_id=deliverable.id, kind=kind, reported_on=today, actor=work.actor.id,
        agency_id=min(own) if own else None, **values,
    )  # fmt: skip
