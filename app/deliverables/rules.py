"""The life of a deliverable and of the parts that agencies have in it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from app.bodies.models import Body
from app.bodies.rules import OPEN as OPEN_BODY
from app.bodies.rules import BodiesBelow, SunsetNotPassed
from app.core.codes import closed
from app.core.dates import VagueDate
from app.core.errors import Conflict, Invalid, Problem, WrongState
from app.deliverables.models import Assignment, Deliverable, Milestone, ProgressUpdate

STATUSES = closed("deliverable.status", "not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded")
OPEN = ("not_started", "in_progress", "on_hold")
CONFIDENCES = closed("deliverable.confidence", "on_track", "at_risk", "off_track")
VISIBILITIES = closed("deliverable.visibility", "internal", "public")
ROLES = closed("assignment.role", "lead", "co_lead", "contributor", "reviewer")
ANSWERS = closed("assignment.state", "proposed", "accepted", "declined", "ended")
UPDATE_KINDS = closed("update.kind", "update", "nothing_new")
UPDATE_STATES = closed("update.state", "draft", "submitted", "accepted", "returned")
MILESTONE_STATES = closed("milestone.state", "open", "reached", "withdrawn")
DEPENDENCY_FLAGS = closed("dependency.flag", "overdue", "due_after", "in_vain")
CARRIED = closed("lineage.kind", "continues", "split", "merged", "dropped")
ENDS = closed("checklist.end", "open", "delivered", "cancelled", "superseded", "carried_over", "dropped", "moved")
STEPS = closed("checklist.step", "close", "lapse", "dissolve", "convert")
SAYS = closed("checklist.need", "outcome", "decision", "reason", "code")
NEEDS = {"close": ["outcome"], "lapse": [], "dissolve": ["decision", "reason"], "convert": ["decision", "code"]}
"""What a step that ends a body has to say."""
ENDING = {"working_group": STEPS[:1], "task_force": STEPS, "secretariat": STEPS[:3]}
"""The steps that end each kind of body."""
DECLINE_REASONS = closed("assignment.decline_reason", "capacity", "mandate", "funding", "conflict", "wrong_agency", "other")


class DueAfterSunset(Invalid):
    message = "{body} ends on {sunset_on}: a deliverable of it is due by then. Choose an earlier day, or extend it by decision first."
    pointer = "/due"


class LeadRequired(Conflict):
    message = "Work is not in progress without an accepted lead. Ask an agency with POST /api/v1/deliverables/{id}/assignments, and let it accept."


class EvidenceRequired(Invalid):
    message = "{what}"
    pointer = "/evidence"


class DeliveredInTheFuture(Invalid):
    message = "A delivery is recorded once it happened: {delivered_on} reaches beyond today, {today}."
    pointer = "/delivered_on"


class DeliverableCodeTaken(Conflict):
    message = "This plan has a deliverable '{code}' already. Choose another code."


class LeadTaken(Conflict):
    message = "{agency} has accepted to lead this deliverable at that time. End that assignment first, or ask for another role."


class AlreadyAsked(Conflict):
    message = "{agency} has been asked for this role already ({state}). Answer or end that assignment first."


class OnBehalfOfAnother(Invalid):
    message = "This is for {agency} to answer: an answer by proxy names that agency."
    pointer = "/on_behalf_of"


class ReachedInTheFuture(Invalid):
    message = "A milestone is reached once it happened: {done_on} lies after today, {today}."
    pointer = "/done_on"


class AlreadyWaiting(Conflict):
    message = "This deliverable waits for {code} already. End that dependency first."


class DependencyCycle(Conflict):
    message = "This would close a circle, in which each waits for the next: {path}. End one of these dependencies first."


class OpenDeliverables(Conflict):
    message = "{code} still has open deliverables: {open}. Deliver, cancel or move each of them first."


class SunsetStrandsDeliverables(Conflict):
    message = "These deliverables of {code} are due after {sunset_on}: {open}. Bring them forward, move or cancel them first."


class AlreadyCarriedOver(Conflict):
    message = "This deliverable was carried over already ({kind}). Only one that is split has several that go on with it."


class CarryOverIncomplete(Invalid):
    message = "{why}"

    def __init__(self, *, why: str, pointer: str, **params: Any) -> None:
        self.pointer = pointer  # type: ignore[misc]
        super().__init__(why=why, **params)


def check_carrying(kind: str, *, stream: str | None, into: str | None, reason: str | None) -> None:
    """What each kind of carrying over says: where the work goes on, or why it does not."""
    if kind in ("continues", "split"):
        if not stream or into:
            raise CarryOverIncomplete(
                why=f"'{kind}' names the stream of the other plan in which it goes on, and no 'into'.", pointer="/stream"
            )
    elif kind == "merged":
        if not into or stream:
            raise CarryOverIncomplete(
                why="'merged' names in 'into' the deliverable of the other plan that it becomes part of, and no stream.", pointer="/into"
            )
    elif stream or into or not reason:
        raise CarryOverIncomplete(
            why="'dropped' says in 'reason' why it does not go on, and names no stream or deliverable.", pointer="/reason"
        )


def check_reached(done_on: date, today: date) -> None:
    """A milestone is reached on a day that is not to come."""
    if done_on > today:
        raise ReachedInTheFuture(done_on=done_on.isoformat(), today=today.isoformat())


def milestone_state(milestone: Milestone) -> str:
    """What is stored of a milestone's life."""
    return "withdrawn" if milestone.withdrawn_on else "reached" if milestone.done_on else "open"


