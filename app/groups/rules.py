"""What a group's own record must satisfy."""

from datetime import date

from app.core.codes import closed
from app.core.dates import time_zones
from app.core.errors import Conflict, Invalid

UPDATES = closed("group.updates", "direct", "reviewed")


class GroupCodeTaken(Conflict):
    message = "Another group has the code '{code}' already. Choose another."


class UnknownTimeZone(Invalid):
    message = "There is no such time zone. Use a name of the IANA database, such as Europe/Zurich, or UTC."
    pointer = "/time_zone"


class EndsBeforeItStarts(Invalid):
    message = "The last day lies before the first day."
    pointer = "/ends_on"


def check_time_zone(name: str) -> None:
    if name not in time_zones():
        raise UnknownTimeZone()


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Refuse a period that ends before it starts."""
    if ends_on is not None and ends_on < starts_on:
        raise EndsBeforeItStarts()
