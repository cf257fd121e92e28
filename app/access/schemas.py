"""Who I am, on the wire."""

from typing import Literal

from app.core.wire import Named, Out, example


class GrantOut(Out):
    role: Literal["administrator", "secretariat", "focal_point", "viewer"]
    group: Named | None
    agency: Named | None
    chairing: bool
    """Whether this agency chairs the group today, which gives the chair's rights."""


class MeOut(Out):
    model_config = example(
        id="5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", name="focal_point IOM gmg",
        grants=[
            {
                "role": "focal_point", "group": {"code": "gmg", "name": "Global Migration Group"},
                "agency": {"code": "IOM", "name": "International Organization for Migration"}, "chairing": False,
            }
        ],
        handing_over=[], taking_over=[],
    )  # fmt: skip

    id: str
    name: str
    grants: list[GrantOut]
    handing_over: list[str]
    """The terms of the chair whose hand-over is yours to write and submit; on some days of a change it is a former one."""
    taking_over: list[str]
    """The terms before yours, whose hand-over you read and accept."""
