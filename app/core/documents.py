"""Documents made by the database: a select whose row is the JSON text of one thing, the same on both engines.

`document(id=…, title=…)` compiles to `json_object` on SQLite and `json_build_object` on PostgreSQL and casts each value
by its type, because the engines' own ideas of booleans, instants and JSON columns differ. A `Query` is compiled once per
engine; afterwards a read costs the database's work and the joining of texts, nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.core.db import Instant


class Json(sa.types.UserDefinedType[str]):
    """The type of a value that is JSON already."""

    cache_ok = True


class Document(FunctionElement[str]):
    """JSON object of named values."""

    inherit_cache = True
    type = Json()
    name = "document"

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.names = tuple(values)
        super().__init__(
            *(v if isinstance(v, ColumnElement | sa.ScalarSelect) else sa.literal_column(_constant(v)) for v in values.values())
        )


def _constant(value: int | str | None) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def document(**values: Any) -> Document:
    """The JSON object of these values. SQLite takes 63 pairs, PostgreSQL 50."""
    assert len(values) <= 50
    return Document(values)


def _value(element: Any, compiler: Any, sqlite: bool, **kw: Any) -> str:
    text = compiler.process(element, **kw)
    kind = element.type
    if sqlite:
        if isinstance(kind, sa.Boolean):
            return f"json(CASE {text} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
        return f"json({text})" if isinstance(kind, Json | sa.JSON) else text
    if isinstance(kind, Instant):
        return f"to_char({text} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return str(text)


@compiles(Document, "sqlite")
def _document_sqlite(element: Document, compiler: Any, **kw: Any) -> str:
    return (
        "json_object("
        + ", ".join(f"'{n}', {_value(c, compiler, True, **kw)}" for n, c in zip(element.names, element.clauses, strict=True))
        + ")"
    )


@compiles(Document, "postgresql")
def _document_postgresql(element: Document, compiler: Any, **kw: Any) -> str:
    return (
        "json_build_object("
        + ", ".join(f"'{n}', {_value(c, compiler, False, **kw)}" for n, c in zip(element.names, element.clauses, strict=True))
        + ")"
    )


class Array(FunctionElement[str]):
    """JSON array of a value over the rows of a select, in an order; `[]` where there are none."""

    inherit_cache = True
    type = Json()
    name = "array"


def array(value: ColumnElement[Any], *order_by: ColumnElement[Any]) -> Array:
    return Array(value, *order_by)


@compiles(Array, "sqlite")
def _array_sqlite(element: Array, compiler: Any, **kw: Any) -> str:
    value, *order = element.clauses
    return f"json_group_array({_value(value, compiler, True, **kw)}{_order(order, compiler, **kw)})"


@compiles(Array, "postgresql")
def _array_postgresql(element: Array, compiler: Any, **kw: Any) -> str:
    value, *order = element.clauses
    return f"coalesce(json_agg({_value(value, compiler, False, **kw)}{_order(order, compiler, **kw)}), '[]'::json)"


def _order(columns: Sequence[Any], compiler: Any, **kw: Any) -> str:
    return (" ORDER BY " + ", ".join(compiler.process(c, **kw) for c in columns)) if columns else ""


class Condition(FunctionElement[bool]):
    """A condition of our own. SQLAlchemy would compare it with 1 where booleans are numbers, and no index would serve it."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        return self


class AnyOf(Condition):
    """Whether a value is among a JSON list of texts given as one bind, so that one statement serves any number."""

    inherit_cache = True
    name = "any_of"


@compiles(AnyOf, "sqlite")
def _any_of_sqlite(element: AnyOf, compiler: Any, **kw: Any) -> str:
    value, given = (compiler.process(c, **kw) for c in element.clauses)
    return f"{value} IN (SELECT value FROM json_each({given}))"


@compiles(AnyOf, "postgresql")
def _any_of_postgresql(element: AnyOf, compiler: Any, **kw: Any) -> str:
    value, given = (compiler.process(c, **kw) for c in element.clauses)
    return f"{value} IN (SELECT jsonb_array_elements_text(CAST({given} AS JSONB)))"


class Holds(Condition):
    """Whether a JSON column that is a list of texts holds any of a JSON list of texts."""

    inherit_cache = True
    name = "holds"


@compiles(Holds, "sqlite")
def _holds_sqlite(element: Holds, compiler: Any, **kw: Any) -> str:
    column, given = (compiler.process(c, **kw) for c in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS held WHERE held.value IN (SELECT value FROM json_each({given})))"


@compiles(Holds, "postgresql")
def _holds_postgresql(element: Holds, compiler: Any, **kw: Any) -> str:
    column, given = (compiler.process(c, **kw) for c in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM json_array_elements_text({column}) AS held(value) "
        f"WHERE held.value IN (SELECT jsonb_array_elements_text(CAST({given} AS JSONB))))"
    )


class Follows(FunctionElement[str]):
    """A reference that a join follows from its row, and never back: SQLite, which does not think of a LIMIT, would else begin with the
    few rows at its other end, collect everything that refers to them, and sort that."""

    inherit_cache = True
    type = sa.String()
    name = "follows"


