"""The REST door of figures, and of what they warn of."""

import json
from datetime import date, timedelta

from fastapi.responses import Response

from app.core.dates import LAST_DAY
from app.core.errors import Forbidden, NotFound
from app.core.http import GroupCode, problems, reads, rest_router
from app.core.openapi import AS_OF, query, takes
from app.core.parameters import choice, unfit, whole
from app.core.reading import GroupRef, Read, compact, json_response
from app.fundraising.funding import CURRENCY, RATES_ON, funding, sees_totals
from app.fundraising.money_schemas import FundingOut
from app.fundraising.queries import PLACE_OF_PLAN, SHARING
from app.policy import Permission
from app.reports import outlook
from app.reports.queries import BY, GROUPINGS, LEVELS, MEASURES, WHOLE
from app.reports.schemas import LoadOut, OutlookOut, StatsOut

router = rest_router("reports")

ASKS = takes(
    query("measure", "What is counted.", *MEASURES),
    query(
        "by",
        "What each row stands for; by workplan or stream for one group or plan; of funding also by project, year or agency.",
        *GROUPINGS,
    ),
    query("group", "Within the group of this code.") | {"example": "gmg"},
    query("workplan", "Within the plan of this id."),
    {k: v for k, v in CURRENCY.items() if k != "example"},
    {k: v for k, v in RATES_ON.items() if k != "example"},
)

DAYS = {
    "name": "days", "in": "query", "required": False, "description": "How many days ahead.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 3_660, "default": 90}, "example": 30,
}  # fmt: skip


@router.get("/stats", response_model=StatsOut | FundingOut, openapi_extra=ASKS, responses=problems(Forbidden))
@reads(Permission.READ_STATS)
async def get_stats(read: Read) -> Response:
    """Count deliverables by state for each group, plan or stream that you see, or (measure=funding) tell what a group's or plan's projects lack."""
    given = read.accept("measure", "by", "group", "workplan", "currency", "rates_on")
    measure = choice("measure", given.get("measure", "deliverables"), MEASURES)
    if measure == "funding":
        return await _funding(read, given)
    for name in ("currency", "rates_on"):
        if name in given:
            raise unfit(name, "it goes with measure=funding")
    by = choice("by", given.get("by", "group"), LEVELS)
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
    return (await _known(read, code)).id


async def _known(read: Read, code: str) -> GroupRef:
    try:
        return await read.group(code)
    except NotFound:
        raise unfit("group", "there is no group of that code that you can see; GET /api/v1/groups lists them") from None


async def _funding(read: Read, given: dict[str, str]) -> Response:
    """The same figures that a plan shows at its own address; of a group, all its projects'."""
    if ("group" in given) == ("workplan" in given):
        raise unfit("measure", "funding is told for one group, or for one workplan")
    plan = given.get("workplan")
    if plan is None:
        code = (await _known(read, given["group"])).code
    else:
        rows = await read.fetch(PLACE_OF_PLAN, id=plan)
        if not rows or not (read.actor.sees(rows[0][0]) or rows[0][1]):
            raise unfit("workplan", "there is no plan of that id that you can see")
        code = rows[0][3]
    group = await read.group(code)
    shared = (await read.fetch(SHARING, id=group.id))[0][0]
    sees_totals(read, group.id, bool(shared))
    return await funding(
        read, given, level="group", place=group.id, group_id=group.id, today=read.today(group), by="project", workplan=plan
    )


async def _of(read: Read, code: str) -> tuple[GroupRef, date, dict[str, str]]:
    """The group, for those who see it from inside, the day, and the other parameters."""
    group = await read.group(code, visible=True)
    if not read.actor.sees(group.id):
        raise NotFound(what="group")
    given = read.accept("as_of", "days")
    return group, read.day(given) or read.today(group), given


@router.get("/groups/{code}/load", response_model=LoadOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_STATS)
async def get_load(read: Read, code: GroupCode) -> Response:
    """Show what each agency of a group carries: its leads, co-leads and contributions, what of them is late, what it has not answered."""
    group, day, given = await _of(read, code)
    if "days" in given:
        raise read.unknown("days", ("as_of",))
    items = [json.loads(row[0]) for row in await read.fetch(outlook.LOAD, group=group.id, as_of=day)]
    members = [item for item in items if item["role"] == "member"]
    total = sum(item["leads"] for item in items)
    for item in items:
        item["more_than_its_share"] = item["leads"] > 1 and item["leads"] * len(members) > 2 * total
    found = {"group": group.code, "as_of": str(day), "never_led": [m["agency"] for m in members if not m["ever_led"]], "items": items}
    return json_response(compact(found))


@router.get("/groups/{code}/outlook", response_model=OutlookOut, openapi_extra=takes(AS_OF, DAYS))
@reads(Permission.READ_STATS)
async def get_outlook(read: Read, code: GroupCode) -> Response:
    """List what breaks in a group in the next 90 days if nobody acts.

    These are sunsets, a chair without successor, leads that end or leave, what turns stale, and unanswered asks.
    """
    group, day, given = await _of(read, code)
    days = whole("days", given["days"], 1, 3_660) if "days" in given else 90
    until = min(day + timedelta(days=days), LAST_DAY)
    rows = [row for query in outlook.OUTLOOK for row in await read.fetch(query, group=group.id, as_of=day, until=until)]
    items = sorted(
        (json.loads(row[0]) for row in rows), key=lambda item: (item["on"] or "9999", outlook.KINDS.index(item["kind"]), str(item))
    )
    found = {"group": group.code, "as_of": str(day), "until": str(until), "items": items}
    return json_response(compact(found))
