"""Decisions on the wire."""

from datetime import date
from typing import Literal

from app.core.wire import Code, Day, Line, Named, Out, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent

Level = Literal["principals", "technical", "troika", "body", "retreat"]
Method = Literal["consensus", "silence", "vote"]
Kind = Literal[
    "endorse_plan", "revise_plan", "establish", "extend", "dissolve", "convert", "admit", "elect_chair", "change_modality", "waive", "other"
]


class DecisionIn(SourcedIn):
    """What was decided, by whom, how and when."""

    group: Slug
    code: Code
    decided_on: Day
    level: Level
    method: Method = "consensus"
    kind: Kind = "other"
    text: Text
    place: Line | None = None


class DecisionPatch(SourcedPatch):
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
