"""Races that no constraint can end: a step here forbids a step there. A group's writers follow one another, and versions keep the rest."""

from typing import Any

import sqlalchemy as sa

from app.bodies.models import Body, Extension, Participation
from app.bodies.rules import CHAIRING
from app.bodies.rules import OPEN as OPEN_BODY
from app.chairs.models import Chairmanship, Holder
from app.core.db import table_of
from app.deliverables.models import Assignment, Deliverable, Dependency, Lineage
from app.deliverables.rules import OPEN
from app.membership.models import Membership
from app.workplans.models import Baseline, Stream, Workplan
from tests.proof.races import CONSTRAINTS, RACERS, Rule, World, journal, span, term_to_hand_over, twice
from tests.proof.races_for_money import (
    committed_twice,
    committing,
    more_than_promised,
    passed_twice,
    passing_on,
    receiving,
    seeking,
    sought_unheard,
)
from tests.proof.racing import Call

WHY = {"reason": "So."}


# Races


def closing_a_plan(w: World, n: int) -> list[Call]:
    plan = w.make("/workplans", {"group": "tst", "code": f"C{n}", "title": "C"} | span(0, 40_000))["id"]
    stream = w.make(f"/workplans/{plan}/streams", {"code": "S", "title": "S"})["id"]
    one, two, three = (w.deliverable(code, stream) for code in ("1", "2", "3"))
    parts = [w.asked(one, "A0"), w.asked(three, "A0")]
    for ended in (one, two, three):
        w.make(f"/deliverables/{ended}/cancel", WHY)
    return [
        w.post(f"/workplans/{plan}/close", WHY),
        w.post(f"/workplans/{plan}/close", WHY),
        w.post("/deliverables", {"stream": stream, "code": "4", "title": "4"}),
        w.post(f"/workplans/{plan}/streams", {"code": "T", "title": "T"}),
        w.patch(f"/deliverables/{two}", {"title": "Another"}),
        w.post(f"/deliverables/{two}/reopen", WHY),
        w.post(f"/deliverables/{one}/assignments", {"agency": "A1", "role": "lead"}),
        w.accepting(parts[0], "A0"),
    ]


def added_to_a_closed_plan(connection: sa.Connection) -> list[str]:
    plan_of, closed, found = dict[str, str](), set[str](), list[str]()
    for entity, picture, row in journal(connection):
        if entity == "workplan":
            closed |= {row.entity_id} if picture["state"] in ("closed", "superseded") else set()
            continue
        if entity == "deliverable":
            plan_of[row.entity_id] = picture["workplan_id"]
        plan = picture.get("workplan_id") or plan_of.get(picture.get("deliverable_id", ""))
        if plan in closed:
            found.append(f"{row.operation} in a closed plan")
    return found


def left_open_in_a_closed_plan(connection: sa.Connection) -> list[str]:
    p, d = table_of(Workplan), table_of(Deliverable)
    left = (
        sa.select(d.c.code, p.c.code)
        .join(p, p.c.id == d.c.workplan_id)
        .where(p.c.state.in_(("closed", "superseded")), d.c.status.in_(OPEN))
    )
    return [f"{one} is open in {other}, which has ended" for one, other in connection.execute(left)]


def superseding(w: World, n: int) -> list[Call]:
    """Of each two plans, either is to be superseded by the other."""
    plans = [w.make("/workplans", {"group": "tst", "code": f"SU{n}-{i}", "title": "S"} | span(0, 40_000))["id"] for i in range(RACERS)]
    return [w.post(f"/workplans/{one}/close", WHY | {"superseded_by": plans[i ^ 1]}) for i, one in enumerate(plans)]


def superseded_in_a_ring(connection: sa.Connection) -> list[str]:
    p, found = table_of(Workplan), list[str]()
    after: dict[str, str | None] = {row.id: row.superseded_by_id for row in connection.execute(sa.select(p.c.id, p.c.superseded_by_id))}
    for start in after:
        seen, at = set[str](), after[start]
        while at is not None and at not in seen:
            seen.add(at)
            at = after[at]
        found += [f"{start} is superseded by itself"] * (start in seen)
    return found


