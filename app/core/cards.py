"""Cards: documents made when something changes, so that a page of them is read and not made.

To make a document of forty fields out of nine tables costs the database twenty times the reading of it. So a thing that is often
read has a card: its document's text, with the days for which it holds, since some of what it shows follows from the day. A card is
never trusted further than that:

- triggers of the database expire it in the same statement that changes anything it shows, whoever changes that;
- the unit of work makes the cards of what it changed anew, just before its commit;
- a reader who meets an expired card has the document made on the spot, by the very expression that cards are made with;
- `renew_expired` makes those anew that the passing of days, or a change of something many of them show, has expired.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core import dates
from app.core.dates import FOREVER
from app.core.dates_sql import Earliest, on_given_day
from app.core.documents import AnyOf, Query, document, needed, tables_in

Expression = sa.ColumnElement[Any]
A_FEW, A_MOMENT, QUARTER = 500, 0.05, 900.0
log = logging.getLogger("troika")
IDS = sa.bindparam("ids", type_=sa.Text())
HORIZON = sa.bindparam("horizon", type_=sa.Date())
"""The day after today in UTC: no group's day is later."""
ALL: list["Cards"] = []


NEVER: Any = sa.literal_column(f"'{FOREVER}'", sa.Date())


@dataclass(frozen=True, eq=False)
class Cards:
    """The cards of one kind of thing."""

    table: Any
    """id, since, until, text: it holds from `since`, the day of its making, to the day before `until`. The text lacks the `moving`
    fields and its last brace."""
    id: Expression
    source: Any
    show: Mapping[str, Any]
    touched_by: Sequence[Expression]
    """The columns that hold the ids of what a change of makes this card anew: its own, its parent's."""
    moving: Mapping[str, Expression]
    """Fields that are other numbers every day: told by the row itself. They are the last ones of `show`, in this order."""
    day: Expression
    turns: Sequence[Expression]
    """The days on which something shown turns by itself; any may be null. Too many cost a little, one too few would be a lie."""
    part_turns: Callable[[Callable[..., Any]], Expression] | None = None
    """The same for its parts in a table of their own: a select of the aggregate that the given function makes of their days."""

    def __post_init__(self) -> None:
        ALL.append(self)
        assert list(self.show)[len(self.show) - len(self.moving) :] == list(self.moving), "a card is its document, to the byte"
        made = {name: value for name, value in self.show.items() if name not in self.moving}
        text = sa.func.rtrim(sa.cast(document(**made), sa.Text), "}")
        of_this = self.id == self.table.c.id
        values = {"text": text, "since": self.day, "until": self._turning()}
        renewed = {n: sa.select(v).select_from(self.source).where(of_this).scalar_subquery() for n, v in values.items()}
        # Step by step, and with no table but those that tell the day: PostgreSQL, which takes a list of ids for a hundred and orders no more
        # than eight tables, would walk all cards and all things side by side.
        dated = sa.select(self.table.c.id, sa.cast(self.day, sa.Text))
        telling = needed(self.source, {self.id.table, *tables_in(dated)})
        soon = sa.select(self.table.c.id).where(self.table.c.until <= HORIZON).cte("soon").prefix_with("MATERIALIZED")
        due = soon.join(self.table, self.table.c.id == soon.c.id).join(telling, of_this)
        expired = dated.select_from(due).where(self.table.c.until <= self.day).limit(A_FEW)
        whole = sa.select(sa.cast(document(**self.show), sa.Text), self.id).select_from(self.source).where(AnyOf(self.id, IDS))
        renewal = sa.update(self.table).where(AnyOf(self.table.c.id, IDS)).values(renewed)
        # One select for each column: joined by OR, PostgreSQL would read the whole table.
        every = sa.union(*(sa.select(self.id.label("id")).where(AnyOf(column, IDS)) for column in self.touched_by))
        touched = every.cte("touched").prefix_with("MATERIALIZED")
        of_these = sa.select(self.table.c.id, self.table.c.until).join(touched, touched.c.id == self.table.c.id)
        near = of_these.cte("near").prefix_with("MATERIALIZED")  # told by the card itself, before anything is asked of the thing
        days = sa.select(near.c.id, sa.cast(self.day, sa.Text)).select_from(near.join(telling, self.id == near.c.id))
        object.__setattr__(self, "renewal", Query(on_given_day(renewal)))
        object.__setattr__(self, "days", Query(days.where(near.c.until <= HORIZON, near.c.until <= self.day)))
        object.__setattr__(self, "expired", Query(expired.with_for_update(of=self.table, skip_locked=True)))
        object.__setattr__(self, "live", Query(whole))

    renewal: Query = None  # type: ignore[assignment]
    days: Query = None  # type: ignore[assignment]
    expired: Query = None  # type: ignore[assignment]
    live: Query = None  # type: ignore[assignment]
    """The documents of these ids, made on the spot."""

    def _turning(self) -> Expression:
        """The first day after that of the making on which something turns."""

        def ahead(*days: Expression) -> Any:
            return Earliest(*(sa.func.coalesce(sa.case((turn > self.day, turn)), NEVER) for turn in days), NEVER)

        parts = [sa.func.coalesce(self.part_turns(lambda *days: sa.func.min(ahead(*days))), NEVER)] if self.part_turns else []
        return Earliest(ahead(*self.turns), *parts, NEVER)

    @property
    def text(self) -> Expression:
        """The document where the card holds on the day of the read, else null."""
        card = self.table.c
        whole: Any = card.text
        for name, value in self.moving.items():
            whole = whole.concat(sa.literal_column(f"',\"{name}\":'")).concat(
                sa.func.coalesce(sa.cast(value, sa.Text), sa.literal_column("'null'"))
            )
        return sa.case((sa.and_(card.since <= self.day, self.day < card.until), whole.concat(sa.literal_column("'}'"))))


