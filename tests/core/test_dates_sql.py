"""Dates in SQL say what their twins in Python say, on generated days, on both engines."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.dates import FIRST_DAY, LAST_DAY, VagueDate, day_in, month_end, term_end, time_zones, whole_months
from app.core.dates_sql import DaysBetween, LocalDay, TermEnd, WholeMonths, vague
from app.core.documents import document

CHANCE = random.Random(20_061_109)  # noqa: S311  (the same days in every run)
SPAN = (LAST_DAY - FIRST_DAY).days


def any_day(later: date = FIRST_DAY) -> date:
    """A day, often one at the edge of a month, where the mistakes are."""
    day = later + timedelta(days=CHANCE.randrange((LAST_DAY - later).days + 1))
    edge = CHANCE.choice([day, day.replace(day=1), month_end(day.year, day.month), date(day.year, 2, 28)])
    return max(later, edge)


STARTS = [any_day() for _ in range(400)] + [date(2012, 1, 31), date(2012, 2, 29), date(2013, 12, 31)]
MONTHS = [CHANCE.randrange(1, 241) for _ in STARTS]
ENDS = [min(any_day(day), LAST_DAY) if i % 3 else day + timedelta(days=i % 900) for i, day in enumerate(STARTS)]


@pytest.fixture
def rows(engine: sa.Engine) -> Iterator[tuple[sa.Connection, Any]]:
    """The generated days in a table of the engine's own."""
    table = sa.Table(
        "generated", sa.MetaData(), sa.Column("n", sa.Integer), sa.Column("since", sa.Date), sa.Column("until", sa.Date),
        sa.Column("months", sa.Integer), prefixes=["TEMPORARY"],
    )  # fmt: skip
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"n": i, "since": s, "until": ENDS[i], "months": MONTHS[i]} for i, s in enumerate(STARTS)])
        yield connection, table
        connection.rollback()


def told(rows: tuple[sa.Connection, Any], expression: Callable[[Any], Any]) -> list[Any]:
    connection, table = rows
    return list(connection.scalars(sa.select(expression(table.c)).order_by(table.c.n)))


def as_day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def test_the_end_of_a_term_is_the_same_in_both(rows: tuple[sa.Connection, Any]) -> None:
    found = [as_day(d) for d in told(rows, lambda c: TermEnd(c.since, c.months))]
    assert found == [term_end(s, m) for s, m in zip(STARTS, MONTHS, strict=True)]
    wrong = [term_end(s, m) - timedelta(days=s.day == 31) for s, m in zip(STARTS, MONTHS, strict=True)]
    assert found != wrong, "a twin that is one day off at the month's end must show"


def test_whole_months_are_the_same_in_both(rows: tuple[sa.Connection, Any]) -> None:
    found = told(rows, lambda c: WholeMonths(c.since, c.until))
    assert found == [whole_months(s, e) for s, e in zip(STARTS, ENDS, strict=True)]
    assert found != [whole_months(s, e - timedelta(days=1)) for s, e in zip(STARTS, ENDS, strict=True)], "an exclusive end must show"


def test_days_between_are_the_same_in_both(rows: tuple[sa.Connection, Any]) -> None:
    found = told(rows, lambda c: DaysBetween(c.until, c.since))
    assert found == [(e - s).days for s, e in zip(STARTS, ENDS, strict=True)]


def test_the_day_in_every_zone_is_the_same_in_both(engine: sa.Engine) -> None:
    moments = [datetime(2014, 6, 30, 23, 30, tzinfo=UTC), datetime(2026, 12, 31, 11, 0, 0, 1, tzinfo=UTC)]
    with engine.connect() as connection:
        for moment in moments:
            names = sorted(time_zones())
            statement = sa.select(
                *[
                    LocalDay(sa.literal(moment.isoformat(), sa.Text()), sa.literal(zone, sa.Text())).label(f"z{i}")
                    for i, zone in enumerate(names)
                ]
            )
            found = [as_day(d) for d in connection.execute(statement).one()]
            assert dict(zip(names, found, strict=True)) == {zone: day_in(moment, zone) for zone in names}
            assert found != [moment.date()] * len(names), "zones that do nothing must show"


@pytest.mark.parametrize("text", ["2015", "2015-H1", "2015-Q2", "2015-06", "2015-06-30", "by 2013", "by 2013-Q1", "by 2013-06-30"])
def test_a_vague_date_s_precision_follows_from_its_text(engine: sa.Engine, text: str) -> None:
    whole = VagueDate.parse(text)
    columns = [sa.literal(text, sa.Text()), sa.literal(whole.earliest, sa.Date()), sa.literal(whole.latest, sa.Date())]
    with engine.connect() as connection:
        found = connection.scalar(sa.select(sa.cast(document(due=vague(*columns)), sa.Text)))
    earliest = f'"{whole.earliest}"' if whole.earliest else "null"
    expected = f'{{"due":{{"value":"{text}","precision":"{whole.precision}","earliest":{earliest},"latest":"{whole.latest}"}}}}'
    assert str(found).replace(" : ", ":").replace(", ", ",") == expected


def test_no_vague_date_is_null_not_empty(engine: sa.Engine) -> None:
    nothing = sa.null()
    with engine.connect() as connection:
        found = connection.scalar(sa.select(sa.cast(document(due=vague(sa.cast(nothing, sa.Text), nothing, nothing)), sa.Text)))
    assert str(found).replace(" ", "") == '{"due":null}'
