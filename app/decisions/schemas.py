"""Decisions on the wire."""

from datetime import date
from typing import Literal

from app.core.wire import Code, Day, Line, Named, Out, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent, example

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


class AuthorityOut(Out):
    """The decision behind a step, as it is named inside other things."""

    id: str
    code: str
    decided_on: date
