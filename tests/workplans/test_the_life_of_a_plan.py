"""Draft, circulated, endorsed, revised, closed: which step is taken from where, by whom, and what it needs."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused

STATES = ("draft", "circulated", "endorsed", "revising", "closed", "superseded")


def brought_to(make: Make, state: str) -> Json:
    """A plan in this state."""
    plan = make.plan()
    path = f"/workplans/{plan['id']}"
    if state == "circulated":
        ok(make.secretariat.post(f"{path}/circulate"), 200)
    if state in ("endorsed", "revising"):
        make.endorsed(plan)
    if state == "revising":
        ok(make.secretariat.post(f"{path}/revise", {"reason": "A new task force."} | make.decided()), 200)
    if state == "closed":
        ok(make.secretariat.post(f"{path}/close", {"reason": "Its time is over."}), 200)
    if state == "superseded":
        other = make.plan("WP-NEXT", starts_on="2091-01-01", ends_on="2091-12-31")
        ok(make.secretariat.post(f"{path}/close", {"reason": "Replaced.", "superseded_by": other["id"]}), 200)
    return make.read(path)  # type: ignore[no-any-return]


TAKEN: dict[str, dict[str, str | None]] = {  # step → state → the state it leads to; None where it changes nothing; missing where it is refused
    "circulate": {"draft": "circulated", "circulated": None},
    "endorse": {"draft": "endorsed", "circulated": "endorsed", "endorsed": None, "revising": "endorsed"},
    "revise": {"endorsed": "endorsed", "revising": None},
    "close": {"draft": "closed", "circulated": "closed", "endorsed": "closed", "revising": "closed", "closed": None},
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", TAKEN)
def test_each_step_from_each_state(make: Make, step: str, state: str) -> None:
    plan = brought_to(make, state)
    decided = make.decided()
    bodies: Json = {
        "circulate": {},
        "endorse": {"reason": "As it is."} | decided,
        "revise": {"reason": "More."} | decided,
        "close": {"reason": "Enough."},
    }
    address = f"/workplans/{plan['id']}/{step}"
    if state not in TAKEN[step]:
        with make.unchanged():
            refused(make.secretariat.post(address, bodies[step]), 409, "wrong_state")
    elif TAKEN[step][state] is None:
        with make.unchanged():
            ok(make.secretariat.post(address, bodies[step]), 200)
    else:
        after = ok(make.secretariat.post(address, bodies[step]), 200)
        assert (after["state"], after["revising"]) == (TAKEN[step][state], step == "revise")


def test_circulating_and_closing_keep_their_day(make: Make) -> None:
    plan = brought_to(make, "circulated")
    assert plan["circulated_on"] == day(0)
    with make.unchanged():
        assert make.secretariat.post(f"/workplans/{plan['id']}/close").status_code == 422
    assert ok(make.secretariat.post(f"/workplans/{plan['id']}/close", {"reason": "Over."}), 200)["closed_on"] == day(0)


def test_endorsing_and_revising_need_a_decision(make: Make) -> None:
    plan = make.plan()
    path = f"/workplans/{plan['id']}"
    with make.unchanged():
        refused(make.secretariat.post(f"{path}/endorse"), 422, "decision_required")
        refused(make.secretariat.post(f"{path}/endorse", {"decision": "none"}), 422, "unknown_reference")
    decided = make.decided()
    assert ok(make.secretariat.post(f"{path}/endorse", {"reason": "As it is."} | decided), 200)["decision"]["id"] == decided["decision"]
    with make.unchanged():
        refused(make.secretariat.post(f"{path}/revise", {"reason": "More."}), 422, "decision_required")
        refused(make.secretariat.post(f"{path}/revise", decided), 422, "reason_required")
    assert ok(make.secretariat.post(f"{path}/revise", {"reason": "More."} | decided), 200)["revision"] == 1
    (change,) = make.read(f"{path}/history", operation="workplan:revise")["items"]
    assert (change["reason"], change["decision"]["id"]) == ("More.", decided["decision"])


def test_it_may_be_endorsed_after_its_first_day_and_says_so(make: Make) -> None:
    late = make.endorsed(make.plan("P1", starts_on="2020-01-01", ends_on="2020-12-31"))
    ahead = make.endorsed(make.plan("P2", starts_on=day(0), ends_on=day(400)))
    assert [(p["endorsed_on"], p["endorsed_late"]) for p in (late, ahead)] == [(day(0), True), (day(0), False)]


def test_a_superseded_plan_names_its_successor(make: Make) -> None:
    make.a_group("oth")
    plan, other = make.plan("P1"), make.plan("P2", starts_on="2091-01-01", ends_on="2091-12-31")
    path = f"/workplans/{plan['id']}/close"
    with make.unchanged():
        for wrong in ("none", plan["id"]):
            problem = refused(make.secretariat.post(path, {"reason": "Replaced.", "superseded_by": wrong}), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == "/superseded_by"
    after = ok(make.secretariat.post(path, {"reason": "Replaced.", "superseded_by": other["id"]}), 200)
    assert (after["state"], after["superseded_by"]["code"]) == ("superseded", "P2")
    with make.unchanged():
        ok(make.secretariat.post(path, {"reason": "Replaced.", "superseded_by": other["id"]}), 200)
        refused(make.secretariat.post(path, {"reason": "Closed."}), 409, "wrong_state")


def test_drafting_refuses_what_does_not_fit(make: Make) -> None:
    make.modality(plan_min_months=12, plan_max_months=36)
    body: dict[str, Any] = {"group": "tst", "code": "P1", "title": "Plan", "starts_on": "2020-01-01", "ends_on": "2022-12-31"}
    secretariat = make.secretariat
    with make.unchanged():
        refused(secretariat.post("/workplans", body | {"ends_on": "2019-12-31"}), 422, "ends_before_it_starts")
        assert (
            refused(secretariat.post("/workplans", body | {"ends_on": "2020-12-30"}), 422, "plan_length_outside_modality")["params"][
                "months"
            ]
            == 11
        )
        refused(secretariat.post("/workplans", body | {"ends_on": "2023-01-31"}), 422, "plan_length_outside_modality")
        refused(secretariat.post("/workplans", body | {"group": "nobody"}), 422, "unknown_reference")
        refused(make.viewer.post("/workplans", body), 403, "forbidden")
    plan = ok(secretariat.post("/workplans", body))
    with make.unchanged():
        refused(secretariat.post("/workplans", body), 409, "workplan_code_taken")
        refused(
            secretariat.patch(f"/workplans/{plan['id']}", {"ends_on": "2020-12-30"}, version=plan["version"]),
            422,
            "plan_length_outside_modality",
        )
        refused(
            secretariat.patch(f"/workplans/{plan['id']}", {"ends_on": "2019-12-30"}, version=plan["version"]), 422, "ends_before_it_starts"
        )
    assert (
        ok(secretariat.patch(f"/workplans/{plan['id']}", {"ends_on": "2020-12-31"}, version=plan["version"]), 200)["ends_on"]
        == "2020-12-31"
    )
    other = ok(secretariat.post("/workplans", body | {"code": "P2"}))
    with make.unchanged():
        refused(secretariat.patch(f"/workplans/{other['id']}", {"code": "P1"}, version=other["version"]), 409, "workplan_code_taken")


def test_a_modality_without_bounds_or_with_one_of_them(make: Make) -> None:
    make.plan("P0", starts_on="2010-01-01", ends_on="2010-01-01")
    make.modality()
    make.plan("P1", starts_on="2010-01-01", ends_on="2010-01-01")
    make.modality(effective_on="2011-01-01", plan_min_months=12, **make.decided())
    make.plan("P2", starts_on="2011-01-01", ends_on="2040-12-31")
    with make.unchanged():
        body = {"group": "tst", "code": "P3", "title": "Plan", "starts_on": "2011-01-01", "ends_on": "2011-06-30"}
        assert refused(make.secretariat.post("/workplans", body), 422, "plan_length_outside_modality")["params"]["most"] == "any number of"


def test_plans_are_listed_and_shown(make: Make) -> None:
    make.plan("P1", starts_on="2013-01-01", ends_on="2015-12-31", title="Multi-annual work plan")
    make.plan("P2", starts_on="2016-01-01", ends_on="2018-12-31")
    make.plan("P3", starts_on=day(10), ends_on=day(400), transitional=True)

    def codes(**params: str) -> list[str]:
        return [p["code"] for p in make.read("/workplans", **params)["items"]]

    assert codes() == ["P1", "P2", "P3"]
    assert codes(as_of="2015-12-31") == ["P1"]
    assert codes(as_of="2016-01-01") == ["P2"]
    assert codes(as_of="2019-01-01") == []
    assert codes(transitional="true") == ["P3"]
    assert codes(state="endorsed") == []
    assert codes(q="ANNUAL") == ["P1"]
    assert [p["phase"] for p in make.read("/workplans")["items"]] == ["past", "past", "upcoming"]
    assert [p["phase"] for p in make.read("/workplans", as_of="2013-01-01")["items"]] == ["current"]
