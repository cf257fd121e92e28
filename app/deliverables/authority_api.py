"""The REST door of the formal steps that look at deliverables: ending bodies."""

from app.bodies.api import PATHS, Kind
from app.bodies.models import Body
from app.bodies.queries import GET_BODY
from app.bodies.rules import BodyCodeTaken, OutcomeRequired, ReasonRequired, SunsetNotAfterStart, SunsetNotEarlier, SunsetPassed
from app.bodies.schemas import BodyOut
from app.core.errors import UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, rest_router, writes
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.deliverables import authority_actions as actions
from app.deliverables.rules import OpenDeliverables, SunsetStrandsDeliverables
from app.deliverables.schemas import CloseBodyIn, ConvertIn, DissolveIn, ShortenIn
from app.policy import Permission

router = rest_router("authority")


CLOSING = problems(OutcomeRequired, OpenDeliverables, WrongState)


@router.post("/working-groups/{id}/close", name="close_working_group", response_model=BodyOut, responses=CLOSING)
@router.post("/task-forces/{id}/close", name="close_task_force", response_model=BodyOut, responses=CLOSING)
@router.post("/secretariats/{id}/close", name="close_secretariat", response_model=BodyOut, responses=CLOSING)
@writes(Permission.CLOSE_BODY)
def close_body(work: Work, kind: Kind, id: Id, body: CloseBodyIn) -> Reply:
    """Close a body that has nothing left to deliver, and say what came of it."""
    return done(GET_BODY, actions.close_body(work, work.get(Body, id, kind=kind), **body.model_dump()))


DISSOLVING = problems(*AUTHORITY, ReasonRequired, OpenDeliverables, WrongState, UnknownReference)


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
