"""Figures on the wire."""

from datetime import date
from typing import Literal

from app.bodies.schemas import BodyRef
from app.core.wire import Named, Out


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


class LoadItem(Out):
    """What an agency carries of what is open."""

    agency: Named
    role: Literal["member", "observer"]
    leads: int
    co_leads: int
    contributes: int
    overdue: int
    """How many of those that it leads are late."""
    unanswered: int
    delivered: int
    """How many it led to their delivery, or leads still after it."""
    ever_led: bool
    more_than_its_share: bool
    """Whether it leads more than twice what members lead on average."""


class LoadOut(Out):
    group: str
    as_of: date
    never_led: list[Named]
    """Members that have never accepted a lead here."""
    items: list[LoadItem]


class OutlookThing(Out):
    """A deliverable, as the outlook names it."""

    id: str
    code: str
    title: str


class OutlookItem(Out):
    """What ends, is orphaned or is left alone, and when; what it is about."""

    kind: Literal["sunset", "chair_ends", "lead_ends", "lead_leaves", "turns_stale", "unanswered"]
    on: date | None
    """The day it happens, in the past where it has; null for an ask without a day to answer by."""
    body: BodyRef | None
    deliverable: OutlookThing | None
    agency: Named | None


class OutlookOut(Out):
    group: str
    as_of: date
    until: date
    items: list[OutlookItem]
