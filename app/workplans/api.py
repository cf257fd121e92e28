"""The REST door of workplans, streams and baselines."""

from fastapi.responses import Response

from app.bodies.rules import ReasonRequired, SunsetPassed
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.groups.actions import name_group
from app.groups.rules import EndsBeforeItStarts
from app.membership.rules import NotAMember
from app.policy import Permission
from app.workplans import actions, queries
from app.workplans.models import Stream, Workplan
from app.workplans.rules import PlanLengthOutsideModality, PlanOverlap, RevisionRequired, StreamCodeTaken, WorkplanCodeTaken
from app.workplans.schemas import BaselineOut, ReviseIn, StreamIn, StreamOut, StreamPatch, WorkplanIn, WorkplanOut, WorkplanPatch

router = rest_router("workplans")


@router.get("/workplans", response_model=Page[WorkplanOut], openapi_extra=lists(queries.WORKPLANS))
@reads(Permission.READ_WORKPLANS)
async def list_workplans(read: Read) -> Response:
    """List plans; with `as_of` only those whose period holds that day."""
    return await queries.WORKPLANS.reply(read)


@router.get("/workplans/{id}", response_model=WorkplanOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_WORKPLANS)
async def get_workplan(read: Read, id: Id) -> Response:
    """Show one plan."""
    return await read.item(queries.GET_WORKPLAN, id, "workplan", as_of=read.day(read.accept("as_of")))


DRAFTING = problems(WorkplanCodeTaken, PlanLengthOutsideModality, EndsBeforeItStarts, UnknownReference)


@router.post("/workplans", status_code=201, response_model=WorkplanOut, responses=DRAFTING)
@writes(Permission.DRAFT_WORKPLAN)
def draft_workplan(work: Work, body: WorkplanIn) -> Reply:
    """Draft a plan for a period of years."""
    group = name_group(work, body.group)
    return created(queries.GET_WORKPLAN, actions.draft_workplan(work, group, **body.model_dump(exclude={"group"})), "/workplans")


@router.patch(
    "/workplans/{id}", response_model=WorkplanOut,
    responses=problems(WorkplanCodeTaken, PlanLengthOutsideModality, EndsBeforeItStarts, RevisionRequired, PlanOverlap, WrongState),
)  # fmt: skip
@writes(Permission.AMEND_WORKPLAN)
def amend_workplan(work: Work, id: Id, body: WorkplanPatch) -> Reply:
    """Change a plan; the days of an endorsed one change only by revision."""
    return done(queries.GET_WORKPLAN, actions.amend_workplan(work, work.get(Workplan, id), **body.model_dump(exclude_unset=True)))


@router.post("/workplans/{id}/circulate", response_model=WorkplanOut, responses=problems(WrongState))
@writes(Permission.CIRCULATE_WORKPLAN)
def circulate_workplan(work: Work, id: Id) -> Reply:
    """Circulate a draft to the members."""
    return done(queries.GET_WORKPLAN, actions.circulate_workplan(work, work.get(Workplan, id)))


@router.post(
    "/workplans/{id}/revise", response_model=WorkplanOut, responses=problems(*AUTHORITY, ReasonRequired, WrongState, UnknownReference)
)
@writes(Permission.REVISE_WORKPLAN)
def revise_workplan(work: Work, id: Id, body: ReviseIn) -> Reply:
    """Open a revision of an endorsed plan, by decision; endorse it again to close the revision."""
    return done(queries.GET_WORKPLAN, actions.revise_workplan(work, work.get(Workplan, id), **body.model_dump()))


@router.get("/workplans/{id}/baselines", response_model=Page[BaselineOut], openapi_extra=lists(queries.BASELINES, "workplan", "group"))
@reads(Permission.READ_WORKPLANS)
async def list_baselines(read: Read, id: Id) -> Response:
    """List what a plan promised at each endorsement, with a hash that proves it unchanged."""
    await read.item(queries.GET_WORKPLAN, id, "workplan")
    return await queries.BASELINES.reply(read, workplan=id)


@router.get("/streams", response_model=Page[StreamOut], openapi_extra=lists(queries.STREAMS))
@reads(Permission.READ_WORKPLANS)
async def list_streams(read: Read) -> Response:
    """List streams of all plans."""
    return await queries.STREAMS.reply(read)


@router.get("/workplans/{id}/streams", response_model=Page[StreamOut], openapi_extra=lists(queries.STREAMS, "workplan", "group"))
@reads(Permission.READ_WORKPLANS)
async def list_streams_of_workplan(read: Read, id: Id) -> Response:
    """List the streams of a plan in their order."""
    await read.item(queries.GET_WORKPLAN, id, "workplan")
    return await queries.STREAMS.reply(read, workplan=id)


@router.get("/streams/{id}", response_model=StreamOut)
@reads(Permission.READ_WORKPLANS)
async def get_stream(read: Read, id: Id) -> Response:
    """Show one stream."""
    read.accept()
    return await read.item(queries.GET_STREAM, id, "stream")


OWNING = problems(RevisionRequired, StreamCodeTaken, NotAMember, SunsetPassed, WrongState, UnknownReference)


@router.post("/workplans/{id}/streams", status_code=201, response_model=StreamOut, responses=OWNING)
@writes(Permission.ADD_STREAM)
def add_stream(work: Work, id: Id, body: StreamIn) -> Reply:
    """Add a stream to a plan, or with a parent an output to a stream."""
    return created(queries.GET_STREAM, actions.add_stream(work, work.get(Workplan, id), **body.model_dump()), "/streams")


@router.patch("/streams/{id}", response_model=StreamOut, responses=OWNING)
@writes(Permission.AMEND_STREAM)
def amend_stream(work: Work, id: Id, body: StreamPatch) -> Reply:
    """Change a stream; in an endorsed plan its code, body and place need a revision."""
    return done(queries.GET_STREAM, actions.amend_stream(work, work.get(Stream, id), **body.model_dump(exclude_unset=True)))
