"""Recording bodies: who takes part in them, how their sunset moves, and how they end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from app.agencies.models import Agency
from app.bodies.actions import activate_body, extend_body, join_body, propose_body, rest_body, second_staff
from app.bodies.models import Body, Extension, Participation, Secondment
from app.core.errors import UnknownReference
from app.core.work import Work
from app.deliverables.authority_actions import close_body, convert_body, dissolve_body, lapse_body
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.entry import Step
from app.loading.recorder import Recorder
from app.loading.shape import (
    BodyEntry,
    ExtensionEntry,
    GroupEntry,
    ParticipationEntry,
    SecretariatEntry,
    StaffEntry,
    TaskForceEntry,
    TimeBoundEntry,
)
from app.loading.timeline import Rank, Timeline
from app.policy import Permission

E = TypeVar("E", bound=Step)
ENDED = ("closed", "completed", "lapsed", "dissolved", "converted")


def plan_bodies(desk: Recorder, timeline: Timeline, entry: GroupEntry, path: Path_) -> None:
    """Put the life of each body on the timeline."""
    for kind, name, entries in (
        ("working_group", "working_groups", entry.working_groups),
        ("task_force", "task_forces", entry.task_forces),
        ("secretariat", "secretariats", entry.secretariats),
    ):
        for i, body in enumerate(entries):
            OneBody(desk, timeline, body, kind, (*path, name, i)).plan()


def body_named(desk: Recorder, code: str, path: Path_) -> Body:
    """The body of the group that an entry names by code."""
    assert desk.group is not None
    found = desk.work.find(Body, Body.group_id == desk.group.id, Body.code == code)
    if found is None:
        raise Mistakes(
            [Mistake(f"there is no body '{code}' by then: is its code right, and its first day?", path, UnknownReference.code())]
        )
    return found


def body_meant(desk: Recorder, code: str | None, id: str | None) -> str | None:
    """The code that the file uses if it means the body of this id, or one that was converted into it; else that body's code."""
    owner = body = desk.work.session.get(Body, id) if id else None
    while body is not None and body.code != code:
        body = desk.work.session.get(Body, body.predecessor_id) if body.predecessor_id else None
    if body is not None:
        return code
    return owner.code if owner else None


