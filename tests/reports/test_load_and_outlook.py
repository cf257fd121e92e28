"""Who carries how much, and what breaks in the coming days."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused


@pytest.fixture
def world(make: Make) -> Json:
    """BUSY leads four things, one of them late; SHY was asked twice and has never led; LOOKS observes."""
    for agency in ("BUSY", "SHY", "CALM"):
        make.member(agency)
    make.member("LOOKS", role="observer")
    things = {code: make.deliverable(code, due=day(offset)) for code, offset in (("A", 100), ("B", 200), ("C", -5), ("D", 300), ("E", 50))}
    for code in "ABC":
        make.lead(things[code], "BUSY")
    make.lead(things["D"], "CALM")
    make.lead(things["A"], "CALM", role="co_lead")
    make.lead(things["A"], "LOOKS", role="contributor")
    make.asked(things["E"], "SHY", answer_by=day(10))
    make.asked(things["A"], "SHY", "reviewer")
    return things


def load(make: Make, **params: str) -> dict[str, Json]:
    return {item["agency"]["code"]: item for item in make.read("/groups/tst/load", **params)["items"]}


def outlook(make: Make, *kinds: str, **params: Any) -> list[tuple[Any, ...]]:
    items = make.read("/groups/tst/outlook", **params)["items"]
    named = [(i["kind"], i["on"], *((i[n] or {}).get("code") for n in ("body", "deliverable", "agency"))) for i in items]
    return [item for item in named if item[0] in kinds] if kinds else named


class TestLoad:
    def test_each_agency_with_its_parts(self, make: Make, world: Json) -> None:
        found = load(make)
        counts = {code: tuple(i[n] for n in ("leads", "co_leads", "contributes", "overdue", "unanswered")) for code, i in found.items()}
        assert counts == {"BUSY": (3, 0, 0, 1, 0), "CALM": (1, 1, 0, 0, 0), "LOOKS": (0, 0, 1, 0, 0), "SHY": (0, 0, 0, 0, 2)}
        assert [code for code, i in found.items() if i["more_than_its_share"]] == ["BUSY"]
        whole = make.read("/groups/tst/load")
        assert ([a["code"] for a in whole["never_led"]], whole["as_of"]) == (["SHY"], day(0))

    def test_what_is_done_or_ended_weighs_no_more(self, make: Make, world: Json) -> None:
        make.delivered(world["C"], delivered_on=day(-1))
        (part, *_) = [p for p in make.read(f"/deliverables/{world['A']['id']}/assignments")["items"] if p["role"] == "lead"]
        ok(make.secretariat.post(f"/assignments/{part['id']}/end", {"reason": "Hands over.", "ends_on": day(-1)}), 200)
        now = load(make)["BUSY"]
        assert (now["leads"], now["overdue"], now["delivered"], now["ever_led"]) == (1, 0, 1, True)
        assert load(make, as_of=day(-2))["BUSY"]["leads"] == 3

    def test_another_group_sees_nothing_of_it(self, make: Make, world: Json) -> None:
        make.a_group("oth")
        stranger = make.service.as_(make.token("viewer", "oth"))
        for path in ("load", "outlook"):
            refused(stranger.get(f"/groups/tst/{path}"), 404, "not_found")
            refused(make.viewer.get(f"/groups/none/{path}"), 404, "not_found")
        refused(make.viewer.get("/groups/tst/load", params={"days": "3"}), 422, "unknown_parameter")
        assert ok(stranger.get("/groups/oth/load"), 200)["items"] == []


class TestOutlook:
    def test_nothing_breaks_in_a_quiet_group(self, make: Make) -> None:
        make.member("IOM")
        make.lead(make.deliverable("A", due=day(100)), "IOM")
        assert outlook(make, days=30) == []

    def test_sunsets_are_told_until_they_are_answered(self, make: Make) -> None:
        for code, sunset in (("NEAR", 20), ("FAR", 200)):
            make.active_task_force(code, starts_on=day(-100), sunset_on=day(sunset))
        assert outlook(make) == [("sunset", day(20), "NEAR", None, None)]
        assert outlook(make, days=200)[1] == ("sunset", day(200), "FAR", None, None)
        assert outlook(make, days=19) == []
        assert outlook(make, as_of=day(30)) == [("sunset", day(20), "NEAR", None, None)], "passed and not closed"

    def test_a_chair_without_successor(self, make: Make) -> None:
        for agency in ("ONE", "TWO"):
            make.member(agency)
        make.chair("ONE", starts_on=day(-100), ends_on=day(40), note="Short.")
        assert outlook(make, "chair_ends") == [("chair_ends", day(40), None, None, None)]
        make.chair("TWO", starts_on=day(60), ends_on=day(300), note="After a gap.")
        assert outlook(make, "chair_ends") != [], "a gap is no succession"
        make.chair("TWO", starts_on=day(41), ends_on=day(59), note="Short.")
        assert outlook(make, "chair_ends") == []

    def test_leads_that_end_or_leave(self, make: Make, world: Json) -> None:
        parts = {p["deliverable"]["code"]: p for p in make.read("/assignments", role="lead", state="accepted")["items"]}
        ok(make.secretariat.post(f"/assignments/{parts['B']['id']}/end", {"reason": "Hands over.", "ends_on": day(30)}), 200)
        assert outlook(make, "lead_ends") == [("lead_ends", day(30), None, "B", "BUSY")]
        make.lead(world["B"], "CALM", starts_on=day(31))
        assert outlook(make, "lead_ends") == [], "CALM takes over"
        membership = next(m for m in make.read("/groups/tst/members")["items"] if m["agency"]["code"] == "BUSY")
        ok(make.secretariat.patch(f"/groups/tst/members/{membership['id']}", {"ends_on": day(60)}, version=membership["version"]), 200)
        assert sorted(outlook(make, "lead_leaves")) == [("lead_leaves", day(60), None, code, "BUSY") for code in "AC"]

    def test_what_is_left_alone(self, make: Make, world: Json) -> None:
        assert outlook(make, "turns_stale", days=59) == []
        assert sorted(i[3] for i in outlook(make, "turns_stale", days=61)) == list("ABCDE")
        assert outlook(make, "unanswered") == [("unanswered", day(10), None, "E", "SHY"), ("unanswered", None, None, "A", "SHY")]
        make.delivered(world["E"])
        assert [i[3] for i in outlook(make, "unanswered")] == ["A"]

    @pytest.mark.parametrize("days", ["0", "-1", "x", "4000"])
    def test_days_are_a_number(self, make: Make, days: str) -> None:
        make.group  # noqa: B018
        refused(make.viewer.get("/groups/tst/outlook", params={"days": days}), 422, "unknown_parameter")


def test_my_assignments_are_those_of_my_agency_in_its_groups(make: Make, world: Json) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    ok(other.post("/groups/oth/members", {"agency": "BUSY", "starts_on": "2010-01-01"}))
    busy, shy = make.focal_point("BUSY"), make.focal_point("SHY")

    def mine(reader: Any, **params: str) -> list[str]:
        return [p["deliverable"]["code"] for p in ok(reader.get("/me/assignments", params=params), 200)["items"]]

    assert mine(busy) == ["C", "A", "B"]
    assert mine(busy, overdue="true") == ["C"]
    assert mine(shy, state="proposed", sort="-due") == ["A", "E"]
    make.delivered(world["C"], delivered_on=day(-1))
    assert (mine(busy, open="true"), mine(busy, open="false")) == (["A", "B"], ["C"])
    assert mine(make.secretariat) == mine(make.administrator) == mine(make.focal_point("BUSY", "oth")) == []
    refused(make.service.get("/me/assignments"), 401, "unauthenticated")
    refused(busy.get("/me/assignments", params={"agency": "SHY"}), 422, "unknown_parameter")
    refused(busy.get("/me/assignments", params={"own": "x"}), 422, "unknown_parameter")
