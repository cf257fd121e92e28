"""The REST door of meetings."""

import json
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response

from app.core.dates import day_in
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.parameters import unfit
from app.core.reading import Read, compact, json_response
from app.core.wire import Page
from app.core.work import Work
from app.decisions import queries as decisions
from app.decisions import rules as d
from app.decisions.models import Decision
from app.decisions.schemas import ActionPointOut, DecisionOut, DecisionPatch
from app.groups.actions import name_group
from app.groups.rules import EndsBeforeItStarts
from app.meetings import actions, agenda, queries
from app.meetings import rules as r
from app.meetings.models import AgendaItem, Attendance, Meeting
from app.meetings.schemas import (
    AgendaOut,
    AskIn,
    AttendanceIn,
    AttendanceOut,
    AttendancePatch,
    CancelMeetingIn,
    DecideIn,
    ItemIn,
    ItemOut,
    ItemPatch,
    MeetingIn,
    MeetingOut,
    MeetingPatch,
    OutcomeIn,
    WithdrawItemIn,
)
from app.membership.rules import NotInTheGroup
from app.policy import Permission

router = rest_router("meetings")

AN_ID = "5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"
ItemId = Annotated[str, Path(max_length=36, description="The item's id.", examples=[AN_ID])]
AttendanceId = Annotated[str, Path(max_length=36, description="The attendance's id.", examples=[AN_ID])]


async def _inside(read: Read, id: str) -> Any:
    """The meeting as its agenda needs it, for those who see its group from inside."""
    rows = await read.fetch(queries.PLACE, id=id)
    if not rows or not read.actor.sees(rows[0][2]):
        raise NotFound(what="meeting")
    return rows[0]


@router.get("/meetings", response_model=Page[MeetingOut], openapi_extra=lists(queries.MEETINGS, "inside"))
@reads(Permission.READ_MEETINGS)
async def list_meetings(read: Read) -> Response:
    """List meetings, the oldest first; `decision=` and `action_point=` find the one that something came of."""
    inside = ["*"] if read.actor.administers_all else sorted(read.actor.groups)
    return await queries.MEETINGS.reply(read, inside=inside)


@router.get("/meetings/{id}", response_model=MeetingOut)
@reads(Permission.READ_MEETINGS)
async def get_meeting(read: Read, id: Id) -> Response:
    """Show one meeting, with the decisions and action points that came of it."""
    read.accept()
    return await read.item(queries.GET_MEETING, id, "meeting")


@router.get("/meetings/{id}/agenda", response_model=AgendaOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_AGENDA)
async def get_agenda(read: Read, id: Id) -> Response:
    """Show the agenda: what waits for a decision now, by kind, and what was put there by hand; as it was, once the meeting was held."""
    _, state, group, body, starts_on, ends_on, zone, kept = await _inside(read, id)
    given = read.day(read.accept("as_of"))
    if state == "held" and given:
        raise unfit("as_of", "the meeting was held: its agenda is kept as it was")
    if state == "held":
        found = json.loads(kept) if kept else agenda.told(None, None, {}, await read.fetch(agenda.ITEMS, id=id))
    else:
        starts, ends = (queries.a_day(value) for value in (starts_on, ends_on))
        as_of, until = agenda.days_of(starts, ends, day_in(read.now, zone))
        asked = {"group": group, "body": body, "as_of": given or as_of, "until": until}
        rows = {kind: await read.fetch(query, **asked) for kind, query in agenda.sections_of(body).items()}
        found = agenda.told(given or as_of, until, rows, await read.fetch(agenda.ITEMS, id=id))
    return json_response(compact({"meeting": id, "state": state} | found))


CALLING = problems(r.BodyRequired, r.BodyNotApplicable, EndsBeforeItStarts, NotInTheGroup, UnknownReference)


@router.post("/meetings", status_code=201, response_model=MeetingOut, responses=CALLING)
@writes(Permission.CALL_MEETING)
def call_meeting(work: Work, body: MeetingIn) -> Reply:
    """Call a meeting of the group at some level, or of one of its bodies."""
    group = name_group(work, body.group)
    return created(queries.GET_MEETING, actions.call_meeting(work, group, **body.model_dump(exclude={"group"})), "/meetings")


