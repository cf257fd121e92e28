"""A plain model of the whole group: what agencies are asked and answer, and how everything looks when it is read on a day."""

from datetime import date, timedelta
from typing import Any

from tests.proof.plain_group import Actor, Doubts
from tests.proof.plain_things import FOREVER, OPEN_BODY, Body, Deliverable, Part, Plan, Term, first_day, last_day
from tests.proof.plain_work import PlainWork

Picture = dict[str, dict[str, Any]]
"""What is read of things, by their id."""
SOON, STALE, EXPIRING = 30, 60, 90
"""Days before a due day, days without news, days before a sunset."""


class PlainModel(PlainWork):
    """The whole group, with the steps about the parts of agencies."""

    def propose_assignment(
        self, actor: Actor, d: Deliverable, *, agency: str, role: str, starts_on: date | None, ends_on: date | None
    ) -> Part:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not (self.own_body(actor, d.body, d.stream.body) or self.chairs_group(actor)))
        first = starts_on or self.today
        doubts.refuse("ends_before_it_starts", (ends_on or FOREVER) < first)
        self.may_be(doubts, agency, first, member=role in ("lead", "co_lead"))
        self.changeable(doubts, d)
        doubts.refuse("already_asked", ends_on is None and self._waiting(d, agency, role))
        doubts.settle()
        part = Part(first, ends_on, d, agency, role)
        d.parts.append(part)
        self.parts.append(part)
        return part

    @staticmethod
    def _waiting(d: Deliverable, agency: str, role: str) -> list[Part]:
        """What an agency is asked for or has already in this role, without a last day."""
        return [p for p in d.parts if (p.agency, p.role, p.ends_on) == (agency, role, None) and p.unended]

    def _answering(self, actor: Actor, part: Part, on_behalf_of: str | None, evidence: str | None) -> Doubts:
        doubts = self.asked(actor)
        own = actor.role == "focal_point" and actor.agency == part.agency
        doubts.refuse("forbidden", not own and actor.role != "secretariat")
        doubts.refuse("on_behalf_of_another", on_behalf_of not in (None, part.agency) or (on_behalf_of is None and not own))
        doubts.refuse("evidence_required", not own and not evidence)
        return doubts

    def _answer(self, actor: Actor, part: Part, evidence: str | None, state: str, decline: tuple[str, str | None] | None) -> None:
        self.answers += 1
        part.state, part.decline, part.evidence = state, decline, evidence
        part.answered_yes = self.answers if state == "accepted" else 0
        part.on_behalf_of = None if actor.agency == part.agency else part.agency

    def accept_assignment(self, actor: Actor, part: Part, *, on_behalf_of: str | None, evidence: str | None) -> None:
        doubts = self._answering(actor, part, on_behalf_of, evidence)
        if part.state == "accepted":
            doubts.settle()
            return
        doubts.refuse("wrong_state", part.state == "ended")
        self.may_be(doubts, part.agency, part.starts_on, member=part.role in ("lead", "co_lead"))
        self.changeable(doubts, part.deliverable)
        doubts.refuse("lead_taken", part.role == "lead" and self._other_leads(part, part.starts_on))
        again = [p for p in self._waiting(part.deliverable, part.agency, part.role) if p is not part]
        doubts.refuse("already_asked", part.ends_on is None and again)  # it declined, and was asked anew
        doubts.settle()
        self._answer(actor, part, evidence, "accepted", None)

    @staticmethod
    def _other_leads(part: Part, starts_on: date) -> list[Part]:
        leads = [p for p in part.deliverable.parts if p.role == "lead" and p.state == "accepted" and p is not part]
        return [p for p in leads if p.shares_a_day(starts_on, part.ends_on)]

    def decline_assignment(
        self, actor: Actor, part: Part, *, reason: str, suggest: str | None, on_behalf_of: str | None, evidence: str | None
    ) -> None:
        doubts = self._answering(actor, part, on_behalf_of, evidence)
        if part.state == "declined" and part.decline == (reason, suggest):
            doubts.settle()
            return
        doubts.refuse("wrong_state", part.state == "ended")
        self.changeable(doubts, part.deliverable)
        doubts.settle()
        self._answer(actor, part, evidence, "declined", (reason, suggest))

    def amend_assignment(self, actor: Actor, part: Part, *, seen: str, starts_on: date) -> None:
        doubts = self.asked(actor)
        places = (part.deliverable.body, part.deliverable.stream.body)
        doubts.refuse("forbidden", not (self.own_body(actor, *places) or self.chairs_group(actor)))
        self.versioned(doubts, seen)
        doubts.refuse("wrong_state", part.state == "ended")
        doubts.refuse("ends_before_it_starts", (part.ends_on or FOREVER) < starts_on)
        self.may_be(doubts, part.agency, starts_on, member=part.role in ("lead", "co_lead"))
        self.changeable(doubts, part.deliverable)
        doubts.refuse("lead_taken", part.role == "lead" and part.state == "accepted" and self._other_leads(part, starts_on))
        doubts.settle()
        part.starts_on = starts_on

    def end_assignment(self, actor: Actor, part: Part, *, reason: str, ends_on: date | None) -> None:
        doubts = self.asked(actor)
        own = actor.role == "focal_point" and actor.agency == part.agency
        doubts.refuse("forbidden", not own and actor.role != "secretariat")
        if part.state == "ended":
            doubts.settle()
            return
        last = self._last_day(doubts, part, ends_on)
        self.changeable(doubts, part.deliverable)
        doubts.settle()
        self._end_part(part, last)

    def _last_day(self, doubts: Doubts, part: Part, ends_on: date | None) -> date:
        """Ending shortens; it does not lengthen."""
        last = min(ends_on or max(self.today, part.starts_on), part.ends_on or FOREVER)
        doubts.refuse("ends_before_it_starts", last < part.starts_on)
        return last

    def _end_part(self, part: Part, last: date) -> None:
        """An accepted part goes on until its last day is over; one that was never accepted has nothing to go on with."""
        part.ends_on = last
        goes_on = part.state == "accepted" and last > max(self.today, part.starts_on)
        part.state = part.state if goes_on else "ended"

    def transfer_assignment(self, actor: Actor, part: Part, *, agency: str, reason: str, ends_on: date | None) -> Part:
        """The part ends, and another agency is asked for the rest of it."""
        doubts = self.asked(actor)
        d = part.deliverable
        own = actor.role == "focal_point" and actor.agency == part.agency
        asks = self.chairs_group(actor) or self.chairs_body(actor, d.body, d.stream.body)
        doubts.refuse("forbidden", actor.role != "secretariat" and not (own and asks))
        for other in d.parts:
            if other.taken_over_from is part and other.agency == agency and other.unended:  # it holds already
                doubts.settle()
                return other
        whole, last = part.ends_on, self._last_day(doubts, part, ends_on)
        first = last + timedelta(days=1)
        self.may_be(doubts, agency, first, member=part.role in ("lead", "co_lead"))
        doubts.refuse("wrong_state", part.state == "ended")
        self.changeable(doubts, d)
        theirs = [p for p in d.parts if (p.agency, p.role) == (agency, part.role) and p.unended]
        doubts.refuse("already_asked", any((p.ends_on or FOREVER) >= first for p in theirs))
        doubts.settle()
        self._end_part(part, last)
        taken_over = Part(first, whole if whole and whole >= first else None, d, agency, part.role, taken_over_from=part)
        d.parts.append(taken_over)
        self.parts.append(taken_over)
        return taken_over

    # How it reads

    def show_deliverables(self, day: date) -> Picture:
        return {d.id: self._show_deliverable(d, day) for d in self.deliverables}

    def _show_deliverable(self, d: Deliverable, day: date) -> dict[str, Any]:
        due, baseline = (last_day(text) if text else None for text in (d.due, d.baseline_due))
        delivered = last_day(d.delivered) if d.delivered else None
        is_open = d.open_on(day)
        done = delivered if d.status == "delivered" else due
        leads = [p for p in d.parts if p.role == "lead" and p.in_force(day)]
        lead = max(leads, key=lambda p: (p.starts_on, p.answered_yes), default=None)
        quiet = (day - d.confirmed_on).days
        plan = d.stream.plan
        flags = {
            "overdue": is_open and due is not None and due < day,
            "due_soon": is_open and due is not None and day <= due <= day + timedelta(days=SOON),
            "stale": is_open and quiet > STALE,
            "no_lead": is_open and lead is None,
            "no_due": is_open and due is None,
            "unanswered": any(p.state == "proposed" for p in d.parts),
            "due_outside_plan": due is not None and d.due is not None and (due > plan.ends_on or first_day(d.due) < plan.starts_on),
            "sunset_passed": is_open and d.body is not None and (d.body.sunset_on or FOREVER) < day,
        }
        return {
            "workplan": plan.id, "stream": d.stream.id, "body": d.body.id if d.body else None, "code": d.code, "title": d.title,
            "former_titles": d.former_titles, "former_codes": d.former_codes, "due": d.due, "baseline_due": d.baseline_due,
            "delivered": d.delivered, "delivered_on": _text(delivered), "status": d.status, "status_reason": d.status_reason,
            "percent": d.percent, "confidence": d.confidence, "evidence": d.evidence, "waiver": d.waiver,
            "carried_from": d.carried_from.id if d.carried_from else None, "confirmed_on": _text(d.confirmed_on),
            "lead": lead.agency if lead else None, "co_leads": sorted(p.agency for p in d.parts if p.role == "co_lead" and p.in_force(day)),
            "contributors": sorted(p.agency for p in d.parts if p.role == "contributor" and p.in_force(day)),
            "asked": sorted(p.id for p in d.parts if p.state == "proposed"), "overdue": flags["overdue"], "due_soon": flags["due_soon"],
            "slip_days": (done - baseline).days if done and baseline else None, "stale_days": quiet if is_open and quiet >= 0 else None,
            "flags": sorted(name for name, holds in flags.items() if holds),
        }  # fmt: skip

    def show_assignments(self) -> Picture:
        return {
            p.id: {
                "deliverable": p.deliverable.id, "agency": p.agency, "role": p.role, "state": p.state, "starts_on": _text(p.starts_on),
                "ends_on": _text(p.ends_on), "current": p.in_force(self.today), "on_behalf_of": p.on_behalf_of, "evidence": p.evidence,
                "decline_reason": p.decline[0] if p.decline else None, "suggested": p.decline[1] if p.decline else None,
            }
            for p in self.parts
        }  # fmt: skip

    def show_bodies(self, kind: str) -> Picture:
        return {b.id: self._show_body(b) for b in self.bodies if b.kind == kind}

    def _show_body(self, b: Body) -> dict[str, Any]:
        left = (b.sunset_on - self.today).days if b.sunset_on and b.state in OPEN_BODY else None
        return {
            "code": b.code, "state": b.state, "starts_on": _text(b.starts_on), "sunset_on": _text(b.sunset_on), "days_left": left,
            "expiring": left is not None and 0 <= left <= EXPIRING, "sunset_passed": left is not None and left < 0,
            "extensions": len(b.extensions), "ended_on": _text(b.ended_on), "outcome": b.outcome, "chairs": sorted(b.chairs(self.today)),
            "participants": sum(p.covers(self.today) for p in b.takes_part), "predecessor": b.predecessor.id if b.predecessor else None,
            "successor": next((s.id for s in self.bodies if s.predecessor is b), None),
        }  # fmt: skip

    def show_workplans(self) -> Picture:
        return {
            p.id: {
                "code": p.code, "state": p.state, "revision": p.revision, "revising": p.revising, "circulated_on": _text(p.circulated_on),
                "endorsed_on": _text(p.endorsed_on), "endorsed_late": bool(p.endorsed_on and p.endorsed_on > p.starts_on),
                "closed_on": _text(p.closed_on), "superseded_by": p.superseded_by.id if p.superseded_by else None,
                "phase": self._phase(p.starts_on, p.ends_on),
            }
            for p in self.plans
        }  # fmt: skip

    def show_baselines(self, plan: Plan) -> list[dict[str, Any]]:
        return [b | {"endorsed_on": str(b["endorsed_on"])} for b in plan.baselines]

    def show_streams(self) -> Picture:
        return {s.id: {"code": s.code, "workplan": s.plan.id, "body": s.body.id if s.body else None} for s in self.streams}

    def show_members(self) -> Picture:
        return {
            m.id: {
                "agency": m.agency, "role": m.role, "starts_on": _text(m.starts_on), "ends_on": _text(m.ends_on),
                "current": m.covers(self.today),
            }
            for m in self.members
        }  # fmt: skip

    def show_terms(self) -> Picture:
        return {
            t.id: {
                "state": t.state, "holders": t.holders, "starts_on": _text(t.starts_on), "ends_on": _text(t.ends_on),
                "regular_length": self.regular(t.starts_on, t.ends_on),
                "phase": "cancelled" if t.state == "cancelled" else self._phase(t.starts_on, t.ends_on),
            }
            for t in self.terms
        }  # fmt: skip

    def _phase(self, starts_on: date, ends_on: date | None) -> str:
        return "past" if (ends_on or FOREVER) < self.today else "upcoming" if starts_on > self.today else "current"

    def show_troika(self, day: date) -> dict[str, str | None]:
        confirmed = [t for t in self.terms if t.state == "confirmed"]
        current = [t for t in confirmed if t.covers(day)]
        past = [t for t in confirmed if (t.ends_on or FOREVER) < day]
        coming = [t for t in confirmed if t.starts_on > day]
        return {
            "outgoing": max(past, key=_first, default=_NOBODY).id or None, "current": max(current, key=_first, default=_NOBODY).id or None,
            "incoming": min(coming, key=_first, default=_NOBODY).id or None,
        }  # fmt: skip


_NOBODY = Term(FOREVER, None, [], "cancelled", None)


def _first(term: Term) -> date:
    return term.starts_on


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
