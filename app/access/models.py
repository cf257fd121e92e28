"""Tokens: who may come in, until when."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from app.core.db import Instant, Record, reference


class Token(Record, table=True):
    """A bearer token with one role. Only the SHA-256 of its secret is kept."""

    __tablename__ = "tokens"

    name: str = Field(max_length=200)
    role: str = Field(max_length=20)
    group_id: str | None = reference("groups", optional=True)
    agency_id: str | None = reference("agencies", optional=True)
    digest: str = Field(max_length=64, index=True, unique=True)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)

    secret: ClassVar[frozenset[str]] = frozenset({"digest"})

    @property
    def in_group(self) -> None:
        """Tokens are the administrators' business, also those for one group."""
