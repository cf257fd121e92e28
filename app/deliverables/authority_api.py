"""The REST door of the formal steps that look at deliverables: ending bodies and plans."""

from app.bodies.api import PATHS, Kind
from app.bodies.models import Body
from app.bodies.queries import GET_BODY
from app.bodies.rules import (
    BodiesBelow,
    BodyCodeTaken,
    OutcomeRequired,
    ReasonRequired,
    SunsetNotAfterStart,
    SunsetNotEarlier,
    SunsetNotPassed,
    SunsetPassed,
)
from app.bodies.schemas import BodyOut
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, rest_router, writes
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.deliverables import authority_actions as actions
from app.deliverables.rules import OpenDeliverables, SunsetStrandsDeliverables
from app.deliverables.schemas import CloseBodyIn, ConvertIn, DissolveIn, LapseIn, ShortenIn
from app.policy import Permission
from app.workplans.models import Workplan
from app.workplans.queries import GET_WORKPLAN
from app.workplans.schemas import CloseIn, WorkplanOut

router = rest_router("authority")


CLOSING = problems(OutcomeRequired, OpenDeliverables, BodiesBelow, WrongState)


@router.post("/working-groups/{id}/close", name="close_working_group", response_model=BodyOut, responses=CLOSING)
@router.post("/task-forces/{id}/close", name="close_task_force", response_model=BodyOut, responses=CLOSING)
@router.post("/secretariats/{id}/close", name="close_secretariat", response_model=BodyOut, responses=CLOSING)
@writes(Permission.CLOSE_BODY)
def close_body(work: Work, kind: Kind, id: Id, body: CloseBodyIn) -> Reply:
    """Close a body that has nothing left to deliver, and say what came of it."""
    return done(GET_BODY, actions.close_body(work, work.get(Body, id, kind=kind), **body.model_dump()))


LAPSING = problems(SunsetNotPassed, OpenDeliverables, BodiesBelow, WrongState)


@router.post("/task-forces/{id}/lapse", name="lapse_task_force", response_model=BodyOut, responses=LAPSING)
@router.post("/secretariats/{id}/lapse", name="lapse_secretariat", response_model=BodyOut, responses=LAPSING)
@writes(Permission.LAPSE_BODY)
def lapse_body(work: Work, kind: Kind, id: Id, body: LapseIn) -> Reply:
    """Record that a body's time has run out: it is past its sunset, and nobody extended it."""
    return done(GET_BODY, actions.lapse_body(work, work.get(Body, id, kind=kind), **body.model_dump()))


DISSOLVING = problems(*AUTHORITY, ReasonRequired, OpenDeliverables, BodiesBelow, WrongState, UnknownReference)


@router.post("/task-forces/{id}/dissolve", name="dissolve_task_force", response_model=BodyOut, responses=DISSOLVING)
@router.post("/secretariats/{id}/dissolve", name="dissolve_secretariat", response_model=BodyOut, responses=DISSOLVING)
@writes(Permission.DISSOLVE_BODY)
def dissolve_body(work: Work, kind: Kind, id: Id, body: DissolveIn) -> Reply:
    """Dissolve a task force or secretariat before its time, by decision."""
    return done(GET_BODY, actions.dissolve_body(work, work.get(Body, id, kind=kind), **body.model_dump()))


@router.post(
    "/task-forces/{id}/convert", name="convert_task_force", status_code=201, response_model=BodyOut,
    responses=problems(*AUTHORITY, BodyCodeTaken, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.CONVERT_BODY)
def convert_body(work: Work, kind: Kind, id: Id, body: ConvertIn) -> Reply:
    """Turn a task force into a working group, by decision; the reply is the new group."""
    successor = actions.convert_body(work, work.get(Body, id, kind=kind), **body.model_dump())
    return created(GET_BODY, successor, PATHS[successor.kind])


SHORTENING = problems(
    *AUTHORITY,
    ReasonRequired,
    SunsetNotAfterStart,
    SunsetNotEarlier,
    SunsetStrandsDeliverables,
    SunsetPassed,
    WrongState,
    UnknownReference,
)


@router.post("/task-forces/{id}/shorten", name="shorten_task_force", response_model=BodyOut, responses=SHORTENING)
@router.post("/secretariats/{id}/shorten", name="shorten_secretariat", response_model=BodyOut, responses=SHORTENING)
@writes(Permission.SHORTEN_BODY)
def shorten_body(work: Work, kind: Kind, id: Id, body: ShortenIn) -> Reply:
    """Bring a sunset forward, by decision, unless that strands a deliverable."""
    return done(GET_BODY, actions.shorten_body(work, work.get(Body, id, kind=kind), **body.model_dump()))


@router.post("/workplans/{id}/close", response_model=WorkplanOut, responses=problems(OpenDeliverables, WrongState, UnknownReference))
@writes(Permission.CLOSE_WORKPLAN)
def close_workplan(work: Work, id: Id, body: CloseIn) -> Reply:
    """Close a plan in which nothing is open, or mark it as superseded by another."""
    return done(GET_WORKPLAN, actions.close_workplan(work, work.get(Workplan, id), **body.model_dump()))
