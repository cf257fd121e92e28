"""What is promised, what came, and what lacks: one computation for a project, a stream, a plan, a year, an agency and all of a group.

    gap = budget - (committed + received outside a commitment)

What is received under a commitment is part of that commitment, pledges stand beside, and money passed on leaves one project as it
arrives in the other. Everything is added up in whole minor units, so that parts always add up to their whole.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.core.money import Rates, amount_text, split
from app.fundraising.rules import SOUGHT

Facts = dict[str, Any]
MEASURES = ("pledged", "committed", "outside", "passed", "received")


@dataclass
class Sums:
    """Amounts in one currency. `budget` is None where it is unknown; `uncertain` where a commitment or receipt could not be converted,
    or nobody knows how much is committed."""

    budget: int | None = None
    pledged: int = 0
    """Promised without commitment, as far as it has not come."""
    committed: int = 0
    outside: int = 0
    """Received outside a commitment."""
    passed: int = 0
    """Passed on from other projects, less what was passed on to others."""
    received: int = 0
    """All that came from donors, under commitments too."""
    uncertain: bool = False

    @property
    def covered(self) -> int:
        return self.committed + self.outside + self.passed

    @property
    def gap(self) -> int | None:
        """Below zero where there is more money than the budget; unknown without a budget."""
        return None if self.budget is None or self.uncertain else self.budget - self.covered

    def add(self, other: "Sums") -> None:
        if other.budget is not None:
            self.budget = (self.budget or 0) + other.budget
        for name in MEASURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.uncertain = self.uncertain or other.uncertain

    def split(self, weights: Sequence[int]) -> list["Sums"]:
        """The same in parts by weight, each measure exactly."""
        parts = [Sums(uncertain=self.uncertain) for _ in weights]
        for name in ("budget", *MEASURES):
            if (whole := getattr(self, name)) is not None:
                for part, amount in zip(parts, split(whole, weights), strict=True):
                    setattr(part, name, amount)
        return parts


@dataclass
class Money:
    """A project with what is known of its money, as the database tells it."""

    project: Facts
    contributions: list[Facts] = field(default_factory=list)
    instalments: list[Facts] = field(default_factory=list)
    passings: list[Facts] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return str(self.project["currency"])

    @property
    def currencies(self) -> set[str]:
        return {self.currency, *(entry["currency"] for entry in (*self.contributions, *self.instalments, *self.passings))}


@dataclass
class Unconverted:
    """An amount for which there is no rate on its day: it is in no sum, and what it would change is unknown."""

    project: str
    what: str
    amount: int
    currency: str
    to: str
    on: date


@dataclass
class Figures:
    """The sums of a project by what they are earmarked for (None for the project as a whole), in one currency."""

    by_earmark: dict[str | None, Sums]
    unconverted: list[Unconverted]

    @property
    def whole(self) -> Sums:
        found = Sums()
        for sums in self.by_earmark.values():
            found.add(sums)
        return found


def gather(
    projects: Iterable[Facts], contributions: Iterable[Facts], instalments: Iterable[Facts], passings: Iterable[Facts]
) -> list[Money]:
    """Each project with its entries."""
    found = {project["id"]: Money(project) for project in projects}
    for name, entries in (("contributions", contributions), ("instalments", instalments), ("passings", passings)):
        for entry in entries:
            if entry["project"] in found:
                getattr(found[entry["project"]], name).append(entry)
    return list(found.values())


def figures(money: Money, rates: Rates) -> Figures:
    """A project's sums in its own currency, each amount converted at the rate of its value date."""
    sums: dict[str | None, Sums] = defaultdict(Sums)
    sums[None].budget = money.project["budget"]
    unconverted: list[Unconverted] = []

    def count(measures: Sequence[str], entry: Facts, amount: int) -> None:
        if amount == 0:
            return
        on = date.fromisoformat(entry["value_on"])
        here = sums[entry["stream"]]
        converted = rates.convert(amount, entry["currency"], money.currency, on)
        if converted is None:
            unconverted.append(Unconverted(money.project["code"], measures[0], amount, entry["currency"], money.currency, on))
            here.uncertain = here.uncertain or measures[0] not in ("pledged", "received")
            return
        for name in measures:
            setattr(here, name, getattr(here, name) + converted)

    for entry in money.contributions:
        if entry["amount"] is None:  # a promise of nobody knows how much
            here = sums[entry["stream"]]
            here.uncertain = here.uncertain or entry["committed"]
            continue
        promised = entry["amount"] - entry["cancelled"]
        if entry["committed"]:
            count(["committed"], entry, promised)
        else:
            count(["pledged"], entry, promised - entry["received"])
    for entry in money.instalments:
        count(["received"] if entry["committed"] else ["outside", "received"], entry, entry["amount"])
    for entry in money.passings:
        count(["passed"], entry | {"stream": None}, entry["amount"])
    return Figures(dict(sums), unconverted)


