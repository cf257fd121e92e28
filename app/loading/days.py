"""Days that are told from the day a group was first loaded: `today`, `today-12d`, `today+3m`, `quarter(today+3m)`."""

import re
from datetime import date, timedelta

from app.core.dates import add_months

RELATIVE = re.compile(r"(?:(year|half|quarter|month)\()?today(?:([+-])(\d{1,4})([dwmy]))?(\))?")
HINT = "write a day as YYYY-MM-DD, or from the day of the first load: today, today-12d, today+3m (d, w, m or y), quarter(today+3m)"


def absolute(text: str, today: date) -> str:
    """The day that a relative one means, or the text as it is; ValueError says how to write one."""
    if "today" not in text:
        return text
    found = RELATIVE.fullmatch(text.strip())
    if found is None or bool(found[1]) != bool(found[5]):
        raise ValueError(HINT)
    day = _moved(today, int(f"{found[2] or '+'}{found[3] or 0}"), found[4] or "d")
    return _span(day, found[1])


def _moved(day: date, number: int, unit: str) -> date:
    try:
        if unit in "dw":
            return day + timedelta(days=number * (7 if unit == "w" else 1))
        return add_months(day, number * (12 if unit == "y" else 1))
    except (ValueError, OverflowError):
        raise ValueError("this day lies outside the calendar") from None


def _span(day: date, kind: str | None) -> str:
    """The month, quarter, half-year or year that a day lies in, as a vague date."""
    vague = {
        "year": f"{day:%Y}",
        "half": f"{day:%Y}-H{(day.month + 5) // 6}",
        "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}",
        "month": f"{day:%Y-%m}",
    }
    return vague[kind] if kind else day.isoformat()
