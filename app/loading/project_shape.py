"""The shape of projects in a file: what the API takes, with codes in the place of ids and the day of each step."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from app.core.wire import Amount, Code, Currency, Day, Line, Share, Text
from app.fundraising.money_schemas import CancelIn, CommitIn, ContributionIn, DonorIn, PassOnIn, ReceiveIn, ReportIn
from app.fundraising.schemas import AdvanceIn, BudgetLineIn, ConsultationIn, CountryTeamIn, PartEndIn, PartIn, ProjectIn, ProjectState
from app.loading.entry import Authorised, Behind, Entry, Step


class RateEntry(Entry):
    """An exchange rate: so many units of the currency for one of the base."""

    currency: Currency
    base: Currency
    on: Day
    rate: Annotated[str, Field(max_length=25)]
    source: Line


class CountryTeamEntry(CountryTeamIn, Entry):
    group: ClassVar[str] = ""  # type: ignore[misc]


class DonorEntry(DonorIn, Entry):
    group: ClassVar[str] = ""  # type: ignore[misc]


class ShareEntry(Entry):
    """A stream, as PLAN/CODE, and its share."""

    stream: Line
    share: Share


class LineEntry(BudgetLineIn, Entry):
    pass


class PartEnd(PartEndIn, Step):
    pass


class PartAnswered(Entry):
    """The answer of an agency: on which day, and what it rests on; in declining why, and perhaps who else."""

    on: Day | None = None
    evidence: Text | None = None
    reason: Literal["capacity", "mandate", "funding", "conflict", "wrong_agency", "other"] | None = None
    note: Text | None = None
    suggest: Line | None = None


class PartEntry(PartIn, Entry):
    """An agency's part whose story is another than "accepted at once": without an answer it is asked and has not answered."""

    starts_on: Day | None = None
    answer: Literal["accepted", "declined"] | None = None
    answered: PartAnswered | None = None
    ended: PartEnd | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.answer == "declined" and (self.answered is None or self.answered.reason is None):
            raise ValueError("'answer: declined' needs 'answered' with the 'reason'")
        return self


class Advance(AdvanceIn, Step, Authorised):
    """A step of the pipeline."""

    to: ProjectState
    decision: Behind = None


class ConsultationEntry(ConsultationIn, Entry):
    """A consultation with its answer, recorded as of the day of the answer, or of the request."""

    on: Day | None = None


class Commitment(CommitIn, Step):
    on: Day


class Receipt(ReceiveIn, Step):
    on: Day


class Cancellation(CancelIn, Step):
    pass


class ReportEntry(ReportIn, Entry):
    submitted_on: Day | None = None
    link: Line | None = None


class ContributionEntry(ContributionIn, Entry):
    """What a donor gives, and what became of it."""

    on: Day
    stream: Line | None = Field(default=None, description="PLAN/CODE of one of the project's streams.")
    committed: Commitment | None = None
    instalments: list[Receipt] = []
    cancelled: list[Cancellation] = []
    reports: list[ReportEntry] = []


class PassingOn(PassOnIn, Step, Authorised):
    """Left-over money for another project, by its code."""

    on: Day
    to: Code
    amount: Amount
    decision: Behind = None


class ProjectEntry(ProjectIn, Entry):
    """A project with its whole story. Its lead and partners have accepted, unless `assignments` tells otherwise."""

    group: ClassVar[str] = ""  # type: ignore[misc]
    streams: list[ShareEntry] = []  # type: ignore[assignment]
    budget_lines: list[LineEntry] = []  # type: ignore[assignment]
    proposed_on: Day | None = None
    assignments: list[PartEntry] = []
    consultations: list[ConsultationEntry] = []
    advanced: list[Advance] = []
    contributions: list[ContributionEntry] = []
    passed_on: list[PassingOn] = []
