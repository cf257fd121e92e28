"""Setting bodies up, who takes part in them, and moving a sunset. Ending a body looks at deliverables: `deliverables/authority_actions.py`."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency, Person
from app.bodies.models import Body, Extension, Participation, Secondment
from app.bodies.rules import (
    CHAIRING,
    TASK_FORCE,
    WORKING_GROUP,
    AlreadyParticipating,
    BodyCodeTaken,
    BodyNeedsChair,
    ReasonRequired,
    check_chaired,
    check_extension,
    check_open,
    check_state,
    check_sunset,
)
from app.core.dates import covers, overlap
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.decisions.models import Decision
from app.groups.actions import group_of
from app.groups.models import Group
from app.groups.rules import check_period
from app.membership.actions import modality_in_force, require_in_group, require_member
from app.policy import Permission


def body_subject(work: Work, body: Body) -> Subject:
    """A body as permissions see it: its group, and the agencies that chair it today."""
    return Subject(body.group_id, body_chairs=lambda: chairs_on(work, body, work.today(group_of(work, body))))


def chairs_on(work: Work, body: Body, day: date) -> frozenset[str]:
    """The agencies that chair or co-chair a body on a day."""
    rows = work.all(Participation, Participation.body_id == body.id)
    return frozenset(p.agency_id for p in rows if p.role in CHAIRING and covers(p.starts_on, p.ends_on, day))


def body_in(work: Work, group_id: str, id: str, pointer: str = "/body") -> Body:
    """A body of this group named in a request."""
    body = work.session.get(Body, id)
    if body is None or body.group_id != group_id:
        raise UnknownReference(what="body of this group", pointer=pointer)
    return body


def require_open(work: Work, body: Body) -> None:
    """Refuse a change in a body that has ended or is past its sunset today."""
    check_open(body, work.today(group_of(work, body)))


def propose_body(
    work: Work, group: Group, kind: str, *, code: str, starts_on: date | None, sunset_on: date | None, parent: str | None,
    predecessor: str | None, host: str | None, decision: str | None, **values: Any,
) -> Body:  # fmt: skip
    """Propose a working group, task force or secretariat; the decision may be the one that establishes it."""
    work.require(Permission.PROPOSE_BODY, Subject(group.id))
    first = starts_on or work.today(group)
    behind = decision_behind(work, group.id, decision, "Establishing a body", kinds=("establish",), needed=False)
    decided = behind is not None or work.undocumented
    check_sunset(kind, first, sunset_on, modality_in_force(work, group.id, first), decided=decided)
    if work.find(Body, Body.group_id == group.id, Body.code == code):
        raise BodyCodeTaken(code=code)
    body = Body(
        group_id=group.id, kind=kind, code=code, starts_on=first, sunset_on=sunset_on, decision_id=behind,
        parent_id=_taking(work, body_in(work, group.id, parent, "/parent")).id if parent else None,
        predecessor_id=body_in(work, group.id, predecessor, "/predecessor").id if predecessor else None,
        host_id=find_agency(work, host, "/host").id if host else None, **values,
    )  # fmt: skip
    return work.add(body)


def _taking(work: Work, parent: Body) -> Body:
    """A body that others may be put under: it has not ended, and is not past its sunset."""
    require_open(work, parent)
    return parent


def amend_body(work: Work, body: Body, **changes: Any) -> Body:
    """Change a body's name, mandate, review day or place among the others."""
    work.require(Permission.AMEND_BODY, body_subject(work, body))
    work.check_version(body)
    require_open(work, body)
    if "parent" in changes:
        parent = changes.pop("parent")
        changes["parent_id"] = parent and _above(work, body, parent).id
    if "host" in changes:
        host = changes.pop("host")
        changes["host_id"] = host and find_agency(work, host, "/host").id
    if "code" in changes and changes["code"] != body.code and work.find(Body, Body.group_id == body.group_id, Body.code == changes["code"]):
        raise BodyCodeTaken(code=changes["code"])
    work.amend(body, **changes)
    return body


def _above(work: Work, body: Body, id: str) -> Body:
    """The body that another is to belong to: not itself, and none that belongs to it."""
    parent = body_in(work, body.group_id, id, "/parent")
    above: Body | None = parent
    seen = {body.id}
    while above is not None:
        if above.id in seen:
            raise UnknownReference(what="body of this group outside this one", pointer="/parent")
        seen.add(above.id)
        above = work.get(Body, above.parent_id) if above.parent_id else None
    return parent if parent.id == body.parent_id else _taking(work, parent)


def activate_body(work: Work, body: Body, decision: str | None = None) -> Body:
    """Put a proposed or dormant body to work. A task force or secretariat needs its decision, a working group its chair."""
    work.require(Permission.ACTIVATE_BODY, body_subject(work, body))
    if body.state == "active":
        return body
    if body.kind == WORKING_GROUP:
        decision_behind(work, body.group_id, decision, "Establishing a body", kinds=("establish",), needed=False)
        behind = body.decision_id
    else:
        step = "Activating a task force" if body.kind == TASK_FORCE else "Activating a secretariat"
        behind = decision_behind(work, body.group_id, decision or body.decision_id, step, kinds=("establish",))
    check_state(body, "proposed", "dormant")
    require_open(work, body)
    if body.kind == WORKING_GROUP:
        day = max(work.today(group_of(work, body)), body.starts_on)
        if not chairs_on(work, body, day):
            raise BodyNeedsChair(code=body.code, day=day.isoformat())
    body.state, body.decision_id = "active", behind
    return body


