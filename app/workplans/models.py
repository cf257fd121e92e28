"""Workplans, their streams, and the baselines that endorsing sets."""

from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Findable, Record, Sourced, reference


class Workplan(Record, Sourced, Findable, table=True):
    """A multi-year plan. It spans chairmanships; the link between them is the calendar, not a key."""

    __tablename__ = "workplans"

    group_id: str = reference("groups")
    code: str = Field(max_length=40)
    title: str = Field(max_length=300)
    starts_on: date
    ends_on: date
    state: str = Field(default="draft", max_length=10)
    revision: int = 0
    revising: bool = False
    """Whether a revision is open: then structure and due dates may change until it is endorsed."""
    transitional: bool = False
    circulated_on: date | None = None
    endorsed_on: date | None = None
    closed_on: date | None = None
    superseded_by_id: str | None = reference("workplans", optional=True, index=False)
    decision_id: str | None = reference("decisions", optional=True, index=False)

    found_by: ClassVar[tuple[str, ...]] = ("code", "title")


class Stream(Record, Sourced, Findable, table=True):
    """A work stream, the first level of a plan; with a parent, an output of that stream."""

    __tablename__ = "streams"

    group_id: str = reference("groups", index=False)
    workplan_id: str = reference("workplans")
    parent_id: str | None = reference("streams", optional=True)
    code: str = Field(max_length=40)
    title: str = Field(max_length=300)
    goal: str | None = None
    position: int
    body_id: str | None = reference("bodies", optional=True)
    lead_id: str | None = reference("agencies", optional=True)

    found_by: ClassVar[tuple[str, ...]] = ("code", "title")

    @property
    def about(self) -> str:
        return self.workplan_id


class Baseline(Record, table=True):
    """What a plan promised when a revision of it was endorsed. Kept for ever, and hashed."""

    __tablename__ = "baselines"

    group_id: str = reference("groups", index=False)
    workplan_id: str = reference("workplans")
    revision: int
    endorsed_on: date
    decision_id: str | None = reference("decisions", optional=True, index=False)
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    reason: str | None = None
    digest: str = Field(max_length=64)

    @property
    def about(self) -> str:
        return self.workplan_id
