"""Coordination groups."""

from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Findable, Record, Sourced


class Group(Record, Sourced, Findable, table=True):
    """A coordination group of agencies. Everything below it belongs to exactly one group."""

    __tablename__ = "groups"

    code: str = Field(max_length=40)
    name: str = Field(max_length=300)
    mandate: str | None = None
    established_on: date
    dissolved_on: date | None = None
    successor: str | None = Field(default=None, max_length=300)
    time_zone: str = Field(default="UTC", max_length=64)
    public: bool = False
    share_funding: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    """Whether those who merely read see the totals of its funding."""
    iati_ref: str | None = Field(default=None, max_length=100)
    """The organisation that it publishes in IATI as, if it does."""
    due_soon_days: int = 30
    stale_days: int = 60
    handover_days: int = 30
    """So many days before and after a term's end its chair works on the hand-over."""
    updates: str = Field(default="direct", max_length=10, sa_column_kwargs={"server_default": "direct"})
    """Whether what is reported counts at once, or after a review."""

    found_by: ClassVar[tuple[str, ...]] = ("code", "name")

    @property
    def in_group(self) -> str:
        return self.id
