"""A past state of a group, laid out from the journal in a database in memory, where the queries of today read it.

Each row is the picture that the journal took of it. What the database keeps beside the rows (`search`, derived columns, counts, names)
is worked out anew by a `derivation`; cards stay empty, so that every document is made on the spot. Nothing is judged here: what is laid
out was legal when it was written.
"""

import asyncio
import json
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from pydantic_core import PydanticUndefined
from sqlalchemy.schema import CreateIndex
from sqlmodel import SQLModel

from app.core import cards
from app.core.db import Findable, Record, prepare_sqlite, sqlite, table_of
from app.core.documents import DIALECTS, Query
from app.core.journal import PERSONAL, Change
from app.core.search import fold_values

Derivation = Callable[[Any], None]
DERIVATIONS: dict[str, Derivation] = {}
"""What fills a table or a column (`table.column`) that the journal does not hold, from the rows that are laid out."""
ABSENT = frozenset({"kept_answers"})
"""Tables that are no part of a group's state."""
A_FEW = 500
NO_CARD = "'9999-01-01', '0001-01-01', ''"
"""A card that holds on no day."""


def derives(*names: str) -> Callable[[Derivation], Derivation]:
    """Register how a layout fills these tables or columns."""

    def register(derivation: Derivation) -> Derivation:
        DERIVATIONS.update(dict.fromkeys(names, derivation))
        return derivation

    return register


def update(statement: Any) -> Derivation:
    """The derivation that one statement makes."""
    query = Query(statement)

    def run(connection: Any) -> None:
        connection.execute(*query.on("sqlite", {}))

    return run


@cache
def records() -> dict[str, type[Record]]:
    """Every kind of thing that the journal keeps, by the name it has there."""
    return {record.entity(): record for record in Record.__subclasses__()}


class Shape:
    """How the journal's picture of a row becomes a row."""

    def __init__(self, model: type[SQLModel]) -> None:
        self.table = table_of(model)
        self.names = [column.name for column in self.table.columns]
        self.json = frozenset(c.name for c in self.table.columns if isinstance(c.type, sa.JSON))
        self.refers = [c.name for c in self.table.columns if c.foreign_keys]
        self.found_by: tuple[str, ...] = model.found_by if issubclass(model, Findable) else ()
        self.personal = model.personal if issubclass(model, Record) else frozenset()
        into, values = ", ".join(map(quoted, self.names)), ", ".join("?" * len(self.names))
        self.insert = f"INSERT INTO {self.table.name} ({into}) VALUES ({values})"  # noqa: S608
        hidden: frozenset[str] = model.derived | model.secret | {"search"} if issubclass(model, Record) else frozenset()
        self.start = {name: None if name in hidden else _default(model, name) for name in self.names}
        """What a row has of which its picture does not tell: it was taken before there was such a column."""

    def row(self, picture: Mapping[str, Any]) -> list[Any]:
        values = {**self.start, **picture}
        if self.found_by:
            values["search"] = fold_values(values[name] for name in self.found_by)
        return [json.dumps(values[name]) if name in self.json else values[name] for name in self.names]


def _default(model: type[SQLModel], name: str) -> Any:
    value = model.model_fields[name].get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


@cache
def shape(model: type[SQLModel]) -> Shape:
    return Shape(model)


def quoted(name: str) -> str:
    return str(_dialect().identifier_preparer.quote(name))


@cache
def _dialect() -> Any:
    return DIALECTS["sqlite"]()


