"""Action points: what an agency is asked to do, done or not, and which decisions are not carried out."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused


def asked(make: Make, **values: Any) -> Json:
    body = {"group": "tst", "agency": "IOM", "text": "Circulate the outline.", "asked_on": "2024-01-15"} | values
    return ok(make.secretariat.post("/action-points", body))  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _iom(make: Make) -> None:
    make.member("IOM")


def test_an_action_point_says_who_is_asked_for_what_by_when(make: Make) -> None:
    decision = make.decision(decided_on="2024-02-01", code="2024/1")
    point = asked(make, due="2024-Q2", asked_on=None, decision=decision["id"])
    assert point["due"] == {"value": "2024-Q2", "precision": "quarter", "earliest": "2024-04-01", "latest": "2024-06-30"}
    assert (point["asked_on"], point["state"], point["overdue"]) == ("2024-02-01", "open", True)
    assert point["decision"] == {"id": decision["id"], "code": "2024/1", "decided_on": "2024-02-01"}
    assert make.read(f"/action-points/{point['id']}", as_of="2024-06-30")["overdue"] is False
    assert asked(make, asked_on=None)["asked_on"] == day(0)


def test_it_is_done_once_and_by_the_agency_that_was_asked(make: Make) -> None:
    make.member("ILO")
    own, other, point = make.focal_point("IOM"), make.focal_point("ILO"), asked(make, due="2024-03-01")
    address = f"/action-points/{point['id']}/complete"
    with make.unchanged():
        refused(other.post(address), 403, "forbidden")
        refused(own.post(address, {"done_on": day(1)}), 422, "done_in_the_future")
        refused(own.post(address, {"done_on": "2024-01-14"}), 422, "done_before_asked")
    done = ok(own.post(address, {"done_on": "2024-05-01", "outcome": "Sent."}), 200)
    assert (done["state"], done["done_on"], done["outcome"], done["overdue"]) == ("done", "2024-05-01", "Sent.", False)
    with make.unchanged():
        assert ok(own.post(address, {"done_on": "2024-06-01"}), 200) == done
    assert make.read(f"/action-points/{point['id']}", as_of="2024-04-01")["overdue"] is True


def test_it_is_cancelled_and_opened_again_with_a_reason(make: Make) -> None:
    point, secretariat = asked(make), make.secretariat
    address = f"/action-points/{point['id']}"
    with make.unchanged():
        assert ok(secretariat.post(f"{address}/reopen", {"reason": "R"}), 200) == point
        refused(make.focal_point("IOM").post(f"{address}/cancel", {"reason": "R"}), 403, "forbidden")
    cancelled = ok(secretariat.post(f"{address}/cancel", {"reason": "Taken over."}), 200)
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "Taken over.")
    with make.unchanged():
        assert ok(secretariat.post(f"{address}/cancel", {"reason": "Again."}), 200) == cancelled
        problem = refused(secretariat.post(f"{address}/complete"), 409, "wrong_state")
        assert "open" in problem["detail"]
    again = ok(secretariat.post(f"{address}/reopen", {"reason": "Not taken over."}), 200)
    assert (again["state"], again["reason"]) == ("open", "Not taken over.")
    ok(secretariat.post(f"{address}/complete"), 200)
    with make.unchanged():
        refused(secretariat.post(f"{address}/cancel", {"reason": "R"}), 409, "wrong_state")
    reopened = ok(secretariat.post(f"{address}/reopen", {"reason": "It was another one."}), 200)
    assert (reopened["state"], reopened["done_on"], reopened["outcome"]) == ("open", None, None)


def test_who_is_asked_is_in_the_group_on_that_day_and_was_asked_by_today(make: Make) -> None:
    make.agency("OUT")
    make.member("NEW", role="observer", starts_on="2020-01-01")
    body = {"group": "tst", "agency": "IOM", "text": "T"}
    with make.unchanged():
        refused(make.secretariat.post("/action-points", body | {"agency": "OUT"}), 422, "not_in_the_group")
        refused(make.secretariat.post("/action-points", body | {"agency": "NEW", "asked_on": "2019-12-31"}), 422, "not_in_the_group")
        refused(make.secretariat.post("/action-points", body | {"agency": "NONE"}), 422, "unknown_reference")
        refused(make.secretariat.post("/action-points", body | {"decision": "no-such"}), 422, "unknown_reference")
        refused(make.secretariat.post("/action-points", body | {"asked_on": day(1)}), 422, "asked_in_the_future")
        refused(make.focal_point("IOM").post("/action-points", body), 403, "forbidden")


def test_it_is_corrected_under_the_same_rules(make: Make) -> None:
    make.agency("OUT")
    make.member("ILO")
    decision, point = make.decision(), asked(make, due="2024")
    address = f"/action-points/{point['id']}"
    amended = ok(
        make.secretariat.patch(address, {"agency": "ILO", "due": None, "decision": decision["id"], "text": "Another."}, version=1), 200
    )
    assert (amended["agency"]["code"], amended["due"], amended["decision"]["id"], amended["text"]) == (
        "ILO",
        None,
        decision["id"],
        "Another.",
    )
    moved = ok(make.secretariat.patch(address, {"asked_on": "2024-01-10", "due": "2024-12"}, version=2), 200)
    assert (moved["asked_on"], moved["due"]["latest"]) == ("2024-01-10", "2024-12-31")
    assert ok(make.secretariat.patch(address, {"decision": None}, version=3), 200)["decision"] is None
    ok(make.secretariat.post(f"{address}/complete", {"done_on": "2024-02-01"}), 200)
    with make.unchanged():
        refused(make.secretariat.patch(address, {"text": "X"}, version=1), 412, "stale_version")
        refused(make.secretariat.patch(address, {"text": "X"}), 428, "precondition_required")
        refused(make.secretariat.patch(address, {"agency": "OUT"}, version=5), 422, "not_in_the_group")
        refused(make.secretariat.patch(address, {"asked_on": "2024-02-02"}, version=5), 422, "done_before_asked")
        refused(make.secretariat.patch(address, {"asked_on": day(1)}, version=5), 422, "asked_in_the_future")


def test_they_are_found_by_owner_decision_state_and_due_date(make: Make) -> None:
    make.member("ILO")
    decision = make.decision()
    late, later = asked(make, due="2024-03", text="Réviser."), asked(make, due="2090", agency="ILO", decision=decision["id"])
    undated, done = asked(make), asked(make, due="2024-02")
    ok(make.secretariat.post(f"/action-points/{done['id']}/complete", {"done_on": "2024-04-01"}), 200)

    def found(**params: Any) -> list[str]:
        return [point["id"] for point in make.read("/action-points", **params)["items"]]

    ids = [p["id"] for p in (done, late, later, undated)]
    assert found() == found(group="tst") == ids
    assert found(agency="ILO") == found(decision=decision["id"]) == [later["id"]]
    assert found(overdue="true") == [late["id"]]
    assert found(open="true") == [late["id"], later["id"], undated["id"]]
    assert found(open="false") == found(state="done") == [done["id"]]
    assert found(overdue="true", as_of="2024-03-15") == [done["id"]], "what was done later was late then"
    assert found(due_from="2024-03-01", due_to="2024-12-31") == [late["id"]]
    assert found(q="reviser") == [late["id"]]
    assert found(as_of="2024-01-14") == []
    assert found(sort="-due")[0] == undated["id"]


def test_a_decision_is_carried_out_when_all_that_it_asked_for_is_done(make: Make) -> None:
    decision, silent = make.decision(), make.decision()
    one, two, dropped = (asked(make, decision=decision["id"]) for _ in range(3))
    ok(make.secretariat.post(f"/action-points/{dropped['id']}/cancel", {"reason": "R"}), 200)

    def state() -> tuple[Any, int]:
        found = make.read(f"/decisions/{decision['id']}")
        return found["carried_out"], found["open_action_points"]

    def codes(**params: Any) -> list[str]:
        return [d["id"] for d in make.read("/decisions", **params)["items"]]

    assert state() == (False, 2)
    ok(make.secretariat.post(f"/action-points/{one['id']}/complete"), 200)
    assert state() == (False, 1)
    assert codes(carried_out="false") == [decision["id"]]
    assert codes(carried_out="true") == []
    ok(make.secretariat.post(f"/action-points/{two['id']}/complete"), 200)
    assert state() == (True, 0)
    assert codes(carried_out="true") == [decision["id"]]
    assert codes(carried_out="false") == []
    assert make.read(f"/decisions/{silent['id']}")["carried_out"] is None, "what asked for nothing is neither"


def test_an_action_point_of_a_hidden_group_is_not_there(make: Make) -> None:
    point = asked(make)
    make.a_group("oth")
    outside = make.service.as_(make.token("secretariat", "oth"))
    assert ok(outside.get("/action-points", params={"count": "true"}), 200)["total"] == 0
    with make.unchanged():
        refused(outside.get(f"/action-points/{point['id']}"), 404, "not_found")
        refused(outside.post(f"/action-points/{point['id']}/complete"), 404, "not_found")
        refused(make.service.get("/action-points"), 401, "unauthenticated")
