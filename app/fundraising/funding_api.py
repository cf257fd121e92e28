"""The REST door of what lacks: the funding of a project and of a plan, and a group's funnel."""

from datetime import timedelta

from fastapi.responses import Response

from app.core.dates import LAST_DAY
from app.core.documents import Query
from app.core.errors import Forbidden, NotFound
from app.core.http import GroupCode, Id, problems, reads, rest_router
from app.core.openapi import AS_OF, takes
from app.core.parameters import whole
from app.core.reading import Read, compact, json_response
from app.fundraising import funnel, queries
from app.fundraising.contributions_api import is_inside
from app.fundraising.funding import ASKS, NAMES, funding, sees_totals
from app.fundraising.gap import facts
from app.fundraising.money_schemas import FundingOut
from app.fundraising.schemas import FunnelOut
from app.policy import Permission

router = rest_router("funding")
DAYS = {
    "name": "days", "in": "query", "required": False, "description": "How many days ahead.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 3_660, "default": 90}, "example": 30,
}  # fmt: skip


@router.get("/projects/{id}/funding", response_model=FundingOut, openapi_extra=takes(*ASKS), responses=problems(Forbidden))
@reads(Permission.READ_FUNDING)
async def get_project_funding(read: Read, id: Id) -> Response:
    """Show what a project needs, has and lacks, as a whole and by stream, year or plan."""
    return await _funding(read, queries.PLACE_OF_PROJECT, id, "project", by="stream")


@router.get("/workplans/{id}/funding", response_model=FundingOut, openapi_extra=takes(*ASKS), responses=problems(Forbidden))
@reads(Permission.READ_FUNDING)
async def get_workplan_funding(read: Read, id: Id) -> Response:
    """Show what a plan's streams need, have and lack: of each project, the shares that are for this plan."""
    return await _funding(read, queries.PLACE_OF_PLAN, id, "workplan", by="stream")


async def _funding(read: Read, place: Query, id: str, what: str, *, by: str) -> Response:
    given = read.accept(*NAMES)
    rows = await read.fetch(place, id=id)
    if not rows or not (read.actor.sees(rows[0][0]) or rows[0][1]):
        raise NotFound(what=what)
    group_id, _, shared, code = rows[0]
    sees_totals(read, group_id, bool(shared))
    group = await read.group(code)
    level, at, plan = ("project", id, None) if what == "project" else ("group", group_id, id)
    return await funding(read, given, level=level, place=at, group_id=group_id, today=read.today(group), by=by, workplan=plan)


@router.get("/groups/{code}/funnel", response_model=FunnelOut, openapi_extra=takes(AS_OF, DAYS))
@reads(Permission.READ_STATS)
async def get_funnel(read: Read, code: GroupCode) -> Response:
    """Show how many concepts became money, how long each state took, and what ends or is due in the next 90 days."""
    group = await read.group(code)
    if not read.actor.sees(group.id):
        raise NotFound(what="group")
    given = read.accept("as_of", "days")
    day = read.day(given) or read.today(group)
    days = whole("days", given["days"], 1, 3_660) if "days" in given else 90
    until = min(day + timedelta(days=days), LAST_DAY)
    asked = (*funnel.OPEN_TO_ALL, *(funnel.FOR_INSIDERS if is_inside(read, group.id) else ()))
    expiring = [one for query in asked for one in facts(await read.fetch(query, slow=True, group=group.id, until=until))]
    steps = facts(await read.fetch(queries.STEPS, slow=True, group=group.id, day=day))
    found = {"group": group.code, "as_of": str(day), "until": str(until), **funnel.figures_of(steps)}
    ordered = sorted(expiring, key=lambda one: (one["on"], funnel.KINDS.index(one["kind"]), one["project"]["code"], one["about"] or ""))
    return json_response(compact(found | {"expiring": ordered}))
