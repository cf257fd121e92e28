"""Changes on the wire."""

from datetime import date, datetime
from typing import Any, Literal

from app.core.wire import Named, Out
from app.decisions.schemas import AuthorityOut


class ActorOut(Out):
    id: str
    name: str


class ChangeOut(Out):
    """One change of one thing: who, when, which operation, old and new."""

    seq: int
    at: datetime
    effective_on: date | None
    actor: ActorOut
    on_behalf_of: Named | None
    channel: str
    operation: str
    action: Literal["created", "updated"]
    group: Named | None
    entity: str
    id: str
    version: int
    fields: dict[str, list[Any]]
    reason: str | None
    decision: AuthorityOut | None


class ChangesOut(Out):
    """A stretch of the change feed. Ask again with after=next_after."""

    items: list[ChangeOut]
    next_after: int
