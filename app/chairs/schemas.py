"""Chairmanships, the troika and the rotation on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import Day, In, Line, Named, Out, Reference, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent
from app.decisions.schemas import AuthorityOut


class HolderIn(In):
    """An agency that holds the term. A constituency names the constituent that coordinates."""

    agency: Line
    coordinator: Line | None = None
    principal: Line | None = None


class ChairmanshipIn(SourcedIn):
    """A term. Without ends_on the modality in force on its first day gives the length."""

    group: Slug
    kind: Literal["regular", "interim"] = "regular"
    state: Literal["nominated", "confirmed"] = "nominated"
    starts_on: Day
    ends_on: Day | None = None
    holders: Annotated[list[HolderIn], Field(min_length=1, max_length=20)]
    theme: Line | None = None
    decision: Reference | None = None


class ChairmanshipPatch(SourcedPatch):
    kind: Literal["regular", "interim"] = absent()
    starts_on: Day = absent()
    ends_on: Day = absent()
    theme: Line | None = absent()


class ConfirmIn(In):
    """The decision that elected the chair, if there is one."""

    decision: Reference | None = None


class ReasonIn(In):
    """Why."""

    reason: Text


class HolderOut(Out):
    agency: Named
    coordinator: Named | None
    principal: str | None


class ChairmanshipOut(SourcedOut):
    group: Named
    kind: Literal["regular", "interim"]
    state: Literal["nominated", "confirmed", "cancelled"]
    starts_on: date
    ends_on: date
    phase: Literal["past", "current", "upcoming", "cancelled"]
    term_months: int
    regular_length: bool
    days: int
    holders: list[HolderOut]
    theme: str | None
    decision: AuthorityOut | None


class TroikaOut(Out):
    """Outgoing, current and incoming chair on a day; worked out, never stored."""

    as_of: date
    vacant: bool
    outgoing: ChairmanshipOut | None
    current: ChairmanshipOut | None
    incoming: ChairmanshipOut | None


class GapOut(Out):
    starts_on: date
    ends_on: date
    months: int


class RotationOut(Out):
    """Confirmed terms with the vacant days between them and those of another length than the modality's."""

    as_of: date
    terms: list[ChairmanshipOut]
    gaps: list[GapOut]
    irregular: list[ChairmanshipOut]
    never_chaired: list[Named]
