"""Decisions: the authority behind every formal step."""

from datetime import date
from typing import ClassVar

from sqlmodel import Field

from app.core.db import Findable, Record, Sourced, reference


class Decision(Record, Sourced, Findable, table=True):
    """What a meeting or a silence procedure decided, in a group."""

    __tablename__ = "decisions"

    group_id: str = reference("groups")
    code: str = Field(max_length=40)
    decided_on: date
    level: str = Field(max_length=20)
    method: str = Field(max_length=20)
    kind: str = Field(max_length=20)
    text: str
    place: str | None = Field(default=None, max_length=300)

    found_by: ClassVar[tuple[str, ...]] = ("code", "text")
