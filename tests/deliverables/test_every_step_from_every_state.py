"""The life of a deliverable as one table: which step leads where, changes nothing, or is refused."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused

STATES = ("not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded")
SAME = "the state as it is, nothing changed"
ENDED = ("delivered", "cancelled", "superseded")

# step → state → where it leads; what is missing is refused with wrong_state. All deliverables here have an accepted lead.
STEPS: dict[str, dict[str, str]] = {
    "start": {"not_started": "in_progress", "in_progress": SAME},
    "deliver": {"not_started": "delivered", "in_progress": "delivered", "on_hold": "delivered", "delivered": SAME},
    "hold": {"not_started": "on_hold", "in_progress": "on_hold", "on_hold": SAME},
    "resume": {"not_started": SAME, "in_progress": SAME, "on_hold": "in_progress"},
    "cancel": {"not_started": "cancelled", "in_progress": "cancelled", "on_hold": "cancelled", "cancelled": SAME},
    "supersede": {"not_started": "superseded", "in_progress": "superseded", "on_hold": "superseded", "superseded": SAME},
    "reopen": {"not_started": SAME, "in_progress": SAME, "on_hold": SAME} | dict.fromkeys(ENDED, "in_progress"),
    "confirm": {"not_started": "not_started", "in_progress": "in_progress", "on_hold": "on_hold"},
    "updates": {"not_started": "in_progress", "in_progress": "in_progress"},
}


def body_of(make: Make, step: str) -> Json:
    bodies: dict[str, Json] = {
        "start": {}, "resume": {}, "confirm": {}, "deliver": {"delivered_on": "2024-05-01", "waiver": "In print only."},
        "hold": {"reason": "No funds."}, "cancel": {"reason": "No funds."}, "supersede": {"reason": "Merged."},
        "reopen": {"reason": "A chapter is missing."} | make.decided(), "updates": {"status": "in_progress", "percent": 30},
    }  # fmt: skip
    return bodies[step]


def brought_to(make: Make, state: str) -> Json:
    item = make.deliverable()
    make.lead(item, "IOM")
    before = {"in_progress": "start", "on_hold": "hold", "delivered": "deliver", "cancelled": "cancel", "superseded": "supersede"}
    if state in before:
        ok(make.secretariat.post(f"/deliverables/{item['id']}/{before[state]}", body_of(make, before[state])), 200)
    return make.read(f"/deliverables/{item['id']}")  # type: ignore[no-any-return]


@pytest.mark.parametrize("state", STATES)
def test_each_step_from_each_state(make: Make, state: str) -> None:
    make.member("IOM")
    for number, (step, leads) in enumerate(STEPS.items()):
        make.__dict__.pop("default_stream", None)
        make.default_stream = make.stream(make.plan(f"P{number}"))
        item, body = brought_to(make, state), body_of(make, step)
        assert item["status"] == state
        address = f"/deliverables/{item['id']}/{step}"
        if state not in leads:
            with make.unchanged():
                problem = refused(make.secretariat.post(address, body), 409, "wrong_state")
            assert problem["params"]["state"] == state, step
        elif leads[state] == SAME:
            with make.unchanged():
                assert ok(make.secretariat.post(address, body), 200)["status"] == state, step
        else:
            ok(make.secretariat.post(address, body), 201 if step == "updates" else 200)
            assert make.read(f"/deliverables/{item['id']}")["status"] == leads[state], step


@pytest.mark.parametrize("step", ["hold", "cancel", "supersede", "reopen"])
def test_a_reason_is_needed_and_kept(make: Make, step: str) -> None:
    make.member("IOM")
    item = brought_to(make, "cancelled" if step == "reopen" else "not_started")
    address = f"/deliverables/{item['id']}/{step}"
    with make.unchanged():
        for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": None}):
            problem = refused(make.secretariat.post(address, body), 422, "invalid")
            assert problem["errors"][0]["pointer"] == "/reason"
    after = ok(make.secretariat.post(address, {"reason": "Ein guter Grund."}), 200)
    assert after["status_reason"] == "Ein guter Grund."
    assert make.read(f"/deliverables/{item['id']}/history", operation=f"deliverable:{step}")["items"][0]["reason"] == "Ein guter Grund."


class TestWithoutALead:
    def test_work_does_not_begin(self, make: Make) -> None:
        make.member("IOM")
        item = make.deliverable()
        declined = make.asked(item, "IOM", starts_on="2020-01-01")
        address = f"/deliverables/{item['id']}"
        with make.unchanged():
            refused(make.secretariat.post(f"{address}/start"), 409, "lead_required")
            refused(make.secretariat.post(f"{address}/updates", {"status": "in_progress", "percent": 10}), 409, "lead_required")
        ok(make.secretariat.post(f"/assignments/{declined['id']}/decline", {"reason": "capacity"} | make.by_proxy("IOM")), 200)
        with make.unchanged():
            refused(make.secretariat.post(f"{address}/start"), 409, "lead_required")

    @pytest.mark.parametrize(("starts_on", "ends_on"), [(day(1), None), ("2020-01-01", day(-1))])
    def test_one_that_does_not_lead_today_will_not_do(self, make: Make, starts_on: str, ends_on: str | None) -> None:
        make.member("IOM")
        item = make.deliverable()
        make.lead(item, "IOM", starts_on=starts_on, ends_on=ends_on)
        with make.unchanged():
            refused(make.secretariat.post(f"/deliverables/{item['id']}/start"), 409, "lead_required")

    def test_a_co_lead_is_no_lead(self, make: Make) -> None:
        make.member("IOM")
        item = make.deliverable()
        make.lead(item, "IOM", role="co_lead")
        with make.unchanged():
            refused(make.secretariat.post(f"/deliverables/{item['id']}/start"), 409, "lead_required")

    def test_it_is_taken_up_and_reopened_as_not_started(self, make: Make) -> None:
        item = make.deliverable()
        address = f"/deliverables/{item['id']}"
        ok(make.secretariat.post(f"{address}/hold", {"reason": "No funds."}), 200)
        after = ok(make.secretariat.post(f"{address}/resume"), 200)
        assert (after["status"], after["status_reason"]) == ("not_started", None)
        ok(make.secretariat.post(f"{address}/cancel", {"reason": "No funds."}), 200)
        assert ok(make.secretariat.post(f"{address}/reopen", {"reason": "Funds."}), 200)["status"] == "not_started"


class TestDelivering:
    def test_it_needs_evidence_or_a_waiver(self, make: Make) -> None:
        item = make.deliverable()
        address = f"/deliverables/{item['id']}/deliver"
        with make.unchanged():
            refused(make.secretariat.post(address, {"delivered_on": "2024-05-01"}), 422, "evidence_required")
            refused(make.secretariat.post(address, {"evidence": ["ftp://example.org/a"]}), 422, "invalid")
        done = ok(make.secretariat.post(address, {"evidence": ["https://example.org/a", "https://example.org/a"]}), 200)
        assert (done["status"], done["delivered_on"], done["percent"], done["waiver"]) == ("delivered", day(0), 100, None)
        with make.unchanged():
            ok(make.secretariat.post(address), 200)
            refused(make.secretariat.post(address, {"delivered_on": "2024-05-01", "waiver": "None."}), 409, "wrong_state")

    @pytest.mark.parametrize("value", [day(1), "2199", "by 2199", f"{day(400)[:4]}-H2"])
    def test_it_is_not_in_the_future(self, make: Make, value: str) -> None:
        item = make.deliverable()
        with make.unchanged():
            body = {"delivered_on": value, "waiver": "In print only."}
            refused(make.secretariat.post(f"/deliverables/{item['id']}/deliver", body), 422, "delivered_in_the_future")

    def test_a_vague_day_that_reaches_beyond_today_is_in_the_future_too(self, make: Make) -> None:
        """Else what is delivered would still count as open until the year ends."""
        item = make.deliverable()
        for value in (day(0)[:4], f"by {day(0)[:4]}"):
            if day(0)[5:] != "12-31":
                with make.unchanged():
                    body = {"delivered_on": value, "waiver": "In print only."}
                    refused(make.secretariat.post(f"/deliverables/{item['id']}/deliver", body), 422, "delivered_in_the_future")

    @pytest.mark.parametrize(
        ("value", "precision", "earliest", "latest"),
        [
            ("2008", "year", "2008-01-01", "2008-12-31"), ("by 2013", "before", None, "2013-12-31"), ("by 2013-Q1", "before", None, "2013-03-31"),
            ("2014-h1", "half", "2014-01-01", "2014-06-30"), ("2014-Q3", "quarter", "2014-07-01", "2014-09-30"),
            ("2012-02", "month", "2012-02-01", "2012-02-29"), ("2014-12-18", "day", "2014-12-18", "2014-12-18"),
        ],
    )  # fmt: skip
    def test_the_day_may_be_vague_for_the_past(self, make: Make, value: str, precision: str, earliest: Any, latest: str) -> None:
        item = make.deliverable(due=None if value.startswith("by") else value)
        wire = {"value": value.replace("h", "H"), "precision": precision, "earliest": earliest, "latest": latest}
        assert item["due"] in (wire, None)
        done = make.delivered(item, delivered_on=value)
        assert (done["delivered"], done["delivered_on"], done["overdue"]) == (wire, latest, False)

    def test_evidence_of_before_counts_and_is_kept_once(self, make: Make) -> None:
        item = make.deliverable()
        address = f"/deliverables/{item['id']}"
        ok(make.secretariat.post(f"{address}/deliver", {"delivered_on": "2024-01-01", "evidence": ["https://example.org/a"]}), 200)
        ok(make.secretariat.post(f"{address}/reopen", {"reason": "A chapter is missing."} | make.decided()), 200)
        done = ok(make.secretariat.post(f"{address}/deliver", {"evidence": ["https://example.org/b", "https://example.org/a"]}), 200)
        assert done["evidence"] == ["https://example.org/a", "https://example.org/b"]


class TestReopening:
    def test_what_was_delivered_needs_a_decision_and_loses_its_day(self, make: Make) -> None:
        item = make.deliverable()
        make.delivered(item)
        address = f"/deliverables/{item['id']}/reopen"
        with make.unchanged():
            refused(make.secretariat.post(address, {"reason": "A chapter is missing."}), 422, "decision_required")
            refused(make.secretariat.post(address, {"reason": "A chapter is missing.", "decision": "none"}), 422, "unknown_reference")
        after = ok(make.secretariat.post(address, {"reason": "A chapter is missing."} | make.decided()), 200)
        assert (after["status"], after["delivered"], after["delivered_on"], after["waiver"], after["percent"]) == (
            "not_started",
            None,
            None,
            None,
            None,
        )

    @pytest.mark.parametrize("step", ["cancel", "supersede"])
    def test_what_was_ended_needs_none(self, make: Make, step: str) -> None:
        item = make.deliverable()
        ok(make.secretariat.post(f"/deliverables/{item['id']}/updates", {"percent": 40}))
        ok(make.secretariat.post(f"/deliverables/{item['id']}/{step}", {"reason": "Merged."}), 200)
        after = ok(make.secretariat.post(f"/deliverables/{item['id']}/reopen", {"reason": "Needed after all."}), 200)
        assert (after["status"], after["percent"]) == ("not_started", 40)
