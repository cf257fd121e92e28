"""Who I am, on the wire."""

from typing import Literal

from app.core.wire import Named, Out


class GrantOut(Out):
    role: Literal["administrator", "secretariat", "focal_point", "viewer"]
    group: Named | None
    agency: Named | None
    chairing: bool
    """Whether this agency chairs the group today, which gives the chair's rights."""


class MeOut(Out):
    id: str
    name: str
    grants: list[GrantOut]
