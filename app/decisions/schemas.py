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
    text: Text
    place: Line | None = None


class DecisionPatch(SourcedPatch):
    model_config = example(place="Geneva", sources=["unesco_prin_2013", "ilo_2014"])

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
    decided_on: date
    level: Level
    method: Method
    kind: Kind
    text: str
    place: str | None
    carried_out: bool | None
    """Whether all that it asked for is done; null where it asked for nothing."""
    open_action_points: int


class AuthorityOut(Out):
    """The decision behind a step, as it is named inside other things."""

    id: str
    code: str
    decided_on: date


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
