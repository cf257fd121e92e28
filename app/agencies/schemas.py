"""Agencies and people on the wire."""

from typing import Literal

from app.core.wire import (
    Address,
    Code,
    Email,
    In,
    Line,
    Lines,
    Named,
    OrganisationRef,
    RecordOut,
    SourcedIn,
    SourcedOut,
    SourcedPatch,
    absent,
    example,
)

Kind = Literal[
    "specialized_agency", "fund_programme", "secretariat", "related_organization", "research_training", "bretton_woods",
    "regional_commission", "constituency", "other",
]  # fmt: skip


class AgencyIn(SourcedIn):
    """An agency under a code that people use. Codes and aliases are compared without case."""

    model_config = example(
        code="UN-RC", name="UN Regional Commissions", kind="constituency", constituents=["ECA", "ECE", "ECLAC", "ESCAP", "ESCWA"]
    )

    code: Code
    name: Line
    kind: Kind = "other"
    aliases: Lines = []
    constituents: Lines = []
    website: Address | None = None
    iati_ref: OrganisationRef | None = None
    """What it is called in IATI, such as XM-DAC-41114."""


class AgencyPatch(SourcedPatch):
    model_config = example(aliases=["International Organisation for Migration"], website="https://www.iom.int/")

    code: Code = absent()
    name: Line = absent()
    kind: Kind = absent()
    aliases: Lines = absent()
    constituents: Lines = absent()
    website: Address | None = absent()
    iati_ref: OrganisationRef | None = absent()


class AgencyOut(SourcedOut):
    model_config = example(
        id="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", version=1, code="ILO", name="International Labour Organization", kind="specialized_agency", aliases=[],
        constituents=[], website="https://www.ilo.org/", iati_ref=None, certainty="stated", sources=["ohchr_gmg"], note=None,
        created_at="2026-11-23T09:00:00.000000Z", updated_at="2026-11-23T09:00:00.000000Z",
    )  # fmt: skip

    code: str
    name: str
    kind: Kind
    aliases: list[str]
    constituents: list[Named]
    website: str | None
    iati_ref: str | None


class PersonIn(In):
    """Somebody who works for an agency."""

    model_config = example(name="David M. Malone", email="rector@unu.example", agency="UNU")

    name: Line
    email: Email | None = None
    agency: Line


class PersonPatch(In):
    model_config = example(email="office.of.the.rector@unu.example")

    name: Line = absent()
    email: Email | None = absent()
    agency: Line = absent()


class PersonOut(RecordOut):
    model_config = example(
        id="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", version=1, name="David M. Malone", email="rector@unu.example",
        agency={"code": "UNU", "name": "UN University"}, created_at="2026-11-23T09:00:00.000000Z", updated_at="2026-11-23T09:00:00.000000Z",
    )  # fmt: skip

    name: str
    email: str | None
    agency: Named
