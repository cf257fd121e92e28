"""The REST door of what an agency leaves behind: its end in a group, or that of whoever speaks for it, lists the parts that it orphans."""

from datetime import date
from typing import Any

from fastapi.responses import Response

from app.chairs.actions import amend_membership as change_membership
from app.core.dates import day_in
from app.core.documents import Query
from app.core.errors import NotFound, UnknownReference
from app.core.http import GroupCode, Id, Reply, done, problems, reads, rest_router, writes
from app.core.listing import Listing
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.deliverables import working_queries as queries
from app.deliverables.schemas import AssignmentOut
from app.deliverables.working_schemas import ChangedAppointmentOut, ChangedMemberOut
from app.groups.actions import load_group
from app.groups.rules import EndsBeforeItStarts
from app.membership.actions import amend_appointment as change_appointment
from app.membership.models import Appointment, Membership
from app.membership.rules import AlreadyMember, NotInTheGroup, PrincipalTaken, TermDependsOnMembership
from app.membership.schemas import AppointmentPatch, MemberPatch
from app.policy import Permission

router = rest_router("orphans")


async def _left(read: Read, listing: Listing, query: Query, what: str, id: str, within: str | None = None) -> Response:
    rows = await read.fetch(query, id=id)
    if not rows or not read.actor.sees(rows[0][1]) or within not in (None, rows[0][1]):
        raise NotFound(what=what)
    agency, group, ends_on, zone = rows[0]
    given: dict[str, Any] = (
        {} if "ends_on" in read.given else {"ends_on": date.fromisoformat(ends_on) if ends_on else day_in(read.now, zone)}
    )
    return await listing.reply(read, agency=agency, group=group, **{what: id}, **given)


@router.get(
    "/groups/{code}/members/{id}/orphans", response_model=Page[AssignmentOut],
    openapi_extra=lists(queries.LEFT_BY_MEMBER, "agency", "group", "membership"),
)  # fmt: skip
@reads(Permission.READ_ASSIGNMENTS)
async def list_orphans_of_membership(read: Read, code: GroupCode, id: Id) -> Response:
    """List the open parts of an agency that its leaving the group orphans; ask before you set its last day, with `ends_on`."""
    return await _left(read, queries.LEFT_BY_MEMBER, queries.ENDING_MEMBERSHIP, "membership", id, (await read.group(code)).id)


@router.get(
    "/appointments/{id}/orphans", response_model=Page[AssignmentOut],
    openapi_extra=lists(queries.LEFT_BY_SPEAKER, "agency", "group", "appointment"),
)  # fmt: skip
@reads(Permission.READ_ASSIGNMENTS)
async def list_orphans_of_appointment(read: Read, id: Id) -> Response:
    """List the open parts of an agency for which nobody speaks once an appointment has ended."""
    return await _left(read, queries.LEFT_BY_SPEAKER, queries.ENDING_APPOINTMENT, "appointment", id)


@router.patch(
    "/groups/{code}/members/{id}", response_model=ChangedMemberOut,
    responses=problems(AlreadyMember, TermDependsOnMembership, *AUTHORITY, EndsBeforeItStarts, UnknownReference),
)  # fmt: skip
@writes(Permission.AMEND_MEMBERSHIP)
def amend_membership(work: Work, code: GroupCode, id: Id, body: MemberPatch) -> Reply:
    """End a membership, or correct its days; the reply lists the parts that its end orphans."""
    membership = work.get(Membership, id, group_id=load_group(work, code).id)
    return done(queries.CHANGED_MEMBERSHIP, change_membership(work, membership, **body.model_dump(exclude_unset=True)))


@router.patch(
    "/appointments/{id}", response_model=ChangedAppointmentOut, responses=problems(PrincipalTaken, NotInTheGroup, EndsBeforeItStarts)
)
@writes(Permission.AMEND_APPOINTMENT)
def amend_appointment(work: Work, id: Id, body: AppointmentPatch) -> Reply:
    """End an appointment, or correct its days or office; the reply lists the parts for which nobody speaks after that."""
    appointment = work.get(Appointment, id)
    return done(queries.CHANGED_APPOINTMENT, change_appointment(work, appointment, **body.model_dump(exclude_unset=True)))
