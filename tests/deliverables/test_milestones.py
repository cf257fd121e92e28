"""Steps on the way to a deliverable: promised with the plan, reached or withdrawn, and late by the day alone."""

import pytest

from tests.make import Json, Make, day, ok, refused


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO"):
        make.member(code)
    found = make.deliverable(due="2090-06")
    make.lead(found, "IOM")
    return found


def milestone(make: Make, item: Json, title: str = "Half of it", due: str | None = "2080-Q2", **values: str) -> Json:
    return ok(make.secretariat.post(f"/deliverables/{item['id']}/milestones", {"title": title, "due": due} | values))  # type: ignore[no-any-return]


def step(make: Make, one: Json, name: str, **body: str) -> Json:
    return ok(make.secretariat.post(f"/milestones/{one['id']}/{name}", body), 200)  # type: ignore[no-any-return]


def amend(make: Make, one: Json, **changes: str | None) -> Json:
    return ok(make.secretariat.patch(f"/milestones/{one['id']}", changes, version=make.read(f"/milestones/{one['id']}")["version"]), 200)  # type: ignore[no-any-return]


def test_it_is_shown_with_its_deliverable_by_due_date(make: Make, item: Json) -> None:
    later, undated, first = milestone(make, item), milestone(make, item, "Undated", None), milestone(make, item, "First", "2025-03")
    other = milestone(make, make.deliverable("D2"), "Of another", "2024")
    assert first["due"] == {"value": "2025-03", "precision": "month", "earliest": "2025-03-01", "latest": "2025-03-31"}
    assert (first["state"], first["overdue"], first["baseline_due"], first["slip_days"]) == ("open", True, None, None)
    assert make.read(f"/deliverables/{item['id']}/milestones")["items"] == [first, later, undated]
    assert [m["id"] for m in make.read("/milestones", group="tst")["items"]] == [m["id"] for m in (other, first, later, undated)]
    assert make.read("/milestones", overdue="true", sort="-due")["items"] == [first, other]
    assert make.read("/milestones", due_from="2025-03-31", due_to="2080-06-30")["items"] == [first, later]
    assert make.read(f"/milestones/{first['id']}") == first
    reached = step(make, first, "reach")
    assert make.read("/milestones", state="reached")["items"] == [reached]
    assert make.read("/milestones", state="reached", as_of=day(-1))["items"] == []


def test_it_is_reached_once_on_a_day_that_is_not_to_come(make: Make, item: Json) -> None:
    one = milestone(make, item, due="2025-03")
    with make.unchanged():
        problem = refused(make.secretariat.post(f"/milestones/{one['id']}/reach", {"done_on": day(1)}), 422, "reached_in_the_future")
        assert problem["errors"][0]["pointer"] == "/done_on"
    reached = step(make, one, "reach", done_on="2025-05-04")
    assert (reached["state"], reached["done_on"], reached["overdue"]) == ("reached", "2025-05-04", False)
    with make.unchanged():
        assert step(make, one, "reach", done_on="2025-05-04") == step(make, one, "reach") == reached
        refused(make.secretariat.post(f"/milestones/{one['id']}/reach", {"done_on": "2025-05-05"}), 409, "wrong_state")
        refused(make.secretariat.post(f"/milestones/{one['id']}/withdraw", {"reason": "R"}), 409, "wrong_state")
    assert [make.read(f"/milestones/{one['id']}", as_of=on)["state"] for on in ("2025-05-03", "2025-05-04")] == ["open", "reached"]
    assert make.read(f"/milestones/{one['id']}", as_of="2025-05-03")["overdue"] is True
    assert step(make, milestone(make, item), "reach")["done_on"] == day(0)


