"""Meetings, who came, what was put on the agenda by hand, and what came of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, only_one

revision = "meetings"
down_revision = "silence_procedures"
branch_labels = None
depends_on = None


def record(table: str, *references: tuple[str, str, bool]) -> list[sa.Column[Any]]:
    """What every record has, its group, and its references: column, table, optional."""
    return [
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        *(
            sa.Column(name, sa.String(36), sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}"), nullable=optional)
            for name, to, optional in (("group_id", "groups", False), *references)
        ),
    ]


MEETING = ("meeting_id", "meetings", False)


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        *record("meetings", ("body_id", "bodies", True), ("chair_id", "agencies", True)),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(300)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("minutes", sa.Text()),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("agenda", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_body_id", "meetings", ["body_id"])
    op.create_index("ix_meetings_group_starts", "meetings", ["group_id", "starts_on"])
    op.create_table(
        "attendances",
        *record("attendances", MEETING, ("agency_id", "agencies", False)),
        sa.Column("presence", sa.String(10), nullable=False),
        sa.Column("who", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_meeting_id", "attendances", ["meeting_id"])
    only_one("attendance_taken", "attendances", ["meeting_id", "agency_id"])
    op.create_table(
        "agenda_items",
        *record("agenda_items", MEETING, ("agency_id", "agencies", True)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_items"),
    )
    op.create_index("ix_agenda_items_meeting_id", "agenda_items", ["meeting_id"])
    op.create_table(
        "meeting_outcomes",
        *record("meeting_outcomes", MEETING, ("decision_id", "decisions", True), ("action_point_id", "action_points", True)),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_outcomes"),
    )
    op.create_index("ix_meeting_outcomes_meeting_id", "meeting_outcomes", ["meeting_id"])
    only_one("decided_elsewhere", "meeting_outcomes", ["decision_id"], "@decision_id IS NOT NULL")
    only_one("asked_elsewhere", "meeting_outcomes", ["action_point_id"], "@action_point_id IS NOT NULL")


def downgrade() -> None:
    drop_rule("asked_elsewhere", "meeting_outcomes", overlap=False)
    drop_rule("decided_elsewhere", "meeting_outcomes", overlap=False)
    drop_rule("attendance_taken", "attendances", overlap=False)
    for table in ("meeting_outcomes", "agenda_items", "attendances", "meetings"):
        op.drop_table(table)
