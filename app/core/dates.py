"""Days, vague days, months and a group's today. Days are inclusive and know no time zone; instants are UTC."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from app.core.codes import closed

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""The days the service takes. The bound keeps month arithmetic and both databases far from their limits."""
FOREVER = date(9999, 1, 1)
"""Stands for an open end where days are compared or sorted. Not `date.max`: asyncpg sends that one as PostgreSQL's infinity,
so that a cursor bearing it would skip every row without an end."""


def now() -> datetime:
    """The one clock. Everything else takes the instant of its request (`work.now`, `read.now`)."""
    return datetime.now(UTC)


def instant_text(moment: datetime) -> str:
    """An instant as it goes over the wire and into SQLite: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def parse_instant(text: str) -> datetime:
    """An instant of UTC from a text that names its zone. Raises ValueError with what would be right."""
    if not INSTANT.fullmatch(text):
        raise ValueError("write an instant with its zone, as 2014-07-01T12:00:00Z (in an address, the + of +02:00 is written %2B)")
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such instant") from None
    if not FIRST_DAY < found.date() < LAST_DAY:  # not on the edge, so that it has a day in every zone
        raise ValueError("an instant lies between the years 1900 and 2199")
    return found


@lru_cache(1)
def time_zones() -> frozenset[str]:
    """The IANA zones a group may use: those that every tzdata knows, no aliases of a machine's own settings."""
    return frozenset(
        z for z in available_timezones() if re.match(r"(Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/", z)
    ) | {"UTC"}


@lru_cache(4096)
@lru_cache(1_024)
def local_day(moment: str, zone: str) -> str:
    """The day in `zone` at an instant (ISO text), as ISO text. SQLite calls this under the same name, many times for one request."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date().isoformat()


def day_in(moment: datetime, zone: str) -> date:
    """The day in an IANA time zone at an instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def bounded(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"a day must lie between {FIRST_DAY} and {LAST_DAY}")
    return day


def parse_day(value: object) -> date:
    """A day from an ISO date, a datetime at midnight or an Excel serial number; the same day on every machine.

    Raises ValueError with what would be right.
    """
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, date):
        return bounded(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= 109_573 or FIRST_DAY.year <= value <= LAST_DAY.year:
            raise ValueError("write a day as YYYY-MM-DD; a number is a spreadsheet's day, and one that may be a year is not taken")
        # Excel believes in 1900-02-29, so its day 1 is counted from 1899-12-31 up to there, from the day before after.
        return date(1899, 12, 31 if value < 60 else 30) + timedelta(days=value)
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0{1,6})?)?(Z|\+00:00)?)?", text, re.ASCII):
            try:
                return bounded(date.fromisoformat(text[:10]))
            except ValueError as error:
                if "between" in str(error):
                    raise
                raise ValueError("there is no such day in the calendar") from None
    raise ValueError("write a day as YYYY-MM-DD")


def month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, clamped to that month's end (31 January + 1 = 28 or 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def term_end(starts_on: date, months: int) -> date:
    """The inclusive last day of a term of so many months."""
    return add_months(starts_on, months) - timedelta(days=1)


def whole_months(starts_on: date, ends_on: date) -> int:
    """How many whole months an inclusive period holds; 2006-05-09 to 2006-06-30 holds one."""
    following = ends_on + timedelta(days=1)
    months = (following.year - starts_on.year) * 12 + following.month - starts_on.month
    return months if months >= 0 and add_months(starts_on, months) <= following else max(months - 1, 0)


def term_end_text(starts_on: str | None, months: int | None) -> str | None:
    """`term_end` for SQLite."""
    return None if starts_on is None or months is None else term_end(date.fromisoformat(starts_on), months).isoformat()


def whole_months_text(starts_on: str, ends_on: str) -> int:
    """`whole_months` for SQLite."""
    return whole_months(date.fromisoformat(starts_on), date.fromisoformat(ends_on))


def covers(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether an inclusive period, open where its end is missing, holds a day."""
    return starts_on <= day <= (ends_on or FOREVER)


def overlap(a_from: date, a_to: date | None, b_from: date, b_to: date | None) -> bool:
    return a_from <= (b_to or FOREVER) and b_from <= (a_to or FOREVER)


class Precision(StrEnum):
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    BEFORE = "before"


PRECISIONS = closed("vague_date.precision", *Precision)


@dataclass(frozen=True)
class VagueDate:
    """A date kept as it was said: `2015`, `2015-H1`, `2015-Q2`, `2015-06`, `2015-06-30`, or `by 2013`. The last day counts."""

    value: str
    precision: Precision
    earliest: date | None
    latest: date

    @classmethod
    def parse(cls, value: object) -> "VagueDate":
        """Read a vague date, tolerant of case and of spreadsheet days; ValueError says how to write one."""
        text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else value
        if isinstance(text, str):
            if by := re.fullmatch(r"by +(?!by\b)(\S.*)", text, re.IGNORECASE):
                inner = cls.parse(by[1])
                return cls(f"by {inner.value}", Precision.BEFORE, None, inner.latest)
            if found := re.fullmatch(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(\d{2})))?", text, re.ASCII | re.IGNORECASE):
                return cls._span(text.upper(), *found.groups())
        try:
            day = parse_day(value)
        except ValueError as error:
            if "YYYY-MM-DD" not in str(error):
                raise
            raise ValueError("write a day (2014-06-30), month (2014-06), quarter (2014-Q2), half-year (2014-H1) or year (2014)") from None
        return cls(day.isoformat(), Precision.DAY, day, day)

    @classmethod
    def _span(cls, text: str, year_text: str, half: str | None, quarter: str | None, month: str | None) -> "VagueDate":
        year = int(year_text)
        if half:
            precision, first, length = Precision.HALF, int(half) * 6 - 5, 6
        elif quarter:
            precision, first, length = Precision.QUARTER, int(quarter) * 3 - 2, 3
        elif month:
            precision, first, length = Precision.MONTH, int(month), 1
        else:
            precision, first, length = Precision.YEAR, 1, 12
        if not 1 <= first <= 12:
            raise ValueError("a month must lie between 01 and 12")
        if not FIRST_DAY.year <= year <= LAST_DAY.year:
            raise ValueError(f"a year must lie between {FIRST_DAY.year} and {LAST_DAY.year}")
        return cls(text, precision, date(year, first, 1), month_end(year, first + length - 1))
