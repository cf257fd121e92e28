"""The REST doors of working groups, task forces and secretariats: three addresses, one table.

A door that serves several addresses bears one route decorator for each; its operations are told apart by the address.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from app.bodies import actions, queries
from app.bodies import rules as r
from app.bodies.models import Body, Participation, Secondment
from app.bodies.schemas import (
    ActivateIn,
    BodyIn,
    BodyOut,
    BodyPatch,
    ExtensionIn,
    ExtensionOut,
    ParticipationIn,
    ParticipationOut,
    ParticipationPatch,
    RestIn,
    SecondmentIn,
    SecondmentOut,
    SecondmentPatch,
)
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, shows, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.groups.actions import name_group
from app.groups.rules import EndsBeforeItStarts
from app.membership.rules import NotAMember, NotInTheGroup
from app.policy import Permission

router = rest_router("bodies")

KINDS = {"working-groups": r.WORKING_GROUP, "task-forces": r.TASK_FORCE, "secretariats": r.SECRETARIAT}
PATHS = {kind: f"/{path}" for path, kind in KINDS.items()}


async def kind_of(request: Request) -> str:
    """Which kind of body an address is about, from its first segment."""
    return KINDS[request.url.path.split("/")[3]]


Kind = Annotated[str, Depends(kind_of)]


async def require_body(read: Read, id: str, kind: str) -> None:
    """404 for a body that the reader may not see, or that has another kind than its address."""
    rows = await read.fetch(queries.GET_BODY, id=id)
    if not rows or rows[0][4] != kind or not (read.actor.sees(rows[0][2]) or rows[0][3]):
        raise NotFound(what=kind.replace("_", " "))


@router.get("/working-groups", name="list_working_groups", response_model=Page[BodyOut], openapi_extra=lists(queries.BODIES, "kind"))
@router.get("/task-forces", name="list_task_forces", response_model=Page[BodyOut], openapi_extra=lists(queries.BODIES, "kind"))
@router.get("/secretariats", name="list_secretariats", response_model=Page[BodyOut], openapi_extra=lists(queries.BODIES, "kind"))
@reads(Permission.READ_BODIES)
async def list_bodies(read: Read, kind: Kind) -> Response:
    """List the bodies of this kind; with `as_of` only those whose mandate covers that day."""
    return await queries.BODIES.reply(read, kind=kind)


@router.get("/working-groups/{id}", name="get_working_group", response_model=BodyOut, openapi_extra=takes(AS_OF))
@router.get("/task-forces/{id}", name="get_task_force", response_model=BodyOut, openapi_extra=takes(AS_OF))
@router.get("/secretariats/{id}", name="get_secretariat", response_model=BodyOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_BODIES)
async def get_body(read: Read, kind: Kind, id: Id) -> Response:
    """Show one body; what follows from dates is worked out for `as_of`, default today."""
    await require_body(read, id, kind)
    return await read.item(queries.GET_BODY, id, kind, as_of=read.day(read.accept("as_of")))


PROPOSING = problems(
    *AUTHORITY[1:],
    r.SunsetRequired,
    r.SunsetNotAfterStart,
    r.SunsetBeyondModality,
    r.SunsetNotApplicable,
    r.BodyCodeTaken,
    r.SunsetPassed,
    WrongState,
    UnknownReference,
)

A_WORKING_GROUP = shows(
    group="gmg",
    code="WG-DATA",
    name="Data and Research",
    mandate="Strengthen the evidence base.",
    starts_on="2011-01-01",
    sources=["gmg_wg_data"],
)
A_SECRETARIAT = shows(
    group="gmg",
    code="SEC",
    name="Administrative secretariat",
    starts_on="2013-01-01",
    sunset_on="2015-12-31",
    host="IOM",
    certainty="assumed",
)


@router.post(
    "/working-groups",
    name="propose_working_group",
    status_code=201,
    response_model=BodyOut,
    responses=PROPOSING,
    openapi_extra=A_WORKING_GROUP,
)
@router.post("/task-forces", name="propose_task_force", status_code=201, response_model=BodyOut, responses=PROPOSING)
@router.post(
    "/secretariats", name="propose_secretariat", status_code=201, response_model=BodyOut, responses=PROPOSING, openapi_extra=A_SECRETARIAT
)
@writes(Permission.PROPOSE_BODY)
def propose_body(work: Work, kind: Kind, body: BodyIn) -> Reply:
    """Propose a body of this kind."""
    group = name_group(work, body.group)
    return created(queries.GET_BODY, actions.propose_body(work, group, kind, **body.model_dump(exclude={"group"})), PATHS[kind])


AMENDING = problems(r.BodyCodeTaken, r.SunsetPassed, WrongState, UnknownReference)


@router.patch("/working-groups/{id}", name="amend_working_group", response_model=BodyOut, responses=AMENDING)
@router.patch("/task-forces/{id}", name="amend_task_force", response_model=BodyOut, responses=AMENDING)
@router.patch("/secretariats/{id}", name="amend_secretariat", response_model=BodyOut, responses=AMENDING)
@writes(Permission.AMEND_BODY)
def amend_body(work: Work, kind: Kind, id: Id, body: BodyPatch) -> Reply:
    """Change a body's name, mandate, review day or place."""
    found = work.get(Body, id, kind=kind)
    return done(queries.GET_BODY, actions.amend_body(work, found, **body.model_dump(exclude_unset=True)))