@compiles(Follows, "sqlite")
def _follows_sqlite(element: Follows, compiler: Any, **kw: Any) -> str:
    return "+" + str(compiler.process(element.clauses, **kw))


@compiles(Follows, "postgresql")
def _follows_postgresql(element: Follows, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


class Utf8(FunctionElement[bytes]):
    """A text as the bytes that go out: read as a string and made bytes again, a page would spend a sixth of its time on that."""

    inherit_cache = True
    type = sa.LargeBinary()
    name = "utf8"


@compiles(Utf8, "sqlite")
def _utf8_sqlite(element: Utf8, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS BLOB)"


@compiles(Utf8, "postgresql")
def _utf8_postgresql(element: Utf8, compiler: Any, **kw: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **kw)}, 'UTF8')"


class Flags(FunctionElement[str]):
    """JSON array of the names whose condition holds."""

    inherit_cache = True
    type = Json()
    name = "flags"

    def __init__(self, conditions: Mapping[str, ColumnElement[bool]]) -> None:
        cases = [
            sa.case((condition, sa.literal_column(f"',\"{name}\"'")), else_=sa.literal_column("''"))
            for name, condition in conditions.items()
        ]
        super().__init__(*cases)


@compiles(Flags)
def _flags(element: Flags, compiler: Any, **kw: Any) -> str:
    names = " || ".join(compiler.process(c, **kw) for c in element.clauses)
    text = f"('[' || ltrim({names}, ',') || ']')"
    return f"CAST({text} AS JSON)" if compiler.dialect.name == "postgresql" else text


def among(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column is one of our own words. They are written into the statement, since a list bind cannot be compiled once."""
    return column.in_([sa.literal_column(_constant(word)) for word in words])


def named(table: Any) -> Document:
    """How an agency or a group is shown inside other things."""
    return document(code=table.c.code, name=table.c.name)


def optional(key: ColumnElement[Any], shown: ColumnElement[Any]) -> ColumnElement[Any]:
    """`shown`, or null where the key it hangs on is null (an outer join that found nothing)."""
    return sa.case((key.is_not(None), shown), else_=sa.null())


def tables_in(part: Any) -> set[Any]:
    """The tables whose columns stand in a part of a statement."""
    return {found.table for found in sa.sql.visitors.iterate(part) if isinstance(found, sa.Column)}


def needed(source: Any, mentioned: set[Any]) -> Any:
    """The tables of a join that are mentioned. Every join of a list follows a reference to one row at most, an inner one a required
    reference, so leaving out what nothing asks for changes no row; both databases would look each of them up."""
    if not isinstance(source, sa.sql.expression.Join):
        return source
    if source.right not in mentioned:
        return needed(source.left, mentioned)
    left = needed(source.left, mentioned | tables_in(source.onclause))
    return left.join(source.right, source.onclause, isouter=source.isouter)


DIALECTS: dict[str, Any] = {
    "sqlite": lambda: SQLiteDialect_pysqlite(paramstyle="qmark"),
    "asyncpg": lambda: PGDialect_asyncpg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    "psycopg": lambda: PGDialect_psycopg(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}


def _written_out(element: Any, **_: Any) -> Any:
    """Our own constants stand in the statement. As binds they cost each read: SQLite plans a statement anew for every value given to a
    LIKE, and PostgreSQL plans for any."""
    if (
        isinstance(element, sa.BindParameter)
        and element.unique
        and isinstance(element.value, str | int | None)
        and not isinstance(element.value, bool)
    ):
        return sa.literal_column(_constant(element.value), element.type)
    return None


class Query:
    """A statement compiled once per driver. Of a select, the first column is a JSON text; the others are keys (for cursors and checks)."""

    def __init__(self, statement: sa.ClauseElement) -> None:
        self.statement: Any = statement
        self._compiled: dict[str, tuple[str, list[tuple[str, Any, Any]], bool]] = {}

    def on(self, driver: str, given: Mapping[str, Any]) -> tuple[str, Any]:
        """The SQL text for a driver and its parameters in that driver's form."""
        found = self._compiled.get(driver) or self._compile(driver)
        text, binds, by_name = found
        values = [convert(v) if convert and (v := given.get(n, d)) is not None else given.get(n, d) for n, d, convert in binds]
        return text, dict(zip([b[0] for b in binds], values, strict=True)) if by_name else values

    def _compile(self, driver: str) -> tuple[str, list[tuple[str, Any, Any]], bool]:
        written = sa.sql.visitors.replacement_traverse(self.statement, {}, _written_out)
        compiled = written.compile(dialect=DIALECTS[driver]())
        names = list(dict.fromkeys(compiled.params)) if compiled.positiontup is None else compiled.positiontup
        processors = compiled._bind_processors if driver == "sqlite" else {}
        binds = [(name, compiled.params.get(name), processors.get(name)) for name in names]
        self._compiled[driver] = (str(compiled), binds, compiled.positiontup is None)
        return self._compiled[driver]
