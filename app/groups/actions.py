"""Establishing and amending groups, and naming one in other actions."""

from typing import Any

from app.actors import Subject
from app.core.errors import Forbidden, NotFound, UnknownReference
from app.core.work import Work
from app.groups.models import Group
from app.groups.rules import GroupCodeTaken, check_period, check_time_zone
from app.policy import Permission, administrator


def load_group(work: Work, code: str) -> Group:
    """The group of this code in an address; `NotFound` where the actor may not see it."""
    group = work.find(Group, Group.code == code.lower())
    if group is None:
        raise NotFound(what="group")
    work.see(group)
    return group


def name_group(work: Work, code: str) -> Group:
    """The group of this code in a body; `UnknownReference` where the actor may not see it."""
    try:
        return load_group(work, code)
    except NotFound:
        raise UnknownReference(what="group", pointer="/group") from None


def group_of(work: Work, record: Any) -> Group:
    """The group that a record belongs to."""
    return work.get(Group, record.group_id)


def establish_group(work: Work, *, code: str, **values: Any) -> Group:
    """Establish a coordination group under a code that is free."""
    work.require(Permission.ESTABLISH_GROUP, Subject())
    check_time_zone(values["time_zone"])
    check_period(values["established_on"], values["dissolved_on"])
    if work.find(Group, Group.code == code):
        raise GroupCodeTaken(code=code)
    return work.add(Group(code=code, **values))


def amend_group(work: Work, group: Group, **changes: Any) -> Group:
    """Change a group's name, mandate, time zone or habits."""
    work.require(Permission.AMEND_GROUP, Subject(group.id))
    if "established_on" in changes and not administrator(work.actor, Subject(group.id)):
        raise Forbidden(permission=Permission.ESTABLISH_GROUP.value)  # who is a founding member hangs on that day
    work.check_version(group)
    check_time_zone(changes.get("time_zone", group.time_zone))
    check_period(changes.get("established_on", group.established_on), changes.get("dissolved_on", group.dissolved_on))
    work.amend(group, **changes)
    return group
