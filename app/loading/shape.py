"""The shape of a file: the bodies of the API, nested, with codes in the place of ids and the day of each step.

Each class stands on the `…In` body of the same thing, so that a field is called and checked the same in a file and on the
wire. What the nesting says already (the group, the stream) is taken out: as a class variable it is no field any more.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from app.agencies.schemas import AgencyIn, PersonIn
from app.bodies.schemas import BodyIn, ExtensionIn, ParticipationIn, SecondmentIn
from app.chairs.schemas import ChairmanshipIn
from app.core.wire import Code, Day, In, Line, Text, VagueDay
from app.decisions.schemas import DecisionIn
from app.deliverables.schemas import (
    AssignmentIn,
    CloseBodyIn,
    ConvertIn,
    DeclineReason,
    DeliverableIn,
    DeliverIn,
    DissolveIn,
    EndIn,
    LapseIn,
    WhyIn,
)
from app.deliverables.working_schemas import DependencyIn, MilestoneIn, UpdateIn
from app.groups.schemas import GroupIn
from app.loading.entry import Authorised, Behind, Entry, Step, Why
from app.loading.meeting_shape import ActionPointEntry, MeetingEntry, SilenceEntry
from app.loading.project_shape import CountryTeamEntry, DonorEntry, ProjectEntry, RateEntry
from app.membership.schemas import AppointmentIn, MemberIn, ModalityIn
from app.workplans.schemas import StreamIn, WorkplanIn


class AgencyEntry(AgencyIn, Entry):
    pass


class PersonEntry(PersonIn, Entry):
    pass


class DecisionEntry(DecisionIn, Entry):
    group: ClassVar[str] = ""  # type: ignore[misc]


class ModalityEntry(ModalityIn, Authorised):
    decision: Behind = None


class MemberEntry(MemberIn, Authorised):
    decision: Behind = None


class AppointmentEntry(AppointmentIn, Entry):
    group: ClassVar[str] = ""  # type: ignore[misc]
    person: Line
    starts_on: Day


class Acceptance(Step):
    """When the next chair accepted, and what that rests on."""

    evidence: Text | None = None


class HandOverEntry(Entry):
    """How a term was handed over to the next. Without `submitted` it is a draft."""

    note: Text | None = None
    on: Day | None = Field(default=None, description="The day of the note, by default that of its submission, or today.")
    submitted: Step | None = None
    accepted: Acceptance | None = None


class ChairmanshipEntry(ChairmanshipIn, Authorised):
    group: ClassVar[str] = ""  # type: ignore[misc]
    decision: Behind = None
    hand_over: HandOverEntry | None = None


class ParticipationEntry(ParticipationIn, Entry):
    pass


class StaffEntry(SecondmentIn, Entry):
    person: Line


class Activation(Step, Authorised):
    pass


class Rest(WhyIn, Step):
    pass


class ExtensionEntry(ExtensionIn, Step, Authorised):
    decision: Behind = None


class Closing(CloseBodyIn, Step):
    pass


class Lapse(LapseIn, Step):
    pass


class Dissolution(DissolveIn, Step, Authorised):
    decision: Behind = None


class Conversion(ConvertIn, Step, Authorised):
    decision: Behind = None


class BodyEntry(BodyIn, Authorised):
    """A body with who takes part in it and the steps of its life. Parent and predecessor are named by code."""

    group: ClassVar[str] = ""  # type: ignore[misc]
    starts_on: Day
    parent: Code | None = None
    predecessor: Code | None = None
    decision: Behind = None
    participations: list[ParticipationEntry] = []
    activated: Activation | None = None
    rested: Rest | None = None
    closed: Closing | None = None


class WorkingGroupEntry(BodyEntry):
    pass


class TimeBoundEntry(BodyEntry):
    """A body with a sunset."""

    extensions: list[ExtensionEntry] = []
    lapsed: Lapse | None = None
    dissolved: Dissolution | None = None


class TaskForceEntry(TimeBoundEntry):
    converted: Conversion | None = None


class SecretariatEntry(TimeBoundEntry):
    staff: list[StaffEntry] = []


class Answered(Entry):
    """The answer of an agency: on which day, and what it rests on. Declining has a reason, and perhaps a suggestion."""

    on: Day | None = None
    evidence: Text | None = None
    reason: DeclineReason | None = None
    note: Text | None = None
    suggest: Line | None = None
    if_funded: Code | None = Field(default=None, description="The code of the project that is to pay for it.")


class End(EndIn, Step):
    pass


class AssignmentEntry(AssignmentIn, Entry):
    """An agency's part, and its answer. Without one the agency is asked and has not answered."""

    starts_on: Day
    answer: Literal["accepted", "declined"] | None = None
    answered: Answered | None = None
    ended: End | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        about = self.answered
        if about is not None and self.answer is None:
            raise ValueError("'answered' needs 'answer': accepted or declined")
        if self.answer == "declined" and (about is None or about.reason is None):
            raise ValueError("'answer: declined' needs 'answered' with the 'reason'")
        if self.answer == "declined" and about is not None and about.if_funded:
            raise ValueError("'if_funded' belongs to an answer 'accepted'")
        if self.answer == "accepted" and about is not None and (about.reason or about.note or about.suggest):
            raise ValueError("'reason', 'note' and 'suggest' belong to an answer 'declined'")
        return self


