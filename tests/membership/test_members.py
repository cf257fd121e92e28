"""Who is in a group: founding members, later ones by decision, observers, periods, and the operating rules by date."""

import pytest

from tests.make import Make, ok, refused


def body(code: str = "UNU", **values: object) -> dict[str, object]:
    return {"agency": code, "role": "member", "starts_on": "2014-07-09"} | values


@pytest.fixture(autouse=True)
def _agencies(make: Make) -> None:
    for code in ("UNU", "IOM"):
        make.agency(code)
    assert make.group


def codes(make: Make, **params: str) -> list[str]:
    return [m["agency"]["code"] for m in ok(make.viewer.get("/groups/tst/members", params=params), 200)["items"]]


def test_a_founding_member_needs_no_decision_and_a_later_one_does(make: Make) -> None:
    ok(make.secretariat.post("/groups/tst/members", body("IOM", starts_on="2010-01-01")))
    before = make.journal()
    for starts_on in ("2014-07-09", "2010-01-02", None):
        refused(make.secretariat.post("/groups/tst/members", body(starts_on=starts_on)), 422, "decision_required")
    assert make.journal() == before
    made = ok(make.secretariat.post("/groups/tst/members", body(decision=make.decision()["id"])))
    assert (made["role"], made["starts_on"], made["ends_on"], made["current"]) == ("member", "2014-07-09", None, True)


def test_an_observer_needs_no_decision(make: Make) -> None:
    made = ok(make.secretariat.post("/groups/tst/members", body(role="observer", starts_on="2014-06-08", ends_on="2014-07-08")))
    assert made["current"] is False
    ok(make.secretariat.post("/groups/tst/members", body(decision=make.decision()["id"])))
    assert [codes(make, as_of=day) for day in ("2014-06-07", "2014-06-08", "2014-07-08", "2014-07-09")] == [[], ["UNU"], ["UNU"], ["UNU"]]
    assert codes(make, as_of="2014-07-01", role="member") == []
    assert codes(make) == codes(make, agency="unu") == ["UNU"]
    periods = ok(make.viewer.get("/groups/tst/memberships"), 200)["items"]
    assert [(p["role"], p["starts_on"]) for p in periods] == [("observer", "2014-06-08"), ("member", "2014-07-09")]


@pytest.mark.parametrize(("starts_on", "ends_on"), [("2014-07-31", None), ("2014-01-01", "2014-07-01"), ("2014-07-10", "2014-07-20")])
def test_an_agency_is_in_a_group_once_at_a_time(make: Make, starts_on: str, ends_on: str | None) -> None:
    ok(make.secretariat.post("/groups/tst/members", body(role="observer", starts_on="2014-07-01", ends_on="2014-07-31")))
    before = make.journal()
    again = body(role="observer", starts_on=starts_on, ends_on=ends_on)
    refused(make.secretariat.post("/groups/tst/members", again), 409, "already_member")
    assert make.journal() == before
    ok(make.secretariat.post("/groups/tst/members", body(role="observer", starts_on="2014-08-01")))


def test_five_ask_at_once_and_one_period_is_made(make: Make) -> None:
    secretariat = make.secretariat
    answers = secretariat.at_once(*[lambda: secretariat.post("/groups/tst/members", body(role="observer"))] * 5)
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_member"}


def test_a_period_ends_after_it_starts(make: Make) -> None:
    secretariat = make.secretariat
    before = make.journal()
    refused(secretariat.post("/groups/tst/members", body(role="observer", ends_on="2014-07-08")), 422, "ends_before_it_starts")
    assert make.journal() == before


def test_a_membership_is_corrected_within_its_rules(make: Make) -> None:
    first = ok(make.secretariat.post("/groups/tst/members", body(role="observer", starts_on="2014-01-01", ends_on="2014-06-30")))
    second = ok(make.secretariat.post("/groups/tst/members", body(role="observer", starts_on="2014-08-01")))
    address = f"/groups/tst/members/{second['id']}"
    before = make.journal()
    refused(make.secretariat.patch(address, {"starts_on": "2014-06-30"}, version=1), 409, "already_member")
    refused(make.secretariat.patch(address, {"ends_on": "2014-07-31"}, version=1), 422, "ends_before_it_starts")
    refused(make.secretariat.patch(address, {"role": "member"}, version=1), 422, "invalid")
    assert make.journal() == before
    assert (
        ok(make.secretariat.patch(address, {"starts_on": "2014-07-01", "ends_on": "2015-01-31"}, version=1), 200)["ends_on"] == "2015-01-31"
    )
    assert ok(make.secretariat.get(f"/groups/tst/members/{first['id']}"), 200)["version"] == 1


def test_a_membership_that_a_term_depends_on_stays(make: Make) -> None:
    make.modality()
    member = ok(make.secretariat.post("/groups/tst/members", body("IOM", starts_on="2010-01-01")))
    term = make.chair("IOM", starts_on="2014-01-01")
    address = f"/groups/tst/members/{member['id']}"
    before = make.journal()
    for change in ({"ends_on": "2014-12-30"}, {"starts_on": "2014-01-02"}):
        problem = refused(make.secretariat.patch(address, change, version=1), 409, "term_depends_on_membership")
        assert problem["params"] == {"agency": "IOM", "starts_on": "2014-01-01", "ends_on": "2014-12-31"}
    assert make.journal() == before
    ok(make.secretariat.patch(address, {"ends_on": "2014-12-31"}, version=1), 200)
    ok(make.secretariat.post(f"/chairmanships/{term['id']}/cancel", {"reason": "Withdrawn."}), 200)
    assert ok(make.secretariat.patch(address, {"ends_on": "2011-01-31"}, version=2), 200)["ends_on"] == "2011-01-31"


def test_two_periods_that_meet_carry_a_term_together(make: Make) -> None:
    make.modality()
    ok(make.secretariat.post("/groups/tst/members", body("IOM", starts_on="2010-01-01", ends_on="2014-06-30")))
    later = make.secretariat
    gap = ok(later.post("/groups/tst/members", body("IOM", starts_on="2014-07-02", decision=make.decision()["id"])))
    before = make.journal()
    term = {"group": "tst", "state": "confirmed", "starts_on": "2014-01-01", "holders": [{"agency": "IOM"}]}
    assert refused(later.post("/chairmanships", term), 422, "not_a_member")["params"]["day"] == "2014-07-01"
    assert make.journal() == before
    ok(later.patch(f"/groups/tst/members/{gap['id']}", {"starts_on": "2014-07-01"}, version=1), 200)
    ok(later.post("/chairmanships", term))


def test_the_modality_in_force_is_the_last_that_took_effect(make: Make) -> None:
    make.modality(effective_on="2006-05-09", chair_term_months=6)
    make.modality(effective_on="2014-01-01", chair_term_months=12, decision=make.decision()["id"])

    def in_force(day: str) -> list[int]:
        items = ok(make.viewer.get("/groups/tst/modalities", params={"as_of": day}), 200)["items"]
        return [m["chair_term_months"] for m in items if m["in_force"]]

    assert [in_force(day) for day in ("2006-05-08", "2006-05-09", "2013-12-31", "2014-01-01")] == [[], [6], [6], [12]]
    again = {"effective_on": "2014-01-01", "chair_term_months": 18, "decision": make.decision()["id"]}
    before = make.journal()
    refused(make.secretariat.post("/groups/tst/modalities", again), 409, "modality_taken")
    assert make.journal() == before
