"""A plain model of a group's work: plans, their baselines, streams, deliverables, and what is reported."""

from datetime import date, timedelta

from tests.proof.plain_group import Actor, Doubts, PlainGroup
from tests.proof.plain_things import FOREVER, OPEN, OPEN_BODY, Body, Decision, Deliverable, Plan, Stream, first_day, last_day


class PlainWork(PlainGroup):
    """The group with the steps about its work."""

    # Plans

    def draft_workplan(self, actor: Actor, *, code: str, starts_on: date, ends_on: date, transitional: bool) -> Plan:
        doubts = self.asked(actor, "unknown_reference")
        doubts.refuse("forbidden", not (actor.role == "secretariat" or self.chairs_group(actor)))
        doubts.refuse("ends_before_it_starts", ends_on < starts_on)
        longest = self._months_up_to(starts_on, ends_on) <= self.rules.plan_months
        doubts.refuse("plan_length_outside_modality", ends_on >= starts_on and not longest)
        doubts.refuse("workplan_code_taken", any(p.code == code for p in self.plans))
        doubts.settle()
        self.plans.append(plan := Plan(code, starts_on, ends_on, transitional))
        return plan

    @staticmethod
    def _months_up_to(starts_on: date, ends_on: date) -> int:
        """Whole months; a plan of exactly four years has 48."""
        following = ends_on + timedelta(days=1)
        months = (following.year - starts_on.year) * 12 + following.month - starts_on.month
        return months - (following.day < starts_on.day)

    def circulate_workplan(self, actor: Actor, plan: Plan) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not (actor.role == "secretariat" or self.chairs_group(actor)))
        doubts.refuse("wrong_state", plan.state not in ("draft", "circulated"))
        doubts.settle()
        if plan.state == "draft":
            plan.state, plan.circulated_on = "circulated", self.today

    def findings(self, plan: Plan) -> tuple[set[str], set[str]]:
        """What blocks the endorsement of a plan, and what takes a reason."""
        blocks, warns = Doubts(), Doubts()
        mine = [d for d in self.deliverables if d.stream.plan is plan]
        warns.refuse("nothing_in_it", not mine)
        for d in mine:
            if d.status == "delivered" and d.delivered:
                outside = last_day(d.delivered) < plan.starts_on or first_day(d.delivered) > plan.ends_on
                warns.refuse("delivered_outside_plan", outside)
            if d.status not in OPEN:
                continue
            due = last_day(d.due) if d.due else None
            sunset = d.body.sunset_on if d.body else None
            blocks.refuse("no_due", due is None)
            blocks.refuse("body_ended", d.body and d.body.state not in OPEN_BODY)
            blocks.refuse("sunset_passed", d.body and d.body.state in OPEN_BODY and sunset and sunset < self.today)
            blocks.refuse("due_after_sunset", due and sunset and due > sunset)
            warns.refuse("no_lead", not d.leads(self.today, "lead"))
            warns.refuse("overdue", due and due < self.today)
            warns.refuse("due_outside_plan", due and not plan.starts_on <= due <= plan.ends_on)
        return blocks.codes, warns.codes

    def endorse_workplan(self, actor: Actor, plan: Plan, *, decision: Decision | None, reason: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        if plan.state == "endorsed" and not plan.revising:  # it holds already
            doubts.settle()
            return
        self.authority(doubts, decision)
        doubts.refuse("wrong_state", not plan.alive)
        if plan.alive:
            others = [p for p in self.plans if p.state == "endorsed" and not p.transitional and p is not plan]
            shared = [p for p in others if p.starts_on <= plan.ends_on and plan.starts_on <= p.ends_on]
            doubts.refuse("plan_overlap", shared and not plan.transitional)
            blocks, warns = self.findings(plan)
            doubts.refuse("plan_has_errors", blocks)
            # A reason helps only a plan that can be endorsed with one.
            doubts.refuse("warnings_need_a_reason", warns and not reason and not doubts.codes & {"plan_overlap", "plan_has_errors"})
        doubts.settle()
        mine = [d for d in self.deliverables if d.stream.plan is plan]
        for d in mine:
            d.baseline_due = d.baseline_due or d.due
        promised = {d.code: d.due for d in mine if d.status not in ("cancelled", "superseded")}
        plan.baselines.append({"revision": plan.revision, "endorsed_on": self.today, "promised": promised})
        plan.endorsed_on = plan.endorsed_on or self.today
        plan.state, plan.revising = "endorsed", False

    def revise_workplan(self, actor: Actor, plan: Plan, *, decision: Decision | None, reason: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision)
        doubts.refuse("reason_required", not reason)
        doubts.refuse("wrong_state", plan.state != "endorsed")
        doubts.settle()
        if not plan.revising:
            plan.revising, plan.revision = True, plan.revision + 1

    def close_workplan(self, actor: Actor, plan: Plan, *, superseded_by: Plan | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        doubts.refuse("unknown_reference", superseded_by is plan)
        state = "superseded" if superseded_by else "closed"
        if (plan.state, plan.superseded_by) == (state, superseded_by):  # it holds already
            doubts.settle()
            return
        doubts.refuse("wrong_state", not plan.alive or (superseded_by is not None and not superseded_by.alive))
        doubts.refuse("open_deliverables", any(d.stream.plan is plan and d.status in OPEN for d in self.deliverables))
        doubts.settle()
        plan.state, plan.revising, plan.closed_on, plan.superseded_by = state, False, self.today, superseded_by

    def takes_structure(self, doubts: Doubts, plan: Plan) -> None:
        """Streams, deliverables and due dates of an endorsed plan change only by revision; those of an ended one not at all."""
        doubts.refuse("wrong_state", not plan.alive)
        doubts.refuse("revision_required", plan.state == "endorsed" and not plan.revising)

    def add_stream(self, actor: Actor, plan: Plan, *, code: str, body: Body | None) -> Stream:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.still_takes(doubts, body)
        self.takes_structure(doubts, plan)
        doubts.refuse("stream_code_taken", any(s.plan is plan and s.code == code for s in self.streams))
        doubts.settle()
        self.streams.append(stream := Stream(plan, code, body))
        return stream

    # Deliverables

    def _may_add(self, actor: Actor, stream: Stream, body: Body | None) -> bool:
        """Whoever adds to a stream chairs its body, and the body that is to do the work."""
        both = {stream.body, body}
        return actor.role == "secretariat" or all(self.chairs_body(actor, one) for one in both)

    def _due_in_time(self, doubts: Doubts, due: str | None, body: Body | None) -> None:
        doubts.refuse("due_after_sunset", due and body and last_day(due) > (body.sunset_on or FOREVER))

    def _add(self, doubts: Doubts, actor: Actor, stream: Stream, code: str, title: str, due: str | None, body: Body | None) -> Deliverable:
        place = body or stream.body
        doubts.refuse("forbidden", not self._may_add(actor, stream, place))
        self._due_in_time(doubts, due, place)
        self.takes_structure(doubts, stream.plan)
        self.still_takes(doubts, place)
        doubts.refuse("deliverable_code_taken", any(d.stream.plan is stream.plan and d.code == code for d in self.deliverables))
        doubts.settle()
        self.deliverables.append(deliverable := Deliverable(stream, place, code, title, due, self.today))
        return deliverable

    def add_deliverable(self, actor: Actor, *, stream: Stream, code: str, title: str, due: str | None, body: Body | None) -> Deliverable:
        return self._add(self.asked(actor, "unknown_reference"), actor, stream, code, title, due, body)

    def _own(self, actor: Actor, d: Deliverable, *roles: str) -> bool:
        return actor.role == "focal_point" and actor.agency in d.leads(self.today, *(roles or ("lead", "co_lead")))

    def _touching(self, actor: Actor, d: Deliverable, *roles: str, own: bool = True) -> Doubts:
        """Its leads work on it, and those who chair its body or that of its stream."""
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not (self.own_body(actor, d.body, d.stream.body) or (own and self._own(actor, d, *roles))))
        return doubts

    def changeable(self, doubts: Doubts, d: Deliverable) -> None:
        doubts.refuse("wrong_state", not d.stream.plan.alive)
        self.still_takes(doubts, d.body)

    def amend_deliverable(self, actor: Actor, d: Deliverable, *, seen: str, **changes: object) -> None:
        """`changes` may hold due, title, code, stream and body, as a PATCH does."""
        doubts = self._touching(actor, d)
        self.versioned(doubts, seen)
        plan = d.stream.plan
        if set(changes) == {"body"}:
            doubts.refuse("wrong_state", not plan.alive)  # moving out of a body is part of closing it
        else:
            self.changeable(doubts, d)
        due, title, code = (changes.get(name, getattr(d, name)) for name in ("due", "title", "code"))
        stream = changes.get("stream", d.stream)
        assert isinstance(stream, Stream)
        doubts.refuse("unknown_reference", stream.plan is not plan)
        body = (changes["body"] or d.stream.body) if "body" in changes else d.body
        assert body is None or isinstance(body, Body)
        if (stream, body) != (d.stream, d.body):
            doubts.refuse("forbidden", stream.plan is plan and not self._may_add(actor, stream, body))
        if body is not d.body or changes.get("body"):
            self.still_takes(doubts, body)
        self._due_in_time(doubts, str(due) if due else None, body)
        if due != d.due or stream is not d.stream:
            self.takes_structure(doubts, plan)
        others = [o for o in self.deliverables if o.stream.plan is plan and o is not d]
        doubts.refuse("deliverable_code_taken", any(o.code == code for o in others))
        doubts.settle()
        if title != d.title:
            d.former_titles = [*(t for t in d.former_titles if t not in (title, d.title)), d.title]
        if code != d.code:
            d.former_codes = [*(c for c in d.former_codes if c not in (code, d.code)), d.code]
        d.due, d.title, d.code, d.stream, d.body = str(due) if due else None, str(title), str(code), stream, body

    def _looked_at(self, d: Deliverable, **values: object) -> None:
        for name, value in values.items():
            setattr(d, name, value)
        d.confirmed_on = self.today

    def _led(self, d: Deliverable) -> str:
        """The state of work that is taken up again."""
        return "in_progress" if d.leads(self.today, "lead") else "not_started"

    def start_deliverable(self, actor: Actor, d: Deliverable) -> None:
        doubts = self._touching(actor, d)
        if d.status == "in_progress":
            doubts.settle()
            return
        doubts.refuse("wrong_state", d.status != "not_started")
        self.changeable(doubts, d)
        doubts.refuse("lead_required", not d.leads(self.today, "lead"))
        doubts.settle()
        self._looked_at(d, status="in_progress")

    def deliver_deliverable(
        self, actor: Actor, d: Deliverable, *, delivered_on: str | None, evidence: list[str], waiver: str | None
    ) -> None:
        doubts = self._touching(actor, d)
        day = delivered_on or self.today.isoformat()
        if d.status == "delivered" and delivered_on in (None, d.delivered):
            doubts.settle()
            return
        doubts.refuse("delivered_in_the_future", last_day(day) > self.today)
        doubts.refuse("evidence_required", not (d.evidence or evidence or waiver))
        doubts.refuse("wrong_state", d.status not in OPEN)
        self.changeable(doubts, d)
        doubts.settle()
        links = [*d.evidence, *(e for e in evidence if e not in d.evidence)]
        self._looked_at(d, status="delivered", delivered=day, evidence=links, waiver=waiver, percent=100, status_reason=None)

    def hold_deliverable(self, actor: Actor, d: Deliverable, *, reason: str) -> None:
        self._put(self._touching(actor, d), d, "on_hold", reason, "not_started", "in_progress")

    def cancel_deliverable(self, actor: Actor, d: Deliverable, *, reason: str) -> None:
        self._put(self._touching(actor, d, own=False), d, "cancelled", reason, *OPEN)

    def supersede_deliverable(self, actor: Actor, d: Deliverable, *, reason: str) -> None:
        self._put(self._touching(actor, d, own=False), d, "superseded", reason, *OPEN)

    def _put(self, doubts: Doubts, d: Deliverable, status: str, reason: str, *allowed: str) -> None:
        if d.status == status:
            doubts.settle()
            return
        doubts.refuse("wrong_state", d.status not in allowed or not d.stream.plan.alive)
        if status != "cancelled":  # cancelling is part of closing a body
            self.changeable(doubts, d)
        doubts.settle()
        self._looked_at(d, status=status, status_reason=reason)

    def resume_deliverable(self, actor: Actor, d: Deliverable) -> None:
        doubts = self._touching(actor, d)
        if d.status in ("in_progress", "not_started"):
            doubts.settle()
            return
        doubts.refuse("wrong_state", d.status != "on_hold")
        self.changeable(doubts, d)
        doubts.settle()
        self._looked_at(d, status=self._led(d), status_reason=None)

    def reopen_deliverable(self, actor: Actor, d: Deliverable, *, reason: str, decision: Decision | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision, needed=d.status == "delivered")
        if d.status in OPEN:
            doubts.settle()
            return
        self.changeable(doubts, d)
        self._due_in_time(doubts, d.due, d.body)  # the sunset may have moved meanwhile
        doubts.settle()
        percent = None if d.status == "delivered" else d.percent
        self._looked_at(d, status=self._led(d), status_reason=reason, delivered=None, waiver=None, percent=percent)

    def confirm_deliverable(self, actor: Actor, d: Deliverable) -> None:
        doubts = self._touching(actor, d)
        doubts.refuse("wrong_state", d.status not in OPEN)
        self.changeable(doubts, d)
        doubts.settle()
        self._looked_at(d, reports=d.reports + 1)

    def post_update(
        self, actor: Actor, d: Deliverable, *, status: str | None, percent: int | None, confidence: str | None, narrative: str
    ) -> None:
        claims = (status, percent, confidence) != (None, None, None)
        doubts = self._touching(actor, d, *(("lead", "co_lead") if claims else ("lead", "co_lead", "contributor")))
        doubts.refuse("wrong_state", d.status not in OPEN)
        self.changeable(doubts, d)
        if status == "in_progress":
            doubts.refuse("wrong_state", d.status == "on_hold")
            doubts.refuse("lead_required", d.status == "not_started" and not d.leads(self.today, "lead"))
        else:
            doubts.refuse("wrong_state", status not in (None, d.status))
        doubts.settle()
        given = {"status": status, "percent": percent, "confidence": confidence}
        self._looked_at(d, reports=d.reports + 1, **{name: value for name, value in given.items() if value is not None})

    def carry_over_deliverable(
        self, actor: Actor, d: Deliverable, *, kind: str, stream: Stream | None, into: Deliverable | None, reason: str | None,
        code: str | None, due: str | None,
    ) -> Deliverable:  # fmt: skip
        doubts = self._touching(actor, d, own=False)
        told = {"continues": stream and not into, "split": stream and not into, "merged": into and not stream}
        complete = bool(told.get(kind, reason and not stream and not into))
        doubts.refuse("carry_over_incomplete", not complete)
        if kind == "split" and d.carried and set(d.carried) == {"split"}:
            doubts.refuse("wrong_state", d.status != "superseded")  # a further part of it
        else:
            doubts.refuse("already_carried_over", d.carried)
            doubts.refuse("wrong_state", d.status not in OPEN or not d.stream.plan.alive)
        there = stream.plan if stream else into.stream.plan if into else None
        doubts.refuse("unknown_reference", complete and there is d.stream.plan)
        later: Deliverable | None = None
        if complete and stream and there is not d.stream.plan:
            doubts.settle()  # then comes adding it there, a step of its own
            later = self._add(doubts, actor, stream, code or d.code, d.title, due, None)
            later.carried_from = d
        elif complete and into:
            doubts.refuse("wrong_state", into.status not in OPEN)
            self.changeable(doubts, into)
            later = into
        doubts.settle()
        why = reason or f"Carried over into {later.stream.plan.code} {later.code}." if later else reason
        self._looked_at(d, status="superseded" if later else "cancelled", status_reason=why)
        d.carried.append(kind)
        return later or d
