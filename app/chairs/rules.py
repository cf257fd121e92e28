"""Terms: how long, whose, and none over another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.codes import closed
from app.core.dates import overlap, term_end
from app.core.errors import Conflict, Invalid, NotFound

KINDS = closed("chairmanship.kind", "regular", "interim")
STATES = closed("chairmanship.state", "nominated", "confirmed", "cancelled")
PHASES = closed("chairmanship.phase", "past", "current", "upcoming", "cancelled")


class ChairOverlap(Conflict):
    message = "A confirmed chairmanship ({starts_on} to {ends_on}) holds some of these days already. Choose other days, or cancel or shorten that one."


class TermLengthNeedsNote(Invalid):
    message = "This term does not last the {months} months of the modality in force (it would end on {regular_end}). Say why in 'note', or leave 'ends_on' out."
    pointer = "/note"


class CoordinatorNotConstituent(Invalid):
    message = "A coordinator is one of the constituents of the constituency that holds the chair."
    pointer = "/holders"


class HolderTwice(Invalid):
    message = "{agency} is named twice among the holders. Name each agency once."
    pointer = "/holders"


class Vacant(NotFound):
    message = "Nobody chaired {group} on {day}."


@dataclass(frozen=True)
class Term:
    """The days of a confirmed term."""

    starts_on: date
    ends_on: date
    id: str | None = None


def check_overlap(term: Term, others: Iterable[Term]) -> None:
    """Refuse days that another confirmed term holds. The database holds the same rule against races."""
    for other in others:
        if other.id != term.id and overlap(other.starts_on, other.ends_on, term.starts_on, term.ends_on):
            raise ChairOverlap(starts_on=other.starts_on.isoformat(), ends_on=other.ends_on.isoformat())


def regular_length(term: Term, months: int | None) -> bool:
    """Whether a term lasts as long as the modality in force on its first day says."""
    return months is not None and term.ends_on == term_end(term.starts_on, months)


def check_length(term: Term, months: int | None, note: str | None) -> None:
    """Any other length needs a note, and then is accepted: history has five- and seven-month terms."""
    if months is not None and not regular_length(term, months) and not note:
        raise TermLengthNeedsNote(months=months, regular_end=term_end(term.starts_on, months).isoformat())


def gaps(terms: Iterable[Term]) -> list[tuple[date, date]]:
    """The vacant days between terms; there is none before the first or after the last."""
    found, last = [], None
    for term in sorted(terms, key=lambda t: t.starts_on):
        if last is not None and term.starts_on > last + timedelta(days=1):
            found.append((last + timedelta(days=1), term.starts_on - timedelta(days=1)))
        last = max(last or term.ends_on, term.ends_on)
    return found
