"""Recording one thing or step at a time through the actions of the domains: what is there already is left alone and compared."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.agencies.actions import find_agency
from app.agencies.models import Agency, Person
from app.core.db import Record, table_of
from app.core.errors import Problem, UnknownReference
from app.core.journal import Change
from app.core.search import fold_name
from app.core.work import Work, translate
from app.decisions.models import Decision
from app.deliverables.models import Deliverable
from app.groups.models import Group
from app.loading.document import Document, Mistake, Mistakes, Path_, written
from app.loading.entry import UNDOCUMENTED, Authorised, Entry
from app.loading.report import Report
from app.policy import Permission

R = TypeVar("R", bound=Record)


@dataclass
class Recorder:
    """What a load has at hand. `today` is the group's today by the clock: nothing takes effect later than that."""

    work: Work
    document: Document
    report: Report
    today: date
    group: Group | None = None
    done: frozenset[tuple[str, str, date | None]] = frozenset()
    """The steps that an earlier load took: thing, operation, day."""
    claimed: dict[str, Path_] = field(default_factory=dict)
    _former: dict[str, dict[str, str]] = field(default_factory=dict)

    @contextmanager
    def acting(self, path: Path_, day: date | None = None, *, undocumented: bool = False) -> Iterator[Work]:
        """A step of its own, as of a day that is not in the future. A refusal names the place in the file."""
        effective = min(day, self.today) if day else None
        if undocumented and (effective or self.today) >= self.today:
            message = f"'{UNDOCUMENTED}' is for a past step: name the decision behind this one"
            raise Mistakes([Mistake(message, (*path, "decision"), "decision_required")])
        try:
            with self.work.step(effective_on=effective, undocumented=undocumented) as work:
                yield work
        except Problem as problem:
            raise Mistakes(_mistakes(problem, path)) from None
        except SQLAlchemyError as error:
            problem_or_error = translate(error)
            if not isinstance(problem_or_error, Problem):
                raise
            raise Mistakes(_mistakes(problem_or_error, path)) from None

    def put(
        self,
        path: Path_,
        entry: Entry,
        what: str,
        label: str,
        found: R | None,
        add: Callable[[Work], R],
        day: date | None = None,
        **actual: Any,
    ) -> R:
        """Add a thing, or leave the one that is there alone and tell what it says otherwise.

        `actual` are the present values of fields that the row keeps in another way than the file.
        """
        if found is None:
            undocumented = isinstance(entry, Authorised) and entry.undocumented
            with self.acting(path, day, undocumented=undocumented) as work:
                found = add(work)
            self.report.tell("add", what, label)
        else:
            self.tell_differences(what, label, self.differences(entry, found, actual))
        self._claim(found, path)
        return found

    def differences(self, entry: Entry, found: Record, actual: dict[str, Any]) -> list[str]:
        """The fields that the file gives and the record holds otherwise."""
        values = entry.values()
        if isinstance(entry, Authorised) and "decision" in values:
            values["decision"] = None if entry.undocumented else entry.decision
            actual = {"decision": self.decision_code(getattr(found, "decision_id", None))} | actual
        given = [name for name in values if name in entry.model_fields_set]
        return [name for name in given if values[name] != (actual[name] if name in actual else getattr(found, name))]

    def tell_differences(self, what: str, label: str, differing: list[str]) -> None:
        self.report.tell("differs" if differing else "keep", what, label + (f": {', '.join(differing)}" if differing else ""))

    def step(
        self, path: Path_, what: str, label: str, record: Record, operation: Permission, day: date, act: Callable[[Work], Any], *,
        settled: bool = False, entry: Entry | None = None, undocumented: bool = False,
    ) -> None:  # fmt: skip
        """Take a step in a thing's life, unless an earlier load took it or the thing is there already."""
        if settled or (record.id, operation.value, min(day, self.today)) in self.done:
            self.report.tell("keep", what, label)
            return
        undocumented = undocumented or (isinstance(entry, Authorised) and entry.undocumented)
        with self.acting(path, day, undocumented=undocumented) as work:
            act(work)
        self.report.tell("add", what, label)

    def _claim(self, record: Record, path: Path_) -> None:
        """Two entries of a file are never the same thing."""
        first = self.claimed.setdefault(record.id, path)
        if first != path:
            line = self.document.lines.get(first, 1)
            raise Mistakes([Mistake(f"this is the same as {written(first)} in line {line}: write it once", path, "duplicate_entry")])

    def decision(self, entry: Authorised, path: Path_) -> str | None:
        """The id of the decision that an entry names by code."""
        if entry.decision is None or entry.undocumented:
            return None
        assert self.group is not None
        found = self.work.find(Decision, Decision.group_id == self.group.id, Decision.code == entry.decision)
        if found is None:
            message = f"there is no decision '{entry.decision}': add it to 'decisions', or write '{UNDOCUMENTED}' for a past step"
            raise Mistakes([Mistake(message, (*path, "decision"), UnknownReference.code())])
        return found.id

    def decision_code(self, id: str | None) -> str | None:
        found = self.work.session.get(Decision, id) if id else None
        return found.code if found else None

    def agency(self, name: str, path: Path_) -> Agency:
        """The agency that an entry names by code or alias."""
        try:
            return find_agency(self.work, name)
        except UnknownReference:
            message = f"there is no agency '{name}': add it to 'agencies'"
            raise Mistakes([Mistake(message, path, UnknownReference.code())]) from None

    def same_agency(self, name: str | None, id: str | None) -> str | None:
        """The name that the file uses if it means the agency of this id, else that agency's code."""
        agency = self.work.session.get(Agency, id) if id else None
        if agency is None:
            return None
        names = {fold_name(n) for n in (agency.code, *agency.aliases)}
        return name if name and fold_name(name) in names else agency.code

    def person(self, name: str, agency: Agency, path: Path_) -> Person:
        """The person of this name: the agency's own, or the only one."""
        everyone = self.work.all(Person, Person.name == name)
        people = [p for p in everyone if p.agency_id == agency.id] or everyone
        if len(people) != 1:
            why = "several people have" if people else "nobody has"
            message = f"{why} the name '{name}': add one person of that name and agency to 'people'"
            raise Mistakes([Mistake(message, (*path, "person"), UnknownReference.code())])
        return people[0]

    def former_codes(self, plan_id: str) -> dict[str, str]:
        """The ids of a plan's deliverables by the codes that they bore before this load."""
        if plan_id not in self._former:
            known = self.work.all(Deliverable, Deliverable.workplan_id == plan_id)
            self._former[plan_id] = {code: one.id for one in known for code in one.former_codes}
        return self._former[plan_id]

    def of(self, group: Group, today: date) -> "Recorder":
        """A recorder for what belongs to a group, which knows the steps that earlier loads took."""
        change = table_of(Change).c
        wanted = sa.select(change.entity_id, change.operation, change.effective_on).where(
            change.group_id == group.id, change.channel == "load"
        )
        rows = self.work.session.connection().execute(wanted)
        done = frozenset((row.entity_id, row.operation, row.effective_on) for row in rows)
        return Recorder(self.work, self.document, self.report, today, group, done, self.claimed)


def _mistakes(problem: Problem, path: Path_) -> list[Mistake]:
    """A refusal of the domain, at its place in the file."""
    pointers = [e.get("pointer", "") for e in problem.errors()]
    parts = [int(p) if p.isdigit() else p for p in (pointers[0] if pointers else "").split("/") if p]
    return [Mistake(str(problem), (*path, *parts), problem.code())]
