"""What a load did, or would do, line by line."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Verb = Literal["add", "keep", "differs"]


@dataclass(frozen=True)
class Line:
    """One thing or one step: added, there already, or there but otherwise."""

    verb: Verb
    what: str
    label: str

    def __str__(self) -> str:
        return f"{self.verb:<8} {self.what:<15} {self.label}"


@dataclass
class Report:
    lines: list[Line] = field(default_factory=list)

    def tell(self, verb: Verb, what: str, label: str) -> None:
        self.lines.append(Line(verb, what, label))

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.verb for line in self.lines)

    @property
    def summary(self) -> str:
        count = self.counts
        return f"{count['add']} added, {count['keep']} kept as they were, {count['differs']} differ and were left alone"
