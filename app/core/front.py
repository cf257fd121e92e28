"""Three ASGI layers in front of every route: the envelope, strict bodies, and who asks with which kept reply.

Plain ASGI, since a framework middleware would cost more than the routes behind it.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import getrandbits
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from xxhash import xxh3_64_hexdigest

from app.actors import Actor
from app.core.database import Database
from app.core.dates import now
from app.core.errors import Malformed, Problem, TooLarge, UnsupportedMediaType
from app.core.http import problem_response
from app.core.work import translate

log = logging.getLogger("troika")

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
PRIVATE = (b"cache-control", b"private, no-cache")
Authenticate = Callable[[Scope, datetime], Awaitable[Actor]]


class Envelope:
    """Outermost: an id for the request, its one instant, our headers on every reply, and no bare 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = scope["request_id"] = f"{getrandbits(64):016x}"  # no secret, and the system takes a while to think one up
        scope["now"] = now()
        started = False

        async def wrapped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message["headers"], *HEADERS, (b"x-request-id", request_id.encode())]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, wrapped)
        except Exception as error:
            problem = error if isinstance(error, Problem) else translate(error)
            if not isinstance(problem, Problem):
                log.exception("request %s failed", request_id)
                problem = Problem()
            if not started:
                await problem_response(problem, Request(scope))(scope, receive, wrapped)


UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
DEEPEST = 32
LONGEST_ADDRESS = 16_384
"""The most bytes of a query, and characters of a path. The longest cursor, every field and fifty agencies take half of it."""


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("not finite")
    return value


def check_text(value: Any, depth: int = 0) -> None:
    """Refuse what one of the databases or the wire cannot hold: NUL, lone surrogates, and nesting without end."""
    if isinstance(value, str):
        if "\0" in value:
            raise Malformed(why="it holds a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Malformed(why="it holds half of a surrogate pair") from None
    elif isinstance(value, dict | list):
        if depth >= DEEPEST:
            raise Malformed(why=f"it is nested more than {DEEPEST} deep")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check_text(part, depth + 1)
    elif isinstance(value, int) and abs(value) > 2**53:
        raise Malformed(why="it holds a whole number beyond 2^53")


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed(why="it names a field twice in one object")
    return found


def check_json(body: bytes) -> None:
    """Refuse every body that is not plain interoperable JSON (RFC 8259, RFC 7493)."""
    try:
        check_text(json.loads(body.decode(), object_pairs_hook=_only_once, parse_constant=_refuse_constant, parse_float=_finite))
    except UnicodeDecodeError:
        raise Malformed(why="it is not UTF-8") from None
    except RecursionError:
        raise Malformed(why=f"it is nested more than {DEEPEST} deep") from None
    except ValueError:
        raise Malformed(why="it is not JSON, or holds a number that JSON has not") from None


class StrictBodies:
    """Reads the body of an unsafe request within the limit and lets only plain JSON through; NUL in an address is refused."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            self._check_address(scope)
            if scope["method"] in UNSAFE:
                body = await self._body(scope, receive)
                return await self.app(scope, _replay(body, receive), send)
        except Problem as problem:
            return await problem_response(problem, Request(scope))(scope, receive, send)
        await self.app(scope, receive, send)

    @staticmethod
    def _check_address(scope: Scope) -> None:
        if len(scope["path"]) > LONGEST_ADDRESS or len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Malformed(why=f"its path or query is longer than {LONGEST_ADDRESS} bytes")
        if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
            raise Malformed(why="its address holds a NUL character")
        try:
            scope["query_string"].decode()
        except UnicodeDecodeError:
            raise Malformed(why="its address is not UTF-8") from None

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise Malformed(why="its Content-Length is not a number")
        if len(length) > 12 or int(length) > self.limit:
            raise TooLarge(limit=self.limit)
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Malformed(why="it ended early")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.limit:
                raise TooLarge(limit=self.limit)
        if body:
            kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
            if kind not in (b"application/json", b"application/merge-patch+json"):
                raise UnsupportedMediaType()
            check_json(bytes(body))
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


Kept = tuple[bytes, Message, bytes]


class KnownReader:
    """Works out who asks, then answers a GET from the replies kept for that reader while the data has not moved.

    A kept reply belongs to one path, query and actor with the rights of this very moment, one version of the data and one
    quarter of an hour: no time zone's midnight falls inside a quarter, so "today" is the same for all of it.
    """

    def __init__(self, app: ASGIApp, database: Database, authenticate: Authenticate, limit: int) -> None:
        self.app, self.database, self.authenticate, self.limit = app, database, authenticate, limit
        self.kept: OrderedDict[Any, Kept] = OrderedDict()
        self.size, self.moment = 0, ("", 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNGUARDED or scope["path"].startswith("/static/"):
            return await self.app(scope, receive, send)
        moment = (await self.database.version(), int(scope["now"].timestamp()) // 900)
        if moment != self.moment:
            self.moment, self.size = moment, 0
            self.kept.clear()
        scope["version"] = moment
        scope["actor"] = await self.authenticate(scope, scope["now"])
        if scope["method"] != "GET" or not scope["path"].startswith("/api/v1/"):
            return await self.app(scope, receive, send)
        key = (scope["path"], scope["query_string"], scope["actor"])
        wanted = next((v for n, v in scope["headers"] if n == b"if-none-match"), None)
        if key in self.kept:
            self.kept.move_to_end(key)
            return await _answer(self.kept[key], wanted, send)
        await self._fill(key, moment, wanted, scope, receive, send)

    async def _fill(self, key: Any, moment: Any, wanted: bytes | None, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        parts: list[bytes] = []

        async def capture(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, capture)
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        if start["status"] != 200:
            await send(start)
            return await send({"type": "http.response.body", "body": body})
        version = next((v for n, v in start["headers"] if n == b"etag"), b'""').strip(b'"')
        digest = xxh3_64_hexdigest(body).encode()
        etag = b'"%b-%b"' % (version, digest) if version else b'"%b"' % digest
        headers = [(n, v) for n, v in start["headers"] if n != b"etag"] + [(b"etag", etag), PRIVATE, (b"vary", b"authorization")]
        kept = (etag, {**start, "headers": headers}, body)
        if moment == self.moment and len(body) <= self.limit // 8:
            self._drop(self.kept.pop(key, None))  # another request may have asked the same meanwhile
            self.kept[key] = kept
            self.size += len(body) + 1_000
            while self.size > self.limit:
                self._drop(self.kept.popitem(last=False)[1])
        await _answer(kept, wanted, send)

    def _drop(self, kept: Kept | None) -> None:
        if kept:
            self.size -= len(kept[2]) + 1_000


UNGUARDED = {"/healthz", "/readyz", "/api", "/openapi.json"}
"""Answered without a token and whatever the database does: a probe learns the truth, and the reference stays readable."""


def _matches(etag: bytes, wanted: bytes) -> bool:
    return wanted.strip() == b"*" or etag in [w.strip().removeprefix(b"W/") for w in wanted.split(b",")]


async def _answer(kept: Kept, wanted: bytes | None, send: Send) -> None:
    etag, start, body = kept
    if wanted is not None and _matches(etag, wanted):
        await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", etag), PRIVATE, (b"vary", b"authorization")]})
        return await send({"type": "http.response.body", "body": b""})
    await send(start)
    await send({"type": "http.response.body", "body": body})
