"""The REST door of baselines: what stands in the way of one, setting it, and comparing with it."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from app.baselines import queries, rules
from app.baselines.actions import endorse_workplan as endorse
from app.baselines.rules import PlanHasErrors, WarningsNeedAReason
from app.baselines.schemas import ChecksOut, ComparisonOut, EndorseIn
from app.core.dates import day_in, instant_text, parse_day, parse_instant
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, query, takes
from app.core.parameters import unfit
from app.core.reading import Read, compact, json_response
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.policy import Permission
from app.workplans.models import Workplan
from app.workplans.queries import GET_WORKPLAN
from app.workplans.rules import PlanOverlap
from app.workplans.schemas import WorkplanOut

router = rest_router("baselines")


class Plan(NamedTuple):
    """As much of a plan as its checks and comparisons need."""

    id: str
    code: str
    title: str
    group_id: str
    zone: str

    @property
    def shown(self) -> dict[str, str]:
        return {"id": self.id, "code": self.code, "title": self.title}


async def _plan(read: Read, id: str) -> Plan:
    """The plan of this id, for those who see its group: what is not endorsed is nobody else's business."""
    rows = await read.fetch(queries.PLAN, id=id)
    if not rows or not read.actor.sees(rows[0][3]):
        raise NotFound(what="workplan")
    return Plan(*rows[0])


@router.get("/workplans/{id}/checks", response_model=ChecksOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_WORKPLANS)
async def get_checks(read: Read, id: Id) -> Response:
    """List what stands in the way of endorsing a plan: errors, which block it, and warnings, which take a reason."""
    plan = await _plan(read, id)
    as_of = read.day(read.accept("as_of"))
    items = [
        {"severity": "error" if code in rules.ERRORS else "warning", "code": code, "message": rules.TOLD[code], "deliverable": thing}
        for code, thing in await _found(read, plan, as_of)
    ]
    errors = sum(item["severity"] == "error" for item in items)
    found = {"workplan": plan.shown, "ready": not errors, "errors": errors, "warnings": len(items) - errors, "items": items}
    return json_response(compact(found))


async def _found(read: Read, plan: Plan, as_of: Any) -> list[tuple[str, Any]]:
    things = [json.loads(row[0]) for row in await read.fetch(queries.FINDINGS, id=plan.id, as_of=as_of)]
    found = [(code, thing) for thing in things for code in thing.pop("found")]
    empty = not (await read.fetch(queries.SIZE, id=plan.id))[0][0]
    return ([("nothing_in_it", None)] if empty else []) + sorted(found, key=lambda one: one[0] not in rules.ERRORS)


@router.post(
    "/workplans/{id}/endorse", response_model=WorkplanOut,
    responses=problems(*AUTHORITY, PlanHasErrors, WarningsNeedAReason, PlanOverlap, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.ENDORSE_WORKPLAN)
def endorse_workplan(work: Work, id: Id, body: EndorseIn) -> Reply:
    """Endorse a plan, or its open revision, by decision; this sets the baseline. Errors of its checks block it, warnings take a reason."""
    return done(GET_WORKPLAN, endorse(work, work.get(Workplan, id), **body.model_dump()))


SIDE = "A baseline by its revision (such as 0), a day, an instant, or now."
COMPARES = takes(
    query("from", f"{SIDE} Default the last baseline.") | {"example": "0"},
    query("to", f"{SIDE} Default now.") | {"example": "now"},
    query("stream", "Only items of the stream of this code, now or before."),
    query("agency", "Only items that this agency leads, now or before."),
)


@router.get("/workplans/{id}/compare", response_model=ComparisonOut, openapi_extra=COMPARES)
@reads(Permission.READ_WORKPLANS)
async def compare_workplan(read: Read, id: Id) -> Response:
    """Compare what a plan promised at two times: what was added, removed and changed, with old and new values and days of slip.

    A day or an instant asks what the service knew then; a day ends with its last moment in the group's time zone. Agencies bear today's codes.
    """
    given = read.accept("from", "to", "stream", "agency")
    plan = await _plan(read, id)
    agencies = await _agencies(read)
    first = await _side(read, plan, "from", given.get("from") or await _last(read, plan), agencies)
    second = await _side(read, plan, "to", given.get("to", "now"), agencies)
    lead = await _lead(read, given["agency"], agencies) if "agency" in given else None
    found = rules.only(rules.differences(first[1], second[1]), stream=given.get("stream"), lead=lead)
    sums = {"streams": rules.summed(found, "stream"), "leads": rules.summed(found, "lead")}
    return json_response(compact({"workplan": plan.shown, "from": first[0], "to": second[0]} | found | sums))


async def _agencies(read: Read) -> dict[str, str]:
    """The code of each agency by its id."""
    return {agency["id"]: agency["code"] for agency in json.loads((await read.fetch(queries.AGENCIES))[0][0])}


async def _lead(read: Read, name: str, agencies: dict[str, str]) -> str:
    found = await read.agency_id(name)
    if found is None:
        raise unfit("agency", "there is no agency of that code or alias; GET /api/v1/agencies lists them")
    return agencies[found]


async def _last(read: Read, plan: Plan) -> str:
    revisions = await read.fetch(queries.REVISIONS, id=plan.id)
    if not revisions:
        raise unfit("from", "this plan has no baseline yet; give a day or an instant")
    return str(revisions[-1][0])


async def _side(read: Read, plan: Plan, name: str, text: str, agencies: dict[str, str]) -> tuple[dict[str, Any], list[rules.Item]]:
    """A state of the plan, as it is shown, and its items."""
    if text == "now":
        items = [json.loads(row[0]) for row in await read.fetch(queries.PROMISED, id=plan.id)]
        return _shown("now", day_in(read.now, plan.zone), at=read.now), items
    if text.isascii() and text.isdigit() and len(text) < 4:
        rows = await read.fetch(queries.KEPT, id=plan.id, revision=int(text))
        if not rows:
            revisions = [str(row[0]) for row in await read.fetch(queries.REVISIONS, id=plan.id)]
            raise unfit(name, f"this plan has the baselines {', '.join(revisions)}" if revisions else "this plan has no baseline yet")
        kept, revision, on, digest = rows[0]
        return _shown("baseline", on, revision=revision, digest=digest), json.loads(kept)
    moment = _moment(name, text, plan.zone, read.now)
    then, day = await read.at(plan.group_id, moment), day_in(moment, plan.zone)
    items = [json.loads(row[0]) for row in await then.fetch(queries.PROMISED, id=plan.id, as_of=day)]
    renamed = {code: agencies[id_] for id_, code in (await _agencies(then)).items()}
    return _shown("moment", day, at=moment), [item | {"lead": item["lead"] and renamed[item["lead"]]} for item in items]


def _shown(kind: str, on: Any, *, at: datetime | None = None, **values: Any) -> dict[str, Any]:
    return {"kind": kind, "revision": None, "digest": None, "on": str(on), "at": at and instant_text(at)} | values


def _moment(name: str, text: str, zone: str, now: datetime) -> datetime:
    """The instant that a text names; a day names its last moment in the group's time zone, or this one where it is today."""
    try:
        day = parse_day(text) if len(text) == 10 else None
        found = parse_instant(text) if day is None else datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    except ValueError:
        raise unfit(name, "it takes the revision of a baseline, a day (2015-06-30), an instant (2015-06-30T12:00:00Z), or now") from None
    if (day or day_in(found, zone)) > day_in(now, zone) or (day is None and found > now):
        raise unfit(name, "nobody knows yet what will be then; give a day or an instant that is past, or now")
    return found if day is None else min(found - timedelta(microseconds=1), now)
