"""The two sides of a database: one that writes in a single hop, one that reads without objects.

A write is one hop to one thread: begin, load, act, commit. On SQLite a single writer serves the waiting requests in groups
that share one commit (and one sync), each in a savepoint of its own; on PostgreSQL a few writers work side by side.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Protocol, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.core.db import READING, driver_url, is_sqlite, prepare_sqlite, sqlite, unsafe_file, unsafe_postgresql, unsafe_sqlite, write_engine
from app.core.documents import Query
from app.core.errors import Unavailable
from app.core.replica import CLUSTER, START, Position, Replica, Standing, reading_pool
from app.core.work import WriteConflict, translate
from app.settings import Settings

log = logging.getLogger("troika")

T = TypeVar("T")
Write = Callable[[sa.Engine | sa.Connection], T]
GROUP, A_MOMENT = 64, 0.005
"""How many waiting writes share a commit at most; and for how many seconds one goes on taking them in, unless a commit takes longer.
Then they share its wait; where a commit is quick, their answers do not come in one burst, which reads would have to wait for."""
ATTEMPTS = 5


class Database(Protocol):
    """What the doors need of either engine."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def write(self, change: Write[T]) -> T:
        """Run a change in the writer and give its result once it is committed. Raises what the change raises."""

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]:
        """All rows of a query; `slow` ones run beside the event loop, so that other reads go on."""

    async def version(self) -> str:
        """A text that differs after every commit."""


@dataclass
class Waiting:
    change: Write[Any]
    result: "Future[Any]"


