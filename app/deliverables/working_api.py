"""The REST door of milestones and dependencies."""

from fastapi.responses import Response

from app.bodies.rules import SunsetPassed
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.deliverables import working_actions as actions
from app.deliverables import working_queries as queries
from app.deliverables.models import Deliverable, Dependency, Milestone
from app.deliverables.queries import GET_DELIVERABLE
from app.deliverables.rules import AlreadyWaiting, DependencyCycle, ReachedInTheFuture
from app.deliverables.schemas import WhyIn
from app.deliverables.working_schemas import DependencyIn, DependencyOut, MilestoneIn, MilestoneOut, MilestonePatch, ReachIn
from app.policy import Permission
from app.workplans.rules import RevisionRequired

router = rest_router("working")


@router.get("/milestones", response_model=Page[MilestoneOut], openapi_extra=lists(queries.MILESTONES))
@reads(Permission.READ_DELIVERABLES)
async def list_milestones(read: Read) -> Response:
    """List milestones by due date; what is reached and late is worked out for `as_of`, default today."""
    return await queries.MILESTONES.reply(read)


@router.get(
    "/deliverables/{id}/milestones", response_model=Page[MilestoneOut], openapi_extra=lists(queries.MILESTONES, "deliverable", "group")
)
@reads(Permission.READ_DELIVERABLES)
async def list_milestones_of_deliverable(read: Read, id: Id) -> Response:
    """List the milestones of a deliverable, withdrawn ones too."""
    await read.item(GET_DELIVERABLE, id, "deliverable")
    return await queries.MILESTONES.reply(read, deliverable=id)


@router.get("/milestones/{id}", response_model=MilestoneOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_DELIVERABLES)
async def get_milestone(read: Read, id: Id) -> Response:
    """Show one milestone as of a day, default today."""
    return await read.item(queries.GET_MILESTONE, id, "milestone", as_of=read.day(read.accept("as_of")))


CHANGING = problems(SunsetPassed, WrongState)


@router.post("/deliverables/{id}/milestones", status_code=201, response_model=MilestoneOut, responses=CHANGING)
@writes(Permission.ADD_MILESTONE)
def add_milestone(work: Work, id: Id, body: MilestoneIn) -> Reply:
    """Add a milestone to a deliverable; it is promised with the next endorsement of the plan."""
    milestone = actions.add_milestone(work, work.get(Deliverable, id), **body.model_dump())
    return created(queries.GET_MILESTONE, milestone, "/milestones")


@router.patch("/milestones/{id}", response_model=MilestoneOut, responses=problems(RevisionRequired, SunsetPassed, WrongState))
@writes(Permission.AMEND_MILESTONE)
def amend_milestone(work: Work, id: Id, body: MilestonePatch) -> Reply:
    """Change a milestone; its due date, once promised, only by a revision of the plan."""
    return done(queries.GET_MILESTONE, actions.amend_milestone(work, work.get(Milestone, id), **body.model_dump(exclude_unset=True)))


NO_DAY = ReachIn()


@router.post("/milestones/{id}/reach", response_model=MilestoneOut, responses=problems(ReachedInTheFuture, SunsetPassed, WrongState))
@writes(Permission.REACH_MILESTONE)
def reach_milestone(work: Work, id: Id, body: ReachIn = NO_DAY) -> Reply:
    """Say that a milestone was reached, on a day (default today)."""
    return done(queries.GET_MILESTONE, actions.reach_milestone(work, work.get(Milestone, id), body.done_on))


@router.post("/milestones/{id}/withdraw", response_model=MilestoneOut, responses=problems(WrongState))
@writes(Permission.WITHDRAW_MILESTONE)
def withdraw_milestone(work: Work, id: Id, body: WhyIn) -> Reply:
    """Withdraw a milestone, with a reason; it stays in the record."""
    return done(queries.GET_MILESTONE, actions.withdraw_milestone(work, work.get(Milestone, id), body.reason))


@router.post("/milestones/{id}/reopen", response_model=MilestoneOut, responses=CHANGING)
@writes(Permission.REOPEN_MILESTONE)
def reopen_milestone(work: Work, id: Id, body: WhyIn) -> Reply:
    """Take back that a milestone was reached or withdrawn, with a reason."""
    return done(queries.GET_MILESTONE, actions.reopen_milestone(work, work.get(Milestone, id), body.reason))


@router.get(
    "/deliverables/{id}/dependencies", response_model=Page[DependencyOut], openapi_extra=lists(queries.DEPENDENCIES, "deliverable", "group")
)
@reads(Permission.READ_DELIVERABLES)
async def list_dependencies(read: Read, id: Id) -> Response:
    """List what a deliverable waits for, and waited for once; `waiting=true` leaves what is still open."""
    await read.item(GET_DELIVERABLE, id, "deliverable")
    return await queries.DEPENDENCIES.reply(read, deliverable=id)


@router.get(
    "/deliverables/{id}/dependents", response_model=Page[DependencyOut], openapi_extra=lists(queries.DEPENDENCIES, "waits_for", "group")
)
@reads(Permission.READ_DELIVERABLES)
async def list_dependents(read: Read, id: Id) -> Response:
    """List what waits for a deliverable, and waited for it once."""
    await read.item(GET_DELIVERABLE, id, "deliverable")
    return await queries.DEPENDENCIES.reply(read, waits_for=id)


@router.get("/dependencies/{id}", response_model=DependencyOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_DELIVERABLES)
async def get_dependency(read: Read, id: Id) -> Response:
    """Show one dependency as of a day, default today."""
    return await read.item(queries.GET_DEPENDENCY, id, "dependency", as_of=read.day(read.accept("as_of")))


@router.post(
    "/deliverables/{id}/dependencies", status_code=201, response_model=DependencyOut,
    responses=problems(DependencyCycle, AlreadyWaiting, SunsetPassed, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.ADD_DEPENDENCY)
def add_dependency(work: Work, id: Id, body: DependencyIn) -> Reply:
    """Let a deliverable wait for another of its group, in whichever plan; circles are refused."""
    dependency = actions.add_dependency(work, work.get(Deliverable, id), **body.model_dump())
    return created(queries.GET_DEPENDENCY, dependency, "/dependencies")


@router.post("/dependencies/{id}/end", response_model=DependencyOut, responses=problems(WrongState))
@writes(Permission.END_DEPENDENCY)
def end_dependency(work: Work, id: Id, body: WhyIn) -> Reply:
    """End a dependency, with a reason."""
    return done(queries.GET_DEPENDENCY, actions.end_dependency(work, work.get(Dependency, id), body.reason))