def test_it_is_withdrawn_with_a_reason_and_stays_in_the_record(make: Make, item: Json) -> None:
    one = milestone(make, item, due="2025-03")
    with make.unchanged():
        refused(make.secretariat.post(f"/milestones/{one['id']}/withdraw", {}), 422, "invalid")
    gone = step(make, one, "withdraw", reason="The survey is bought instead.")
    assert (gone["state"], gone["withdrawn_on"], gone["withdrawn_reason"]) == ("withdrawn", day(0), "The survey is bought instead.")
    assert gone["overdue"] is False
    with make.unchanged():
        assert step(make, one, "withdraw", reason="Again.") == gone
        refused(make.secretariat.post(f"/milestones/{one['id']}/reach"), 409, "wrong_state")
        refused(make.secretariat.patch(f"/milestones/{one['id']}", {"title": "X"}, version=gone["version"]), 409, "wrong_state")
    assert make.read(f"/deliverables/{item['id']}/milestones")["items"] == [gone]
    assert make.read(f"/milestones/{one['id']}", as_of=day(-1))["state"] == "open"
    reasons = [c["reason"] for c in make.read(f"/deliverables/{item['id']}/history", entity="milestone")["items"]]
    assert reasons == [None, "The survey is bought instead."]


def test_what_was_said_by_mistake_is_taken_back_with_a_reason(make: Make, item: Json) -> None:
    one = milestone(make, item)
    with make.unchanged():
        refused(make.secretariat.post(f"/milestones/{one['id']}/reopen", {}), 422, "invalid")
        assert step(make, one, "reopen", reason="It is open.") == one
    for name, body in (("reach", {}), ("withdraw", {"reason": "R"})):
        step(make, one, name, **body)
        again = step(make, one, "reopen", reason="It was another one.")
        assert {n: again[n] for n in ("state", "done_on", "withdrawn_on", "withdrawn_reason")} == {
            "state": "open", "done_on": None, "withdrawn_on": None, "withdrawn_reason": None,
        }  # fmt: skip


def test_endorsing_the_plan_promises_it_and_slip_is_counted_from_that(make: Make, item: Json) -> None:
    one, undated, gone = milestone(make, item, due="2025-06"), milestone(make, item, "Undated", None), milestone(make, item, "Gone")
    step(make, gone, "withdraw", reason="R")
    make.endorsed(item["workplan"])
    promised = make.read(f"/milestones/{one['id']}")
    assert (promised["baseline_due"]["value"], promised["slip_days"]) == ("2025-06", 0)
    for other in (undated, gone):
        assert make.read(f"/milestones/{other['id']}")["baseline_due"] is None
    assert step(make, one, "reach", done_on="2025-07-04")["slip_days"] == 4


def test_once_promised_its_due_date_changes_only_by_revision(make: Make, item: Json) -> None:
    one = milestone(make, item, due="2025-06")
    plan = make.endorsed(item["workplan"])
    version = make.read(f"/milestones/{one['id']}")["version"]
    with make.unchanged():
        for due in ("2026", None):
            problem = refused(make.secretariat.patch(f"/milestones/{one['id']}", {"due": due}, version=version), 409, "revision_required")
            assert "/revise" in problem["detail"]
    assert amend(make, one, title="Another title", due="2025-06")["title"] == "Another title"
    added = milestone(make, item, "Added since", "2027")
    assert amend(make, added, due="2028")["due"]["value"] == "2028", "nobody has promised it yet"
    ok(make.secretariat.post(f"/workplans/{plan['id']}/revise", {"reason": "R"} | make.decided()), 200)
    assert amend(make, one, due="2025-07")["slip_days"] == 31
    make.endorsed(plan)
    assert make.read(f"/milestones/{one['id']}")["baseline_due"]["value"] == "2025-06", "the first promise stays"
    assert make.read(f"/milestones/{added['id']}")["baseline_due"]["value"] == "2028"


