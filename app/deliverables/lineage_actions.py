"""Carrying a deliverable over into another plan: it continues, is split, is merged with others, or is dropped, and its lineage tells."""

from typing import Any, TypeVar

from app.core.errors import Forbidden, UnknownReference
from app.core.work import Work
from app.deliverables.actions import add_deliverable, check_changeable, deliverable_subject, today_for
from app.deliverables.models import Deliverable, Lineage
from app.deliverables.rules import OPEN, AlreadyCarriedOver, check_carrying, check_status
from app.policy import Permission, allows
from app.workplans.models import Stream, Workplan
from app.workplans.rules import check_alive


def carry_over_deliverable(
    work: Work, deliverable: Deliverable, *, kind: str, stream: str | None, into: str | None, reason: str | None, **values: Any
) -> Lineage:
    """Carry a deliverable over into another plan of its group; here it ends as superseded, or as cancelled where it is dropped.

    `continues` and `split` add a deliverable to a stream there (`values` are its code, title, due, …), `merged` joins one that is there.
    """
    work.require(Permission.CARRY_OVER_DELIVERABLE, deliverable_subject(work, deliverable))
    check_carrying(kind, stream=stream, into=into, reason=reason)
    place = _of_another_plan(work, deliverable, Stream, stream, "/stream") if stream else None
    other = _of_another_plan(work, deliverable, Deliverable, into, "/into") if into else None
    earlier = work.all(Lineage, Lineage.from_id == deliverable.id)
    if kind == "split" and earlier and all(step.kind == "split" for step in earlier):
        check_status(deliverable, "superseded")  # a further part of it
    else:
        if earlier:
            raise AlreadyCarriedOver(kind=earlier[0].kind)
        check_status(deliverable, *OPEN)
        check_alive(work.get(Workplan, deliverable.workplan_id))
    later = _added(work, deliverable, place, values) if place else _joined(work, other) if other else None
    why = reason or f"Carried over into {work.get(Workplan, later.workplan_id).code} {later.code}." if later else reason
    work.because(why)
    deliverable.status, deliverable.status_reason = "superseded" if later else "cancelled", why
    deliverable.confirmed_on = today_for(work, deliverable)
    return work.add(
        Lineage(group_id=deliverable.group_id, from_id=deliverable.id, to_id=later.id if later else None, kind=kind, reason=reason)
    )


There = TypeVar("There", Stream, Deliverable)


def _of_another_plan(work: Work, deliverable: Deliverable, model: type[There], id: str, pointer: str) -> There:
    """Where the work goes on: in another plan of the same group."""
    there = work.refer(model, id, pointer)
    if there.group_id != deliverable.group_id or there.workplan_id == deliverable.workplan_id:
        raise UnknownReference(what=f"{model.entity()} of another plan of this group", pointer=pointer)
    return there


def _added(work: Work, deliverable: Deliverable, place: Stream, values: dict[str, Any]) -> Deliverable:
    """A new deliverable of the other plan that goes on with it."""
    own = {
        "kind": deliverable.kind,
        "topics": deliverable.topics,
        "countries": deliverable.countries,
        "visibility": deliverable.visibility,
    }
    given = own | {"title": values["title"] or deliverable.title, "code": values["code"] or deliverable.code}
    return add_deliverable(
        work, place, due=values["due"], body=values["body"], carried_from=deliverable.id, description=deliverable.description,
        mandate=deliverable.mandate, **given,
    )  # fmt: skip


def _joined(work: Work, other: Deliverable) -> Deliverable:
    """One that is there, and takes changes."""
    if not allows(work.actor, Permission.CARRY_OVER_DELIVERABLE, deliverable_subject(work, other)):
        raise Forbidden(permission=Permission.CARRY_OVER_DELIVERABLE.value)
    check_status(other, *OPEN)
    check_changeable(work, other)
    return other
