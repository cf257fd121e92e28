"""Agencies, people, groups, tokens and the journal."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, only_one

revision = "foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("effective_on", sa.Date()),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("on_behalf_of", sa.String(36)),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("operation", sa.String(40), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36)),
        sa.Column("about_id", sa.String(36)),
        sa.Column("record_version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("picture", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("decision_id", sa.String(36)),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    op.create_index("ix_changes_about_id", "changes", ["about_id", "seq"])
    op.create_index("ix_changes_entity_id", "changes", ["entity_id", "seq"])
    op.create_index("ix_changes_group_id", "changes", ["group_id", "seq"])
    op.create_table(
        "kept_answers",
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("route", sa.String(300), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "route", "key", name="pk_kept_answers"),
    )
    op.create_index("ix_kept_answers_at", "kept_answers", ["at"])
    op.create_table(
        "agencies",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("constituents", sa.JSON(), nullable=False),
        sa.Column("website", sa.String(2000)),
        sa.PrimaryKeyConstraint("id", name="pk_agencies"),
    )
    op.create_table(
        "agency_names",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_agency_names_agency_id"), nullable=False),
        sa.PrimaryKeyConstraint("name", name="agency_name_taken"),
    )
    op.create_index("ix_agency_names_agency_id", "agency_names", ["agency_id"])
    op.create_table(
        "people",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_people_agency_id"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_agency_id", "people", ["agency_id"])
    op.create_table(
        "groups",
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(10)),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("mandate", sa.Text()),
        sa.Column("established_on", sa.Date(), nullable=False),
        sa.Column("dissolved_on", sa.Date()),
        sa.Column("successor", sa.String(300)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("due_soon_days", sa.Integer(), nullable=False),
        sa.Column("stale_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("group_id", sa.String(36), sa.ForeignKey("groups.id", name="fk_tokens_group_id")),
        sa.Column("agency_id", sa.String(36), sa.ForeignKey("agencies.id", name="fk_tokens_agency_id")),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
    )
    op.create_index("ix_tokens_agency_id", "tokens", ["agency_id"])
    op.create_index("ix_tokens_digest", "tokens", ["digest"], unique=True)
    op.create_index("ix_tokens_group_id", "tokens", ["group_id"])
    only_one("group_code_taken", "groups", ["code"])


def downgrade() -> None:
    drop_rule("group_code_taken", "groups", overlap=False)
    op.drop_table("tokens")
    op.drop_table("groups")
    op.drop_table("people")
    op.drop_table("agency_names")
    op.drop_table("agencies")
    op.drop_table("kept_answers")
    op.drop_table("changes")
