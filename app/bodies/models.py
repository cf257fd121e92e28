"""Bodies: where agencies work together. One table, three doors: working groups, task forces and secretariats."""

from datetime import date
from typing import ClassVar

from sqlmodel import Field

from app.core.db import Findable, Record, Sourced, reference, texts


class Body(Record, Sourced, Findable, table=True):
    """A standing working group, a time-bound task force, or a small and time-bound secretariat."""

    __tablename__ = "bodies"

    group_id: str = reference("groups")
    kind: str = Field(max_length=20)
    code: str = Field(max_length=40)
    name: str = Field(max_length=300)
    also_known_as: list[str] = texts()
    mandate: str | None = None
    state: str = Field(default="proposed", max_length=10)
    starts_on: date
    sunset_on: date | None = None
    ended_on: date | None = None
    review_on: date | None = None
    outcome: str | None = None
    parent_id: str | None = reference("bodies", optional=True)
    predecessor_id: str | None = reference("bodies", optional=True)
    host_id: str | None = reference("agencies", optional=True)
    decision_id: str | None = reference("decisions", optional=True, index=False)

    found_by: ClassVar[tuple[str, ...]] = ("code", "name", "also_known_as")


class Participation(Record, Sourced, table=True):
    """An agency in a body, in a role and a period."""

    __tablename__ = "participations"

    group_id: str = reference("groups", index=False)
    body_id: str = reference("bodies")
    agency_id: str = reference("agencies")
    role: str = Field(max_length=10)
    starts_on: date
    ends_on: date | None = None

    @property
    def about(self) -> str:
        return self.body_id


class Extension(Record, table=True):
    """A later sunset, given by a decision. Extensions are only ever added."""

    __tablename__ = "extensions"

    group_id: str = reference("groups", index=False)
    body_id: str = reference("bodies")
    former_sunset_on: date
    sunset_on: date
    reason: str
    late: bool
    """Whether it was decided after the sunset that it extends."""
    decision_id: str | None = reference("decisions", optional=True, index=False)

    @property
    def about(self) -> str:
        return self.body_id


class Secondment(Record, table=True):
    """A person seconded by an agency to a secretariat."""

    __tablename__ = "secondments"

    group_id: str = reference("groups", index=False)
    body_id: str = reference("bodies")
    person_id: str = reference("people")
    agency_id: str = reference("agencies")
    starts_on: date
    ends_on: date | None = None

    @property
    def about(self) -> str:
        return self.body_id
