"""Decisions on the wire."""

from datetime import date
from typing import Literal

from app.core.wire import (
    Code,
    Day,
    In,
    Line,
    Named,
    Out,
    RecordOut,
    Reference,
    Slug,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    Text,
    VagueDay,
    VagueOut,
    absent,
    example,
)

Level = Literal["principals", "technical", "troika", "body", "retreat"]
Method = Literal["consensus", "silence", "vote"]
Kind = Literal[
    "endorse_plan", "revise_plan", "establish", "extend", "dissolve", "convert", "admit", "elect_chair", "change_modality", "waive", "other"
]


State = Literal["adopted", "pending", "objected", "fallen", "withdrawn"]


class DecisionIn(SourcedIn):
    """What was decided, by whom, how and when."""

    model_config = example(
        group="gmg", code="2012-11/1", decided_on="2012-11-15", level="principals", method="consensus", kind="change_modality",
        text="The chair is held for twelve months, beginning with the chairmanship of 2014.", certainty="inferred", sources=["unesco_prin_2013"],
    )  # fmt: skip

    group: Slug
    code: Code
    decided_on: Day
    level: Level
    method: Method = "consensus"
    kind: Kind = "other"
    subject: Line | None = None
    """What it is about, in one line."""
    text: Text
    place: Line | None = None


class SilenceIn(SourcedIn):
    """A text that is adopted when its deadline passes without objection. Without circulated_on it goes out today."""

    model_config = example(
        group="gmg", code="2016-02/1", kind="endorse_plan", subject="Workplan 2016-2018",
        text="The group endorses the workplan 2016-2018 as circulated on 29 February.", circulated_on="2016-02-29", deadline="2016-03-14",
    )  # fmt: skip

    group: Slug
    code: Code
    level: Level = "principals"
    kind: Kind = "other"
    subject: Line | None = None
    """What it is about, in one line."""
    text: Text
    circulated_on: Day | None = None
    deadline: Day
    """The last day for objections, in the group's time zone."""


class ObjectionIn(In):
    """Why the agency objects. The secretariat objects for an agency only by proxy, with what that rests on."""

    model_config = example(agency="ILO", reason="The figures of stream 2 are not agreed yet.", evidence="E-mail of 3 March")

    agency: Line
    reason: Text
    evidence: Text | None = None


class WhyDecisionIn(In):
    """Why it is withdrawn."""

    model_config = example(reason="It is circulated anew with the figures of stream 2.")

    reason: Text


class WithdrawIn(In):
    """Why the objection is taken back; by proxy also what that rests on."""

    model_config = example(reason="The amended text meets the concern.", evidence="E-mail of 5 March")

    reason: Text
    evidence: Text | None = None


class DecisionPatch(SourcedPatch):
    model_config = example(place="Geneva", sources=["unesco_prin_2013", "ilo_2014"])

    deadline: Day = absent()
    """A later or earlier last day for objections, while the procedure runs."""
    subject: Line | None = absent()

    code: Code = absent()
    decided_on: Day = absent()
    level: Level = absent()
    method: Method = absent()
    kind: Kind = absent()
    text: Text = absent()
    place: Line | None = absent()


class DecisionOut(SourcedOut):
    group: Named
    code: str
    state: State
    """adopted; under silence pending, or objected while an objection stands; fallen if one stood at the deadline; or withdrawn."""
    decided_on: date | None
    """Null where it is not adopted, or not yet."""
    level: Level
    method: Method
    kind: Kind
    subject: str | None
    text: str
    place: str | None
    circulated_on: date | None
    deadline: date | None
    """The last day for objections; null for what was not circulated under silence."""
    objections: int
    """How many stand."""
    withdrawn_on: date | None
    carried_out: bool | None
    """Whether all that it asked for is done; null where it asked for nothing."""
    open_action_points: int


class AuthorityOut(Out):
    """The decision behind a step, as it is named inside other things."""

    id: str
    code: str
    decided_on: date


class DecisionRef(Out):
    id: str
    code: str
    state: State


class ObjectionOut(RecordOut):
    group: Named
    decision: DecisionRef
    agency: Named
    reason: str
    raised_on: date
    withdrawn_on: date | None
    stands: bool
    on_behalf_of: Named | None
    evidence: str | None


class ActionPointIn(SourcedIn):
    """What an agency is asked to do. Without asked_on it is from the decision's day, or from today."""

    model_config = example(
        group="gmg", agency="UNICEF", text="Circulate a revised outline of the youth report.", due="2013-Q2", asked_on="2013-01-15",
        decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11",
    )  # fmt: skip

    group: Slug
    agency: Line
    text: Text
    due: VagueDay | None = None
    asked_on: Day | None = None
    decision: Reference | None = None


class ActionPointPatch(SourcedPatch):
    model_config = example(due="2013-10-31")

    agency: Line = absent()
    text: Text = absent()
    due: VagueDay | None = absent()
    asked_on: Day = absent()
    decision: Reference | None = absent()


class CompleteIn(In):
    """The day on which it was done (default today), and what came of it."""

    model_config = example(done_on="2013-10-04", outcome="The outline went to the focal points with the comments of the retreat.")

    done_on: Day | None = None
    outcome: Text | None = None


class ActionPointWhyIn(In):
    """Why it is no longer, or again, to be done."""

    model_config = example(reason="Taken over by the task force.")

    reason: Text


class ActionPointOut(SourcedOut):
    group: Named
    decision: AuthorityOut | None
    agency: Named
    text: str
    asked_on: date
    due: VagueOut | None
    state: Literal["open", "done", "cancelled"]
    overdue: bool
    done_on: date | None
    outcome: str | None
    reason: str | None
