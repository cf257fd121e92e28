"""The REST door of donors, contributions, what is passed on, and exchange rates. Its amounts are for those inside a group."""

from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response

from app.core.errors import Forbidden, UnknownReference, WrongState
from app.core.http import Id, Reply, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.decisions.rules import AUTHORITY
from app.fundraising import contribution_actions as actions
from app.fundraising import money_queries as queries
from app.fundraising.api import known_project, shown
from app.fundraising.models import Contribution, Donor, DonorReport, Instalment, Project
from app.fundraising.money_schemas import (
    CancelIn,
    CommitIn,
    ContributionIn,
    ContributionOut,
    ContributionPatch,
    DonorIn,
    DonorOut,
    DonorPatch,
    PassingOut,
    PassOnIn,
    RateOut,
    ReceiveIn,
    ReportIn,
    ReverseIn,
    SubmitReportIn,
)
from app.fundraising.queries import inside, sight, sight_text
from app.fundraising.rules import (
    AlreadyCommitted,
    AlreadyPassedOn,
    AlreadyReversed,
    AmountNotTaken,
    CommittedBeforePledged,
    DonorCodeTaken,
    LessThanReceived,
    MoneyInTheFuture,
    MoreThanPromised,
    NotAStreamOfTheProject,
    NothingPromised,
    NotLeftOver,
    ReasonMissing,
    ReceivedUnknown,
    SameProject,
    UnknownCurrency,
    ValueDayNotTaken,
)
from app.groups.actions import name_group
from app.policy import Permission

router = rest_router("contributions")
InstalmentId = Annotated[str, Path(max_length=36, description="The instalment's id.", examples=["5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"])]
ReportId = Annotated[str, Path(max_length=36, description="The report's id.", examples=["5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"])]
HIDDEN = "insider"
"""Set by each address from who reads: no parameter."""


def is_inside(read: Read, group_id: str) -> bool:
    """Whether the reader sees a group's money."""
    return read.actor.administers_all or group_id in inside(read.actor)


async def _money_of(read: Read, project: str, permission: Permission) -> None:
    group, _ = await known_project(read, project)
    if not is_inside(read, group):
        raise Forbidden(permission=permission.value)


@router.get("/donors", response_model=Page[DonorOut], openapi_extra=lists(queries.DONORS, HIDDEN))
@reads(Permission.READ_CONTRIBUTIONS)
async def list_donors(read: Read) -> Response:
    """List the donors that your groups know."""
    return await queries.DONORS.reply(read, insider=sight(read))


@router.get("/donors/{id}", response_model=DonorOut)
@reads(Permission.READ_CONTRIBUTIONS)
async def get_donor(read: Read, id: Id) -> Response:
    """Show one donor."""
    read.accept()
    return await read.item(queries.GET_DONOR, id, "donor", insider=sight_text(read))


@router.post("/donors", status_code=201, response_model=DonorOut, responses=problems(DonorCodeTaken, UnknownReference))
@writes(Permission.ADD_DONOR)
def add_donor(work: Work, body: DonorIn) -> Reply:
    """Add a donor to a group's register."""
    donor = actions.add_donor(work, name_group(work, body.group), **body.model_dump(exclude={"group"}))
    return shown(queries.GET_DONOR, donor, "/donors")


@router.patch("/donors/{id}", response_model=DonorOut, responses=problems(DonorCodeTaken, UnknownReference))
@writes(Permission.AMEND_DONOR)
def amend_donor(work: Work, id: Id, body: DonorPatch) -> Reply:
    """Change a donor's code, name, kind or agency."""
    return shown(queries.GET_DONOR, actions.amend_donor(work, work.get(Donor, id), **body.model_dump(exclude_unset=True)))


@router.get("/contributions", response_model=Page[ContributionOut], openapi_extra=lists(queries.CONTRIBUTIONS, HIDDEN))
@reads(Permission.READ_CONTRIBUTIONS)
async def list_contributions(read: Read) -> Response:
    """List what donors have pledged, committed and given, with instalments and reports."""
    return await queries.CONTRIBUTIONS.reply(read, insider=sight(read))


@router.get(
    "/projects/{id}/contributions", response_model=Page[ContributionOut],
    openapi_extra=lists(queries.CONTRIBUTIONS, HIDDEN, "project", "group"), responses=problems(Forbidden),
)  # fmt: skip
@reads(Permission.READ_CONTRIBUTIONS)
async def list_contributions_of_project(read: Read, id: Id) -> Response:
    """List what donors give one project."""
    await _money_of(read, id, Permission.READ_CONTRIBUTIONS)
    return await queries.CONTRIBUTIONS.reply(read, project=id, insider=sight(read))


@router.get("/contributions/{id}", response_model=ContributionOut)
@reads(Permission.READ_CONTRIBUTIONS)
async def get_contribution(read: Read, id: Id) -> Response:
    """Show one contribution, and what became of it."""
    read.accept()
    return await read.item(queries.GET_CONTRIBUTION, id, "contribution", insider=sight_text(read))


PROMISING = problems(
    AmountNotTaken,
    UnknownCurrency,
    MoneyInTheFuture,
    ValueDayNotTaken,
    NotAStreamOfTheProject,
    WrongState,
    UnknownReference,
    DonorCodeTaken,
)


@router.post("/projects/{id}/contributions", status_code=201, response_model=ContributionOut, responses=PROMISING)
@writes(Permission.PLEDGE_CONTRIBUTION)
def pledge_contribution(work: Work, id: Id, body: ContributionIn) -> Reply:
    """Record what a donor pledges, commits or, without either, has given."""
    found = actions.pledge_contribution(work, work.get(Project, id), **body.model_dump())
    return shown(queries.GET_CONTRIBUTION, found, "/contributions")


