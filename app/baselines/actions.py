"""Endorsing a plan sets its baseline: what it promises, kept for ever and hashed."""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.actors import Subject
from app.baselines.queries import FINDINGS, PROMISED, SIZE
from app.baselines.rules import Finding, check_endorsable, without_nothing
from app.core.cards import run
from app.core.documents import Query
from app.core.errors import WrongState
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.deliverables.actions import today_for
from app.deliverables.models import Deliverable, Milestone
from app.deliverables.queries import D
from app.deliverables.working_queries import S as STEP
from app.policy import Permission
from app.workplans.models import Baseline, Workplan
from app.workplans.rules import PlanOverlap, digest


def endorse_workplan(work: Work, plan: Workplan, *, decision: str | None, reason: str | None = None) -> Workplan:
    """Endorse a plan, or the revision that is open, by decision; this sets a baseline. Endorsing it again changes nothing.

    What its checks find stands in the way, or takes a reason; of what is recorded of the past it is only kept.
    """
    work.require(Permission.ENDORSE_WORKPLAN, Subject(plan.group_id))
    if plan.state == "endorsed" and not plan.revising:
        return plan
    behind = decision_behind(work, plan.group_id, decision, "Endorsing a plan", kinds=("endorse_plan", "revise_plan"))
    if plan.state not in ("draft", "circulated", "endorsed"):
        raise WrongState(what="workplan", state=plan.state, allowed="draft, circulated")
    _check_overlap(work, plan)
    today = today_for(work, plan)
    found = findings(work, plan, today)
    if not work.actor.recording:
        check_endorsable(plan, found, reason)
    work.because(reason)
    _promise(work, plan)
    items = [without_nothing(json.loads(row[0])) for row in _read(work, PROMISED, plan, today)]
    work.add(
        Baseline(
            group_id=plan.group_id, workplan_id=plan.id, revision=plan.revision, endorsed_on=today, decision_id=behind, reason=reason,
            items=items, digest=digest(items), findings=[{"code": f.code, "deliverable": f.deliverable} for f in found],
        )
    )  # fmt: skip
    plan.endorsed_on = plan.endorsed_on or today
    plan.state, plan.revising, plan.decision_id = "endorsed", False, behind
    work.session.flush()
    return plan


def _check_overlap(work: Work, plan: Workplan) -> None:
    if plan.transitional:
        return
    same = [Workplan.group_id == plan.group_id, Workplan.state == "endorsed", Workplan.transitional.is_(False)]  # type: ignore[attr-defined]
    for other in work.all(Workplan, *same, Workplan.id != plan.id):
        if other.starts_on <= plan.ends_on and plan.starts_on <= other.ends_on:
            raise PlanOverlap(code=other.code)


def _promise(work: Work, plan: Workplan) -> None:
    """A deliverable or milestone that has no baseline yet gets its due date as that: slip is counted from the first promise, so
    that a revision does not make it vanish."""
    for d in work.all(Deliverable, Deliverable.workplan_id == plan.id, Deliverable.baseline_due.is_(None), Deliverable.due.is_not(None)):  # type: ignore[union-attr]
        d.baseline_due, d.baseline_due_from, d.baseline_due_on = d.due, d.due_from, d.due_on
    there = STEP.c.deliverable_id.in_(sa.select(D.c.id).where(D.c.workplan_id == plan.id))
    unpromised = (STEP.c.baseline_due.is_(None), STEP.c.due.is_not(None), STEP.c.withdrawn_on.is_(None))
    for m in work.all(Milestone, there, *unpromised):
        m.baseline_due, m.baseline_due_from, m.baseline_due_on = m.due, m.due_from, m.due_on


def findings(work: Work, plan: Workplan, today: date) -> list[Finding]:
    """What the checks find, as `GET /workplans/{id}/checks` tells it."""
    found = [json.loads(row[0]) for row in _read(work, FINDINGS, plan, today)]
    empty = [] if _read(work, SIZE, plan, today)[0][0] else [Finding("nothing_in_it")]
    return empty + [Finding(code, one["code"]) for one in found for code in one["found"]]


def _read(work: Work, query: Query, plan: Workplan, today: date) -> list[Any]:
    work.session.flush()
    return list(run(work.session.connection(), query, id=plan.id, as_of=today, now=work.now.isoformat()))
