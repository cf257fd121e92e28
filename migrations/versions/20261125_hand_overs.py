"""Hand-overs of the chair, and for how long before and after the end of a term they are worked on."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, only_one

revision = "hand_overs"
down_revision = "meetings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("groups", sa.Column("handover_days", sa.Integer(), nullable=False, server_default="30"))
    op.create_table(
        "hand_overs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_hand_overs_group_id"), nullable=False),
        sa.Column("outgoing_id", sa.String(36), sa.ForeignKey("chairmanships.id", name="fk_hand_overs_outgoing_id"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("pack", sa.JSON()),
        sa.Column("digest", sa.String(64)),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("incoming_id", sa.String(36), sa.ForeignKey("chairmanships.id", name="fk_hand_overs_incoming_id")),
        sa.Column("outgoing_starts_on", sa.Date()),
        sa.Column("outgoing_ends_on", sa.Date()),
        sa.Column("incoming_starts_on", sa.Date()),
        sa.Column("incoming_ends_on", sa.Date()),
        sa.Column("submitted_on", sa.Date()),
        sa.Column("submitted_by", sa.String(36)),
        sa.Column("accepted_on", sa.Date()),
        sa.Column("accepted_by", sa.String(36)),
        sa.Column("on_behalf_of_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_hand_overs_on_behalf_of_id")),
        sa.Column("evidence", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_hand_overs"),
    )
    op.create_index("ix_hand_overs_group_id", "hand_overs", ["group_id"])
    only_one("hand_over_begun", "hand_overs", ["outgoing_id"])


def downgrade() -> None:
    drop_rule("hand_over_begun", "hand_overs", overlap=False)
    op.drop_table("hand_overs")
    op.drop_column("groups", "handover_days")
