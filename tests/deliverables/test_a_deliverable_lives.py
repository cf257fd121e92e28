"""A deliverable from its plan to its delivery."""

import pytest

from tests.make import Make, ok, refused


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    for code in ("IOM", "ILO"):
        make.member(code)


def test_it_is_added_led_started_reported_and_delivered(make: Make) -> None:
    item = make.deliverable(due="2030-Q2", kind="publication")
    assert item["due"] == {"value": "2030-Q2", "precision": "quarter", "earliest": "2030-04-01", "latest": "2030-06-30"}
    assert (item["status"], item["lead"], item["flags"]) == ("not_started", None, ["no_lead"])
    refused(make.secretariat.post(f"/deliverables/{item['id']}/start"), 409, "lead_required")
    part = make.asked(item, "IOM")
    assert ok(make.viewer.get(f"/deliverables/{item['id']}"), 200)["asked"][0]["agency"]["code"] == "IOM"
    iom = make.focal_point("IOM")
    assert ok(iom.post(f"/assignments/{part['id']}/accept"), 200)["state"] == "accepted"
    update = {
        "status": "in_progress",
        "percent": 60,
        "confidence": "at_risk",
        "narrative": "Consultant late.",
        "links": ["https://example.org/a"],
    }
    ok(iom.post(f"/deliverables/{item['id']}/updates", update))
    now = ok(iom.get(f"/deliverables/{item['id']}"), 200)
    assert (now["status"], now["percent"], now["confidence"], now["lead"]["code"]) == ("in_progress", 60, "at_risk", "IOM")
    before = make.journal()
    refused(iom.post(f"/deliverables/{item['id']}/deliver", {}), 422, "evidence_required")
    assert make.journal() == before
    done = ok(iom.post(f"/deliverables/{item['id']}/deliver", {"delivered_on": "2024-05-01", "evidence": ["https://example.org/b"]}), 200)
    assert (done["status"], done["delivered_on"], done["percent"]) == ("delivered", "2024-05-01", 100)
    history = ok(iom.get(f"/deliverables/{item['id']}/history"), 200)["items"]
    assert [h["operation"] for h in history] == [
        "deliverable:add", "assignment:propose", "assignment:accept", "update:post", "update:post", "deliverable:deliver",
    ]  # fmt: skip
    changes = ok(iom.get("/changes", params={"group": "tst", "entity": "deliverable"}), 200)
    assert changes["items"][-1]["fields"]["status"] == ["in_progress", "delivered"]
    assert ok(iom.get("/changes", params={"after": changes["next_after"]}), 200)["items"] == []


def test_a_quarter_is_overdue_on_the_day_after_its_last(make: Make) -> None:
    item = make.deliverable(due="2021-Q2")
    for day, overdue in (("2021-06-30", False), ("2021-07-01", True)):
        assert ok(make.viewer.get(f"/deliverables/{item['id']}", params={"as_of": day}), 200)["overdue"] is overdue
        listed = ok(make.viewer.get("/deliverables", params={"group": "tst", "as_of": day, "overdue": "true"}), 200)["items"]
        assert bool(listed) is overdue


def test_slip_is_counted_from_the_first_promise(make: Make) -> None:
    item = make.deliverable(due="2023-12-31", title="Adolescents and Migration")
    plan = make.endorsed(item["workplan"])
    assert (plan["state"], plan["endorsed_late"]) == ("endorsed", True)
    item = ok(make.secretariat.patch(f"/deliverables/{item['id']}", {"title": "Migration and Youth"}, version=item["version"] + 1), 200)
    refused(make.secretariat.patch(f"/deliverables/{item['id']}", {"due": "2024-12-31"}, version=item["version"]), 409, "revision_required")
    done = ok(make.secretariat.post(f"/deliverables/{item['id']}/deliver", {"delivered_on": "2024-12-18", "waiver": "In print only."}), 200)
    assert (done["slip_days"], done["baseline_due"]["latest"]) == (353, "2023-12-31")
    assert [i["code"] for i in ok(make.viewer.get("/deliverables", params={"q": "adolescénts"}), 200)["items"]] == ["D1"]


def test_a_passed_sunset_lets_only_extension_and_closing_through(make: Make) -> None:
    force = make.task_force(starts_on="2013-07-03", sunset_on="2015-07-02", decision=make.decision()["id"])
    before = make.journal()
    body = {"stream": make.default_stream["id"], "code": "D9", "title": "Late", "body": force["id"], "due": "2015-06"}
    before = make.journal()
    refused(make.secretariat.post("/deliverables", body), 409, "sunset_passed")
    refused(make.secretariat.post("/deliverables", body | {"due": "2015-Q3"}), 422, "due_after_sunset")
    refused(make.secretariat.post(f"/task-forces/{force['id']}/extensions", {"sunset_on": "2091-01-01"}), 422, "decision_required")
    assert make.journal() == before
    extension = {"sunset_on": "2091-01-01", "decision": make.decision(decided_on="2016-01-01")["id"], "reason": "Work goes on."}
    assert ok(make.secretariat.post(f"/task-forces/{force['id']}/extensions", extension))["late"] is True
    ok(make.secretariat.post("/deliverables", body))
    refused(make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "Done."}), 409, "open_deliverables")
