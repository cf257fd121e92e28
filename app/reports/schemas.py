"""Figures on the wire."""

from typing import Literal

from app.core.wire import Out


class StatesOut(Out):
    """How many deliverables are in each stored state."""

    not_started: int
    in_progress: int
    on_hold: int
    delivered: int
    cancelled: int
    superseded: int


class FigureOut(Out):
    """The figures of one group, plan or stream."""

    id: str
    code: str
    name: str
    total: int
    states: StatesOut


class StatsOut(Out):
    """The figures of all that was asked for, and of each part of it."""

    measure: Literal["deliverables"]
    by: Literal["group", "workplan", "stream"]
    total: int
    states: StatesOut
    items: list[FigureOut]
