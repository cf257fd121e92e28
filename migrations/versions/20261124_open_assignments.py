"""Whether its deliverable is open stands in every assignment, so that "my open work, by due date" is one walk of an index; and
indexes for the lists over everything."""

import sqlalchemy as sa
from alembic import op

from migrations.rules import FOREVER, after, drop_after

revision = "open_assignments"
down_revision = "assignment_cards"
branch_labels = None
depends_on = None

OPEN = "({row}status = 'not_started' OR {row}status = 'in_progress' OR {row}status = 'on_hold')"
"""Not as a list: PostgreSQL writes the condition of a trigger with one down otherwise after a dump."""
OF_NEW = f"UPDATE assignments SET open = (SELECT {OPEN.format(row='')} FROM deliverables WHERE id = NEW.deliverable_id) WHERE id = NEW.id"
EXPIRE = "UPDATE {0} SET until = '0001-01-01' WHERE until > '0001-01-01' AND id = NEW.{1}"
ASIDE = {"part_card": EXPIRE.format("assignment_cards", "id"), "card_of_part": EXPIRE.format("deliverable_cards", "deliverable_id")}
"""What a change of an assignment does to cards: put aside for what this migration writes, since no card shows it."""
OF_DELIVERABLE = f"UPDATE assignments SET open = {OPEN.format(row='NEW.')} WHERE deliverable_id = NEW.id"


def upgrade() -> None:
    op.add_column("assignments", sa.Column("open", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name in ASIDE:
        drop_after(name, "assignments")
    closed = f"SELECT id FROM deliverables WHERE NOT {OPEN.format(row='')}"
    op.execute(
        f"UPDATE assignments SET open = {'0' if op.get_bind().dialect.name == 'sqlite' else 'false'} WHERE deliverable_id IN ({closed})"
    )
    for name, expire in ASIDE.items():
        after(name, "assignments", "UPDATE", expire)
    after("open_of_new_part", "assignments", "INSERT", OF_NEW)
    turned = f"{OPEN.format(row='OLD.')} <> {OPEN.format(row='NEW.')}"
    after("open_of_deliverable", "deliverables", "UPDATE OF status", OF_DELIVERABLE, when=turned)
    op.create_index("ix_assignments_agency_open", "assignments", ["agency_id", "state", "open", "due_on", "id"])
    op.create_index("ix_assignments_group_open", "assignments", ["group_id", "agency_id", "state", "open", "due_on", "id"])
    op.create_index("ix_deliverables_due", "deliverables", [sa.text(f"coalesce(due_on, {FOREVER})"), "id"])
    op.create_index("ix_deliverables_code", "deliverables", ["code", "id"])


def downgrade() -> None:
    op.drop_index("ix_deliverables_code", "deliverables")
    op.drop_index("ix_deliverables_due", "deliverables")
    op.drop_index("ix_assignments_group_open", "assignments")
    op.drop_index("ix_assignments_agency_open", "assignments")
    drop_after("open_of_deliverable", "deliverables")
    drop_after("open_of_new_part", "assignments")
    op.drop_column("assignments", "open")