def in_currency(found: Figures, money: Money, wanted: str, on: date, rates: Rates) -> Figures:
    """The same figures in another currency, all at the rate of one day."""
    if wanted == money.currency:
        return found
    if rates.between(money.currency, wanted, on) is None:
        whole = found.whole
        amount = whole.budget if whole.budget is not None else whole.covered
        lost = Unconverted(money.project["code"], "project", amount, money.currency, wanted, on)
        return Figures({None: Sums(uncertain=True)}, [*found.unconverted, lost])

    def changed(sums: Sums) -> Sums:
        turned = Sums(uncertain=sums.uncertain)
        for name in ("budget", *MEASURES):
            if (amount := getattr(sums, name)) is not None:
                setattr(turned, name, rates.convert(amount, money.currency, wanted, on))
        return turned

    return Figures({key: changed(sums) for key, sums in found.by_earmark.items()}, found.unconverted)


@dataclass(frozen=True)
class Cell:
    """What of a project's money is for one of its streams; for none where it serves none."""

    project: Facts
    stream: Facts | None
    sums: Sums


def cells(money: Money, found: Figures) -> list[Cell]:
    """A project's figures by its streams: what is earmarked as it is, the rest by their shares."""
    streams = money.project["streams"]
    if not streams:
        return [Cell(money.project, None, found.whole)]
    rest, served = Sums(), {stream["id"] for stream in streams}
    for earmark, sums in found.by_earmark.items():
        if earmark not in served:  # for the project as a whole, or for a stream that it has left: in no figure less than in the whole
            rest.add(sums)
    spread = rest.split([stream["share"] for stream in streams])
    for stream, sums in zip(streams, spread, strict=True):
        sums.add(found.by_earmark.get(stream["id"], Sums()))
    return [Cell(money.project, stream, sums) for stream, sums in zip(streams, spread, strict=True)]


def years(project: Facts) -> dict[int | None, int]:
    """The weight of each year in a project: its budget lines' where they name years, else its days; None where nothing tells."""
    if any(line["year"] for line in project["lines"]):
        weights: dict[int | None, int] = defaultdict(int)
        for line in project["lines"]:
            weights[line["year"]] += line["amount"]
        return dict(sorted(weights.items(), key=lambda one: (one[0] is None, one[0] or 0)))
    if not (project["starts_on"] and project["ends_on"]):
        return {None: 1}
    first, last = date.fromisoformat(project["starts_on"]), date.fromisoformat(project["ends_on"])
    found: dict[int | None, int] = {}
    while first <= last:
        until = min(last, date(first.year, 12, 31))
        found[first.year] = (until - first).days + 1
        first = until + timedelta(days=1)
    return found


Key = tuple[str | None, str | None, str | None]
"""Id, code and name of what a row stands for; nothing where a project has none."""
NOBODY: Key = (None, None, None)


def hide_drafts(everything: Iterable[Money]) -> None:
    """Take from what strangers are told the names of streams and plans that are not public; their money counts, as nobody's."""
    for money in everything:
        for stream in money.project["streams"]:
            stream["hidden"] = stream["workplan"]["hidden"] = not stream["published"]


