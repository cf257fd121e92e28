"""The day that a deliverable is sorted by, as a column: SQLite finds a place between two rows by the columns of an index, not by
its expressions, and walked everything due on the day where a page begins."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import FOREVER

revision = "due_key"
down_revision = "iati"
branch_labels = None
depends_on = None

DUE = f"coalesce(due_on, {FOREVER})"
INDEXES = {"ix_deliverables_due": [], "ix_deliverables_group_due": ["group_id"], "ix_deliverables_workplan_due": ["workplan_id"]}


def upgrade() -> None:
    # PostgreSQL has no index on what is worked out in reading, and SQLite adds nothing else to a table that is there.
    kept = op.get_bind().dialect.name == "postgresql"
    op.add_column("deliverables", sa.Column("due_key", sa.Date(), sa.Computed(DUE, persisted=kept)))
    for name, before in INDEXES.items():
        op.drop_index(name, "deliverables")
        op.create_index(name, "deliverables", [*before, "due_key", "id"])


def downgrade() -> None:
    for name, before in INDEXES.items():
        op.drop_index(name, "deliverables")
        op.create_index(name, "deliverables", [*before, sa.text(DUE), "id"])
    op.drop_column("deliverables", "due_key")
