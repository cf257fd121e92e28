"""Chairmanships: the dated register of who chaired."""

from datetime import date

from sqlmodel import Field

from app.core.db import Record, Sourced, reference


class Chairmanship(Record, Sourced, table=True):
    """A term in which one agency, several co-chairs or a constituency chairs the group. Confirmed terms never overlap."""

    __tablename__ = "chairmanships"

    group_id: str = reference("groups")
    kind: str = Field(default="regular", max_length=10)
    state: str = Field(default="nominated", max_length=10)
    starts_on: date
    ends_on: date
    theme: str | None = Field(default=None, max_length=300)
    decision_id: str | None = reference("decisions", optional=True)


class Holder(Record, table=True):
    """An agency that holds a term; where it is a constituency, the agency that coordinates."""

    __tablename__ = "chair_holders"

    group_id: str = reference("groups", index=False)
    chairmanship_id: str = reference("chairmanships")
    position: int
    agency_id: str = reference("agencies")
    coordinator_id: str | None = reference("agencies", optional=True)
    principal: str | None = Field(default=None, max_length=300)

    @property
    def about(self) -> str:
        return self.chairmanship_id
