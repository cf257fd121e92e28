"""From concept to money: how many got there, how long each state took, and what is about to end."""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from statistics import median_low
from typing import Any

import sqlalchemy as sa

from app.core.codes import closed
from app.core.documents import Query, among, document
from app.fundraising.gap import Facts
from app.fundraising.money_queries import C, O, Z, left
from app.fundraising.queries import K, P
from app.fundraising.rules import ENDED, STATES

KINDS = closed("funnel.kind", "project_ends", "agreement_ends", "consultation_due", "report_due")
here = sa.bindparam("group", type_=sa.Text())
until: Any = sa.bindparam("until", type_=sa.Date())
project = document(id=P.c.id, code=P.c.code, title=P.c.title)
NOTHING = sa.literal_column("NULL", sa.Text())
alive = sa.not_(among(P.c.state, ENDED))


def _expiring(kind: str, on: Any, source: Any, *conditions: Any, about: Any = NOTHING) -> Query:
    shown = document(kind=sa.literal_column(f"'{kind}'", sa.Text()), on=on, project=project, about=about)
    return Query(sa.select(sa.cast(shown, sa.Text)).select_from(source).where(P.c.group_id == here, on <= until, *conditions))


gifts = C.join(P, P.c.id == C.c.project_id).join(O, O.c.id == C.c.donor_id)
OPEN_TO_ALL = (
    _expiring("project_ends", P.c.ends_on, P, alive, P.c.actual_ends_on.is_(None)),
    _expiring("consultation_due", K.c.answer_by, K.join(P, P.c.id == K.c.project_id), alive, K.c.outcome == "requested", about=K.c.country),
)
FOR_INSIDERS = (
    _expiring("agreement_ends", C.c.agreement_ends_on, gifts, left > 0, about=O.c.code),
    _expiring("report_due", Z.c.due_on, Z.join(C, C.c.id == Z.c.contribution_id).join(P, P.c.id == C.c.project_id).join(O, O.c.id == C.c.donor_id),
              Z.c.submitted_on.is_(None), about=O.c.code),
)  # fmt: skip
"""What is about to end or due, up to a day: what has passed without being settled is there too."""


def figures_of(steps: Iterable[Facts]) -> dict[str, Any]:
    """Each state's figures from the steps of all projects, in the order in which they were taken."""
    by_project: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for step in steps:
        by_project[step["project"]["id"]].append((step["state"], date.fromisoformat(step["entered_on"])))
    spent: dict[str, list[int]] = defaultdict(list)
    now: dict[str, int] = defaultdict(int)
    ever: dict[str, int] = defaultdict(int)
    for taken in by_project.values():
        for (state, entered), (_, left_on) in itertools.pairwise(taken):
            spent[state].append((left_on - entered).days)
        for state in {state for state, _ in taken}:
            ever[state] += 1
        now[taken[-1][0]] += 1
    begun = [taken for taken in by_project.values() if any(state != "idea" for state, _ in taken)]
    return {
        "concepts": len(begun),
        "became_money": sum(any(state == "funded" for state, _ in taken) for taken in begun),
        "states": [
            {
                "state": state, "now": now[state], "ever": ever[state], "left": len(spent[state]), "shortest_days": min(spent[state], default=None),
                "median_days": median_low(spent[state]) if spent[state] else None, "longest_days": max(spent[state], default=None),
            }
            for state in STATES
        ],
    }  # fmt: skip
