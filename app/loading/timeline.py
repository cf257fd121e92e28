"""The order of what happens in a group: by day, and on one day so that each step finds what it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum


class Rank(IntEnum):
    """What comes first on one day: what opens doors, then what is set up, then what is done, then what ends."""

    CONVERT = 1
    EXTEND = 2
    BODY = 3
    JOIN = 4
    ACTIVATE = 5
    PLAN = 6
    REVISE = 7
    STREAM = 8
    DELIVERABLE = 9
    AMEND = 10
    ASK = 11
    ANSWER = 12
    CIRCULATE = 13
    ENDORSE = 14
    WORK = 15
    DELIVER = 16
    REOPEN = 17
    END_PART = 18
    REST = 19
    END_BODY = 20
    END_PLAN = 21


@dataclass
class Timeline:
    steps: list[tuple[date, Rank, int, Callable[[], None]]] = field(default_factory=list)

    def at(self, day: date, rank: Rank, act: Callable[[], None]) -> None:
        self.steps.append((day, rank, len(self.steps), act))

    def run(self) -> None:
        """Take every step in its order; on one day and rank, in the order of the file."""
        for *_, act in sorted(self.steps, key=lambda step: step[:3]):
            act()
