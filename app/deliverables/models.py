"""Deliverables, who leads them, and what is reported of them."""

from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.dates import FOREVER
from app.core.db import SECRETARIAT, Findable, Instant, Record, Sourced, reference, texts


class Deliverable(Record, Sourced, Findable, table=True):
    """A concrete product of a stream. Lateness is never stored: it follows from `due_on` and the day."""

    __tablename__ = "deliverables"

    group_id: str = reference("groups")
    workplan_id: str = reference("workplans")
    stream_id: str = reference("streams")
    body_id: str | None = reference("bodies", optional=True)
    code: str = Field(max_length=40)
    former_codes: list[str] = texts()
    title: str = Field(max_length=300)
    former_titles: list[str] = texts()
    kind: str = Field(max_length=40)
    description: str | None = None
    due: str | None = Field(default=None, max_length=13)
    due_from: date | None = None
    due_on: date | None = None
    baseline_due: str | None = Field(default=None, max_length=13)
    baseline_due_from: date | None = None
    baseline_due_on: date | None = None
    delivered: str | None = Field(default=None, max_length=13)
    delivered_from: date | None = None
    delivered_on: date | None = None
    status: str = Field(default="not_started", max_length=12)
    status_reason: str | None = None
    confidence: str | None = Field(default=None, max_length=10)
    percent: int | None = None
    topics: list[str] = texts()
    countries: list[str] = texts()
    evidence: list[str] = texts()
    waiver: str | None = None
    mandate: str | None = None
    visibility: str = Field(default="internal", max_length=10)
    carried_from_id: str | None = reference("deliverables", optional=True)
    confirmed_on: date
    """When somebody last updated it or said that there is nothing new."""
    due_key: date | None = Field(default=None, sa_column=sa.Column(sa.Date, sa.Computed(f"coalesce(due_on, '{FOREVER}')", persisted=True)))
    """Where it stands by due date, what has none last. A column, since SQLite finds a place between two rows only by columns."""

    derived: ClassVar[frozenset[str]] = frozenset({"due_key"})
    found_by: ClassVar[tuple[str, ...]] = ("code", "title", "former_codes", "former_titles")

    __table_args__ = (
        sa.Index("ix_deliverables_due", "due_key", "id"),
        sa.Index("ix_deliverables_code", "code", "id"),
        sa.Index("ix_deliverables_group_due", "group_id", "due_key", "id"),
        sa.Index("ix_deliverables_workplan_due", "workplan_id", "due_key", "id"),
        sa.Index("ix_deliverables_group_code", "group_id", "code", "id"),
        sa.Index("ix_deliverables_workplan_code", "workplan_id", "code", "id"),
        sa.Index("ix_deliverables_group_status", "group_id", "status", "due_on"),
    )


class Lineage(Record, table=True):
    """How a deliverable went on in another plan. Only ever added."""

    __tablename__ = "lineages"

    group_id: str = reference("groups", index=False)
    from_id: str = reference("deliverables")
    to_id: str | None = reference("deliverables", optional=True)
    """Null where it was dropped."""
    kind: str = Field(max_length=10)
    reason: str | None = None

    @property
    def about(self) -> str:
        return self.from_id


class DeliverableCard(SQLModel, table=True):
    """The document of a deliverable as it was last made, and the days for which it holds: see `core/cards.py`."""

    __tablename__ = "deliverable_cards"

    id: str = Field(primary_key=True, foreign_key="deliverables.id", max_length=36)
    since: date
    until: date = Field(index=True)
    text: str


class Tally(SQLModel, table=True):
    """How many deliverables of a group, a plan or a stream are in each state. Triggers of the database keep it; nothing else writes it."""

    __tablename__ = "tallies"

    id: str = Field(primary_key=True, max_length=36)
    """That of the group, plan or stream."""
    level: str = Field(max_length=10)
    group_id: str = reference("groups")
    not_started: int = 0
    in_progress: int = 0
    on_hold: int = 0
    delivered: int = 0
    cancelled: int = 0
    superseded: int = 0


