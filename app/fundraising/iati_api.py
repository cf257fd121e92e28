"""The REST door of published files: a project, and a group's public projects, as IATI activities."""

import json
from typing import Any

from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from app.core.countries import names
from app.core.errors import Forbidden, NotFound
from app.core.http import GroupCode, Id, problems, reads, rest_router
from app.core.openapi import query, takes
from app.core.parameters import unfit
from app.core.reading import GroupRef, Read
from app.fundraising import iati_queries
from app.fundraising.funding import sees_totals
from app.fundraising.gap import Facts, facts
from app.fundraising.iati import WHY, activities_file, obstacle
from app.fundraising.rules import NotForIati, TooManyActivities
from app.policy import Permission

router = rest_router("iati")
COUNTRY = query("country", "Only projects in this country, by its ISO 3166 code.") | {"example": "BD"}


class XmlResponse(Response):
    media_type = "application/xml"


EXAMPLE = '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03"><iati-activity>…</iati-activity></iati-activities>'
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "An IATI 2.03 activity file.", "content": {"application/xml": {"schema": {"type": "string"}, "example": EXAMPLE}}}
}


@router.get("/projects/{id}/iati", response_class=XmlResponse, responses=FILE | problems(NotForIati, Forbidden))
@reads(Permission.READ_FUNDING)
async def get_project_iati(read: Read, id: Id) -> Response:
    """Give a project as an IATI 2.03 activity file, with only what is documented of it."""
    read.accept()
    rows = await read.fetch(iati_queries.PLACE_OF_PROJECT, id=id)
    if not rows or not (read.actor.sees(rows[0][0]) or rows[0][1]):
        raise NotFound(what="project")
    # What is not public is not published: those who merely read may have what is in the group's file, and no more.
    sees_totals(read, rows[0][0], bool(rows[0][2]) and rows[0][4] == "public")
    group = await read.group(rows[0][3])
    told = facts(await read.fetch(iati_queries.OF_PROJECT, id=id, as_of=read.today(group)))
    if why := obstacle(told[0]):
        raise NotForIati(what=f"project {told[0]['code']}", why=WHY[why], reason=why)
    return await _file(read, group, told, [])


@router.get(
    "/groups/{code}/iati", response_class=XmlResponse, responses=FILE | problems(NotForIati, TooManyActivities, Forbidden), openapi_extra=takes(COUNTRY)
)  # fmt: skip
@reads(Permission.READ_FUNDING)
async def get_group_iati(read: Read, code: GroupCode) -> Response:
    """Give a group's public projects as an IATI 2.03 activity file; those that it cannot tell are named at its end, with the reason."""
    group = await read.group(code)
    sees_totals(read, group.id, bool((await read.fetch(iati_queries.PUBLISHING, id=group.id))[0][0]))
    given = read.accept("country")
    if "country" in given and given["country"] not in names():
        raise unfit("country", "it takes a two-letter code of ISO 3166-1, such as BD")
    asked = {"group": group.id, "as_of": read.today(group)}
    if "country" in given:
        rows = await read.fetch(iati_queries.IN_COUNTRY, slow=True, countries=json.dumps([given["country"]]), **asked)
    else:
        rows = await read.fetch(iati_queries.OF_GROUP, slow=True, **asked)
    if len(rows) > iati_queries.MOST:
        raise TooManyActivities(most=iati_queries.MOST)
    everything = await run_in_threadpool(facts, rows)
    obstacles = [(one, obstacle(one)) for one in everything]
    if all(why for _, why in obstacles):
        told = "; ".join(f"{one['code']}: {why}" for one, why in obstacles[:20])
        raise NotForIati(what=f"group {group.code}", why=told or "it has no public project here. Set a project's 'visibility' to public.")
    left_out = [(one["code"], why) for one, why in obstacles if why]
    return await _file(read, group, [one for one, why in obstacles if not why], left_out)


async def _file(read: Read, group: GroupRef, told: list[Facts], left_out: list[tuple[str, str]]) -> Response:
    if not read.actor.sees(group.id):
        for one in told:  # sectors are 100 per cent together: all of them, or none
            one["streams"] = one["streams"] if all(stream["published"] for stream in one["streams"]) else []
    public_url = read.request.app.state.settings.public_url
    return XmlResponse(await run_in_threadpool(activities_file, told, left_out, read.today(group), public_url))