ACTIVATING = problems(*AUTHORITY, r.BodyNeedsChair, r.SunsetPassed, WrongState, UnknownReference)


@router.post("/working-groups/{id}/activate", name="activate_working_group", response_model=BodyOut, responses=ACTIVATING)
@router.post("/task-forces/{id}/activate", name="activate_task_force", response_model=BodyOut, responses=ACTIVATING)
@router.post("/secretariats/{id}/activate", name="activate_secretariat", response_model=BodyOut, responses=ACTIVATING)
@writes(Permission.ACTIVATE_BODY)
def activate_body(work: Work, kind: Kind, id: Id, body: ActivateIn) -> Reply:
    """Put a proposed or dormant body to work."""
    return done(queries.GET_BODY, actions.activate_body(work, work.get(Body, id, kind=kind), body.decision))


@router.post("/working-groups/{id}/rest", name="rest_working_group", response_model=BodyOut, responses=problems(WrongState))
@writes(Permission.REST_BODY)
def rest_body(work: Work, kind: Kind, id: Id, body: RestIn) -> Reply:
    """Let an active working group rest."""
    return done(queries.GET_BODY, actions.rest_body(work, work.get(Body, id, kind=kind), body.reason))


EXTENDING = problems(
    *AUTHORITY, r.ReasonRequired, r.ExtensionNotLater, r.ExtensionTooLong, r.NoExtensionsLeft, WrongState, UnknownReference
)


@router.post("/task-forces/{id}/extensions", name="extend_task_force", status_code=201, response_model=ExtensionOut, responses=EXTENDING)
@router.post("/secretariats/{id}/extensions", name="extend_secretariat", status_code=201, response_model=ExtensionOut, responses=EXTENDING)
@writes(Permission.EXTEND_BODY)
def extend_body(work: Work, kind: Kind, id: Id, body: ExtensionIn) -> Reply:
    """Move the sunset to a later day, by decision and with a reason; this is taken after the sunset too."""
    found = work.get(Body, id, kind=kind)
    return created(queries.GET_EXTENSION, actions.extend_body(work, found, **body.model_dump()), f"{PATHS[kind]}/{id}/extensions")


@router.get(
    "/task-forces/{id}/extensions",
    name="list_extensions",
    response_model=Page[ExtensionOut],
    openapi_extra=lists(queries.EXTENSIONS, "body", "group"),
)
@router.get(
    "/secretariats/{id}/extensions",
    name="list_secretariat_extensions",
    response_model=Page[ExtensionOut],
    openapi_extra=lists(queries.EXTENSIONS, "body", "group"),
)
@reads(Permission.READ_BODIES)
async def list_extensions(read: Read, kind: Kind, id: Id) -> Response:
    """List the extensions of a sunset, the first one first."""
    await require_body(read, id, kind)
    return await queries.EXTENSIONS.reply(read, body=id)


