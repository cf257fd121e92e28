"""The REST door of modalities, members and appointments."""

from fastapi.responses import Response

from app.core.errors import UnknownReference
from app.core.http import GroupCode, Id, Reply, created, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.groups.actions import load_group, name_group
from app.groups.rules import EndsBeforeItStarts
from app.membership import actions, queries
from app.membership.rules import AlreadyMember, ModalityTaken, NotInTheGroup, PrincipalTaken
from app.membership.schemas import AppointmentIn, AppointmentOut, MemberIn, MemberOut, ModalityIn, ModalityOut
from app.policy import Permission

router = rest_router("membership")


@router.get("/groups/{code}/modalities", response_model=Page[ModalityOut], openapi_extra=lists(queries.MODALITIES, "group"))
@reads(Permission.READ_MODALITIES)
async def list_modalities(read: Read, code: GroupCode) -> Response:
    """List a group's operating rules, the oldest first."""
    return await queries.MODALITIES.reply(read, group=(await read.group(code)).id)


@router.post(
    "/groups/{code}/modalities", status_code=201, response_model=ModalityOut,
    responses=problems(ModalityTaken, *AUTHORITY, UnknownReference),
)  # fmt: skip
@writes(Permission.ADOPT_MODALITY)
def adopt_modality(work: Work, code: GroupCode, body: ModalityIn) -> Reply:
    """Adopt operating rules from a day on; after the first ones this needs a decision."""
    group = load_group(work, code)
    return created(queries.GET_MODALITY, actions.adopt_modality(work, group, **body.model_dump()), f"/groups/{group.code}/modalities")


@router.get("/groups/{code}/modalities/{id}", response_model=ModalityOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_MODALITIES)
async def get_modality(read: Read, code: GroupCode, id: Id) -> Response:
    """Show one set of operating rules."""
    return await read.item(queries.GET_MODALITY, id, "modality", within=(await read.group(code)).id, as_of=read.day(read.accept("as_of")))


@router.get("/groups/{code}/members", response_model=Page[MemberOut], openapi_extra=lists(queries.MEMBERS, "group"))
@reads(Permission.READ_MEMBERS)
async def list_members(read: Read, code: GroupCode) -> Response:
    """List who is in a group on a day (`as_of`, default today), as member or observer."""
    group = await read.group(code)
    return await queries.MEMBERS.reply(read, group=group.id, as_of=read.today(group))


@router.get("/groups/{code}/memberships", response_model=Page[MemberOut], openapi_extra=lists(queries.MEMBERSHIPS, "group", "as_of"))
@reads(Permission.READ_MEMBERS)
async def list_memberships(read: Read, code: GroupCode) -> Response:
    """List every period of membership in a group, past and future ones too."""
    return await queries.MEMBERSHIPS.reply(read, group=(await read.group(code)).id)


@router.get("/groups/{code}/members/{id}", response_model=MemberOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_MEMBERS)
async def get_membership(read: Read, code: GroupCode, id: Id) -> Response:
    """Show one period of membership."""
    return await read.item(
        queries.GET_MEMBERSHIP, id, "membership", within=(await read.group(code)).id, as_of=read.day(read.accept("as_of"))
    )


@router.post(
    "/groups/{code}/members", status_code=201, response_model=MemberOut,
    responses=problems(AlreadyMember, *AUTHORITY, EndsBeforeItStarts, UnknownReference),
)  # fmt: skip
@writes(Permission.ADMIT_MEMBER)
def admit_member(work: Work, code: GroupCode, body: MemberIn) -> Reply:
    """Admit an agency as member or observer; after the founding ones a member needs a decision."""
    group = load_group(work, code)
    return created(queries.GET_MEMBERSHIP, actions.admit_member(work, group, **body.model_dump()), f"/groups/{group.code}/members")


@router.get("/appointments", response_model=Page[AppointmentOut], openapi_extra=lists(queries.APPOINTMENTS))
@reads(Permission.READ_APPOINTMENTS)
async def list_appointments(read: Read) -> Response:
    """List who speaks for which agency in which group; with `as_of` only those in office on that day."""
    return await queries.APPOINTMENTS.reply(read)


@router.get("/appointments/{id}", response_model=AppointmentOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_APPOINTMENTS)
async def get_appointment(read: Read, id: Id) -> Response:
    """Show one appointment."""
    return await read.item(queries.GET_APPOINTMENT, id, "appointment", as_of=read.day(read.accept("as_of")))


@router.post(
    "/appointments", status_code=201, response_model=AppointmentOut,
    responses=problems(PrincipalTaken, NotInTheGroup, EndsBeforeItStarts, UnknownReference),
)  # fmt: skip
@writes(Permission.APPOINT_PERSON)
def appoint_person(work: Work, body: AppointmentIn) -> Reply:
    """Appoint a person as principal, focal point or alternate of an agency."""
    group = name_group(work, body.group)
    return created(queries.GET_APPOINTMENT, actions.appoint_person(work, group, **body.model_dump(exclude={"group"})), "/appointments")
