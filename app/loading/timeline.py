"""The order of what happens in a group: by day, and on one day so that each step finds what it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum


class Rank(IntEnum):
    """What comes first on one day: what opens doors, then what is set up, then what is done, then what ends."""

    SILENCE = 0
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
    HAND_OVER = 11
    ASK = 12
    ANSWER = 13
    END_PART = 14
    CIRCULATE = 15
    ENDORSE = 16
    WORK = 17
    DELIVER = 18
    REOPEN = 19
    REST = 20
    END_BODY = 21
    END_PLAN = 22
    MEETING = 23
    OUTCOME = 24
    NOTE = 25
    SUBMIT = 26
    TAKE_OVER = 27


@dataclass
class Timeline:
    steps: list[tuple[date, Rank, int, Callable[[], None]]] = field(default_factory=list)

    def at(self, day: date, rank: Rank, act: Callable[[], None]) -> None:
        self.steps.append((day, rank, len(self.steps), act))

    def run(self) -> None:
        """Take every step in its order; on one day and rank, in the order of the file."""
        for *_, act in sorted(self.steps, key=lambda step: step[:3]):
            act()
