"""When a step has the authority it needs, and when silence has become a decision."""

from collections.abc import Iterable
from datetime import date, timedelta

from app.core.codes import closed
from app.core.dates import FOREVER
from app.core.errors import Conflict, Invalid, WrongState
from app.decisions.models import ActionPoint, Decision, Objection

LEVELS = closed("decision.level", "principals", "technical", "troika", "body", "retreat")
METHODS = closed("decision.method", "consensus", "silence", "vote")
KINDS = closed(
    "decision.kind", "endorse_plan", "revise_plan", "establish", "extend", "dissolve", "convert", "admit", "elect_chair", "change_modality",
    "waive", "other",
)  # fmt: skip

STATES = closed("decision.state", "adopted", "pending", "objected", "fallen", "withdrawn")
"""Computed. A silence procedure is pending, or objected while an objection stands; after its deadline adopted, or fallen."""
ACTION_POINT_STATES = closed("action_point.state", "open", "done", "cancelled")


class DecisionRequired(Invalid):
    message = "{step} needs the decision behind it: record it with POST /api/v1/decisions and give its id in 'decision'."
    pointer = "/decision"


class DecisionPending(Conflict):
    message = "Decision {code} is under silence until {deadline}. It can be named from {decided_on}, unless an objection stands then."


class DecisionNotAdopted(Conflict):
    message = "Decision {code} was not adopted ({state}). Let a meeting decide and record that, or circulate a text anew."


class DecisionDoesNotFit(Invalid):
    message = "Decision {code} is of the kind {kind}; {step} takes one of the kind {allowed}. Name that one, or correct this one's kind."
    pointer = "/decision"


AUTHORITY = (DecisionRequired, DecisionPending, DecisionNotAdopted, DecisionDoesNotFit)
"""What every step can answer that names the decision behind it."""


class CirculatedText(Conflict):
    message = "Decision {code} was circulated under silence: what was circulated stays ({fields}). Withdraw it, and circulate anew."


class NotUnderSilence(Conflict):
    message = "Decision {code} is {state}: this is for what is circulated under silence, until its deadline."


class DeadlineTooSoon(Invalid):
    message = "The last day for objections is today, {today}, or later, and after the day of the circulation."
    pointer = "/deadline"


class CirculatedInTheFuture(Invalid):
    message = "A circulation is recorded once it went out: {circulated_on} is after today, {today}."
    pointer = "/circulated_on"


class AlreadyObjected(Conflict):
    message = "{agency} objects already. Withdraw that objection first."


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


def standing(objections: Iterable[Objection], day: date) -> bool:
    """Whether an objection stands on a day."""
    return any(o.raised_on <= day < (o.withdrawn_on or FOREVER) for o in objections)


def decision_state(decision: Decision, objections: Iterable[Objection], day: date) -> str:
    """The state of a decision on a day. Nothing has to happen for silence to become a decision: the day comes. Its twin in SQL is
    `queries.state`."""
    if decision.deadline is None:
        return "adopted"
    if decision.withdrawn_on and decision.withdrawn_on <= day:
        return "withdrawn"
    if standing(objections, day):
        return "objected" if day <= decision.deadline else "fallen"
    return "pending" if day <= decision.deadline else "adopted"


def check_adopted(decision: Decision, state: str) -> None:
    """Refuse as authority what is still under silence, and what silence did not adopt."""
    if state in ("pending", "objected"):
        assert decision.deadline is not None
        raise DecisionPending(code=decision.code, deadline=decision.deadline.isoformat(), decided_on=decision.decided_on.isoformat())
    if state != "adopted":
        raise DecisionNotAdopted(code=decision.code, state=state)


def check_fits(decision: Decision, kinds: tuple[str, ...], step: str) -> None:
    """Refuse a decision that was about something else. One of the kind `other` fits any step: it may have decided several things."""
    if kinds and decision.kind not in (*kinds, "other"):
        named = " or ".join((*kinds, "other"))
        raise DecisionDoesNotFit(code=decision.code, kind=decision.kind, step=step[0].lower() + step[1:], allowed=named)


AS_CIRCULATED = ("text", "subject", "kind", "level", "method", "decided_on")


def check_unchanged(decision: Decision, changes: dict[str, object]) -> None:
    """Those who kept silent did so about what they read."""
    fields = [name for name in AS_CIRCULATED if name in changes and changes[name] != getattr(decision, name)]
    if decision.deadline and fields:
        raise CirculatedText(code=decision.code, fields=", ".join(fields))


def check_under_silence(decision: Decision, state: str, *more: str) -> None:
    """Refuse what is for a running silence procedure only."""
    if state not in ("pending", "objected", *more):
        raise NotUnderSilence(code=decision.code, state=state)


def check_circulation(circulated_on: date, deadline: date, today: date) -> date:
    """The day on which silence becomes a decision: the day after the deadline, which is still to come."""
    if circulated_on > today:
        raise CirculatedInTheFuture(circulated_on=circulated_on.isoformat(), today=today.isoformat())
    if deadline < today or deadline <= circulated_on:
        raise DeadlineTooSoon(today=today.isoformat())
    return deadline + timedelta(days=1)


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
