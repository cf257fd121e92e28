"""What a read door works with: who reads, for which day, and the documents they may see."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote

from fastapi import Request
from fastapi.responses import Response

from app.actors import Actor
from app.core.dates import day_in, parse_day, parse_instant
from app.core.documents import Query
from app.core.errors import NotFound, UnknownParameter
from app.core.parameters import single, unfit, unknown
from app.core.past import Pasts
from app.core.search import fold_name

ASCII = bytes(range(128))


@dataclass(frozen=True)
class GroupRef:
    """As much of a group as any read needs."""

    id: str
    code: str
    time_zone: str
    public: bool


@dataclass
class Names:
    """The look-ups that turn what people write (a group's code, an agency's code or alias) into ids, and what they found in one version
    of the data: nearly every read asks for one, and it costs a trip to the database."""

    group: Query
    agency: Query
    version: Any = None
    found: dict[tuple[Query, str], list[Any]] = field(default_factory=dict)


KNOWN_AT = "known_at"


class Source(Protocol):
    """What is read: the database, or a past state."""

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]: ...


class Read:
    """One request's reading: the actor's sight and the request's clock, on the read side of the database."""

    takes: tuple[str, ...] = ()
    """The parameters that the door takes because all of its kind do."""
    past = False
    """Whether it reads what was known at an instant. Rights are those of today: what a group shared then gives nobody a right now."""

    def __init__(self, database: Source, actor: Actor, now: datetime, request: Request) -> None:
        self.database, self.actor, self.now, self.request = database, actor, now, request
        self.names: Names = request.app.state.names

    @cached_property
    def given(self) -> dict[str, list[str]]:
        """The query string's parameters. Blank values are kept: they are mistakes, not absences."""
        found: dict[str, list[str]] = {}
        # Letters beyond ASCII may come unescaped (curl sends them so); escaped, they are read as the UTF-8 that they are.
        query = quote(self.request.scope["query_string"], safe=ASCII)
        for name, value in parse_qsl(query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

    def accept(self, *allowed: str) -> dict[str, str]:
        """The parameters of a route that takes each at most once; others are refused with the nearest name."""
        found = self.given
        for name in found:
            if name not in allowed:
                raise self.unknown(name, allowed)
        return {name: single(name, values) for name, values in found.items()}

    def unknown(self, name: str, allowed: Iterable[str]) -> UnknownParameter:
        """The refusal of a parameter that the door does not take."""
        return unknown(name, (*allowed, *self.takes))

    def day(self, given: Mapping[str, str]) -> date | None:
        """The `as_of` day, if one was given."""
        if "as_of" not in given:
            return None
        try:
            return parse_day(given["as_of"])
        except ValueError as error:
            raise UnknownParameter(parameter="as_of", detail=f"as_of: {error}.") from None

    async def as_known(self, inputs: Mapping[str, Any]) -> "Read":
        """The same reading of what was known at the instant that `known_at` names; `inputs` are those in the address."""
        text = single(KNOWN_AT, self.given[KNOWN_AT])
        try:
            moment = parse_instant(text)
        except ValueError as error:
            raise unfit(KNOWN_AT, str(error)) from None
        if moment > self.now:
            raise unfit(KNOWN_AT, "that instant is still to come, and nobody knows yet")
        past = await self.at(await self._group_meant(inputs), moment)
        past.given = {name: values for name, values in self.given.items() if name != KNOWN_AT}
        return past

    async def _group_meant(self, inputs: Mapping[str, Any]) -> str | None:
        """The id of the group that a request is about, whether the reader may know of it or not; None where there is none."""
        if "code" in inputs:
            return await self._group_id(inputs["code"])
        if "id" in inputs:
            return await self.pasts.group_of(inputs["id"])
        if "group" in self.given:
            return await self._group_id(single("group", self.given["group"]))
        if "workplan" in self.given:
            return await self.pasts.group_of(single("workplan", self.given["workplan"]))
        raise unfit(KNOWN_AT, "it takes group= as well: what was known is asked of one group")

    async def _group_id(self, code: str) -> str | None:
        rows = await self._named(self.names.group, code.lower())
        return rows[0][0] if rows else None

    @property
    def pasts(self) -> Pasts:
        found: Pasts = self.request.app.state.pasts
        return found

    async def at(self, group_id: str | None, moment: datetime) -> "Read":
        """The same reading of a group as it was known at an instant, as far as this one goes itself.

        Rights are those of today. What others than its own people could see of a group, was and is public row by row; that is not told
        apart: for them nothing was known.
        """
        seen = group_id if group_id is not None and self.actor.sees(group_id) else None
        past = await self.pasts.at(seen, min(moment, self.now), self.request.scope.get("version"))
        found = Read(past, self.actor, moment, self.request)
        found.takes, found.past = self.takes, True
        return found

    def today(self, group: GroupRef) -> date:
        return day_in(self.now, group.time_zone)

    async def fetch(self, query: Query, *, slow: bool = False, **given: Any) -> list[Any]:
        return await self.database.fetch(query, {"as_of": None, "now": self.now.isoformat()} | given, slow=slow)

    async def _named(self, query: Query, name: str) -> list[Any]:
        """The rows of what has this name, remembered for one version of the data. What has none is looked for again: anybody may make
        names up."""
        names, version = self.names, self.request.scope.get("version")
        if self.past or version is None:
            return await self.fetch(query, name=name)
        if version != names.version:
            names.version = version
            names.found.clear()
        rows = names.found.get((query, name))
        if rows is None:
            rows = await self.fetch(query, name=name)
            if rows and version == names.version:  # else the data moved while we looked, and this may be the state before
                names.found[query, name] = rows
        return rows

    async def group(self, code: str, *, visible: bool = True) -> GroupRef:
        """The group of this code, if the reader may know of it."""
        rows = await self._named(self.names.group, code.lower())
        if rows:
            found = GroupRef(*rows[0])
            if not visible or self.actor.sees(found.id) or found.public:
                return found
        raise NotFound(what="group")

    async def agency_id(self, name: str) -> str | None:
        """The id of the agency of this code or alias."""
        rows = await self._named(self.names.agency, fold_name(name))
        return rows[0][0] if rows else None

    async def item(
        self, query: Query, id: str, what: str, *, within: str | None = None, unless_kept: Query | None = None, **given: Any
    ) -> Response:
        """The document of one thing. Its query's keys are `version`, `group_id` and whether the row is public.

        `within` is the id of the group that the address names: a thing of another group is not there. `unless_kept` makes the
        document where the query finds only a card that does not hold for the day.
        """
        rows = await self.fetch(query, id=id, **given)
        if not rows or not ((self.actor.sees(rows[0][2]) and (rows[0][2] is not None or self.actor.known)) or rows[0][3]):
            raise NotFound(what=what)
        if within not in (None, rows[0][2]):
            raise NotFound(what=what)
        document = rows[0][0]
        if document is None and unless_kept:
            return await self.item(unless_kept, id, what, within=within, **given)
        return Response(document, media_type="application/json", headers={"etag": f'"{rows[0][1]}"'})


def compact(value: Any) -> str:
    """A value as JSON text, as the databases make it: without spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_response(text: str | bytes, **headers: str) -> Response:
    """A reply whose JSON text is already made."""
    return Response(text, media_type="application/json", headers=headers)
