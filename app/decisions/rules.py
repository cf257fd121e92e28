"""When a step has the authority it needs."""

from datetime import date

from app.core.codes import closed
from app.core.errors import Conflict, Invalid, WrongState
from app.decisions.models import ActionPoint

LEVELS = closed("decision.level", "principals", "technical", "troika", "body", "retreat")
METHODS = closed("decision.method", "consensus", "silence", "vote")
KINDS = closed(
    "decision.kind", "endorse_plan", "revise_plan", "establish", "extend", "dissolve", "convert", "admit", "elect_chair", "change_modality",
    "waive", "other",
)  # fmt: skip

ACTION_POINT_STATES = closed("action_point.state", "open", "done", "cancelled")


class DecisionRequired(Invalid):
    message = "{step} needs the decision behind it: record it with POST /api/v1/decisions and give its id in 'decision'."
    pointer = "/decision"


class DecisionCodeTaken(Conflict):
    message = "This group has a decision '{code}' already. Choose another code."


class DecidedInTheFuture(Invalid):
    message = "A decision is recorded once it was taken: {decided_on} is after today, {today}."
    pointer = "/decided_on"


class AskedInTheFuture(Invalid):
    message = "An action point is recorded once it was asked for: {asked_on} is after today, {today}."
    pointer = "/asked_on"


class DoneInTheFuture(Invalid):
    message = "What is done is recorded once it was done: {done_on} is after today, {today}."
    pointer = "/done_on"


class DoneBeforeAsked(Invalid):
    message = "It was asked for on {asked_on}: it cannot have been done before. Correct one of the two days."
    pointer = "/done_on"


def check_decided_on(decided_on: date, today: date) -> None:
    if decided_on > today:
        raise DecidedInTheFuture(decided_on=decided_on.isoformat(), today=today.isoformat())


def check_asked_on(asked_on: date, done_on: date | None, today: date) -> None:
    """What was asked was asked by today, and before it was done."""
    if asked_on > today:
        raise AskedInTheFuture(asked_on=asked_on.isoformat(), today=today.isoformat())
    if done_on and done_on < asked_on:
        raise DoneBeforeAsked(asked_on=asked_on.isoformat())


def check_done_on(point: ActionPoint, done_on: date, today: date) -> None:
    """What is done was done by today, and not before it was asked for."""
    if done_on > today:
        raise DoneInTheFuture(done_on=done_on.isoformat(), today=today.isoformat())
    if done_on < point.asked_on:
        raise DoneBeforeAsked(asked_on=point.asked_on.isoformat())


def check_point(point: ActionPoint, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the action point's state."""
    if point.state not in allowed:
        raise WrongState(what="action point", state=point.state, allowed=", ".join(allowed))
