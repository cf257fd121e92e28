"""Recording plans: drafted, filled, circulated, endorsed, revised and closed; streams and their deliverables on the way."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.baselines.actions import endorse_workplan
from app.core.db import id_of
from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables.authority_actions import close_workplan
from app.loading.bodies import body_meant, body_named
from app.loading.deliverables import OneDeliverable
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.recorder import Recorder
from app.loading.shape import Endorsement, GroupEntry, Revision, StreamEntry, WorkplanEntry
from app.loading.timeline import Rank, Timeline
from app.policy import Permission
from app.workplans.actions import add_stream, circulate_workplan, draft_workplan, revise_workplan
from app.workplans.models import Stream, Workplan


def plan_workplans(desk: Recorder, timeline: Timeline, entry: GroupEntry, path: Path_) -> None:
    """Put the life of each plan on the timeline."""
    bodies = {b.code: b.starts_on for b in (*entry.working_groups, *entry.task_forces, *entry.secretariats)}
    for i, plan in enumerate(entry.workplans):
        OnePlan(desk, timeline, plan, (*path, "workplans", i), bodies).plan()


@dataclass
class OnePlan:
    desk: Recorder
    timeline: Timeline
    entry: WorkplanEntry
    path: Path_
    bodies: dict[str, date]
    """The first day of each body: what belongs to one is added once it is there."""

    def _named(self, code: str, path: Path_) -> Workplan:
        group = self.desk.group
        assert group is not None
        found = self.desk.work.find(Workplan, Workplan.group_id == group.id, Workplan.code == code)
        if found is None:
            raise Mistakes([Mistake(f"there is no workplan '{code}' by then", path, UnknownReference.code())])
        return found

    @property
    def workplan(self) -> Workplan:
        return self._named(self.entry.code, self.path)

    @property
    def drafted_on(self) -> date:
        """The day that the plan was drafted: told, or as early as another day of the file needs it."""
        entry = self.entry
        if entry.drafted_on:
            return entry.drafted_on
        known = [entry.starts_on, self.desk.today, entry.circulated_on, entry.endorsed and entry.endorsed.on]
        return min(day for day in known if day)

    def plan(self) -> None:
        entry, at = self.entry, self.timeline.at
        at(self.drafted_on, Rank.PLAN, self.draft)
        for i, stream in enumerate(entry.streams):
            self._plan_stream(stream, (*self.path, "streams", i))
        if entry.circulated_on:
            at(entry.circulated_on, Rank.CIRCULATE, self.circulate)
        if entry.endorsed:
            self._plan_endorsement(entry.endorsed, (*self.path, "endorsed"), 0)
        for i, revision in enumerate(entry.revised):
            path: Path_ = (*self.path, "revised", i)
            at(revision.on, Rank.REVISE, lambda one=revision, path=path, i=i: self.revise(one, path, i + 1))  # type: ignore[misc]
            if revision.endorsed:
                self._plan_endorsement(revision.endorsed, (*path, "endorsed"), i + 1)
        if entry.closed:
            at(entry.closed.on, Rank.END_PLAN, self.close)

    def _plan_stream(self, stream: StreamEntry, path: Path_) -> None:
        earliest = max(self.drafted_on, self.bodies.get(stream.body or "", self.drafted_on))
        day = stream.added_on or earliest
        self.timeline.at(day, Rank.STREAM, lambda: self.add_stream(stream, path, day))
        for i, deliverable in enumerate(stream.deliverables):
            first = max(day, self.bodies.get(deliverable.body or "", day))
            OneDeliverable(self.desk, self.timeline, deliverable, (*path, "deliverables", i), self.entry.code, stream.code, first).plan()

    def _plan_endorsement(self, step: Endorsement, path: Path_, revision: int) -> None:
        self.timeline.at(step.on, Rank.ENDORSE, lambda: self.endorse(step, path, revision))

    def draft(self) -> None:
        group, entry = self.desk.group, self.entry
        assert group is not None
        found = self.desk.work.find(Workplan, Workplan.group_id == group.id, Workplan.code == entry.code)
        label = f"{entry.starts_on} {entry.code}"
        self.desk.put(
            self.path, entry, "workplan", label, found, lambda work: draft_workplan(work, group, **entry.values()), self.drafted_on
        )

    def add_stream(self, entry: StreamEntry, path: Path_, day: date) -> None:
        desk, plan = self.desk, self.workplan
        body = body_named(desk, entry.body, (*path, "body")) if entry.body else None
        parent = desk.work.find(Stream, Stream.workplan_id == plan.id, Stream.code == entry.parent) if entry.parent else None
        if entry.parent and parent is None:
            raise Mistakes([Mistake(f"there is no stream '{entry.parent}' above this one", (*path, "parent"), UnknownReference.code())])

        def add(work: Work) -> Stream:
            return add_stream(work, plan, **entry.values(body=id_of(body), parent=id_of(parent)))

        found = desk.work.find(Stream, Stream.workplan_id == plan.id, Stream.code == entry.code)
        actual: dict[str, Any] = {}
        if found:
            above = desk.work.session.get(Stream, found.parent_id) if found.parent_id else None
            actual = {
                "parent": above and above.code, "body": body_meant(desk, entry.body, found.body_id), "lead": desk.same_agency(entry.lead, found.lead_id),
            }  # fmt: skip
        desk.put(path, entry, "stream", f"{plan.code} {entry.code}", found, add, day, **actual)

    def circulate(self) -> None:
        plan, day = self.workplan, self.entry.circulated_on
        assert day is not None
        label = f"{day} {plan.code}"
        self.desk.step(
            (*self.path, "circulated_on"), "circulated", label, plan, Permission.CIRCULATE_WORKPLAN, day,
            lambda work: circulate_workplan(work, plan), settled=plan.state != "draft",
        )  # fmt: skip

    def endorse(self, step: Endorsement, path: Path_, revision: int) -> None:
        plan, decision = self.workplan, self.desk.decision(step, path)
        settled = plan.state in ("closed", "superseded") or plan.revision > revision or (plan.state == "endorsed" and not plan.revising)
        self.desk.step(
            path, "endorsed", f"{step.on} {plan.code}", plan, Permission.ENDORSE_WORKPLAN, step.on,
            lambda work: endorse_workplan(work, plan, decision=decision), settled=settled, entry=step,
        )  # fmt: skip

    def revise(self, step: Revision, path: Path_, revision: int) -> None:
        plan, decision = self.workplan, self.desk.decision(step, path)
        self.desk.step(
            path, "revised", f"{step.on} {plan.code}", plan, Permission.REVISE_WORKPLAN, step.on,
            lambda work: revise_workplan(work, plan, decision=decision, reason=step.reason), settled=plan.revision >= revision, entry=step,
        )  # fmt: skip

    def close(self) -> None:
        plan, step, path = self.workplan, self.entry.closed, (*self.path, "closed")
        assert step is not None
        successor = self._named(step.superseded_by, (*path, "superseded_by")) if step.superseded_by else None
        self.desk.step(
            path, "closed", f"{step.on} {plan.code}", plan, Permission.CLOSE_WORKPLAN, step.on,
            lambda work: close_workplan(work, plan, step.reason, id_of(successor)), settled=plan.state in ("closed", "superseded"),
        )  # fmt: skip