class Assignment(Record, Sourced, table=True):
    """An agency's part in a deliverable: asked for, answered, and in the end ended. A lead is an agency, never a person."""

    __tablename__ = "assignments"

    group_id: str = reference("groups", index=False)
    deliverable_id: str = reference("deliverables")
    agency_id: str = reference("agencies", index=False)
    role: str = Field(max_length=12)
    state: str = Field(default="proposed", max_length=10)
    starts_on: date
    ends_on: date | None = None
    answer_by: date | None = None
    asked_by: str = Field(max_length=36)
    answered_by: str | None = Field(default=None, max_length=36)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_on: date | None = None
    """The day of the last answer: that on which a recorded one was given, whenever it is recorded."""
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    """Set while the agency's last answer is yes, also after the end: who led in the past is found by it."""
    on_behalf_of_id: str | None = reference("agencies", optional=True, index=False)
    evidence: str | None = None
    decline_reason: str | None = Field(default=None, max_length=20)
    decline_note: str | None = None
    suggested_id: str | None = reference("agencies", optional=True, index=False)
    transferred_from_id: str | None = reference("assignments", optional=True)
    """The part of another agency that this one was asked to take over."""
    if_funded_id: str | None = reference("projects", optional=True, index=False)
    """The project whose money makes a conditional yes firm: until then `accepted_at` is not set, and nobody leads by it."""
    due_on: date = FOREVER
    """The deliverable's due day, kept by a trigger, so that "mine, by due date" is one walk of an index."""
    open: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    """Whether the deliverable is open, kept by triggers, so that "my open ones" is one too."""

    derived: ClassVar[frozenset[str]] = frozenset({"due_on", "open"})

    __table_args__ = (
        sa.Index("ix_assignments_agency_open", "agency_id", "state", "open", "due_on", "id"),
        sa.Index("ix_assignments_group_open", "group_id", "agency_id", "state", "open", "due_on", "id"),
        sa.Index("ix_assignments_agency_due", "agency_id", "state", "due_on", "id"),
        sa.Index("ix_assignments_group_due", "group_id", "due_on", "id"),
        sa.Index(
            "ix_assignments_if_funded_id",
            "if_funded_id",
            sqlite_where=sa.text("if_funded_id IS NOT NULL"),
            postgresql_where=sa.text("if_funded_id IS NOT NULL"),
        ),
    )

    @property
    def about(self) -> str:
        return self.deliverable_id


class AssignmentCard(SQLModel, table=True):
    """The document of an assignment as it was last made, and the days for which it holds."""

    __tablename__ = "assignment_cards"

    id: str = Field(primary_key=True, foreign_key="assignments.id", max_length=36)
    since: date
    until: date = Field(index=True)
    text: str


class Milestone(Record, Sourced, table=True):
    """A step on the way to a deliverable. It is reached or withdrawn, never deleted; whether it is late follows from the day."""

    __tablename__ = "milestones"

    group_id: str = reference("groups", index=False)
    deliverable_id: str = reference("deliverables")
    title: str = Field(max_length=300)
    due: str | None = Field(default=None, max_length=13)
    due_from: date | None = None
    due_on: date | None = None
    baseline_due: str | None = Field(default=None, max_length=13)
    baseline_due_from: date | None = None
    baseline_due_on: date | None = None
    done_on: date | None = None
    withdrawn_on: date | None = None
    withdrawn_reason: str | None = None

    __table_args__ = (sa.Index("ix_milestones_group_due", "group_id", sa.text(f"coalesce(due_on, '{FOREVER}')"), "id"),)

    @property
    def about(self) -> str:
        return self.deliverable_id


class Dependency(Record, table=True):
    """A deliverable that waits for another of its group, until that is delivered or the dependency ends."""

    __tablename__ = "dependencies"

    group_id: str = reference("groups", index=False)
    deliverable_id: str = reference("deliverables")
    waits_for_id: str = reference("deliverables")
    reason: str | None = None
    ended_on: date | None = None
    ended_reason: str | None = None

    @property
    def about(self) -> str:
        return self.deliverable_id


class ProgressUpdate(Record, table=True):
    """What was reported of a deliverable, by whom, when; `nothing_new` is a confirmation without text.

    Where a group reviews updates it is a draft first, then submitted, and what it claims counts once it is accepted.
    """

    __tablename__ = "progress_updates"

    group_id: str = reference("groups", index=False)
    deliverable_id: str = reference("deliverables")
    kind: str = Field(max_length=12)
    reported_on: date
    actor: str = Field(max_length=36)
    agency_id: str | None = reference("agencies", optional=True, index=False)
    period: str | None = Field(default=None, max_length=13)
    status: str | None = Field(default=None, max_length=12)
    percent: int | None = None
    confidence: str | None = Field(default=None, max_length=10)
    narrative: str | None = None
    blockers: str | None = None
    next_step: str | None = None
    links: list[str] = texts()
    state: str = Field(default="accepted", max_length=10, sa_column_kwargs={"server_default": "accepted"})
    submitted_on: date | None = None
    reviewed_on: date | None = None
    reviewed_by: str | None = Field(default=None, max_length=36)
    review_note: str | None = None

    __table_args__ = (
        sa.Index("ix_progress_updates_group_created", "group_id", "created_at", "id"),
        sa.Index("ix_progress_updates_group_state", "group_id", "state", "created_at", "id"),
    )

    @property
    def about(self) -> str:
        return self.deliverable_id

    @property
    def only_for(self) -> str | None:
        return (self.agency_id or SECRETARIAT) if self.state == "draft" else None
