"""When a step has the authority it needs."""

from datetime import date

from app.core.codes import closed
from app.core.errors import Conflict, Invalid

LEVELS = closed("decision.level", "principals", "technical", "troika", "body", "retreat")
METHODS = closed("decision.method", "consensus", "silence", "vote")
KINDS = closed(
    "decision.kind", "endorse_plan", "revise_plan", "establish", "extend", "dissolve", "convert", "admit", "elect_chair", "change_modality",
    "waive", "other",
)  # fmt: skip


class DecisionRequired(Invalid):
    message = "{step} needs the decision behind it: record it with POST /api/v1/decisions and give its id in 'decision'."
    pointer = "/decision"


class DecisionCodeTaken(Conflict):
    message = "This group has a decision '{code}' already. Choose another code."


class DecidedInTheFuture(Invalid):
    message = "A decision is recorded once it was taken: {decided_on} is after today, {today}."
    pointer = "/decided_on"


def check_decided_on(decided_on: date, today: date) -> None:
    if decided_on > today:
        raise DecidedInTheFuture(decided_on=decided_on.isoformat(), today=today.isoformat())
