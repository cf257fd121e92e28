"""The bare way to write: a Starlette POST whose handler runs one UPDATE and one INSERT, committed and synced by themselves.

No authentication, no rules, no journal, no history: what a handler by hand would do at the least. On SQLite one writer thread serves
all, with the pragmas and the driver of the service; on PostgreSQL asyncpg runs both statements in a transaction.
"""

import asyncio
import json
import os
import queue
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.db import WRITING, prepare_sqlite, sqlite

URL = os.environ.get("BENCH_DATABASE_URL", "")
ITEMS = 5_000
TABLES = (
    "CREATE TABLE items (id integer PRIMARY KEY, version integer NOT NULL, reported text)",
    "CREATE TABLE notes (id {serial} PRIMARY KEY, item_id integer NOT NULL REFERENCES items (id), text text NOT NULL)",
)


class OneWriter:
    """A thread that commits one write after the other."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[tuple[int, str, asyncio.Future[None]] | None] = queue.SimpleQueue()

    async def open(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    async def close(self) -> None:
        self.waiting.put(None)
        await asyncio.to_thread(self.thread.join)

    async def write(self, item: int, text: str) -> None:
        done = self.loop.create_future()
        self.waiting.put((item, text, done))
        await done

    def _serve(self) -> None:
        connection = sqlite.connect(URL.removeprefix("sqlite:///"))
        prepare_sqlite(connection, WRITING)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'items'").fetchone():
            create(connection.execute, "integer")
        while (asked := self.waiting.get()) is not None:
            item, text, done = asked
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE items SET version = version + 1, reported = ? WHERE id = ?", (text, item))
            connection.execute("INSERT INTO notes (item_id, text) VALUES (?, ?)", (item, text))
            connection.execute("COMMIT")
            self.loop.call_soon_threadsafe(done.set_result, None)
        connection.close()


class Pool:
    """A few connections to PostgreSQL."""

    async def open(self) -> None:
        self.pool: Any = await asyncpg.create_pool(URL, min_size=4, max_size=4)
        for statement in statements("bigserial"):
            await self.pool.execute(statement)

    async def close(self) -> None:
        await self.pool.close()

    async def write(self, item: int, text: str) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE items SET version = version + 1, reported = $1 WHERE id = $2", text, item)
            await connection.execute("INSERT INTO notes (item_id, text) VALUES ($1, $2)", item, text)


def statements(serial: str) -> list[str]:
    rows = ", ".join(f"({number}, 1)" for number in range(ITEMS))
    return [*(table.format(serial=serial) for table in TABLES), f"INSERT INTO items (id, version) VALUES {rows}"]


def create(execute: Any, serial: str) -> None:
    for statement in statements(serial):
        execute(statement)


writer: OneWriter | Pool = OneWriter() if URL.startswith("sqlite") else Pool()


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    await writer.open()
    yield
    await writer.close()


async def post(request: Request) -> Response:
    body = json.loads(await request.body())
    await writer.write(int(request.path_params["id"]), body["narrative"])
    return Response(b'{"ok":true}', 201, media_type="application/json")


async def answer(_: Request) -> Response:
    return Response(b"{}")


app = Starlette(routes=[Route("/items/{id:int}/notes", post, methods=["POST"]), Route("/", answer)], lifespan=lifespan)
