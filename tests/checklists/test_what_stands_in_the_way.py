"""What a checklist shows is what the step refuses, and what is settled there stands in nobody's way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture
def force(make: Make) -> Json:
    for code in ("IOM", "ILO"):
        make.member(code)
    return make.active_task_force(sunset_on=day(20))


def steps(found: Json) -> dict[str, list[str]]:
    """The codes of what each step would be refused for."""
    assert all(step["ready"] is not bool(step["refusals"]) for step in found["steps"])
    return {step["step"]: [refusal["code"] for refusal in step["refusals"]] for step in found["steps"]}


def ends(found: Json) -> dict[str, tuple[str, bool]]:
    return {item["code"]: (item["end"], item["blocking"]) for item in found["deliverables"]}


def test_every_end_of_a_deliverable(make: Make, force: Json) -> None:
    stream, next_plan = make.stream(make.plan()), make.plan("WP-2", starts_on="2091-01-01", ends_on="2092-12-31")
    there = make.stream(next_plan)
    items = {code: make.deliverable(code, stream, body=force["id"]) for code in ("A", "B", "C", "D", "E", "F", "G")}
    group = make.working_group()
    make.delivered(items["B"])
    for code, step, body in (
        ("C", "cancel", {"reason": "No funds."}),
        ("D", "supersede", {"reason": "Part of another."}),
        ("E", "carry-over", {"kind": "continues", "stream": there["id"], "code": "E2"}),
        ("F", "carry-over", {"kind": "dropped", "reason": "Nobody asks for it."}),
    ):
        ok(make.secretariat.post(f"/deliverables/{items[code]['id']}/{step}", body), 200)
    ok(make.secretariat.patch(f"/deliverables/{items['G']['id']}", {"body": group["id"]}, version=1), 200)
    expected = {
        "A": ("open", True), "B": ("delivered", False), "C": ("cancelled", False), "D": ("superseded", False), "E": ("carried_over", False),
        "F": ("dropped", False),
    }  # fmt: skip
    with make.unchanged():
        found = make.read(f"/task-forces/{force['id']}/checklist")
        plan = make.read(f"/workplans/{items['A']['workplan']['id']}/checklist")
    assert ends(found) == expected | {"G": ("moved", False)}
    assert ends(plan) == expected | {"G": ("open", True)}
    (carried,) = [item["goes_on_as"] for item in found["deliverables"] if item["code"] == "E"]
    assert [(one["code"], one["workplan"]) for one in carried] == [("E2", "WP-2")]
    assert found["deliverables"][-1]["body"]["code"] == "WG-1"
    problem = refused(make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "Done."}), 409, "open_deliverables")
    (refusal,) = found["steps"][0]["refusals"]
    assert refusal == {"code": problem["code"], "message": problem["detail"]}
    problem = refused(make.secretariat.post(f"/workplans/{plan['workplan']['id']}/close", {"reason": "Over."}), 409, "open_deliverables")
    assert plan["steps"] == [
        {"step": "close", "ready": False, "needs": ["reason"], "refusals": [{"code": problem["code"], "message": problem["detail"]}]}
    ]


def test_each_kind_has_its_steps_and_what_they_need(make: Make, force: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    group = make.working_group()
    body = {"group": "tst", "code": "SEC", "name": "S", "starts_on": "2020-01-01", "sunset_on": day(20)}
    secretariat = ok(make.secretariat.post("/secretariats", body))
    assert steps(make.read(f"/working-groups/{group['id']}/checklist")) == {"close": []}
    assert steps(make.read(f"/secretariats/{secretariat['id']}/checklist")) == {"close": [], "lapse": ["sunset_not_passed"], "dissolve": []}
    found = make.read(f"/task-forces/{force['id']}/checklist")
    assert steps(found) == {"close": [], "lapse": ["sunset_not_passed"], "dissolve": [], "convert": []}
    assert {step["step"]: step["needs"] for step in found["steps"]} == {
        "close": ["outcome"], "lapse": [], "dissolve": ["decision", "reason"], "convert": ["decision", "code"],
    }  # fmt: skip
    assert (found["sunset_on"], found["sunset_passed"], found["as_of"]) == (day(20), False, day(0))
    at(monkeypatch, datetime.combine(today() + timedelta(days=21), datetime.min.time(), UTC))
    late = make.read(f"/task-forces/{force['id']}/checklist")
    assert (steps(late)["lapse"], late["sunset_passed"]) == ([], True)
    ok(make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "A handbook."}), 200)
    ended = make.read(f"/task-forces/{force['id']}/checklist")
    assert (ended["state"], ended["outcome"]) == ("completed", "A handbook.")
    assert steps(ended) == {step: ["wrong_state"] for step in ("close", "lapse", "dissolve", "convert")}


def test_who_and_what_still_hangs_on_it(make: Make, force: Json) -> None:
    path = f"/task-forces/{force['id']}"
    make.stream(make.plan(), body=force["id"])
    make.stream(make.plan("WP-C", starts_on="2091-01-01", ends_on="2092-12-31"), body=force["id"])
    ended = make.read("/workplans", code="WP-C")["items"][0]
    ok(make.secretariat.post(f"/workplans/{ended['id']}/close", {"reason": "Over."}), 200)
    ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM", "role": "chair"}))
    ok(make.secretariat.post(f"{path}/participations", {"agency": "ILO", "starts_on": day(-9), "ends_on": day(-1)}))
    ok(make.secretariat.post(f"{path}/extensions", {"sunset_on": day(40), "reason": "More time."} | make.decided()))
    alive, gone = (make.working_group(code, parent=force["id"]) for code in ("WG-A", "WG-B"))
    ok(make.secretariat.post(f"/working-groups/{gone['id']}/close", {"outcome": "Done."}), 200)
    found = make.read(f"{path}/checklist")
    assert [(s["code"], s["workplan"]) for s in found["streams"]] == [("1", "WP")]
    assert [(p["agency"]["code"], p["role"]) for p in found["participations"]] == [("IOM", "chair")]
    assert [(e["former_sunset_on"], e["sunset_on"], e["reason"]) for e in found["extensions"]] == [(day(20), day(40), "More time.")]
    assert [(b["code"], b["state"], b["blocking"]) for b in found["below"]] == [("WG-A", "proposed", True), ("WG-B", "closed", False)]
    assert steps(found) == {
        "close": ["bodies_below"],
        "lapse": ["sunset_not_passed", "bodies_below"],
        "dissolve": ["bodies_below"],
        "convert": [],
    }
    assert alive["parent"]["code"] == "TF-1"


def test_it_is_for_the_group_alone_and_at_its_own_address(make: Make, force: Json) -> None:
    ok(make.administrator.patch("/groups/tst", {"public": True}, headers={"if-match": '"1"'}), 200)
    make.a_group("oth")
    outside, plan = make.service.as_(make.token("viewer", "oth")), make.plan()
    for address in (f"/task-forces/{force['id']}/checklist", f"/workplans/{plan['id']}/checklist"):
        ok(make.viewer.get(address), 200)
        for stranger in (outside, make.service):
            refused(stranger.get(address), 404, "not_found")
        refused(make.viewer.get(address, params={"as_of": day(0)}), 422, "unknown_parameter")
    for address in (f"/working-groups/{force['id']}/checklist", "/secretariats/none/checklist", "/workplans/none/checklist"):
        refused(make.viewer.get(address), 404, "not_found")


def test_the_checklist_and_the_step_agree_whatever_is_left(make: Make, force: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every combination of open work, a body below and a passed sunset: a step is ready where it succeeds, and tells what it is refused for."""
    bodies: dict[str, Json] = {"close": {"outcome": "Done."}, "lapse": {}, "dissolve": {"reason": "So."} | make.decided()}
    made: list[tuple[Json, bool]] = []
    for n in range(4):
        one = make.active_task_force(f"C{n}", sunset_on=day(20))
        if n & 1:
            make.deliverable(f"C{n}", body=one["id"])
        if n & 2:
            make.working_group(f"B{n}", parent=one["id"])
        made.append((one, n == 0))
    for late in (False, True):
        if late:
            at(monkeypatch, datetime.combine(today() + timedelta(days=21), datetime.min.time(), UTC))
        for one, free in made:
            told = steps(make.read(f"/task-forces/{one['id']}/checklist"))
            for step, body in bodies.items():
                if told[step]:
                    with make.unchanged():
                        refused(make.secretariat.post(f"/task-forces/{one['id']}/{step}", body), 409, told[step][0])
                else:
                    assert free
    last: Any = made[0][0]
    assert ok(make.secretariat.post(f"/task-forces/{last['id']}/lapse"), 200)["state"] == "lapsed"
