"""What an endorsed plan promised is kept and hashed; its structure and dates change only by revision."""

import hashlib
import json
from collections.abc import Callable

import httpx
import pytest

from tests.make import Json, Make, ok, refused


@pytest.fixture
def world(make: Make) -> dict[str, Json]:
    for code in ("IOM", "ILO"):
        make.member(code)
    plan = make.plan(starts_on="2023-01-01", ends_on="2025-12-31")
    one, two = make.stream(plan, "1"), make.stream(plan, "2")
    item = make.deliverable("D2", one, due="2024-Q2", title="Handbuch für Städte")
    later = make.deliverable("D1", two, due="2025")
    make.lead(item, "IOM")
    return {"plan": plan, "one": one, "two": two, "item": item, "later": later}


def revise(make: Make, plan: Json) -> Json:
    return ok(make.secretariat.post(f"/workplans/{plan['id']}/revise", {"reason": "So decided."} | make.decided()), 200)  # type: ignore[no-any-return]


def test_a_baseline_holds_what_was_promised_and_its_hash_proves_it(make: Make, world: dict[str, Json]) -> None:
    assert make.endorsed(world["plan"])["revision"] == 0
    (baseline,) = make.read(f"/workplans/{world['plan']['id']}/baselines")["items"]
    assert (baseline["revision"], baseline["workplan"]["code"]) == (0, "WP")
    assert baseline["items"] == [
        {"id": world["later"]["id"], "code": "D1", "title": "Deliverable D1", "stream": "2", "due": "2025", "lead": None},
        {"id": world["item"]["id"], "code": "D2", "title": "Handbuch für Städte", "stream": "1", "due": "2024-Q2", "lead": "IOM"},
    ]
    canonical = json.dumps(baseline["items"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == baseline["digest"]
    ok(make.secretariat.post(f"/deliverables/{world['item']['id']}/hold", {"reason": "No funds."}), 200)
    assert make.read(f"/workplans/{world['plan']['id']}/baselines")["items"] == [baseline]


def test_every_revision_keeps_its_own_and_slip_counts_from_the_first(make: Make, world: dict[str, Json]) -> None:
    plan, item = world["plan"], world["item"]
    make.endorsed(plan)
    assert revise(make, plan)["revising"] is True
    address = f"/deliverables/{item['id']}"
    ok(make.secretariat.patch(address, {"due": "2025-06-30"}, version=make.read(address)["version"]), 200)
    added = make.deliverable("D3", world["two"], due="2025-06")
    again = make.endorsed(plan)
    assert (again["state"], again["revision"], again["revising"]) == ("endorsed", 1, False)
    first, second = make.read(f"/workplans/{plan['id']}/baselines")["items"]
    assert [b["revision"] for b in (first, second)] == [0, 1]
    assert first["digest"] != second["digest"]
    assert [i["due"] for i in first["items"]] == ["2025", "2024-Q2"]
    assert [i["due"] for i in second["items"]] == ["2025", "2025-06-30", "2025-06"]
    now = make.read(address)
    assert (now["due"]["latest"], now["baseline_due"]["value"], now["slip_days"]) == ("2025-06-30", "2024-Q2", 365)
    now = make.read(f"/deliverables/{added['id']}")
    assert (now["baseline_due"]["value"], now["slip_days"]) == ("2025-06", 0)
    assert revise(make, plan)["revision"] == 2


def test_in_an_endorsed_plan_structure_and_dates_wait_for_a_revision(make: Make, world: dict[str, Json]) -> None:
    plan, one, two, item = (world[n] for n in ("plan", "one", "two", "item"))
    body = make.working_group()
    make.endorsed(plan)
    version = make.read(f"/deliverables/{item['id']}")["version"]
    plan_version = make.read(f"/workplans/{plan['id']}")["version"]
    secretariat = make.secretariat
    changes: dict[str, Callable[[], httpx.Response]] = {
        "a stream": lambda: secretariat.post(f"/workplans/{plan['id']}/streams", {"code": "3", "title": "New"}),
        "a stream's code": lambda: secretariat.patch(f"/streams/{one['id']}", {"code": "1a"}, version=one["version"]),
        "a stream's body": lambda: secretariat.patch(f"/streams/{one['id']}", {"body": body["id"]}, version=one["version"]),
        "a stream's place": lambda: secretariat.patch(f"/streams/{one['id']}", {"parent": two["id"]}, version=one["version"]),
        "a deliverable": lambda: secretariat.post("/deliverables", {"stream": one["id"], "code": "D9", "title": "New"}),
        "a due date": lambda: secretariat.patch(f"/deliverables/{item['id']}", {"due": "2024-Q3"}, version=version),
        "no due date": lambda: secretariat.patch(f"/deliverables/{item['id']}", {"due": None}, version=version),
        "a deliverable's stream": lambda: secretariat.patch(f"/deliverables/{item['id']}", {"stream": two["id"]}, version=version),
        "the plan's days": lambda: secretariat.patch(f"/workplans/{plan['id']}", {"ends_on": "2026-12-31"}, version=plan_version),
    }
    with make.unchanged():
        for name, change in changes.items():
            assert plan["id"] in refused(change(), 409, "revision_required")["detail"], name
    revise(make, plan)
    ok(changes["a due date"](), 200)
    ok(changes["a stream"]())
    ok(changes["a deliverable"]())
    ok(changes["a stream's body"](), 200)
    ok(secretariat.patch(f"/workplans/{plan['id']}", {"ends_on": "2026-12-31"}, version=plan_version + 1), 200)
    ok(secretariat.patch(f"/deliverables/{item['id']}", {"stream": two["id"]}, version=version + 1), 200)


def test_the_rest_stays_free(make: Make, world: dict[str, Json]) -> None:
    plan, one, item = (world[n] for n in ("plan", "one", "item"))
    make.endorsed(plan)
    address = f"/deliverables/{item['id']}"
    version = make.read(address)["version"]
    free = {
        "title": "Handbook",
        "code": "D-2",
        "topics": ["cities"],
        "kind": "handbook",
        "visibility": "public",
        "due": "2024-Q2",
        "stream": one["id"],
    }
    ok(make.secretariat.patch(address, free, version=version), 200)
    ok(make.secretariat.post(f"{address}/updates", {"percent": 40, "confidence": "at_risk"}))
    ok(
        make.secretariat.patch(
            f"/streams/{one['id']}", {"title": "Cities", "goal": None, "lead": "ILO", "position": 7}, version=one["version"]
        ),
        200,
    )
    now = make.read(f"/workplans/{plan['id']}")
    ok(
        make.secretariat.patch(
            f"/workplans/{plan['id']}", {"title": "Plan", "code": "WP-1", "ends_on": now["ends_on"]}, version=now["version"]
        ),
        200,
    )
    make.delivered(item)


@pytest.mark.parametrize("superseded", [False, True])
def test_an_ended_plan_takes_nothing(make: Make, world: dict[str, Json], superseded: bool) -> None:
    plan, one, item = (world[n] for n in ("plan", "one", "item"))
    asked = make.asked(item, "ILO", "co_lead")
    other = make.plan("WP2", starts_on="2026-01-01", ends_on="2027-12-31")
    closing = {"reason": "Over."} | ({"superseded_by": other["id"]} if superseded else {})
    with make.unchanged():
        left = refused(make.secretariat.post(f"/workplans/{plan['id']}/close", closing), 409, "open_deliverables")
    assert left["params"] == {"code": "WP", "open": "D1, D2"}
    for d in make.read("/deliverables", workplan=plan["id"])["items"]:
        ok(make.secretariat.post(f"/deliverables/{d['id']}/cancel", {"reason": "Not in time."}), 200)
    ok(make.secretariat.post(f"/workplans/{plan['id']}/close", closing), 200)
    version = make.read(f"/deliverables/{item['id']}")["version"]
    secretariat = make.secretariat
    its, proxy = f"/deliverables/{item['id']}", make.by_proxy("ILO")
    now = make.read(f"/workplans/{plan['id']}")
    with make.unchanged():
        for answer in (
            secretariat.patch(f"/workplans/{plan['id']}", {"title": "X"}, version=now["version"]),
            secretariat.post(f"/workplans/{plan['id']}/streams", {"code": "3", "title": "New"}),
            secretariat.patch(f"/streams/{one['id']}", {"title": "X"}, version=one["version"]),
            secretariat.post("/deliverables", {"stream": one["id"], "code": "D9", "title": "New"}),
            secretariat.patch(its, {"title": "X"}, version=version), secretariat.patch(its, {"body": None}, version=version),
            secretariat.post(f"{its}/start"), secretariat.post(f"{its}/supersede", {"reason": "X"}), secretariat.post(f"{its}/confirm"), secretariat.post(f"{its}/reopen", {"reason": "X"}),
            secretariat.post(f"{its}/deliver", {"waiver": "X"}), secretariat.post(f"/assignments/{asked['id']}/accept", proxy),
        ):  # fmt: skip
            refused(answer, 409, "wrong_state")
