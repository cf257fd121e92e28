"""Reading agencies and people."""

import json
from typing import Any

import sqlalchemy as sa

from app.agencies.models import Agency, AgencyName, Person
from app.agencies.rules import KINDS
from app.core import listing
from app.core.db import table_of
from app.core.documents import AnyOf, Query, array, document, named
from app.core.layout import derives
from app.core.listing import Listing
from app.core.search import fold_name

A = table_of(Agency)
N = table_of(AgencyName)
P = table_of(Person)

BY_NAME = Query(sa.select(N.c.agency_id).where(N.c.name == sa.bindparam("name", type_=sa.Text())))

member = A.alias("constituent")
constituents = sa.select(array(named(member), member.c.code)).where(AnyOf(member.c.id, A.c.constituents)).scalar_subquery()

AGENCY = {
    "id": A.c.id, "version": A.c.version, "code": A.c.code, "name": A.c.name, "kind": A.c.kind, "aliases": A.c.aliases,
    "constituents": constituents, "website": A.c.website, "iati_ref": A.c.iati_ref, "certainty": A.c.certainty, "sources": A.c.sources, "note": A.c.note,
    "created_at": A.c.created_at, "updated_at": A.c.updated_at,
}  # fmt: skip
everybody: Any = sa.null().label("group_id")
hidden: Any = sa.false().label("public")

GET_AGENCY = Query(sa.select(sa.cast(document(**AGENCY), sa.Text), A.c.version, everybody, hidden).where(A.c.id == sa.bindparam("id")))
AGENCIES = Listing(
    source=A, id=A.c.id, show=AGENCY, search=A.c.search, default="code", sorts={"code": A.c.code, "name": A.c.name},
    filters={"kind": listing.equals(A.c.kind, "The agency's kind.", *KINDS), "agency": listing.agency(A.c.id, "A code or alias.")},
)  # fmt: skip

agency = A.alias("of_agency")
PERSON = {
    "id": P.c.id, "version": P.c.version, "name": P.c.name, "email": P.c.email, "agency": named(agency),
    "created_at": P.c.created_at, "updated_at": P.c.updated_at,
}  # fmt: skip
people = P.join(agency, agency.c.id == P.c.agency_id)
GET_PERSON = Query(
    sa.select(sa.cast(document(**PERSON), sa.Text), P.c.version, everybody, hidden).select_from(people).where(P.c.id == sa.bindparam("id"))
)
PEOPLE = Listing(
    source=people, id=P.c.id, show=PERSON, search=P.c.search, default="name", sorts={"name": P.c.name},
    filters={"agency": listing.agency(P.c.agency_id, "The agency they work for.")},
)  # fmt: skip
NAME_OF_AGENCY = Query(sa.select(sa.cast(named(A), sa.Text)).where(A.c.id == sa.bindparam("id")))


@derives(N.name)
def _names(connection: Any) -> None:
    """What each agency was found by."""
    rows = connection.execute("SELECT id, code, aliases FROM agencies").fetchall()
    found = {(fold_name(text), id_) for id_, code, aliases in rows for text in (code, *json.loads(aliases))}
    connection.executemany("INSERT INTO agency_names (name, agency_id) VALUES (?, ?)", sorted(found))