def check_milestone(milestone: Milestone, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the state of a milestone."""
    if (state := milestone_state(milestone)) not in allowed:
        raise WrongState(what="milestone", state=state, allowed=", ".join(allowed))


def check_update(update: ProgressUpdate, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the state of a progress update: what is submitted is locked for its author."""
    if update.state not in allowed:
        raise WrongState(what="update", state=update.state, allowed=", ".join(allowed))


def check_status(deliverable: Deliverable, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the deliverable's stored state."""
    if deliverable.status not in allowed:
        raise WrongState(what="deliverable", state=deliverable.status, allowed=", ".join(allowed))


def check_due(due: VagueDate | None, body: Body | None) -> None:
    """Refuse a due date whose last day lies after the sunset of the deliverable's body."""
    if due and body and body.sunset_on and due.latest > body.sunset_on:
        raise DueAfterSunset(body=body.code, sunset_on=body.sunset_on.isoformat())


def check_delivery(delivered: VagueDate, today: date, evidence: list[str], waiver: str | None) -> None:
    """A delivery lies in the past and shows at least one link, or says why it cannot."""
    if delivered.latest > today:
        raise DeliveredInTheFuture(delivered_on=delivered.value, today=today.isoformat())
    if not evidence and not waiver:
        raise EvidenceRequired(what="Delivering needs a link in 'evidence', or the reason in 'waiver' why there is none.")


def check_proxy(own: bool, on_behalf_of: str | None, evidence: str | None, agency: str) -> None:
    """The secretariat answers only by proxy: it names the agency, and what the answer rests on ("e-mail of 3 March")."""
    if own:
        return
    if not evidence:
        raise EvidenceRequired(
            what="Answering by proxy needs 'evidence': say what the agency's answer rests on, such as \"e-mail of 3 March\"."
        )
    if not on_behalf_of:
        raise OnBehalfOfAnother(agency=agency)


def check_answerable(assignment: Assignment) -> None:
    """An ended assignment is final; ask again instead."""
    if assignment.state == "ended":
        raise WrongState(what="assignment", state="ended", allowed="proposed, accepted, declined")


class Ending(Protocol):
    """As much of a body as the judgement needs."""

    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def sunset_on(self) -> date | None: ...


def against_ending(step: str, body: Ending, today: date, left: Sequence[str], below: Sequence[str]) -> list[Problem]:
    """Everything that stands in the way of ending a body: the step raises the first of it, its checklist tells all.

    `left` are the codes of its open deliverables, `below` those of the bodies under it; what converts it takes over both.
    """
    found: list[Problem] = []
    allowed = ("proposed", "active") if step == "convert" else OPEN_BODY
    if body.state not in allowed:
        found.append(WrongState(what=body.kind.replace("_", " "), state=body.state, allowed=", ".join(allowed)))
    if step == "lapse" and body.sunset_on is not None and today <= body.sunset_on:
        found.append(SunsetNotPassed(code=body.code, sunset_on=body.sunset_on.isoformat()))
    if left and step != "convert":
        found.append(OpenDeliverables(code=body.code, open=", ".join(left)))
    if below and step != "convert":
        found.append(BodiesBelow(code=body.code, below=", ".join(below)))
    return found


def against_closing(state: str, code: str, left: Sequence[str]) -> list[Problem]:
    """The same for closing a plan, or letting another supersede it."""
    found: list[Problem] = []
    if state in ("closed", "superseded"):
        found.append(WrongState(what="workplan", state=state, allowed="draft, circulated, endorsed"))
    if left:
        found.append(OpenDeliverables(code=code, open=", ".join(left)))
    return found


def check_none(found: Sequence[Problem]) -> None:
    """Raise the first of what stands in the way."""
    if found:
        raise found[0]
