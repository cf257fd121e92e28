"""Requests that arrive at the same moment, each at a service process of its own."""

import json
import random
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.core.db import table_of, write_engine
from app.core.journal import Change
from tests.conftest import migrate
from tests.make import Json
from tests.proof.service import contract

API = "/api/v1"
IDLE = 2
"""Seconds after its last request that a connection is made anew: the service hangs up five after its answer."""


@dataclass(frozen=True)
class Call:
    """A request, as one actor sends it."""

    method: str
    path: str
    token: str
    body: Json = field(default_factory=dict)
    version: int | None = None
    key: str | None = None

    def encoded(self, port: int) -> bytes:
        body = b"" if self.method == "GET" else json.dumps(self.body).encode()
        lines = [f"{self.method} {API}{self.path} HTTP/1.1", f"host: 127.0.0.1:{port}", f"authorization: Bearer {self.token}"]
        lines += [f'if-match: "{self.version}"'] * (self.version is not None) + [f"idempotency-key: {self.key}"] * (self.key is not None)
        lines += ["content-type: application/json", f"content-length: {len(body)}"] * bool(body)
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Answer:
    """What came back to a call."""

    call: Call
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def body(self) -> Json:
        found: Json = json.loads(self.content)
        return found

    @property
    def code(self) -> str:
        """The problem's code; empty for a success."""
        return "" if self.ok else str(self.body["code"])

    def check(self) -> None:
        """Fail unless the OpenAPI document tells of this answer."""
        request = httpx.Request(self.call.method, f"http://service{API}{self.call.path}")
        contract().check(request, httpx.Response(self.status, headers=self.headers, content=self.content, request=request))


class Line:
    """A connection to one service. It can hold back the last byte of a request, without which nothing is judged."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.used = 0.0

    def prepare(self, call: Call) -> None:
        """Send all of a request but its last byte."""
        if self.socket is None or time.monotonic() - self.used > IDLE:
            self.close()
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.call, encoded = call, call.encoded(self.port)
        self.socket.sendall(encoded[:-1])
        self.last = encoded[-1:]

    def release(self) -> None:
        assert self.socket
        self.used = time.monotonic()
        self.socket.sendall(self.last)

    def answer(self) -> Answer:
        assert self.socket
        with HTTPResponse(self.socket, method=self.call.method) as response:
            response.begin()
            return Answer(self.call, response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def ask(self, call: Call) -> Answer:
        self.prepare(call)
        self.release()
        return self.answer()

    def close(self) -> None:
        if self.socket:
            self.socket.close()
            self.socket = None


@contextmanager
def lines_to(ports: Sequence[int], count: int) -> Iterator[list[Line]]:
    """So many connections, to each of these services the same number."""
    lines = [Line(ports[n % len(ports)]) for n in range(count)]
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


def at_once(lines: Sequence[Line], calls: Sequence[Call], seed: int = 0) -> list[Answer]:
    """Send each call to a service of its own and complete all of them in one go, in an order that the seed decides."""
    pairs = list(zip(lines, calls, strict=True))
    for line, call in pairs:
        line.prepare(call)
    for line, _ in random.Random(seed).sample(pairs, len(pairs)):  # noqa: S311
        line.release()
    return [line.answer() for line, _ in pairs]


@contextmanager
def another_database(beside: sa.Engine, folder: Any, name: str) -> Iterator[str]:
    """The URL of a database of its own on the same engine, at the newest schema: to be spoilt."""
    if beside.dialect.name == "sqlite":
        url = f"sqlite:///{folder}/{name}.db"
        migrate(url)
        yield url
        return
    with beside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        url = make_url(beside.url).set(database=name).render_as_string(hide_password=False)
        migrate(url)
        yield url
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def reading(url: str) -> Iterator[sa.Engine]:
    """An engine of our own, to look at rows without asking the service."""
    engine = write_engine(url)
    yield engine
    engine.dispose()


def untold(connection: sa.Connection, answers: Sequence[Answer]) -> list[str]:
    """Changes that were acknowledged, but are not in the journal."""
    change = table_of(Change).c
    told = {(a.body["id"], a.body["version"]) for a in answers if a.ok}
    named = change.entity_id.in_(sorted({thing for thing, _ in told}))
    kept = {tuple(row) for row in connection.execute(sa.select(change.entity_id, change.record_version).where(named))}
    return [f"{thing} at version {version} was acknowledged and is not there" for thing, version in sorted(told - kept)]