def closing_a_body(w: World, n: int) -> list[Call]:
    body = w.working_group(f"X{n}")
    moving, cancelled = w.deliverable(f"XM{n}"), w.deliverable(f"XC{n}", body=body)
    w.make(f"/deliverables/{cancelled}/cancel", WHY)
    return [
        w.post(f"/working-groups/{body}/close", {"outcome": "Done."}),
        w.post(f"/working-groups/{body}/close", {"outcome": "Done."}),
        w.post("/deliverables", {"stream": w.stream, "code": f"X1-{n}", "title": "X", "body": body}),
        w.post("/deliverables", {"stream": w.stream, "code": f"X2-{n}", "title": "X", "body": body}),
        w.patch(f"/deliverables/{moving}", {"body": body}),
        w.post(f"/deliverables/{cancelled}/reopen", WHY),
        w.post(f"/working-groups/{body}/participations", {"agency": "A0"}),
        w.post(f"/workplans/{w.plan}/streams", {"code": f"X{n}", "title": "X", "body": body}),
    ]


def left_in_an_ended_body(connection: sa.Connection) -> list[str]:
    d, b = table_of(Deliverable), table_of(Body)
    left = sa.select(d.c.code, b.c.code).join(b, b.c.id == d.c.body_id).where(b.c.state.not_in(OPEN_BODY), d.c.status.in_(OPEN))
    found = [f"{one} is open in {other}, which has ended" for one, other in connection.execute(left)]
    ended = set[str]()
    for entity, picture, row in journal(connection):
        if entity == "body" and picture["state"] not in OPEN_BODY:
            ended.add(row.entity_id)
        elif entity in ("participation", "stream") and picture["body_id"] in ended:
            found.append(f"{row.operation} in a body that has ended")
    return found


def closing_a_parent(w: World, n: int) -> list[Call]:
    parent, one, two = (w.working_group(f"PA{n}-{i}") for i in range(3))
    child = {"group": "tst", "name": "C", "starts_on": "2020-01-01", "parent": parent}
    return [
        w.post(f"/working-groups/{parent}/close", {"outcome": "Done."}),
        w.post(f"/working-groups/{parent}/close", {"outcome": "Done."}),
        w.patch(f"/working-groups/{one}", {"parent": parent}),
        w.patch(f"/working-groups/{two}", {"parent": parent}),
        *(w.post("/working-groups", child | {"code": f"PB{n}-{i}"}) for i in range(4)),
    ]


def left_under_an_ended_body(connection: sa.Connection) -> list[str]:
    a, b = table_of(Body).alias(), table_of(Body).alias()
    left = sa.select(a.c.code, b.c.code).join(b, b.c.id == a.c.parent_id).where(b.c.state.not_in(OPEN_BODY), a.c.state.in_(OPEN_BODY))
    return [f"{one} is under {other}, which has ended" for one, other in connection.execute(left)]


def chairs_leaving(w: World, n: int) -> list[Call]:
    body = w.working_group(f"LC{n}")
    here = f"/working-groups/{body}/participations"
    parts = [w.make(here, {"agency": code, "role": "co_chair", "starts_on": "2020-01-01"})["id"] for code in w.members]
    w.make(f"/working-groups/{body}/activate")
    return [w.patch(f"{here}/{part}", {"role": "member"} if i % 2 else {"ends_on": "2026-01-01"}) for i, part in enumerate(parts)]


def active_without_a_chair(connection: sa.Connection) -> list[str]:
    b, r = table_of(Body), table_of(Participation)
    chaired = sa.exists().where(r.c.body_id == b.c.id, r.c.role.in_(CHAIRING), r.c.ends_on.is_(None))
    bare = sa.select(b.c.code).where(b.c.kind == "working_group", b.c.state == "active", sa.not_(chaired))
    return [f"{code} is active without a chair" for (code,) in connection.execute(bare)]


def handing_over(w: World, n: int) -> list[Call]:
    """Half of them take it back, half of them accept it."""
    here, proxy = (
        f"/chairmanships/{term_to_hand_over(w, n, '2060-01-01')}/hand-over",
        {"on_behalf_of": "A1", "evidence": "E-mail of 3 March"},
    )
    w.make(f"{here}/submit")
    return [w.post(f"{here}/accept", proxy) if i % 2 else w.post(f"{here}/withdraw", WHY) for i in range(RACERS)]


