"""Finding the route of a request among many.

A router tries its routes one after another, which with a hundred of them costs more than a read. An address of ours is told apart by
how many segments it has and by its collection (`/api/v1/COLLECTION/…`), so the routes are dealt into small routers by these two.
"""

from collections import defaultdict

from fastapi import APIRouter
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

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
