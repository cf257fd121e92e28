"""The REST door of the journal."""

from fastapi.responses import Response

from app.bodies.api import Kind, require_body
from app.bodies.queries import GET_BODY
from app.chairs.queries import GET_CHAIRMANSHIP
from app.core.documents import Query
from app.core.errors import NotFound
from app.core.http import GroupCode, Id, reads, rest_router
from app.core.openapi import lists
from app.core.reading import Read, json_response
from app.core.wire import Page
from app.decisions.queries import GET_DECISION
from app.deliverables.queries import GET_ASSIGNMENT, GET_DELIVERABLE
from app.fundraising.queries import GET_PROJECT, sight
from app.history.queries import CHANGES
from app.history.schemas import ChangeOut, ChangesOut
from app.meetings.queries import GET_MEETING
from app.policy import Permission
from app.workplans.queries import GET_WORKPLAN

router = rest_router("history")


FOLLOWING = ("after", "group", "entity", "id", "operation", "limit")


@router.get(
    "/changes", response_model=ChangesOut, openapi_extra=lists(CHANGES, "cursor", "sort", "count", "fields", "about", "confided", "insider")
)
@reads(Permission.READ_CHANGES)
async def list_changes(read: Read) -> Response:
    """Follow every change that you may see, in the order of commits: ask again with `after` set to `next_after`."""
    for name in read.given:
        if name not in FOLLOWING:
            raise read.unknown(name, FOLLOWING)
    found = await CHANGES.find(read, confided=read.actor.confided, insider=sight(read))
    last = found.rows[-1][1] if found.rows else int(read.given.get("after", ["0"])[0])
    return json_response(b'{"items":[%b],"next_after":%d}' % (b",".join([row[0] for row in found.rows]), last))


async def _history(read: Read, query: Query, id: str, what: str) -> Response:
    """The changes of one thing and of what belongs to it. Public rows do not show their history."""
    rows = await read.fetch(query, id=id)
    if not rows or not read.actor.sees(rows[0][2]):
        raise NotFound(what=what)
    return await CHANGES.reply(read, about=id, confided=read.actor.confided, insider=sight(read))


HISTORY = lists(CHANGES, "about", "id", "group", "after", "confided", "insider")


@router.get("/deliverables/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_deliverable_history(read: Read, id: Id) -> Response:
    """Show a deliverable's history, with that of its assignments, milestones, dependencies and progress updates."""
    return await _history(read, GET_DELIVERABLE, id, "deliverable")


@router.get("/assignments/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_assignment_history(read: Read, id: Id) -> Response:
    """Show how an assignment was asked for and answered, earlier answers too."""
    return await _history(read, GET_ASSIGNMENT, id, "assignment")


@router.get("/projects/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_project_history(read: Read, id: Id) -> Response:
    """Show a project's history, with that of its parts, consultations and money; of the money only to those inside the group."""
    return await _history(read, GET_PROJECT, id, "project")


@router.get("/workplans/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_workplan_history(read: Read, id: Id) -> Response:
    """Show a plan's history, with that of its streams and baselines."""
    return await _history(read, GET_WORKPLAN, id, "workplan")


@router.get("/decisions/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_decision_history(read: Read, id: Id) -> Response:
    """Show a decision's history, with that of its objections and action points."""
    return await _history(read, GET_DECISION, id, "decision")


@router.get("/meetings/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_meeting_history(read: Read, id: Id) -> Response:
    """Show a meeting's history, with that of its agenda, attendance and outcomes."""
    return await _history(read, GET_MEETING, id, "meeting")


@router.get("/chairmanships/{id}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_chairmanship_history(read: Read, id: Id) -> Response:
    """Show a term's history, with that of its holders."""
    return await _history(read, GET_CHAIRMANSHIP, id, "chairmanship")


@router.get("/working-groups/{id}/history", name="get_working_group_history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@router.get("/task-forces/{id}/history", name="get_task_force_history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@router.get("/secretariats/{id}/history", name="get_secretariat_history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_body_history(read: Read, kind: Kind, id: Id) -> Response:
    """Show a body's history, with that of its participations and extensions."""
    await require_body(read, id, kind)
    return await _history(read, GET_BODY, id, kind)


@router.get("/groups/{code}/history", response_model=Page[ChangeOut], openapi_extra=HISTORY)
@reads(Permission.READ_CHANGES)
async def get_group_history(read: Read, code: GroupCode) -> Response:
    """Show the changes of a group's own record."""
    group = await read.group(code)
    if not read.actor.sees(group.id):
        raise NotFound(what="group")
    return await CHANGES.reply(read, about=group.id, confided=read.actor.confided, insider=sight(read))
