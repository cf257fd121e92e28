"""What the checks of a plan find, and that errors block its endorsement while warnings take a reason that is kept."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.dates import now
from tests.make import Json, Make, at, day, ok, refused


@pytest.fixture
def plan(make: Make) -> Json:
    """A plan with one sound deliverable."""
    make.member("IOM")
    found = make.plan(starts_on=day(-300), ends_on=day(400))
    make.lead(make.deliverable("OK", make.stream(found), due=day(100)), "IOM")
    return found


def stream_of(make: Make, plan: Json) -> Json:
    return make.read(f"/workplans/{plan['id']}/streams")["items"][0]  # type: ignore[no-any-return]


def checks(make: Make, plan: Json) -> tuple[bool, list[tuple[str, str, str | None]]]:
    found = make.read(f"/workplans/{plan['id']}/checks")
    items = [(i["severity"], i["code"], i["deliverable"] and i["deliverable"]["code"]) for i in found["items"]]
    assert (found["errors"], found["warnings"]) == tuple(sum(i[0] == s for i in items) for s in ("error", "warning"))
    return found["ready"], items


def endorse(make: Make, plan: Json, **body: Any) -> Any:
    return make.secretariat.post(f"/workplans/{plan['id']}/endorse", make.decided() | body)


def test_a_sound_plan_is_endorsed_without_a_word(make: Make, plan: Json) -> None:
    assert checks(make, plan) == (True, [])
    ok(endorse(make, plan), 200)
    (baseline,) = make.read(f"/workplans/{plan['id']}/baselines")["items"]
    assert (baseline["findings"], baseline["reason"]) == ([], None)


def test_each_finding_is_found(make: Make, plan: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = stream_of(make, plan)
    force = make.task_force("TF", starts_on=day(-200), sunset_on=day(50), **make.decided())
    ended = make.working_group("WG")
    late = make.deliverable("LATE", stream, due=day(-10))
    make.lead(late, "IOM", starts_on=day(-300))
    make.lead(make.deliverable("FAR", stream, due=day(500)), "IOM")
    make.deliverable("UNLED", stream, due=day(10))
    undated = make.deliverable("UNDATED", stream)
    make.lead(undated, "IOM")
    early = make.deliverable("EARLY", stream, due=day(5))
    make.delivered(early, delivered_on=day(-350))
    make.lead(make.deliverable("BODY", stream, due=day(40), body=force["id"]), "IOM")
    make.lead(make.deliverable("ENDED", stream, due=day(40), body=ended["id"]), "IOM")
    gone = make.deliverable("GONE", stream)
    ok(make.secretariat.post(f"/deliverables/{gone['id']}/cancel", {"reason": "Never."}), 200)
    ready, found = checks(make, plan)
    assert not ready
    assert found == [
        ("error", "no_due", "UNDATED"),
        ("warning", "delivered_outside_plan", "EARLY"), ("warning", "due_outside_plan", "FAR"), ("warning", "overdue", "LATE"),
        ("warning", "no_lead", "UNLED"),
    ]  # fmt: skip
    later = make.read(f"/workplans/{plan['id']}/checks", as_of=day(60))["items"]
    assert {
        k: v
        for i in later
        if i["deliverable"]["code"] == "BODY" and i["code"] == "sunset_passed"
        for k, v in i.items()
        if k in ("code", "severity")
    } == {"code": "sunset_passed", "severity": "error"}
    assert all(i["message"] for i in later)


def test_errors_block_and_name_each(make: Make, plan: Json) -> None:
    make.lead(make.deliverable("UNDATED", stream_of(make, plan)), "IOM")
    decided = make.decided()
    with make.unchanged():
        problem = refused(
            make.secretariat.post(f"/workplans/{plan['id']}/endorse", decided | {"reason": "All the same."}), 409, "plan_has_errors"
        )
    assert "UNDATED no_due" in problem["detail"]
    assert f"/api/v1/workplans/{plan['id']}/checks" in problem["detail"]
    undated = make.read("/deliverables", code="UNDATED")["items"][0]
    ok(make.secretariat.patch(f"/deliverables/{undated['id']}", {"due": day(30)}, version=undated["version"]), 200)
    ok(endorse(make, plan), 200)


def test_warnings_take_a_reason_and_keep_it(make: Make, plan: Json) -> None:
    make.deliverable("UNLED", stream_of(make, plan), due=day(10))
    decided = make.decided()
    with make.unchanged():
        problem = refused(make.secretariat.post(f"/workplans/{plan['id']}/endorse", decided), 422, "warnings_need_a_reason")
    assert (problem["errors"][0]["pointer"], "UNLED no_lead" in problem["detail"]) == ("/reason", True)
    assert checks(make, plan) == (True, [("warning", "no_lead", "UNLED")])
    ok(endorse(make, plan, reason="The lead is to be found by March."), 200)
    (baseline,) = make.read(f"/workplans/{plan['id']}/baselines")["items"]
    assert (baseline["findings"], baseline["reason"]) == (
        [{"code": "no_lead", "deliverable": "UNLED"}],
        "The lead is to be found by March.",
    )
    (change,) = make.read(f"/workplans/{plan['id']}/history", operation="workplan:endorse", entity="workplan")["items"]
    assert change["reason"] == "The lead is to be found by March."


def test_an_empty_plan_is_warned_of(make: Make) -> None:
    plan = make.plan()
    assert checks(make, plan) == (True, [("warning", "nothing_in_it", None)])
    with make.unchanged():
        refused(
            make.secretariat.post(
                f"/workplans/{plan['id']}/endorse",
                {"decision": make.read("/decisions")["items"][0]["id"]} if make.read("/decisions")["items"] else {},
            ),
            422,
            "decision_required",
        )
    ok(endorse(make, plan, reason="Its content follows by revision."), 200)


def test_the_body_of_what_is_open_must_live(make: Make, plan: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    force = make.task_force("TF", starts_on=day(-200), sunset_on=day(50), **make.decided())
    make.lead(make.deliverable("BODY", stream_of(make, plan), due=day(40), body=force["id"]), "IOM")
    secretariat = make.service.as_(make.token("secretariat", "tst", days=100))
    at(monkeypatch, now() + timedelta(days=60))
    found = ok(secretariat.get(f"/workplans/{plan['id']}/checks"), 200)
    assert ("error", "sunset_passed") in [(i["severity"], i["code"]) for i in found["items"]]


def test_checks_are_for_those_who_see_the_group(make: Make, plan: Json) -> None:
    make.a_group("oth")
    stranger = make.service.as_(make.token("viewer", "oth"))
    refused(stranger.get(f"/workplans/{plan['id']}/checks"), 404, "not_found")
    refused(make.service.get(f"/workplans/{plan['id']}/compare"), 404, "not_found")
    ok(make.viewer.get(f"/workplans/{plan['id']}/checks"), 200)
    refused(make.viewer.get("/workplans/none/checks"), 404, "not_found")
