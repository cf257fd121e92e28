"""The REST door of carrying over: how a deliverable goes on in another plan, and what it was before."""

import json
from datetime import date

from fastapi.responses import Response

from app.bodies.rules import SunsetPassed
from app.chairs.queries import BETWEEN
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, done, problems, reads, rest_router, writes
from app.core.reading import Read, compact, json_response
from app.core.work import Work
from app.deliverables import lineage_actions as actions
from app.deliverables import queries
from app.deliverables.models import Deliverable
from app.deliverables.rules import AlreadyCarriedOver, CarryOverIncomplete, DeliverableCodeTaken, DueAfterSunset
from app.deliverables.schemas import CarryOverIn, DeliverableOut, LineageOut
from app.policy import Permission
from app.workplans.rules import RevisionRequired

router = rest_router("lineage")
FURTHEST = 50
"""So many plans a lineage is followed, either way."""


@router.get("/deliverables/{id}/lineage", response_model=LineageOut)
@reads(Permission.READ_DELIVERABLES)
async def get_lineage(read: Read, id: Id) -> Response:
    """Show what a deliverable was in earlier plans and became in later ones, every step between them, and the chairs under which it lived."""
    read.accept()
    rows = await read.fetch(queries.GET_DELIVERABLE, id=id)
    if not rows or not read.actor.sees(rows[0][2]):
        raise NotFound(what="deliverable")
    known, new = {id}, {id}
    steps: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}
    for _ in range(FURTHEST):
        for one, other, kind, reason in await read.fetch(queries.STEPS, ids=json.dumps(sorted(new))):
            if kind or (one, other) not in steps:
                steps[one, other] = (kind, reason)
        new = {end for step in steps for end in step if end} - known
        if not new:
            break
        known |= new
    ids = json.dumps(sorted(known))
    items = ",".join([row[0] for row in await read.fetch(queries.LINEAGE, ids=ids)])
    since, until = (await read.fetch(queries.LIVED, ids=ids))[0]
    chairs = await read.fetch(BETWEEN, group=rows[0][2], since=date.fromisoformat(since), until=date.fromisoformat(until or since))
    told = [
        {"from": one, "to": other, "kind": kind or "continues", "reason": reason}
        for (one, other), (kind, reason) in sorted(steps.items(), key=str)
    ]
    return json_response(f'{{"items":[{items}],"steps":{compact(told)},"chairs":[{",".join(row[0] for row in chairs)}]}}')


CARRYING = problems(
    CarryOverIncomplete, AlreadyCarriedOver, RevisionRequired, DeliverableCodeTaken, DueAfterSunset, SunsetPassed, WrongState,
    UnknownReference,
)  # fmt: skip


@router.post("/deliverables/{id}/carry-over", response_model=DeliverableOut, responses=CARRYING)
@writes(Permission.CARRY_OVER_DELIVERABLE)
def carry_over_deliverable(work: Work, id: Id, body: CarryOverIn) -> Reply:
    """Carry a deliverable over into another plan; the reply is what goes on with it, or the deliverable itself where it is dropped."""
    lineage = actions.carry_over_deliverable(work, work.get(Deliverable, id), **body.model_dump())
    return done(queries.GET_DELIVERABLE, work.get(Deliverable, lineage.to_id or id))
