"""The REST door of decisions."""

from fastapi.responses import Response

from app.core.errors import UnknownReference
from app.core.http import Id, Reply, created, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions import actions, queries
from app.decisions.rules import DecidedInTheFuture, DecisionCodeTaken
from app.decisions.schemas import DecisionIn, DecisionOut
from app.groups.actions import name_group
from app.policy import Permission

router = rest_router("decisions")


@router.get("/decisions", response_model=Page[DecisionOut], openapi_extra=lists(queries.DECISIONS))
@reads(Permission.READ_DECISIONS)
async def list_decisions(read: Read) -> Response:
    """List decisions, the oldest first; with `as_of` those taken or circulated by that day."""
    return await queries.DECISIONS.reply(read)


@router.get("/decisions/{id}", response_model=DecisionOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_DECISIONS)
async def get_decision(read: Read, id: Id) -> Response:
    """Show one decision; where a silence procedure stands is worked out for `as_of`, default today."""
    return await read.item(queries.GET_DECISION, id, "decision", as_of=read.day(read.accept("as_of")))


@router.post(
    "/decisions", status_code=201, response_model=DecisionOut, responses=problems(DecisionCodeTaken, DecidedInTheFuture, UnknownReference)
)
@writes(Permission.RECORD_DECISION)
def record_decision(work: Work, body: DecisionIn) -> Reply:
    """Record what a meeting or a silence procedure decided."""
    group = name_group(work, body.group)
    return created(queries.GET_DECISION, actions.record_decision(work, group, **body.model_dump(exclude={"group"})), "/decisions")
