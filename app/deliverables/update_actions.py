"""Progress updates: what is reported counts at once. "Nothing new" is a report too, of a day and without text."""

from typing import Any

from app.core.work import Work
from app.deliverables.actions import check_changeable, deliverable_subject, require_lead, today_for
from app.deliverables.models import Deliverable, ProgressUpdate
from app.deliverables.rules import OPEN, check_status
from app.policy import Permission


def post_update(work: Work, deliverable: Deliverable, *, status: str | None, links: list[str], **claim: Any) -> ProgressUpdate:
    """Report on a deliverable; the state, percent and confidence that it claims are taken over in the same transaction.

    A contributor reports on its part: it tells, and claims nothing.
    """
    claims = status is not None or claim["percent"] is not None or claim["confidence"] is not None
    roles = ("lead", "co_lead") if claims else ("lead", "co_lead", "contributor")
    work.require(Permission.POST_UPDATE, deliverable_subject(work, deliverable, *roles))
    check_status(deliverable, *OPEN)
    check_changeable(work, deliverable)
    if status == "in_progress":
        check_status(deliverable, "not_started", "in_progress")
        if deliverable.status != status:
            require_lead(work, deliverable)
    elif status:
        check_status(deliverable, status)
    work.because(claim["narrative"])
    for name, value in {"status": status, "percent": claim["percent"], "confidence": claim["confidence"]}.items():
        if value is not None:
            setattr(deliverable, name, value)
    return _report(work, deliverable, "update", status=status, links=links, **claim)


def confirm_deliverable(work: Work, deliverable: Deliverable) -> Deliverable:
    """Say that there is nothing new: a dated confirmation, freshness without invented text."""
    work.require(Permission.CONFIRM_DELIVERABLE, deliverable_subject(work, deliverable))
    check_status(deliverable, *OPEN)
    check_changeable(work, deliverable)
    _report(work, deliverable, "nothing_new")
    return deliverable


def _report(work: Work, deliverable: Deliverable, kind: str, **values: Any) -> ProgressUpdate:
    own = work.actor.speaks_for(deliverable.group_id)
    today = deliverable.confirmed_on = today_for(work, deliverable)
    return work.add(
        ProgressUpdate(
            group_id=deliverable.group_id, deliverable_id=deliverable.id, kind=kind, reported_on=today, actor=work.actor.id,
            agency_id=min(own) if own else None, **values,
        )
    )  # fmt: skip
