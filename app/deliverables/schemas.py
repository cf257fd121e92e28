"""Deliverables, assignments and progress updates on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.bodies.schemas import BodyRef
from app.chairs.schemas import HolderOut
from app.core.wire import (
    Addresses,
    Code,
    Countries,
    Day,
    In,
    Line,
    Lines,
    Named,
    Out,
    PastDay,
    Reference,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    VagueDay,
    VagueOut,
    absent,
    example,
)
from app.workplans.schemas import StreamRef, WorkplanRef

Status = Literal["not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded"]
Confidence = Literal["on_track", "at_risk", "off_track"]
Visibility = Literal["internal", "public"]
Role = Literal["lead", "co_lead", "contributor", "reviewer"]
State = Literal["proposed", "accepted", "declined", "ended"]
Percent = Annotated[int, Field(ge=0, le=100)]
Kind = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
DeclineReason = Literal["capacity", "mandate", "funding", "conflict", "wrong_agency", "other"]


class DeliverableIn(SourcedIn):
    """A concrete product of a stream. `due` may be vague (2014-Q2); it may be missing while the plan is a draft."""

    model_config = example(
        stream="0b7f3d52-90c4-4c1e-8f0e-6f1c9d0a7e35", code="D1.2", title="Adolescents, Youth and Migration: Challenges and Opportunities", kind="publication",
        due="2013", topics=["youth"], visibility="public", certainty="stated", sources=["youth_intro"],
    )  # fmt: skip

    stream: Reference
    code: Code
    title: Line
    kind: Kind = "other"
    description: Text | None = None
    due: VagueDay | None = None
    body: Reference | None = None
    topics: Lines = []
    countries: Countries = []
    mandate: Text | None = None
    visibility: Visibility = "internal"
    former_titles: Lines = []
    former_codes: Lines = []
    carried_from: Reference | None = None


class CarryOverIn(In):
    """How a deliverable goes on in another plan. The fields after `reason` are those of the deliverable that goes on with it."""

    model_config = example(kind="continues", stream="0b7f3d52-90c4-4c1e-8f0e-6f1c9d0a7e35", code="D2.1", due="2017-Q1")

    kind: Literal["continues", "split", "merged", "dropped"]
    """continues or split: in a new deliverable of a stream; merged: as part of one that is there; dropped: not at all."""
    stream: Reference | None = None
    """A stream of the other plan, for continues and split."""
    into: Reference | None = None
    """A deliverable of the other plan, for merged."""
    reason: Text | None = None
    code: Code | None = None
    """Default the present code."""
    title: Line | None = None
    """Default the present title."""
    due: VagueDay | None = None
    body: Reference | None = None


class LineageThing(Out):
    """A deliverable in a lineage."""

    id: str
    code: str
    title: str
    workplan: WorkplanRef
    status: Status
    baseline_due: VagueOut | None
    due: VagueOut | None
    delivered: VagueOut | None


class LineageStep(Out):
    """From which deliverable to which the work went on; to none where it was dropped."""

    from_: str = Field(alias="from")
    to: str | None
    kind: Literal["continues", "split", "merged", "dropped"]
    reason: str | None


class LineageChair(Out):
    id: str
    kind: Literal["regular", "interim"]
    starts_on: date
    ends_on: date
    holders: list[HolderOut]


class LineageOut(Out):
    items: list[LineageThing]
    """Everything that the work was and became, plan by plan."""
    steps: list[LineageStep]
    chairs: list[LineageChair]
    """The terms under which it lived, from its first lead (or else its first plan) to its delivery, or to today: each one after the first is a
    change of chair that it went through."""


class DeliverablePatch(SourcedPatch):
    model_config = example(title="Migration and Youth: Challenges and Opportunities")

    stream: Reference = absent()
    code: Code = absent()
    title: Line = absent()
    kind: Kind = absent()
    description: Text | None = absent()
    due: VagueDay | None = absent()
    body: Reference | None = absent()
    topics: Lines = absent()
    countries: Countries = absent()
    mandate: Text | None = absent()
    visibility: Visibility = absent()


class DeliverIn(In):
    """The day of delivery (default today; vague for the past: "2008", "by 2013"), with links that show it, or why there are none."""

    model_config = example(
        delivered_on="2014-12-18",
        evidence=["https://docslib.org/doc/10591637/migration-and-youth-challenges-and-opportunities-introduction-1"],
    )

    delivered_on: PastDay | None = None
    evidence: Addresses = []
    waiver: Text | None = None


class WhyIn(In):
    """Why."""

    model_config = example(reason="The agency that held the chair hands the work over to its successor.")

    reason: Text


class ReopenIn(In):
    """Why; what was delivered needs the decision to reopen it too."""

    model_config = example(
        reason="A chapter is to be added before the High-level Dialogue.", decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11"
    )

    reason: Text
    decision: Reference | None = None


class AskedOut(Out):
    """An agency that has not answered yet."""

    id: str
    agency: Named
    role: Role


class DeliverableOut(SourcedOut):
    group: Named
    workplan: WorkplanRef
    stream: StreamRef
    body: BodyRef | None
    code: str
    former_codes: list[str]
    title: str
    former_titles: list[str]
    kind: str
    description: str | None
    due: VagueOut | None
    baseline_due: VagueOut | None
    delivered: VagueOut | None
    delivered_on: date | None
    status: Status
    status_reason: str | None
    confidence: Confidence | None
    percent: int | None
    topics: list[str]
    countries: list[str]
    evidence: list[str]
    waiver: str | None
    mandate: str | None
    visibility: Visibility
    carried_from: str | None
    lead: Named | None
    co_leads: list[Named]
    contributors: list[Named]
    reviewers: list[Named]
    asked: list[AskedOut]
    overdue: bool
    due_soon: bool
    slip_days: int | None
    stale_days: int | None
    confirmed_on: date
    flags: list[str]


class AssignmentIn(SourcedIn):
    """An agency asked for a part. Without starts_on it is from today; membership is judged on that day."""

    model_config = example(agency="UNICEF", role="lead", starts_on="2011-01-01", answer_by="2011-02-01")

    agency: Line
    role: Role
    starts_on: Day | None = None
    ends_on: Day | None = None
    answer_by: Day | None = None


class AssignmentPatch(SourcedPatch):
    model_config = example(answer_by="2011-03-01")

    starts_on: Day = absent()
    answer_by: Day | None = absent()


class AcceptIn(In):
    """Empty from the asked agency; the secretariat names it in on_behalf_of and says what its answer rests on."""

    model_config = example(on_behalf_of="UNICEF", evidence="Letter of the focal point, 12 January 2011.", if_funded=None)

    on_behalf_of: Line | None = None
    evidence: Text | None = None
    if_funded: Reference | None = None
    """The project that is to pay for it: the yes is firm once its money is committed."""


class DeclineIn(In):
    """Why not, and perhaps who else. By proxy as in accepting."""

    model_config = example(reason="capacity", note="The Youth Section has no staff for it this year.", suggest="UNESCO")

    reason: DeclineReason
    note: Text | None = None
    suggest: Line | None = None
    on_behalf_of: Line | None = None
    evidence: Text | None = None


class EndIn(In):
    """Why it ends, and its last day (default today)."""

    model_config = example(reason="Handed over to UNESCO, which paid for translation and print.", ends_on="2012-05-31")

    reason: Text
    ends_on: Day | None = None


class TransferIn(In):
    """Which agency is asked to take the part over, why, the last day here (default today), and until when it should answer."""

    model_config = example(agency="UNESCO", reason="UNESCO pays for translation and print.", ends_on="2012-05-31", answer_by="2012-05-15")

    agency: Line
    reason: Text
    ends_on: Day | None = None
    answer_by: Day | None = None


class DeliverableRef(Out):
    id: str
    code: str
    title: str


class AssignedDeliverable(DeliverableRef):
    """As much of a deliverable as its assignment shows."""

    status: Status
    due: VagueOut | None
    overdue: bool


class AssignmentOut(SourcedOut):
    group: Named
    deliverable: AssignedDeliverable
    workplan: WorkplanRef
    agency: Named
    role: Role
    state: State
    starts_on: date
    ends_on: date | None
    current: bool
    answer_by: date | None
    answer_late: bool
    asked_by: str
    answered_by: str | None
    answered_at: datetime | None
    answered_on: date | None
    answered_late: bool
    transferred_from: str | None
    """The id of the part that this one takes over."""
    on_behalf_of: Named | None
    evidence: str | None
    decline_reason: DeclineReason | None
    decline_note: str | None
    suggested: Named | None
    if_funded: str | None
    """The id of the project that is to pay for it."""
    conditional: bool
    """Whether it waits for that money: until then nobody leads by it."""


class CloseBodyIn(In):
    """What came of it."""

    model_config = example(outcome="The joint training was held and its materials are kept by UNITAR.")

    outcome: Text | None = None


class LapseIn(In):
    """What came of it, if anything did."""

    model_config = example(outcome="Two of three trainings were held; the third found no host.")

    outcome: Text | None = None


class DissolveIn(In):
    """The decision to dissolve it, and why."""

    model_config = example(
        decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", reason="Its work goes on in the working group on data and research."
    )

    decision: Reference | None = None
    reason: Text | None = None


class ConvertIn(In):
    """The decision to convert it, and the code (and perhaps name) of the working group that it becomes."""

    model_config = example(decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", code="WG-CAP", name="Capacity Development")

    decision: Reference | None = None
    code: Code
    name: Line | None = None
    outcome: Text | None = None


class ShortenIn(In):
    """An earlier sunset, with the decision and the reason."""

    model_config = example(
        sunset_on="2014-12-31", decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11", reason="Its outputs are ready half a year early."
    )

    sunset_on: Day
    decision: Reference | None = None
    reason: Text | None = None
