"""Checklists on the wire."""

from datetime import date
from typing import Any, Literal

from app.bodies.schemas import BodyRef, ExtensionOut, Role
from app.bodies.schemas import State as BodyState
from app.core.wire import Named, Out, VagueOut, example
from app.workplans.schemas import WorkplanRef


class GoesOnAs(Out):
    """The deliverable of another plan that goes on with it; `workplan` is that plan's code."""

    id: str
    code: str
    workplan: str


class CheckedItem(Out):
    """A deliverable, what has become of it, and whether it stands in the way."""

    id: str
    code: str
    title: str
    status: Literal["not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded"]
    due: VagueOut | None
    body: BodyRef | None
    end: Literal["open", "delivered", "cancelled", "superseded", "carried_over", "dropped", "moved"]
    goes_on_as: list[GoesOnAs]
    blocking: bool


class CheckedBody(BodyRef):
    """A body under this one."""

    state: BodyState
    blocking: bool


class OwnedStream(Out):
    """A stream that stays behind, in a plan that has not ended; `workplan` is that plan's code."""

    id: str
    code: str
    title: str
    workplan: str


class OpenPart(Out):
    """An agency that still takes part."""

    id: str
    agency: Named
    role: Role
    starts_on: date
    ends_on: date | None


class RefusalOut(Out):
    """What the step would be refused for, and what would make it legal."""

    code: str
    message: str


class StepOut(Out):
    """A step that ends it: what it has to say, and all that stands in its way today."""

    step: Literal["close", "lapse", "dissolve", "convert"]
    ready: bool
    needs: list[Literal["outcome", "decision", "reason", "code"]]
    refusals: list[RefusalOut]


_ITEM: dict[str, Any] = {
    "id": "5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", "code": "1.1", "title": "Joint training", "status": "in_progress", "due": None,
    "body": {"id": "c0b3f5f2-0b1c-4c49-8f0c-7a4f6a0a2c11", "kind": "task_force", "code": "TF-CAP", "name": "Capacity Development"},
    "end": "open", "goes_on_as": [], "blocking": True,
}  # fmt: skip
_LEFT = {"code": "open_deliverables", "message": "TF-CAP still has open deliverables: 1.1. Deliver, cancel or move each of them first."}


class BodyChecklistOut(Out):
    """What has to be settled before a body ends."""

    model_config = example(
        body=_ITEM["body"], state="active", as_of="2015-06-01", sunset_on="2015-07-02", sunset_passed=False, outcome=None,
        deliverables=[_ITEM], below=[], streams=[], participations=[], extensions=[],
        steps=[{"step": "close", "ready": False, "needs": ["outcome"], "refusals": [_LEFT]}],
    )  # fmt: skip

    body: BodyRef
    state: BodyState
    as_of: date
    sunset_on: date | None
    sunset_passed: bool
    outcome: str | None
    deliverables: list[CheckedItem]
    """Its own, and those that were moved to another body."""
    below: list[CheckedBody]
    streams: list[OwnedStream]
    participations: list[OpenPart]
    extensions: list[ExtensionOut]
    steps: list[StepOut]


class PlanChecklistOut(Out):
    """What has to be settled before a plan is closed or superseded."""

    model_config = example(
        workplan={"id": "5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", "code": "WP2013", "title": "Workplan 2013-2015"}, state="endorsed",
        as_of="2015-12-31", deliverables=[_ITEM], steps=[{"step": "close", "ready": False, "needs": ["reason"], "refusals": [_LEFT]}],
    )  # fmt: skip

    workplan: WorkplanRef
    state: Literal["draft", "circulated", "endorsed", "closed", "superseded"]
    as_of: date
    deliverables: list[CheckedItem]
    steps: list[StepOut]
