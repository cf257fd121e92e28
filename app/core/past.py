"""The time machine: what the service knew of a group at an instant, kept laid out for whoever asks next.

The journal is cut before the first change of which nothing was known yet: a layout holds a beginning of it, whole transactions in the order
of their commits, and so a state that there was. Of changes that came at the same time, one that began first may have been numbered last;
whatever began by the instant is in, and what was numbered before it as well.
"""

import asyncio
import json
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from app.core.database import Database
from app.core.db import Instant, table_of
from app.core.documents import AnyOf, Query, document
from app.core.errors import Invalid
from app.core.journal import Change
from app.core.layout import Layout, records, shape

C = table_of(Change)
THREADS, MOST_ENDS = 2, 1_000
Key = tuple[str | None, int]
Ends = tuple[int | None, int | None]
GROUP, CUT = sa.bindparam("group", type_=sa.Text()), sa.bindparam("cut", type_=sa.BigInteger())
IDS, MOMENT = sa.bindparam("ids", type_=sa.Text()), sa.bindparam("moment", type_=Instant())


class TooMuchToLayOut(Invalid):
    message = "What was known then is laid out of {count} changes; this service does that for at most {most} (TROIKA_PAST_CHANGES)."


def _last(*conditions: Any) -> Any:
    """The number of the last change of which this holds; from the newest down, since the recent past is asked for most. Said like this,
    PostgreSQL walks the index by group where there is no group too, and not the whole journal."""
    return sa.select(C.c.seq).where(*conditions).order_by(C.c.group_id.desc(), C.c.seq.desc()).limit(1).scalar_subquery()


of_group, of_none, known = C.c.group_id == GROUP, C.c.group_id.is_(None), C.c.at <= MOMENT
ENDS = Query(sa.select(_last(of_group, known), _last(of_none, known)))
"""The last change of a group by an instant, and the last one by then of what belongs to no group."""
GROUP_OF = Query(sa.select(C.c.group_id).where(C.c.entity_id == sa.bindparam("id", type_=sa.Text())).order_by(C.c.seq).limit(1))
COUNT = Query(sa.select(sa.func.count()).where(of_group, C.c.seq <= CUT))


def _pictures(*conditions: Any) -> Query:
    newest = sa.select(sa.func.max(C.c.seq)).where(*conditions, C.c.seq <= CUT).group_by(C.c.entity_id)
    return Query(sa.select(C.c.entity, sa.cast(C.c.picture, sa.Text)).where(C.c.seq.in_(newest)))


PICTURES = _pictures(of_group)
everywhere = sa.or_(AnyOf(C.c.entity, sa.bindparam("kinds", type_=sa.Text())), AnyOf(C.c.entity_id, IDS))
DIRECTORY = _pictures(of_none, everywhere)
"""What belongs to no group: everything of some kinds, and what is referred to."""
told = document(**{column.name: column for column in C.columns if column.name != "picture"})
JOURNAL = Query(sa.select(sa.cast(told, sa.Text), C.c.actor).where(of_group, C.c.seq <= CUT).order_by(C.c.seq))


@cache
def live(kind: str) -> Query:
    """What the rows of a kind say today that the journal never says."""
    table = shape(records()[kind]).table
    return Query(sa.select(table.c.id, *(table.c[name] for name in sorted(shape(records()[kind]).personal))).where(AnyOf(table.c.id, IDS)))


