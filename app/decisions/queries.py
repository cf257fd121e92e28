"""Reading decisions."""

from typing import Any

import sqlalchemy as sa

from app.core import listing
from app.core.db import table_of
from app.core.documents import Query, document, named, optional
from app.core.listing import Listing
from app.decisions.models import Decision
from app.decisions.rules import KINDS, LEVELS, METHODS
from app.groups.queries import G

D = table_of(Decision)

DECISION = {
    "id": D.c.id, "version": D.c.version, "group": named(G), "code": D.c.code, "decided_on": D.c.decided_on, "level": D.c.level,
    "method": D.c.method, "kind": D.c.kind, "text": D.c.text, "place": D.c.place, "certainty": D.c.certainty, "sources": D.c.sources,
    "note": D.c.note, "created_at": D.c.created_at, "updated_at": D.c.updated_at,
}  # fmt: skip
source = D.join(G, G.c.id == D.c.group_id)

GET_DECISION = Query(
    sa.select(sa.cast(document(**DECISION), sa.Text), D.c.version, D.c.group_id, G.c.public)
    .select_from(source)
    .where(D.c.id == sa.bindparam("id"))
)
DECISIONS = Listing(
    source=source, id=D.c.id, show=DECISION, group=D.c.group_id, public=G.c.public, default="decided_on",
    sorts={"decided_on": D.c.decided_on, "code": D.c.code}, search=D.c.search,
    filters={
        "kind": listing.equals(D.c.kind, "What was decided.", *KINDS),
        "level": listing.equals(D.c.level, "Who decided.", *LEVELS),
        "method": listing.equals(D.c.method, "How it was decided.", *METHODS),
        "code": listing.equals(D.c.code, "The decision's code."),
        "decided_from": listing.not_before(D.c.decided_on, "Decided on this day or later."),
        "decided_to": listing.not_after(D.c.decided_on, "Decided on this day or before."),
    },
)  # fmt: skip


def authority(column: Any) -> Any:
    """How a decision is shown inside the thing that it authorises: its id, code and day, or null."""
    behind = D.alias()
    shown = sa.select(document(id=behind.c.id, code=behind.c.code, decided_on=behind.c.decided_on)).where(behind.c.id == column)
    return optional(column, shown.scalar_subquery())
