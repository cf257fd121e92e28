"""What is measured, as a table: a name for `--only`, what it asks for, and the figure it has to reach on each engine."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.samples import Samples
from bench.wrk import Call

Calls = Callable[[Samples], list[Call]]
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class Read:
    """A request whose rate is held against the floor, and perhaps against the usual way."""

    name: str
    title: str
    calls: Calls
    floor: dict[str, float]
    rival: dict[str, float] | None = None
    kept: bool = False
    """Whether the service may keep replies, as it does by default. If not, every request is worked out."""
    known: bool = False
    """Whether the client sends the ETag that it got before."""


READS = (
    Read("item", "One deliverable", lambda s: s.items, {SQLITE: 0.35, POSTGRESQL: 0.18}, {SQLITE: 5, POSTGRESQL: 5}),
    Read("page", "Page of 50, group by due date", lambda s: s.pages, {SQLITE: 0.13, POSTGRESQL: 0.09}, {SQLITE: 7, POSTGRESQL: 6}),
    Read("mine", "My agency's open assignments, as focal point", lambda s: s.parts, {SQLITE: 0.11, POSTGRESQL: 0.06}, {}),
    Read("agency", "An agency's open assignments in all groups", lambda s: s.parts_everywhere, {SQLITE: 0.11, POSTGRESQL: 0.06}, {}),
    Read("accepted", "An agency's accepted assignments in all groups", lambda s: s.parts_accepted, {SQLITE: 0.11, POSTGRESQL: 0.06}, {}),
    Read("repeated", "The same page again", lambda s: s.one_page, {SQLITE: 0.8, POSTGRESQL: 0.3}, kept=True),
    Read("304", "The same page, not modified", lambda s: s.one_page, {SQLITE: 1.0, POSTGRESQL: 0.35}, kept=True, known=True),
)


@dataclass(frozen=True)
class Growth:
    """A request whose time may hardly grow with the rows: here against there."""

    name: str
    title: str
    here: Calls
    there: Calls
    most: float
    hundredth: bool = False
    """Whether `there` is a database with a hundredth of the rows; else it is the same one."""


GROWTHS = (
    Growth("deep", "Page 10,000 against page 1, everything by due date", lambda s: s.deep(s.size // 100), lambda s: s.deep(1), 1.1),
    Growth("count", "Count of everything, against a hundredth of the rows", lambda s: s.counts(), lambda s: s.counts(), 1.5, hundredth=True),
    Growth(
        "plan", "Count of a plan, against a hundredth of the rows", lambda s: s.counts_of_a_plan(), lambda s: s.counts_of_a_plan(), 1.5, hundredth=True
    ),
    Growth("stats", "Statistics of everything, against a hundredth of the rows", lambda s: s.statistics(), lambda s: s.statistics(), 1.5, hundredth=True),
    Growth("known", "A page as it was known, laid out already, against the page of today", lambda s: s.one_past(), lambda s: s.present(), 5),
)  # fmt: skip
OTHERS = {
    "past": "First answer from a past state, against following its changes",
    "writes": "Progress updates",
    "memory": "Memory after 100,000 requests",
    "start": "Import and start",
}
NAMES = (*(c.name for c in READS), *(c.name for c in GROWTHS), *OTHERS)
