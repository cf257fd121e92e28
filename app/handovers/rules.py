"""When a term is handed over, to whom, and what of it is final."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from app.chairs.rules import Term
from app.core.codes import closed
from app.core.errors import Conflict, WrongState

STATES = closed("hand_over.state", "draft", "submitted", "accepted")
FLAGS = closed("hand_over.flag", "outgoing_moved", "incoming_moved", "successor_changed")
CALENDAR = closed("calendar.kind", "due", "milestone", "sunset", "review", "plan_ends", "chair_ends")


class HandOverBegun(Conflict):
    message = "Somebody else has begun this hand-over at the same moment. Read it again, then change it."


class HandOverNotOpen(Conflict):
    message = "The chair works on its hand-over from {opens_on} on, the group's 'handover_days' before its term ends. Until then the secretariat may."


class NoIncomingChair(Conflict):
    message = "No confirmed term follows this one, so nobody could accept it. Confirm the next chair, then submit; the note may be written meanwhile."


class SuccessorChanged(Conflict):
    message = "It was submitted to the chair from {starts_on}, which is no longer the next confirmed one. Withdraw it, and submit it anew."


def following(ends_on: date, terms: Iterable[Term]) -> Term | None:
    """The first of these confirmed terms that begins after a day."""
    return min((t for t in terms if t.starts_on > ends_on), key=lambda t: t.starts_on, default=None)


def check_opened(ends_on: date, days: int, today: date) -> None:
    """Refuse what the outgoing chair does too early. That it is too late is a matter of rights, which end by themselves."""
    if today < (opens_on := ends_on - timedelta(days=days)):
        raise HandOverNotOpen(opens_on=opens_on.isoformat())


def check_state(state: str, *allowed: str) -> None:
    """Refuse a step that cannot be taken from the hand-over's state."""
    if state not in allowed:
        raise WrongState(what="hand-over", state=state, allowed=", ".join(allowed))


def named_in(pack: dict[str, Any]) -> list[str]:
    """The ids of the people whom a pack names."""
    contacts = pack["contacts"]
    return sorted({person for one in contacts for person in (*one["principals"], *one["focal_points"], *one["alternates"])})
