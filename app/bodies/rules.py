"""The life of bodies: what a sunset is, how far it moves, and what happens after it."""

from collections.abc import Iterable
from datetime import date

from app.bodies.models import Body
from app.core.codes import closed
from app.core.dates import term_end
from app.core.errors import Conflict, Invalid, WrongState
from app.membership.models import Modality
from app.membership.rules import first_day_outside

WORKING_GROUP, TASK_FORCE, SECRETARIAT = KINDS = closed("body.kind", "working_group", "task_force", "secretariat")
ROLES = closed("participation.role", "chair", "co_chair", "member", "observer")
CHAIRING = ("chair", "co_chair")
STATES = closed("body.state", "proposed", "active", "dormant", "closed", "completed", "lapsed", "dissolved", "converted")
OPEN = ("proposed", "active", "dormant")
EXPIRING_DAYS = 90


class SunsetRequired(Invalid):
    message = "A {kind} is time-bound: give the last day of its mandate in 'sunset_on'."
    pointer = "/sunset_on"


class SunsetNotAfterStart(Invalid):
    message = "The sunset lies after the first day of the mandate, {starts_on}."
    pointer = "/sunset_on"


class SunsetBeyondModality(Invalid):
    message = (
        "The modality in force allows {months} months, so a sunset up to {latest}; a later one needs the decision behind it in 'decision'."
    )
    pointer = "/sunset_on"


class SunsetNotApplicable(Invalid):
    message = "A working group is standing: it has no sunset. Make it a task force, or leave 'sunset_on' out."
    pointer = "/sunset_on"


class SunsetPassed(Conflict):
    message = "The sunset of {code} was {sunset_on}. Since then only an extension (by decision) or its closing is taken."


class ExtensionNotLater(Invalid):
    message = "An extension moves the sunset to a later day than {sunset_on}."
    pointer = "/sunset_on"


class ExtensionTooLong(Invalid):
    message = "The modality in force extends by {months} months at most, so up to {latest}."
    pointer = "/sunset_on"


class SunsetNotEarlier(Invalid):
    message = "Shortening moves the sunset to an earlier day than {sunset_on}. For a later one, extend it."
    pointer = "/sunset_on"


class NoExtensionsLeft(Conflict):
    message = "The modality in force allows {most} extension(s), and {code} has had them. Close it, or change the modality."


class ReasonRequired(Invalid):
    message = "Say why, in 'reason'."
    pointer = "/reason"


class OutcomeRequired(Invalid):
    message = "Say in 'outcome' what came of it: closing needs it."
    pointer = "/outcome"


class BodyCodeTaken(Conflict):
    message = "This group has a body '{code}' already. Choose another code."


class SunsetNotPassed(Conflict):
    message = "{code} lapses after its sunset, {sunset_on}. Until then close it with its outcome, or dissolve it by decision."


class BodiesBelow(Conflict):
    message = "Bodies that belong to {code} have not ended: {below}. End each of them, or give it another parent first."


class LastChair(Conflict):
    message = "{code} is active, and would have neither chair nor co-chair on {day}. Name the next one first, or let it rest."


class BodyNeedsChair(Conflict):
    message = "{code} has neither chair nor co-chair on {day}. Give it one with POST …/participations, then activate it."


class AlreadyParticipating(Conflict):
    message = "{agency} takes part in this body at that time already. End that participation first."


def check_sunset(kind: str, starts_on: date, sunset_on: date | None, modality: Modality | None, *, decided: bool) -> None:
    """A task force and a secretariat need a sunset, after their start and within the modality, unless a decision says otherwise."""
    if kind == WORKING_GROUP:
        if sunset_on is not None:
            raise SunsetNotApplicable()
        return
    if sunset_on is None:
        raise SunsetRequired(kind=kind.replace("_", " "))
    if sunset_on <= starts_on:
        raise SunsetNotAfterStart(starts_on=starts_on.isoformat())
    months = modality and modality.task_force_max_months
    if months and sunset_on > (latest := term_end(starts_on, months)) and not decided:
        raise SunsetBeyondModality(months=months, latest=latest.isoformat())


def check_extension(body: Body, sunset_on: date, so_far: int, modality: Modality | None) -> None:
    """An extension is later than the sunset, one of those the modality leaves, and not longer than it allows."""
    assert body.sunset_on is not None
    if sunset_on <= body.sunset_on:
        raise ExtensionNotLater(sunset_on=body.sunset_on.isoformat())
    months = modality and modality.max_extension_months
    if months and sunset_on > (latest := _months_after(body.sunset_on, months)):
        raise ExtensionTooLong(months=months, latest=latest.isoformat())
    if modality and modality.max_extensions is not None and so_far >= modality.max_extensions:
        raise NoExtensionsLeft(most=modality.max_extensions, code=body.code)


def _months_after(sunset_on: date, months: int) -> date:
    return term_end(date.fromordinal(sunset_on.toordinal() + 1), months)


def check_state(body: Body, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the body's state."""
    if body.state not in allowed:
        raise WrongState(what=body.kind.replace("_", " "), state=body.state, allowed=", ".join(allowed))


def check_open(body: Body, today: date) -> None:
    """Refuse a change in a body that has ended, or whose sunset has passed by the clock of the request."""
    check_state(body, *OPEN)
    if body.sunset_on is not None and today > body.sunset_on:
        raise SunsetPassed(code=body.code, sunset_on=body.sunset_on.isoformat())


def check_chaired(code: str, since: date, until: date | None, remaining: Iterable[tuple[date, date | None]]) -> None:
    """Refuse that a body which is active loses its last chair on any day from `since` on that this part of an agency covered."""
    if until is not None and until < since:
        return
    if vacant := first_day_outside(remaining, since, until):
        raise LastChair(code=code, day=vacant.isoformat())