AMENDING = problems(
    r.BodyRequired,
    r.BodyNotApplicable,
    r.HeldInTheFuture,
    r.OutsideTheMeeting,
    EndsBeforeItStarts,
    NotInTheGroup,
    WrongState,
    UnknownReference,
)


@router.patch("/meetings/{id}", response_model=MeetingOut, responses=AMENDING)
@writes(Permission.AMEND_MEETING)
def amend_meeting(work: Work, id: Id, body: MeetingPatch) -> Reply:
    """Move a meeting, correct it, or write its minutes."""
    meeting = work.get(Meeting, id)
    return done(queries.GET_MEETING, actions.amend_meeting(work, meeting, **body.model_dump(exclude_unset=True)))


@router.post("/meetings/{id}/hold", response_model=MeetingOut, responses=problems(r.NotYetHeld, WrongState))
@writes(Permission.HOLD_MEETING)
def hold_meeting(work: Work, id: Id) -> Reply:
    """Say that a meeting is being held or was; its agenda stays as it is in this moment."""
    return done(queries.GET_MEETING, actions.hold_meeting(work, work.get(Meeting, id)))


@router.post("/meetings/{id}/cancel", response_model=MeetingOut, responses=problems(WrongState))
@writes(Permission.CANCEL_MEETING)
def cancel_meeting(work: Work, id: Id, body: CancelMeetingIn) -> Reply:
    """Cancel a planned meeting, with a reason."""
    return done(queries.GET_MEETING, actions.cancel_meeting(work, work.get(Meeting, id), body.reason))


@router.post("/meetings/{id}/items", status_code=201, response_model=ItemOut, responses=problems(WrongState, UnknownReference))
@writes(Permission.ADD_AGENDA_ITEM)
def add_agenda_item(work: Work, id: Id, body: ItemIn) -> Reply:
    """Put something on the agenda of a planned meeting by hand."""
    item = actions.add_agenda_item(work, work.get(Meeting, id), **body.model_dump())
    return created(queries.GET_ITEM, item, f"/meetings/{id}/items")


@router.patch("/meetings/{id}/items/{item}", response_model=ItemOut, responses=problems(WrongState, UnknownReference))
@writes(Permission.AMEND_AGENDA_ITEM)
def amend_agenda_item(work: Work, id: Id, item: ItemId, body: ItemPatch) -> Reply:
    """Change what was put on the agenda of a planned meeting, or its place."""
    meeting = work.get(Meeting, id)
    found = work.get(AgendaItem, item, meeting_id=meeting.id)
    return done(queries.GET_ITEM, actions.amend_agenda_item(work, meeting, found, **body.model_dump(exclude_unset=True)))


@router.post("/meetings/{id}/items/{item}/withdraw", response_model=ItemOut, responses=problems(WrongState))
@writes(Permission.WITHDRAW_AGENDA_ITEM)
def withdraw_agenda_item(work: Work, id: Id, item: ItemId, body: WithdrawItemIn) -> Reply:
    """Take what was put on the agenda of a planned meeting off it again."""
    meeting = work.get(Meeting, id)
    found = work.get(AgendaItem, item, meeting_id=meeting.id)
    return done(queries.GET_ITEM, actions.withdraw_agenda_item(work, meeting, found, body.reason))


@router.get("/meetings/{id}/attendances", response_model=Page[AttendanceOut], openapi_extra=lists(queries.ATTENDANCES, "meeting", "group"))
@reads(Permission.READ_AGENDA)
async def list_attendances(read: Read, id: Id) -> Response:
    """List which agencies came to a meeting, and who for them."""
    await _inside(read, id)
    return await queries.ATTENDANCES.reply(read, meeting=id)


@router.post(
    "/meetings/{id}/attendances",
    status_code=201,
    response_model=AttendanceOut,
    responses=problems(NotInTheGroup, r.AttendanceTaken, WrongState, UnknownReference),
)
@writes(Permission.RECORD_ATTENDANCE)
def record_attendance(work: Work, id: Id, body: AttendanceIn) -> Reply:
    """Record whether an agency of the group came, or said that it would not."""
    attendance = actions.record_attendance(work, work.get(Meeting, id), **body.model_dump())
    return created(queries.GET_ATTENDANCE, attendance, f"/meetings/{id}/attendances")


