"""What the checks of a plan found stays with its baseline; and how a deliverable went on in another plan."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import from_journal

revision = "findings_and_lineages"
down_revision = "open_assignments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("baselines", sa.Column("findings", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("baselines", sa.Column("reason", sa.Text()))
    from_journal("baselines", "baseline", findings="json", reason="text")
    op.create_table(
        "lineages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_lineages_group_id"), nullable=False),
        sa.Column("from_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_lineages_from_id"), nullable=False),
        sa.Column("to_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_lineages_to_id")),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_lineages"),
    )
    op.create_index("ix_lineages_from_id", "lineages", ["from_id"])
    op.create_index("ix_lineages_to_id", "lineages", ["to_id"])


def downgrade() -> None:
    op.drop_table("lineages")
    op.drop_column("baselines", "reason")
    op.drop_column("baselines", "findings")
