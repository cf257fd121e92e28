"""Meetings, who came, what was put on the agenda by hand, and what came of them."""

from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Findable, Record, Sourced, reference


class Meeting(Record, Sourced, Findable, table=True):
    """A meeting of the group at some level, or of one of its bodies."""

    __tablename__ = "meetings"

    group_id: str = reference("groups", index=False)
    level: str = Field(max_length=20)
    title: str = Field(max_length=300)
    starts_on: date
    ends_on: date
    place: str | None = Field(default=None, max_length=300)
    body_id: str | None = reference("bodies", optional=True)
    chair_id: str | None = reference("agencies", optional=True, index=False)
    """Who chairs it, where that is not the chair of the group, or of the body, on its first day."""
    state: str = Field(default="planned", max_length=10)
    minutes: str | None = None
    visibility: str = Field(default="internal", max_length=10)
    reason: str | None = None
    """Why it was cancelled."""
    agenda: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """The agenda as it was when the meeting was held."""

    found_by: ClassVar[tuple[str, ...]] = ("title", "place", "minutes")
    __table_args__ = (sa.Index("ix_meetings_group_starts", "group_id", "starts_on"),)


class Attendance(Record, table=True):
    """Whether an agency came, and who for it."""

    __tablename__ = "attendances"

    group_id: str = reference("groups", index=False)
    meeting_id: str = reference("meetings")
    agency_id: str = reference("agencies", index=False)
    presence: str = Field(max_length=10)
    who: str | None = None

    personal: ClassVar[frozenset[str]] = frozenset({"who"})

    @property
    def about(self) -> str:
        return self.meeting_id


class AgendaItem(Record, table=True):
    """What was put on an agenda by hand, beside what waits for a decision by itself."""

    __tablename__ = "agenda_items"

    group_id: str = reference("groups", index=False)
    meeting_id: str = reference("meetings")
    position: int
    title: str = Field(max_length=300)
    text: str | None = None
    agency_id: str | None = reference("agencies", optional=True, index=False)
    """Who brings it."""
    withdrawn: bool = False

    @property
    def about(self) -> str:
        return self.meeting_id


class Outcome(Record, table=True):
    """A decision or an action point that came of a meeting. It stands here because decisions know of no meetings: keys go down the ladder."""

    __tablename__ = "meeting_outcomes"

    group_id: str = reference("groups", index=False)
    meeting_id: str = reference("meetings")
    decision_id: str | None = reference("decisions", optional=True, index=False)
    action_point_id: str | None = reference("action_points", optional=True, index=False)

    @property
    def about(self) -> str:
        return self.meeting_id