def rest_body(work: Work, body: Body, reason: str) -> Body:
    """Let an active working group rest until it is activated again."""
    work.require(Permission.REST_BODY, body_subject(work, body))
    work.because(reason)
    if body.state != "dormant":
        check_state(body, "active")
        body.state = "dormant"
    return body


def extend_body(work: Work, body: Body, *, sunset_on: date, decision: str | None, reason: str | None) -> Extension:
    """Move a sunset to a later day, by decision and with a reason; also after the sunset, and then marked late."""
    work.require(Permission.EXTEND_BODY, body_subject(work, body))
    work.because(reason)
    behind = decision_behind(work, body.group_id, decision, "Extending a task force or secretariat", kinds=("extend",))
    if not reason:
        raise ReasonRequired()
    check_state(body, "proposed", "active")
    today = work.today(group_of(work, body))
    so_far = len(work.all(Extension, Extension.body_id == body.id))
    check_extension(body, sunset_on, so_far, modality_in_force(work, body.group_id, today))
    former = body.sunset_on
    assert former is not None
    decided_on = work.get(Decision, behind).decided_on if behind else today
    body.sunset_on = sunset_on
    extension = Extension(
        group_id=body.group_id, body_id=body.id, former_sunset_on=former, sunset_on=sunset_on, reason=reason, late=decided_on > former,
        decision_id=behind,
    )  # fmt: skip
    return work.add(extension)


def join_body(
    work: Work, body: Body, *, agency: str, role: str, starts_on: date | None, ends_on: date | None, **values: Any
) -> Participation:
    """Let an agency take part in a body. Chairs, co-chairs and members are members of the group; observers may observe."""
    work.require(Permission.JOIN_BODY, body_subject(work, body))
    found = find_agency(work, agency)
    first = starts_on or max(work.today(group_of(work, body)), body.starts_on)
    check_period(first, ends_on)
    _check_membership(work, body, found, role, first)
    require_open(work, body)
    _check_alone(work, body, found.id, found.code, first, ends_on, None)
    participation = Participation(
        group_id=body.group_id, body_id=body.id, agency_id=found.id, role=role, starts_on=first, ends_on=ends_on, **values
    )
    return work.add(participation)


def amend_participation(work: Work, body: Body, participation: Participation, **changes: Any) -> Participation:
    """End a participation, or correct its days or role."""
    work.require(Permission.AMEND_PARTICIPATION, body_subject(work, body))
    work.check_version(participation)
    first, last = (changes.get(n, getattr(participation, n)) for n in ("starts_on", "ends_on"))
    check_period(first, last)
    agency = work.get(Agency, participation.agency_id)
    if {"role", "starts_on"} & changes.keys():
        _check_membership(work, body, agency, changes.get("role", participation.role), first)
    require_open(work, body)
    _check_alone(work, body, agency.id, agency.code, first, last, participation.id)
    _check_chaired(work, body, participation, changes.get("role", participation.role), first, last)
    work.amend(participation, **changes)
    return participation


def _check_chaired(work: Work, body: Body, changed: Participation, role: str, first: date, last: date | None) -> None:
    """An active working group keeps a chair on every day to come that this participation gave it one."""
    if body.kind == WORKING_GROUP and body.state == "active" and changed.role in CHAIRING:
        others = [p for p in work.all(Participation, Participation.body_id == body.id) if p.id != changed.id and p.role in CHAIRING]
        remaining = [(p.starts_on, p.ends_on) for p in others] + ([(first, last)] if role in CHAIRING else [])
        since = max(work.today(group_of(work, body)), changed.starts_on)
        check_chaired(body.code, since, changed.ends_on, remaining)


def _check_membership(work: Work, body: Body, agency: Agency, role: str, day: date) -> None:
    (require_in_group if role == "observer" else require_member)(work, body.group_id, agency, day)


def _check_alone(work: Work, body: Body, agency_id: str, code: str, first: date, last: date | None, own_id: str | None) -> None:
    for other in work.all(Participation, Participation.body_id == body.id, Participation.agency_id == agency_id):
        if other.id != own_id and overlap(other.starts_on, other.ends_on, first, last):
            raise AlreadyParticipating(agency=code)


def second_staff(work: Work, body: Body, *, person: str, agency: str, starts_on: date | None, ends_on: date | None) -> Secondment:
    """Record that an agency seconds somebody to a secretariat."""
    work.require(Permission.SECOND_STAFF, body_subject(work, body))
    found, seconded = find_agency(work, agency), work.session.get(Person, person)
    if seconded is None:
        raise UnknownReference(what="person", pointer="/person")
    first = starts_on or max(work.today(group_of(work, body)), body.starts_on)
    check_period(first, ends_on)
    require_open(work, body)
    return work.add(
        Secondment(group_id=body.group_id, body_id=body.id, person_id=seconded.id, agency_id=found.id, starts_on=first, ends_on=ends_on)
    )


def amend_secondment(work: Work, body: Body, secondment: Secondment, **changes: Any) -> Secondment:
    """End a secondment, or correct its days."""
    work.require(Permission.AMEND_SECONDMENT, body_subject(work, body))
    work.check_version(secondment)
    check_period(changes.get("starts_on", secondment.starts_on), changes.get("ends_on", secondment.ends_on))
    require_open(work, body)
    work.amend(secondment, **changes)
    return secondment