def changed_after_acceptance(connection: sa.Connection) -> list[str]:
    accepted, found = set[str](), list[str]()
    for entity, picture, row in journal(connection):
        if entity == "hand_over":
            found += [f"{row.operation} after it was accepted"] * (row.entity_id in accepted)
            found += [f"{picture['state']} and its pack do not fit"] * ((picture["state"] == "draft") is not (picture["pack"] is None))
            accepted |= {row.entity_id} if picture["state"] == "accepted" else set()
    return found


def shortening(w: World, n: int) -> list[Call]:
    force = w.task_force(f"T{n}")
    later, moving, cancelled = (
        w.deliverable(f"TL{n}", body=force, due="2040"),
        w.deliverable(f"TM{n}", due="2080"),
        w.deliverable(f"TC{n}", body=force, due="2080"),
    )
    w.make(f"/deliverables/{cancelled}/cancel", WHY)
    shorter = {"sunset_on": "2050-12-31", "decision": w.decision} | WHY
    added = {"stream": w.stream, "title": "T", "body": force, "due": "2080"}
    return [
        w.post(f"/task-forces/{force}/shorten", shorter),
        w.post(f"/task-forces/{force}/shorten", shorter),
        *(w.post("/deliverables", added | {"code": f"T{i}-{n}"}) for i in range(3)),
        w.post(f"/deliverables/{cancelled}/reopen", WHY),
        w.patch(f"/deliverables/{later}", {"due": "2080"}),
        w.patch(f"/deliverables/{moving}", {"body": force}),
    ]


def stranded(connection: sa.Connection) -> list[str]:
    d, b = table_of(Deliverable), table_of(Body)
    late = sa.select(d.c.code, b.c.code).join(b, b.c.id == d.c.body_id).where(d.c.status.in_(OPEN), d.c.due_on > b.c.sunset_on)
    return [f"{one} is due after the sunset of {other}" for one, other in connection.execute(late)]


def a_ring_of_bodies(w: World, n: int) -> list[Call]:
    ring = [w.working_group(f"R{n}-{i}") for i in range(RACERS)]
    return [w.patch(f"/working-groups/{one}", {"parent": ring[i - 1]}) for i, one in enumerate(ring)]


def circles(connection: sa.Connection) -> list[str]:
    b, found = table_of(Body), list[str]()
    parent: dict[str, str | None] = {row.id: row.parent_id for row in connection.execute(sa.select(b.c.id, b.c.parent_id))}
    for start in parent:
        seen, at = set[str](), parent[start]
        while at is not None and at not in seen:
            seen.add(at)
            at = parent[at]
        found += [f"{start} belongs to itself"] * (start in seen)
    return found


def a_ring_of_streams(w: World, n: int) -> list[Call]:
    ring = [w.make(f"/workplans/{w.plan}/streams", {"code": f"R{n}-{i}", "title": "R"})["id"] for i in range(RACERS)]
    return [w.patch(f"/streams/{one}", {"parent": ring[i - 1]}) for i, one in enumerate(ring)]


def outputs_with_outputs(connection: sa.Connection) -> list[str]:
    a, b = table_of(Stream).alias(), table_of(Stream).alias()
    deep = sa.select(a.c.code).join(b, b.c.id == a.c.parent_id).where(b.c.parent_id.is_not(None))
    return [f"{code} is an output of an output" for (code,) in connection.execute(deep)]


def endorsing(w: World, n: int) -> list[Call]:
    plan = w.make("/workplans", {"group": "tst", "code": f"B{n}", "title": "B", "transitional": True} | span(0, 40_000))["id"]
    stream = w.make(f"/workplans/{plan}/streams", {"code": "S", "title": "S"})["id"]
    promised = [w.deliverable(f"{i}", stream, due="2030") for i in range(3)]
    return [
        w.post(f"/workplans/{plan}/endorse", {"decision": w.decision, "reason": "As it is."}),
        w.post(f"/workplans/{plan}/endorse", {"decision": w.decision, "reason": "As it is."}),
        *(w.post("/deliverables", {"stream": stream, "code": f"L{i}", "title": "L", "due": "2032"}) for i in range(3)),
        *(w.patch(f"/deliverables/{one}", {"due": "2031"}) for one in promised),
    ]


