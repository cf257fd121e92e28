"""Decisions, modalities, memberships, appointments and chairmanships."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, no_overlap, only_one

revision = "membership_and_chairs"
down_revision = "foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_decisions_group_id"), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(300)),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_group_id", "decisions", ["group_id"])
    op.create_table(
        "modalities",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_modalities_group_id"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("chair_term_months", sa.Integer(), nullable=False),
        sa.Column("troika", sa.Boolean(), nullable=False),
        sa.Column("task_force_max_months", sa.Integer()),
        sa.Column("max_extensions", sa.Integer()),
        sa.Column("max_extension_months", sa.Integer()),
        sa.Column("plan_min_months", sa.Integer()),
        sa.Column("plan_max_months", sa.Integer()),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_modalities_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_modalities"),
    )
    op.create_index("ix_modalities_decision_id", "modalities", ["decision_id"])
    op.create_index("ix_modalities_group_id", "modalities", ["group_id"])
    op.create_table(
        "memberships",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_memberships_group_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_memberships_agency_id"), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_memberships_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_agency_id", "memberships", ["agency_id"])
    op.create_index("ix_memberships_decision_id", "memberships", ["decision_id"])
    op.create_index("ix_memberships_group_id", "memberships", ["group_id"])
    op.create_table(
        "appointments",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_appointments_group_id"), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("people.id", name="fk_appointments_person_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_appointments_agency_id"), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
    )
    op.create_index("ix_appointments_agency_id", "appointments", ["agency_id"])
    op.create_index("ix_appointments_group_id", "appointments", ["group_id"])
    op.create_index("ix_appointments_person_id", "appointments", ["person_id"])
    op.create_table(
        "chairmanships",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_chairmanships_group_id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("theme", sa.String(300)),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_chairmanships_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_chairmanships"),
    )
    op.create_index("ix_chairmanships_decision_id", "chairmanships", ["decision_id"])
    op.create_index("ix_chairmanships_group_id", "chairmanships", ["group_id"])
    op.create_table(
        "chair_holders",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_chair_holders_group_id"), nullable=False),
        sa.Column(
            "chairmanship_id", sa.String(36), sa.ForeignKey("chairmanships.id", name="fk_chair_holders_chairmanship_id"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_chair_holders_agency_id"), nullable=False),
        sa.Column("coordinator_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_chair_holders_coordinator_id")),
        sa.Column("principal", sa.String(300)),
        sa.PrimaryKeyConstraint("id", name="pk_chair_holders"),
    )
    op.create_index("ix_chair_holders_agency_id", "chair_holders", ["agency_id"])
    op.create_index("ix_chair_holders_chairmanship_id", "chair_holders", ["chairmanship_id"])
    op.create_index("ix_chair_holders_coordinator_id", "chair_holders", ["coordinator_id"])
    only_one("decision_code_taken", "decisions", ["group_id", "code"])
    only_one("modality_taken", "modalities", ["group_id", "effective_on"])
    no_overlap("already_member", "memberships", ["group_id", "agency_id"])
    no_overlap("principal_taken", "appointments", ["group_id", "agency_id"], "@role = 'principal'")
    no_overlap("chair_overlap", "chairmanships", ["group_id"], "@state = 'confirmed'")


def downgrade() -> None:
    drop_rule("chair_overlap", "chairmanships", overlap=True)
    drop_rule("principal_taken", "appointments", overlap=True)
    drop_rule("already_member", "memberships", overlap=True)
    drop_rule("modality_taken", "modalities", overlap=False)
    drop_rule("decision_code_taken", "decisions", overlap=False)
    op.drop_table("chair_holders")
    op.drop_table("chairmanships")
    op.drop_table("appointments")
    op.drop_table("memberships")
    op.drop_table("modalities")
    op.drop_table("decisions")
