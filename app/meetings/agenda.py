"""The agenda of a meeting: it builds itself from what waits for a decision.

Each section is one statement, told by the doors (live) and by the step that holds a meeting (kept as it was): the same code.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.agencies.queries import A
from app.bodies.queries import B as BODY
from app.chairs.queries import C as TERM
from app.chairs.queries import H as HOLDER
from app.core.dates import LAST_DAY
from app.core.dates_sql import AS_OF, on_given_day
from app.core.documents import Query, among, document, named
from app.decisions.queries import D as DECISION
from app.decisions.queries import N as POINT
from app.decisions.queries import point_overdue, points, state
from app.decisions.queries import source as decisions
from app.deliverables.queries import D, T, agencies_as, is_open, overdue
from app.deliverables.queries import source as deliverables
from app.meetings.queries import ITEM, I, items_with
from app.meetings.rules import AGENDA
from app.workplans.queries import W

AHEAD = 90
"""How many days after the meeting a sunset or the end of a term is near."""
MOST = 100
"""How many things a section shows; its total tells how many there are."""
NONE: Any = sa.literal_column("NULL", sa.Text())
here = sa.bindparam("group", type_=sa.Text())
body = sa.bindparam("body", type_=sa.Text())
until: Any = sa.bindparam("until", type_=sa.Date())


def _section(source: Any, on: Any, thing: Mapping[str, Any], *conditions: Any, agency: Any = NONE) -> Query:
    shown = document(on=on, thing=document(**thing), agency=agency)
    statement = sa.select(sa.cast(shown, sa.Text), sa.func.count().over()).select_from(source).where(*conditions)
    key = thing["id"]
    by_day = (on.is_(None), on, key) if on is not NONE else (key,)
    return Query(on_given_day(statement.order_by(*by_day).limit(sa.literal_column(str(MOST)))))


plan = {"entity": "workplan", "id": W.c.id, "code": W.c.code, "title": W.c.title}
a_body = {"entity": "body", "id": BODY.c.id, "code": BODY.c.code, "title": BODY.c.name}
product = {"entity": "deliverable", "id": D.c.id, "code": D.c.code, "title": D.c.title}
asking = {"entity": "assignment", "id": T.c.id, "code": D.c.code, "title": D.c.title}
point = {"entity": "action_point", "id": POINT.c.id, "code": None, "title": sa.func.substr(POINT.c.text, 1, 300)}
silence = {
    "entity": "decision",
    "id": DECISION.c.id,
    "code": DECISION.c.code,
    "title": sa.func.coalesce(DECISION.c.subject, sa.func.substr(DECISION.c.text, 1, 300)),
}

holder = A.alias("holder")
first_holder = (
    sa.select(holder.c.name).select_from(HOLDER.join(holder, holder.c.id == HOLDER.c.agency_id)).where(HOLDER.c.chairmanship_id == TERM.c.id)
    .order_by(HOLDER.c.position).limit(1).scalar_subquery()
)  # fmt: skip
term = {"entity": "chairmanship", "id": TERM.c.id, "code": None, "title": sa.func.coalesce(TERM.c.theme, first_holder)}
later = TERM.alias("later")


def _followed(*states: str) -> Any:
    return sa.exists().where(later.c.group_id == here, among(later.c.state, states), later.c.starts_on > TERM.c.starts_on)


ending = (TERM.c.group_id == here, TERM.c.state == "confirmed", TERM.c.starts_on <= AS_OF, TERM.c.ends_on >= AS_OF, TERM.c.ends_on <= until)
parts = T.join(deliverables, D.c.id == T.c.deliverable_id).join(A, A.c.id == T.c.agency_id)
in_plan = among(W.c.state, ["draft", "circulated", "endorsed"])
again = T.alias("again")
asked_again = sa.exists().where(again.c.deliverable_id == D.c.id, again.c.role == "lead", among(again.c.state, ["proposed", "accepted"]))


def _of_bodies(whose: Any) -> dict[str, Query]:
    """What bodies bring: all of a group's, or one."""
    return {
        "body_to_activate": _section(BODY, BODY.c.starts_on, a_body, whose(BODY.c.group_id, BODY.c.id), BODY.c.state == "proposed"),
        "sunset": _section(BODY, BODY.c.sunset_on, a_body, whose(BODY.c.group_id, BODY.c.id), BODY.c.state == "active", BODY.c.sunset_on <= until),
        "ask_unanswered": _section(parts, T.c.answer_by, asking, whose(D.c.group_id, D.c.body_id), T.c.state == "proposed", is_open, in_plan, agency=named(A)),
        "lead_declined": _section(
            parts, NONE, asking, whose(D.c.group_id, D.c.body_id), T.c.state == "declined", T.c.role == "lead", is_open, in_plan, sa.not_(asked_again),
            agency=named(A),
        ),
        "deliverable_overdue": _section(deliverables, D.c.due_on, product, whose(D.c.group_id, D.c.body_id), overdue, in_plan, agency=agencies_as("lead")),
    }  # fmt: skip