@router.patch("/meetings/{id}/attendances/{attendance}", response_model=AttendanceOut, responses=problems(WrongState))
@writes(Permission.AMEND_ATTENDANCE)
def amend_attendance(work: Work, id: Id, attendance: AttendanceId, body: AttendancePatch) -> Reply:
    """Correct an attendance."""
    meeting = work.get(Meeting, id)
    found = work.get(Attendance, attendance, meeting_id=meeting.id)
    return done(queries.GET_ATTENDANCE, actions.amend_attendance(work, meeting, found, **body.model_dump(exclude_unset=True)))


@router.get(
    "/meetings/{id}/decisions", response_model=Page[DecisionOut], openapi_extra=lists(queries.DECISIONS_OF_MEETING, "meeting", "group")
)
@reads(Permission.READ_AGENDA)
async def list_decisions_of_meeting(read: Read, id: Id) -> Response:
    """List the decisions that a meeting took."""
    await _inside(read, id)
    return await queries.DECISIONS_OF_MEETING.reply(read, meeting=id)


@router.post(
    "/meetings/{id}/decisions",
    status_code=201,
    response_model=DecisionOut,
    responses=problems(d.DecisionCodeTaken, d.DecidedInTheFuture, r.OutsideTheMeeting, WrongState),
)
@writes(Permission.DECIDE_AT_MEETING)
def decide_at_meeting(work: Work, id: Id, body: DecideIn) -> Reply:
    """Record what a meeting decided: a decision like any other, that names the meeting it was taken in."""
    decision = actions.decide_at_meeting(work, work.get(Meeting, id), **body.model_dump())
    return created(decisions.GET_DECISION, decision, "/decisions")


@router.get(
    "/meetings/{id}/action-points", response_model=Page[ActionPointOut], openapi_extra=lists(queries.POINTS_OF_MEETING, "meeting", "group")
)
@reads(Permission.READ_AGENDA)
async def list_action_points_of_meeting(read: Read, id: Id) -> Response:
    """List what a meeting asked agencies to do."""
    await _inside(read, id)
    return await queries.POINTS_OF_MEETING.reply(read, meeting=id)


@router.post(
    "/meetings/{id}/action-points",
    status_code=201,
    response_model=ActionPointOut,
    responses=problems(NotInTheGroup, d.AskedInTheFuture, d.DecisionPending, d.DecisionNotAdopted, WrongState, UnknownReference),
)
@writes(Permission.ASK_AT_MEETING)
def ask_at_meeting(work: Work, id: Id, body: AskIn) -> Reply:
    """Record what a meeting asked an agency to do."""
    point = actions.ask_at_meeting(work, work.get(Meeting, id), **body.model_dump())
    return created(decisions.GET_ACTION_POINT, point, "/action-points")


@router.post(
    "/meetings/{id}/outcomes",
    response_model=MeetingOut,
    responses=problems(r.OneOutcome, r.OutsideTheMeeting, r.DecidedElsewhere, r.AskedElsewhere, WrongState, UnknownReference),
)
@writes(Permission.ATTACH_OUTCOME)
def attach_outcome(work: Work, id: Id, body: OutcomeIn) -> Reply:
    """Say that a decision or an action point that is recorded already came of this meeting."""
    return done(queries.GET_MEETING, actions.attach_outcome(work, work.get(Meeting, id), **body.model_dump()))


@router.patch(
    "/decisions/{id}",
    response_model=DecisionOut,
    responses=problems(
        d.DecisionCodeTaken, d.DecidedInTheFuture, d.CirculatedText, d.NotUnderSilence, d.DeadlineTooSoon, r.OutsideTheMeeting
    ),
)
@writes(Permission.AMEND_DECISION)
def amend_decision(work: Work, id: Id, body: DecisionPatch) -> Reply:
    """Correct the record of a decision, or move the deadline of a silence procedure that runs."""
    decision = work.get(Decision, id)
    return done(decisions.GET_DECISION, actions.amend_decision(work, decision, **body.model_dump(exclude_unset=True)))
