"""`Idempotency-Key`: the same POST sent again has one effect and gives the same answer, for 24 hours, per actor and address.

The key is claimed before the effect and in the same transaction: on PostgreSQL a second sender waits on the first one's row.
Only a 2xx is kept, since a refusal rolls its claim back; the next try is judged afresh.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel
from starlette.requests import Request

from app.core.db import Instant, table_of
from app.core.errors import IdempotencyMismatch, Malformed

if TYPE_CHECKING:
    from app.core.work import Work

KEPT = timedelta(hours=24)
Answer = tuple[int, dict[str, str], bytes]


class KeptAnswer(SQLModel, table=True):
    """An answer already given. Not a `Record`: it says nothing about the shared work."""

    __tablename__ = "kept_answers"

    actor: str = Field(primary_key=True, max_length=36)
    route: str = Field(primary_key=True, max_length=300)
    key: str = Field(primary_key=True, max_length=255)
    digest: str = Field(max_length=64)
    at: datetime = Field(sa_type=Instant, index=True)
    status: int = 0
    headers: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    body: str = ""


table = table_of(KeptAnswer)


@dataclass(frozen=True)
class Key:
    """Who sent which key where, and a digest of what came with it."""

    actor: str
    route: str
    key: str
    digest: str

    @classmethod
    def of(cls, request: Request, body: bytes) -> "Key | None":
        key = request.headers.get("idempotency-key")
        if key is None:
            return None
        if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
            raise Malformed(why="an Idempotency-Key has 1 to 255 printable ASCII characters")
        return cls(request.scope["actor"].id, request.url.path[:300], key, hashlib.sha256(body).hexdigest())

    @property
    def row(self) -> Any:
        return sa.and_(table.c.actor == self.actor, table.c.route == self.route, table.c.key == self.key)


def claim(work: "Work", key: Key) -> Answer | None:
    """Take the key for this transaction, or give the answer that was kept under it. `IdempotencyMismatch` for another body."""
    connection = work.session.connection()
    connection.execute(sa.delete(table).where(table.c.at < work.now - KEPT))
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"actor": key.actor, "route": key.route, "key": key.key, "digest": key.digest, "at": work.now}
    statement = insert(table).values(**values, status=0, headers={}, body="").on_conflict_do_nothing().returning(table.c.key)
    there = sa.select(table.c.digest, table.c.status, table.c.headers, table.c.body).where(key.row)
    kept = None
    while kept is None:  # once more where another request has just let go of a key that was a day old
        if connection.execute(statement).first():
            return None
        kept = connection.execute(there).first()
    if kept.digest != key.digest:
        raise IdempotencyMismatch()
    return kept.status, kept.headers, kept.body.encode()


def keep(work: "Work", key: Key, answer: Answer) -> None:
    """Keep the answer under the claimed key."""
    status, headers, body = answer
    statement = sa.update(table).where(key.row).values(status=status, headers=headers, body=body.decode())
    work.session.connection().execute(statement)
