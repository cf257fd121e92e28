"""Cards: the documents of deliverables, kept ready-made (`app/core/cards.py` says why)."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import after, drop_after

revision = "deliverable_cards"
down_revision = "workplans_and_deliverables"
branch_labels = None
depends_on = None

EMPTY = "'9999-01-01', '0001-01-01', ''"
CHANGES = {
    "card_of_deliverable": ("deliverables", "UPDATE", "= NEW.id"),
    "card_of_new_part": ("assignments", "INSERT", "= NEW.deliverable_id"),
    "card_of_part": ("assignments", "UPDATE", "= NEW.deliverable_id"),
    "cards_of_agency": ("agencies", "UPDATE OF code, name", "IN (SELECT deliverable_id FROM assignments WHERE agency_id = NEW.id)"),
    "cards_of_group": (
        "groups",
        "UPDATE OF code, name, time_zone, due_soon_days, stale_days",
        "IN (SELECT id FROM deliverables WHERE group_id = NEW.id)",
    ),
    "cards_of_plan": (
        "workplans",
        "UPDATE OF code, title, starts_on, ends_on",
        "IN (SELECT id FROM deliverables WHERE workplan_id = NEW.id)",
    ),
    "cards_of_stream": ("streams", "UPDATE OF code, title", "IN (SELECT id FROM deliverables WHERE stream_id = NEW.id)"),
    "cards_of_body": ("bodies", "UPDATE OF kind, code, name, sunset_on", "IN (SELECT id FROM deliverables WHERE body_id = NEW.id)"),
}
"""What a card shows of other tables: a change of it expires the cards that show it."""


def upgrade() -> None:
    op.create_table(
        "deliverable_cards",
        sa.Column("id", sa.String(36), sa.ForeignKey("deliverables.id", name="fk_deliverable_cards_id"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliverable_cards"),
    )
    op.create_index("ix_deliverable_cards_until", "deliverable_cards", ["until"])
    op.execute(f"INSERT INTO deliverable_cards (id, since, until, text) SELECT id, {EMPTY} FROM deliverables")
    after(
        "card_of_new_deliverable",
        "deliverables",
        "INSERT",
        f"INSERT INTO deliverable_cards (id, since, until, text) VALUES (NEW.id, {EMPTY})",
    )
    for name, (table, event, shown_by) in CHANGES.items():
        expire = f"UPDATE deliverable_cards SET until = '0001-01-01' WHERE until > '0001-01-01' AND id {shown_by}"
        after(name, table, event, expire)


def downgrade() -> None:
    drop_after("card_of_new_deliverable", "deliverables")
    for name, (table, _, _) in CHANGES.items():
        drop_after(name, table)
    op.drop_table("deliverable_cards")