class Pasts:
    """The layouts that one worker keeps: those used last, within a bound of memory, and in any case the last one. One is made at a time;
    whoever asks for it meanwhile waits for it."""

    def __init__(self, database: Database, most_changes: int, memory: int) -> None:
        self.database, self.most_changes, self.memory = database, most_changes, memory

    async def open(self) -> None:
        self.kept: OrderedDict[Key, Layout] = OrderedDict()
        self.making: dict[Key, asyncio.Task[Layout]] = {}
        self.version: Any = None
        self.ends: dict[tuple[str, datetime], Ends] = {}
        self.turn = asyncio.Lock()
        self.threads = ThreadPoolExecutor(THREADS, "past")

    async def close(self) -> None:
        for task in self.making.values():
            task.cancel()
        await asyncio.gather(*self.making.values(), return_exceptions=True)
        await asyncio.to_thread(self.threads.shutdown)
        self.kept.clear()

    async def group_of(self, id: str) -> str | None:
        """The group of the thing of this id."""
        rows = await self.database.fetch(GROUP_OF, {"id": id})
        return rows[0][0] if rows else None

    async def at(self, group_id: str | None, moment: datetime, version: Any) -> "Past":
        """A group as it was known at an instant; nothing at all for no group, and before there was one. `version` is that of the data."""
        if group_id is None:
            return Past(self, await self._layout(None, 0))
        by_group, by_none = await self._ends(group_id, moment, version)
        if by_group is None:
            return Past(self, await self._layout(None, 0))
        layout = await self._layout(group_id, max(by_group, by_none or 0))
        await self._tell(layout, version)
        return Past(self, layout)

    async def _ends(self, group_id: str, moment: datetime, version: Any) -> Ends:
        """Where the journal is cut for an instant. In a long journal that takes longer than a read: while nothing is written, it is known."""
        if version is None or version != self.version or len(self.ends) > MOST_ENDS:
            self.version = version
            self.ends.clear()
        if (group_id, moment) not in self.ends:
            (found,) = await self.database.fetch(ENDS, {"group": group_id, "moment": moment}, slow=True)
            if version != self.version:  # others have come for later data meanwhile
                return found[0], found[1]
            self.ends[group_id, moment] = found[0], found[1]
        return self.ends[group_id, moment]

    async def _layout(self, group_id: str | None, cut: int) -> Layout:
        key = (group_id, cut)
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        if key not in self.making:
            self.making[key] = asyncio.create_task(self._make(group_id, cut))
            self.making[key].add_done_callback(partial(self._made, key))
        # Who goes away does not take it from the others who wait.
        return await asyncio.shield(self.making[key])

    def _made(self, key: Key, task: "asyncio.Task[Layout]") -> None:
        self.making.pop(key)
        if not task.cancelled():
            task.exception()  # known to those who waited; if nobody is left, to nobody

    def _keep(self, layout: Layout) -> None:
        """Keep this one, and others as far as the memory goes."""
        self.kept[layout.group_id, layout.cut] = layout
        while len(self.kept) > 1 and sum(one.size for one in self.kept.values()) > self.memory:
            self.kept.popitem(last=False)

    async def _make(self, group_id: str | None, cut: int) -> Layout:
        async with self.turn:
            layout = await self._lay_out(group_id, cut)
        self._keep(layout)
        return layout

    async def _lay_out(self, group_id: str | None, cut: int) -> Layout:
        layout: Layout = await asyncio.get_running_loop().run_in_executor(self.threads, Layout, cut, group_id, self.threads)
        if group_id is not None:
            count = (await self._rows(layout, COUNT))[0][0]
            if count > self.most_changes:
                raise TooMuchToLayOut(count=count, most=self.most_changes)
            await layout.run(layout.add, await self._rows(layout, PICTURES))
            kinds = json.dumps([name for name, record in records().items() if record.everywhere])
            await layout.run(layout.add, await self._rows(layout, DIRECTORY, kinds=kinds, ids="[]"))
            asked = set[str]()
            while wanted := layout.missing - asked:
                asked |= wanted
                await layout.run(layout.add, await self._rows(layout, DIRECTORY, kinds="[]", ids=json.dumps(sorted(wanted))))
        await layout.run(layout.finish)
        return layout

    async def _rows(self, layout: Layout, query: Query, **given: Any) -> list[Any]:
        return await self.database.fetch(query, {"group": layout.group_id, "cut": layout.cut} | given, slow=True)

    async def _tell(self, layout: Layout, version: Any) -> None:
        """Names are erased where they live, so they are read there: again for every version of the data."""
        async with layout.lock:
            if version is not None and layout.told_at == version:
                return
            for kind, pictures in layout.personal.items():
                rows = await self.database.fetch(live(kind), {"ids": json.dumps(sorted(pictures))}, slow=True)
                if (said := sorted(map(tuple, rows))) != layout.said.get(kind):
                    await layout.run(layout.tell, kind, said)
            layout.told_at = version

    async def add_changes(self, layout: Layout) -> None:
        """Lay the journal itself out as well, for those who ask for it."""
        async with layout.lock:
            if layout.has_changes:
                return
            rows = await self._rows(layout, JOURNAL)
            actors = json.dumps(sorted({row[1] for row in rows} - layout.ids))
            speaking = await self._rows(layout, DIRECTORY, kinds="[]", ids=actors)
            await layout.run(layout.add_changes, [row[0] for row in rows], speaking)
        self._keep(layout)


class Past:
    """A layout as a read door sees it: the read side of a database."""

    def __init__(self, pasts: Pasts, layout: Layout) -> None:
        self.pasts, self.layout = pasts, layout

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]:
        if C.name in query.on("sqlite", given)[0] and self.layout.group_id and not self.layout.has_changes:
            await self.pasts.add_changes(self.layout)
        return await self.layout.fetch(query, given, slow=slow)