@router.get(
    "/working-groups/{id}/participations",
    name="list_working_group_participations",
    response_model=Page[ParticipationOut],
    openapi_extra=lists(queries.PARTICIPATIONS, "body", "group"),
)
@router.get(
    "/task-forces/{id}/participations",
    name="list_task_force_participations",
    response_model=Page[ParticipationOut],
    openapi_extra=lists(queries.PARTICIPATIONS, "body", "group"),
)
@router.get(
    "/secretariats/{id}/participations",
    name="list_secretariat_participations",
    response_model=Page[ParticipationOut],
    openapi_extra=lists(queries.PARTICIPATIONS, "body", "group"),
)
@reads(Permission.READ_BODIES)
async def list_participations(read: Read, kind: Kind, id: Id) -> Response:
    """List who takes or took part in a body; with `as_of` only those who do on that day."""
    await require_body(read, id, kind)
    return await queries.PARTICIPATIONS.reply(read, body=id)


JOINING = problems(NotAMember, NotInTheGroup, r.AlreadyParticipating, r.SunsetPassed, EndsBeforeItStarts, WrongState, UnknownReference)


@router.post(
    "/working-groups/{id}/participations", name="join_working_group", status_code=201, response_model=ParticipationOut, responses=JOINING
)
@router.post(
    "/task-forces/{id}/participations", name="join_task_force", status_code=201, response_model=ParticipationOut, responses=JOINING
)
@router.post(
    "/secretariats/{id}/participations", name="join_secretariat", status_code=201, response_model=ParticipationOut, responses=JOINING
)
@writes(Permission.JOIN_BODY)
def join_body(work: Work, kind: Kind, id: Id, body: ParticipationIn) -> Reply:
    """Let an agency take part in a body as chair, co-chair, member or observer."""
    found = work.get(Body, id, kind=kind)
    return created(queries.GET_PARTICIPATION, actions.join_body(work, found, **body.model_dump()), f"{PATHS[kind]}/{id}/participations")


LEAVING = problems(NotAMember, NotInTheGroup, r.AlreadyParticipating, r.LastChair, r.SunsetPassed, EndsBeforeItStarts, WrongState)


@router.patch(
    "/working-groups/{id}/participations/{participation}",
    name="amend_working_group_participation",
    response_model=ParticipationOut,
    responses=LEAVING,
)
@router.patch(
    "/task-forces/{id}/participations/{participation}",
    name="amend_task_force_participation",
    response_model=ParticipationOut,
    responses=LEAVING,
)
@router.patch(
    "/secretariats/{id}/participations/{participation}",
    name="amend_secretariat_participation",
    response_model=ParticipationOut,
    responses=LEAVING,
)
@writes(Permission.AMEND_PARTICIPATION)
def amend_participation(work: Work, kind: Kind, id: Id, participation: Id, body: ParticipationPatch) -> Reply:
    """End a participation, or correct its days or role."""
    found = work.get(Body, id, kind=kind)
    part = work.get(Participation, participation, body_id=found.id)
    return done(queries.GET_PARTICIPATION, actions.amend_participation(work, found, part, **body.model_dump(exclude_unset=True)))


@router.get("/secretariats/{id}/staff", response_model=Page[SecondmentOut], openapi_extra=lists(queries.SECONDMENTS, "body", "group"))
@reads(Permission.READ_APPOINTMENTS)
async def list_staff(read: Read, kind: Kind, id: Id) -> Response:
    """List who is or was seconded to a secretariat; with `as_of` only those who are on that day."""
    await require_body(read, id, kind)
    return await queries.SECONDMENTS.reply(read, body=id)


@router.post(
    "/secretariats/{id}/staff", status_code=201, response_model=SecondmentOut,
    responses=problems(r.SunsetPassed, EndsBeforeItStarts, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.SECOND_STAFF)
def second_staff(work: Work, kind: Kind, id: Id, body: SecondmentIn) -> Reply:
    """Record that an agency seconds somebody to a secretariat."""
    found = work.get(Body, id, kind=kind)
    return created(queries.GET_SECONDMENT, actions.second_staff(work, found, **body.model_dump()), f"/secretariats/{id}/staff")


@router.patch(
    "/secretariats/{id}/staff/{secondment}",
    response_model=SecondmentOut,
    responses=problems(r.SunsetPassed, EndsBeforeItStarts, WrongState),
)
@writes(Permission.AMEND_SECONDMENT)
def amend_secondment(work: Work, kind: Kind, id: Id, secondment: Id, body: SecondmentPatch) -> Reply:
    """End a secondment, or correct its days."""
    found = work.get(Body, id, kind=kind)
    row = work.get(Secondment, secondment, body_id=found.id)
    return done(queries.GET_SECONDMENT, actions.amend_secondment(work, found, row, **body.model_dump(exclude_unset=True)))
