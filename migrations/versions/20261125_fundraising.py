"""Projects, the parts of agencies in them, consultations, donors, contributions and exchange rates; and answers that wait for money."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant
from migrations.rules import drop_rule, no_overlap, only_one

revision = "fundraising"
down_revision = "hand_overs"
branch_labels = None
depends_on = None

OPEN_PART = "@ends_on IS NULL AND (@state = 'proposed' OR @state = 'accepted')"


def _table(name: str, *columns: Any, sourced: bool = False, findable: bool = False) -> None:
    """A table of records."""
    found = [sa.Column("search", sa.Text(), nullable=False)] if findable else []
    if sourced:
        found += [sa.Column("certainty", sa.String(10)), sa.Column("sources", sa.JSON(), nullable=False), sa.Column("note", sa.Text())]
    op.create_table(
        name,
        *found,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def _to(table: str, column: str, other: str, *, optional: bool = False) -> Any:
    return sa.Column(column, sa.String(36), sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{column}"), nullable=optional)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    op.add_column("groups", sa.Column("share_funding", sa.Boolean(), nullable=False, server_default=sa.false()))
    _table(
        "projects",
        _to("projects", "group_id", "groups"),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("state", sa.String(14), nullable=False),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("budget", sa.BigInteger()),
        sa.Column("starts_on", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("actual_starts_on", sa.Date()),
        sa.Column("actual_ends_on", sa.Date()),
        sa.Column("composition", sa.Integer(), nullable=False),
        sa.Column("covered_on", sa.Date()),
        sourced=True,
        findable=True,
    )
    _index("projects", "group_id")
    only_one("project_code_taken", "projects", ["group_id", "code"])
    _table(
        "project_streams",
        _to("project_streams", "group_id", "groups"),
        _to("project_streams", "project_id", "projects"),
        _to("project_streams", "stream_id", "streams"),
        sa.Column("share", sa.Integer(), nullable=False),
    )
    _index("project_streams", "project_id")
    _index("project_streams", "stream_id")
    _table(
        "budget_lines",
        _to("budget_lines", "group_id", "groups"),
        _to("budget_lines", "project_id", "projects"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("dropped", sa.Boolean(), nullable=False),
    )
    _index("budget_lines", "project_id")
    _table(
        "project_steps",
        _to("project_steps", "group_id", "groups"),
        _to("project_steps", "project_id", "projects"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(14), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        _to("project_steps", "decision_id", "decisions", optional=True),
        sa.Column("reason", sa.Text()),
    )
    _index("project_steps", "group_id")
    _index("project_steps", "project_id")
    _table(
        "project_parts",
        _to("project_parts", "group_id", "groups"),
        _to("project_parts", "project_id", "projects"),
        _to("project_parts", "agency_id", "agencies"),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("answer_by", sa.Date()),
        sa.Column("asked_by", sa.String(36), nullable=False),
        sa.Column("answered_by", sa.String(36)),
        sa.Column("answered_at", Instant()),
        sa.Column("accepted_at", Instant()),
        _to("project_parts", "on_behalf_of_id", "agencies", optional=True),
        sa.Column("evidence", sa.Text()),
        sa.Column("decline_reason", sa.String(20)),
        sa.Column("decline_note", sa.Text()),
        _to("project_parts", "suggested_id", "agencies", optional=True),
        sourced=True,
    )
    _index("project_parts", "project_id")
    _index("project_parts", "agency_id")
    no_overlap("project_lead_taken", "project_parts", ["project_id"], "@role = 'lead' AND @state = 'accepted'")
    only_one("part_already_asked", "project_parts", ["project_id", "agency_id", "role"], OPEN_PART)
    _table(
        "country_teams",
        _to("country_teams", "group_id", "groups"),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("coordinator", sa.String(300)),
        sa.Column("email", sa.String(254)),
        sa.Column("note", sa.Text()),
    )
    _index("country_teams", "group_id")
    only_one("country_team_taken", "country_teams", ["group_id", "country"])
    _table(
        "consultations",
        _to("consultations", "group_id", "groups"),
        _to("consultations", "project_id", "projects"),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("requested_on", sa.Date()),
        sa.Column("answer_by", sa.Date()),
        sa.Column("answered_on", sa.Date()),
        sa.Column("outcome", sa.String(14), nullable=False),
        sa.Column("reason", sa.Text()),
        _to("consultations", "decision_id", "decisions", optional=True),
        sourced=True,
    )
    _index("consultations", "project_id")
    only_one("already_consulted", "consultations", ["project_id", "country"])
    _table(
        "donors",
        _to("donors", "group_id", "groups"),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        _to("donors", "agency_id", "agencies", optional=True),
        sa.Column("website", sa.String(2_000)),
        sourced=True,
        findable=True,
    )
    _index("donors", "group_id")
    only_one("donor_code_taken", "donors", ["group_id", "code"])
    _table(
        "contributions",
        _to("contributions", "group_id", "groups"),
        _to("contributions", "project_id", "projects"),
        _to("contributions", "donor_id", "donors"),
        _to("contributions", "stream_id", "streams", optional=True),
        _to("contributions", "receiver_id", "agencies", optional=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("pledged", sa.BigInteger()),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("pledged_on", sa.Date()),
        sa.Column("committed_on", sa.Date()),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("agreement", sa.String(300)),
        sa.Column("agreement_ends_on", sa.Date()),
        sa.Column("reason", sa.Text()),
        sourced=True,
    )
    for column in ("group_id", "project_id", "donor_id", "stream_id"):
        _index("contributions", column)
    _table(
        "instalments",
        _to("instalments", "group_id", "groups"),
        _to("instalments", "project_id", "projects"),
        _to("instalments", "contribution_id", "contributions"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(300)),
        sa.Column("reversed_on", sa.Date()),
        sourced=True,
    )
    _table(
        "donor_reports",
        _to("donor_reports", "group_id", "groups"),
        _to("donor_reports", "project_id", "projects"),
        _to("donor_reports", "contribution_id", "contributions"),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("submitted_on", sa.Date()),
        sa.Column("link", sa.String(2_000)),
    )
    for table in ("instalments", "donor_reports"):
        _index(table, "project_id")
        _index(table, "contribution_id")
    _table(
        "passings",
        _to("passings", "group_id", "groups"),
        _to("passings", "project_id", "projects"),
        sa.Column("pair_id", sa.String(36), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        _to("passings", "decision_id", "decisions", optional=True),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    for column in ("group_id", "project_id", "pair_id"):
        _index("passings", column)
    _table(
        "exchange_rates",
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("base", sa.String(3), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.String(25), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
    )
    _index("exchange_rates", "currency", "rated_on")
    only_one("one_rate_a_day", "exchange_rates", ["currency", "base", "rated_on"])
    # In one statement with its foreign key: SQLite's ALTER TABLE has no other place for it.
    op.execute(
        "ALTER TABLE assignments ADD COLUMN if_funded_id VARCHAR(36) CONSTRAINT fk_assignments_if_funded_id REFERENCES projects (id)"
    )
    named = sa.text("if_funded_id IS NOT NULL")
    op.create_index("ix_assignments_if_funded_id", "assignments", ["if_funded_id"], sqlite_where=named, postgresql_where=named)


def downgrade() -> None:
    op.drop_index("ix_assignments_if_funded_id", "assignments")
    op.drop_column("assignments", "if_funded_id")
    drop_rule("one_rate_a_day", "exchange_rates", overlap=False)
    drop_rule("donor_code_taken", "donors", overlap=False)
    drop_rule("already_consulted", "consultations", overlap=False)
    drop_rule("country_team_taken", "country_teams", overlap=False)
    drop_rule("part_already_asked", "project_parts", overlap=False)
    drop_rule("project_lead_taken", "project_parts", overlap=True)
    drop_rule("project_code_taken", "projects", overlap=False)
    for table in (
        "exchange_rates", "passings", "donor_reports", "instalments", "contributions", "donors", "consultations", "country_teams", "project_parts",
        "project_steps", "budget_lines", "project_streams", "projects",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("groups", "share_funding")