def forget_samples(connection: sa.Connection) -> None:
    """Drop the samples that ANALYZE takes (not its counts): with them SQLite plans a statement anew for every value bound to it,
    which makes the reading of one thing eight times as slow."""
    if connection.scalar(sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'")):
        connection.execute(sa.text("DELETE FROM sqlite_stat4"))


class SQLiteDatabase:
    """A file: readers in the event loop on a connection of their own, one writer thread that commits in groups."""

    def __init__(self, settings: Settings) -> None:
        self.path = make_url(settings.database_url).database or ":memory:"
        self.engine = write_engine(settings.database_url)
        self.limit = settings.write_queue
        self._queue: deque[Waiting] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._commit_took = 0.0
        self._slow_threads = settings.slow_readers

    async def open(self) -> None:
        if why := unsafe_sqlite() or self._unsafe():
            raise RuntimeError(why)
        self._closing = False
        with self.engine.begin() as connection:
            forget_samples(connection)
        self.engine.dispose()  # a connection goes by the samples that it has read once
        self._reader = self._connect()
        self._loop = asyncio.get_running_loop()
        self._local = threading.local()
        self._slow = ThreadPoolExecutor(self._slow_threads, "slow-reader")
        self._writer = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._writer.start()

    async def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._slow.shutdown)
        self._reader.close()
        self.engine.dispose()

    def _unsafe(self) -> str | None:
        with self.engine.connect() as connection:
            why = unsafe_file(connection)
            connection.rollback()
        return why

    def _connect(self) -> Any:
        connection = sqlite.connect(self.path, check_same_thread=False, cached_statements=512)
        prepare_sqlite(connection, READING)
        return connection

    async def version(self) -> str:
        return str(self._read("PRAGMA data_version", ())[0][0])

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]:
        text, values = query.on("sqlite", given)
        if slow:
            return await asyncio.get_running_loop().run_in_executor(self._slow, self._read_slowly, text, values)
        return self._read(text, values)

    def _read_slowly(self, text: str, values: Any) -> list[Any]:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return self._read(text, values, self._local.connection)

    def _read(self, text: str, values: Any, connection: Any = None) -> list[Any]:
        try:
            return list((connection or self._reader).execute(text, values).fetchall())
        except sqlite.OperationalError as error:
            raise Unavailable() from error

    async def write(self, change: Write[T]) -> T:
        result: Future[T] = Future()
        with self._wake:
            if self._closing or len(self._queue) >= self.limit:
                raise Unavailable()
            self._queue.append(Waiting(change, result))
            self._wake.notify()
        # A client that goes away does not take its write back: the writer may have begun.
        return await asyncio.shield(asyncio.wrap_future(result))

    def _serve(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                first = self._queue.popleft()
            self._commit_together(first)

    def _give_way(self) -> None:
        """Let the event loop do first what it has to do: of two threads that want to run, Python lets that with more to do have the most."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._loop.call_soon, done.set)
        done.wait(A_MOMENT)

    def _next_of(self, group: list[Waiting], begun: float) -> Waiting | None:
        """The next write that shares this commit, which joins the group."""
        if len(group) == GROUP or monotonic() - begun > max(A_MOMENT, self._commit_took):
            return None
        with self._wake:
            if self._queue:
                group.append(self._queue.popleft())
                return group[-1]
        return None

    def _commit_together(self, first: Waiting) -> None:
        """Every change in a savepoint, one commit, and only then the answers: none is given for what is not on disk."""
        group = [first]
        answers: list[tuple[Waiting, Any, BaseException | None]] = []
        begun = ended = monotonic()
        try:
            with self.engine.begin() as connection:
                waiting: Waiting | None = first
                while waiting:
                    self._give_way()
                    try:
                        answers.append((waiting, waiting.change(connection), None))
                    except Exception as error:
                        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                            raise  # the disk is full or failing: SQLite has rolled everything back
                        answers.append((waiting, None, error))
                    waiting = self._next_of(group, begun)
                ended = monotonic()
            self._commit_took = monotonic() - ended
        except Exception as error:  # noqa: BLE001  (it is the answer of each)
            failure = translate(error)
            for waiting in group:
                waiting.result.set_exception(failure)
            return
        for waiting, value, refused in answers:
            if refused is None:
                waiting.result.set_result(value)
            else:
                waiting.result.set_exception(refused)


REFUSING = (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError, asyncpg.ObjectNotInPrerequisiteStateError)
"""A server that is starting, stopping or full, or a replica where the primary should be."""
DEAD = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, *REFUSING)
"""A connection that cannot go on. A server's farewell can leave asyncpg believing that an operation is still under way."""
VERSION = "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()"
"""A snapshot's text may come again for other data after a crash, which takes back the numbers of what had not been committed."""
VERSION_AND_POSITION = f"{VERSION}, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8), pg_current_wal_flush_lsn()"
"""Whatever the snapshot sees lies before this place in the log: it is taken first, and a commit is synced before it is seen."""


class PostgresDatabase:
    """A server: a few writers, each write one transaction in one thread; a small pool of readers, and another on its replica."""

    def __init__(self, settings: Settings) -> None:
        self.url = driver_url(settings.database_url, "asyncpg")
        self.engine = write_engine(settings.database_url, pool_size=settings.postgresql_writers)
        self.settings = settings
        self._replica: Replica | None = None
        if settings.replica_url:
            self._replica = Replica(driver_url(settings.replica_url, "asyncpg"), settings.postgresql_readers, self._cluster)

    async def open(self) -> None:
        self._writers = ThreadPoolExecutor(self.settings.postgresql_writers, "writer")
        self._waiting = 0
        self._newest, self._wanted = "", START
        for why in await asyncio.to_thread(self._unsafe):
            log.warning(why)
        self._pool = await reading_pool(self.url, self.settings.postgresql_readers)
        if self._replica:
            await self._replica.open()

    async def close(self) -> None:
        await asyncio.to_thread(self._writers.shutdown)
        if self._replica:
            await self._replica.close()
        self._pool.terminate()
        self.engine.dispose()

    def _unsafe(self) -> list[str]:
        with self.engine.connect() as connection:
            return unsafe_postgresql(connection)

    async def version(self) -> str:
        ((snapshot, started, *position),) = await self._run(VERSION_AND_POSITION if self._replica else VERSION, [])
        version = f"{snapshot} {started}"
        if position and version != self._newest:  # the log moves without commits too, and nobody needs to wait for that
            self._newest, self._wanted = version, max(self._wanted, Position(int(position[0], 16), position[1]))
        return version

    async def replica(self) -> Standing | None:
        """How the replica stands, after asking the primary; None where there is none."""
        await self.version()
        return await self._replica.standing(self._wanted) if self._replica else None

    async def _cluster(self) -> int:
        return int((await self._run(CLUSTER, []))[0][0])

    async def fetch(self, query: Query, given: dict[str, Any], *, slow: bool = False) -> list[Any]:  # noqa: ARG002  (never in this process)
        text, values = query.on("asyncpg", given)
        if self._replica and await self._replica.covers(self._wanted):
            found = await self._replica.fetch(text, values)
            if found is not None:
                return found
        return await self._run(text, values)

    async def _run(self, text: str, values: Any) -> list[Any]:
        """A read; once more on a fresh connection when the one at hand turns out to be dead."""
        for last in (False, True):
            try:
                async with self._pool.acquire() as connection:
                    return list(await connection.fetch(text, *values))
            except DEAD as error:
                if last:
                    raise Unavailable() from error
                await self._pool.expire_connections()
        raise AssertionError("unreachable")

    async def write(self, change: Write[T]) -> T:
        if self._waiting >= self.settings.write_queue:
            raise Unavailable()
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await asyncio.shield(loop.run_in_executor(self._writers, partial(self._attempt, change)))
        finally:
            self._waiting -= 1

    def _attempt(self, change: Write[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return change(self.engine)
            except WriteConflict:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")


def open_database(settings: Settings) -> SQLiteDatabase | PostgresDatabase:
    """The database of the settings, not yet opened."""
    return SQLiteDatabase(settings) if is_sqlite(settings.database_url) else PostgresDatabase(settings)
