"""The REST door of hand-overs."""

from fastapi.responses import Response

from app.actors import Subject
from app.chairs.models import Chairmanship
from app.core.dates import day_in
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.deliverables.rules import EvidenceRequired, OnBehalfOfAnother
from app.groups.actions import group_of
from app.handovers import actions, queries
from app.handovers.rules import HandOverBegun, HandOverNotOpen, NoIncomingChair, SuccessorChanged
from app.handovers.schemas import AcceptHandOverIn, HandOverBrief, HandOverOut, HandOverPatch, WithdrawIn
from app.policy import Permission, allows

router = rest_router("handovers")


def _reply(work: Work, term: Chairmanship) -> Reply:
    """The hand-over out of a term, as it now stands."""
    return Reply(queries.GET_HAND_OVER, term.id, extra={"as_of": day_in(work.now, group_of(work, term).time_zone)})


@router.get("/hand-overs", response_model=Page[HandOverBrief], openapi_extra=lists(queries.HAND_OVERS, "shared"))
@reads(Permission.READ_HAND_OVERS)
async def list_hand_overs(read: Read) -> Response:
    """List the hand-overs that were submitted or accepted, in the order of their terms, without their packs."""
    return await queries.HAND_OVERS.reply(read, shared="")


@router.get("/chairmanships/{id}/hand-over", response_model=HandOverOut)
@reads(Permission.READ_HAND_OVERS)
async def get_hand_over(read: Read, id: Id) -> Response:
    """Show the hand-over out of a term: a draft to both chairs and the secretariat, with its pack of today; once submitted to all inside."""
    read.accept()
    rows = await read.fetch(queries.STATE, id=id)
    if not rows or not read.actor.sees(rows[0][1]):
        raise NotFound(what="chairmanship")
    state, group_id, term_state, zone = rows[0]
    if state is None and term_state != "confirmed":
        raise NotFound(what="hand-over")
    if state in (None, "draft") and not allows(read.actor, Permission.READ_DRAFT_HAND_OVERS, Subject(group_id, term=id)):
        raise NotFound(what="hand-over")
    return await read.item(queries.GET_HAND_OVER, id, "hand-over", as_of=day_in(read.now, zone), slow=True)


@router.patch(
    "/chairmanships/{id}/hand-over", response_model=HandOverOut, responses=problems(HandOverBegun, HandOverNotOpen, WrongState)
)  # fmt: skip
@writes(Permission.AMEND_HAND_OVER)
def amend_hand_over(work: Work, id: Id, body: HandOverPatch) -> Reply:
    """Write the outgoing chair's note. A hand-over that nobody has begun has the version 0."""
    term = work.get(Chairmanship, id)
    actions.amend_hand_over(work, term, **body.model_dump(exclude_unset=True))
    return _reply(work, term)


@router.post(
    "/chairmanships/{id}/hand-over/submit", response_model=HandOverOut,
    responses=problems(HandOverBegun, HandOverNotOpen, NoIncomingChair, WrongState),
)  # fmt: skip
@writes(Permission.SUBMIT_HAND_OVER)
def submit_hand_over(work: Work, id: Id) -> Reply:
    """Submit the hand-over to the next chair; its pack is frozen and hashed."""
    term = work.get(Chairmanship, id)
    actions.submit_hand_over(work, term)
    return _reply(work, term)


@router.post("/chairmanships/{id}/hand-over/withdraw", response_model=HandOverOut, responses=problems(HandOverNotOpen, WrongState))
@writes(Permission.WITHDRAW_HAND_OVER)
def withdraw_hand_over(work: Work, id: Id, body: WithdrawIn) -> Reply:
    """Take a submitted hand-over back to draft, with a reason, before it is accepted."""
    term = work.get(Chairmanship, id)
    actions.withdraw_hand_over(work, term, body.reason)
    return _reply(work, term)


@router.post(
    "/chairmanships/{id}/hand-over/accept", response_model=HandOverOut,
    responses=problems(EvidenceRequired, OnBehalfOfAnother, SuccessorChanged, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.ACCEPT_HAND_OVER)
def accept_hand_over(work: Work, id: Id, body: AcceptHandOverIn) -> Reply:
    """Accept the hand-over as the incoming chair, or by proxy with evidence; this is final."""
    term = work.get(Chairmanship, id)
    actions.accept_hand_over(work, term, **body.model_dump())
    return _reply(work, term)
