"""Agencies and people on the wire."""

from typing import Literal

from app.core.wire import Address, Code, Email, In, Line, Lines, Named, RecordOut, SourcedIn, SourcedOut, SourcedPatch, absent

Kind = Literal[
    "specialized_agency", "fund_programme", "secretariat", "related_organization", "research_training", "bretton_woods",
    "regional_commission", "constituency", "other",
]  # fmt: skip


class AgencyIn(SourcedIn):
    """An agency under a code that people use. Codes and aliases are compared without case."""

    code: Code
    name: Line
    kind: Kind = "other"
    aliases: Lines = []
    constituents: Lines = []
    website: Address | None = None


class AgencyPatch(SourcedPatch):
    code: Code = absent()
    name: Line = absent()
    kind: Kind = absent()
    aliases: Lines = absent()
    constituents: Lines = absent()
    website: Address | None = absent()


class AgencyOut(SourcedOut):
    code: str
    name: str
    kind: Kind
    aliases: list[str]
    constituents: list[Named]
    website: str | None


class PersonIn(In):
    """Somebody who works for an agency."""

    name: Line
    email: Email | None = None
    agency: Line


class PersonPatch(In):
    name: Line = absent()
    email: Email | None = absent()
    agency: Line = absent()


class PersonOut(RecordOut):
    name: str
    email: str | None
    agency: Named
