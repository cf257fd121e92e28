"""Handing the chair over: the outgoing chair's note, the pack frozen at submission, and its acceptance by the incoming chair."""

import json
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.chairs.models import Chairmanship, Holder
from app.chairs.rules import Term
from app.core.cards import run
from app.core.errors import WrongState
from app.core.work import Work
from app.deliverables.rules import OnBehalfOfAnother, check_proxy
from app.groups.actions import group_of
from app.handovers.models import HandOver
from app.handovers.queries import PACK
from app.handovers.rules import NoIncomingChair, SuccessorChanged, check_opened, check_state, following, named_in
from app.policy import Permission
from app.workplans.rules import digest


def hand_over_of(work: Work, term: Chairmanship) -> HandOver:
    """The hand-over out of a term; one of version 0, not yet there, where nobody has begun it."""
    found = work.find(HandOver, HandOver.outgoing_id == term.id)
    return found or HandOver(group_id=term.group_id, outgoing_id=term.id)


def amend_hand_over(work: Work, term: Chairmanship, **changes: Any) -> HandOver:
    """Write the outgoing chair's note into the draft, which begins with it."""
    work.require(Permission.AMEND_HAND_OVER, Subject(term.group_id, term=term.id))
    hand_over = hand_over_of(work, term)
    work.check_version(hand_over)
    check_state(hand_over.state, "draft")
    _for_the_outgoing(work, term)
    if not changes:
        return hand_over
    return _put(work, hand_over, **changes)


def submit_hand_over(work: Work, term: Chairmanship) -> HandOver:
    """Submit the hand-over to the next confirmed chair: the pack of this day is frozen and hashed. Submitting it again changes nothing."""
    work.require(Permission.SUBMIT_HAND_OVER, Subject(term.group_id, term=term.id))
    hand_over = hand_over_of(work, term)
    if hand_over.state != "draft":
        return hand_over
    _for_the_outgoing(work, term)
    incoming = next_term_of(work, term)
    if incoming is None:
        raise NoIncomingChair()
    today = work.today(group_of(work, term))
    work.session.flush()
    pack = json.loads(run(work.session.connection(), PACK, id=term.id, as_of=today, now=work.now.isoformat()).one()[0])
    return _put(
        work, hand_over, state="submitted", pack=pack, digest=digest(pack), people=named_in(pack), incoming_id=incoming.id,
        outgoing_starts_on=term.starts_on, outgoing_ends_on=term.ends_on, incoming_starts_on=incoming.starts_on,
        incoming_ends_on=incoming.ends_on, submitted_on=today, submitted_by=work.actor.id,
    )  # fmt: skip


def withdraw_hand_over(work: Work, term: Chairmanship, reason: str) -> HandOver:
    """Take a submitted hand-over back to draft, with a reason, before it is accepted. What was submitted stays in the history."""
    work.require(Permission.WITHDRAW_HAND_OVER, Subject(term.group_id, term=term.id))
    work.because(reason)
    hand_over = hand_over_of(work, term)
    if hand_over.state == "draft":
        return hand_over
    check_state(hand_over.state, "submitted")
    _for_the_outgoing(work, term)
    return _put(
        work, hand_over, state="draft", pack=None, digest=None, people=[], incoming_id=None, outgoing_starts_on=None, outgoing_ends_on=None,
        incoming_starts_on=None, incoming_ends_on=None, submitted_on=None, submitted_by=None,
    )  # fmt: skip


def accept_hand_over(work: Work, term: Chairmanship, *, on_behalf_of: str | None, evidence: str | None) -> HandOver:
    """Accept what was submitted, as the incoming chair or by proxy with evidence. This is final; accepting again changes nothing."""
    work.require(Permission.ACCEPT_HAND_OVER, Subject(term.group_id, term=term.id))
    hand_over = hand_over_of(work, term)
    if hand_over.state == "accepted":
        return hand_over
    check_state(hand_over.state, "submitted")
    if term.state != "confirmed":
        raise WrongState(what="chairmanship", state=term.state, allowed="confirmed")
    incoming = next_term_of(work, term)
    if incoming is None or incoming.id != hand_over.incoming_id:
        raise SuccessorChanged(starts_on=str(hand_over.incoming_starts_on))
    behalf = _accepting(work, incoming, on_behalf_of, evidence)
    return _put(
        work, hand_over, state="accepted", accepted_on=work.today(group_of(work, term)), accepted_by=work.actor.id, on_behalf_of_id=behalf,
        evidence=evidence,
    )  # fmt: skip


def next_term_of(work: Work, term: Chairmanship) -> Chairmanship | None:
    """The next confirmed term after this one."""
    terms = {t.id: t for t in work.all(Chairmanship, Chairmanship.group_id == term.group_id, Chairmanship.state == "confirmed")}
    found = following(term.ends_on, [Term(t.starts_on, t.ends_on, t.id) for t in terms.values()])
    return terms[found.id] if found and found.id else None


def _put(work: Work, hand_over: HandOver, **values: Any) -> HandOver:
    """Change what is there, or add what is begun with these values: its first version is not a draft of nothing."""
    if hand_over.version:
        work.amend(hand_over, **values)
        return hand_over
    for name, value in values.items():
        setattr(hand_over, name, value)
    return work.add(hand_over)


def _speakers(work: Work, term: Chairmanship) -> list[str]:
    """The agencies that speak for a term, by position: of a constituency the one that coordinates it first."""
    holders = work.all(Holder, Holder.chairmanship_id == term.id, order_by=Holder.position)
    return [agency for h in holders for agency in (h.coordinator_id, h.agency_id) if agency]


def _for_the_outgoing(work: Work, term: Chairmanship) -> None:
    """The outgoing chair acts for itself, within its days; the secretariat on its behalf, whenever it is needed."""
    if term.state != "confirmed":
        raise WrongState(what="chairmanship", state=term.state, allowed="confirmed")
    if term.id in work.actor.handing_over:
        group = group_of(work, term)
        check_opened(term.ends_on, group.handover_days, work.today(group))
    else:
        work.on_behalf_of = _speakers(work, term)[0]


def _accepting(work: Work, incoming: Chairmanship, on_behalf_of: str | None, evidence: str | None) -> str | None:
    """Who accepts: the incoming chair itself, or a proxy that names one of its agencies and says what the answer rests on."""
    speakers = _speakers(work, incoming)
    first = work.get(Agency, speakers[0])
    named = find_agency(work, on_behalf_of, "/on_behalf_of") if on_behalf_of else None
    if named and named.id not in speakers:
        raise OnBehalfOfAnother(agency=first.code)
    own = not work.actor.speaks_for(incoming.group_id).isdisjoint(speakers)
    if not work.actor.recording:
        check_proxy(own, on_behalf_of, evidence, first.code)
    work.on_behalf_of = None if own else (named or first).id
    return work.on_behalf_of
