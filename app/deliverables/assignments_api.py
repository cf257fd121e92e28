"""The REST door of assignments."""

from typing import Any

from fastapi.responses import Response

from app.bodies.rules import SunsetPassed
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.deliverables import assignment_actions as actions
from app.deliverables import queries
from app.deliverables.models import Assignment, Deliverable
from app.deliverables.rules import AlreadyAsked, EvidenceRequired, LeadTaken, OnBehalfOfAnother
from app.deliverables.schemas import AcceptIn, AssignmentIn, AssignmentOut, AssignmentPatch, DeclineIn, EndIn, TransferIn
from app.groups.rules import EndsBeforeItStarts
from app.membership.rules import NotAMember, NotInTheGroup
from app.policy import Permission

router = rest_router("assignments")


@router.get("/assignments", response_model=Page[AssignmentOut], openapi_extra=lists(queries.ASSIGNMENTS))
@reads(Permission.READ_ASSIGNMENTS)
async def list_assignments(read: Read) -> Response:
    """List the parts of agencies, asked, answered and ended; with `as_of` only the accepted ones in force on that day."""
    return await queries.ASSIGNMENTS.reply(read)


@router.get("/me/assignments", response_model=Page[AssignmentOut], openapi_extra=lists(queries.MY_ASSIGNMENTS, "agency", "own"))
@reads(Permission.READ_ASSIGNMENTS)
async def list_my_assignments(read: Read) -> Response:
    """List the parts of the agencies that you speak for, in all your groups, by due date; `open=true` leaves what is still to be done."""
    own = sorted((group, agency) for group in read.actor.groups for agency in read.actor.speaks_for(group))
    agencies = sorted({agency for _, agency in own})
    one = agencies[0] if len(agencies) == 1 else agencies
    return await queries.MY_ASSIGNMENTS.reply(read, agency=one, own=[f"{group}:{agency}" for group, agency in own])


@router.get("/assignments/{id}", response_model=AssignmentOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_ASSIGNMENTS)
async def get_assignment(read: Read, id: Id) -> Response:
    """Show one assignment."""
    return await read.item(queries.GET_ASSIGNMENT, id, "assignment", as_of=read.day(read.accept("as_of")))


@router.get(
    "/deliverables/{id}/assignments", response_model=Page[AssignmentOut], openapi_extra=lists(queries.ASSIGNMENTS, "deliverable", "group")
)
@reads(Permission.READ_ASSIGNMENTS)
async def list_assignments_of_deliverable(read: Read, id: Id) -> Response:
    """List every part that agencies have or had in a deliverable."""
    await read.item(queries.GET_DELIVERABLE, id, "deliverable")
    return await queries.ASSIGNMENTS.reply(read, deliverable=id)


ASKING = problems(NotAMember, NotInTheGroup, AlreadyAsked, EndsBeforeItStarts, SunsetPassed, WrongState, UnknownReference)


@router.post("/deliverables/{id}/assignments", status_code=201, response_model=AssignmentOut, responses=ASKING)
@writes(Permission.PROPOSE_ASSIGNMENT)
def propose_assignment(work: Work, id: Id, body: AssignmentIn) -> Reply:
    """Ask an agency for a part in a deliverable."""
    deliverable = work.get(Deliverable, id)
    return created(queries.GET_ASSIGNMENT, actions.propose_assignment(work, deliverable, **body.model_dump()), "/assignments")


@router.patch(
    "/assignments/{id}",
    response_model=AssignmentOut,
    responses=problems(NotAMember, NotInTheGroup, EndsBeforeItStarts, LeadTaken, SunsetPassed, WrongState),
)
@writes(Permission.AMEND_ASSIGNMENT)
def amend_assignment(work: Work, id: Id, body: AssignmentPatch) -> Reply:
    """Correct what was asked: its first day, the day to answer by, its provenance."""
    return done(queries.GET_ASSIGNMENT, actions.amend_assignment(work, work.get(Assignment, id), **body.model_dump(exclude_unset=True)))


NO_WORDS = AcceptIn()
ANSWERING = problems(
    NotAMember, NotInTheGroup, EvidenceRequired, OnBehalfOfAnother, LeadTaken, AlreadyAsked, SunsetPassed, WrongState, UnknownReference
)


@router.post("/assignments/{id}/accept", response_model=AssignmentOut, responses=ANSWERING)
@writes(Permission.ACCEPT_ASSIGNMENT)
def accept_assignment(work: Work, id: Id, body: AcceptIn = NO_WORDS) -> Reply:
    """Accept a part; the secretariat only by proxy, with evidence."""
    return done(queries.GET_ASSIGNMENT, actions.accept_assignment(work, work.get(Assignment, id), **body.model_dump()))


@router.post("/assignments/{id}/decline", response_model=AssignmentOut, responses=ANSWERING)
@writes(Permission.DECLINE_ASSIGNMENT)
def decline_assignment(work: Work, id: Id, body: DeclineIn) -> Reply:
    """Decline a part with a typed reason, and perhaps suggest another agency."""
    return done(queries.GET_ASSIGNMENT, actions.decline_assignment(work, work.get(Assignment, id), **body.model_dump()))


@router.post("/assignments/{id}/end", response_model=AssignmentOut, responses=problems(EndsBeforeItStarts, SunsetPassed, WrongState))
@writes(Permission.END_ASSIGNMENT)
def end_assignment(work: Work, id: Id, body: EndIn) -> Reply:
    """End a part; who had it until then stays known."""
    return done(queries.GET_ASSIGNMENT, actions.end_assignment(work, work.get(Assignment, id), **body.model_dump()))


TAKEN_OVER: dict[int | str, dict[str, Any]] = {
    200: {"model": AssignmentOut, "description": "That agency has been asked to take it over already."}
}


@router.post(
    "/assignments/{id}/transfer", status_code=201, response_model=AssignmentOut,
    responses=TAKEN_OVER | problems(NotAMember, NotInTheGroup, AlreadyAsked, EndsBeforeItStarts, SunsetPassed, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.TRANSFER_ASSIGNMENT)
def transfer_assignment(work: Work, id: Id, body: TransferIn) -> Reply:
    """Hand a part over: it ends, and another agency is asked for the same role from the following day. The reply is what it is asked."""
    taken_over = actions.transfer_assignment(work, work.get(Assignment, id), **body.model_dump())
    if taken_over.created_at != work.now:
        return done(queries.GET_ASSIGNMENT, taken_over)
    return created(queries.GET_ASSIGNMENT, taken_over, "/assignments")
