"""What has become of what a body or a plan holds, and who still hangs on it."""

from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import EXTENSION, B, E, R, extensions, shown_body
from app.bodies.rules import OPEN as OPEN_BODY
from app.core.dates_sql import AS_OF, vague
from app.core.db import table_of
from app.core.documents import Query, among, array, document, named
from app.core.journal import Change
from app.deliverables.queries import D, L
from app.deliverables.rules import OPEN
from app.groups.queries import G
from app.membership.queries import forever
from app.workplans.queries import S, W

C = table_of(Change)

id_ = sa.bindparam("id", type_=sa.Text())
BODY = Query(
    sa.select(
        sa.cast(shown_body(B.c.id), sa.Text), B.c.group_id, B.c.kind, B.c.code, B.c.state, sa.cast(B.c.sunset_on, sa.Text), B.c.outcome,
        G.c.time_zone,
    ).select_from(B.join(G, G.c.id == B.c.group_id)).where(B.c.id == id_)
)  # fmt: skip
PLAN = Query(
    sa.select(sa.cast(document(id=W.c.id, code=W.c.code, title=W.c.title), sa.Text), W.c.group_id, W.c.state, W.c.code, G.c.time_zone)
    .select_from(W.join(G, G.c.id == W.c.group_id)).where(W.c.id == id_)
)  # fmt: skip

is_open = among(D.c.status, OPEN)
later, later_plan = D.alias("later"), W.alias("later_plan")
goes_on = (
    sa.select(array(document(id=later.c.id, code=later.c.code, workplan=later_plan.c.code), later_plan.c.code, later.c.code, later.c.id))
    .select_from(L.join(later, later.c.id == L.c.to_id).join(later_plan, later_plan.c.id == later.c.workplan_id))
    .where(L.c.from_id == D.c.id).scalar_subquery()
)  # fmt: skip


def _carried(*conditions: Any) -> Any:
    return sa.exists().where(L.c.from_id == D.c.id, *conditions)


end = sa.case(
    (is_open, "open"), (D.c.status == "delivered", "delivered"),
    (D.c.status == "cancelled", sa.case((_carried(L.c.kind == "dropped"), "dropped"), else_="cancelled")),
    else_=sa.case((_carried(L.c.to_id.is_not(None)), "carried_over"), else_="superseded"),
)  # fmt: skip
item: dict[str, Any] = {
    "id": D.c.id, "code": D.c.code, "title": D.c.title, "status": D.c.status, "due": vague(D.c.due, D.c.due_from, D.c.due_on),
    "body": shown_body(D.c.body_id), "goes_on_as": goes_on,
}  # fmt: skip


def _items(end: Any, blocking: Any, *conditions: Any) -> Query:
    return Query(
        sa.select(sa.cast(document(**item, end=end, blocking=blocking), sa.Text)).where(*conditions).order_by(D.c.code, D.c.id)
    )  # fmt: skip


OF_BODY = _items(end, is_open, D.c.body_id == id_)
OF_PLAN = _items(end, is_open, D.c.workplan_id == id_)
left = sa.select(C.c.entity_id).where(
    C.c.group_id == sa.bindparam("group", type_=sa.Text()), C.c.entity == "deliverable",
    sa.cast(C.c.fields, sa.Text).like(sa.bindparam("left", type_=sa.Text())),
)  # fmt: skip
MOVED = _items(sa.literal("moved"), sa.false(), D.c.id.in_(left), sa.func.coalesce(D.c.body_id, "") != id_)
"""What belonged to the body once, by the journal, and belongs to another now, or to none. `left` is `moved_from` of the body's id."""


def moved_from(id: str) -> str:
    """How the journal says that a deliverable left a body, as a pattern of LIKE."""
    return f'%"body_id": ["{id}", %'


BELOW = Query(
    sa.select(sa.cast(document(id=B.c.id, kind=B.c.kind, code=B.c.code, name=B.c.name, state=B.c.state, blocking=among(B.c.state, OPEN_BODY)), sa.Text))
    .where(B.c.parent_id == id_).order_by(B.c.code)
)  # fmt: skip
STREAMS = Query(
    sa.select(sa.cast(document(id=S.c.id, code=S.c.code, title=S.c.title, workplan=W.c.code), sa.Text))
    .select_from(S.join(W, W.c.id == S.c.workplan_id)).where(S.c.body_id == id_, among(W.c.state, ["draft", "circulated", "endorsed"]))
    .order_by(W.c.code, S.c.position, S.c.code)
)  # fmt: skip
"""The streams that it owns in plans that have not ended."""
TAKING_PART = Query(
    sa.select(sa.cast(document(id=R.c.id, agency=named(A), role=R.c.role, starts_on=R.c.starts_on, ends_on=R.c.ends_on), sa.Text))
    .select_from(R.join(A, A.c.id == R.c.agency_id)).where(R.c.body_id == id_, sa.func.coalesce(R.c.ends_on, forever) >= AS_OF)
    .order_by(A.c.code, R.c.starts_on)
)  # fmt: skip
EXTENDED = Query(
    sa.select(sa.cast(document(**EXTENSION), sa.Text)).select_from(extensions).where(E.c.body_id == id_).order_by(E.c.sunset_on)
)  # fmt: skip
