"""Importing exchange rates: all of a file or nothing, and a second time nothing more."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from app.actors import Subject
from app.core.dates import parse_day
from app.core.money import DECIMALS, RATE, Rate
from app.core.work import Work
from app.fundraising.actions import settle_conditions
from app.fundraising.models import Contribution, ExchangeRate, Project
from app.fundraising.rules import RatesNotTaken
from app.policy import Permission

COLUMNS = ("currency", "base", "on", "rate", "source")
LARGEST_FILE = 5_000_000


def import_rates(work: Work, rates: Sequence[tuple[int, Rate]], *, replace: bool = False) -> tuple[int, int]:
    """Take rates, each with its row's number in the file: how many are new and how many were known. One that says otherwise than the one
    that is known for that day is refused, unless it is to replace that."""
    work.require(Permission.IMPORT_RATES, Subject())
    mistakes, added = [], 0
    pairs = {(rate.currency, rate.base) for _, rate in rates}
    known = {(r.currency, r.base, r.rated_on): r for r in work.all(ExchangeRate, ExchangeRate.currency.in_({c for c, _ in pairs}))}  # type: ignore[attr-defined]
    for row, rate in rates:
        found = known.get((rate.currency, rate.base, rate.on))
        if found is None:
            work.session.add(ExchangeRate(currency=rate.currency, base=rate.base, rated_on=rate.on, rate=rate.rate, source=rate.source))
            added += 1
        elif (found.rate, found.source) != (rate.rate, rate.source):
            if replace:
                found.rate, found.source = rate.rate, rate.source
                added += 1
            else:
                mistakes.append(f"row {row}: {rate.currency} for {rate.base} on {rate.on} is known as {found.rate} ({found.source})")
    if mistakes:
        raise _refused(mistakes)
    if added:
        _settle_what_waited(work, {code for pair in pairs for code in pair})
    return added, len(rates) - added


def _settle_what_waited(work: Work, currencies: set[str]) -> None:
    """Settle the projects whose gap these rates may have made known: those with money in one of the currencies for a budget in another."""
    work.session.flush()
    converted = sa.or_(Contribution.currency.in_(currencies), Project.currency.in_(currencies))  # type: ignore[attr-defined]
    foreign = sa.exists().where(Contribution.project_id == Project.id, Contribution.currency != Project.currency, converted)  # type: ignore[arg-type]
    for project in work.all(Project, Project.covered_on.is_(None), foreign, order_by=Project.group_id):  # type: ignore[union-attr]
        work.require(Permission.IMPORT_RATES, Subject(project.group_id))  # after the other writes of its group
        settle_conditions(work, project)


def read_rates(path: Path) -> list[tuple[int, Rate]]:
    """The rates in a CSV file of at most 5 MB of UTF-8."""
    with path.open("rb") as file:
        raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise _refused([f"the file is larger than {LARGEST_FILE // 1_000_000} MB: import it in parts"])
    try:
        return rates_in(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refused([f"byte {error.start} is not UTF-8: save the file as UTF-8"]) from None


def _refused(mistakes: list[str]) -> RatesNotTaken:
    return RatesNotTaken(count=len(mistakes), first=mistakes[0], mistakes=mistakes[:100])


def rates_in(text: str) -> list[tuple[int, Rate]]:
    """The rates in a CSV text with the columns currency, base, on, rate and source; `RatesNotTaken` names each row that is wrong."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, Rate]] = []
    mistakes: list[str] = []
    try:
        if sorted(rows.fieldnames or ()) != sorted(COLUMNS):
            raise _refused([f"row 1: the columns are {', '.join(COLUMNS)}"])
        seen: dict[tuple[str, str, date], int] = {}
        for number, row in enumerate(rows, 2):
            try:
                rate = _rate(row)
                first = seen.setdefault((rate.currency, rate.base, rate.on), number)
                if first != number:
                    raise ValueError(f"the same currencies and day stand in row {first}")
                found.append((number, rate))
            except ValueError as error:
                mistakes.append(f"row {number}: {error}")
    except csv.Error as error:
        mistakes.append(f"row {rows.line_num}: this is not CSV: {error}")
    if mistakes:
        raise _refused(mistakes)
    return found


def _rate(row: dict[str, str]) -> Rate:
    if None in row or None in row.values():
        raise ValueError(f"it has other than {len(COLUMNS)} values")
    currency, base, rate, source = (row[name].strip() for name in ("currency", "base", "rate", "source"))
    found = Rate(currency, base, parse_day(row["on"]), rate, source)
    check_rate(found)
    return found


def check_rate(found: Rate) -> None:
    """Raise ValueError with what would be right for a rate that cannot be one."""
    for code in (found.currency, found.base):
        if code not in DECIMALS:
            raise ValueError(f"there is no currency '{code[:10]}'")
    if found.currency == found.base:
        raise ValueError("a currency has no rate to itself")
    if not RATE.fullmatch(found.rate) or not found.rate.strip("0."):
        raise ValueError("write a rate in digits above zero, such as 0.9215: at most 12 before the point and 12 after it")
    if not 1 <= len(found.source) <= 300 or not found.source.isprintable():
        raise ValueError("say in 'source' whose rate it is, in one line of at most 300 characters")