@dataclass
class OneBody:
    desk: Recorder
    timeline: Timeline
    entry: BodyEntry
    kind: str
    path: Path_

    @property
    def body(self) -> Body:
        return body_named(self.desk, self.entry.code, self.path)

    @property
    def what(self) -> str:
        return self.kind.replace("_", " ")

    def plan(self) -> None:
        entry, first = self.entry, self.entry.starts_on
        self.timeline.at(first, Rank.BODY, self.propose)
        for i, taking_part in enumerate(entry.participations):
            day = max(taking_part.starts_on or first, first)
            self.timeline.at(day, Rank.JOIN, lambda one=taking_part, i=i, day=day: self.join(one, (*self.path, "participations", i), day))  # type: ignore[misc]
        self._at(entry.activated, "activated", Rank.ACTIVATE, self.activate)
        self._at(entry.rested, "rested", Rank.REST, self.rest)
        self._at(entry.closed, "closed", Rank.END_BODY, self.close)
        if isinstance(entry, TimeBoundEntry):
            for i, extension in enumerate(entry.extensions):
                self.timeline.at(extension.on, Rank.EXTEND, lambda one=extension, i=i: self.extend(one, (*self.path, "extensions", i)))  # type: ignore[misc]
            self._at(entry.lapsed, "lapsed", Rank.END_BODY, self.lapse)
            self._at(entry.dissolved, "dissolved", Rank.END_BODY, self.dissolve)
        if isinstance(entry, TaskForceEntry):
            self._at(entry.converted, "converted", Rank.CONVERT, self.convert)
        if isinstance(entry, SecretariatEntry):
            for i, staff in enumerate(entry.staff):
                day = max(staff.starts_on or first, first)
                self.timeline.at(day, Rank.JOIN, lambda one=staff, i=i, day=day: self.second(one, (*self.path, "staff", i), day))  # type: ignore[misc]

    def _at(self, step: E | None, name: str, rank: Rank, act: Callable[[E, Path_], None]) -> None:
        if step is not None:
            self.timeline.at(step.on, rank, lambda: act(step, (*self.path, name)))

    def propose(self) -> None:
        desk, entry, group = self.desk, self.entry, self.desk.group
        assert group is not None
        found = desk.work.find(Body, Body.group_id == group.id, Body.code == entry.code)
        named = {n: body_named(desk, code, (*self.path, n)).id for n in ("parent", "predecessor") if (code := getattr(entry, n))}

        def add(work: Work) -> Body:
            return propose_body(work, group, self.kind, **entry.values(decision=desk.decision(entry, self.path), **named))

        actual: dict[str, Any] = {}
        if found:
            sunsets = [e.former_sunset_on for e in desk.work.all(Extension, Extension.body_id == found.id, order_by=Extension.created_at)]
            actual = {
                "host": desk.same_agency(entry.host, found.host_id), "sunset_on": sunsets[0] if sunsets else found.sunset_on,
                "parent": self._code(found.parent_id), "predecessor": self._code(found.predecessor_id),
            }  # fmt: skip
            if found.decision_id != desk.decision(entry, self.path) and entry.activated and entry.activated.decision:
                actual["decision"] = None if entry.undocumented else entry.decision  # the decision that activated it stands in its place
        desk.put(self.path, entry, self.what, f"{entry.starts_on} {entry.code}", found, add, entry.starts_on, **actual)

    def _code(self, id: str | None) -> str | None:
        found = self.desk.work.session.get(Body, id) if id else None
        return found.code if found else None

    def join(self, one: ParticipationEntry, path: Path_, day: date) -> None:
        desk, body = self.desk, self.body
        agency = desk.agency(one.agency, (*path, "agency"))
        first = one.starts_on or self.entry.starts_on
        same = [Participation.body_id == body.id, Participation.agency_id == agency.id, Participation.starts_on == first]

        def add(work: Work) -> Participation:
            return join_body(work, body, **one.values(starts_on=first))

        label = f"{first} {body.code} {agency.code} ({one.role})"
        desk.put(path, one, "participation", label, desk.work.find(Participation, *same), add, day, agency=one.agency)

    def second(self, one: StaffEntry, path: Path_, day: date) -> None:
        desk, body = self.desk, self.body
        agency: Agency = desk.agency(one.agency, (*path, "agency"))
        person, first = desk.person(one.person, agency, path), one.starts_on or self.entry.starts_on
        same = [Secondment.body_id == body.id, Secondment.person_id == person.id, Secondment.starts_on == first]

        def add(work: Work) -> Secondment:
            return second_staff(work, body, **one.values(starts_on=first, person=person.id))

        found = desk.work.find(Secondment, *same)
        desk.put(path, one, "secondment", f"{first} {body.code} {agency.code}", found, add, day, agency=one.agency, person=one.person)

    def extend(self, one: ExtensionEntry, path: Path_) -> None:
        desk, body = self.desk, self.body

        def add(work: Work) -> Extension:
            return extend_body(work, body, **one.values(decision=desk.decision(one, path)))

        found = desk.work.find(Extension, Extension.body_id == body.id, Extension.sunset_on == one.sunset_on)
        desk.put(path, one, "extension", f"{one.on} {body.code} until {one.sunset_on}", found, add, one.on)

    def _step(
        self,
        word: str,
        step: Step,
        path: Path_,
        operation: Permission,
        act: Callable[[Work, Body], Any],
        *,
        settled: bool,
        bare: bool = False,
    ) -> None:
        body = self.body
        self.desk.step(
            path,
            word,
            f"{step.on} {body.code}",
            body,
            operation,
            step.on,
            lambda work: act(work, body),
            settled=settled,
            entry=step,
            undocumented=bare,
        )

    def activate(self, step: Any, path: Path_) -> None:
        decision = self.desk.decision(step, path)
        bare = step.decision is None and self.entry.undocumented
        self._step(
            "activated", step, path, Permission.ACTIVATE_BODY, lambda work, body: activate_body(work, body, decision),
            settled=self.body.state != "proposed", bare=bare,
        )  # fmt: skip

    def rest(self, step: Any, path: Path_) -> None:
        ended = self.body.state in ("dormant", *ENDED)
        self._step("rested", step, path, Permission.REST_BODY, lambda work, body: rest_body(work, body, step.reason), settled=ended)

    def close(self, step: Any, path: Path_) -> None:
        self._step(
            "closed", step, path, Permission.CLOSE_BODY, lambda work, body: close_body(work, body, **step.values()), settled=self._ended
        )

    def lapse(self, step: Any, path: Path_) -> None:
        self._step(
            "lapsed", step, path, Permission.LAPSE_BODY, lambda work, body: lapse_body(work, body, **step.values()), settled=self._ended
        )

    def dissolve(self, step: Any, path: Path_) -> None:
        values = step.values(decision=self.desk.decision(step, path))
        self._step(
            "dissolved", step, path, Permission.DISSOLVE_BODY, lambda work, body: dissolve_body(work, body, **values), settled=self._ended
        )

    def convert(self, step: Any, path: Path_) -> None:
        values = step.values(decision=self.desk.decision(step, path))
        self._step(
            "converted", step, path, Permission.CONVERT_BODY, lambda work, body: convert_body(work, body, **values), settled=self._ended
        )

    @property
    def _ended(self) -> bool:
        return self.body.state in ENDED
