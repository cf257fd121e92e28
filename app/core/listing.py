"""Lists: keyset pages, filters that fail loudly, and a statement compiled once for each shape of a request.

A `Listing` declares what a collection shows, how it may be filtered and sorted. The shape of a request (which filters,
which order, which fields) selects a statement; its values are only ever binds.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi.responses import Response

from app.core import parameters
from app.core.cards import Cards
from app.core.dates import parse_day
from app.core.dates_sql import on_given_day
from app.core.documents import AnyOf, Holds, Query, Utf8, document, needed, tables_in
from app.core.errors import NotFound
from app.core.journal import plain
from app.core.keyset import after, typed
from app.core.reading import GroupRef, Read, json_response
from app.core.search import pattern
from app.core.tallies import Tallied

LIMIT, LARGEST, HIGHEST = 50, 500, 2**53
"""Items on a page unless asked otherwise, and at most; the highest number that a filter takes."""
SIZES = (2, 11, LIMIT + 1, 101, LARGEST + 1)
"""How many rows are fetched for a page: one more than may be asked for, in a few steps, since each makes a statement of its own."""
Expression = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Given:
    """A filter as a request uses it: one value or several (a repeated parameter is OR)."""

    name: str
    many: bool = False
    truth: bool | None = None

    def matches(self, column: Expression) -> Expression:
        if self.many:
            return AnyOf(column, sa.bindparam(self.name, type_=sa.Text()))
        return column == sa.bindparam(self.name, type_=column.type)

    def held_by(self, column: Expression) -> Expression:
        return Holds(column, sa.bindparam(self.name, type_=sa.Text()))


Present = Mapping[str, Given]
Where = Callable[[Given, Present], Expression | None]


@dataclass(frozen=True)
class Filter:
    """How a parameter narrows a list: how its text is read, and the condition it stands for."""

    doc: str
    where: Where
    kind: str = "text"
    """text, choice, day, flag, agency, group or list."""
    choices: tuple[str, ...] = ()


def equals(column: Expression, doc: str, *choices: str) -> Filter:
    return Filter(doc, lambda given, _: given.matches(column), "choice" if choices else "text", choices)


def agency(column: Expression, doc: str) -> Filter:
    return Filter(doc, lambda given, _: given.matches(column), "agency")


def not_before(column: Expression, doc: str) -> Filter:
    return Filter(doc, lambda given, _: column >= sa.bindparam(given.name, type_=sa.Date()), "day")


def not_after(column: Expression, doc: str) -> Filter:
    return Filter(doc, lambda given, _: column <= sa.bindparam(given.name, type_=sa.Date()), "day")


def flag(condition: Expression, doc: str) -> Filter:
    return Filter(doc, lambda given, _: condition if given.truth else sa.not_(condition), "flag")


def confided(group: Expression, only_for: Expression) -> Filter:
    """Of what only an agency and the secretariat see (`Record.only_for`), that which is for the reader. Doors bind it to
    `Actor.confided`; no parameter of a request does."""

    def where(given: Given, _: Present) -> Expression:
        theirs = group.concat(sa.literal_column("':'")).concat(only_for)
        return sa.or_(only_for.is_(None), given.matches(group), given.matches(theirs))

    return Filter("", where)


def holds(column: Expression, doc: str) -> Filter:
    return Filter(doc, lambda given, _: given.held_by(column), "list")


@dataclass(frozen=True)
class Shape:
    """Everything about a request that changes the statement, and nothing that does not."""

    filters: tuple[Given, ...]
    order: tuple[tuple[str, bool], ...]
    fields: tuple[str, ...] | None
    sight: str
    """all rows, those of some groups, or public ones."""
    most: int
    """How many rows to fetch. It stands in the statement: PostgreSQL would plan for another number, or for each request anew."""
    after: bool
    dated: bool
    day_given: bool = False
    """Whether the day is bound: the reader's `as_of`, or today of the one group that is asked for."""


@dataclass(frozen=True)
class Found:
    """Rows of a list (the document as UTF-8, then its sort keys), the cursor of the next page, and the total if asked for."""

    rows: list[Any]
    more: str | None
    total: int | None


CONTROLS = ("sort", "limit", "cursor", "count", "fields", "as_of")


