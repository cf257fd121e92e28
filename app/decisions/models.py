"""Decisions: the authority behind every formal step; and the action points that follow from them."""

from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Findable, Record, Sourced, reference


class Decision(Record, Sourced, Findable, table=True):
    """What a meeting or a silence procedure decided, in a group."""

    __tablename__ = "decisions"

    group_id: str = reference("groups")
    code: str = Field(max_length=40)
    decided_on: date
    level: str = Field(max_length=20)
    method: str = Field(max_length=20)
    kind: str = Field(max_length=20)
    text: str
    place: str | None = Field(default=None, max_length=300)
    subject: str | None = Field(default=None, max_length=300)
    circulated_on: date | None = None
    deadline: date | None = None
    """The last day for objections. Where it is set, the decision is taken by a silence procedure, on the day after it: `decided_on`."""
    withdrawn_on: date | None = None

    found_by: ClassVar[tuple[str, ...]] = ("code", "subject", "text")


class Objection(Record, table=True):
    """An agency breaks the silence: what was circulated is not adopted unless the objection is withdrawn before the deadline."""

    __tablename__ = "objections"

    group_id: str = reference("groups", index=False)
    decision_id: str = reference("decisions")
    agency_id: str = reference("agencies", index=False)
    reason: str
    raised_on: date
    withdrawn_on: date | None = None
    on_behalf_of_id: str | None = reference("agencies", optional=True, index=False)
    evidence: str | None = None

    @property
    def about(self) -> str:
        return self.decision_id


class ActionPoint(Record, Sourced, Findable, table=True):
    """What a decision or a meeting asked an agency to do."""

    __tablename__ = "action_points"

    group_id: str = reference("groups", index=False)
    decision_id: str | None = reference("decisions", optional=True)
    agency_id: str = reference("agencies")
    text: str
    asked_on: date
    due: str | None = Field(default=None, max_length=16)
    due_from: date | None = None
    due_on: date | None = None
    state: str = Field(default="open", max_length=10)
    done_on: date | None = None
    outcome: str | None = None
    reason: str | None = None
    """Why it was cancelled or opened again."""

    found_by: ClassVar[tuple[str, ...]] = ("text",)
    __table_args__ = (sa.Index("ix_action_points_group_state", "group_id", "state", "due_on"),)

    @property
    def about(self) -> str | None:
        return self.decision_id