def _named(thing: Facts | None) -> Key:
    return (thing["id"], thing["code"], thing["name"]) if thing and not thing.get("hidden") else NOBODY


def _by_year(cell: Cell) -> list[tuple[Key, Sums]]:
    weights = years(cell.project)
    parts = cell.sums.split(list(weights.values()))
    return [((None, str(year), str(year)) if year else NOBODY, part) for year, part in zip(weights, parts, strict=True)]


GROUPINGS: dict[str, Callable[[Cell], list[tuple[Key, Sums]]]] = {
    "project": lambda cell: [(_named(cell.project), cell.sums)],
    "stream": lambda cell: [(_named(cell.stream), cell.sums)],
    "workplan": lambda cell: [(_named(cell.stream and cell.stream["workplan"]), cell.sums)],
    "agency": lambda cell: [(_named(cell.project["lead"]), cell.sums)],
    "year": _by_year,
}


@dataclass
class Row:
    """The sums of what belongs together, project by project, so that what one has too much does not hide what another lacks."""

    by_project: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))

    def shown(self, currency: str) -> dict[str, Any]:
        whole = Sums()
        for sums in self.by_project.values():
            whole.add(sums)
        gaps = [sums.gap for sums in self.by_project.values()]
        known = [gap for gap in gaps if gap is not None]
        over = sum(-gap for gap in known if gap < 0)
        flags = {"overfunded": over > 0, "unknown": len(known) < len(gaps)}

        def text(amount: int | None) -> str | None:
            return None if amount is None else amount_text(amount, currency)

        return {
            "budget": text(whole.budget), "pledged": text(whole.pledged), "committed": text(whole.committed), "received": text(whole.received),
            "received_outside": text(whole.outside), "passed_on": text(whole.passed), "gap": text(sum(known)) if known else None,
            "overfunded": text(over), "projects": len(gaps), "unknown": len(gaps) - len(known), "flags": [name for name, holds in flags.items() if holds],
        }  # fmt: skip


@dataclass
class Report:
    """The figures of all that was asked for and of each part of it, ready for the wire."""

    currency: str
    rates_on: date
    whole: Row = field(default_factory=Row)
    items: dict[Key, Row] = field(default_factory=dict)
    unconverted: list[Unconverted] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        ordered = sorted(self.items.items(), key=lambda one: (one[0][1] is None, one[0][1] or "", one[0][0] or ""))
        lost = [
            {"project": one.project, "what": one.what, "amount": amount_text(one.amount, one.currency), "currency": one.currency,
             "to": one.to, "on": one.on.isoformat()}
            for one in self.unconverted
        ]  # fmt: skip
        return {
            "currency": self.currency, "rates_on": self.rates_on.isoformat(), **self.whole.shown(self.currency),
            "unconverted": lost, "items": [{"id": k[0], "code": k[1], "name": k[2], **row.shown(self.currency)} for k, row in ordered],
        }  # fmt: skip


def report(
    everything: Iterable[Money],
    rates: Rates,
    *,
    by: str,
    currency: str,
    on: date,
    workplan: str | None = None,
    states: Sequence[str] = SOUGHT,
) -> Report:
    """The funding of these projects in one currency, and of each part of it; in a plan, what of them is for its streams."""
    told = Report(currency, on)
    for money in everything:
        if money.project["state"] not in states:
            continue
        found = in_currency(figures(money, rates), money, currency, on, rates)
        mine = [c for c in cells(money, found) if workplan is None or (c.stream and c.stream["workplan"]["id"] == workplan)]
        if mine:
            told.unconverted += found.unconverted
        for cell in mine:
            told.whole.by_project[cell.project["id"]].add(cell.sums)
            for key, sums in GROUPINGS[by](cell):
                told.items.setdefault(key, Row()).by_project[cell.project["id"]].add(sums)
    return told


def facts(rows: Iterable[Sequence[Any]]) -> list[Facts]:
    """The documents in the first column of what a query gave."""
    return [json.loads(row[0]) for row in rows]
