"""A streaming replica that serves reads as far as it has come, and no further.

Every request asks the primary which version its data have and where its log stands. A read goes to the replica only when that has
replayed so much: it is then never older than the moment its request began, whichever node wrote last. A replica that is behind, away or hung
costs a read a few milliseconds; the primary answers instead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple

import asyncpg
from sqlalchemy.engine import URL

from app.core.errors import Problem

log = logging.getLogger("troika")

PATIENCE = 0.02
"""How long a read waits for the replica to come as far as it needs."""
IMPATIENCE = 0.5
"""How long no read waits after one has waited in vain."""
HEARTBEAT = 1.0
"""How often a replica that nobody waits for is asked whether it is there; it may take as long to answer."""

Standing = Literal["serving", "behind", "unreachable", "unrelated"]


class Position(NamedTuple):
    """A place in a server's log. A promotion begins a new line, so that places of two histories are never compared."""

    line: int
    reached: int

    def covers(self, wanted: "Position") -> bool:
        return self.line == wanted.line and self.reached >= wanted.reached


START = Position(0, 0)
WHERE = """SELECT pg_is_in_recovery() AS following, pg_last_wal_replay_lsn() AS reached,
    (pg_control_checkpoint()).timeline_id AS line, (pg_control_system()).system_identifier AS cluster"""
CLUSTER = "SELECT system_identifier FROM pg_control_system()"
UNABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, Problem)


class Unrelated(Exception):
    """The server is not a replica of our primary: another database, or one that was promoted."""


def reading(url: URL) -> dict[str, Any]:
    """How asyncpg reaches a server to read from it."""
    query = dict(url.query)
    return {
        "host": query.get("host") or url.host, "port": url.port or query.get("port"), "user": url.username, "password": url.password,
        "database": url.database, "timeout": 5, "command_timeout": 30,
        "server_settings": {
            "timezone": "UTC", "default_transaction_read_only": "on",
            # A statement is for one shape of a request: its plan is the same whatever the values, and to make one costs as much as a page.
            "plan_cache_mode": "force_generic_plan", "jit": "off",
        },
    }  # fmt: skip


async def _keep(connection: Any) -> None:
    """No reset between uses: reads change nothing of a connection, and the round trip would double their time."""


async def reading_pool(url: URL, size: int) -> Any:
    return await asyncpg.create_pool(**reading(url), min_size=0, max_size=size, reset=_keep)


class Replica:
    """Reads on a replica, and a watcher that knows how far it has come. `cluster` tells which cluster the primary is."""

    def __init__(self, url: URL, size: int, cluster: Callable[[], Awaitable[int]]) -> None:
        self.url, self.size, self._cluster = url, size, cluster
        self._at: Position | None = None
        self._why_not: Standing = "unreachable"
        self._waiting: list[tuple[Position, asyncio.Future[bool]]] = []
        self._reading: set[asyncio.Timeout] = set()
        self._impatient_until = 0.0

    async def open(self) -> None:
        self._asked = asyncio.Event()
        self._pool = await reading_pool(self.url, self.size)
        self._watcher = asyncio.create_task(self._watch())

    async def close(self) -> None:
        self._watcher.cancel()
        await asyncio.gather(self._watcher, return_exceptions=True)
        self._pool.terminate()

    async def standing(self, wanted: Position) -> Standing:
        """What to tell whoever asks after it."""
        if await self.covers(wanted):
            return "serving"
        return self._why_not if self._at is None else "behind"

    async def covers(self, wanted: Position) -> bool:
        """Whether the replica has come this far, or does so within a moment."""
        if self._at is None or self._at.line != wanted.line or self._at.reached >= wanted.reached:
            return self._at is not None and self._at.covers(wanted)
        loop = asyncio.get_running_loop()
        if loop.time() < self._impatient_until:
            return False
        answer: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((wanted, answer))
        self._asked.set()
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            self._impatient_until = loop.time() + IMPATIENCE
            return False

    async def fetch(self, text: str, values: Any) -> list[Any] | None:
        """All rows of a read, or None where the replica could not say: it is away, or took a row away that the read still needed."""
        try:
            async with asyncio.timeout(None) as until_lost:
                self._reading.add(until_lost)
                try:
                    async with self._pool.acquire() as connection:
                        return list(await connection.fetch(text, *values))
                finally:
                    self._reading.discard(until_lost)
        except UNABLE:
            return None

    async def _watch(self) -> None:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    ours = await self._cluster()
                    connection = await asyncpg.connect(**reading(self.url))
                try:
                    await self._follow(connection, ours)
                finally:
                    connection.terminate()
            except Unrelated:
                await self._leave("unrelated")
            except UNABLE:
                await self._leave("unreachable")
            await asyncio.sleep(HEARTBEAT)

    async def _follow(self, connection: Any, ours: int) -> None:
        """Ask where the replica is: at once for those who wait, else at every heartbeat."""
        while True:
            row = await connection.fetchrow(WHERE, timeout=HEARTBEAT)
            if not row["following"] or row["cluster"] != ours:
                raise Unrelated
            if self._at is None:
                log.warning("The replica serves reads.")
            self._at = Position(row["line"], row["reached"])
            self._answer()
            if self._waiting:
                await asyncio.sleep(0.001)
            else:
                self._asked.clear()
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await self._asked.wait()
                except TimeoutError:
                    pass

    def _answer(self) -> None:
        """Tell those who wait whether it was for something; who gave up is forgotten."""
        waiting, self._waiting = self._waiting, []
        for wanted, answer in waiting:
            if answer.done():
                continue
            if self._at is None or self._at.covers(wanted):
                answer.set_result(self._at is not None)
            else:
                self._waiting.append((wanted, answer))

    async def _leave(self, why: Standing) -> None:
        """Send every read that waits for this replica, or is under way on it, to the primary."""
        if self._at is not None or self._why_not != why:
            log.warning("The replica is %s: the primary serves all reads.", why)
        self._at, self._why_not = None, why
        self._answer()
        self._pool.terminate()
        for until_lost in list(self._reading):
            until_lost.reschedule(0)
        self._pool = await reading_pool(self.url, self.size)
