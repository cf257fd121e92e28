"""Whether any card tells something else than its document, made on the spot, would: today, and on the days ahead."""

from datetime import date, timedelta

import sqlalchemy as sa

from app.core import cards
from app.core.dates import now
from app.keeping.derived import stale_cards


def lies(connection: sa.Connection, day: date | None = None) -> list[str]:
    """What the doctor would say."""
    return list(stale_cards(connection, now(), day))


def lies_ahead(connection: sa.Connection) -> list[str]:
    """The same for the last day on which each card still holds, the day after, and some days between."""
    until = [day for kind in cards.ALL for day in connection.scalars(sa.select(kind.table.c.until).distinct())]
    today = now().date()
    days = {d for d in until if d > today} | {today + timedelta(days=n) for n in (1, 7, 40, 400)}
    return [lie for day in sorted(days) for on in (day - timedelta(days=1), day) if on < date(2200, 1, 1) for lie in lies(connection, on)]
