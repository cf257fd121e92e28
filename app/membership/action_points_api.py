"""The REST door of action points."""

from fastapi.responses import Response

from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions import queries
from app.decisions.models import ActionPoint
from app.decisions.rules import AskedInTheFuture, DecisionNotAdopted, DecisionPending, DoneBeforeAsked, DoneInTheFuture
from app.decisions.schemas import ActionPointIn, ActionPointOut, ActionPointPatch, ActionPointWhyIn, CompleteIn
from app.groups.actions import name_group
from app.membership import action_point_actions as actions
from app.membership.rules import NotInTheGroup
from app.policy import Permission

router = rest_router("action points")
NAMING = (UnknownReference, DecisionPending, DecisionNotAdopted)


@router.get("/action-points", response_model=Page[ActionPointOut], openapi_extra=lists(queries.ACTION_POINTS))
@reads(Permission.READ_ACTION_POINTS)
async def list_action_points(read: Read) -> Response:
    """List what agencies were asked to do, by due date; with `as_of` only what had been asked for by that day."""
    return await queries.ACTION_POINTS.reply(read)


@router.get("/action-points/{id}", response_model=ActionPointOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_ACTION_POINTS)
async def get_action_point(read: Read, id: Id) -> Response:
    """Show one action point; whether it is overdue is worked out for `as_of`, default today."""
    return await read.item(queries.GET_ACTION_POINT, id, "action point", as_of=read.day(read.accept("as_of")))


@router.post("/action-points", status_code=201, response_model=ActionPointOut, responses=problems(*NAMING, NotInTheGroup, AskedInTheFuture))
@writes(Permission.RECORD_ACTION_POINT)
def record_action_point(work: Work, body: ActionPointIn) -> Reply:
    """Record what a decision or a meeting asked an agency to do."""
    group = name_group(work, body.group)
    point = actions.record_action_point(work, group, **body.model_dump(exclude={"group"}))
    return created(queries.GET_ACTION_POINT, point, "/action-points")


@router.patch(
    "/action-points/{id}",
    response_model=ActionPointOut,
    responses=problems(*NAMING, NotInTheGroup, AskedInTheFuture, DoneBeforeAsked),
)
@writes(Permission.AMEND_ACTION_POINT)
def amend_action_point(work: Work, id: Id, body: ActionPointPatch) -> Reply:
    """Correct an action point: its text, due date, owner, or the decision behind it."""
    point = work.get(ActionPoint, id)
    return done(queries.GET_ACTION_POINT, actions.amend_action_point(work, point, **body.model_dump(exclude_unset=True)))


@router.post(
    "/action-points/{id}/complete", response_model=ActionPointOut, responses=problems(DoneInTheFuture, DoneBeforeAsked, WrongState)
)
@writes(Permission.COMPLETE_ACTION_POINT)
def complete_action_point(work: Work, id: Id, body: CompleteIn) -> Reply:
    """Say that what was asked for is done; the agency that was asked may say so itself."""
    point = work.get(ActionPoint, id)
    return done(queries.GET_ACTION_POINT, actions.complete_action_point(work, point, **body.model_dump()))


@router.post("/action-points/{id}/cancel", response_model=ActionPointOut, responses=problems(WrongState))
@writes(Permission.CANCEL_ACTION_POINT)
def cancel_action_point(work: Work, id: Id, body: ActionPointWhyIn) -> Reply:
    """Say why what was asked for is no longer to be done."""
    return done(queries.GET_ACTION_POINT, actions.cancel_action_point(work, work.get(ActionPoint, id), body.reason))


@router.post("/action-points/{id}/reopen", response_model=ActionPointOut)
@writes(Permission.REOPEN_ACTION_POINT)
def reopen_action_point(work: Work, id: Id, body: ActionPointWhyIn) -> Reply:
    """Open again what was said to be done or was cancelled, with the reason."""
    return done(queries.GET_ACTION_POINT, actions.reopen_action_point(work, work.get(ActionPoint, id), body.reason))
