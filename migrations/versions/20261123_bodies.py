"""Working groups, task forces and secretariats."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, no_overlap, only_one

revision = "bodies"
down_revision = "membership_and_chairs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_bodies_group_id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("also_known_as", sa.JSON(), nullable=False),
        sa.Column("mandate", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("sunset_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("review_on", sa.Date()),
        sa.Column("outcome", sa.Text()),
        sa.Column("parent_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_bodies_parent_id")),
        sa.Column("predecessor_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_bodies_predecessor_id")),
        sa.Column("host_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_bodies_host_id")),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_bodies_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_bodies"),
    )
    op.create_index("ix_bodies_group_id", "bodies", ["group_id"])
    op.create_index("ix_bodies_host_id", "bodies", ["host_id"])
    op.create_index("ix_bodies_parent_id", "bodies", ["parent_id"])
    op.create_index("ix_bodies_predecessor_id", "bodies", ["predecessor_id"])
    op.create_table(
        "participations",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_participations_group_id"), nullable=False),
        sa.Column("body_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_participations_body_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_participations_agency_id"), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_participations"),
    )
    op.create_index("ix_participations_agency_id", "participations", ["agency_id"])
    op.create_index("ix_participations_body_id", "participations", ["body_id"])
    op.create_table(
        "extensions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_extensions_group_id"), nullable=False),
        sa.Column("body_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_extensions_body_id"), nullable=False),
        sa.Column("former_sunset_on", sa.Date(), nullable=False),
        sa.Column("sunset_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_extensions_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_extensions"),
    )
    op.create_index("ix_extensions_body_id", "extensions", ["body_id"])
    op.create_table(
        "secondments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_secondments_group_id"), nullable=False),
        sa.Column("body_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_secondments_body_id"), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("people.id", name="fk_secondments_person_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_secondments_agency_id"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_secondments"),
    )
    op.create_index("ix_secondments_agency_id", "secondments", ["agency_id"])
    op.create_index("ix_secondments_body_id", "secondments", ["body_id"])
    op.create_index("ix_secondments_person_id", "secondments", ["person_id"])
    only_one("body_code_taken", "bodies", ["group_id", "code"])
    no_overlap("already_participating", "participations", ["body_id", "agency_id"])


def downgrade() -> None:
    drop_rule("already_participating", "participations", overlap=True)
    drop_rule("body_code_taken", "bodies", overlap=False)
    op.drop_table("secondments")
    op.drop_table("extensions")
    op.drop_table("participations")
    op.drop_table("bodies")
