"""Workplans, streams, baselines, deliverables, assignments and progress updates."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_due_on_assignments, drop_rule, keep_due_on_assignments, no_overlap, only_one

revision = "workplans_and_deliverables"
down_revision = "bodies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workplans",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_workplans_group_id"), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revising", sa.Boolean(), nullable=False),
        sa.Column("transitional", sa.Boolean(), nullable=False),
        sa.Column("circulated_on", sa.Date()),
        sa.Column("endorsed_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("superseded_by_id", sa.String(36), sa.ForeignKey("workplans.id", name="fk_workplans_superseded_by_id")),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_workplans_decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_workplans"),
    )
    op.create_index("ix_workplans_group_id", "workplans", ["group_id"])
    op.create_table(
        "streams",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_streams_group_id"), nullable=False),
        sa.Column("workplan_id", sa.String(36), sa.ForeignKey("workplans.id", name="fk_streams_workplan_id"), nullable=False),
        sa.Column("parent_id", sa.String(36), sa.ForeignKey("streams.id", name="fk_streams_parent_id")),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("goal", sa.Text()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_streams_body_id")),
        sa.Column("lead_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_streams_lead_id")),
        sa.PrimaryKeyConstraint("id", name="pk_streams"),
    )
    op.create_index("ix_streams_body_id", "streams", ["body_id"])
    op.create_index("ix_streams_lead_id", "streams", ["lead_id"])
    op.create_index("ix_streams_parent_id", "streams", ["parent_id"])
    op.create_index("ix_streams_workplan_id", "streams", ["workplan_id"])
    op.create_table(
        "baselines",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_baselines_group_id"), nullable=False),
        sa.Column("workplan_id", sa.String(36), sa.ForeignKey("workplans.id", name="fk_baselines_workplan_id"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("endorsed_on", sa.Date(), nullable=False),
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id", name="fk_baselines_decision_id")),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_baselines"),
    )
    op.create_index("ix_baselines_workplan_id", "baselines", ["workplan_id"])
    op.create_table(
        "deliverables",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_deliverables_group_id"), nullable=False),
        sa.Column("workplan_id", sa.String(36), sa.ForeignKey("workplans.id", name="fk_deliverables_workplan_id"), nullable=False),
        sa.Column("stream_id", sa.String(36), sa.ForeignKey("streams.id", name="fk_deliverables_stream_id"), nullable=False),
        sa.Column("body_id", sa.String(36), sa.ForeignKey("bodies.id", name="fk_deliverables_body_id")),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("former_codes", sa.JSON(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("former_titles", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("due", sa.String(13)),
        sa.Column("due_from", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("baseline_due", sa.String(13)),
        sa.Column("baseline_due_from", sa.Date()),
        sa.Column("baseline_due_on", sa.Date()),
        sa.Column("delivered", sa.String(13)),
        sa.Column("delivered_from", sa.Date()),
        sa.Column("delivered_on", sa.Date()),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("status_reason", sa.Text()),
        sa.Column("confidence", sa.String(10)),
        sa.Column("percent", sa.Integer()),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("waiver", sa.Text()),
        sa.Column("mandate", sa.Text()),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("carried_from_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_deliverables_carried_from_id")),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliverables"),
    )
    op.create_index("ix_deliverables_body_id", "deliverables", ["body_id"])
    op.create_index("ix_deliverables_carried_from_id", "deliverables", ["carried_from_id"])
    op.create_index("ix_deliverables_group_code", "deliverables", ["group_id", "code", "id"])
    op.create_index("ix_deliverables_group_due", "deliverables", ["group_id", sa.text("coalesce(due_on, '9999-01-01')"), "id"])
    op.create_index("ix_deliverables_group_id", "deliverables", ["group_id"])
    op.create_index("ix_deliverables_group_status", "deliverables", ["group_id", "status", "due_on"])
    op.create_index("ix_deliverables_stream_id", "deliverables", ["stream_id"])
    op.create_index("ix_deliverables_workplan_code", "deliverables", ["workplan_id", "code", "id"])
    op.create_index("ix_deliverables_workplan_due", "deliverables", ["workplan_id", sa.text("coalesce(due_on, '9999-01-01')"), "id"])
    op.create_index("ix_deliverables_workplan_id", "deliverables", ["workplan_id"])
    op.create_table(
        "assignments",
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_assignments_group_id"), nullable=False),
        sa.Column("deliverable_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_assignments_deliverable_id"), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_assignments_agency_id"), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("answer_by", sa.Date()),
        sa.Column("asked_by", sa.String(36), nullable=False),
        sa.Column("answered_by", sa.String(36)),
        sa.Column("answered_at", Instant()),
        sa.Column("accepted_at", Instant()),
        sa.Column("on_behalf_of_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_assignments_on_behalf_of_id")),
        sa.Column("evidence", sa.Text()),
        sa.Column("decline_reason", sa.String(20)),
        sa.Column("decline_note", sa.Text()),
        sa.Column("suggested_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_assignments_suggested_id")),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_agency_due", "assignments", ["agency_id", "state", "due_on", "id"])
    op.create_index("ix_assignments_deliverable_id", "assignments", ["deliverable_id"])
    op.create_index("ix_assignments_group_due", "assignments", ["group_id", "due_on", "id"])
    op.create_table(
        "progress_updates",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_progress_updates_group_id"), nullable=False),
        sa.Column(
            "deliverable_id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_progress_updates_deliverable_id"), nullable=False
        ),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_progress_updates_agency_id")),
        sa.Column("period", sa.String(13)),
        sa.Column("status", sa.String(12)),
        sa.Column("percent", sa.Integer()),
        sa.Column("confidence", sa.String(10)),
        sa.Column("narrative", sa.Text()),
        sa.Column("blockers", sa.Text()),
        sa.Column("next_step", sa.Text()),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_progress_updates"),
    )
    op.create_index("ix_progress_updates_deliverable_id", "progress_updates", ["deliverable_id"])
    only_one("workplan_code_taken", "workplans", ["group_id", "code"])
    only_one("stream_code_taken", "streams", ["workplan_id", "code"])
    no_overlap("plan_overlap", "workplans", ["group_id"], "@state = 'endorsed' AND NOT @transitional")
    only_one("deliverable_code_taken", "deliverables", ["workplan_id", "code"])
    no_overlap("lead_taken", "assignments", ["deliverable_id"], "@role = 'lead' AND @state = 'accepted'")
    only_one(
        "already_asked", "assignments", ["deliverable_id", "agency_id", "role"], "@state IN ('proposed', 'accepted') AND @ends_on IS NULL"
    )
    keep_due_on_assignments()


def downgrade() -> None:
    drop_due_on_assignments()
    drop_rule("already_asked", "assignments", overlap=False)
    drop_rule("lead_taken", "assignments", overlap=True)
    drop_rule("deliverable_code_taken", "deliverables", overlap=False)
    drop_rule("plan_overlap", "workplans", overlap=True)
    drop_rule("stream_code_taken", "streams", overlap=False)
    drop_rule("workplan_code_taken", "workplans", overlap=False)
    op.drop_table("progress_updates")
    op.drop_table("assignments")
    op.drop_table("deliverables")
    op.drop_table("baselines")
    op.drop_table("streams")
    op.drop_table("workplans")