OF_BODY = _of_bodies(lambda group, own: sa.and_(group == here, own == body))
OF_GROUP = {
    "plan_to_endorse": _section(W, W.c.circulated_on, plan, W.c.group_id == here, W.c.state == "circulated"),
    "revision_to_endorse": _section(W, NONE, plan, W.c.group_id == here, W.c.state == "endorsed", W.c.revising),
    "chair_to_confirm": _section(TERM, TERM.c.starts_on, term, TERM.c.group_id == here, TERM.c.state == "nominated", TERM.c.ends_on >= AS_OF),
    "chair_to_find": _section(TERM, TERM.c.ends_on, term, *ending, sa.not_(_followed("confirmed", "nominated"))),
    "hand_over_due": _section(TERM, TERM.c.ends_on, term, *ending, _followed("confirmed")),
    "silence_objected": _section(decisions, DECISION.c.deadline, silence, DECISION.c.group_id == here, DECISION.c.deadline.is_not(None), among(state, ["objected", "fallen"])),
    "action_point_late": _section(points, POINT.c.due_on, point, POINT.c.group_id == here, point_overdue, agency=named(A)),
} | _of_bodies(lambda group, _: group == here)  # fmt: skip

ITEMS = Query(
    sa.select(sa.cast(document(**{n: v for n, v in ITEM.items() if n not in ("meeting", "withdrawn", "created_at", "updated_at")}), sa.Text))
    .select_from(items_with)
    .where(I.c.meeting_id == sa.bindparam("id"), sa.not_(I.c.withdrawn))
    .order_by(I.c.position, I.c.created_at, I.c.id)
)  # fmt: skip
"""What was put on an agenda by hand and stays on it."""


def sections_of(body_id: str | None) -> dict[str, Query]:
    """The sections for a meeting of the group, or of a body, in their order."""
    found = OF_BODY if body_id else OF_GROUP
    return {kind: found[kind] for kind in AGENDA if kind in found}


def days_of(starts_on: date, ends_on: date, today: date) -> tuple[date, date]:
    """The day for which an agenda is worked out (today, or the last of a past meeting), and until when it looks ahead."""
    return min(today, ends_on), min(starts_on + timedelta(days=AHEAD), LAST_DAY)


def told(as_of: date | None, until: date | None, found: Mapping[str, Iterable[Any]], items: Iterable[Any]) -> dict[str, Any]:
    """The agenda of what was found for each section, those left out in which nothing waits."""
    sections = []
    for kind, rows in found.items():
        if lines := list(rows):
            sections.append({"kind": kind, "total": lines[0][1], "items": [json.loads(line[0]) for line in lines]})
    return {
        "as_of": as_of and as_of.isoformat(), "until": until and until.isoformat(), "sections": sections,
        "items": [json.loads(row[0]) for row in items],
    }  # fmt: skip
