"""Random steps about bodies, plans, deliverables and the parts of agencies in them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.proof.plain_group import Actor
from tests.proof.plain_things import Part
from tests.proof.random_stage import FOCAL_POINTS, SECRETARIAT
from tests.proof.random_steps import (
    AGENCY,
    DAY,
    DECIDED,
    MOSTLY,
    NEAR,
    PICK,
    PRECISION,
    SEEN,
    SELDOM,
    SOMETIMES,
    WHO,
    RandomSteps,
    drawn,
    theme,
)

Drawn = tuple[int, int]
LASTING = st.sampled_from([40, 40, 100, 100, 300, 700, 728, 731, 1, 0, None])
OFTEN = st.sampled_from([True, True, False])
REASON = {"reason": "So agreed."}
ADDRESS = {"working_group": "/working-groups", "task_force": "/task-forces"}
STEPS = ("start", "resume", "confirm", "hold", "cancel", "supersede", "reopen")

NEXT = {"not_started": "start", "in_progress": "hold", "on_hold": "resume"}


class RandomWork(RandomSteps):
    """The whole machine."""

    # Bodies

    def _body(self, pick: int, kind: str | None = None) -> tuple[Any, str]:
        body = self.one("bodies", pick, **({"kind": kind} if kind else {}))
        return body, f"{ADDRESS[body.kind]}/{body.id}"

    @drawn(3, who=WHO, forced=MOSTLY, first=NEAR, lasts=LASTING, decided=DECIDED, pick=PICK, again=SELDOM)
    def propose_body(self, who: Actor, forced: bool, first: Drawn, lasts: int | None, decided: str, pick: int, again: bool) -> None:
        kind = "task_force" if forced else "working_group"
        starts_on = self.day(first)
        sunset_on = starts_on + timedelta(days=lasts) if lasts is not None and (forced or lasts == 1) else None
        given = {"code": self.new("B", again), "starts_on": starts_on, "sunset_on": sunset_on}
        given["decision"] = self.decision(decided, pick)
        also = {"group": self.sequence.group, "name": "A body"}
        self.step(who, "proposes", ADDRESS[kind], self.model.propose_body, kind, also=also, gives=201, **given)

    @drawn(4, "bodies", who=WHO, pick=PICK, decided=DECIDED)
    def activate_body(self, who: Actor, pick: int, decided: str) -> None:
        body, path = self._body(pick)
        self.step(who, "activates", f"{path}/activate", self.model.activate_body, body, decision=self.decision(decided, pick))

    @drawn(
        4,
        "bodies",
        who=WHO,
        pick=PICK,
        agency=AGENCY,
        role=st.sampled_from(["co_chair", "chair", "member", "observer"]),
        first=SOMETIMES,
        last=SOMETIMES,
    )
    def join_body(self, who: Actor, pick: int, agency: str, role: str, first: Drawn | None, last: Drawn | None) -> None:
        body, path = self._body(pick)
        given = {"agency": agency, "role": role, "starts_on": self.sometime(first), "ends_on": self.sometime(last)}
        self.step(who, "lets join", f"{path}/participations", self.model.join_body, body, gives=201, **given)

    @drawn(
        4, "bodies", who=WHO, pick=PICK, by=st.sampled_from([1, 30, 100, 300, 365, 366, 370, 500, 0, -1, -30]), decided=DECIDED, why=MOSTLY,
        which=PICK, shorter=SELDOM,
    )  # fmt: skip
    def move_sunset(self, who: Actor, pick: int, by: int, decided: str, why: bool, which: int, shorter: bool) -> None:
        body, path = self._body(pick, "task_force")
        sunset = body.sunset_on + timedelta(days=-by if shorter else by)
        given = {"sunset_on": sunset, "decision": self.decision(decided, which), "reason": "So agreed." if why else None}
        if shorter:
            self.step(who, "shortens", f"{path}/shorten", self.model.shorten_body, body, **given)
        else:
            self.step(who, "extends", f"{path}/extensions", self.model.extend_body, body, gives=201, **given)

    @drawn(
        4,
        "bodies",
        who=WHO,
        pick=PICK,
        way=st.sampled_from(["close", "close", "dissolve", "convert", "lapse", "lapse", "rest"]),
        decided=DECIDED,
        why=MOSTLY,
        again=SELDOM,
    )
    def end_body(self, who: Actor, pick: int, way: str, decided: str, why: bool, again: bool) -> None:
        body, path = self._body(pick, None if way in ("close", "rest") else "task_force")
        if way == "close":
            self.step(who, "closes", f"{path}/close", self.model.close_body, body, outcome="Done." if why else None)
        elif way == "lapse":
            self.step(who, "lets lapse", f"{path}/lapse", self.model.lapse_body, body, outcome="So it ran out." if why else None)
        elif way == "dissolve":
            given = {"decision": self.decision(decided, pick), "reason": "So agreed." if why else None}
            self.step(who, "dissolves", f"{path}/dissolve", self.model.dissolve_body, body, **given)
        elif way == "convert":
            given = {"code": self.new("W", again), "decision": self.decision(decided, pick)}
            self.step(who, "converts", f"{path}/convert", self.model.convert_body, body, gives=201, **given)
        elif body.kind == "working_group":
            self.step(who, "rests", f"{path}/rest", self.model.rest_body, body, also=REASON)

    bodies = theme("bodies", "propose_body", "activate_body", "join_body", "move_sunset", "end_body")

    # Plans

    @drawn(1, who=WHO, first=DAY, last=DAY, beside=SELDOM, again=SELDOM)
    def draft_workplan(self, who: Actor, first: Drawn, last: Drawn, beside: bool, again: bool) -> None:
        self._plan(who, self.new("P", again), self.day(first), self.day(last), beside)

    @drawn(
        7,
        "plans",
        who=WHO,
        pick=PICK,
        step=st.sampled_from(["next"] * 6 + ["circulate", "endorse", "revise"]),
        decided=DECIDED,
        why=MOSTLY,
        which=PICK,
    )
    def plan_step(self, who: Actor, pick: int, step: str, decided: str, why: bool, which: int) -> None:
        plan = self.one("plans", pick)
        step = ("revise" if plan.state == "endorsed" and not plan.revising else "endorse") if step == "next" else step
        given = {"decision": self.decision(decided, which), "reason": "So agreed." if why else None} if step != "circulate" else {}
        self.step(who, f"{step}s", f"/workplans/{plan.id}/{step}", getattr(self.model, f"{step}_workplan"), plan, **given)

    @drawn(2, "plans", who=WHO, pick=PICK, later=PICK, really=SELDOM)
    def close_workplan(self, who: Actor, pick: int, later: int, really: bool) -> None:
        plan = self.one("plans", pick)
        if really or plan.ends_on < self.model.today:
            given = {"superseded_by": self.one("plans", later) if later % 2 else None}
            self.step(who, "closes", f"/workplans/{plan.id}/close", self.model.close_workplan, plan, also=REASON, **given)

    @drawn(4, "plans", who=WHO, pick=PICK, owned=MOSTLY, which=PICK, again=SELDOM)
    def add_stream(self, who: Actor, pick: int, owned: bool, which: int, again: bool) -> None:
        plan, body = self.one("plans", pick), self.one("bodies", which) if owned else None
        given = {"code": self.new("S", again), "body": body}
        path = f"/workplans/{plan.id}/streams"
        self.step(who, "adds a stream to", path, self.model.add_stream, plan, also={"title": "A stream"}, gives=201, **given)

    plans = theme("plans", "draft_workplan", "plan_step", "close_workplan", "add_stream")

    # Deliverables

    @drawn(4, "streams", who=WHO, pick=PICK, due=SOMETIMES, precision=PRECISION, elsewhere=SELDOM, which=PICK, again=SELDOM)
    def add_deliverable(self, who: Actor, pick: int, due: Drawn | None, precision: str, elsewhere: bool, which: int, again: bool) -> None:
        given = {"stream": self.one("streams", pick), "code": self.new("A", again), "title": "First title", "due": self.due(due, precision)}
        given["body"] = self.one("bodies", which) if elsewhere else None
        self.step(who, "adds", "/deliverables", self.model.add_deliverable, gives=201, **given)

    def _deliverable(self, pick: int) -> tuple[Any, str]:
        d = self.one("deliverables", pick)
        return d, f"/deliverables/{d.id}"

    @drawn(4, "deliverables", who=WHO, pick=PICK, what=st.sampled_from(["due", "due", "title", "code", "stream", "body"]), due=SOMETIMES, precision=PRECISION,
        which=PICK, seen=SEEN,
    )  # fmt: skip
    def amend_deliverable(self, who: Actor, pick: int, what: str, due: Drawn | None, precision: str, which: int, seen: str) -> None:
        d, path = self._deliverable(pick)
        values = {
            "due": self.due(due, precision), "title": f"Title {which % 3}", "code": f"A{1 + which % 9}", "stream": self.one("streams", which),
            "body": self.one("bodies", which) if which % 4 else None,
        }  # fmt: skip
        self.step(who, "amends", path, self.model.amend_deliverable, d, patch=True, seen=seen, **{what: values[what]})

    @drawn(8, "deliverables", who=WHO, pick=PICK, step=st.sampled_from(["next"] * 6 + [*STEPS]), decided=DECIDED, which=PICK)
    def deliverable_step(self, who: Actor, pick: int, step: str, decided: str, which: int) -> None:
        d, path = self._deliverable(pick)
        step = NEXT.get(d.status, "reopen") if step == "next" else step
        given: dict[str, Any] = {} if step in STEPS[:3] else {"reason": "So agreed."}
        if step == "reopen":
            given["decision"] = self.decision(decided, which)
        self.step(who, f"{step}s", f"{path}/{step}", getattr(self.model, f"{step}_deliverable"), d, **given)

    @drawn(
        4,
        "deliverables",
        who=WHO,
        pick=PICK,
        day=SOMETIMES,
        precision=PRECISION,
        shown=st.sampled_from(["link", "link", "waiver", "neither"]),
    )
    def deliver_deliverable(self, who: Actor, pick: int, day: Drawn | None, precision: str, shown: str) -> None:
        d, path = self._deliverable(pick)
        given = {"delivered_on": self.due(day, precision), "evidence": ["https://example.org/it"] if shown == "link" else []}
        given["waiver"] = "In print only." if shown == "waiver" else None
        self.step(who, "delivers", f"{path}/deliver", self.model.deliver_deliverable, d, **given)

    @drawn(4, "deliverables", who=WHO, pick=PICK, status=st.sampled_from([None, None, "in_progress", "in_progress", "not_started", "on_hold"]),
        percent=st.sampled_from([None, 0, 40]), confidence=st.sampled_from([None, "at_risk", "on_track"]),
    )  # fmt: skip
    def post_update(self, who: Actor, pick: int, status: str | None, percent: int | None, confidence: str | None) -> None:
        d, path = self._deliverable(pick)
        given = {"status": status, "percent": percent, "confidence": confidence, "narrative": "As told."}
        self.step(who, "reports on", f"{path}/updates", self.model.post_update, d, gives=201, **given)

    @drawn(3, "deliverables", "streams", who=WHO, pick=PICK, kind=st.sampled_from(["continues", "split", "merged", "dropped"]), right=MOSTLY, which=PICK, why=MOSTLY,
        due=SOMETIMES, again=SELDOM,
    )  # fmt: skip
    def carry_over(self, who: Actor, pick: int, kind: str, right: bool, which: int, why: bool, due: Drawn | None, again: bool) -> None:
        d, path = self._deliverable(pick)
        elsewhere = [s for s in self.model.streams if s.plan is not d.stream.plan] or self.model.streams
        others = [o for o in self.model.deliverables if o.stream.plan is not d.stream.plan] or self.model.deliverables
        goes_on = kind in ("continues", "split")
        given = {
            "kind": kind, "stream": elsewhere[which % len(elsewhere)] if goes_on == right else None,
            "into": others[which % len(others)] if (kind == "merged") == right else None, "reason": "So agreed." if why else None,
            "code": self.new("A", again) if goes_on and which % 3 else None, "due": self.due(due, "day") if goes_on else None,
        }  # fmt: skip
        self.step(who, "carries over", f"{path}/carry-over", self.model.carry_over_deliverable, d, **given)

    work = theme("work", "add_deliverable", "amend_deliverable", "deliverable_step", "deliver_deliverable", "post_update", "carry_over")

    # The parts of agencies

    @drawn(
        6,
        "deliverables",
        who=WHO,
        pick=PICK,
        agency=AGENCY,
        role=st.sampled_from(["lead"] * 4 + ["co_lead", "contributor"]),
        first=SOMETIMES,
        last=SOMETIMES,
    )
    def propose_assignment(self, who: Actor, pick: int, agency: str, role: str, first: Drawn | None, last: Drawn | None) -> None:
        d, path = self._deliverable(pick)
        given = {
            "agency": agency,
            "role": role,
            "starts_on": self.sometime(first),
            "ends_on": self.sometime(last) if pick % 3 == 0 else None,
        }
        self.step(who, "asks for a part in", f"{path}/assignments", self.model.propose_assignment, d, gives=201, **given)

    def _answering(self, who: Actor, own: bool, pick: int, proper: bool) -> tuple[Actor, Part, str, dict[str, str | None]]:
        """Often whoever was asked answers, and a proxy mostly says for whom and on what grounds."""
        part: Part = self.one("parts", pick)
        actor = FOCAL_POINTS.get(part.agency, SECRETARIAT) if own else who
        behalf = part.agency if proper else [None, "UNDP"][pick % 2]
        proxy = {"on_behalf_of": behalf, "evidence": "E-mail of 3 March" if proper or pick % 3 else None}
        by_proxy = actor.agency != part.agency
        return actor, part, f"/assignments/{part.id}", proxy if by_proxy or pick % 7 == 0 else {"on_behalf_of": None, "evidence": None}

    @drawn(8, "parts", who=WHO, own=OFTEN, pick=PICK, proper=OFTEN)
    def accept_assignment(self, who: Actor, own: bool, pick: int, proper: bool) -> None:
        actor, part, path, proxy = self._answering(who, own, pick, proper)
        self.step(actor, "accepts", f"{path}/accept", self.model.accept_assignment, part, **proxy)

    @drawn(
        2,
        "parts",
        who=WHO,
        own=OFTEN,
        pick=PICK,
        proper=OFTEN,
        reason=st.sampled_from(["capacity", "mandate"]),
        suggest=st.one_of(st.none(), AGENCY),
    )
    def decline_assignment(self, who: Actor, own: bool, pick: int, proper: bool, reason: str, suggest: str | None) -> None:
        actor, part, path, proxy = self._answering(who, own, pick, proper)
        given = {"reason": reason, "suggest": suggest} | proxy
        self.step(actor, "declines", f"{path}/decline", self.model.decline_assignment, part, **given)

    @drawn(2, "parts", who=WHO, pick=PICK, first=DAY, seen=SEEN)
    def amend_assignment(self, who: Actor, pick: int, first: Drawn, seen: str) -> None:
        part = self.one("parts", pick)
        given = {"seen": seen, "starts_on": self.day(first)}
        self.step(who, "amends", f"/assignments/{part.id}", self.model.amend_assignment, part, patch=True, **given)

    @drawn(2, "parts", who=WHO, pick=PICK, last=SOMETIMES)
    def end_assignment(self, who: Actor, pick: int, last: Drawn | None) -> None:
        part = self.one("parts", pick)
        given = {"reason": "Handed over.", "ends_on": self.sometime(last)}
        self.step(who, "ends", f"/assignments/{part.id}/end", self.model.end_assignment, part, **given)

    @drawn(2, "parts", who=WHO, pick=PICK, agency=AGENCY, last=SOMETIMES)
    def transfer_assignment(self, who: Actor, pick: int, agency: str, last: Drawn | None) -> None:
        part = self.one("parts", pick)
        given = {"agency": agency, "reason": "Handed over.", "ends_on": self.sometime(last)}
        self.step(who, "hands over", f"/assignments/{part.id}/transfer", self.model.transfer_assignment, part, gives=201, **given)

    asking = theme(
        "asking",
        "propose_assignment",
        "accept_assignment",
        "decline_assignment",
        "amend_assignment",
        "end_assignment",
        "transfer_assignment",
    )
    answers = theme("asking", "propose_assignment", "accept_assignment", "deliverable_step", "post_update")
