"""What is reported counts at once, in the same transaction; saying that there is nothing new is a report too."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO"):
        make.member(code)
    return make.deliverable()


def test_what_is_claimed_is_taken_over(make: Make, item: Json) -> None:
    make.lead(item, "IOM")
    iom, address = make.focal_point("IOM"), f"/deliverables/{item['id']}"
    full = {
        "status": "in_progress", "percent": 60, "confidence": "at_risk", "narrative": "Consultant late.", "blockers": "None.", "next_step": "Layout.",
        "period": "2024-q1", "links": ["https://example.org/a"],
    }  # fmt: skip
    update = ok(iom.post(f"{address}/updates", full))
    assert {n: update[n] for n in full} == full | {"period": "2024-Q1"}
    assert (update["agency"]["code"], update["kind"], update["reported_on"]) == ("IOM", "update", day(0))
    now = make.read(address)
    assert (now["status"], now["percent"], now["confidence"], now["version"]) == ("in_progress", 60, "at_risk", item["version"] + 1)
    changes = make.read("/changes", operation="update:post")["items"]
    assert sorted(c["entity"] for c in changes) == ["deliverable", "progress_update"]
    assert next(c["fields"] for c in changes if c["entity"] == "deliverable") == {
        "status": ["not_started", "in_progress"], "percent": [None, 60], "confidence": [None, "at_risk"],
    }  # fmt: skip
    ok(iom.post(f"{address}/updates", {"narrative": "Only words."}))
    assert (make.read(address)["percent"], make.read(address)["confidence"]) == (60, "at_risk")


@pytest.mark.parametrize(
    ("before", "claim"),
    [("hold", "in_progress"), ("hold", "not_started"), ("start", "not_started"), ("start", "on_hold"), (None, "on_hold")],
)
def test_a_claim_that_is_a_step_of_its_own_is_refused(make: Make, item: Json, before: str | None, claim: str) -> None:
    make.lead(item, "IOM")
    if before:
        ok(make.secretariat.post(f"/deliverables/{item['id']}/{before}", {"reason": "R"} if before == "hold" else {}), 200)
    with make.unchanged():
        refused(make.secretariat.post(f"/deliverables/{item['id']}/updates", {"status": claim, "percent": 5}), 409, "wrong_state")


def test_a_bad_claim_changes_nothing(make: Make, item: Json) -> None:
    with make.unchanged():
        for body in (
            {"percent": 101},
            {"percent": -1},
            {"percent": 1.5},
            {"confidence": "fine"},
            {"status": "delivered"},
            {"links": ["nothing"]},
            {"period": "soon"},
        ):
            refused(make.secretariat.post(f"/deliverables/{item['id']}/updates", body), 422, "invalid")
        refused(make.secretariat.post(f"/deliverables/{item['id']}/updates", {"status": "in_progress", "percent": 5}), 409, "lead_required")


def test_leads_co_leads_and_body_chairs_report_and_others_do_not(make: Make, item: Json) -> None:
    make.lead(item, "IOM", role="co_lead", starts_on="2020-01-01", ends_on=day(-1))
    group = make.working_group()
    ok(make.secretariat.post(f"/working-groups/{group['id']}/participations", {"agency": "FAO", "role": "chair"}))
    ok(make.secretariat.patch(f"/deliverables/{item['id']}", {"body": group["id"]}, version=item["version"]), 200)
    address = f"/deliverables/{item['id']}/updates"
    with make.unchanged():
        for client in (make.focal_point("IOM"), make.focal_point("ILO"), make.viewer):
            refused(client.post(address, {"percent": 5}), 403, "forbidden")
    make.lead(item, "ILO")
    for code in ("ILO", "FAO"):
        assert ok(make.focal_point(code).post(address, {"percent": 5}))["agency"]["code"] == code
    assert ok(make.secretariat.post(address, {"percent": 6}))["agency"] is None


def test_a_contributor_tells_and_claims_nothing(make: Make, item: Json) -> None:
    make.lead(item, "ILO", role="contributor")
    ilo, address = make.focal_point("ILO"), f"/deliverables/{item['id']}/updates"
    with make.unchanged():
        for claim in ({"status": "not_started"}, {"percent": 5}, {"confidence": "at_risk"}):
            refused(ilo.post(address, claim | {"narrative": "Our chapter is done."}), 403, "forbidden")
    assert ok(ilo.post(address, {"narrative": "Our chapter is done."}))["agency"]["code"] == "ILO"


def test_nothing_new_refreshes_without_words(make: Make, item: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two months on it is stale; a confirmation makes it fresh, and the list holds the newest first."""
    address = f"/deliverables/{item['id']}"
    soon = datetime.combine(today() + timedelta(days=20), datetime.min.time(), UTC)
    group = make.read("/groups/tst")
    ok(make.administrator.patch("/groups/tst", {"stale_days": 19}, version=group["version"]), 200)
    ok(make.secretariat.post(f"{address}/updates", {"percent": 5}))
    at(monkeypatch, soon - timedelta(seconds=1))
    assert (make.read(address)["stale_days"], "stale" in make.read(address)["flags"]) == (19, False)
    at(monkeypatch, soon)
    assert (make.read(address)["stale_days"], "stale" in make.read(address)["flags"]) == (20, True)
    after = ok(make.secretariat.post(f"{address}/confirm"), 200)
    assert (after["stale_days"], after["confirmed_on"], after["percent"], "stale" in after["flags"]) == (0, day(20), 5, False)
    found = make.read(f"{address}/updates")["items"]
    assert [(u["kind"], u["reported_on"], u["narrative"]) for u in found] == [("nothing_new", day(20), None), ("update", day(0), None)]
    assert [u["kind"] for u in make.read(f"{address}/updates", sort="reported_on")["items"]] == ["update", "nothing_new"]
    assert len(make.read(f"{address}/updates", kind="update")["items"]) == 1
