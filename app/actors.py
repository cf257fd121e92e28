"""Who asks, with the rights of the moment, and what a permission is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SECRETARIAT = "secretariat"
    FOCAL_POINT = "focal_point"
    VIEWER = "viewer"


@dataclass(frozen=True)
class Grant:
    """A role, in one group or (administrators only) in the whole installation, for one agency where the role needs it."""

    role: Role
    group_id: str | None = None
    agency_id: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who asks, with the rights of this moment: worked out afresh for every request, never kept longer."""

    id: str
    name: str
    grants: frozenset[Grant] = frozenset()
    chairing: frozenset[str] = frozenset()
    """Groups whose chair is, today, held or coordinated by an agency this actor speaks for."""
    handing_over: frozenset[str] = frozenset()
    """Terms of the chair that an agency this actor speaks for held or coordinated and may hand over, until so many days after their end."""
    taking_over: frozenset[str] = frozenset()
    """Terms whose successor, until its own last day, is held or coordinated by an agency this actor speaks for."""
    recording: bool = False
    """True for a load of the record by an administrator at the machine: it may act as of a past day."""

    @property
    def known(self) -> bool:
        return bool(self.grants) or self.recording

    @property
    def administers_all(self) -> bool:
        return self.recording or Grant(Role.ADMINISTRATOR) in self.grants

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(g.group_id for g in self.grants if g.group_id)

    def sees(self, group_id: str | None) -> bool:
        """Whether this actor sees all rows of a group; public groups show their public rows to anyone besides."""
        return group_id is None or self.administers_all or group_id in self.groups

    @property
    def confided(self) -> list[str]:
        """What this actor is told in confidence: a group's id where it is of the secretariat, `group:agency` where it speaks for one."""
        own = {f"{g.group_id}:{g.agency_id}" for g in self.grants if g.role is Role.FOCAL_POINT}
        return sorted(own | {str(g.group_id) for g in self.grants if g.role is Role.SECRETARIAT})

    def is_told(self, group_id: str, only_for: str | None) -> bool:
        """Whether something that only an agency and the secretariat see (`Record.only_for`) is for this actor."""
        return self.recording or only_for is None or not {group_id, f"{group_id}:{only_for}"}.isdisjoint(self.confided)

    def speaks_for(self, group_id: str | None) -> frozenset[str]:
        return frozenset(g.agency_id for g in self.grants if g.role is Role.FOCAL_POINT and g.group_id == group_id and g.agency_id)


ANONYMOUS = Actor("anonymous", "anonymous")


Agencies = frozenset[str] | Callable[[], frozenset[str]]
"""Ids of agencies, or how to find them: only those who speak for an agency are asked which ones they are."""


@dataclass(frozen=True)
class Subject:
    """What a permission is asked for: a group, and the agencies whose part in it is touched."""

    group_id: str | None = None
    agencies: Agencies = frozenset()
    """The agencies that answer for it: the one asked, the leads of a deliverable, the one appointing."""
    body_chairs: Agencies = frozenset()
    """The agencies that chair or co-chair the body it belongs to, today."""
    term: str | None = None
    """The term of the chair that is handed over."""

    def touches(self, own: frozenset[str], agencies: Agencies) -> bool:
        """Whether any of an actor's own agencies is among these."""
        return bool(own) and not own.isdisjoint(agencies() if callable(agencies) else agencies)