def other_than_promised(connection: sa.Connection) -> list[str]:
    p, d, b, found = table_of(Workplan), table_of(Deliverable), table_of(Baseline), list[str]()
    for plan in connection.scalars(sa.select(p.c.id).where(p.c.state == "endorsed", sa.not_(p.c.revising))).all():
        sets = connection.scalars(sa.select(b.c["items"]).where(b.c.workplan_id == plan).order_by(b.c.revision)).all()
        there = connection.execute(sa.select(d.c.id, d.c.due).where(d.c.workplan_id == plan))
        if len(sets) != 1 or {(i["id"], i["due"]) for i in sets[-1]} != {tuple(row) for row in there}:
            found.append(f"an endorsed plan is not the one of its {len(sets)} baseline(s)")
    return found


def ending_a_membership_before_a_term(w: World, n: int) -> list[Call]:
    member = w.member(f"K{n}")["id"]
    term = {"group": "tst", "state": "confirmed", "holders": [{"agency": f"K{n}"}], "note": "Short."}
    ending = [w.patch(f"/groups/tst/members/{member}", {"ends_on": "2029-12-31"}) for _ in range(2)]
    return ending + [w.post("/chairmanships", term | span(100 * n + 10 * i, 9, "2030-01-01")) for i in range(6)]


def chairs_that_are_not_members(connection: sa.Connection) -> list[str]:
    c, h, m = table_of(Chairmanship), table_of(Holder), table_of(Membership)
    outside = (
        sa.select(c.c.starts_on)
        .join(h, h.c.chairmanship_id == c.c.id)
        .join(m, sa.and_(m.c.group_id == c.c.group_id, m.c.agency_id == h.c.agency_id))
        .where(c.c.state == "confirmed", m.c.ends_on < c.c.ends_on)
    )
    return [f"the chair from {day} is not a member for the whole term" for (day,) in connection.execute(outside)]


def ending_a_membership_before_a_lead(w: World, n: int) -> list[Call]:
    member = w.member(f"J{n}")["id"]
    asked, unasked = ([w.deliverable(f"J{n}-{k}{i}") for i in range(3)] for k in "ab")
    return [
        *(w.patch(f"/groups/tst/members/{member}", {"ends_on": "2019-12-31"}) for _ in range(2)),
        *(w.accepting(w.asked(one, f"J{n}"), f"J{n}") for one in asked),
        *(w.post(f"/deliverables/{one}/assignments", {"agency": f"J{n}", "role": "lead", "starts_on": "2020-01-01"}) for one in unasked),
    ]


def leads_that_had_left(connection: sa.Connection) -> list[str]:
    left, found = dict[str, str](), list[str]()
    for entity, picture, row in journal(connection):
        if entity == "membership" and picture["ends_on"]:
            left[picture["agency_id"]] = picture["ends_on"]
        if entity == "assignment" and picture["starts_on"] > left.get(picture["agency_id"], "9999"):
            found.append(f"{row.operation} of an agency that had left")
    return found


def a_ring_of_waiting(w: World, n: int) -> list[Call]:
    ring = [w.deliverable(f"WR{n}-{i}") for i in range(RACERS)]
    return [w.post(f"/deliverables/{one}/dependencies", {"waits_for": ring[i - 1]}) for i, one in enumerate(ring)]


def waiting_for_themselves(connection: sa.Connection) -> list[str]:
    d, found = table_of(Dependency), list[str]()
    after: dict[str, set[str]] = {}
    for one, other in connection.execute(sa.select(d.c.deliverable_id, d.c.waits_for_id).where(d.c.ended_on.is_(None))):
        after.setdefault(one, set()).add(other)
    for start in after:
        seen, level = set[str](), after[start]
        while level - seen:
            seen |= level
            level = {other for one in level for other in after.get(one, ())}
        found += [f"{start} waits for itself"] * (start in seen)
    return found


def transferring(w: World, n: int) -> list[Call]:
    part = w.asked(w.deliverable(f"HO{n}"), "A0")
    return [
        w.post(f"/assignments/{part}/transfer", WHY | {"agency": agency})
        for agency in (*w.members[1:], w.member(f"H{n}")["agency"]["code"])
    ]


