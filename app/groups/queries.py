"""Reading groups."""

import sqlalchemy as sa

from app.core import listing
from app.core.db import table_of
from app.core.documents import Query, document
from app.core.listing import Listing
from app.groups.models import Group

G = table_of(Group)

BY_CODE = Query(sa.select(G.c.id, G.c.code, G.c.time_zone, G.c.public).where(G.c.code == sa.bindparam("name", type_=sa.Text())))

GROUP = {
    "id": G.c.id, "version": G.c.version, "code": G.c.code, "name": G.c.name, "mandate": G.c.mandate,
    "established_on": G.c.established_on, "dissolved_on": G.c.dissolved_on, "successor": G.c.successor, "time_zone": G.c.time_zone,
    "public": G.c.public, "share_funding": G.c.share_funding, "iati_ref": G.c.iati_ref, "due_soon_days": G.c.due_soon_days, "stale_days": G.c.stale_days,
    "handover_days": G.c.handover_days, "updates": G.c.updates,
    "certainty": G.c.certainty, "sources": G.c.sources, "note": G.c.note, "created_at": G.c.created_at, "updated_at": G.c.updated_at,
}  # fmt: skip
GET_GROUP = Query(sa.select(sa.cast(document(**GROUP), sa.Text), G.c.version, G.c.id, G.c.public).where(G.c.id == sa.bindparam("id")))
GROUPS = Listing(
    source=G, id=G.c.id, show=GROUP, group=G.c.id, public=G.c.public, search=G.c.search, default="code",
    sorts={"code": G.c.code, "name": G.c.name, "established_on": G.c.established_on},
    filters={"public": listing.flag(G.c.public, "Whether anybody may read its public rows.")},
)  # fmt: skip
NAME_OF_GROUP = Query(sa.select(sa.cast(document(code=G.c.code, name=G.c.name), sa.Text)).where(G.c.id == sa.bindparam("id")))
