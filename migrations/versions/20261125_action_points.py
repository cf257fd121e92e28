"""What decisions and meetings ask agencies to do."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "action_points"
down_revision = "working"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action_points",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_action_points_group_id"), nullable=False),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_action_points_decision_id")),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_action_points_agency_id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due", sa.String(16)),
        sa.Column("due_from", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("done_on", sa.Date()),
        sa.Column("outcome", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_action_points"),
    )
    op.create_index("ix_action_points_agency_id", "action_points", ["agency_id"])
    op.create_index("ix_action_points_decision_id", "action_points", ["decision_id"])
    op.create_index("ix_action_points_group_state", "action_points", ["group_id", "state", "due_on"])


def downgrade() -> None:
    op.drop_table("action_points")
