"""Groups on the wire."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.core.wire import Day, Line, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent

Days = Annotated[int, Field(ge=1, le=3_650)]


class GroupIn(SourcedIn):
    """A coordination group. Its code is part of addresses and stays as it is."""

    code: Slug
    name: Line
    mandate: Text | None = None
    established_on: Day
    dissolved_on: Day | None = None
    successor: Line | None = None
    time_zone: Line = "UTC"
    public: bool = False
    direct_updates: bool = True
    due_soon_days: Days = 30
    stale_days: Days = 60


class GroupPatch(SourcedPatch):
    name: Line = absent()
    mandate: Text | None = absent()
    established_on: Day = absent()
    dissolved_on: Day | None = absent()
    successor: Line | None = absent()
    time_zone: Line = absent()
    public: bool = absent()
    direct_updates: bool = absent()
    due_soon_days: Days = absent()
    stale_days: Days = absent()


class GroupOut(SourcedOut):
    code: str
    name: str
    mandate: str | None
    established_on: date
    dissolved_on: date | None
    successor: str | None
    time_zone: str
    public: bool
    direct_updates: bool
    due_soon_days: int
    stale_days: int
