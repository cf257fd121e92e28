"""Requests below HTTP, straight into the service, and the judge of what comes back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote

import sqlalchemy as sa
from fastapi import FastAPI

from app.core.db import table_of
from app.core.errors import every_problem
from app.core.idempotency import KeptAnswer
from app.core.journal import Change
from tests.client import Contract

Header = tuple[bytes, bytes]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
ALWAYS_THERE = {b"x-request-id", b"cache-control", b"content-security-policy", b"x-content-type-options", b"strict-transport-security"}
"""Headers of every reply, refusals included."""


@dataclass(frozen=True)
class Sent:
    """A request as a server hands it on. `pieces` are the body's messages; `cut_off` ends them with a disconnect."""

    about: str
    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[Header, ...] = ()
    pieces: tuple[bytes, ...] = (b"",)
    cut_off: bool = False
    canary: bytes = b""
    """What must not come back in a refusal."""

    def __str__(self) -> str:
        shown = [(n, v[:60]) for n, v in self.headers if n != b"authorization"]
        return f"{self.about}: {self.method} {self.path[:120]!r} ?{self.query[:200]!r} {shown} {[p[:300] for p in self.pieces[:3]]}"


@dataclass
class Got:
    """Everything that the service sent, and what it raised instead."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    @property
    def status(self) -> int:
        return int(self.messages[0].get("status", 0)) if self.messages else 0

    @property
    def headers(self) -> list[Header]:
        return list(self.messages[0].get("headers", [])) if self.messages else []

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.messages[1:])

    def header(self, name: bytes) -> bytes:
        return next((v for n, v in self.headers if n == name), b"")


async def send(app: FastAPI, sent: Sent) -> Got:
    """Send one request, and gather what comes back until the service is done."""
    path = sent.path.decode("latin-1")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": sent.method, "scheme": "http",
        "path": unquote(path), "raw_path": sent.path, "query_string": sent.query, "root_path": "", "headers": list(sent.headers),
        "server": ("test", 80), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    last = len(sent.pieces) - 1
    waiting = [{"type": "http.request", "body": p, "more_body": i < last or sent.cut_off} for i, p in enumerate(sent.pieces)]
    got = Got()

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        got.messages.append(dict(message))

    try:
        await app(scope, receive, collect)
    except Exception as error:  # noqa: BLE001  (nothing may get past the service: it is a finding)
        got.error = error
    return got


class Trace:
    """What a refused request must leave as it is: the journal, and the kept replies."""

    STATEMENT = sa.select(
        sa.select(sa.func.max(table_of(Change).c.seq)).scalar_subquery(),
        sa.select(sa.func.count()).select_from(table_of(KeptAnswer)).scalar_subquery(),
    )

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def now(self) -> tuple[Any, ...]:
        with self.engine.connect() as connection:
            return tuple(connection.execute(self.STATEMENT).one())


class Judge:
    """Says what is wrong with a reply; nothing, where all is well."""

    def __init__(self, app: FastAPI) -> None:
        self.contract = Contract.of(app)
        self.codes = {code: problem.status for code, problem in every_problem().items()}

    def findings(self, sent: Sent, got: Got) -> list[str]:
        """Everything wrong with one reply."""
        found = [*self._framing(got)]
        if not found:
            found += [*self._meaning(sent, got)]
        return [f"{one} | {sent} -> {got.status} {got.body[:400]!r}" for one in found]

    def _framing(self, got: Got) -> Iterable[str]:
        """The reply as messages: one start, then a body that ends, with headers that a server can send."""
        if got.error is not None:
            yield f"raised {got.error!r:.200}"
            return
        kinds = [m["type"] for m in got.messages]
        if kinds[:1] != ["http.response.start"] or len(kinds) < 2 or set(kinds[1:]) != {"http.response.body"}:
            yield f"messages {kinds}"
            return
        if got.messages[-1].get("more_body", False) or any(not m.get("more_body", False) for m in got.messages[1:-1]):
            yield "a body that does not end, or ends twice"
        names = [n for n, _ in got.headers]
        if any(not isinstance(p, bytes) or b"\r" in p or b"\n" in p or b"\0" in p for pair in got.headers for p in pair):
            yield "a header that no server can send"
        if any(n != n.lower() for n in names) or any(names.count(n) > 1 for n in (b"content-length", b"content-type", b"etag")):
            yield "a header twice, or not in lower case"
        length = got.header(b"content-length")
        if length and int(length) != len(got.body):
            yield f"content-length {length!r} for {len(got.body)} bytes"
        if lacking := ALWAYS_THERE - set(names):
            yield f"without {sorted(lacking)}"

    def _meaning(self, sent: Sent, got: Got) -> Iterable[str]:
        if got.status >= 500 or not (200 <= got.status < 300 or got.status == 304 or got.status >= 400):
            yield f"status {got.status}"
        if got.status >= 400:
            yield from self._refusal(sent, got)
        path = unquote(sent.path.decode("latin-1"))
        if path.startswith("/") and path.strip("/") == path[1:] and got.status != 405:
            yield from self._off_schema(sent, got, path)
        if got.status == 405 and not set(self._methods(path)) <= set(got.header(b"allow").decode().split(", ")):
            yield f"Allow is {got.header(b'allow')!r} where {self._methods(path)} are taken"

    def _refusal(self, sent: Sent, got: Got) -> Iterable[str]:
        try:
            problem = json.loads(got.body)
        except ValueError:
            yield "a refusal that is not JSON"
            return
        if got.header(b"content-type") != b"application/problem+json":
            yield "a refusal that is no problem document"
        if self.codes.get(problem.get("code")) != got.status or problem.get("status") != got.status:
            yield "a refusal without a code of this status"
        if problem.get("request_id", "").encode() != got.header(b"x-request-id"):
            yield "a refusal with the id of another request"
        if sent.canary and sent.canary in got.body:
            yield "a refusal that repeats what was sent"

    def _off_schema(self, sent: Sent, got: Got, path: str) -> Iterable[str]:
        """Whether the reply is one that the OpenAPI document tells of."""
        names = dict(parse_qsl(quote(sent.query, safe=bytes(range(128))), keep_blank_values=True))
        request = SimpleNamespace(method=sent.method, url=SimpleNamespace(path=path, params=names))
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in got.headers}
        text = got.body.decode("utf-8", "replace")
        reply = SimpleNamespace(status_code=got.status, headers=headers, text=text, json=lambda: json.loads(got.body))
        try:
            self.contract.check(cast("Any", request), cast("Any", reply))
        except (AssertionError, KeyError, ValueError) as error:
            yield f"off the schema: {error!s:.300}"

    def _methods(self, path: str) -> list[str]:
        return [method.upper() for item in self.contract.fitting(path) for method in item]


async def examine(app: FastAPI, judge: Judge, trace: Trace, requests: Iterable[Sent]) -> tuple[list[str], dict[int, int]]:
    """Send these requests one after another. Gives every finding, and how often each status came."""
    found: list[str] = []
    statuses: dict[int, int] = {}
    before = trace.now()
    for sent in requests:
        got = await send(app, sent)
        found += judge.findings(sent, got)
        statuses[got.status] = statuses.get(got.status, 0) + 1
        after = trace.now()
        if after != before and (got.status >= 400 or sent.method not in UNSAFE):
            found.append(f"refused or only read, yet something was written | {sent} -> {got.status} {got.body[:300]!r}")
        before = after
    return found, statuses
