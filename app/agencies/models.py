"""Agencies, the names they are known by, and the people who work for them. They belong to no group."""

from typing import ClassVar

from sqlmodel import Field, SQLModel

from app.core.db import Findable, Record, Sourced, reference, texts


class Agency(Record, Sourced, Findable, table=True):
    """A body of the United Nations system or beside it. A constituency is one membership held by several agencies."""

    __tablename__ = "agencies"

    code: str = Field(max_length=40)
    name: str = Field(max_length=300)
    kind: str = Field(max_length=30)
    aliases: list[str] = texts()
    constituents: list[str] = texts()
    """Ids of the agencies that a constituency consists of."""
    website: str | None = Field(default=None, max_length=2_000)
    iati_ref: str | None = Field(default=None, max_length=100)

    found_by: ClassVar[tuple[str, ...]] = ("code", "name", "aliases")
    everywhere: ClassVar[bool] = True


class AgencyName(SQLModel, table=True):
    """A code or alias, folded: what an agency may be called belongs to one agency only."""

    __tablename__ = "agency_names"

    name: str = Field(primary_key=True, max_length=300)
    agency_id: str = reference("agencies")


class Person(Record, Findable, table=True):
    """Somebody who speaks for agencies: name, work e-mail and agency, nothing else."""

    __tablename__ = "people"

    name: str = Field(max_length=300)
    email: str | None = Field(default=None, max_length=254)
    agency_id: str = reference("agencies")

    personal: ClassVar[frozenset[str]] = frozenset({"name", "email"})
    found_by: ClassVar[tuple[str, ...]] = ("name", "email")
