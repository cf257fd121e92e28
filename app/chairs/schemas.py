"""Chairmanships, the troika and the rotation on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import Day, In, Line, Named, Out, Reference, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent, example
from app.decisions.schemas import AuthorityOut


class HolderIn(In):
    """An agency that holds the term. A constituency names the constituent that coordinates."""

    agency: Line
    coordinator: Line | None = None
    principal: Line | None = None


class ChairmanshipIn(SourcedIn):
    """A term. Without ends_on the modality in force on its first day gives the length."""

    model_config = example(
        group="gmg", kind="regular", state="confirmed", starts_on="2014-01-01", holders=[{"agency": "ILO", "principal": "Guy Ryder"}],
        note="The first chairmanship of twelve months.", certainty="stated", sources=["ilo_2014", "sg_2013"],
    )  # fmt: skip

    group: Slug
    kind: Literal["regular", "interim"] = "regular"
    state: Literal["nominated", "confirmed"] = "nominated"
    starts_on: Day
    ends_on: Day | None = None
    holders: Annotated[list[HolderIn], Field(min_length=1, max_length=20)]
    theme: Line | None = None
    decision: Reference | None = None


class ChairmanshipPatch(SourcedPatch):
    model_config = example(theme="Evidence for policy; nexus of migration and development")

    kind: Literal["regular", "interim"] = absent()
    starts_on: Day = absent()
    ends_on: Day = absent()
    theme: Line | None = absent()


class ConfirmIn(In):
    """The decision that elected the chair, if there is one."""

    model_config = example(decision="d2c1f1de-2f4e-4f0a-8a2b-5b1f6f0d9e11")

    decision: Reference | None = None


class ReasonIn(In):
    """Why."""

    model_config = example(reason="The agency withdrew its candidature before the term began.")

    reason: Text


class HolderOut(Out):
    agency: Named
    coordinator: Named | None
    principal: str | None


class ChairmanshipOut(SourcedOut):
    model_config = example(
        id="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", version=1, group={"code": "gmg", "name": "Global Migration Group"},
        kind="regular", state="confirmed", starts_on="2014-01-01", ends_on="2014-12-31", phase="past", term_months=12, regular_length=True, days=365,
        holders=[{"agency": {"code": "ILO", "name": "International Labour Organization"}, "coordinator": None, "principal": "Guy Ryder"}],
        theme=None, decision=None, certainty="stated", sources=["ilo_2014", "sg_2013"], note="The first chairmanship of twelve months.",
        created_at="2026-11-23T09:00:00.000000Z", updated_at="2026-11-23T09:00:00.000000Z",
    )  # fmt: skip

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
