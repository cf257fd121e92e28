"""Everything that the next chair must know, on the day of the pack and in the days of its term."""

from typing import Any

import pytest

from tests.handovers.test_handing_the_chair_over import path, submitted, verified
from tests.make import Json, Make, day, ok


@pytest.fixture
def term(make: Make) -> Json:
    for code in ("OLD", "NEW", "IOM", "ILO"):
        make.member(code)
    make.chair("NEW", starts_on=day(11), ends_on=day(100), note="Short.")
    return make.chair("OLD", starts_on=day(-100), ends_on=day(10), note="Short.")


def packed(make: Make, term: Json) -> Any:
    return make.read(path(term))["pack"]


def codes(items: list[Json]) -> list[str]:
    return [item["code"] for item in items]


def test_open_and_late_deliverables_by_due_date_with_the_next_step(make: Make, term: Json) -> None:
    plan = make.plan()
    stream = make.stream(plan)
    late, later, undated, gone = (
        make.deliverable(c, stream, **v) for c, v in (("D1", {"due": day(-3)}), ("D2", {"due": day(50)}), ("D3", {}), ("D4", {}))
    )
    make.lead(late, "IOM")
    make.delivered(gone)
    for step in ("Ask UNICEF.", "Print it."):
        body = {"narrative": "So far.", "confidence": "at_risk", "blockers": "Paper.", "next_step": step}
        ok(make.secretariat.post(f"/deliverables/{late['id']}/updates", body))
    ok(make.secretariat.post(f"/deliverables/{late['id']}/confirm"), 200)
    found = packed(make, term)
    assert codes(found["deliverables"]) == ["D1", "D2", "D3"]
    first, second, third = found["deliverables"]
    assert (first["lead"]["code"], first["overdue"], first["due"]["latest"], first["stream"]["code"]) == ("IOM", True, day(-3), "1")
    assert first["last_update"] == {"reported_on": day(0), "confidence": "at_risk", "blockers": "Paper.", "next_step": "Print it."}
    assert (second["lead"], second["overdue"], second["last_update"], third["due"]) == (None, False, None, None)
    assert codes(found["without_lead"]) == ["D2", "D3"]
    assert {later["id"], undated["id"]} == {one["id"] for one in found["without_lead"]}


def test_slip_is_counted_from_the_first_promise(make: Make, term: Json) -> None:
    plan = make.plan()
    d = make.deliverable("D1", make.stream(plan), due=day(20))
    make.lead(d, "IOM")
    make.endorsed(plan)
    ok(make.secretariat.post(f"/workplans/{plan['id']}/revise", {"reason": "More time."} | make.decided()), 200)
    ok(make.secretariat.patch(f"/deliverables/{d['id']}", {"due": day(50)}, headers={"if-match": '"2"'}), 200)
    assert packed(make, term)["deliverables"][0]["slip_days"] == 30


def test_asks_to_lead_that_nobody_has_answered(make: Make, term: Json) -> None:
    one, done = make.deliverable("D1"), make.deliverable("D2")
    ask = make.asked(one, "IOM", answer_by=day(5))
    make.asked(one, "ILO", "co_lead")
    make.asked(one, "ILO", "contributor")
    make.asked(done, "IOM")
    make.delivered(done)
    found = packed(make, term)["unanswered"]
    assert [(a["agency"]["code"], a["role"], a["deliverable"]["code"]) for a in found] == [("ILO", "co_lead", "D1"), ("IOM", "lead", "D1")]
    assert (found[1]["id"], found[1]["answer_by"]) == (ask["id"], day(5))


def test_bodies_near_their_sunset_or_past_it(make: Make, term: Json) -> None:
    near = make.active_task_force("NEAR", sunset_on=day(90))
    make.active_task_force("FAR", sunset_on=day(91))
    make.task_force("PAST", starts_on=day(-50), sunset_on=day(-1))
    make.working_group()
    ok(make.secretariat.post(f"/task-forces/{near['id']}/participations", {"agency": "ILO", "role": "chair"}))
    make.deliverable("D1", body=near["id"])
    past, first = packed(make, term)["bodies"]
    assert (past["code"], past["sunset_passed"], past["days_left"], past["open_deliverables"], past["chairs"]) == ("PAST", True, -1, 0, [])
    assert (first["code"], first["sunset_passed"], first["days_left"], first["open_deliverables"]) == ("NEAR", False, 90, 1)
    assert codes(first["chairs"]) == ["ILO"]


def test_decisions_that_are_not_carried_out(make: Make, term: Json) -> None:
    decided = make.decision()
    points = [
        {"text": "Write to the donors.", "decision": decided["id"], "due": day(-1)}, {"text": "Find a venue.", "due": day(30)}, {"text": "Thank them."},
        {"text": "Print."}, {"text": "Post."},
    ]  # fmt: skip
    made = [ok(make.secretariat.post("/action-points", {"group": "tst", "agency": "ILO", "asked_on": day(-9)} | point)) for point in points]
    ok(make.secretariat.post(f"/action-points/{made[3]['id']}/complete", {"outcome": "Done."}), 200)
    ok(make.secretariat.post(f"/action-points/{made[4]['id']}/cancel", {"reason": "No."}), 200)
    found = packed(make, term)["action_points"]
    assert [(p["text"], p["overdue"]) for p in found] == [("Write to the donors.", True), ("Find a venue.", False), ("Thank them.", False)]
    assert (found[0]["decision"]["code"], found[0]["agency"]["code"], found[1]["decision"]) == (decided["code"], "ILO", None)


