"""The REST door of deliverables."""

from fastapi.responses import Response

from app.bodies.rules import SunsetPassed
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.deliverables import actions, queries
from app.deliverables.models import Deliverable
from app.deliverables.rules import DeliverableCodeTaken, DeliveredInTheFuture, DueAfterSunset, EvidenceRequired, LeadRequired
from app.deliverables.schemas import DeliverableIn, DeliverableOut, DeliverablePatch, DeliverIn, ReopenIn, WhyIn
from app.deliverables.update_actions import confirm_deliverable as confirm
from app.policy import Permission
from app.workplans.models import Stream
from app.workplans.rules import RevisionRequired

router = rest_router("deliverables")


@router.get("/deliverables", response_model=Page[DeliverableOut], openapi_extra=lists(queries.DELIVERABLES))
@reads(Permission.READ_DELIVERABLES)
async def list_deliverables(read: Read) -> Response:
    """List deliverables; who leads them and what is late is worked out for `as_of`, default today."""
    return await queries.DELIVERABLES.reply(read)


@router.get("/deliverables/{id}", response_model=DeliverableOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_DELIVERABLES)
async def get_deliverable(read: Read, id: Id) -> Response:
    """Show one deliverable as of a day, default today."""
    day = read.day(read.accept("as_of"))
    return await read.item(queries.SHOW_DELIVERABLE, id, "deliverable", unless_kept=queries.GET_DELIVERABLE, as_of=day)


STRUCTURE = problems(RevisionRequired, DeliverableCodeTaken, DueAfterSunset, SunsetPassed, WrongState, UnknownReference)
STEP = problems(SunsetPassed, WrongState)


@router.post("/deliverables", status_code=201, response_model=DeliverableOut, responses=STRUCTURE)
@writes(Permission.ADD_DELIVERABLE)
def add_deliverable(work: Work, body: DeliverableIn) -> Reply:
    """Add a deliverable to a stream of a plan that is not endorsed, or is being revised."""
    stream = work.refer(Stream, body.stream, "/stream")
    values = body.model_dump(exclude={"stream"})
    return created(queries.GET_DELIVERABLE, actions.add_deliverable(work, stream, **values), "/deliverables")


@router.patch("/deliverables/{id}", response_model=DeliverableOut, responses=STRUCTURE)
@writes(Permission.AMEND_DELIVERABLE)
def amend_deliverable(work: Work, id: Id, body: DeliverablePatch) -> Reply:
    """Change a deliverable. Its former codes and titles stay findable."""
    deliverable = work.get(Deliverable, id)
    return done(queries.GET_DELIVERABLE, actions.amend_deliverable(work, deliverable, **body.model_dump(exclude_unset=True)))


@router.post("/deliverables/{id}/start", response_model=DeliverableOut, responses=problems(LeadRequired, SunsetPassed, WrongState))
@writes(Permission.START_DELIVERABLE)
def start_deliverable(work: Work, id: Id) -> Reply:
    """Begin work; this needs an accepted lead."""
    return done(queries.GET_DELIVERABLE, actions.start_deliverable(work, work.get(Deliverable, id)))


@router.post(
    "/deliverables/{id}/deliver",
    response_model=DeliverableOut,
    responses=problems(EvidenceRequired, DeliveredInTheFuture, SunsetPassed, WrongState),
)
@writes(Permission.DELIVER_DELIVERABLE)
def deliver_deliverable(work: Work, id: Id, body: DeliverIn) -> Reply:
    """Record the delivery, with evidence or the reason why there is none."""
    return done(queries.GET_DELIVERABLE, actions.deliver_deliverable(work, work.get(Deliverable, id), **body.model_dump()))


@router.post("/deliverables/{id}/hold", response_model=DeliverableOut, responses=STEP)
@writes(Permission.HOLD_DELIVERABLE)
def hold_deliverable(work: Work, id: Id, body: WhyIn) -> Reply:
    """Put a deliverable on hold, with a reason."""
    return done(queries.GET_DELIVERABLE, actions.hold_deliverable(work, work.get(Deliverable, id), body.reason))


@router.post("/deliverables/{id}/resume", response_model=DeliverableOut, responses=STEP)
@writes(Permission.RESUME_DELIVERABLE)
def resume_deliverable(work: Work, id: Id) -> Reply:
    """Take up again what was on hold."""
    return done(queries.GET_DELIVERABLE, actions.resume_deliverable(work, work.get(Deliverable, id)))


@router.post("/deliverables/{id}/cancel", response_model=DeliverableOut, responses=STEP)
@writes(Permission.CANCEL_DELIVERABLE)
def cancel_deliverable(work: Work, id: Id, body: WhyIn) -> Reply:
    """Cancel a deliverable, with a reason; it stays in the record."""
    return done(queries.GET_DELIVERABLE, actions.cancel_deliverable(work, work.get(Deliverable, id), body.reason))


@router.post("/deliverables/{id}/supersede", response_model=DeliverableOut, responses=STEP)
@writes(Permission.SUPERSEDE_DELIVERABLE)
def supersede_deliverable(work: Work, id: Id, body: WhyIn) -> Reply:
    """Mark a deliverable as superseded by other work, with a reason."""
    return done(queries.GET_DELIVERABLE, actions.supersede_deliverable(work, work.get(Deliverable, id), body.reason))


@router.post(
    "/deliverables/{id}/reopen",
    response_model=DeliverableOut,
    responses=problems(*AUTHORITY, DueAfterSunset, SunsetPassed, WrongState, UnknownReference),
)
@writes(Permission.REOPEN_DELIVERABLE)
def reopen_deliverable(work: Work, id: Id, body: ReopenIn) -> Reply:
    """Reopen what was cancelled, superseded or (by decision) delivered."""
    return done(queries.GET_DELIVERABLE, actions.reopen_deliverable(work, work.get(Deliverable, id), **body.model_dump()))


@router.post("/deliverables/{id}/confirm", response_model=DeliverableOut, responses=STEP)
@writes(Permission.CONFIRM_DELIVERABLE)
def confirm_deliverable(work: Work, id: Id) -> Reply:
    """Say that there is nothing new, as of today."""
    return done(queries.GET_DELIVERABLE, confirm(work, work.get(Deliverable, id)))
