"""Parts that are handed over and the day of each answer; milestones and dependencies; updates that are reviewed, and drafts that only
their author's agency and the secretariat see."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import FOREVER, after, drop_after, drop_rule, only_one

revision = "working"
down_revision = "findings_and_lineages"
branch_labels = None
depends_on = None

EXPIRE = "UPDATE {0} SET until = '0001-01-01' WHERE until > '0001-01-01' AND id = NEW.{1}"
ASIDE = {"part_card": EXPIRE.format("assignment_cards", "id"), "card_of_part": EXPIRE.format("deliverable_cards", "deliverable_id")}
"""What a change of an assignment does to cards: put aside for what this migration writes. The cards of assignments show it, and are
expired all at once."""
REVIEW: dict[str, Any] = {
    "submitted_on": sa.Date(),
    "reviewed_on": sa.Date(),
    "reviewed_by": sa.String(36),
    "review_note": sa.Text(),
}


EXPIRE_ALL = "UPDATE assignment_cards SET until = '0001-01-01' WHERE until > '0001-01-01'"


def told(column: str, *, row: str, where: str = "") -> str:
    """What the journal tells of a column of a row: null where the column was not there when that was written."""
    picture = f"json_extract(picture, '$.{column}')" if op.get_bind().dialect.name == "sqlite" else f"picture ->> '{column}'"
    return f"(SELECT {picture} FROM changes WHERE entity_id = {row}.id AND record_version = {row}.version{where})"


def day(text: str) -> str:
    return text if op.get_bind().dialect.name == "sqlite" else f"CAST({text} AS DATE)"


def upgrade() -> None:
    _answers()
    _milestones()
    _dependencies()
    _reviews()


def _answers() -> None:
    # Said in SQL: Alembic cannot add a column that refers to something on SQLite without rebuilding the table, which drops its triggers.
    op.execute(
        "ALTER TABLE assignments ADD COLUMN transferred_from_id VARCHAR(36) CONSTRAINT fk_assignments_transferred_from_id REFERENCES assignments (id)"
    )
    op.create_index("ix_assignments_transferred_from_id", "assignments", ["transferred_from_id"])
    op.add_column("assignments", sa.Column("answered_on", sa.Date()))
    for name in ASIDE:
        drop_after(name, "assignments")
    recorded = (
        "(SELECT effective_on FROM changes WHERE entity_id = assignments.id AND operation IN ('assignment:accept', 'assignment:decline') "
        "ORDER BY seq DESC LIMIT 1)"
    )
    instant = "substr(answered_at, 1, 10)" if op.get_bind().dialect.name == "sqlite" else "CAST(answered_at AT TIME ZONE 'UTC' AS DATE)"
    op.execute(
        f"UPDATE assignments SET transferred_from_id = {told('transferred_from_id', row='assignments')}, "
        f"answered_on = coalesce({day(told('answered_on', row='assignments'))}, {recorded}, {instant}) WHERE answered_at IS NOT NULL"
    )
    op.execute(f"UPDATE assignments SET transferred_from_id = {told('transferred_from_id', row='assignments')} WHERE answered_at IS NULL")
    op.execute(EXPIRE_ALL)
    for name, expire in ASIDE.items():
        after(name, "assignments", "UPDATE", expire)


def _record(table: str) -> list[Any]:
    return [
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name=f"fk_{table}_group_id"), nullable=False),
        sa.Column("deliverable_id", sa.String(36), sa.ForeignKey("deliverables.id", name=f"fk_{table}_deliverable_id"), nullable=False),
    ]


def _milestones() -> None:
    op.create_table(
        "milestones",
        *_record("milestones"),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("due", sa.String(13)),
        sa.Column("due_from", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("baseline_due", sa.String(13)),
        sa.Column("baseline_due_from", sa.Date()),
        sa.Column("baseline_due_on", sa.Date()),
        sa.Column("done_on", sa.Date()),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("withdrawn_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_milestones"),
    )
    op.create_index("ix_milestones_deliverable_id", "milestones", ["deliverable_id"])
    op.create_index("ix_milestones_group_due", "milestones", ["group_id", sa.text(f"coalesce(due_on, {FOREVER})"), "id"])


def _dependencies() -> None:
    op.create_table(
        "dependencies",
        *_record("dependencies"),
        sa.Column("waits_for_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_dependencies_waits_for_id"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("ended_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_dependencies"),
    )
    op.create_index("ix_dependencies_deliverable_id", "dependencies", ["deliverable_id"])
    op.create_index("ix_dependencies_waits_for_id", "dependencies", ["waits_for_id"])
    only_one("already_waiting", "dependencies", ["deliverable_id", "waits_for_id"], "@ended_on IS NULL")


def _reviews() -> None:
    op.add_column("groups", sa.Column("updates", sa.String(10), nullable=False, server_default="direct"))
    op.execute(f"UPDATE groups SET updates = coalesce({told('updates', row='groups')}, 'direct') WHERE version > 0")
    op.add_column("progress_updates", sa.Column("state", sa.String(10), nullable=False, server_default="accepted"))
    for name, kind in REVIEW.items():
        op.add_column("progress_updates", sa.Column(name, kind))
    op.create_index("ix_progress_updates_group_created", "progress_updates", ["group_id", "created_at", "id"])
    op.create_index("ix_progress_updates_group_state", "progress_updates", ["group_id", "state", "created_at", "id"])
    values = ", ".join(
        f"{name} = {day(told(name, row='progress_updates')) if name.endswith('_on') else told(name, row='progress_updates')}"
        for name in REVIEW
    )
    op.execute(f"UPDATE progress_updates SET state = coalesce({told('state', row='progress_updates')}, 'accepted'), {values}")
    op.add_column("changes", sa.Column("only_for", sa.String(36)))
    state, agency = (
        (f"json_extract(picture, '$.{n}')" if op.get_bind().dialect.name == "sqlite" else f"picture ->> '{n}'")
        for n in ("state", "agency_id")
    )
    op.execute(f"UPDATE changes SET only_for = coalesce({agency}, 'secretariat') WHERE entity = 'progress_update' AND {state} = 'draft'")


def downgrade() -> None:
    op.drop_column("changes", "only_for")
    op.drop_index("ix_progress_updates_group_state", "progress_updates")
    op.drop_index("ix_progress_updates_group_created", "progress_updates")
    for name in ("state", *REVIEW):
        op.drop_column("progress_updates", name)
    op.drop_column("groups", "updates")
    drop_rule("already_waiting", "dependencies", overlap=False)
    op.drop_table("dependencies")
    op.drop_table("milestones")
    op.drop_index("ix_assignments_transferred_from_id", "assignments")
    op.execute(EXPIRE_ALL)
    op.drop_column("assignments", "answered_on")
    op.drop_column("assignments", "transferred_from_id")
