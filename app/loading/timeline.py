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
    PROJECT = 9
    DELIVERABLE = 10
    AMEND = 11
    HAND_OVER = 12
    ASK = 13
    ANSWER = 14
    END_PART = 15
    CONSULT = 16
    MONEY = 17
    ADVANCE = 18
    CIRCULATE = 19
    ENDORSE = 20
    WORK = 21
    DELIVER = 22
    REOPEN = 23
    REST = 24
    END_BODY = 25
    END_PLAN = 26
    MEETING = 27
    OUTCOME = 28
    NOTE = 29
    SUBMIT = 30
    TAKE_OVER = 31


@dataclass
class Timeline:
    steps: list[tuple[date, Rank, int, Callable[[], None]]] = field(default_factory=list)

    def at(self, day: date, rank: Rank, act: Callable[[], None]) -> None:
        self.steps.append((day, rank, len(self.steps), act))

    def run(self) -> None:
        """Take every step in its order; on one day and rank, in the order of the file."""
        for *_, act in sorted(self.steps, key=lambda step: step[:3]):
            act()
