"""Recording deliverables: added, asked of agencies, worked on, renamed, moved, delivered or cancelled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.dates import VagueDate
from app.core.db import id_of
from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables import actions, lineage_actions
from app.deliverables.assignment_actions import accept_assignment, decline_assignment, end_assignment, propose_assignment
from app.deliverables.models import Assignment, Deliverable
from app.deliverables.update_actions import confirm_deliverable
from app.loading.bodies import body_meant, body_named
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.entry import Step, Why
from app.loading.projects import project_named
from app.loading.recorder import Recorder
from app.loading.shape import Answered, AssignmentEntry, CarryingOver, DeliverableEntry, Delivery, Reopening, Update
from app.loading.timeline import Rank, Timeline
from app.loading.working import plan_working, record_update
from app.policy import Permission
from app.workplans.models import Stream, Workplan


@dataclass
class OneDeliverable:
    desk: Recorder
    timeline: Timeline
    entry: DeliverableEntry
    path: Path_
    plan_code: str
    stream_code: str
    earliest: date
    """The first day on which its stream and body are there."""

    record: Deliverable | None = None
    """The deliverable, once it is added or found."""

    @property
    def group_id(self) -> str:
        assert self.desk.group is not None
        return self.desk.group.id

    @property
    def stream(self) -> Stream:
        plan = self.desk.work.find(Workplan, Workplan.group_id == self.group_id, Workplan.code == self.plan_code)
        stream = self.desk.work.find(Stream, Stream.workplan_id == plan.id, Stream.code == self.stream_code) if plan else None
        if stream is None:
            raise Mistakes([Mistake("its stream is not there by then", (*self.path, "added_on"), UnknownReference.code())])
        return stream

    def _find(self, plan_id: str) -> Deliverable | None:
        """The deliverable that bears the entry's last code, its first one, or bore it formerly."""
        codes = [*(r.code for r in reversed(self.entry.retitled) if r.code), self.entry.code]
        for code in codes:
            if found := self.desk.work.find(Deliverable, Deliverable.workplan_id == plan_id, Deliverable.code == code):
                return found
        former = self.desk.former_codes(plan_id).get(self.entry.code)
        return self.desk.work.session.get(Deliverable, former) if former else None

    @property
    def deliverable(self) -> Deliverable:
        if self.record is None:
            raise Mistakes([Mistake("this step comes before the deliverable is added", self.path, UnknownReference.code())])
        return self.record

    def plan(self) -> None:
        entry = self.entry
        added = entry.added_on or self.earliest
        self.timeline.at(added, Rank.DELIVERABLE, lambda: self.add(added))
        for i, assignment in enumerate(entry.assignments):
            self._plan_part(assignment, (*self.path, "assignments", i), added)
        plan_working(self, added)
        self._at(entry.started, "started", Rank.WORK, self.start)
        self._each(entry.updates, "updates", Rank.WORK, self.update)
        self._each(entry.confirmed, "confirmed", Rank.WORK, self.confirm)
        self._at(entry.held, "held", Rank.WORK, self.hold)
        self._at(entry.resumed, "resumed", Rank.WORK, self.resume)
        self._each(entry.retitled, "retitled", Rank.AMEND, self.retitle)
        self._each(entry.rescheduled, "rescheduled", Rank.AMEND, self.reschedule)
        if entry.delivered:
            delivery = entry.delivered
            day = delivery.on or VagueDate.parse(delivery.delivered_on).latest
            self.timeline.at(day, Rank.DELIVER, lambda: self.deliver(delivery, day))
        self._at(entry.cancelled, "cancelled", Rank.DELIVER, self.cancel)
        self._at(entry.superseded, "superseded", Rank.DELIVER, self.supersede)
        self._at(entry.carried_over, "carried_over", Rank.DELIVER, self.carry_over)
        self._at(entry.reopened, "reopened", Rank.REOPEN, self.reopen)

    def _at(self, step: Any, name: str | tuple[str | int, ...], rank: Rank, act: Callable[[Any, Path_], None]) -> None:
        path = (*self.path, name) if isinstance(name, str) else (*self.path, *name)
        if step is not None:
            self.timeline.at(step.on, rank, lambda: act(step, path))

    def _each(self, steps: list[Any], name: str, rank: Rank, act: Callable[[Any, Path_], None]) -> None:
        for i, step in enumerate(steps):
            self._at(step, (name, i), rank, act)

    def add(self, day: date) -> None:
        desk, entry, stream = self.desk, self.entry, self.stream
        body = body_named(desk, entry.body, (*self.path, "body")) if entry.body else None
        carried = self._carried_from()
        found = self._find(stream.workplan_id)

        def add(work: Work) -> Deliverable:
            return actions.add_deliverable(work, stream, **entry.values(body=id_of(body), carried_from=id_of(carried)))

        actual = self._actual(found) if found else {}
        self.record = desk.put(self.path, entry, "deliverable", f"{self.plan_code} {entry.code}", found, add, day, **actual)

    def _actual(self, found: Deliverable) -> dict[str, Any]:
        """What the record says in the words of the file: a code, title or due date that the file itself changes later is no difference."""
        entry = self.entry
        titles = {entry.title, *(r.title for r in entry.retitled if r.title)}
        codes = {entry.code, *(r.code for r in entry.retitled if r.code)}
        dues = {entry.due, *(r.due for r in entry.rescheduled)}
        former = [t for t in found.former_titles if t not in titles]
        return {
            "code": entry.code if found.code in codes else found.code,
            "title": entry.title if found.title in titles else found.title,
            "due": entry.due if found.due in dues else found.due,
            "former_titles": former, "former_codes": [c for c in found.former_codes if c not in codes],
            "body": body_meant(self.desk, entry.body, found.body_id), "carried_from": entry.carried_from if found.carried_from_id else None,
        }  # fmt: skip

    def _carried_from(self) -> Deliverable | None:
        return self.named(self.entry.carried_from, (*self.path, "carried_from")) if self.entry.carried_from else None

    def named(self, name: str, path: Path_) -> Deliverable:
        """The deliverable that PLAN/CODE names, or CODE in the same plan, by its present or a former code."""
        plan_code, _, code = name.rpartition("/")
        plan_code = plan_code or self.plan_code
        plan = self.desk.work.find(Workplan, Workplan.group_id == self.group_id, Workplan.code == plan_code)
        if plan:
            for one in self.desk.work.all(Deliverable, Deliverable.workplan_id == plan.id):
                if code in (one.code, *one.former_codes):
                    return one
        message = f"there is no deliverable '{code}' in a plan '{plan_code}' by then: write PLAN/CODE"
        raise Mistakes([Mistake(message, path, UnknownReference.code())])

    def _plan_part(self, entry: AssignmentEntry, path: Path_, added: date) -> None:
        asked = max(entry.starts_on, added)
        self.timeline.at(asked, Rank.ASK, lambda: self.ask(entry, path, asked))
        about = entry.answered or Answered()
        answered = max(about.on or asked, asked)
        if entry.answer:
            self.timeline.at(answered, Rank.ANSWER, lambda: self.answer(entry, about, path, answered))
        if entry.ended:
            # Who hands over ends before the next one answers, unless that is the day of its own answer.
            rank = Rank.HAND_OVER if entry.ended.on > answered else Rank.END_PART
            self.timeline.at(entry.ended.on, rank, lambda: self.end_part(entry, path))

    def _part(self, entry: AssignmentEntry, path: Path_) -> tuple[Deliverable, Assignment | None, str]:
        agency, deliverable = self.desk.agency(entry.agency, (*path, "agency")), self.deliverable
        same = [Assignment.deliverable_id == deliverable.id, Assignment.agency_id == agency.id, Assignment.role == entry.role]
        found = self.desk.work.all(Assignment, *same, Assignment.starts_on == entry.starts_on, order_by=Assignment.created_at)
        return deliverable, found[0] if found else None, f"{self.plan_code} {self.entry.code} {agency.code} ({entry.role})"

    def ask(self, entry: AssignmentEntry, path: Path_, day: date) -> None:
        deliverable, found, label = self._part(entry, path)

        def add(work: Work) -> Assignment:
            return propose_assignment(work, deliverable, **entry.values())

        self.desk.put(path, entry, "assignment", label, found, add, day, agency=entry.agency)

    def answer(self, entry: AssignmentEntry, about: Answered, path: Path_, day: date) -> None:
        _, part, label = self._part(entry, path)
        assert part is not None
        known = about.model_dump(include={"evidence"}) | {"on_behalf_of": entry.agency}
        payer = project_named(self.desk, about.if_funded, (*path, "answered", "if_funded")).id if about.if_funded else None

        def act(work: Work) -> Any:
            if entry.answer == "accepted":
                return accept_assignment(work, part, **known, if_funded=payer)
            return decline_assignment(work, part, reason=str(about.reason), note=about.note, suggest=about.suggest, **known)

        operation = Permission.ACCEPT_ASSIGNMENT if entry.answer == "accepted" else Permission.DECLINE_ASSIGNMENT
        self.desk.step(path, str(entry.answer), label, part, operation, day, act, settled=part.state != "proposed")

    def end_part(self, entry: AssignmentEntry, path: Path_) -> None:
        _, part, label = self._part(entry, path)
        end = entry.ended
        assert part is not None
        assert end is not None
        self.desk.step(
            (*path, "ended"), "ended", label, part, Permission.END_ASSIGNMENT, end.on, lambda work: end_assignment(work, part, **end.values()),
            settled=part.state == "ended",
        )  # fmt: skip

    def _step(
        self, word: str, step: Step, path: Path_, operation: Permission, act: Callable[[Work, Deliverable], Any], *, settled: bool = False
    ) -> None:
        found = self.deliverable
        label = f"{step.on} {self.plan_code} {self.entry.code}"
        self.desk.step(path, word, label, found, operation, step.on, lambda work: act(work, found), settled=settled, entry=step)

    def start(self, step: Step, path: Path_) -> None:
        settled = self.deliverable.status != "not_started"
        self._step("started", step, path, Permission.START_DELIVERABLE, actions.start_deliverable, settled=settled)

    def update(self, step: Update, path: Path_) -> None:
        record_update(self, step, path)

    def confirm(self, step: Step, path: Path_) -> None:
        self._step("confirmed", step, path, Permission.CONFIRM_DELIVERABLE, confirm_deliverable)

    def hold(self, step: Why, path: Path_) -> None:
        settled = self.deliverable.status == "on_hold"
        self._step(
            "held",
            step,
            path,
            Permission.HOLD_DELIVERABLE,
            lambda work, it: actions.hold_deliverable(work, it, step.reason),
            settled=settled,
        )

    def resume(self, step: Step, path: Path_) -> None:
        settled = self.deliverable.status != "on_hold"
        self._step("resumed", step, path, Permission.RESUME_DELIVERABLE, actions.resume_deliverable, settled=settled)

    def retitle(self, step: Any, path: Path_) -> None:
        found = self.deliverable
        changes = {n: v for n in ("title", "code") if (v := getattr(step, n)) is not None}
        settled = all(v == getattr(found, n) or v in getattr(found, f"former_{n}s") for n, v in changes.items())
        self._step(
            "retitled",
            step,
            path,
            Permission.AMEND_DELIVERABLE,
            lambda work, it: actions.amend_deliverable(work, it, **changes),
            settled=settled,
        )

    def reschedule(self, step: Any, path: Path_) -> None:
        act = lambda work, it: actions.amend_deliverable(work, it, due=step.due)  # noqa: E731
        self._step("rescheduled", step, path, Permission.AMEND_DELIVERABLE, act, settled=self.deliverable.due == step.due)

    def deliver(self, step: Delivery, day: date) -> None:
        found, label = self.deliverable, f"{day} {self.plan_code} {self.entry.code}"
        if found.status == "delivered" and step.delivered_on and found.delivered != step.delivered_on:
            self.desk.report.tell("differs", "delivered", f"{label}: delivered_on")
            return
        values = step.values()
        values["delivered_on"] = values["delivered_on"] or day
        path: Path_ = (*self.path, "delivered")
        self.desk.step(
            path, "delivered", label, found, Permission.DELIVER_DELIVERABLE, day, lambda work: actions.deliver_deliverable(work, found, **values),
            settled=found.status not in ("not_started", "in_progress", "on_hold"), entry=step,
        )  # fmt: skip

    def cancel(self, step: Why, path: Path_) -> None:
        settled = self.deliverable.status == "cancelled"
        self._step(
            "cancelled",
            step,
            path,
            Permission.CANCEL_DELIVERABLE,
            lambda work, it: actions.cancel_deliverable(work, it, step.reason),
            settled=settled,
        )

    def supersede(self, step: Why, path: Path_) -> None:
        settled = self.deliverable.status == "superseded"
        self._step(
            "superseded",
            step,
            path,
            Permission.SUPERSEDE_DELIVERABLE,
            lambda work, it: actions.supersede_deliverable(work, it, step.reason),
            settled=settled,
        )

    def carry_over(self, step: CarryingOver, path: Path_) -> None:
        settled = self.deliverable.status in ("superseded", "cancelled")
        into = None if settled or not step.into else self.named(step.into, (*path, "into")).id

        def act(work: Work, it: Deliverable) -> Any:
            kind = "merged" if into else "dropped"
            return lineage_actions.carry_over_deliverable(work, it, kind=kind, stream=None, into=into, reason=step.reason)

        self._step("carried over", step, path, Permission.CARRY_OVER_DELIVERABLE, act, settled=settled)

    def reopen(self, step: Reopening, path: Path_) -> None:
        decision = self.desk.decision(step, path)

        def act(work: Work, it: Deliverable) -> Any:
            return actions.reopen_deliverable(work, it, reason=step.reason, decision=decision)

        self._step("reopened", step, path, Permission.REOPEN_DELIVERABLE, act, settled=False)
