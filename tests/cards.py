"""Whether any card tells something else than its document, made on the spot, would."""

import json
from datetime import date, timedelta

import sqlalchemy as sa

from app.core import cards
from app.core.dates import now
from app.core.documents import Query


def lies(connection: sa.Connection, day: date | None = None) -> list[str]:
    """The ids of the cards that hold on a day (today of each group, unless one is given) and differ from their documents then."""
    found, given = [], {"now": now().isoformat(), "as_of": day}
    for kind in cards.ALL:
        told = sa.select(kind.id, kind.text).select_from(kind.source.join(kind.table, kind.table.c.id == kind.id))
        texts = {row[0]: row[1] for row in cards.run(connection, Query(told), **given) if row[1]}
        for text, thing in cards.run(connection, kind.live, **given, ids=json.dumps(list(texts))):
            if json.loads(text) != json.loads(texts[thing]):
                found.append(f"{kind.table.name} {thing} on {day or 'today'}:\n{text}\n{texts[thing]}")
    return found


def lies_ahead(connection: sa.Connection) -> list[str]:
    """The same for the last day on which each card still holds, and for some days between."""
    until = [day for kind in cards.ALL for day in connection.scalars(sa.select(kind.table.c.until).distinct())]
    today = now().date()
    days = {d for d in until if d > today} | {today + timedelta(days=n) for n in (1, 7, 40, 400)}
    return [lie for day in sorted(days) for on in (day - timedelta(days=1), day) if on < date(2200, 1, 1) for lie in lies(connection, on)]