def _reply(contribution: Contribution) -> Reply:
    return shown(queries.GET_CONTRIBUTION, contribution)


@router.patch(
    "/contributions/{id}", response_model=ContributionOut,
    responses=problems(AmountNotTaken, UnknownCurrency, NotAStreamOfTheProject, ReasonMissing, LessThanReceived, NothingPromised, ValueDayNotTaken, UnknownReference),
)  # fmt: skip
@writes(Permission.AMEND_CONTRIBUTION)
def amend_contribution(work: Work, id: Id, body: ContributionPatch) -> Reply:
    """Correct a contribution: its amount (with the reason), earmark, agreement, receiver or provenance."""
    return _reply(actions.amend_contribution(work, work.get(Contribution, id), **body.model_dump(exclude_unset=True)))


@router.post(
    "/contributions/{id}/commit", response_model=ContributionOut,
    responses=problems(
        AlreadyCommitted, AmountNotTaken, UnknownCurrency, MoneyInTheFuture, CommittedBeforePledged, ValueDayNotTaken, LessThanReceived, WrongState,
    ),
)  # fmt: skip
@writes(Permission.COMMIT_CONTRIBUTION)
def commit_contribution(work: Work, id: Id, body: CommitIn) -> Reply:
    """Turn a pledge into a commitment; it happens once, and whoever comes second is told."""
    return _reply(actions.commit_contribution(work, work.get(Contribution, id), **body.model_dump()))


@router.post(
    "/contributions/{id}/receive", response_model=ContributionOut,
    responses=problems(MoreThanPromised, AmountNotTaken, UnknownCurrency, MoneyInTheFuture, ValueDayNotTaken, WrongState),
)  # fmt: skip
@writes(Permission.RECEIVE_CONTRIBUTION)
def receive_contribution(work: Work, id: Id, body: ReceiveIn) -> Reply:
    """Record an instalment; under a commitment it is part of that."""
    return _reply(actions.receive_contribution(work, work.get(Contribution, id), **body.model_dump()))


@router.post(
    "/contributions/{id}/cancel", response_model=ContributionOut, responses=problems(MoreThanPromised, AmountNotTaken, UnknownCurrency, WrongState)
)  # fmt: skip
@writes(Permission.CANCEL_CONTRIBUTION)
def cancel_contribution(work: Work, id: Id, body: CancelIn) -> Reply:
    """Cancel what is left of a contribution, or a part of it; what was received stays."""
    return _reply(actions.cancel_contribution(work, work.get(Contribution, id), **body.model_dump()))


def _of(work: Work, model: Any, id: str, contribution: str) -> Any:
    return work.get(model, id, contribution_id=work.get(Contribution, contribution).id)


@router.post(
    "/contributions/{id}/instalments/{instalment}/reverse", response_model=ContributionOut, responses=problems(AlreadyReversed, AlreadyPassedOn)
)  # fmt: skip
@writes(Permission.REVERSE_INSTALMENT)
def reverse_instalment(work: Work, id: Id, instalment: InstalmentId, body: ReverseIn) -> Reply:
    """Take back an instalment that was recorded by mistake; it stays in the record."""
    return _reply(actions.reverse_instalment(work, _of(work, Instalment, instalment, id), **body.model_dump()))


@router.post("/contributions/{id}/reports", response_model=ContributionOut)
@writes(Permission.SCHEDULE_REPORT)
def schedule_report(work: Work, id: Id, body: ReportIn) -> Reply:
    """Note a report that the donor is to have, and by when."""
    return _reply(actions.schedule_report(work, work.get(Contribution, id), **body.model_dump()))


@router.post("/contributions/{id}/reports/{report}/submit", response_model=ContributionOut, responses=problems(MoneyInTheFuture))
@writes(Permission.SUBMIT_REPORT)
def submit_report(work: Work, id: Id, report: ReportId, body: SubmitReportIn) -> Reply:
    """Record that a donor has its report."""
    return _reply(actions.submit_report(work, _of(work, DonorReport, report, id), **body.model_dump()))


@router.get(
    "/projects/{id}/passings", response_model=Page[PassingOut], openapi_extra=lists(queries.PASSINGS, HIDDEN, "project", "group"),
    responses=problems(Forbidden),
)  # fmt: skip
@reads(Permission.READ_CONTRIBUTIONS)
async def list_passings(read: Read, id: Id) -> Response:
    """List what a project has passed on to others, and had from them."""
    await _money_of(read, id, Permission.READ_CONTRIBUTIONS)
    return await queries.PASSINGS.reply(read, project=id, insider=sight(read))


@router.post(
    "/projects/{id}/pass-on", status_code=201, response_model=PassingOut,
    responses=problems(*AUTHORITY, NotLeftOver, SameProject, ReceivedUnknown, AmountNotTaken, UnknownCurrency, MoneyInTheFuture, WrongState, UnknownReference),
)  # fmt: skip
@writes(Permission.PASS_ON_FUNDS)
def pass_on_funds(work: Work, id: Id, body: PassOnIn) -> Reply:
    """Pass left-over money on to another project: it leaves this one and arrives in that one in one step."""
    leaving = actions.pass_on_funds(work, work.get(Project, id), **body.model_dump())
    return Reply(queries.GET_PASSING, leaving.id, 201, f"/api/v1/projects/{id}/passings")


@router.get("/rates", response_model=Page[RateOut], openapi_extra=lists(queries.RATES))
@reads(Permission.READ_RATES, only_now=True)
async def list_rates(read: Read) -> Response:
    """List the exchange rates that amounts are compared with; the same in all groups."""
    return await queries.RATES.reply(read)
