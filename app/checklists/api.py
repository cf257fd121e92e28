"""The REST door of checklists: what stands in the way of ending a body or a plan, judged by the very rules that refuse it."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from fastapi.responses import Response

from app.bodies.api import Kind
from app.checklists import queries
from app.checklists.schemas import BodyChecklistOut, PlanChecklistOut
from app.core.dates import day_in
from app.core.documents import Query
from app.core.errors import NotFound, Problem
from app.core.http import Id, reads, rest_router
from app.core.reading import Read, compact, json_response
from app.deliverables.rules import ENDING, NEEDS, against_closing, against_ending
from app.policy import Permission

router = rest_router("checklists")


class Facts(NamedTuple):
    """A body as its judgement needs it."""

    kind: str
    code: str
    state: str
    sunset_on: date | None


async def _all(read: Read, query: Query, **given: Any) -> list[Any]:
    return [json.loads(row[0]) for row in await read.fetch(query, slow=True, **given)]


def _blocking(items: list[Any]) -> list[str]:
    return [item["code"] for item in items if item["blocking"]]


def _step(step: str, needs: Sequence[str], found: Sequence[Problem]) -> dict[str, Any]:
    refusals = [{"code": problem.code(), "message": str(problem)} for problem in found]
    return {"step": step, "ready": not refusals, "needs": list(needs), "refusals": refusals}


@router.get("/working-groups/{id}/checklist", name="get_working_group_checklist", response_model=BodyChecklistOut)
@router.get("/task-forces/{id}/checklist", name="get_task_force_checklist", response_model=BodyChecklistOut)
@router.get("/secretariats/{id}/checklist", name="get_secretariat_checklist", response_model=BodyChecklistOut)
@reads(Permission.READ_DELIVERABLES)
async def get_checklist(read: Read, kind: Kind, id: Id) -> Response:
    """Show what a body has to settle before it ends: its deliverables, the bodies under it, who takes part, and what each step would be refused for."""
    read.accept()
    rows = await read.fetch(queries.BODY, id=id)
    if not rows or rows[0][2] != kind or not read.actor.sees(rows[0][1]):
        raise NotFound(what=kind.replace("_", " "))
    ref, group_id, _, code, state, sunset, outcome, zone = rows[0]
    today = day_in(read.now, zone)
    body = Facts(kind, code, state, date.fromisoformat(sunset) if sunset else None)
    own, below = await _all(read, queries.OF_BODY, id=id), await _all(read, queries.BELOW, id=id)
    moved = await _all(read, queries.MOVED, id=id, group=group_id, left=queries.moved_from(id))
    judged = [(step, against_ending(step, body, today, _blocking(own), _blocking(below))) for step in ENDING[kind]]
    found = {
        "body": json.loads(ref), "state": state, "as_of": str(today), "sunset_on": sunset,
        "sunset_passed": bool(body.sunset_on and body.sunset_on < today), "outcome": outcome, "deliverables": own + moved, "below": below,
        "streams": await _all(read, queries.STREAMS, id=id), "participations": await _all(read, queries.TAKING_PART, id=id, as_of=today),
        "extensions": await _all(read, queries.EXTENDED, id=id), "steps": [_step(step, NEEDS[step], problems) for step, problems in judged],
    }  # fmt: skip
    return json_response(compact(found))


@router.get("/workplans/{id}/checklist", response_model=PlanChecklistOut)
@reads(Permission.READ_WORKPLANS)
async def get_workplan_checklist(read: Read, id: Id) -> Response:
    """Show what has to be settled before a plan is closed: which deliverables are delivered, cancelled, carried over or dropped, and which are open."""
    read.accept()
    rows = await read.fetch(queries.PLAN, id=id)
    if not rows or not read.actor.sees(rows[0][1]):
        raise NotFound(what="workplan")
    ref, _, state, code, zone = rows[0]
    items = await _all(read, queries.OF_PLAN, id=id)
    found = {
        "workplan": json.loads(ref), "state": state, "as_of": str(day_in(read.now, zone)), "deliverables": items,
        "steps": [_step("close", ["reason"], against_closing(state, code, _blocking(items)))],
    }  # fmt: skip
    return json_response(compact(found))
