"""Groups on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.wire import Day, Line, OrganisationRef, Slug, SourcedIn, SourcedOut, SourcedPatch, Text, absent, example

Days = Annotated[int, Field(ge=1, le=3_650)]
Updates = Literal["direct", "reviewed"]


class GroupIn(SourcedIn):
    """A coordination group. Its code is part of addresses and stays as it is."""

    model_config = example(
        code="gmg", name="Global Migration Group", mandate="Exchange information and expertise, avoid duplication.",
        established_on="2006-05-09", time_zone="Europe/Zurich", public=True, certainty="inferred", sources=["ohchr_gmg"],
    )  # fmt: skip

    code: Slug
    name: Line
    mandate: Text | None = None
    established_on: Day
    dissolved_on: Day | None = None
    successor: Line | None = None
    time_zone: Line = "UTC"
    public: bool = False
    share_funding: bool = False
    """Whether viewers, and in a public group anybody, see the totals of its funding."""
    iati_ref: OrganisationRef | None = None
    """The organisation that it publishes in IATI as, such as XM-DAC-41114. Where a public group that shares its funding names it, anybody
    may have the files of its public projects, with donors and payments."""
    due_soon_days: Days = 30
    stale_days: Days = 60
    handover_days: Days = 30
    updates: Updates = "direct"
    """direct: what is reported counts at once; reviewed: when the secretariat or a chair has accepted it."""


class GroupPatch(SourcedPatch):
    model_config = example(successor="United Nations Network on Migration", due_soon_days=45)

    name: Line = absent()
    mandate: Text | None = absent()
    established_on: Day = absent()
    dissolved_on: Day | None = absent()
    successor: Line | None = absent()
    time_zone: Line = absent()
    public: bool = absent()
    share_funding: bool = absent()
    iati_ref: OrganisationRef | None = absent()
    due_soon_days: Days = absent()
    stale_days: Days = absent()
    handover_days: Days = absent()
    updates: Updates = absent()


class GroupOut(SourcedOut):
    model_config = example(
        id="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", version=1, code="gmg", name="Global Migration Group", mandate=None,
        established_on="2006-05-09", dissolved_on=None, successor="United Nations Network on Migration", time_zone="Europe/Zurich",
        public=True, share_funding=False, iati_ref=None, due_soon_days=30, stale_days=60, handover_days=30, updates="direct", certainty="inferred",
        sources=["ohchr_gmg"], note=None,
        created_at="2026-11-23T09:00:00.000000Z", updated_at="2026-11-23T09:00:00.000000Z",
    )  # fmt: skip

    code: str
    name: str
    mandate: str | None
    established_on: date
    dissolved_on: date | None
    successor: str | None
    time_zone: str
    public: bool
    share_funding: bool
    iati_ref: str | None
    due_soon_days: int
    stale_days: int
    handover_days: int
    updates: Updates