def extending(w: World, n: int) -> list[Call]:
    force = w.task_force(f"EX{n}")
    longer = {"decision": w.decision} | WHY
    return [w.post(f"/task-forces/{force}/extensions", longer | {"sunset_on": f"209{i + 1}-12-31"}) for i in range(RACERS)]


def converting(w: World, n: int) -> list[Call]:
    force = w.task_force(f"CV{n}")
    return [w.post(f"/task-forces/{force}/convert", {"decision": w.decision, "code": f"CV{n}-{i}"}) for i in range(RACERS)]


def carrying_over(w: World, n: int) -> list[Call]:
    one = w.deliverable(f"CO{n}")
    return [w.post(f"/deliverables/{one}/carry-over", {"kind": "dropped", "reason": f"Reason {i}."}) for i in range(RACERS)]


def queue(race: Any, broken: Any, *refusals: str, winners: int | None = None) -> Rule:
    return Rule("queue", frozenset(refusals), race, broken, winners)


RULES = CONSTRAINTS | {
    "nothing is added to a closed plan": queue(closing_a_plan, added_to_a_closed_plan, "wrong_state", "open_deliverables", "stale_version"),
    "nothing is left open in a closed plan": queue(
        lambda w, n: closing_a_plan(w, n + 10_000), left_open_in_a_closed_plan, "wrong_state", "open_deliverables", "stale_version"
    ),
    "no plan takes its own place": queue(superseding, superseded_in_a_ring, "wrong_state", winners=None),
    "nothing is left under an ended body": queue(closing_a_parent, left_under_an_ended_body, "wrong_state", "bodies_below"),
    "an active working group has a chair": queue(chairs_leaving, active_without_a_chair, "last_chair", winners=RACERS - 1),
    "an accepted hand-over is final": Rule(
        "version", frozenset({"wrong_state", "stale_version"}), handing_over, changed_after_acceptance, None
    ),
    "nothing is left or added in an ended body": queue(closing_a_body, left_in_an_ended_body, "wrong_state", "open_deliverables"),
    "nothing is due after the sunset": queue(shortening, stranded, "sunset_strands_deliverables", "due_after_sunset"),
    "no body belongs to itself": queue(a_ring_of_bodies, circles, "unknown_reference", winners=RACERS - 1),
    "an output has no outputs": queue(a_ring_of_streams, outputs_with_outputs, "unknown_reference"),
    "an endorsed plan is its baseline": queue(endorsing, other_than_promised, "revision_required", "stale_version"),
    "a chair is a member": queue(
        ending_a_membership_before_a_term, chairs_that_are_not_members, "not_a_member", "term_depends_on_membership", "stale_version"
    ),
    "a lead is a member": queue(ending_a_membership_before_a_lead, leads_that_had_left, "not_a_member", "stale_version"),
    "nothing waits for itself": queue(a_ring_of_waiting, waiting_for_themselves, "dependency_cycle", winners=RACERS - 1),
    "a part is handed over once": Rule(
        "version",
        frozenset({"wrong_state"}),
        transferring,
        twice(Assignment, "transferred_from_id", where=lambda t: t.c.transferred_from_id.is_not(None)),
    ),
    "a body is extended as often as the modality allows": Rule(
        "version", frozenset({"no_extensions_left", "extension_not_later"}), extending, twice(Extension, "body_id")
    ),
    "a deliverable is carried over once": Rule(
        "version", frozenset({"already_carried_over"}), carrying_over, twice(Lineage, "from_id", where=lambda t: t.c.kind != "split")
    ),
    "a pledge is committed once": Rule("version", frozenset({"already_committed"}), committing, committed_twice),
    "no more comes than was promised": Rule("version", frozenset({"more_than_promised"}), receiving, more_than_promised, 3),
    "what is left over is passed on once": queue(passing_on, passed_twice, "not_left_over", winners=1),
    "money is sought once country teams were heard": Rule(
        "version", frozenset({"consultation_missing", "stale_version"}), seeking, sought_unheard, None
    ),
    "a body is converted once": Rule(
        "version", frozenset({"wrong_state"}), converting, twice(Body, "predecessor_id", where=lambda t: t.c.predecessor_id.is_not(None))
    ),
}
