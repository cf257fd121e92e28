"""Random legal and illegal steps: a state machine that knows no rules and draws who does what, with which values, on which day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.proof.plain_group import Actor
from tests.proof.plain_things import Decision, vague
from tests.proof.random_stage import AGENCIES, FOCAL_POINTS, NOBODY, SECRETARIAT, STRANGER, VIEWER, Sequence, Stage

WHO = st.sampled_from([*[SECRETARIAT] * 24, *FOCAL_POINTS.values(), *FOCAL_POINTS.values(), VIEWER, STRANGER, NOBODY])
MOSTLY = st.sampled_from([True] * 7 + [False])
SELDOM = st.sampled_from([False] * 5 + [True])
PICK = st.sampled_from([0] * 8 + [1] * 6 + [2] * 3 + list(range(3, 12)))
DECIDED = st.sampled_from(["yes"] * 9 + ["no", "foreign"])
AGENCY = st.sampled_from(AGENCIES[:3] * 2 + AGENCIES)
SEEN = st.sampled_from(["present"] * 8 + ["stale", "none"])
PRECISION = st.sampled_from(["day", "day", "month", "quarter", "half", "year"])
NEAR = st.tuples(st.sampled_from([0, 0, 0, 1, 7, 30, 61, 100, 200, 364, 365, 366, 730, -1, -30, -400]), st.just(0))
KNOWN = st.tuples(st.sampled_from([-1, 0, 0, 1]), st.integers(1, 99))
DAY = st.one_of(NEAR, KNOWN, KNOWN)
"""So many days from today, or from a day that the group knows: the last of a term, a sunset, a due day."""
SOMETIMES = st.one_of(st.none(), DAY)
LAST_YEAR = 2040
Step = TypeVar("Step", bound=Callable[..., None])


def drawn(weight: int, *needs: str, **strategies: Any) -> Callable[[Step], Step]:
    """A step with what is drawn for it. It is as likely as its weight among those of its theme, once there is one of each that it needs."""

    def decorate(step: Step) -> Step:
        step.drawn = (weight, needs, strategies)  # type: ignore[attr-defined]
        return step

    return decorate


def theme(about: str, *names: str) -> Any:
    """A rule of the machine: one of these steps. There are few rules, since Hypothesis leaves out about half of them in each sequence."""

    names = ("some_days_pass", "a_known_day_comes", *names)  # first, so that where Hypothesis draws the simplest only time passes

    @precondition(lambda self: about in (self.only or [about]))
    @rule(data=st.data())
    def take_one(self: "RandomSteps", data: st.DataObject) -> None:
        steps = {name: getattr(self, name) for name in names}
        likely = [n for n, s in steps.items() for _ in range(s.drawn[0]) if all(getattr(self.model, need) for need in s.drawn[1])]
        name = data.draw(st.sampled_from(likely), "step")
        steps[name](**{given: data.draw(strategy, given) for given, strategy in steps[name].drawn[2].items()})

    return take_one


class RandomSteps(RuleBasedStateMachine):
    """One sequence. Every rule draws a step; `Sequence.step` lets the model and the service judge it."""

    stage: ClassVar[Stage]
    only: ClassVar[tuple[str, ...]] = ()
    """The themes to keep to; none means all."""
    every: ClassVar[int] = 8
    """How many steps lie between two pictures of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.sequence = Sequence(self.stage)
        self.model, self.step = self.sequence.model, self._counted
        self.taken = self.number = 0
        self.broken = False

    def _counted(self, *args: Any, **inputs: Any) -> Any:
        self.broken = True
        made = self.sequence.step(*args, **inputs)
        self.taken += 1
        if self.taken % self.every == 0:
            self.sequence.compare(self.day((self.taken % 3 - 1, self.taken)))
        self.broken = False
        return made

    def teardown(self) -> None:
        if not self.broken:
            self.sequence.compare(self.day((0, 1)))

    # What is drawn

    def day(self, drawn: tuple[int, int]) -> date:
        offset, which = drawn
        known = self._known_days() if which else []
        return (known[which % len(known)] if known else self.model.today) + timedelta(days=offset)

    def sometime(self, drawn: tuple[int, int] | None) -> date | None:
        return drawn and self.day(drawn)

    def _known_days(self) -> list[date]:
        model = self.model
        periods: list[Any] = [*model.members, *model.terms, *model.parts, *model.plans]
        days = [day for p in periods for day in (p.starts_on, p.ends_on) if day]
        days += [b.sunset_on for b in model.bodies if b.sunset_on]
        days += [date.fromisoformat(d.due) for d in model.deliverables if d.due and len(d.due) == 10]
        days += [date.fromisoformat(d.due) + timedelta(days=1) for d in model.deliverables if d.due and len(d.due) == 10]
        near = {d for d in days if abs((d - model.today).days) < 900}
        return sorted(near or {model.today})

    def one(self, things: str, pick: int, **where: Any) -> Any:
        """One of the things of a kind: the newest are the likeliest, but of plans the first, which has most in it."""
        found = [t for t in getattr(self.model, things) if all(getattr(t, name) == value for name, value in where.items())]
        ordered = found if things == "plans" else found[::-1]
        return ordered[pick % len(found)] if found else None

    def decision(self, decided: str, pick: int = 0) -> Decision | None:
        """One of the group's, another group's, or none."""
        chosen: Decision | None = {"yes": self.one("decisions", pick), "no": None, "foreign": self.stage.foreign}[decided]
        return chosen

    def new(self, letter: str, again: bool) -> str:
        """A new code, or one that may be taken."""
        self.number += not again
        return f"{letter}{max(self.number, 1)}"

    def due(self, drawn: tuple[int, int] | None, precision: str) -> str | None:
        return None if drawn is None else vague(self.day(drawn), precision)

    # How every sequence begins

    @initialize(led=st.booleans(), endorsed=st.booleans())
    def a_group_at_work(self, led: bool, endorsed: bool) -> None:
        """Three members, an observer, a decision, a chair, a plan (perhaps endorsed), a working group and a task force with a stream each, and two
        deliverables, of which the first is perhaps led."""
        model, group = self.model, {"group": self.sequence.group}
        self.record_decision(SECRETARIAT, (0, 0), False)
        decision = model.decisions[0]
        for agency, role in zip(AGENCIES, ("member", "member", "member", "observer"), strict=False):
            given = {"agency": agency, "role": role, "starts_on": model.established_on, "ends_on": None, "decision": None}
            self.step(SECRETARIAT, "admits", self.at("members"), model.admit_member, gives=201, **given)
        self.nominate_chair(SECRETARIAT, "ILO", None, "confirmed", (0, 0), None, False)
        given = {"code": "TF", "starts_on": model.today, "sunset_on": model.today + timedelta(days=300), "decision": decision}
        named = group | {"name": "A body"}
        force = self.step(SECRETARIAT, "proposes", "/task-forces", model.propose_body, "task_force", also=named, gives=201, **given)
        self.step(SECRETARIAT, "activates", f"/task-forces/{force.id}/activate", model.activate_body, force, decision=None)
        given = {"code": "WG", "starts_on": model.today, "sunset_on": None, "decision": None}
        group_of_work = self.step(
            SECRETARIAT, "proposes", "/working-groups", model.propose_body, "working_group", also=named, gives=201, **given
        )
        path, given = f"/working-groups/{group_of_work.id}", {"agency": "UNDP", "role": "co_chair", "starts_on": None, "ends_on": None}
        self.step(SECRETARIAT, "lets join", f"{path}/participations", model.join_body, group_of_work, gives=201, **given)
        self.step(SECRETARIAT, "activates", f"{path}/activate", model.activate_body, group_of_work, decision=None)
        plan = self._plan(SECRETARIAT, "P", model.today - timedelta(days=30), model.today + timedelta(days=1_000), False)
        for code, body in (("S1", group_of_work), ("S2", force)):
            path = f"/workplans/{plan.id}/streams"
            self.step(SECRETARIAT, "adds a stream to", path, model.add_stream, plan, also={"title": code}, gives=201, code=code, body=body)
        for stream, days in zip(model.streams, (90, 200), strict=True):
            due = (model.today + timedelta(days=days)).isoformat()
            given = {"stream": stream, "code": f"A{days}", "title": "First title", "due": due, "body": None}
            self.step(SECRETARIAT, "adds", "/deliverables", model.add_deliverable, gives=201, **given)
        if led:
            asked, path = model.deliverables[0], f"/deliverables/{model.deliverables[0].id}/assignments"
            given = {"agency": "IOM", "role": "lead", "starts_on": None, "ends_on": None}
            part = self.step(SECRETARIAT, "asks for a part in", path, model.propose_assignment, asked, gives=201, **given)
            given = {"on_behalf_of": None, "evidence": None}
            self.step(FOCAL_POINTS["IOM"], "accepts", f"/assignments/{part.id}/accept", model.accept_assignment, part, **given)
        if endorsed:
            given = {"decision": decision, "reason": "As it is."}
            self.step(SECRETARIAT, "endorses", f"/workplans/{plan.id}/endorse", model.endorse_workplan, plan, **given)

    def _plan(self, who: Actor, code: str, starts_on: date, ends_on: date, transitional: bool) -> Any:
        also = {"group": self.sequence.group, "title": "A plan"}
        given = {"code": code, "starts_on": starts_on, "ends_on": ends_on, "transitional": transitional}
        return self.step(who, "drafts", "/workplans", self.model.draft_workplan, also=also, gives=201, **given)

    def at(self, what: str) -> str:
        return f"/groups/{self.sequence.group}/{what}"

    # Time

    @drawn(1, days=st.sampled_from([1, 2, 10, 31, 62, 95]))
    def some_days_pass(self, days: int) -> None:
        self.until(self.model.today + timedelta(days=days))

    @drawn(2, which=st.integers(0, 2), offset=st.sampled_from([-1, 0, 0, 0, 1, 1]))
    def a_known_day_comes(self, which: int, offset: int) -> None:
        """One of the next on which something may turn, the day before it, or the day after."""
        coming = [day for day in self._known_days() if day > self.model.today]
        if coming:
            self.until(coming[min(which, len(coming) - 1)] + timedelta(days=offset))

    def until(self, day: date) -> None:
        if self.model.today < day and day.year < LAST_YEAR:
            self.sequence.go_to(day)

    # Members, decisions, chairs

    @drawn(4, who=WHO, day=NEAR, again=SELDOM)
    def record_decision(self, who: Actor, day: tuple[int, int], again: bool) -> None:
        also = {"group": self.sequence.group, "level": "principals", "text": "Decided."}
        given = {"code": self.new("D", again), "decided_on": self.day(day)}
        self.step(who, "records decision", "/decisions", self.model.record_decision, also=also, gives=201, **given)

    @drawn(4, who=WHO, agency=AGENCY, observes=SELDOM, first=DAY, last=SOMETIMES, decided=DECIDED, pick=PICK)
    def admit_member(
        self, who: Actor, agency: str, observes: bool, first: tuple[int, int], last: tuple[int, int] | None, decided: str, pick: int
    ) -> None:
        given: dict[str, Any] = {
            "agency": agency,
            "role": "observer" if observes else "member",
            "starts_on": self.day(first),
            "ends_on": self.sometime(last),
        }
        given["decision"] = self.decision(decided, pick)
        self.step(who, "admits", self.at("members"), self.model.admit_member, gives=201, **given)

    @drawn(4, who=WHO, pick=PICK, last=SOMETIMES, seen=SEEN)
    def amend_membership(self, who: Actor, pick: int, last: tuple[int, int] | None, seen: str) -> None:
        one = self.one("members", pick)
        given = {"seen": seen, "ends_on": self.sometime(last)}
        self.step(who, "amends", self.at(f"members/{one.id}"), self.model.amend_membership, one, patch=True, **given)

    @drawn(4, who=WHO, agency=AGENCY, other=st.one_of(st.none(), st.none(), AGENCY), state=st.sampled_from(["confirmed", "nominated"]), first=DAY,
        last=st.one_of(st.none(), st.none(), DAY), noted=MOSTLY,
    )  # fmt: skip
    def nominate_chair(
        self, who: Actor, agency: str, other: str | None, state: str, first: tuple[int, int], last: tuple[int, int] | None, noted: bool
    ) -> None:
        holders = [agency] + ([other] if other else [])
        note = "So agreed." if noted else None
        given = {"state": state, "starts_on": self.day(first), "ends_on": self.sometime(last), "note": note}

        def judge(actor: Actor, *, holders: list[dict[str, str]], **rest: Any) -> Any:
            return self.model.nominate_chair(actor, holders=[h["agency"] for h in holders], **rest)

        also = {"group": self.sequence.group}
        named = [{"agency": a} for a in holders]
        self.step(who, "nominates", "/chairmanships", judge, also=also, gives=201, holders=named, **given)

    @drawn(4, "terms", who=WHO, pick=PICK, last=DAY, seen=SEEN)
    def amend_chairmanship(self, who: Actor, pick: int, last: tuple[int, int], seen: str) -> None:
        one = self.one("terms", pick)
        given = {"seen": seen, "ends_on": self.day(last)}
        self.step(who, "amends", f"/chairmanships/{one.id}", self.model.amend_chairmanship, one, patch=True, **given)

    @drawn(4, "terms", who=WHO, pick=PICK, cancels=SELDOM)
    def settle_chair(self, who: Actor, pick: int, cancels: bool) -> None:
        one = self.one("terms", pick)
        if cancels:
            self.step(who, "cancels", f"/chairmanships/{one.id}/cancel", self.model.cancel_chair, one, also={"reason": "Withdrawn."})
        else:
            self.step(who, "confirms", f"/chairmanships/{one.id}/confirm", self.model.confirm_chair, one)

    people = theme("people", "record_decision", "admit_member", "amend_membership", "nominate_chair", "amend_chairmanship", "settle_chair")
