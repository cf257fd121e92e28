"""A plain model of a group: who may do what, its members, its chairs and its bodies. Each step either changes the model or raises `Refused`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.proof.plain_things import (
    FOREVER,
    OPEN,
    OPEN_BODY,
    Body,
    Decision,
    Deliverable,
    Membership,
    Part,
    Participation,
    Plan,
    Stream,
    Term,
    end_of_term,
    every_day,
    last_day,
)

ORDER = (404, 403, 428, 412, 422, 409)
"""The order of checks (docs/domain.md of the design): what is told is the first of these for which there is a reason."""
STATUS = {"not_found": 404, "forbidden": 403, "precondition_required": 428, "stale_version": 412} | dict.fromkeys(
    (
        "already_asked", "already_carried_over", "already_member", "already_participating", "body_code_taken", "body_needs_chair",
        "chair_overlap", "decision_code_taken", "deliverable_code_taken", "lead_required", "lead_taken", "no_extensions_left",
        "open_deliverables", "plan_has_errors", "plan_overlap", "revision_required", "stream_code_taken", "sunset_passed",
        "sunset_not_passed", "sunset_strands_deliverables", "term_depends_on_membership", "workplan_code_taken", "wrong_state",
    ),
    409,
)  # fmt: skip
"""The status of each refusal; 422 where nothing else is said."""


class Refused(Exception):
    """The step is refused, with this status and one of these codes."""

    def __init__(self, status: int, codes: Iterable[str]) -> None:
        self.status, self.codes = status, frozenset(codes)
        super().__init__(f"{status} {' or '.join(sorted(self.codes))}")


class Doubts:
    """All that speaks against a step. `refuse(code, reason)` notes it, `settle()` tells the first in the order of checks."""

    def __init__(self) -> None:
        self.codes: set[str] = set()

    def refuse(self, code: str, holds: object = True) -> None:
        if holds:
            self.codes.add(code)

    def settle(self) -> None:
        for status in ORDER:
            if found := {code for code in self.codes if STATUS.get(code, 422) == status}:
                raise Refused(status, found)


@dataclass(frozen=True)
class Actor:
    """Who acts: the secretariat, a viewer or a focal point of our group, a stranger (another group's secretariat), or nobody known."""

    name: str
    role: str
    agency: str | None = None


@dataclass(frozen=True)
class Rules:
    """The modality in force."""

    term_months: int = 12
    task_force_months: int = 24
    extensions: int = 2
    extension_months: int = 12
    plan_months: int = 48


class PlainGroup:
    """Everything that is in the group, and the steps about members, chairs and bodies."""

    def __init__(self, today: date, established_on: date) -> None:
        self.today, self.established_on, self.rules = today, established_on, Rules()
        self.decisions: list[Decision] = []
        self.members: list[Membership] = []
        self.terms: list[Term] = []
        self.bodies: list[Body] = []
        self.plans: list[Plan] = []
        self.streams: list[Stream] = []
        self.deliverables: list[Deliverable] = []
        self.parts: list[Part] = []
        self.answers = 0

    # Who may do what

    def asked(self, actor: Actor, unseen: str = "not_found") -> Doubts:
        """What speaks against anything by this actor; `unseen` is how a place in our group looks to whoever does not see the group."""
        if actor.role == "nobody":
            raise Refused(401, ["unauthenticated"])
        if actor.role == "stranger":
            raise Refused(STATUS.get(unseen, 422), [unseen])
        return Doubts()

    def chairs_group(self, actor: Actor) -> bool:
        now = [t for t in self.terms if t.state == "confirmed" and t.covers(self.today)]
        return actor.role == "focal_point" and any(actor.agency in t.holders for t in now)

    def chairs_body(self, actor: Actor, *bodies: Body | None) -> bool:
        """Whether the actor's agency chairs any of these bodies today."""
        return actor.role == "focal_point" and any(actor.agency in b.chairs(self.today) for b in bodies if b)

    def own_body(self, actor: Actor, *bodies: Body | None) -> bool:
        return actor.role == "secretariat" or self.chairs_body(actor, *bodies)

    def authority(self, doubts: Doubts, decision: Decision | None, *, needed: bool = True) -> None:
        """A formal step names a decision of this group."""
        doubts.refuse("decision_required", needed and decision is None)
        doubts.refuse("unknown_reference", decision is not None and decision not in self.decisions)

    def versioned(self, doubts: Doubts, seen: str) -> None:
        doubts.refuse({"none": "precondition_required", "stale": "stale_version"}.get(seen, ""), seen != "present")

    # Members and decisions

    def is_member(self, agency: str, starts_on: date, ends_on: date | None = None) -> bool:
        """On every day of a period; without an end, on its first day."""
        periods = [m for m in self.members if m.agency == agency and m.role == "member"]
        return all(any(m.covers(day) for m in periods) for day in every_day(starts_on, ends_on or starts_on))

    def is_in_group(self, agency: str, day: date) -> bool:
        return any(m.agency == agency and m.covers(day) for m in self.members)

    def may_be(self, doubts: Doubts, agency: str, day: date, *, member: bool) -> None:
        """Only members lead or chair; observers too may contribute."""
        if member:
            doubts.refuse("not_a_member", not self.is_member(agency, day))
        else:
            doubts.refuse("not_in_the_group", not self.is_in_group(agency, day))

    def record_decision(self, actor: Actor, *, code: str, decided_on: date) -> Decision:
        doubts = self.asked(actor, "unknown_reference")
        doubts.refuse("forbidden", actor.role != "secretariat")
        doubts.refuse("decided_in_the_future", decided_on > self.today)
        doubts.refuse("decision_code_taken", any(d.code == code for d in self.decisions))
        doubts.settle()
        self.decisions.append(decision := Decision(code, decided_on))
        return decision

    def admit_member(
        self, actor: Actor, *, agency: str, role: str, starts_on: date, ends_on: date | None, decision: Decision | None
    ) -> Membership:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        doubts.refuse("ends_before_it_starts", (ends_on or FOREVER) < starts_on)
        self.authority(doubts, decision, needed=role == "member" and starts_on > self.established_on)
        doubts.refuse("already_member", any(m.agency == agency and m.shares_a_day(starts_on, ends_on) for m in self.members))
        doubts.settle()
        self.members.append(membership := Membership(starts_on, ends_on, agency, role))
        return membership

    def amend_membership(self, actor: Actor, membership: Membership, *, seen: str, ends_on: date | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.versioned(doubts, seen)
        doubts.refuse("ends_before_it_starts", (ends_on or FOREVER) < membership.starts_on)
        others = [m for m in self.members if m.agency == membership.agency and m is not membership]
        doubts.refuse("already_member", any(m.shares_a_day(membership.starts_on, ends_on) for m in others))
        held = [t for t in self.terms if t.state == "confirmed" and membership.agency in t.holders]
        before, membership.ends_on = membership.ends_on, ends_on
        doubts.refuse("term_depends_on_membership", not all(self.is_member(membership.agency, t.starts_on, t.ends_on) for t in held))
        membership.ends_on = before
        doubts.settle()
        membership.ends_on = ends_on

    # The chair

    def _is_free(self, starts_on: date, ends_on: date, but: Term | None = None) -> bool:
        return not any(t.shares_a_day(starts_on, ends_on) for t in self.terms if t.state == "confirmed" and t is not but)

    def regular(self, starts_on: date, ends_on: date | None) -> bool:
        return ends_on == end_of_term(starts_on, self.rules.term_months)

    def nominate_chair(
        self, actor: Actor, *, holders: list[str], state: str, starts_on: date, ends_on: date | None, note: str | None
    ) -> Term:
        doubts = self.asked(actor, "unknown_reference")
        doubts.refuse("forbidden", actor.role != "secretariat")
        last = ends_on or end_of_term(starts_on, self.rules.term_months)
        doubts.refuse("holder_twice", len(set(holders)) < len(holders))
        doubts.refuse("ends_before_it_starts", last < starts_on)
        doubts.refuse("not_a_member", not all(self.is_member(agency, starts_on, last) for agency in holders))
        doubts.refuse("term_length_needs_note", not note and not self.regular(starts_on, last))
        doubts.refuse("chair_overlap", state == "confirmed" and not self._is_free(starts_on, last))
        doubts.settle()
        self.terms.append(term := Term(starts_on, last, holders, state, note))
        return term

    def amend_chairmanship(self, actor: Actor, term: Term, *, seen: str, ends_on: date) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.versioned(doubts, seen)
        doubts.refuse("wrong_state", term.state == "cancelled")
        doubts.refuse("ends_before_it_starts", ends_on < term.starts_on)
        if term.state != "cancelled" and ends_on != term.ends_on:
            doubts.refuse("not_a_member", not all(self.is_member(agency, term.starts_on, ends_on) for agency in term.holders))
            doubts.refuse("term_length_needs_note", not term.note and not self.regular(term.starts_on, ends_on))
            doubts.refuse("chair_overlap", term.state == "confirmed" and not self._is_free(term.starts_on, ends_on, but=term))
        doubts.settle()
        term.ends_on = ends_on

    def confirm_chair(self, actor: Actor, term: Term) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        doubts.refuse("wrong_state", term.state == "cancelled")
        if term.state == "nominated":
            assert term.ends_on
            doubts.refuse("not_a_member", not all(self.is_member(agency, term.starts_on, term.ends_on) for agency in term.holders))
            doubts.refuse("chair_overlap", not self._is_free(term.starts_on, term.ends_on))
        doubts.settle()
        term.state = "confirmed"

    def cancel_chair(self, actor: Actor, term: Term) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        doubts.settle()
        term.state = "cancelled"

    # Bodies

    def still_takes(self, doubts: Doubts, body: Body | None) -> None:
        """A body that has ended, or is past its sunset, takes nothing new."""
        if body:
            doubts.refuse("wrong_state", body.state not in OPEN_BODY)
            doubts.refuse("sunset_passed", body.state in OPEN_BODY and self.today > (body.sunset_on or FOREVER))

    def propose_body(
        self, actor: Actor, kind: str, *, code: str, starts_on: date, sunset_on: date | None, decision: Decision | None
    ) -> Body:
        doubts = self.asked(actor, "unknown_reference")
        doubts.refuse("forbidden", not (actor.role == "secretariat" or self.chairs_group(actor)))
        self.authority(doubts, decision, needed=False)
        if kind == "working_group":
            doubts.refuse("sunset_not_applicable", sunset_on)
        elif sunset_on is None:
            doubts.refuse("sunset_required")
        else:
            doubts.refuse("sunset_not_after_start", sunset_on <= starts_on)
            longest = end_of_term(starts_on, self.rules.task_force_months)
            doubts.refuse("sunset_beyond_modality", sunset_on > longest and decision is None)
        doubts.refuse("body_code_taken", any(b.code == code for b in self.bodies))
        doubts.settle()
        self.bodies.append(body := Body(kind, code, starts_on, sunset_on, decided=decision is not None))
        return body

    def activate_body(self, actor: Actor, body: Body, *, decision: Decision | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        if body.state != "active":
            self.authority(doubts, decision, needed=body.kind != "working_group" and not body.decided)
            doubts.refuse("wrong_state", body.state not in ("proposed", "dormant"))
            self.still_takes(doubts, body)
            needs = body.kind == "working_group" and not body.chairs(max(self.today, body.starts_on))
            doubts.refuse("body_needs_chair", needs)
        doubts.settle()
        body.decided = body.decided or decision is not None
        body.state = "active"

    def rest_body(self, actor: Actor, body: Body) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not self.own_body(actor, body))
        doubts.refuse("wrong_state", body.state not in ("active", "dormant"))
        doubts.settle()
        body.state = "dormant"

    def extend_body(self, actor: Actor, body: Body, *, sunset_on: date, decision: Decision | None, reason: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision)
        doubts.refuse("reason_required", not reason)
        doubts.refuse("wrong_state", body.state not in ("proposed", "active"))
        assert body.sunset_on
        if body.state in ("proposed", "active"):
            doubts.refuse("extension_not_later", sunset_on <= body.sunset_on)
            if sunset_on > body.sunset_on:
                doubts.refuse("no_extensions_left", len(body.extensions) >= self.rules.extensions)
                following = date.fromordinal(body.sunset_on.toordinal() + 1)
                doubts.refuse("extension_too_long", sunset_on > end_of_term(following, self.rules.extension_months))
        doubts.settle()
        assert decision
        body.extensions.append((body.sunset_on, sunset_on, decision.decided_on > body.sunset_on))
        body.sunset_on = sunset_on

    def left_in(self, body: Body) -> list[Deliverable]:
        return [d for d in self.deliverables if d.body is body and d.status in OPEN]

    def shorten_body(self, actor: Actor, body: Body, *, sunset_on: date, decision: Decision | None, reason: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision)
        doubts.refuse("reason_required", not reason)
        doubts.refuse("sunset_not_after_start", sunset_on <= body.starts_on)
        doubts.refuse("wrong_state", body.state not in ("proposed", "active"))
        self.still_takes(doubts, body)
        assert body.sunset_on
        doubts.refuse("sunset_not_earlier", sunset_on > body.sunset_on)
        stranded = [d for d in self.left_in(body) if d.due and last_day(d.due) > sunset_on]
        doubts.refuse("sunset_strands_deliverables", stranded)
        doubts.settle()
        body.sunset_on = sunset_on

    def close_body(self, actor: Actor, body: Body, *, outcome: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not self.own_body(actor, body))
        doubts.refuse("outcome_required", not outcome)
        self._end(doubts, body, "closed" if body.kind == "working_group" else "completed", outcome)

    def lapse_body(self, actor: Actor, body: Body, *, outcome: str | None) -> None:
        """Its time has run out, and nobody extended it."""
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not self.own_body(actor, body))
        doubts.refuse("sunset_not_passed", body.state in OPEN_BODY and self.today <= (body.sunset_on or FOREVER))
        self._end(doubts, body, "lapsed", outcome)

    def dissolve_body(self, actor: Actor, body: Body, *, decision: Decision | None, reason: str | None) -> None:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision)
        doubts.refuse("reason_required", not reason)
        self._end(doubts, body, "dissolved", reason)

    def _end(self, doubts: Doubts, body: Body, state: str, outcome: str | None) -> None:
        if body.state == state:  # it holds already
            doubts.settle()
            return
        doubts.refuse("wrong_state", body.state not in OPEN_BODY)
        doubts.refuse("open_deliverables", body.state in OPEN_BODY and self.left_in(body))
        doubts.settle()
        body.state, body.outcome, body.ended_on = state, outcome, self.today

    def convert_body(self, actor: Actor, body: Body, *, code: str, decision: Decision | None) -> Body:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", actor.role != "secretariat")
        self.authority(doubts, decision)
        doubts.refuse("wrong_state", body.state not in ("proposed", "active"))
        doubts.refuse("body_code_taken", any(b.code == code for b in self.bodies))
        doubts.settle()
        self.bodies.append(successor := Body("working_group", code, self.today, None, decided=True, predecessor=body))
        for deliverable in self.left_in(body):
            deliverable.body = successor
        for part in body.takes_part:
            if (part.ends_on or FOREVER) >= self.today:
                goes_on = Participation(max(self.today, part.starts_on), part.ends_on, part.agency, part.role)
                successor.takes_part.append(goes_on)
        for stream in self.streams:
            stream.body = successor if stream.body is body else stream.body
        body.state, body.ended_on, body.outcome = "converted", self.today, f"Converted into {code}."
        return successor

    def join_body(self, actor: Actor, body: Body, *, agency: str, role: str, starts_on: date | None, ends_on: date | None) -> Participation:
        doubts = self.asked(actor)
        doubts.refuse("forbidden", not self.own_body(actor, body))
        first = starts_on or max(self.today, body.starts_on)
        doubts.refuse("ends_before_it_starts", (ends_on or FOREVER) < first)
        self.may_be(doubts, agency, first, member=role != "observer")
        self.still_takes(doubts, body)
        doubts.refuse("already_participating", any(p.agency == agency and p.shares_a_day(first, ends_on) for p in body.takes_part))
        doubts.settle()
        body.takes_part.append(participation := Participation(first, ends_on, agency, role))
        return participation
