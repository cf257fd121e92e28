"""Cards of assignments, as of deliverables: an agency's own list is what most readers ask for."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import after, drop_after

revision = "assignment_cards"
down_revision = "tallies"
branch_labels = None
depends_on = None

EMPTY = "'9999-01-01', '0001-01-01', ''"
OF_PLAN = "SELECT a.id FROM assignments a JOIN deliverables d ON d.id = a.deliverable_id WHERE d.workplan_id = NEW.id"
OF_AGENCY = "SELECT id FROM assignments WHERE NEW.id IN (agency_id, on_behalf_of_id, suggested_id)"
CHANGES = {
    "part_card": ("assignments", "UPDATE", "= NEW.id"),
    "part_cards_of_deliverable": (
        "deliverables",
        "UPDATE OF code, title, status, due, due_from, due_on, delivered_on, workplan_id",
        "IN (SELECT id FROM assignments WHERE deliverable_id = NEW.id)",
    ),
    "part_cards_of_plan": ("workplans", "UPDATE OF code, title", f"IN ({OF_PLAN})"),
    "part_cards_of_agency": ("agencies", "UPDATE OF code, name", f"IN ({OF_AGENCY})"),
    "part_cards_of_group": ("groups", "UPDATE OF code, name, time_zone", "IN (SELECT id FROM assignments WHERE group_id = NEW.id)"),
}
"""What a card shows of other tables: a change of it expires the cards that show it."""


def upgrade() -> None:
    op.create_table(
        "assignment_cards",
        sa.Column("id", sa.String(36), sa.ForeignKey("assignments.id", name="fk_assignment_cards_id"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_cards"),
    )
    op.create_index("ix_assignment_cards_until", "assignment_cards", ["until"])
    op.execute(f"INSERT INTO assignment_cards (id, since, until, text) SELECT id, {EMPTY} FROM assignments")
    after(
        "part_card_of_new_part",
        "assignments",
        "INSERT",
        f"INSERT INTO assignment_cards (id, since, until, text) VALUES (NEW.id, {EMPTY})",
    )
    for name, (table, event, shown_by) in CHANGES.items():
        expire = f"UPDATE assignment_cards SET until = '0001-01-01' WHERE until > '0001-01-01' AND id {shown_by}"
        after(name, table, event, expire)


def downgrade() -> None:
    drop_after("part_card_of_new_part", "assignments")
    for name, (table, _, _) in CHANGES.items():
        drop_after(name, table)
    op.drop_table("assignment_cards")
