"""What the service knows of itself: whether it can work, its codes and limits, and which groups anybody may read."""

import asyncio
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from app.core import dates, front, idempotency, listing, wire
from app.core.codes import LISTS
from app.core.database import PostgresDatabase, SQLiteDatabase
from app.core.db import table_of
from app.core.documents import Query
from app.core.errors import Unavailable, every_problem
from app.core.reading import Read
from app.core.schema import head
from app.groups.models import Group
from app.service.rules import SchemaNotCurrent
from app.settings import Settings

G = table_of(Group)

PUBLIC_GROUPS = Query(
    sa.select(G.c.code, G.c.name, G.c.established_on, G.c.dissolved_on).where(G.c.public).order_by(G.c.code).limit(listing.LIMIT)
)
REVISION = "(SELECT version_num FROM alembic_version)"


def _standing(version: str) -> Query:
    columns: list[Any] = [sa.literal_column(REVISION), sa.literal_column(version)]
    return Query(sa.select(*columns))


STANDING = {"sqlite": _standing("sqlite_version()"), "postgresql": _standing("current_setting('server_version')")}
needed = cache(head)


@cache
def release() -> str | None:
    """The installed version of the distribution; a bare checkout has none."""
    try:
        return version("troika-tracker")
    except PackageNotFoundError:
        return None


async def readiness(read: Read) -> dict[str, Any]:
    """The database as it stands, or `Unavailable`, or `SchemaNotCurrent`."""
    database = read.database
    engine = "sqlite" if isinstance(database, SQLiteDatabase) else "postgresql"
    if isinstance(database, SQLiteDatabase) and not await asyncio.to_thread(Path(database.path).is_file):
        raise Unavailable()  # an open connection would go on in the deleted file, and all it writes would be lost
    replica = await database.replica() if isinstance(database, PostgresDatabase) else None
    ((revision, own),) = await read.fetch(STANDING[engine])
    if revision != needed():
        raise SchemaNotCurrent(present=revision, needed=needed())
    told = {"engine": engine, "version": own, "revision": revision, "replica": replica}
    return {"status": "ready", "release": release(), "database": told}


def codes() -> dict[str, Any]:
    """Every closed list that a domain's rules define, and every refusal."""
    problems = sorted(every_problem().values(), key=lambda p: (p.status, p.code()))
    return {
        "lists": {name: list(LISTS[name]) for name in sorted(LISTS)},
        "problems": [{"code": p.code(), "status": p.status, "message": p.message} for p in problems],
    }


TEXTS = {
    "line": wire.Line, "text": wire.Text, "code": wire.Code, "slug": wire.Slug, "reference": wire.Reference,
    "address": wire.Address, "email": wire.Email,
}  # fmt: skip
LISTED = {"lines": wire.Lines, "addresses": wire.Addresses, "countries": wire.Countries}


def limits(settings: Settings) -> dict[str, Any]:
    """The bounds, each read from where it is enforced."""
    return {
        "body_bytes": settings.body_limit,
        "body_depth": front.DEEPEST,
        "page": {"default": listing.LIMIT, "largest": listing.LARGEST},
        "days": {"first": dates.FIRST_DAY.isoformat(), "last": dates.LAST_DAY.isoformat()},
        "characters": {name: TypeAdapter(kind).json_schema()["maxLength"] for name, kind in TEXTS.items()},
        "items": {name: TypeAdapter(kind).json_schema()["maxItems"] for name, kind in LISTED.items()},
        "idempotency_hours": int(idempotency.KEPT.total_seconds() // 3600),
        "waiting_writes": settings.write_queue,
        "past_changes": settings.past_changes,
    }
