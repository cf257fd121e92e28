"""The REST door of silence procedures. What is circulated is a decision from the first day, and is read as one."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response

from app.core.errors import NotFound, UnknownReference
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions import queries
from app.decisions.models import Decision, Objection
from app.decisions.rules import AlreadyObjected, CirculatedInTheFuture, DeadlineTooSoon, DecisionCodeTaken, NotUnderSilence
from app.decisions.schemas import DecisionOut, ObjectionIn, ObjectionOut, SilenceIn, WhyDecisionIn, WithdrawIn
from app.deliverables.rules import EvidenceRequired
from app.groups.actions import name_group
from app.meetings import silence_actions as actions
from app.membership.rules import NotAMember
from app.policy import Permission

router = rest_router("decisions")

ObjectionId = Annotated[str, Path(max_length=36, description="The objection's id.", examples=["5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"])]


@router.post(
    "/silence-procedures",
    status_code=201,
    response_model=DecisionOut,
    responses=problems(DecisionCodeTaken, CirculatedInTheFuture, DeadlineTooSoon, UnknownReference),
)
@writes(Permission.CIRCULATE_DECISION)
def circulate_decision(work: Work, body: SilenceIn) -> Reply:
    """Circulate a text under silence: a decision that is adopted by itself when its deadline passes without objection."""
    group = name_group(work, body.group)
    return created(queries.GET_DECISION, actions.circulate_decision(work, group, **body.model_dump(exclude={"group"})), "/decisions")


@router.post("/decisions/{id}/withdraw", response_model=DecisionOut, responses=problems(NotUnderSilence))
@writes(Permission.WITHDRAW_DECISION)
def withdraw_decision(work: Work, id: Id, body: WhyDecisionIn) -> Reply:
    """Take back what was circulated before it is adopted, or close the matter where it has fallen."""
    return done(queries.GET_DECISION, actions.withdraw_decision(work, work.get(Decision, id), body.reason))


@router.get("/decisions/{id}/objections", response_model=Page[ObjectionOut], openapi_extra=lists(queries.OBJECTIONS, "decision", "group"))
@reads(Permission.READ_OBJECTIONS)
async def list_objections(read: Read, id: Id) -> Response:
    """List the objections to what was circulated under silence, also those taken back."""
    rows = await read.fetch(queries.GET_DECISION, id=id)
    if not rows or not read.actor.sees(rows[0][2]):
        raise NotFound(what="decision")
    return await queries.OBJECTIONS.reply(read, decision=id)


@router.post(
    "/decisions/{id}/objections",
    status_code=201,
    response_model=ObjectionOut,
    responses=problems(EvidenceRequired, NotAMember, NotUnderSilence, AlreadyObjected, UnknownReference),
)
@writes(Permission.RAISE_OBJECTION)
def raise_objection(work: Work, id: Id, body: ObjectionIn) -> Reply:
    """Object for a member to what is under silence, until its deadline."""
    objection = actions.raise_objection(work, work.get(Decision, id), **body.model_dump())
    return created(queries.GET_OBJECTION, objection, f"/decisions/{id}/objections")


@router.post(
    "/decisions/{id}/objections/{objection}/withdraw", response_model=ObjectionOut, responses=problems(EvidenceRequired, NotUnderSilence)
)
@writes(Permission.WITHDRAW_OBJECTION)
def withdraw_objection(work: Work, id: Id, objection: ObjectionId, body: WithdrawIn) -> Reply:
    """Take an objection back, until the deadline."""
    decision = work.get(Decision, id)
    raised = work.get(Objection, objection, decision_id=decision.id)
    return done(queries.GET_OBJECTION, actions.withdraw_objection(work, decision, raised, **body.model_dump()))
