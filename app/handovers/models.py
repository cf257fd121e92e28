"""Hand-overs from one term of the chair to the next."""

from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Record, reference, texts


class HandOver(Record, table=True):
    """The hand-over out of a term. It begins with the chair's note or with its submission, which freezes the pack and its hash."""

    __tablename__ = "hand_overs"

    group_id: str = reference("groups")
    outgoing_id: str = reference("chairmanships", index=False)
    state: str = Field(default="draft", max_length=10)
    note: str | None = None
    pack: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    digest: str | None = Field(default=None, max_length=64)
    people: list[str] = texts()
    """The ids of the people whom the frozen pack names: it holds no names, so that one can be erased and the hash still verifies."""
    incoming_id: str | None = reference("chairmanships", optional=True, index=False)
    outgoing_starts_on: date | None = None
    outgoing_ends_on: date | None = None
    incoming_starts_on: date | None = None
    incoming_ends_on: date | None = None
    """Both terms and their days as they were at submission: a later change shows."""
    submitted_on: date | None = None
    submitted_by: str | None = Field(default=None, max_length=36)
    accepted_on: date | None = None
    accepted_by: str | None = Field(default=None, max_length=36)
    on_behalf_of_id: str | None = reference("agencies", optional=True, index=False)
    evidence: str | None = None

    personal: ClassVar[frozenset[str]] = frozenset({"note"})
    """A draft's note is the chair's own; once submitted it stands in the pack."""

    @property
    def about(self) -> str:
        return self.outgoing_id
