"""The life of a plan: when its structure may change, and how long it may be."""

import hashlib
import json
from datetime import date
from typing import Any

from app.core.codes import closed
from app.core.dates import whole_months
from app.core.errors import Conflict, Invalid, WrongState
from app.membership.models import Modality
from app.workplans.models import Workplan

PHASES = closed("workplan.phase", "past", "current", "upcoming")
STATES = closed("workplan.state", "draft", "circulated", "endorsed", "closed", "superseded")


class RevisionRequired(Conflict):
    message = (
        "This plan is endorsed: its streams, deliverables and due dates change only by revision. "
        "Open one with POST /api/v1/workplans/{id}/revise (decision and reason), make the changes, and endorse it again."
    )


class PlanOverlap(Conflict):
    message = "Another endorsed plan ({code}) holds some of these days already. Close it, choose other days, or mark one as transitional."


class PlanLengthOutsideModality(Invalid):
    message = "The modality in force asks for a plan of {least} to {most} months; this one has {months}."
    pointer = "/ends_on"


class WorkplanCodeTaken(Conflict):
    message = "This group has a workplan '{code}' already. Choose another code."


class StreamCodeTaken(Conflict):
    message = "This plan has a stream '{code}' already. Choose another code."


def check_length(starts_on: date, ends_on: date, modality: Modality | None) -> None:
    """Refuse a plan shorter or longer than the modality in force on its first day asks for."""
    if modality is None:
        return
    months = whole_months(starts_on, ends_on)
    least, most = modality.plan_min_months or 0, modality.plan_max_months or months
    if not least <= months <= most:
        raise PlanLengthOutsideModality(least=least, most=modality.plan_max_months or "any number of", months=months)


def check_alive(plan: Workplan) -> None:
    """Refuse a change in a plan that has ended."""
    if plan.state in ("closed", "superseded"):
        raise WrongState(what="workplan", state=plan.state, allowed="draft, circulated, endorsed")


def check_structure(plan: Workplan) -> None:
    """Refuse a change of structure or due dates in an endorsed plan that no revision has opened."""
    check_alive(plan)
    if plan.state == "endorsed" and not plan.revising:
        raise RevisionRequired(id=plan.id)


def digest(items: list[dict[str, Any]] | dict[str, Any]) -> str:
    """SHA-256 of a baseline's items, or of a hand-over's pack, as canonical JSON (sorted keys, no spaces, UTF-8)."""
    return hashlib.sha256(json.dumps(items, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