def run(connection: sa.Connection, query: Query, **given: Any) -> Any:
    """A prepared statement on a connection of the writer's."""
    driver = "sqlite" if connection.dialect.name == "sqlite" else "psycopg"
    text, values = query.on(driver, {"as_of": None} | given)
    return connection.exec_driver_sql(text, tuple(values) if driver == "sqlite" else values)


def horizon(now: datetime) -> date:
    return now.date() + timedelta(days=1)


def renew(connection: sa.Connection, ids: Iterable[str], now: datetime) -> None:
    """Make the expired cards of these things and their parts anew, as the transaction leaves them."""
    wanted = json.dumps(sorted(set(ids)))
    for cards in ALL if wanted != "[]" else ():
        _make(connection, cards, run(connection, cards.days, ids=wanted, now=now.isoformat(), horizon=horizon(now)))


def _make(connection: sa.Connection, cards: Cards, found: Iterable[tuple[str, str]]) -> int:
    """Make these cards anew, each for the day that is given with it; how many."""
    by_day: dict[str, list[str]] = defaultdict(list)
    for thing, today in found:
        by_day[today].append(thing)
    for today, things in by_day.items():
        run(connection, cards.renewal, ids=json.dumps(things), as_of=date.fromisoformat(today))
    return sum(len(things) for things in by_day.values())


def renew_expired(bind: sa.Engine | sa.Connection, now: datetime) -> int:
    """Make a few expired cards anew, in a transaction of its own; how many. Others that are at it, or writing them, are not waited for:
    only cards that nobody else holds are taken, and nothing but them is changed."""
    with bind.begin() if isinstance(bind, sa.Engine) else bind.begin_nested() as transaction:
        connection = transaction if isinstance(transaction, sa.Connection) else transaction.connection
        return sum(_make(connection, cards, run(connection, cards.expired, now=now.isoformat(), horizon=horizon(now))) for cards in ALL)


async def keep(write: Callable[[Callable[[Any], int]], Awaitable[int]]) -> None:
    """For as long as the service runs: at its start and every quarter of an hour, make what has expired anew."""
    while True:
        pause = QUARTER
        try:
            if await write(lambda bind: renew_expired(bind, dates.now())):
                pause = A_MOMENT  # writes of users go between
        except Exception:
            log.warning("cards were not renewed; the next try is in a quarter of an hour", exc_info=True)
        await asyncio.sleep(pause)
