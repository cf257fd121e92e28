"""The REST door of the chair."""

from fastapi.responses import Response

from app.chairs import actions, queries
from app.chairs.models import Chairmanship
from app.chairs.rules import ChairOverlap, CoordinatorNotConstituent, HolderTwice, TermLengthNeedsNote, Vacant
from app.chairs.schemas import ChairmanshipIn, ChairmanshipOut, ChairmanshipPatch, ConfirmIn, ReasonIn, RotationOut, TroikaOut
from app.core.errors import UnknownReference, WrongState
from app.core.http import GroupCode, Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read, json_response
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.groups.actions import name_group
from app.groups.rules import EndsBeforeItStarts
from app.membership.rules import NoModality, NotAMember
from app.policy import Permission

router = rest_router("chairs")


@router.get("/groups/{code}/chair", response_model=ChairmanshipOut, responses=problems(Vacant), openapi_extra=takes(AS_OF))
@reads(Permission.READ_CHAIRMANSHIPS)
async def get_chair(read: Read, code: GroupCode) -> Response:
    """Show who chairs a group on a day (`as_of`, default today)."""
    group = await read.group(code)
    day = read.day(read.accept("as_of")) or read.today(group)
    rows = await read.fetch(queries.CURRENT, group=group.id, day=day, as_of=day)
    if not rows:
        raise Vacant(group=group.code, day=day.isoformat())
    return json_response(rows[0][0])


@router.get("/groups/{code}/troika", response_model=TroikaOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_CHAIRMANSHIPS)
async def get_troika(read: Read, code: GroupCode) -> Response:
    """Show the outgoing, current and incoming chair on a day (`as_of`, default today)."""
    group = await read.group(code)
    return json_response(await queries.troika(read, group, read.day(read.accept("as_of")) or read.today(group)))


@router.get("/groups/{code}/rotation", response_model=RotationOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_CHAIRMANSHIPS)
async def get_rotation(read: Read, code: GroupCode) -> Response:
    """Show every confirmed term, the gaps, the irregular terms, and the members that never chaired."""
    group = await read.group(code)
    return json_response(await queries.rotation(read, group, read.day(read.accept("as_of")) or read.today(group)))


@router.get("/chairmanships", response_model=Page[ChairmanshipOut], openapi_extra=lists(queries.CHAIRMANSHIPS))
@reads(Permission.READ_CHAIRMANSHIPS)
async def list_chairmanships(read: Read) -> Response:
    """List terms, nominated and cancelled ones too; with `as_of` only the one in force on that day."""
    return await queries.CHAIRMANSHIPS.reply(read)


@router.get("/chairmanships/{id}", response_model=ChairmanshipOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_CHAIRMANSHIPS)
async def get_chairmanship(read: Read, id: Id) -> Response:
    """Show one term."""
    return await read.item(queries.GET_CHAIRMANSHIP, id, "chairmanship", as_of=read.day(read.accept("as_of")))


ENTERING = problems(
    *AUTHORITY[1:],
    ChairOverlap,
    TermLengthNeedsNote,
    CoordinatorNotConstituent,
    HolderTwice,
    NotAMember,
    NoModality,
    EndsBeforeItStarts,
    UnknownReference,
)


@router.post("/chairmanships", status_code=201, response_model=ChairmanshipOut, responses=ENTERING)
@writes(Permission.NOMINATE_CHAIR)
def nominate_chair(work: Work, body: ChairmanshipIn) -> Reply:
    """Nominate a chair for a term, or enter a confirmed one."""
    group = name_group(work, body.group)
    return created(queries.GET_CHAIRMANSHIP, actions.nominate_chair(work, group, **body.model_dump(exclude={"group"})), "/chairmanships")


@router.patch(
    "/chairmanships/{id}",
    response_model=ChairmanshipOut,
    responses=problems(ChairOverlap, TermLengthNeedsNote, NotAMember, EndsBeforeItStarts, WrongState),
)
@writes(Permission.AMEND_CHAIRMANSHIP)
def amend_chairmanship(work: Work, id: Id, body: ChairmanshipPatch) -> Reply:
    """Correct a term's days, theme or note."""
    term = work.get(Chairmanship, id)
    return done(queries.GET_CHAIRMANSHIP, actions.amend_chairmanship(work, term, **body.model_dump(exclude_unset=True)))


@router.post(
    "/chairmanships/{id}/confirm",
    response_model=ChairmanshipOut,
    responses=problems(*AUTHORITY[1:], ChairOverlap, NotAMember, WrongState, UnknownReference),
)
@writes(Permission.CONFIRM_CHAIR)
def confirm_chair(work: Work, id: Id, body: ConfirmIn) -> Reply:
    """Confirm a nominated chair."""
    return done(queries.GET_CHAIRMANSHIP, actions.confirm_chair(work, work.get(Chairmanship, id), body.decision))


@router.post("/chairmanships/{id}/cancel", response_model=ChairmanshipOut)
@writes(Permission.CANCEL_CHAIR)
def cancel_chair(work: Work, id: Id, body: ReasonIn) -> Reply:
    """Cancel a nominated or confirmed chair, with a reason."""
    return done(queries.GET_CHAIRMANSHIP, actions.cancel_chair(work, work.get(Chairmanship, id), body.reason))
