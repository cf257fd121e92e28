"""Hand-overs on the wire."""

from datetime import date, datetime
from typing import Any, Literal

from app.bodies.schemas import BodyRef
from app.core.wire import In, Line, Named, Out, Text, VagueOut, absent, example
from app.decisions.schemas import AuthorityOut
from app.membership.schemas import PersonRef
from app.workplans.schemas import StreamRef, WorkplanRef

State = Literal["draft", "submitted", "accepted"]
Flag = Literal["outgoing_moved", "incoming_moved", "successor_changed"]


class HandOverPatch(In):
    """The outgoing chair's note, in Markdown if you like."""

    model_config = example(note="The survey of corridors needs a new lead; the donors of stream 2 expect a call in January.")

    note: Text | None = absent()


class WithdrawIn(In):
    """Why it is taken back."""

    model_config = example(reason="The incoming chair asks for the figures of the last quarter.")

    reason: Text


class AcceptHandOverIn(In):
    """Empty for the incoming chair's own people; by proxy, the agency and what its answer rests on."""

    model_config = example(on_behalf_of="ILO", evidence="E-mail of the Director-General's office of 3 January.")

    on_behalf_of: Line | None = None
    evidence: Text | None = None


class TermHolder(Out):
    agency: Named
    coordinator: Named | None
    principal: str | None


class TermRef(Out):
    """A term of the chair, as a hand-over names it."""

    id: str
    kind: Literal["regular", "interim"]
    starts_on: date
    ends_on: date
    term_months: int
    theme: str | None
    holders: list[TermHolder]


class TroikaThen(Out):
    """Who was in the troika on the day of the pack."""

    outgoing: TermRef | None
    current: TermRef | None
    incoming: TermRef | None


class Thing(Out):
    """A deliverable, body or plan."""

    id: str
    code: str
    name: str


class LastUpdate(Out):
    """What was last reported of a deliverable."""

    reported_on: date
    confidence: Literal["on_track", "at_risk", "off_track"] | None
    blockers: str | None
    next_step: str | None


class OpenItem(Out):
    """A deliverable that is open."""

    id: str
    code: str
    title: str
    workplan: WorkplanRef
    stream: StreamRef
    body: BodyRef | None
    status: Literal["not_started", "in_progress", "on_hold", "delivered"]
    """`delivered` only in the pack of a past day, of what was delivered later."""
    confidence: Literal["on_track", "at_risk", "off_track"] | None
    lead: Named | None
    due: VagueOut | None
    overdue: bool
    slip_days: int | None
    last_update: LastUpdate | None


class LeaderlessItem(Out):
    id: str
    code: str
    name: str
    due: VagueOut | None


class UnansweredItem(Out):
    """An ask to lead that its agency has not answered."""

    id: str
    deliverable: Thing
    agency: Named
    role: Literal["lead", "co_lead"]
    starts_on: date
    answer_by: date | None


class EndingBody(Out):
    """A task force or secretariat whose sunset is 90 days off or nearer, or past."""

    id: str
    kind: Literal["task_force", "secretariat"]
    code: str
    name: str
    chairs: list[Named]
    sunset_on: date
    days_left: int
    sunset_passed: bool
    open_deliverables: int


class OpenPoint(Out):
    """What a decision or a meeting asked of an agency, and is not done."""

    id: str
    text: str
    agency: Named
    asked_on: date
    due: VagueOut | None
    overdue: bool
    decision: AuthorityOut | None


class Contact(Out):
    """Who speaks for an agency, by the ids of people, and which offices nobody holds."""

    agency: Named
    role: Literal["member", "observer"]
    principals: list[str]
    focal_points: list[str]
    alternates: list[str]
    vacant: list[Literal["principal", "focal_point"]]


class CalendarDay(Out):
    """A day of the coming term. A milestone bears the code of its deliverable; without a thing it is the chair's own last day."""

    on: date
    kind: Literal["due", "milestone", "sunset", "review", "plan_ends", "chair_ends"]
    thing: Thing | None


class PackOut(Out):
    """What the incoming chair takes over, on the day of the pack."""

    as_of: date
    outgoing: TermRef
    incoming: TermRef | None
    troika: TroikaThen
    note: str | None
    """The outgoing chair's own words."""
    deliverables: list[OpenItem]
    without_lead: list[LeaderlessItem]
    unanswered: list[UnansweredItem]
    bodies: list[EndingBody]
    action_points: list[OpenPoint]
    contacts: list[Contact]
    calendar: list[CalendarDay]


class HandOverBrief(Out):
    """A hand-over from one term of the chair to the next, without its pack."""

    id: str | None
    """Null while nobody has begun it: then it is a draft of version 0."""
    version: int
    group: Named
    state: State
    outgoing: TermRef
    incoming: TermRef | None
    """The next confirmed term, as it now is."""
    opens_on: date
    closes_on: date
    """From when and until when the outgoing chair may work on it."""
    flags: list[Flag]
    """What of the two terms is other than it was at submission."""
    submitted_on: date | None
    submitted_by: str | None
    accepted_on: date | None
    accepted_by: str | None
    on_behalf_of: Named | None
    """The agency for which it was accepted by proxy."""
    evidence: str | None
    digest: str | None
    """SHA-256 of the frozen pack as canonical JSON: keys sorted, no spaces, UTF-8."""
    created_at: datetime | None
    updated_at: datetime | None


_TERM: dict[str, Any] = {"kind": "regular", "term_months": 12, "theme": None}
_UNITAR = {
    "agency": {"code": "UNITAR", "name": "United Nations Institute for Training and Research"},
    "coordinator": None,
    "principal": None,
}
_UNDP = {"agency": {"code": "UNDP", "name": "United Nations Development Programme"}, "coordinator": None, "principal": None}
_FROM = {"id": "0d7b0c2e-7a5f-4a6b-9a53-1d6a8f1b7c42", "starts_on": "2009-01-01", "ends_on": "2009-12-31", "holders": [_UNITAR]} | _TERM
_TO = {"id": "5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42", "starts_on": "2010-01-01", "ends_on": "2010-12-31", "holders": [_UNDP]} | _TERM


class HandOverOut(HandOverBrief):
    """A hand-over with its pack: as it would be today while it is a draft, as it was frozen after."""

    model_config = example(
        id="c0b3f5f2-0b1c-4c49-8f0c-7a4f6a0a2c11", version=2, group={"code": "gmg", "name": "Global Migration Group"}, state="submitted",
        outgoing=_FROM, incoming=_TO, opens_on="2009-12-01", closes_on="2010-01-30", flags=[], submitted_on="2009-12-15",
        submitted_by="7d0f3a52-3c0e-4c8a-8a51-2a1e7b7b0e55", accepted_on=None, accepted_by=None, on_behalf_of=None, evidence=None,
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        created_at="2009-12-14T09:00:00.000000Z", updated_at="2009-12-15T09:00:00.000000Z",
        pack={
            "as_of": "2009-12-15", "outgoing": _FROM, "incoming": _TO, "troika": {"outgoing": None, "current": _FROM, "incoming": _TO},
            "note": "The survey needs a new lead.", "deliverables": [], "without_lead": [], "unanswered": [], "bodies": [], "action_points": [],
            "contacts": [],
            "calendar": [{"on": "2010-12-31", "kind": "chair_ends", "thing": None}],
        },
        people=[],
    )  # fmt: skip

    pack: PackOut
    people: list[PersonRef]
    """Those whom the pack names by id. They stand beside it, so that a name can be corrected or erased and the hash still verifies."""
