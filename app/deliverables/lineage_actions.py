"""Carrying a deliverable over into another plan: it continues, is split, is merged with others, or is dropped, and its lineage tells."""

from typing import Any

from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables.actions import add_deliverable, check_changeable, deliverable_subject, today_for
from app.deliverables.models import Deliverable, Lineage
from app.deliverables.rules import OPEN, AlreadyCarriedOver, check_carrying, check_status
from app.policy import Permission
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
    earlier = work.all(Lineage, Lineage.from_id == deliverable.id)
    if kind == "split" and earlier and all(step.kind == "split" for step in earlier):
        check_status(deliverable, "superseded")  # a further part of it
    else:
        if earlier:
            raise AlreadyCarriedOver(kind=earlier[0].kind)
        check_status(deliverable, *OPEN)
        check_alive(work.get(Workplan, deliverable.workplan_id))
    later = _there(work, deliverable, stream, into, values)
    why = reason or f"Carried over into {work.get(Workplan, later.workplan_id).code} {later.code}." if later else reason
    work.because(why)
    deliverable.status, deliverable.status_reason = "superseded" if later else "cancelled", why
    deliverable.confirmed_on = today_for(work, deliverable)
    return work.add(
        Lineage(group_id=deliverable.group_id, from_id=deliverable.id, to_id=later.id if later else None, kind=kind, reason=reason)
    )


def _there(work: Work, deliverable: Deliverable, stream: str | None, into: str | None, values: dict[str, Any]) -> Deliverable | None:
    """The deliverable of the other plan that goes on with it: a new one in a stream, or one that is there."""
    if stream:
        place = work.refer(Stream, stream, "/stream")
        if place.group_id != deliverable.group_id or place.workplan_id == deliverable.workplan_id:
            raise UnknownReference(what="stream of another plan of this group", pointer="/stream")
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
    if into:
        other = work.refer(Deliverable, into, "/into")
        if other.group_id != deliverable.group_id or other.workplan_id == deliverable.workplan_id:
            raise UnknownReference(what="deliverable of another plan of this group", pointer="/into")
        check_status(other, *OPEN)
        check_changeable(work, other)
        return other
    return None