def test_a_comparison_tells_what_became_of_each(make: Make, item: Json) -> None:
    moved, gone, same = (milestone(make, item, title, "2025-06") for title in ("Moved", "Gone", "Same"))
    make.deliverable("D2", due="2090")
    plan = make.endorsed(item["workplan"])
    address = f"/workplans/{plan['id']}"
    assert make.read(f"{address}/compare")["changed"] == []
    items = {i["code"]: i for i in make.read(f"{address}/baselines")["items"][0]["items"]}
    assert items["D1"]["milestones"] == [{"id": m["id"], "title": m["title"], "due": "2025-06"} for m in (gone, moved, same)]
    assert "milestones" not in items["D2"]
    ok(make.secretariat.post(f"{address}/revise", {"reason": "R"} | make.decided()), 200)
    amend(make, moved, due="2025-08", title="Moved on")
    step(make, gone, "withdraw", reason="R")
    step(make, same, "reach", done_on="2025-06-01")
    milestone(make, item, "New", "2027")
    found = make.read(f"{address}/compare")
    assert [(c["field"], c["old"], c["new"], c["days"], c["milestone"]) for c in found["changed"][0]["changes"]] == [
        ("milestone_withdrawn", "Gone", None, None, "Gone"), ("milestone_title", "Moved", "Moved on", None, "Moved on"),
        ("milestone_due", "2025-06", "2025-08", 62, "Moved on"), ("milestone_added", None, "New", None, "New"),
    ]  # fmt: skip
    assert found["streams"] == [{"code": "1", "added": 0, "removed": 0, "changed": 1, "days": 0}], "the item itself has not moved"
    then = make.read("/changes", entity="milestone", limit=500)["items"][-1]["at"]
    assert make.read(f"{address}/compare", to=then)["changed"] == found["changed"]
    assert make.read(f"{address}/compare", **{"from": then})["changed"] == []


def test_it_follows_its_deliverable_and_its_plan(make: Make, item: Json) -> None:
    force = make.active_task_force()
    inside = make.deliverable("D2", body=force["id"], due="2025-12")
    late, other = milestone(make, inside, due="2025-03"), milestone(make, inside, "Other", "2025-03")
    make.delivered(inside, delivered_on=day(0))
    assert (make.read(f"/milestones/{late['id']}")["overdue"], make.read(f"/milestones/{late['id']}", as_of=day(-1))["overdue"]) == (
        False,
        True,
    )
    with make.unchanged():
        refused(make.secretariat.post(f"/deliverables/{inside['id']}/milestones", {"title": "X"}), 409, "wrong_state")
    assert step(make, late, "reach", done_on="2025-03-01")["state"] == "reached", "what was reached before may be told after"
    make.closed(item["workplan"])
    with make.unchanged():
        for name, body in (("reach", {}), ("withdraw", {"reason": "R"})):
            refused(make.secretariat.post(f"/milestones/{other['id']}/{name}", body), 409, "wrong_state")
        refused(make.secretariat.post(f"/milestones/{late['id']}/reopen", {"reason": "R"}), 409, "wrong_state")
        refused(make.secretariat.patch(f"/milestones/{other['id']}", {"title": "X"}, version=1), 409, "wrong_state")
        refused(make.secretariat.post(f"/deliverables/{item['id']}/milestones", {"title": "X"}), 409, "wrong_state")


def test_who_leads_keeps_them_and_others_read(make: Make, item: Json) -> None:
    one = milestone(make, item)
    with make.unchanged():
        for client in (make.focal_point("ILO"), make.viewer, make.administrator):
            refused(client.post(f"/deliverables/{item['id']}/milestones", {"title": "X"}), 403, "forbidden")
            refused(client.post(f"/milestones/{one['id']}/reach"), 403, "forbidden")
            assert ok(client.get(f"/milestones/{one['id']}"), 200) == one
        refused(make.service.get(f"/milestones/{one['id']}"), 404, "not_found")
    iom = make.focal_point("IOM")
    own = ok(iom.post(f"/deliverables/{item['id']}/milestones", {"title": "Own"}))
    assert ok(iom.post(f"/milestones/{own['id']}/reach"), 200)["state"] == "reached"


def test_those_of_a_public_deliverable_are_public(make: Make, item: Json) -> None:
    ok(make.secretariat.patch("/groups/tst", {"public": True}, version=1), 200)
    shown = make.deliverable("D2", due="2090", visibility="public")
    public, internal = milestone(make, shown), milestone(make, item)
    assert make.service.get("/milestones").json()["items"] == [], "the plan is a draft"
    make.endorsed(item["workplan"])
    public = make.read(f"/milestones/{public['id']}")
    assert make.service.get("/milestones").json()["items"] == [public]
    assert make.service.get(f"/deliverables/{shown['id']}/milestones").json()["items"] == [public]
    assert ok(make.service.get(f"/milestones/{public['id']}"), 200) == public
    refused(make.service.get(f"/milestones/{internal['id']}"), 404, "not_found")
