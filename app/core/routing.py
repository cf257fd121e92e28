"""Finding the route of a request among many.

A router tries its routes one after another, which with a hundred of them costs more than a read. An address of ours is told apart by
how many segments it has and by its collection (`/api/v1/COLLECTION/…`), so the routes are dealt into small routers by these two. A read
that needs nothing but the parameters in its address skips the framework's own handling altogether, which costs as much again.
"""

import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.http import get_read

Key = tuple[int, str]


def key_of(path: str) -> Key | None:
    """How many segments an address of the API has, and its collection; None for any other address."""
    parts = path.split("/")
    return (len(parts), parts[3]) if len(parts) > 3 and path.startswith("/api/v1/") else None


class IndexedRoutes:
    """Hands a request to the few routes that can match it; what it does not know goes to the router that knows all."""

    def __init__(self, router: APIRouter) -> None:
        self.everything = router.app
        dealt: dict[Key, list[BaseRoute]] = defaultdict(list)
        for route in router.routes:
            if isinstance(route, Route) and (key := key_of(route.path)):
                assert "{" not in key[1], f"{route.path}: a collection's name is not a parameter"
                dealt[key].append(route)
        self.dealt = {key: APIRouter(routes=routes, redirect_slashes=False).app for key, routes in dealt.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope["path"]) if scope["type"] == "http" else None
        app = self.dealt.get(key, self.everything) if key else self.everything
        await app(scope, receive, send)


class PlainRead:
    """A read whose inputs are all in its address."""

    def __init__(self, route: APIRoute) -> None:
        self.parts = route.path.split("/")
        self.names = [(i, part[1:-1]) for i, part in enumerate(self.parts) if part.startswith("{")]
        self.words = [(i, part) for i, part in enumerate(self.parts) if not part.startswith("{")]
        self.door: Callable[..., Awaitable[Response]] = route.endpoint

    @classmethod
    def of(cls, route: BaseRoute) -> "PlainRead | None":
        if not isinstance(route, APIRoute) or route.methods != {"GET"} or not hasattr(route.endpoint, "permission"):
            return None
        found = cls(route)
        return found if {"read", *(name for _, name in found.names)} == set(inspect.signature(route.endpoint).parameters) else None

    def inputs(self, parts: list[str]) -> dict[str, str] | None:
        """The parameters in an address, or None where it is another's. A parameter that may be too long is the framework's to judge."""
        if any(parts[i] != word for i, word in self.words):
            return None
        found = {name: parts[i] for i, name in self.names}
        return found if all(0 < len(value) <= LONGEST for value in found.values()) else None


LONGEST = 36
"""No parameter in an address has a lower bound than an id's."""


class PlainReads:
    """In front of the framework: answers the reads that need nothing of it, and passes everything else on."""

    def __init__(self, app: ASGIApp, routes: list[BaseRoute]) -> None:
        self.app = app
        self.dealt: dict[Key, list[PlainRead]] = defaultdict(list)
        for route in routes:
            if (found := PlainRead.of(route)) and (key := key_of(route.path)):  # type: ignore[attr-defined]
                self.dealt[key].append(found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and (parts := scope["path"].split("/"))[1:3] == ["api", "v1"]:
            for read in self.dealt.get((len(parts), parts[3]), ()) if len(parts) > 3 else ():
                if (inputs := read.inputs(parts)) is not None:
                    response = await read.door(get_read(Request(scope)), **inputs)
                    return await response(scope, receive, send)
        await self.app(scope, receive, send)
