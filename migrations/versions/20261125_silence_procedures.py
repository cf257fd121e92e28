"""Decisions that silence takes: when they were circulated, until when agencies may object, and who does."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, only_one

revision = "silence_procedures"
down_revision = "action_points"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("subject", sa.String(300)))
    op.add_column("decisions", sa.Column("circulated_on", sa.Date()))
    op.add_column("decisions", sa.Column("deadline", sa.Date()))
    op.add_column("decisions", sa.Column("withdrawn_on", sa.Date()))
    op.create_table(
        "objections",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_objections_group_id"), nullable=False),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_objections_decision_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_objections_agency_id"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("on_behalf_of_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_objections_on_behalf_of_id")),
        sa.Column("evidence", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
    )
    op.create_index("ix_objections_decision_id", "objections", ["decision_id"])
    only_one("already_objected", "objections", ["decision_id", "agency_id"], "@withdrawn_on IS NULL")


def downgrade() -> None:
    drop_rule("already_objected", "objections", overlap=False)
    op.drop_table("objections")
    for name in ("withdrawn_on", "deadline", "circulated_on", "subject"):
        op.drop_column("decisions", name)
