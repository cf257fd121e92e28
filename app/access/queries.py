"""Who asks: the actor of a request, with the rights of this moment."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from starlette.types import Scope

from app.access.models import Token
from app.access.rules import digest_of
from app.actors import ANONYMOUS, Actor, Grant, Role
from app.chairs.queries import OFFICES
from app.core.database import Database
from app.core.dates import day_in
from app.core.db import table_of
from app.core.documents import Query, document
from app.core.errors import Unauthenticated
from app.groups.queries import G

T = table_of(Token)

WHO = document(
    id=T.c.id, name=T.c.name, role=T.c.role, group_id=T.c.group_id, agency_id=T.c.agency_id, expires_at=T.c.expires_at,
    revoked_at=T.c.revoked_at, time_zone=G.c.time_zone,
)  # fmt: skip
BY_DIGEST = Query(
    sa.select(sa.cast(WHO, sa.Text))
    .select_from(T.outerjoin(G, G.c.id == T.c.group_id))
    .where(T.c.digest == sa.bindparam("digest", type_=sa.Text()))
)


class Authenticator:
    """Finds the actor behind a bearer token. What it remembers lives no longer than one version of the data, and an expiry
    is judged at every request."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._moment: Any = None
        self._known: dict[str, tuple[datetime, Actor]] = {}

    async def __call__(self, scope: Scope, now: datetime) -> Actor:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            return ANONYMOUS
        scheme, _, token = given[0].decode("latin-1").partition(" ")
        digest = digest_of(token.strip()) if scheme.lower() == "bearer" and len(given) == 1 else None
        if digest is None:
            raise Unauthenticated(why="The one you sent is not a Troika token.")
        if scope["version"] != self._moment:
            self._moment = scope["version"]
            self._known.clear()
        known = self._known.get(digest)
        if known is None:
            known = await self._find(digest, now)
            if scope["version"] == self._moment:  # else the data moved while we looked, and this may be the state before
                self._known[digest] = known
        expires_at, actor = known
        if now >= expires_at:
            raise Unauthenticated(why="The one you sent has expired or was revoked.")
        return actor

    async def _find(self, digest: str, now: datetime) -> tuple[datetime, Actor]:
        rows = await self.database.fetch(BY_DIGEST, {"digest": digest})
        if not rows:
            raise Unauthenticated(why="The one you sent is unknown.")
        token = json.loads(rows[0][0])
        grant = Grant(Role(token["role"]), token["group_id"], token["agency_id"])
        held: dict[str, set[str]] = {"chairing": set(), "handing_over": set(), "taking_over": set()}
        if grant.role is Role.FOCAL_POINT:
            given = {"group": grant.group_id, "agency": grant.agency_id, "day": day_in(now, token["time_zone"])}
            for office, thing in await self.database.fetch(OFFICES, given):
                held[office].add(thing)
        chairing, handing_over, taking_over = (frozenset(things) for things in held.values())
        actor = Actor(token["id"], token["name"], frozenset({grant}), chairing, handing_over, taking_over)
        return (datetime.fromisoformat(token["revoked_at"] or token["expires_at"]), actor)
