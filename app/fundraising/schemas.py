"""Projects, the parts of agencies in them, consultations and country teams on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import (
    Amount,
    Code,
    Countries,
    Country,
    Currency,
    Day,
    Email,
    In,
    Line,
    Named,
    Out,
    RecordOut,
    Reference,
    Share,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    absent,
    example,
)
from app.decisions.schemas import AuthorityOut
from app.deliverables.schemas import DeclineReason, State
from app.workplans.schemas import StreamRef, WorkplanRef

ProjectState = Literal["idea", "concept", "consultation", "seeking", "funded", "implementing", "closed", "not_funded", "withdrawn"]
Visibility = Literal["internal", "public"]
PartRole = Literal["lead", "partner"]
Outcome = Literal["requested", "no_objection", "comments", "objection", "no_reply", "not_applicable"]
Year = Annotated[int, Field(ge=1900, le=2199)]


class StreamShareIn(In):
    """A stream that the project serves, and its share in per cent."""

    stream: Reference
    share: Share


class BudgetLineIn(In):
    """A part of the budget, perhaps of one year."""

    label: Line
    amount: Amount
    year: Year | None = None


StreamShares = Annotated[list[StreamShareIn], Field(max_length=100)]
BudgetLines = Annotated[list[BudgetLineIn], Field(max_length=200)]


class ProjectIn(SourcedIn):
    """Money sought for streams of the plan. Shares are exactly 100 per cent together; budget lines exactly the budget. The lead and its
    partners are asked for their parts."""

    model_config = example(
        group="gmg", code="PRJ-1", title="Mainstreaming migration into national development strategies", lead="UNDP", partners=["IOM"],
        streams=[{"stream": "0b7f3d52-90c4-4c1e-8f0e-6f1c9d0a7e35", "share": "100.00"}], countries=["BD", "JM"], budget="1200000.00",
        budget_lines=[{"label": "Staff", "amount": "700000.00", "year": 2014}, {"label": "Workshops", "amount": "500000.00", "year": 2015}],
        currency="USD", starts_on="2014-01-01", ends_on="2015-12-31",
    )  # fmt: skip

    group: Code
    code: Code
    title: Line
    description: Text | None = None
    lead: Line | None = None
    """Where it is left out, nobody is asked to lead yet."""
    partners: Annotated[list[Line], Field(max_length=100)] = []
    streams: StreamShares = []
    countries: Countries = []
    budget: Amount | None = None
    """Unknown where it is left out, which is not zero."""
    budget_lines: BudgetLines = []
    currency: Currency = "USD"
    starts_on: Day | None = None
    ends_on: Day | None = None
    actual_starts_on: Day | None = None
    actual_ends_on: Day | None = None
    visibility: Visibility = "internal"


class ProjectPatch(SourcedPatch):
    model_config = example(budget="1500000.00", budget_lines=[], ends_on="2016-06-30")

    code: Code = absent()
    title: Line = absent()
    description: Text | None = absent()
    streams: StreamShares = absent()
    countries: Countries = absent()
    budget: Amount | None = absent()
    budget_lines: BudgetLines = absent()
    currency: Currency = absent()
    starts_on: Day | None = absent()
    ends_on: Day | None = absent()
    actual_starts_on: Day | None = absent()
    actual_ends_on: Day | None = absent()
    visibility: Visibility = absent()


class AdvanceIn(In):
    """The next state. A decision may override an objection or the silence of a country team; ending without money needs the reason."""

    model_config = example(to="seeking", decision=None, reason="Every country team has answered.")

    to: ProjectState
    decision: Reference | None = None
    reason: Text | None = None


class ProjectRef(Out):
    """A project, as it is named inside other things."""

    id: str
    code: str
    title: str


class StreamShareOut(Out):
    """A stream with its plan, and its share in per cent."""

    stream: StreamRef
    workplan: WorkplanRef
    share: str


class BudgetLineOut(Out):
    label: str
    amount: str
    year: int | None


class AskedPart(Out):
    """An agency that has not answered yet."""

    id: str
    agency: Named
    role: PartRole


class ConsultedOut(Out):
    """What a country team answered, in short."""

    id: str
    country: str
    country_name: str
    outcome: Outcome
    answered_on: date | None


class ProjectOut(SourcedOut):
    group: Named
    code: str
    title: str
    description: str | None
    state: ProjectState
    state_since: date
    visibility: Visibility
    lead: Named | None
    partners: list[Named]
    asked: list[AskedPart]
    streams: list[StreamShareOut]
    countries: list[str]
    country_names: list[Named]
    consultations: list[ConsultedOut]
    unconsulted: list[str]
    """Countries whose team has neither answered nor is not applicable."""
    objecting: list[str]
    deliverables: list[ProjectRef]
    """What agencies accepted if this project is funded."""
    currency: str
    budget: str | None
    budget_lines: list[BudgetLineOut]
    amounts_shown: bool
    """Whether you see its amounts: those who merely read do where the group shares its funding, and never the lines."""
    starts_on: date | None
    ends_on: date | None
    actual_starts_on: date | None
    actual_ends_on: date | None
    covered_on: date | None
    """The first day on which its budget was covered, or on which it was declared funded."""
    flags: list[str]


class PartIn(SourcedIn):
    """An agency asked for a part. Without starts_on it is from today; membership is judged on that day."""

    model_config = example(agency="IOM", role="partner", starts_on="2014-01-01", answer_by="2014-02-01")

    agency: Line
    role: PartRole
    starts_on: Day | None = None
    ends_on: Day | None = None
    answer_by: Day | None = None


class PartAcceptIn(In):
    """Empty from the asked agency; the secretariat names it in on_behalf_of and says what its answer rests on."""

    model_config = example(on_behalf_of="IOM", evidence="Letter of the focal point, 12 January 2014.")

    on_behalf_of: Line | None = None
    evidence: Text | None = None


class PartDeclineIn(In):
    """Why not, and perhaps who else. By proxy as in accepting."""

    model_config = example(reason="funding", note="The office has no post for it.", suggest="UNDP")

    reason: DeclineReason
    note: Text | None = None
    suggest: Line | None = None
    on_behalf_of: Line | None = None
    evidence: Text | None = None


class PartEndIn(In):
    """Why it ends, and its last day (default today)."""

    model_config = example(reason="Its share of the work is done.", ends_on="2015-06-30")

    reason: Text
    ends_on: Day | None = None


class PartOut(SourcedOut):
    group: Named
    project: ProjectRef
    agency: Named
    role: PartRole
    state: State
    starts_on: date
    ends_on: date | None
    current: bool
    answer_by: date | None
    answer_late: bool
    asked_by: str
    answered_by: str | None
    answered_at: datetime | None
    on_behalf_of: Named | None
    evidence: str | None
    decline_reason: DeclineReason | None
    decline_note: str | None
    suggested: Named | None


class ConsultationIn(SourcedIn):
    """What a country team was asked, and its answer. `not_applicable` needs the reason; `no_reply` is for a day to answer by that has passed."""

    model_config = example(
        country="BD", requested_on="2013-10-01", answer_by="2013-11-01", outcome="no_objection", answered_on="2013-10-21"
    )

    country: Country
    outcome: Outcome = "requested"
    requested_on: Day | None = None
    answer_by: Day | None = None
    answered_on: Day | None = None
    reason: Text | None = None


class ConsultationPatch(SourcedPatch):
    model_config = example(outcome="comments", answered_on="2013-10-21", note="Asks for the national statistics office as a partner.")

    outcome: Outcome = absent()
    requested_on: Day | None = absent()
    answer_by: Day | None = absent()
    answered_on: Day | None = absent()
    reason: Text | None = absent()


class TeamRef(Out):
    """A country team, as it is named inside other things."""

    id: str
    name: str


class ConsultationOut(SourcedOut):
    group: Named
    project: ProjectRef
    country: str
    country_name: str
    team: TeamRef | None
    requested_on: date | None
    answer_by: date | None
    answered_on: date | None
    outcome: Outcome
    reason: str | None
    late: bool
    """Whether the day to answer by has passed without an answer."""
    days: int | None
    """How many days the answer took, or has been waited for."""
    decision: AuthorityOut | None
    """The decision that went ahead in spite of it."""


class CountryTeamIn(In):
    """A United Nations Country Team, and the resident coordinator who speaks for it."""

    model_config = example(
        group="gmg", country="BD", name="United Nations Country Team in Bangladesh", coordinator="A. Example", email="rc@example.org"
    )

    group: Code
    country: Country
    name: Line
    coordinator: Line | None = None
    email: Email | None = None
    note: Text | None = None


class CountryTeamPatch(In):
    model_config = example(coordinator="B. Example", email="rc@example.org")

    name: Line = absent()
    coordinator: Line | None = absent()
    email: Email | None = absent()
    note: Text | None = absent()


class CountryTeamOut(RecordOut):
    group: Named
    country: str
    country_name: str
    name: str
    coordinator: str | None
    email: str | None
    note: str | None


class StateFigure(Out):
    """A state of the pipeline: how many projects are in it, how many ever were, and how many days they spent there."""

    state: ProjectState
    now: int
    ever: int
    left: int
    """How many have gone on from it."""
    shortest_days: int | None
    median_days: int | None
    longest_days: int | None


class ExpiringOut(Out):
    """What ends or is due soon: a project, an agreement, an answer of a country team, a report to a donor."""

    kind: Literal["project_ends", "agreement_ends", "consultation_due", "report_due"]
    on: date
    project: ProjectRef
    about: str | None
    """The country or the donor."""


class FunnelOut(Out):
    group: str
    as_of: date
    until: date
    concepts: int
    """How many projects ever were more than an idea."""
    became_money: int
    """How many of those were funded."""
    states: list[StateFigure]
    expiring: list[ExpiringOut]