@dataclass(frozen=True, eq=False)
class Listing:
    """A collection: its rows (`source`), its document, its filters and orders."""

    source: Any
    id: Expression
    show: Mapping[str, Any]
    filters: Mapping[str, Filter]
    sorts: Mapping[str, Expression]
    """By name; none may be null."""
    default: str
    group: Expression | None = None
    public: Expression | None = None
    """Which rows anybody may see."""
    search: Expression | None = None
    in_force: Expression | None = None
    """Which rows are in force on the `as_of` day: given, it narrows the list to them."""
    dated: bool = False
    """Whether the list takes `as_of`."""
    cards: Cards | None = None
    """Where the documents of its things are kept ready-made."""
    tallied: Tallied | None = None
    """Where they are counted already."""
    narrow: tuple[str, ...] | None = None
    """The filters, beside that by group, which leave so little that any order is quick; None where there is never much."""
    walked: tuple[str, ...] = ()
    """The orders in which an index holds everything."""

    @property
    def known(self) -> list[str]:
        extra = (["group"] if self.group is not None else []) + (["q"] if self.search is not None else [])
        return [*self.filters, *extra, *(["as_of"] if self.dated else []), "sort", "limit", "cursor", "count", "fields"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "statement", lru_cache(512)(self._statement))
        object.__setattr__(self, "counting", lru_cache(512)(self._counting))

    statement: Callable[[Shape], Query] = None  # type: ignore[assignment]
    counting: Callable[[Shape], Query] = None  # type: ignore[assignment]

    def _conditions(self, shape: Shape) -> list[Expression]:
        present = {given.name: given for given in shape.filters}
        if shape.dated:
            present["as_of"] = Given("as_of")
        found = [self.filters[name].where(given, present) for name, given in present.items() if name in self.filters]
        conditions = [condition for condition in found if condition is not None]
        if "group" in present and self.group is not None:
            conditions.append(self.group == sa.bindparam("group", type_=sa.Text()))
        if "q" in present and self.search is not None:
            conditions.append(self.search.like(sa.bindparam("q", type_=sa.Text()), escape="\\"))
        if shape.dated and self.in_force is not None:
            conditions.append(self.in_force)
        if shape.sight == "one" and self.group is not None:
            conditions.append(self.group == sa.bindparam("seen", type_=sa.Text()))
        elif shape.sight != "all":
            seen = [AnyOf(self.group, sa.bindparam("seen", type_=sa.Text()))] if self.group is not None and shape.sight == "some" else []
            conditions.append(sa.or_(*seen, self.public if self.public is not None else sa.false()))
        return conditions

    def _statement(self, shape: Shape) -> Query:
        keys = [*(self.sorts[name] for name, _ in shape.order), self.id]
        downs = [*(down for _, down in shape.order), shape.order[-1][1]]
        if self.cards and shape.fields is None:
            shown, source = self.cards.text, self.source.join(self.cards.table, self.cards.table.c.id == self.id)
        else:
            shown = sa.cast(document(**{n: v for n, v in self.show.items() if shape.fields is None or n in shape.fields}), sa.Text)
            source = self.source
        statement = sa.select(Utf8(shown), *(k.label(f"key_{i}") for i, k in enumerate(keys))).where(*self._conditions(shape))
        if shape.after:
            statement = statement.where(after(keys, downs))
        ordered = [k.desc() if down else k.asc() for k, down in zip(keys, downs, strict=True)]
        statement = statement.order_by(*ordered).limit(sa.literal_column(str(shape.most)))
        if shape.day_given:
            statement = on_given_day(statement)
        return Query(statement.select_from(needed(source, tables_in(statement))))

    def _counting(self, shape: Shape) -> Query:
        """How many rows the filters leave: from the tallies where these can tell, for this reader, else by counting."""
        statement = sa.select(sa.func.count()).where(*self._conditions(shape))
        statement = statement.select_from(needed(self.source, tables_in(statement)))
        if self.tallied and not (shape.dated and self.in_force is not None):
            sight = None if shape.sight == "all" else AnyOf(self.tallied.table.c.group_id, sa.bindparam("seen", type_=sa.Text()))
            statement = self.tallied.counting({given.name: given for given in shape.filters}, sight, statement)
        return Query(on_given_day(statement) if shape.day_given else statement)

    async def find(self, read: Read, **fixed: Any) -> "Found":
        """The rows that a request asks for. `fixed` binds filters that the address itself sets."""
        given = read.given
        takes = [k for k in self.known if k not in fixed or k == "as_of"]
        for name in given:
            if name not in takes:
                raise read.unknown(name, takes)
        values, filters = await self._values(read, given, fixed)
        controls = {n: parameters.single(n, given[n]) for n in CONTROLS if n in given}
        as_of = read.day(controls) or fixed.get("as_of")
        if as_of is not None:
            values["as_of"] = as_of
        limit = parameters.whole("limit", controls["limit"], 1, LARGEST) if "limit" in controls else LIMIT
        order = self._order(controls.get("sort", self.default))
        fields = self._fields(controls["fields"]) if "fields" in controls else None
        if "cursor" in controls:
            values |= self._cursor(order, controls["cursor"])
        most = next(size for size in SIZES if size > limit)
        shape = Shape(
            tuple(filters), order, fields, self._sight(read, values), most, "cursor" in controls, as_of is not None, "as_of" in values
        )
        slow = self._slow(values, order, controls)
        rows = await read.fetch(self.statement(shape), slow=slow, **values)
        total = None
        if "count" in controls and parameters.flag("count", controls["count"]):
            total = (await read.fetch(self.counting(shape), slow=slow, **values))[0][0]
        more = self._encode(order, rows[limit - 1][1:]) if len(rows) > limit else None
        return Found(await self._made(read, rows[:limit], values), more, total)

    def _slow(self, values: Mapping[str, Any], order: tuple[tuple[str, bool], ...], controls: Mapping[str, str]) -> bool:
        """Whether the database may have to look at everything there is."""
        if "group" in values:
            return False
        much = self.narrow is not None and not any(name in values for name in self.narrow)
        return "q" in values or "count" in controls or (much and not (len(order) == 1 and order[0][0] in self.walked))

    async def _made(self, read: Read, rows: list[Any], values: Mapping[str, Any]) -> list[Any]:
        """The rows with the documents of those whose card does not hold for this day made on the spot."""
        missing = [row[-1] for row in rows if row[0] is None]
        if not self.cards or not missing:
            return rows
        made = {row[1]: row[0].encode() for row in await read.fetch(self.cards.live, ids=json.dumps(missing), as_of=values.get("as_of"))}
        return [(made[row[-1]],) if row[0] is None else row for row in rows]

    async def reply(self, read: Read, **fixed: Any) -> Response:
        """The page that a request asks for."""
        found = await self.find(read, **fixed)
        total = "" if found.total is None else f',"total":{found.total}'
        end = f'],"next_cursor":{json.dumps(found.more)}{total}}}'
        return json_response(
            b'{"items":[%b%b' % (b",".join([row[0] for row in found.rows]), end.encode()),
            **({"link": _link(read, found.more)} if found.more else {}),
        )

    async def _values(self, read: Read, given: Mapping[str, list[str]], fixed: Mapping[str, Any]) -> tuple[dict[str, Any], list[Given]]:
        values: dict[str, Any] = {n: json.dumps(v) if isinstance(v, list) else v for n, v in fixed.items() if n != "as_of"}
        filters = [Given(name, many=isinstance(fixed[name], list)) for name in values]
        for name in sorted(given):
            if name == "group" and self.group is not None:
                group = await self._group(read, parameters.single(name, given[name]))
                # Its day, said once here, saves asking for it in every row.
                values |= {name: group.id, "as_of": read.today(group)}
                filters.append(Given(name))
            elif name == "q" and self.search is not None:
                values[name] = self._words(parameters.single(name, given[name]))
                filters.append(Given(name))
            elif name in self.filters:
                found, seen = await self._filter(read, name, given[name])
                values |= found
                filters.append(seen)
        return values, filters

    async def _filter(self, read: Read, name: str, texts: Sequence[str]) -> tuple[dict[str, Any], Given]:
        chosen = self.filters[name]
        if chosen.kind == "flag":
            return {}, Given(name, truth=parameters.flag(name, parameters.single(name, texts)))
        if chosen.kind == "number":
            return {name: parameters.whole(name, parameters.single(name, texts), 0, HIGHEST)}, Given(name)
        if chosen.kind == "day":
            try:
                return {name: parse_day(parameters.single(name, texts))}, Given(name)
            except ValueError as error:
                raise parameters.unfit(name, str(error)) from None
        texts = parameters.several(name, texts)
        found = [parameters.choice(name, t, chosen.choices) if chosen.choices else self._text(name, t) for t in texts]
        if chosen.kind == "agency":
            found = [await self._agency(read, name, t) for t in found]
        if len(found) == 1 and chosen.kind != "list":
            return {name: found[0]}, Given(name)
        return {name: json.dumps(sorted(set(found)))}, Given(name, many=True)

    @staticmethod
    def _text(name: str, text: str) -> str:
        if not 1 <= len(text) <= parameters.LONG:
            raise parameters.unfit(name, f"it takes 1 to {parameters.LONG} characters")
        return text

    def _words(self, text: str) -> str:
        found = pattern(self._text("q", text))
        if found == "%%":
            raise parameters.unfit("q", "it holds nothing to look for")
        return found

    @staticmethod
    async def _agency(read: Read, name: str, text: str) -> str:
        found = await read.agency_id(text)
        if found is None:
            raise parameters.unfit(name, "there is no agency of that code or alias; GET /api/v1/agencies lists them")
        return found

    @staticmethod
    async def _group(read: Read, code: str) -> GroupRef:
        try:
            return await read.group(code)
        except NotFound:
            raise parameters.unfit("group", "there is no group of that code that you can see; GET /api/v1/groups lists them") from None

    def _sight(self, read: Read, values: dict[str, Any]) -> str:
        """How far this reader sees here. A single group that they see wholly needs no further condition."""
        if read.actor.administers_all or (self.group is None and read.actor.known):
            return "all"
        if values.get("group") in read.actor.groups:
            return "all"
        groups = sorted(read.actor.groups)
        if len(groups) == 1 and self.public is None:
            values["seen"] = groups[0]  # an index by group serves it
            return "one"
        values["seen"] = json.dumps(groups)
        return "some" if groups else "public"

    def _order(self, text: str) -> tuple[tuple[str, bool], ...]:
        order: list[tuple[str, bool]] = []
        for part in text.split(","):
            name = parameters.choice("sort", part.strip().removeprefix("-"), list(self.sorts))
            if name in [n for n, _ in order]:
                raise parameters.unfit("sort", "name each field once")
            order.append((name, part.strip().startswith("-")))
        return tuple(order)

    def _fields(self, text: str) -> tuple[str, ...]:
        return tuple(sorted({parameters.choice("fields", f.strip(), list(self.show)) for f in text.split(",")}))

    @staticmethod
    def _encode(order: tuple[tuple[str, bool], ...], keys: Any) -> str:
        names = [f"{'-' if d else ''}{n}" for n, d in order]
        # Not escaped to ASCII: a long title would make a cursor longer than one may be.
        content = json.dumps([names, [plain(k) for k in keys]], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    def _cursor(self, order: tuple[tuple[str, bool], ...], text: str) -> dict[str, Any]:
        """The binds of a cursor that this same list and order gave."""
        try:
            content = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
            names, keys = content
            if names != [f"{'-' if d else ''}{n}" for n, d in order] or len(keys) != len(order) + 1:
                raise ValueError
            columns = [*(self.sorts[n] for n, _ in order), self.id]
            return {f"after_{i}": typed(c, k) for i, (c, k) in enumerate(zip(columns, keys, strict=True))}
        except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
            raise parameters.unfit("cursor", "take it from next_cursor of the page before, with the same sort") from None


def _link(read: Read, cursor: str) -> str:
    """The address of the next page. The query is taken over as it came, but for what a header cannot hold."""
    query = quote(read.request.scope["query_string"], safe="%&=+,:;/?@!$'()*~.-_")
    parts = [part for part in query.split("&") if part and not part.startswith("cursor=")]
    return f'<{read.request.scope["path"]}?{"&".join([*parts, f"cursor={cursor}"])}>; rel="next"'