def test_contacts_are_told_by_id_with_the_vacancies_and_named_beside_the_pack(make: Make, term: Json) -> None:
    def appointed(name: str, agency: str, role: str, **values: Any) -> str:
        person = ok(make.administrator.post("/people", {"name": name, "agency": agency, "email": f"{name.lower()}@example.org"}))
        body = {"group": "tst", "person": person["id"], "agency": agency, "role": role, "starts_on": day(-50)} | values
        ok(make.secretariat.post("/appointments", body))
        return str(person["id"])

    anna, bo, carl = appointed("Anna", "IOM", "principal"), appointed("Bo", "IOM", "focal_point"), appointed("Carl", "IOM", "alternate")
    appointed("Dora", "ILO", "focal_point", ends_on=day(-1))
    found = submitted(make, term)
    contacts = {one["agency"]["code"]: one for one in found["pack"]["contacts"]}
    assert list(contacts) == ["ILO", "IOM", "NEW", "OLD"]
    iom = contacts["IOM"]
    assert (iom["principals"], iom["focal_points"], iom["alternates"], iom["vacant"]) == ([anna], [bo], [carl], [])
    assert (contacts["ILO"]["focal_points"], contacts["ILO"]["vacant"]) == ([], ["principal", "focal_point"])
    assert [(p["id"], p["name"], p["email"]) for p in found["people"]] == [
        (anna, "Anna", "anna@example.org"), (bo, "Bo", "bo@example.org"), (carl, "Carl", "carl@example.org"),
    ]  # fmt: skip
    ok(make.administrator.patch(f"/people/{bo}", {"name": "(erased)"}, headers={"if-match": '"1"'}), 200)
    appointed("Eve", "ILO", "principal")
    again = make.read(path(term))
    assert (again["pack"], [p["name"] for p in again["people"]]) == (found["pack"], ["(erased)", "Anna", "Carl"])
    assert verified(again)


def test_the_calendar_of_the_coming_term(make: Make, term: Json) -> None:
    plan = make.plan(starts_on=day(-100), ends_on=day(90))
    stream = make.stream(plan)
    for code, due in (("BEFORE", day(10)), ("FIRST", day(11)), ("LAST", day(100)), ("AFTER", day(101))):
        make.deliverable(code, stream, due=due)
    gone = make.deliverable("DONE", stream, due=day(30))
    (first,) = [d for d in make.read("/deliverables")["items"] if d["code"] == "FIRST"]
    for title, due in (("Draft", day(20)), ("Earlier", day(5)), ("Withdrawn", day(21))):
        step = ok(make.secretariat.post(f"/deliverables/{first['id']}/milestones", {"title": title, "due": due}))
    ok(make.secretariat.post(f"/milestones/{step['id']}/withdraw", {"reason": "Not needed."}), 200)
    make.delivered(gone)
    make.active_task_force("TF", sunset_on=day(60), review_on=day(40))
    make.working_group("WG", review_on=day(50))
    ended = make.working_group("WG-2", review_on=day(50))
    ok(make.secretariat.post(f"/working-groups/{ended['id']}/close", {"outcome": "Done."}), 200)
    found = packed(make, term)["calendar"]
    assert [(one["on"], one["kind"], one["thing"] and one["thing"]["code"]) for one in found] == [
        (day(11), "due", "FIRST"), (day(20), "milestone", "FIRST"), (day(40), "review", "TF"), (day(50), "review", "WG"), (day(60), "sunset", "TF"), (day(90), "plan_ends", "WP"),
        (day(100), "chair_ends", None), (day(100), "due", "LAST"),
    ]  # fmt: skip


def test_the_troika_and_the_days_of_both_terms(make: Make, term: Json) -> None:
    make.chair("ILO", starts_on=day(-300), ends_on=day(-200), note="Short.")
    found = packed(make, term)
    holders = {part: shown["holders"][0]["agency"]["code"] for part, shown in found["troika"].items()}
    assert holders == {"outgoing": "ILO", "current": "OLD", "incoming": "NEW"}
    assert (found["outgoing"]["starts_on"], found["outgoing"]["ends_on"]) == (day(-100), day(10))
    assert (found["incoming"]["starts_on"], found["incoming"]["ends_on"]) == (day(11), day(100))


def test_nothing_of_another_group_is_in_it(make: Make, term: Json) -> None:
    empty = packed(make, term)
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    ok(other.post("/groups/oth/members", {"agency": "IOM", "role": "member", "starts_on": "2010-01-01"}))
    days = {"starts_on": day(-100), "ends_on": day(50)}
    plan = ok(other.post("/workplans", {"group": "oth", "code": "X", "title": "X"} | days))
    stream = ok(other.post(f"/workplans/{plan['id']}/streams", {"code": "1", "title": "X"}))
    d = ok(other.post("/deliverables", {"stream": stream["id"], "code": "X1", "title": "X", "due": day(20)}))
    ok(other.post(f"/deliverables/{d['id']}/assignments", {"agency": "IOM", "role": "lead", "starts_on": day(-50)}))
    ok(other.post("/task-forces", {"group": "oth", "code": "X", "name": "X", "starts_on": day(-50), "sunset_on": day(30)}))
    ok(other.post("/chairmanships", {"group": "oth", "state": "confirmed", "holders": [{"agency": "IOM"}], "note": "N"} | days))
    person = ok(make.administrator.post("/people", {"name": "X", "agency": "IOM"}))
    ok(other.post("/appointments", {"group": "oth", "person": person["id"], "agency": "IOM", "role": "principal", "starts_on": day(-50)}))
    found = make.read(path(term))
    assert (found["pack"], found["people"]) == (empty, [])
