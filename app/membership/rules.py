"""Which modality is in force, who is a member on which day, and who may be appointed."""

from collections.abc import Iterable
from datetime import date, timedelta

from app.core.codes import closed
from app.core.dates import FOREVER, overlap
from app.core.errors import Conflict, Invalid
from app.membership.models import Membership, Modality

ROLES = closed("membership.role", "member", "observer")
OFFICES = closed("appointment.role", "principal", "focal_point", "alternate")


class ModalityTaken(Conflict):
    message = "This group has a modality effective on {effective_on} already. Amend that one, or choose another day."


class AlreadyMember(Conflict):
    message = "{agency} is in this group as {role} from {starts_on} already. End that period first, or choose a later first day."


class PrincipalTaken(Conflict):
    message = "{agency} has a principal in this group at that time already. End that appointment first."


class NotAMember(Invalid):
    message = (
        "{agency} is not a member of this group on {day}. Only members lead or chair; admit it first, or choose a day of its membership."
    )
    pointer = "/agency"


class NotInTheGroup(Invalid):
    message = "{agency} is neither member nor observer of this group on {day}. Admit it first, or choose a day of its membership."
    pointer = "/agency"


class NoModality(Conflict):
    message = "This group has no modality in force on {day}: adopt one with POST /api/v1/groups/{group}/modalities, or give the last day."


class TermDependsOnMembership(Conflict):
    message = "{agency} holds the chair from {starts_on} to {ends_on}, for which it must be a member. Cancel or shorten that term first."


def in_force(modalities: Iterable[Modality], day: date) -> Modality | None:
    """The modality in force on a day: the last that took effect by then."""
    return max((m for m in modalities if m.effective_on <= day), key=lambda m: m.effective_on, default=None)


def first_day_outside(periods: Iterable[tuple[date, date | None]], starts_on: date, ends_on: date | None) -> date | None:
    """The first day of a period that none of the others covers, if there is one."""
    day = starts_on
    for since, until in sorted(periods, key=lambda p: p[0]):
        if since <= day <= (until or FOREVER):
            if until is None or until >= (ends_on or FOREVER):
                return None
            day = until + timedelta(days=1)
    return day


def check_member(agency: str, memberships: Iterable[Membership], starts_on: date, ends_on: date | None) -> None:
    """Refuse an agency that is not a member on every day of a period."""
    day = first_day_outside([(m.starts_on, m.ends_on) for m in memberships if m.role == "member"], starts_on, ends_on)
    if day is not None:
        raise NotAMember(agency=agency, day=day.isoformat())


def check_in_group(agency: str, memberships: Iterable[Membership], day: date) -> None:
    """Refuse an agency that is neither member nor observer on a day."""
    if first_day_outside([(m.starts_on, m.ends_on) for m in memberships], day, day) is not None:
        raise NotInTheGroup(agency=agency, day=day.isoformat())


def check_single(agency: str, others: Iterable[Membership], starts_on: date, ends_on: date | None) -> None:
    """Refuse a second period of the same agency in the same days."""
    for other in others:
        if overlap(other.starts_on, other.ends_on, starts_on, ends_on):
            raise AlreadyMember(agency=agency, role=other.role, starts_on=other.starts_on.isoformat())
