"""The REST door of projects, the parts of agencies in them, consultations and country teams."""

from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response

from app.core.db import Record
from app.core.errors import NotFound, UnknownReference, WrongState
from app.core.http import Id, Reply, problems, reads, rest_router, writes
from app.core.openapi import AS_OF, lists, takes
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.deliverables.rules import EvidenceRequired, OnBehalfOfAnother
from app.fundraising import actions, consultation_actions, part_actions, queries
from app.fundraising.models import Consultation, CountryTeam, Project, ProjectPart
from app.fundraising.rules import (
    AlreadyConsulted,
    AmountNotTaken,
    BudgetInAnotherCurrency,
    BudgetLinesDoNotAddUp,
    ConsultationDays,
    ConsultationMissing,
    ConsultationObjection,
    CountryTeamTaken,
    NotACountryOfTheProject,
    NotYetSilent,
    PartAlreadyAsked,
    ProjectCodeTaken,
    ProjectLeadTaken,
    ReasonMissing,
    SharesNotWhole,
    StreamIsEarmarked,
    StreamNamedTwice,
    UnknownCountry,
    UnknownCurrency,
)
from app.fundraising.schemas import (
    AdvanceIn,
    ConsultationIn,
    ConsultationOut,
    ConsultationPatch,
    CountryTeamIn,
    CountryTeamOut,
    CountryTeamPatch,
    PartAcceptIn,
    PartDeclineIn,
    PartEndIn,
    PartIn,
    PartOut,
    ProjectIn,
    ProjectOut,
    ProjectPatch,
)
from app.groups.actions import name_group
from app.groups.rules import EndsBeforeItStarts
from app.membership.rules import NotAMember, NotInTheGroup
from app.policy import Permission

router = rest_router("projects")
PartId = Annotated[str, Path(max_length=36, description="The part's id.", examples=["5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"])]
SHOWN = {"insider": queries.EVERYTHING}


def shown(query: Any, record: Record, collection: str | None = None) -> Reply:
    """What a write answers with: its writer sees the amounts. With a collection, 201 and where the new thing lives."""
    if collection is None:
        return Reply(query, record.id, extra=SHOWN)
    return Reply(query, record.id, 201, f"/api/v1{collection}/{record.id}", SHOWN)


async def known_project(read: Read, id: str) -> tuple[str, bool]:
    """The group of a project that the reader may see, and whether that shares its funding."""
    rows = await read.fetch(queries.PLACE_OF_PROJECT, id=id)
    if not rows or not (read.actor.sees(rows[0][0]) or rows[0][1]):
        raise NotFound(what="project")
    return rows[0][0], bool(rows[0][2])


@router.get("/projects", response_model=Page[ProjectOut], openapi_extra=lists(queries.PROJECTS))
@reads(Permission.READ_PROJECTS)
async def list_projects(read: Read) -> Response:
    """List projects that seek money, have it, or did not get it."""
    return await queries.PROJECTS.reply(read, insider=queries.sight(read))


@router.get("/projects/{id}", response_model=ProjectOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_PROJECTS)
async def get_project(read: Read, id: Id) -> Response:
    """Show one project."""
    given: dict[str, Any] = {"as_of": read.day(read.accept("as_of")), "insider": queries.sight_text(read)}
    return await read.item(queries.GET_PROJECT, id, "project", **given)


COMPOSING = problems(
    ProjectCodeTaken, SharesNotWhole, StreamNamedTwice, BudgetLinesDoNotAddUp, AmountNotTaken, UnknownCurrency, UnknownCountry,
    EndsBeforeItStarts, UnknownReference, NotAMember, NotInTheGroup,
)  # fmt: skip


@router.post("/projects", status_code=201, response_model=ProjectOut, responses=COMPOSING)
@writes(Permission.PROPOSE_PROJECT)
def propose_project(work: Work, body: ProjectIn) -> Reply:
    """Propose a project and ask its agencies for their parts."""
    group = name_group(work, body.group)
    return shown(queries.GET_PROJECT, actions.propose_project(work, group, **body.model_dump(exclude={"group"})), "/projects")


