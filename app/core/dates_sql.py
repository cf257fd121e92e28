"""Dates in SQL: what `core/dates.py` says in Python, said the same way by both engines.

A test holds each of these against its Python twin on generated days.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.core.documents import document, optional


class LocalDay(FunctionElement[Any]):
    """The day at an instant in a time zone."""

    inherit_cache = True
    type = sa.Date()
    name = "local_day"


@compiles(LocalDay, "sqlite")
def _local_day_sqlite(element: LocalDay, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(c, **kw) for c in element.clauses)
    return f"local_day({moment}, {zone})"


@compiles(LocalDay, "postgresql")
def _local_day_postgresql(element: LocalDay, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(c, **kw) for c in element.clauses)
    return f"CAST(CAST({moment} AS TIMESTAMP WITH TIME ZONE) AT TIME ZONE {zone} AS DATE)"


class DaysBetween(FunctionElement[int]):
    """Whole days from the second day to the first."""

    inherit_cache = True
    type = sa.Integer()
    name = "days_between"


@compiles(DaysBetween, "sqlite")
def _days_between_sqlite(element: DaysBetween, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(c, **kw) for c in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_between_postgresql(element: DaysBetween, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(c, **kw) for c in element.clauses)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


AS_OF: Any = sa.bindparam("as_of", type_=sa.Date())


class DayFor(FunctionElement[Any]):
    """The day a read is for: `as_of` where it is given, else today in a time zone."""

    inherit_cache = True
    type = sa.Date()
    name = "day_for"


@compiles(DayFor)
def _day_for(element: DayFor, compiler: Any, **kw: Any) -> str:
    given, today = (compiler.process(c, **kw) for c in element.clauses)
    return f"coalesce({given}, {today})"


def day_for(zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day a read is for: `as_of` where the reader gave one, else today in the group's time zone."""
    return DayFor(AS_OF, LocalDay(sa.bindparam("now", type_=sa.Text()), zone))


def on_given_day(statement: Any) -> Any:
    """The statement for reads that always give `as_of`: it asks for no group's time zone, row by row."""

    def as_given(element: Any, **_: Any) -> Any:
        return AS_OF if isinstance(element, DayFor) else None

    return sa.sql.visitors.replacement_traverse(statement, {}, as_given)


class DaysAfter(FunctionElement[Any]):
    """The day so many days after (or, negative, before) a day."""

    inherit_cache = True
    type = sa.Date()
    name = "days_after"


@compiles(DaysAfter, "sqlite")
def _days_after_sqlite(element: DaysAfter, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(c, **kw) for c in element.clauses)
    return f"date({day}, ({days}) || ' days')"


@compiles(DaysAfter, "postgresql")
def _days_after_postgresql(element: DaysAfter, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(c, **kw) for c in element.clauses)
    return f"({day} + CAST({days} AS INTEGER))"


class Earliest(FunctionElement[Any]):
    """The earliest of several days, none of them null."""

    inherit_cache = True
    type = sa.Date()
    name = "earliest"


@compiles(Earliest)
def _earliest(element: Earliest, compiler: Any, **kw: Any) -> str:
    name = "least" if compiler.dialect.name == "postgresql" else "min"
    return f"{name}({', '.join(compiler.process(c, **kw) for c in element.clauses)})"


class TermEnd(FunctionElement[date]):
    """The inclusive last day of a term of so many months."""

    inherit_cache = True
    type = sa.Date()
    name = "term_end"


@compiles(TermEnd, "sqlite")
def _term_end_sqlite(element: TermEnd, compiler: Any, **kw: Any) -> str:
    starts_on, months = (compiler.process(c, **kw) for c in element.clauses)
    return f"term_end({starts_on}, {months})"


@compiles(TermEnd, "postgresql")
def _term_end_postgresql(element: TermEnd, compiler: Any, **kw: Any) -> str:
    starts_on, months = (compiler.process(c, **kw) for c in element.clauses)
    return f"(CAST({starts_on} + {months} * INTERVAL '1 month' AS DATE) - 1)"


class WholeMonths(FunctionElement[int]):
    """How many whole months an inclusive period holds."""

    inherit_cache = True
    type = sa.Integer()
    name = "whole_months"


@compiles(WholeMonths, "sqlite")
def _whole_months_sqlite(element: WholeMonths, compiler: Any, **kw: Any) -> str:
    starts_on, ends_on = (compiler.process(c, **kw) for c in element.clauses)
    return f"whole_months({starts_on}, {ends_on})"


@compiles(WholeMonths, "postgresql")
def _whole_months_postgresql(element: WholeMonths, compiler: Any, **kw: Any) -> str:
    since, until = (compiler.process(c, **kw) for c in element.clauses)
    months = (
        f"CAST((extract(year FROM {until} + 1) - extract(year FROM {since})) * 12 "
        f"+ extract(month FROM {until} + 1) - extract(month FROM {since}) AS INTEGER)"
    )
    return f"(CASE WHEN CAST({since} + {months} * INTERVAL '1 month' AS DATE) <= {until} + 1 THEN {months} ELSE {months} - 1 END)"


def vague(text: Any, earliest: Any, latest: Any) -> ColumnElement[Any]:
    """A vague date's wire form, or null. The precision follows from how it was written."""
    precision = sa.case(
        (text.like("by %"), "before"),
        (sa.func.length(text) == 4, "year"),
        (sa.func.length(text) == 10, "day"),
        (sa.func.substr(text, 6, 1) == "H", "half"),
        (sa.func.substr(text, 6, 1) == "Q", "quarter"),
        else_="month",
    )
    return optional(text, document(value=text, precision=precision, earliest=earliest, latest=latest))
