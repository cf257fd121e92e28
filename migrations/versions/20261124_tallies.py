"""Tallies: how many deliverables of a group, a plan or a stream are in each state, kept by triggers."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import after, drop_after

revision = "tallies"
down_revision = "deliverable_cards"
branch_labels = None
depends_on = None

STATES = ("not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded")
LEVELS = {"group": "group_id", "workplan": "workplan_id", "stream": "stream_id"}
"""The order in which rows are changed, the same for all, so that no two wait for each other."""
ZEROS = ", ".join("0" for _ in STATES)
COLUMNS = f"id, level, group_id, {', '.join(STATES)}"


def seed(row: str) -> list[str]:
    """Make sure that what a deliverable belongs to has a tally."""
    values = [f"{row}.{column}, '{level}', {row}.group_id, {ZEROS}" for level, column in LEVELS.items()]
    return [f"INSERT INTO tallies ({COLUMNS}) VALUES ({value}) ON CONFLICT DO NOTHING" for value in values]


def count(sign: str, row: str) -> list[str]:
    """Count a deliverable in, or out, where it belongs."""
    states = ", ".join(f"{state} = {state} {sign} CAST({row}.status = '{state}' AS INTEGER)" for state in STATES)
    return [f"UPDATE tallies SET {states} WHERE id = {row}.{column}" for column in LEVELS.values()]


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_tallies_group_id"), nullable=False),
        *(sa.Column(state, sa.Integer(), nullable=False) for state in STATES),
        sa.PrimaryKeyConstraint("id", name="pk_tallies"),
    )
    op.create_index("ix_tallies_group_id", "tallies", ["group_id"])
    sums = ", ".join(f"sum(CAST(status = '{state}' AS INTEGER))" for state in STATES)
    for level, column in LEVELS.items():
        op.execute(f"INSERT INTO tallies ({COLUMNS}) SELECT {column}, '{level}', min(group_id), {sums} FROM deliverables GROUP BY {column}")
    after("tally_of_new", "deliverables", "INSERT", *seed("NEW"), *count("+", "NEW"))
    moved = "OLD.status <> NEW.status OR OLD.stream_id <> NEW.stream_id OR OLD.workplan_id <> NEW.workplan_id"
    steps = [*count("-", "OLD"), *seed("NEW"), *count("+", "NEW")]
    after("tally_of_moved", "deliverables", "UPDATE OF status, stream_id, workplan_id", *steps, when=moved)


def downgrade() -> None:
    drop_after("tally_of_moved", "deliverables")
    drop_after("tally_of_new", "deliverables")
    op.drop_table("tallies")
