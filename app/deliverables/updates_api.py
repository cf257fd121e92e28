"""The REST door of progress updates."""

from fastapi.responses import Response

from app.bodies.rules import SunsetPassed
from app.core.errors import NotFound, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.deliverables import queries
from app.deliverables import update_actions as actions
from app.deliverables.models import Deliverable
from app.deliverables.rules import LeadRequired
from app.deliverables.update_actions import load_update
from app.deliverables.working_schemas import ReturnIn, UpdateIn, UpdateOut, UpdatePatch
from app.policy import Permission

router = rest_router("updates")

CLAIMING = problems(LeadRequired, SunsetPassed, WrongState)


@router.get(
    "/deliverables/{id}/updates", response_model=Page[UpdateOut], openapi_extra=lists(queries.UPDATES, "deliverable", "group", "confided")
)
@reads(Permission.READ_DELIVERABLES)
async def list_updates(read: Read, id: Id) -> Response:
    """List what was reported of a deliverable, the newest first; drafts are shown to their author's agency and the secretariat."""
    await read.item(queries.GET_DELIVERABLE, id, "deliverable")
    return await queries.UPDATES.reply(read, deliverable=id, confided=read.actor.confided)


@router.get("/updates", response_model=Page[UpdateOut], openapi_extra=lists(queries.UPDATES, "confided"))
@reads(Permission.READ_DELIVERABLES)
async def list_all_updates(read: Read) -> Response:
    """List what was reported in all your groups, the newest first; `state=submitted` is what waits for a review."""
    return await queries.UPDATES.reply(read, confided=read.actor.confided)


@router.get("/updates/{id}", response_model=UpdateOut)
@reads(Permission.READ_DELIVERABLES)
async def get_update(read: Read, id: Id) -> Response:
    """Show one progress update."""
    read.accept()
    rows = await read.fetch(queries.GET_UPDATE, id=id)
    if rows and not read.actor.is_told(rows[0][2], rows[0][4]):
        raise NotFound(what="progress update")
    return await read.item(queries.GET_UPDATE, id, "progress update")


@router.post("/deliverables/{id}/updates", status_code=201, response_model=UpdateOut, responses=CLAIMING)
@writes(Permission.POST_UPDATE)
def post_update(work: Work, id: Id, body: UpdateIn) -> Reply:
    """Report on a deliverable; what the update claims counts at once, or where the group reviews updates it is a draft."""
    deliverable = work.get(Deliverable, id)
    return created(queries.GET_UPDATE, actions.post_update(work, deliverable, **body.model_dump()), "/updates")


@router.patch("/updates/{id}", response_model=UpdateOut, responses=problems(WrongState))
@writes(Permission.AMEND_UPDATE)
def amend_update(work: Work, id: Id, body: UpdatePatch) -> Reply:
    """Change a draft, or what was returned."""
    return done(queries.GET_UPDATE, actions.amend_update(work, load_update(work, id), **body.model_dump(exclude_unset=True)))


@router.post("/updates/{id}/submit", response_model=UpdateOut, responses=CLAIMING)
@writes(Permission.SUBMIT_UPDATE)
def submit_update(work: Work, id: Id) -> Reply:
    """Submit a draft, or anew what was returned, for review."""
    return done(queries.GET_UPDATE, actions.submit_update(work, load_update(work, id)))


@router.post("/updates/{id}/accept", response_model=UpdateOut, responses=CLAIMING)
@writes(Permission.ACCEPT_UPDATE)
def accept_update(work: Work, id: Id) -> Reply:
    """Accept what was submitted; what it claims counts from now on."""
    return done(queries.GET_UPDATE, actions.accept_update(work, load_update(work, id)))


@router.post("/updates/{id}/return", response_model=UpdateOut, responses=problems(WrongState))
@writes(Permission.RETURN_UPDATE)
def return_update(work: Work, id: Id, body: ReturnIn) -> Reply:
    """Return what was submitted, with a note on what is missing."""
    return done(queries.GET_UPDATE, actions.return_update(work, load_update(work, id), body.note))