class Update(UpdateIn, Step):
    """A report. Where the group reviews them it was accepted, unless `review` says that it is a draft or submitted, or `returned` why not."""

    review: Literal["draft", "submitted"] | None = None
    returned: Text | None = None


class Retitling(Step):
    """A new title or code; the former ones stay findable."""

    title: Line | None = None
    code: Code | None = None


class Rescheduling(Step):
    """A new due date; in an endorsed plan a revision is open on that day."""

    due: VagueDay


class Delivery(DeliverIn, Entry):
    """The delivery; `on` is the day it is recorded as of, by default the last day of `delivered_on`."""

    on: Day | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.on is None and self.delivered_on is None:
            raise ValueError("say when: 'delivered_on' (may be vague: 2008, by 2013)")
        return self


class CarryingOver(Step):
    """Becoming part of a deliverable of another plan, or being dropped for a reason."""

    into: Line | None = Field(default=None, description="PLAN/CODE of a deliverable of the group.")
    reason: Text | None = None


class MilestoneEntry(MilestoneIn, Entry):
    """A step on the way, which is known by its title."""

    added_on: Day | None = None
    reached: Step | None = None
    withdrawn: Why | None = None


class DependencyEntry(DependencyIn, Entry):
    """What a deliverable waits for: PLAN/CODE, or CODE of the same plan."""

    waits_for: Line
    added_on: Day | None = None
    ended: Why | None = None


class Reopening(WhyIn, Step, Authorised):
    pass


class DeliverableEntry(DeliverableIn, Entry):
    """A deliverable, under its first title and code, with the parts of agencies in it and the steps of its life."""

    stream: ClassVar[str] = ""  # type: ignore[misc]
    body: Code | None = None
    carried_from: Line | None = Field(default=None, description="PLAN/CODE of a deliverable of the group.")
    added_on: Day | None = None
    assignments: list[AssignmentEntry] = []
    milestones: list[MilestoneEntry] = []
    dependencies: list[DependencyEntry] = []
    started: Step | None = None
    updates: list[Update] = []
    confirmed: list[Step] = []
    retitled: list[Retitling] = []
    rescheduled: list[Rescheduling] = []
    held: Why | None = None
    resumed: Step | None = None
    delivered: Delivery | None = None
    cancelled: Why | None = None
    superseded: Why | None = None
    carried_over: CarryingOver | None = None
    reopened: Reopening | None = None


class StreamEntry(StreamIn, Entry):
    parent: Code | None = None
    body: Code | None = None
    added_on: Day | None = None
    deliverables: list[DeliverableEntry] = []


class Endorsement(Step, Authorised):
    pass


class Revision(Step, Authorised):
    """A revision, opened on a day and endorsed on another. What is added in between is part of it."""

    reason: Text
    endorsed: Endorsement | None = None


class PlanClosing(WhyIn, Step):
    superseded_by: Code | None = None


class WorkplanEntry(WorkplanIn, Entry):
    group: ClassVar[str] = ""  # type: ignore[misc]
    drafted_on: Day | None = None
    streams: list[StreamEntry] = []
    circulated_on: Day | None = None
    endorsed: Endorsement | None = None
    revised: list[Revision] = []
    closed: PlanClosing | None = None


class GroupEntry(GroupIn, Entry):
    """A group and everything in it."""

    decisions: list[DecisionEntry] = []
    modalities: list[ModalityEntry] = []
    members: list[MemberEntry] = []
    appointments: list[AppointmentEntry] = []
    chairmanships: list[ChairmanshipEntry] = []
    working_groups: list[WorkingGroupEntry] = []
    task_forces: list[TaskForceEntry] = []
    secretariats: list[SecretariatEntry] = []
    workplans: list[WorkplanEntry] = []
    silence_procedures: list[SilenceEntry] = []
    meetings: list[MeetingEntry] = []
    action_points: list[ActionPointEntry] = []
    country_teams: list[CountryTeamEntry] = []
    donors: list[DonorEntry] = []
    projects: list[ProjectEntry] = []


class Source(In):
    """A source that records name by its id."""

    title: Line
    url: Line | None = None

    @property
    def text(self) -> str:
        """What a record keeps of it: title and address in one line of at most 300 characters."""
        if not self.url or len(self.url) > 250:
            return self.title
        room = 300 - len(self.url) - 3
        return f"{self.title if len(self.title) <= room else self.title[: room - 1] + '…'} <{self.url}>"


class File(In):
    """The top of a file. Groups are checked one by one, since relative days are counted from each group's first load."""

    troika: Literal["1"]
    sources: dict[Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")], Source] = {}
    agencies: list[AgencyEntry] = []
    people: list[PersonEntry] = []
    rates: list[RateEntry] = []
    groups: list[dict[str, Any]] = []