@cache
def tables() -> list[str]:
    """The statements that make the tables: columns and keys, and no rule."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in ABSENT:
            columns = [f"{quoted(c.name)} {_dialect().type_compiler_instance.process(c.type)}" for c in table.columns]
            keys = ", ".join(quoted(c.name) for c in table.primary_key)
            found.append(f"CREATE TABLE {table.name} ({', '.join(columns)}, PRIMARY KEY ({keys}))")
    return found


@cache
def indexes() -> list[str]:
    laid_out = (table for table in SQLModel.metadata.sorted_tables if table.name not in ABSENT)
    return [str(CreateIndex(index).compile(dialect=_dialect())) for table in laid_out for index in table.indexes]


class Layout:
    """One past state. Made and filled in a thread; afterwards it reads as a `Database` does, one reader at a time."""

    def __init__(self, cut: int, group_id: str | None, threads: Executor) -> None:
        self.cut, self.group_id, self.threads = cut, group_id, threads
        """It holds the changes up to the one of this number."""
        self.ids: set[str] = set()
        self.missing: set[str] = set()
        """What its rows refer to, as long as that is not laid out itself."""
        self.personal: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        """By kind and id, the pictures of what has something in it that only the live row tells."""
        self.said: dict[str, list[Any]] = {}
        """What those live rows said, by kind."""
        self.told_at: Any = None
        """For which version of the data they were asked."""
        self.has_changes = False
        self.size = 0
        """How much memory it takes, in bytes: its pages, and what is remembered beside them."""
        self.lock = asyncio.Lock()
        self.connection = sqlite.connect(":memory:", check_same_thread=False, cached_statements=512)
        weakref.finalize(self, self.connection.close)
        prepare_sqlite(self.connection, ("journal_mode=OFF", "synchronous=OFF"))
        for statement in tables():
            self.connection.execute(statement)

    def add(self, pictures: Iterable[tuple[str, str]]) -> None:
        """Lay these rows out: the kind and the picture of each."""
        known, waiting = records(), iter(pictures)
        while some := list(islice(waiting, A_FEW)):
            by_kind: dict[str, list[list[Any]]] = defaultdict(list)
            for kind, text in some:
                if kind in known:  # and not of a table that has been dropped since
                    by_kind[kind].append(self._row(kind, shape(known[kind]), json.loads(text)))
            self._write((shape(known[kind]).insert, rows) for kind, rows in by_kind.items())
        self.missing -= self.ids
        self._measure()

    def _row(self, kind: str, found: Shape, picture: dict[str, Any]) -> list[Any]:
        self.ids.add(picture["id"])
        self.missing.update([picture[name] for name in found.refers if picture.get(name)])
        if found.personal and PERSONAL in (picture.get(name) for name in found.personal):
            self.personal[kind][picture["id"]] = picture
        return found.row(picture)

    def finish(self) -> None:
        """Fill what follows from the rows, once all are there."""
        for statement in indexes():
            self.connection.execute(statement)
        for kind in cards.ALL:
            empty = f"SELECT id, {NO_CARD} FROM {kind.id.table.name}"  # noqa: S608
            self.connection.execute(f"INSERT INTO {kind.table.name} (id, since, until, text) {empty}")
        for derivation in dict.fromkeys(DERIVATIONS.values()):
            derivation(self.connection)
        self._measure()

    def add_changes(self, rows: Iterable[str], actors: Iterable[tuple[str, str]]) -> None:
        """Lay the journal itself out as well, and who speaks in it."""
        made = shape(Change)
        self._write([(made.insert, (made.row(json.loads(row)) for row in rows))])
        self.add(actors)
        self.has_changes = True

    def tell(self, kind: str, rows: list[Any]) -> None:
        """Put what the live rows say today (id, and the personal columns by name) where the journal says nothing."""
        found, pictures = shape(records()[kind]), self.personal[kind]
        names = sorted(found.personal)
        for id_, *values in rows:
            said = dict(zip(names, values, strict=True))
            row = pictures[id_] | {name: value for name, value in said.items() if pictures[id_].get(name) == PERSONAL}
            told = {name: row[name] for name in names}
            if found.found_by:
                told["search"] = fold_values(row[name] for name in found.found_by)
            setting = ", ".join(f"{name} = ?" for name in told)
            self.connection.execute(f"UPDATE {found.table.name} SET {setting} WHERE id = ?", [*told.values(), id_])  # noqa: S608
        self.said[kind] = rows

    def _write(self, inserts: Iterable[tuple[str, Iterable[Any]]]) -> None:
        self.connection.execute("BEGIN")
        for statement, rows in inserts:
            self.connection.executemany(statement, rows)
        self.connection.execute("COMMIT")

    def _measure(self) -> None:
        pages, each = (self.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        self.size = int(pages) * int(each) + 150 * len(self.ids) + 2_000 * sum(len(pictures) for pictures in self.personal.values())

    async def run(self, work: Callable[..., Any], *given: Any) -> Any:
        """Do something with it in a thread. Whoever goes away meanwhile leaves when that is done, so that no other thread comes in between."""
        done = asyncio.get_running_loop().run_in_executor(self.threads, work, *given)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]:  # noqa: ARG002  (always in a thread)
        text, values = query.on("sqlite", given)
        async with self.lock:
            found: list[Any] = await self.run(self.read, text, values)
        return found

    def read(self, text: str, values: Any) -> list[Any]:
        return list(self.connection.execute(text, values).fetchall())
