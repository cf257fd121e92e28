"""The things of the domain in plain Python, and its calendar. Written from docs/domain.md; nothing of the app is imported here."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

FOREVER = date(9999, 1, 1)
OPEN = ("not_started", "in_progress", "on_hold")
OPEN_BODY = ("proposed", "active", "dormant")


@dataclass(eq=False)
class Thing:
    """Anything that the API knows by an id; the model learns it from the answer that made it."""

    id: str = field(default="", init=False)


@dataclass(eq=False)
class Period(Thing):
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= (self.ends_on or FOREVER)

    def shares_a_day(self, starts_on: date, ends_on: date | None) -> bool:
        return self.starts_on <= (ends_on or FOREVER) and starts_on <= (self.ends_on or FOREVER)


@dataclass(eq=False)
class Decision(Thing):
    code: str
    decided_on: date


@dataclass(eq=False)
class Membership(Period):
    agency: str
    role: str


@dataclass(eq=False)
class Term(Period):
    holders: list[str]
    state: str
    note: str | None


@dataclass(eq=False)
class Participation(Period):
    agency: str
    role: str


@dataclass(eq=False)
class Body(Thing):
    kind: str
    code: str
    starts_on: date
    sunset_on: date | None
    decided: bool = False
    state: str = "proposed"
    ended_on: date | None = None
    outcome: str | None = None
    predecessor: "Body | None" = None
    takes_part: list[Participation] = field(default_factory=list)
    extensions: list[tuple[date, date, bool]] = field(default_factory=list)
    """Former sunset, new sunset, and whether it was decided late."""

    def chairs(self, day: date) -> set[str]:
        return {p.agency for p in self.takes_part if p.role in ("chair", "co_chair") and p.covers(day)}


@dataclass(eq=False)
class Plan(Thing):
    code: str
    starts_on: date
    ends_on: date
    transitional: bool
    state: str = "draft"
    revision: int = 0
    revising: bool = False
    circulated_on: date | None = None
    endorsed_on: date | None = None
    closed_on: date | None = None
    superseded_by: "Plan | None" = None
    baselines: list[dict[str, object]] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        return self.state in ("draft", "circulated", "endorsed")


@dataclass(eq=False)
class Stream(Thing):
    plan: Plan
    code: str
    body: Body | None


@dataclass(eq=False)
class Part(Period):
    """What an agency is asked for in a deliverable, and what it answers."""

    deliverable: "Deliverable"
    agency: str
    role: str
    state: str = "proposed"
    answered_yes: int = 0
    """When the last yes was given, as a running number; 0 while there is none."""
    on_behalf_of: str | None = None
    evidence: str | None = None
    taken_over_from: "Part | None" = None
    decline: tuple[str, str | None] | None = None
    """Reason, and who is suggested instead."""

    @property
    def unended(self) -> bool:
        return self.state in ("proposed", "accepted")

    def in_force(self, day: date) -> bool:
        return self.answered_yes > 0 and self.state in ("accepted", "ended") and self.covers(day)


@dataclass(eq=False)
class Deliverable(Thing):
    stream: Stream
    body: Body | None
    code: str
    title: str
    due: str | None
    confirmed_on: date
    baseline_due: str | None = None
    delivered: str | None = None
    status: str = "not_started"
    status_reason: str | None = None
    percent: int | None = None
    confidence: str | None = None
    evidence: list[str] = field(default_factory=list)
    waiver: str | None = None
    carried_from: "Deliverable | None" = None
    carried: list[str] = field(default_factory=list)
    former_titles: list[str] = field(default_factory=list)
    former_codes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    reports: int = 0

    def leads(self, day: date, *roles: str) -> set[str]:
        return {p.agency for p in self.parts if p.role in roles and p.in_force(day)}

    def open_on(self, day: date) -> bool:
        """Open, or delivered only later than the day."""
        return self.status in OPEN or (self.status == "delivered" and last_day(self.delivered or "") > day)


def first_day(text: str) -> date:
    """The first day that a vague date may mean."""
    if len(text) == 10:
        return date.fromisoformat(text)
    return date(int(text[:4]), _months(text)[0], 1)


def last_day(text: str) -> date:
    """The last day of a vague date, which is the one that counts."""
    if len(text) == 10:
        return date.fromisoformat(text)
    year, month = int(text[:4]), _months(text)[1]
    return date(year, month, calendar.monthrange(year, month)[1])


def _months(text: str) -> tuple[int, int]:
    rest = text[5:]
    if not rest:
        return 1, 12
    if rest[0] == "H":
        return {"1": (1, 6), "2": (7, 12)}[rest[1]]
    if rest[0] == "Q":
        last = 3 * int(rest[1])
        return last - 2, last
    return int(rest), int(rest)


def vague(day: date, precision: str) -> str:
    """How somebody says that something is due about that day."""
    return {
        "day": day.isoformat(),
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "half": f"{day.year}-H{1 if day.month < 7 else 2}",
        "year": str(day.year),
    }[precision]


def months_later(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month where it is shorter."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def end_of_term(starts_on: date, months: int) -> date:
    return months_later(starts_on, months) - timedelta(days=1)


def every_day(starts_on: date, ends_on: date) -> list[date]:
    return [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]
