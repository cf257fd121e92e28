"""Recording what belongs to the work on a deliverable: milestones, what it waits for, and reports with their review."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables import working_actions as actions
from app.deliverables.models import Deliverable, Dependency, Milestone, ProgressUpdate
from app.deliverables.update_actions import accept_update, post_update, return_update, submit_update
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.entry import Step, Why
from app.loading.recorder import Recorder
from app.loading.shape import DeliverableEntry, DependencyEntry, MilestoneEntry, Update
from app.loading.timeline import Rank, Timeline
from app.policy import Permission


class Place(Protocol):
    """The deliverable of a file that the work is on."""

    desk: Recorder
    timeline: Timeline
    entry: DeliverableEntry
    path: Path_
    plan_code: str

    @property
    def deliverable(self) -> Deliverable: ...
    def named(self, name: str, path: Path_) -> Deliverable: ...


def plan_working(place: Place, added: date) -> None:
    """Put the milestones and dependencies of a deliverable into the timeline."""
    for i, milestone in enumerate(place.entry.milestones):
        OneMilestone(place, milestone, (*place.path, "milestones", i)).plan(milestone.added_on or added)
    for i, dependency in enumerate(place.entry.dependencies):
        OneDependency(place, dependency, (*place.path, "dependencies", i)).plan(dependency.added_on or added)


def _before(path: Path_) -> Mistakes:
    return Mistakes([Mistake("this step comes before the thing is added", path, UnknownReference.code())])


@dataclass
class OneMilestone:
    place: Place
    entry: MilestoneEntry
    path: Path_

    def plan(self, added: date) -> None:
        timeline, reached, withdrawn = self.place.timeline, self.entry.reached, self.entry.withdrawn
        timeline.at(added, Rank.AMEND, lambda: self.add(added))
        if reached:
            timeline.at(reached.on, Rank.WORK, lambda: self.reach(reached))
        if withdrawn:
            timeline.at(withdrawn.on, Rank.WORK, lambda: self.withdraw(withdrawn))

    @property
    def label(self) -> str:
        return f"{self.place.plan_code} {self.place.entry.code} {self.entry.title}"

    def there(self) -> Milestone | None:
        same = [Milestone.deliverable_id == self.place.deliverable.id, Milestone.title == self.entry.title]
        return next(iter(self.place.desk.work.all(Milestone, *same, order_by=Milestone.created_at)), None)

    def add(self, day: date) -> None:
        deliverable = self.place.deliverable

        def add(work: Work) -> Milestone:
            return actions.add_milestone(work, deliverable, **self.entry.values())

        self.place.desk.put(self.path, self.entry, "milestone", self.label, self.there(), add, day)

    def _step(self, word: str, day: date, operation: Permission, act: Callable[[Work, Milestone], Any], field: str) -> None:
        path: Path_ = (*self.path, word)
        found = self.there()
        if found is None:
            raise _before(path)
        settled = getattr(found, field) is not None
        self.place.desk.step(path, word, self.label, found, operation, day, lambda work: act(work, found), settled=settled)

    def reach(self, step: Step) -> None:
        self._step("reached", step.on, Permission.REACH_MILESTONE, lambda work, it: actions.reach_milestone(work, it, step.on), "done_on")

    def withdraw(self, step: Why) -> None:
        act = lambda work, it: actions.withdraw_milestone(work, it, step.reason)  # noqa: E731
        self._step("withdrawn", step.on, Permission.WITHDRAW_MILESTONE, act, "withdrawn_on")


@dataclass
class OneDependency:
    place: Place
    entry: DependencyEntry
    path: Path_

    def plan(self, added: date) -> None:
        self.place.timeline.at(added, Rank.ASK, lambda: self.add(added))
        if ended := self.entry.ended:
            self.place.timeline.at(ended.on, Rank.WORK, lambda: self.end(ended))

    @property
    def label(self) -> str:
        return f"{self.place.plan_code} {self.place.entry.code} waits for {self.entry.waits_for}"

    def there(self) -> tuple[Deliverable, Dependency | None]:
        other = self.place.named(self.entry.waits_for, (*self.path, "waits_for"))
        same = [Dependency.deliverable_id == self.place.deliverable.id, Dependency.waits_for_id == other.id]
        return other, next(iter(self.place.desk.work.all(Dependency, *same, order_by=Dependency.created_at)), None)

    def add(self, day: date) -> None:
        deliverable, (other, found) = self.place.deliverable, self.there()

        def add(work: Work) -> Dependency:
            return actions.add_dependency(work, deliverable, waits_for=other.id, reason=self.entry.reason)

        self.place.desk.put(self.path, self.entry, "dependency", self.label, found, add, day, waits_for=self.entry.waits_for)

    def end(self, step: Why) -> None:
        path: Path_ = (*self.path, "ended")
        _, found = self.there()
        if found is None:
            raise _before(path)
        self.place.desk.step(
            path, "ended", self.label, found, Permission.END_DEPENDENCY, step.on, lambda work: actions.end_dependency(work, found, step.reason),
            settled=found.ended_on is not None,
        )  # fmt: skip


def record_update(place: Place, entry: Update, path: Path_) -> None:
    """Record a report. Where the group reviews them it is accepted on the same day, unless the file says where its review stands.

    Two reports of one day are two reports: the day alone does not say that an earlier load took this one.
    """
    desk, deliverable = place.desk, place.deliverable
    same = [ProgressUpdate.deliverable_id == deliverable.id, ProgressUpdate.reported_on == entry.on]
    told = [u.narrative for u in desk.work.all(ProgressUpdate, *same, ProgressUpdate.kind == "update")]
    if entry.narrative not in told:
        with desk.acting(path, entry.on) as work:
            update = post_update(work, deliverable, **entry.values())
        if update.state == "draft":
            _review(desk, update, entry, path)
    desk.report.tell("keep" if entry.narrative in told else "add", "update", f"{entry.on} {place.plan_code} {place.entry.code}")


def _review(desk: Recorder, update: ProgressUpdate, entry: Update, path: Path_) -> None:
    if entry.review == "draft":
        return
    with desk.acting(path, entry.on) as work:
        submit_update(work, update)
    if entry.review == "submitted":
        return
    with desk.acting(path, entry.on) as work:
        if entry.returned:
            return_update(work, update, entry.returned)
        else:
            accept_update(work, update)
