"""What organisations and projects are called in IATI."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import from_journal

revision = "iati"
down_revision = "fundraising"
branch_labels = None
depends_on = None

NAMED = {"groups": "group", "agencies": "agency", "donors": "donor"}


def upgrade() -> None:
    for table, entity in NAMED.items():
        op.add_column(table, sa.Column("iati_ref", sa.String(100)))
        from_journal(table, entity, iati_ref="text")
    op.add_column("projects", sa.Column("iati_code", sa.String(40)))
    from_journal("projects", "project", iati_code="text")


def downgrade() -> None:
    op.drop_column("projects", "iati_code")
    for table in reversed(NAMED):
        op.drop_column(table, "iati_ref")
