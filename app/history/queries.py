"""Reading the journal: the change feed, and the history of one thing with all that belongs to it."""

import sqlalchemy as sa

import app.tables  # noqa: F401  (every kind of record is known before they are listed)
from app.access.models import Token
from app.agencies.queries import A
from app.core import listing
from app.core.codes import closed
from app.core.db import Record, table_of
from app.core.documents import among, document, named, optional
from app.core.journal import Change
from app.core.listing import Listing
from app.decisions.queries import authority
from app.fundraising.queries import MONEY, within
from app.groups.queries import G
from app.policy import Permission

C = table_of(Change)
T = table_of(Token)

MONEY_STEPS = [
    p.value
    for p in (
        Permission.ADD_DONOR, Permission.AMEND_DONOR, Permission.PLEDGE_CONTRIBUTION, Permission.AMEND_CONTRIBUTION, Permission.COMMIT_CONTRIBUTION,
        Permission.RECEIVE_CONTRIBUTION, Permission.CANCEL_CONTRIBUTION, Permission.REVERSE_INSTALMENT, Permission.SCHEDULE_REPORT,
        Permission.SUBMIT_REPORT, Permission.PASS_ON_FUNDS,
    )
]  # fmt: skip
"""Operations whose reasons tell of money, also in the changes that they make of what is not money, such as a yes that became firm."""
behalf = A.alias("behalf")
told_why = sa.or_(sa.not_(among(sa.func.coalesce(C.c.operation, ""), MONEY_STEPS)), within(C.c.group_id))
CHANGE = {
    "seq": C.c.seq, "at": C.c.at, "effective_on": C.c.effective_on, "actor": document(id=C.c.actor, name=sa.func.coalesce(T.c.name, C.c.actor)),
    "on_behalf_of": optional(behalf.c.id, named(behalf)), "channel": C.c.channel, "operation": C.c.operation, "action": C.c.action,
    "group": optional(G.c.id, named(G)), "entity": C.c.entity, "id": C.c.entity_id, "version": C.c.record_version, "fields": C.c.fields,
    "reason": sa.case((told_why, C.c.reason)), "decision": authority(C.c.decision_id),
}  # fmt: skip
source = C.outerjoin(T, T.c.id == C.c.actor).outerjoin(G, G.c.id == C.c.group_id).outerjoin(behalf, behalf.c.id == C.c.on_behalf_of)
PRIVATE = ("token",)
"""What only administrators see changing."""

ENTITIES = closed("change.entity", *sorted(record.entity() for record in Record.__subclasses__()))
OPERATIONS = closed("change.operation", *sorted(p.value for p in Permission))
"""Every kind of thing that is journalled."""

CHANGES = Listing(
    source=source, id=C.c.seq, show=CHANGE, group=C.c.group_id, default="seq", sorts={"seq": C.c.seq},
    public=sa.and_(C.c.group_id.is_(None), sa.not_(among(C.c.entity, PRIVATE))),
    filters={
        "entity": listing.equals(C.c.entity, "The kind of thing.", *ENTITIES),
        "id": listing.equals(C.c.entity_id, "The thing's id."),
        "operation": listing.equals(C.c.operation, "The operation.", *OPERATIONS),
        "about": listing.Filter(
            "The thing and all that belongs to it.",
            lambda given, _: sa.or_(given.matches(C.c.entity_id), given.matches(C.c.about_id)),
        ),
        "confided": listing.confided(C.c.group_id, C.c.only_for),
        "insider": listing.Filter("", lambda _given, _present: sa.or_(sa.not_(among(C.c.entity, MONEY)), within(C.c.group_id))),
        "after": listing.Filter("Only changes after this seq.", lambda _given, _: C.c.seq > sa.bindparam("after", type_=sa.BigInteger()), "number"),
    },
)  # fmt: skip
