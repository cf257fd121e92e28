"""The REST door of figures."""

import json

from fastapi.responses import Response

from app.core.errors import NotFound
from app.core.http import reads, rest_router
from app.core.openapi import query, takes
from app.core.parameters import choice, unfit
from app.core.reading import Read, json_response
from app.policy import Permission
from app.reports.queries import BY, GROUPINGS, MEASURES, WHOLE
from app.reports.schemas import StatsOut

router = rest_router("reports")

ASKS = takes(
    query("measure", "What is counted.", *MEASURES),
    query("by", "What each row stands for; by workplan or stream for one group or plan.", *GROUPINGS),
    query("group", "Within the group of this code.") | {"example": "gmg"},
    query("workplan", "Within the plan of this id."),
)


@router.get("/stats", response_model=StatsOut, openapi_extra=ASKS)
@reads(Permission.READ_STATS)
async def get_stats(read: Read) -> Response:
    """Count deliverables by state for each group, plan or stream that you see; the cost does not grow with how many there are."""
    given = read.accept("measure", "by", "group", "workplan")
    measure = choice("measure", given.get("measure", "deliverables"), MEASURES)
    by = choice("by", given.get("by", "group"), GROUPINGS)
    if "group" in given and "workplan" in given:
        raise unfit("workplan", "give a group or a plan of it, not both")
    if by == "group" and "workplan" in given:
        raise unfit("by", "within a plan it takes workplan or stream")
    if by != "group" and not {"group", "workplan"} & set(given):
        raise unfit("by", f"by {by} takes a group or a workplan as well")
    within = "group" if "group" in given else "workplan" if "workplan" in given else None
    place = await _group(read, given["group"]) if within == "group" else given.get("workplan")
    seen = json.dumps(sorted(read.actor.groups))
    everything = read.actor.administers_all
    whole = (await read.fetch(WHOLE[everything, within], within=place, seen=seen))[0][0]
    rows = await read.fetch(BY[by, everything, within], within=place, seen=seen)
    items = ",".join(row[0] for row in rows)
    return json_response(f'{{"measure":"{measure}","by":"{by}",{whole[1:-1]},"items":[{items}]}}')


async def _group(read: Read, code: str) -> str:
    try:
        return (await read.group(code)).id
    except NotFound:
        raise unfit("group", "there is no group of that code that you can see; GET /api/v1/groups lists them") from None
