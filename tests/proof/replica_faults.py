"""Mistakes of ours in serving from several nodes and a replica, to be planted in a service (`TROIKA_FAULT`)."""

from app.core import idempotency
from app.core.database import PostgresDatabase
from app.core.replica import Position, Replica


def reads_whatever_the_replica_has() -> None:
    """The replica is asked as long as it answers, however far it has come."""

    async def covers(self: Replica, wanted: Position) -> bool:
        return self._at is not None

    Replica.covers = covers  # type: ignore[method-assign]


def asks_the_replica_for_the_version() -> None:
    """What a worker remembers is judged by a version that lags."""
    version = PostgresDatabase.version

    async def lagging(self: PostgresDatabase) -> str:
        found = await self._replica.fetch("SELECT pg_current_snapshot()::text", []) if self._replica else None
        return str(found[0][0]) if found else await version(self)

    PostgresDatabase.version = lagging  # type: ignore[method-assign]


def keeps_no_answers() -> None:
    """A key says nothing about a post that went to another worker."""
    idempotency.claim = lambda work, key: None
    idempotency.keep = lambda work, key, answer: None


def drops_what_is_under_way() -> None:
    """A service that is told to stop does not wait for the requests that it has begun."""
    import uvicorn

    run = uvicorn.run
    uvicorn.run = lambda *given, **options: run(*given, **options, timeout_graceful_shutdown=0)
