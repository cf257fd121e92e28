"""What the service says of itself, on the wire."""

from datetime import date
from typing import Literal

from app.core.wire import Out, example


class HealthOut(Out):
    """The process is up and answers."""

    model_config = example(status="ok")
    status: Literal["ok"]


class DatabaseOut(Out):
    """The database that keeps the record. For SQLite the version is that of the library in this process."""

    engine: Literal["sqlite", "postgresql"]
    version: str
    revision: str
    """The schema's revision."""
    replica: Literal["serving", "behind", "unreachable", "unrelated"] | None
    """How the replica stands that may serve reads; while it does not, the primary serves them all. Null where none is configured."""


class ReadinessOut(Out):
    """The service can do its work."""

    model_config = example(
        status="ready", release="0.1.0",
        database={"engine": "postgresql", "version": "18.6", "revision": "20261123_house", "replica": "serving"},
    )  # fmt: skip
    status: Literal["ready"]
    release: str | None
    """The installed version; null for a bare checkout."""
    database: DatabaseOut


class ProblemCodeOut(Out):
    """A refusal. The words in braces are filled in, and come as `params` too."""

    code: str
    status: int
    message: str


class CodesOut(Out):
    """Every closed list of values by entity and field, and every problem code."""

    model_config = example(
        lists={"chairmanship.kind": ["regular", "interim"]},
        problems=[{"code": "vacant", "status": 404, "message": "Nobody chaired {group} on {day}."}],
    )
    lists: dict[str, list[str]]
    problems: list[ProblemCodeOut]


class PageLimitsOut(Out):
    default: int
    largest: int


class DayLimitsOut(Out):
    first: date
    last: date


class LimitsOut(Out):
    """The bounds that hold everywhere; those of a single field stand in the OpenAPI document."""

    model_config = example(
        body_bytes=1_048_576, body_depth=32, page={"default": 50, "largest": 500}, days={"first": "1900-01-01", "last": "2199-12-31"},
        characters={"line": 300, "text": 20_000}, items={"lines": 100}, idempotency_hours=24, waiting_writes=1_000, past_changes=50_000,
    )  # fmt: skip
    body_bytes: int
    body_depth: int
    page: PageLimitsOut
    days: DayLimitsOut
    characters: dict[str, int]
    """The most characters of each kind of text."""
    items: dict[str, int]
    """The most items of each kind of list."""
    idempotency_hours: int
    """For how long an Idempotency-Key is kept."""
    waiting_writes: int
    """How many writes may wait in one worker before others get a 503."""
    past_changes: int
    """Of how many changes of a group a past state (`known_at`) is laid out at most."""
