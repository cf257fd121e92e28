"""The REST door of groups."""

from fastapi.responses import Response

from app.core.http import GroupCode, Reply, done, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.groups import actions, queries
from app.groups.rules import EndsBeforeItStarts, GroupCodeTaken, UnknownTimeZone
from app.groups.schemas import GroupIn, GroupOut, GroupPatch
from app.policy import Permission

router = rest_router("groups")


@router.get("/groups", response_model=Page[GroupOut], openapi_extra=lists(queries.GROUPS))
@reads(Permission.READ_GROUPS)
async def list_groups(read: Read) -> Response:
    """List the groups that you may see."""
    return await queries.GROUPS.reply(read)


@router.get("/groups/{code}", response_model=GroupOut)
@reads(Permission.READ_GROUPS)
async def get_group(read: Read, code: GroupCode) -> Response:
    """Show one group by its code."""
    read.accept()
    return await read.item(queries.GET_GROUP, (await read.group(code)).id, "group")


@router.post("/groups", status_code=201, response_model=GroupOut, responses=problems(GroupCodeTaken, UnknownTimeZone, EndsBeforeItStarts))
@writes(Permission.ESTABLISH_GROUP)
def establish_group(work: Work, body: GroupIn) -> Reply:
    """Establish a coordination group."""
    group = actions.establish_group(work, **body.model_dump())
    return Reply(queries.GET_GROUP, group.id, 201, f"/api/v1/groups/{group.code}")


@router.patch("/groups/{code}", response_model=GroupOut, responses=problems(UnknownTimeZone, EndsBeforeItStarts))
@writes(Permission.AMEND_GROUP)
def amend_group(work: Work, code: GroupCode, body: GroupPatch) -> Reply:
    """Change a group's name, mandate, time zone or habits."""
    group = actions.load_group(work, code)
    return done(queries.GET_GROUP, actions.amend_group(work, group, **body.model_dump(exclude_unset=True)))