AMENDING = problems(
    ProjectCodeTaken, SharesNotWhole, StreamNamedTwice, StreamIsEarmarked, BudgetLinesDoNotAddUp, BudgetInAnotherCurrency, AmountNotTaken,
    UnknownCurrency, UnknownCountry, EndsBeforeItStarts, UnknownReference, WrongState, ConsultationMissing, ConsultationObjection,
)  # fmt: skip


@router.patch("/projects/{id}", response_model=ProjectOut, responses=AMENDING)
@writes(Permission.AMEND_PROJECT)
def amend_project(work: Work, id: Id, body: ProjectPatch) -> Reply:
    """Change a project, its streams with their shares, or its budget with its lines."""
    return shown(queries.GET_PROJECT, actions.amend_project(work, work.get(Project, id), **body.model_dump(exclude_unset=True)))


@router.post(
    "/projects/{id}/advance", response_model=ProjectOut,
    responses=problems(*AUTHORITY, ConsultationMissing, ConsultationObjection, ReasonMissing, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.ADVANCE_PROJECT)
def advance_project(work: Work, id: Id, body: AdvanceIn) -> Reply:
    """Take a project to its next state; money is sought once every country team was heard."""
    return shown(queries.GET_PROJECT, actions.advance_project(work, work.get(Project, id), **body.model_dump()))


@router.get("/project-parts", response_model=Page[PartOut], openapi_extra=lists(queries.PARTS))
@reads(Permission.READ_PARTS)
async def list_parts(read: Read) -> Response:
    """List what agencies are asked, have accepted and declined in projects; with `as_of` only the accepted ones in force on that day."""
    return await queries.PARTS.reply(read)


@router.get("/projects/{id}/assignments", response_model=Page[PartOut], openapi_extra=lists(queries.PARTS, "project", "group"))
@reads(Permission.READ_PARTS)
async def list_parts_of_project(read: Read, id: Id) -> Response:
    """List every part that agencies have or had in a project."""
    await known_project(read, id)
    return await queries.PARTS.reply(read, project=id)


@router.get("/projects/{id}/assignments/{part}", response_model=PartOut, openapi_extra=takes(AS_OF))
@reads(Permission.READ_PARTS)
async def get_part(read: Read, id: Id, part: PartId) -> Response:
    """Show an agency's part in a project."""
    return await read.item(queries.GET_PART, part, "project part", project=id, as_of=read.day(read.accept("as_of")))


def _part(work: Work, project: str, part: str) -> ProjectPart:
    return work.get(ProjectPart, part, project_id=work.get(Project, project).id)


def _answered(part: ProjectPart) -> Reply:
    return Reply(queries.GET_PART, part.id, extra={"project": part.project_id})


@router.post(
    "/projects/{id}/assignments", status_code=201, response_model=PartOut,
    responses=problems(NotAMember, NotInTheGroup, PartAlreadyAsked, EndsBeforeItStarts, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.PROPOSE_PART)
def propose_part(work: Work, id: Id, body: PartIn) -> Reply:
    """Ask an agency to lead a project, or to be a partner in it."""
    part = part_actions.propose_part(work, work.get(Project, id), **body.model_dump())
    return Reply(queries.GET_PART, part.id, 201, f"/api/v1/projects/{id}/assignments/{part.id}", {"project": id})


NO_WORDS = PartAcceptIn()
ANSWERING = problems(
    NotAMember, NotInTheGroup, EvidenceRequired, OnBehalfOfAnother, ProjectLeadTaken, PartAlreadyAsked, WrongState, UnknownReference
)


@router.post("/projects/{id}/assignments/{part}/accept", response_model=PartOut, responses=ANSWERING)
@writes(Permission.ACCEPT_PART)
def accept_part(work: Work, id: Id, part: PartId, body: PartAcceptIn = NO_WORDS) -> Reply:
    """Accept a part in a project; the secretariat only by proxy, with evidence."""
    return _answered(part_actions.accept_part(work, _part(work, id, part), **body.model_dump()))


@router.post("/projects/{id}/assignments/{part}/decline", response_model=PartOut, responses=ANSWERING)
@writes(Permission.DECLINE_PART)
def decline_part(work: Work, id: Id, part: PartId, body: PartDeclineIn) -> Reply:
    """Decline a part in a project with a typed reason, and perhaps suggest another agency."""
    return _answered(part_actions.decline_part(work, _part(work, id, part), **body.model_dump()))


@router.post("/projects/{id}/assignments/{part}/end", response_model=PartOut, responses=problems(EndsBeforeItStarts))
@writes(Permission.END_PART)
def end_part(work: Work, id: Id, part: PartId, body: PartEndIn) -> Reply:
    """End a part in a project; who had it until then stays known."""
    return _answered(part_actions.end_part(work, _part(work, id, part), **body.model_dump()))


@router.get("/consultations", response_model=Page[ConsultationOut], openapi_extra=lists(queries.CONSULTATIONS))
@reads(Permission.READ_CONSULTATIONS)
async def list_consultations(read: Read) -> Response:
    """List what country teams were asked, and what they answered."""
    return await queries.CONSULTATIONS.reply(read)


@router.get(
    "/projects/{id}/consultations", response_model=Page[ConsultationOut], openapi_extra=lists(queries.CONSULTATIONS, "project", "group")
)
@reads(Permission.READ_CONSULTATIONS)
async def list_consultations_of_project(read: Read, id: Id) -> Response:
    """List what the country teams were asked about a project."""
    await known_project(read, id)
    return await queries.CONSULTATIONS.reply(read, project=id)


@router.get("/consultations/{id}", response_model=ConsultationOut)
@reads(Permission.READ_CONSULTATIONS)
async def get_consultation(read: Read, id: Id) -> Response:
    """Show one consultation."""
    read.accept()
    return await read.item(queries.GET_CONSULTATION, id, "consultation")


HEARING = (ConsultationDays, NotYetSilent, ReasonMissing, WrongState)


@router.post(
    "/projects/{id}/consultations", status_code=201, response_model=ConsultationOut,
    responses=problems(AlreadyConsulted, NotACountryOfTheProject, UnknownCountry, *HEARING),
)  # fmt: skip
@writes(Permission.RECORD_CONSULTATION)
def record_consultation(work: Work, id: Id, body: ConsultationIn) -> Reply:
    """Record that a country team was asked about a project, and its answer where there is one."""
    found = consultation_actions.record_consultation(work, work.get(Project, id), **body.model_dump())
    return shown(queries.GET_CONSULTATION, found, "/consultations")


@router.patch("/consultations/{id}", response_model=ConsultationOut, responses=problems(*HEARING))
@writes(Permission.AMEND_CONSULTATION)
def amend_consultation(work: Work, id: Id, body: ConsultationPatch) -> Reply:
    """Record a country team's answer, that it gave none, or a correction."""
    found = consultation_actions.amend_consultation(work, work.get(Consultation, id), **body.model_dump(exclude_unset=True))
    return shown(queries.GET_CONSULTATION, found)


@router.get("/country-teams", response_model=Page[CountryTeamOut], openapi_extra=lists(queries.TEAMS))
@reads(Permission.READ_CONSULTATIONS)
async def list_country_teams(read: Read) -> Response:
    """List country teams, and who speaks for them."""
    return await queries.TEAMS.reply(read)


@router.get("/country-teams/{id}", response_model=CountryTeamOut)
@reads(Permission.READ_CONSULTATIONS)
async def get_country_team(read: Read, id: Id) -> Response:
    """Show one country team."""
    read.accept()
    return await read.item(queries.GET_TEAM, id, "country team")


@router.post(
    "/country-teams", status_code=201, response_model=CountryTeamOut, responses=problems(CountryTeamTaken, UnknownCountry, UnknownReference)
)
@writes(Permission.ADD_COUNTRY_TEAM)
def add_country_team(work: Work, body: CountryTeamIn) -> Reply:
    """Record a country team, and who speaks for it."""
    team = consultation_actions.add_country_team(work, name_group(work, body.group), **body.model_dump(exclude={"group"}))
    return shown(queries.GET_TEAM, team, "/country-teams")


@router.patch("/country-teams/{id}", response_model=CountryTeamOut)
@writes(Permission.AMEND_COUNTRY_TEAM)
def amend_country_team(work: Work, id: Id, body: CountryTeamPatch) -> Reply:
    """Correct a country team, or say who speaks for it now."""
    return shown(
        queries.GET_TEAM, consultation_actions.amend_country_team(work, work.get(CountryTeam, id), **body.model_dump(exclude_unset=True))
    )
