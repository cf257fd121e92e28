"""A part is handed over in one step: it ends on a day, and from the following day another agency is asked for the same role."""

from datetime import date

import pytest

from app.core.dates import now
from app.core.work import unit_of_work
from app.deliverables.assignment_actions import transfer_assignment
from app.deliverables.models import Assignment
from tests.make import INSTALLER, Json, Make, day, ok, refused

WHY = {"reason": "Its section on youth was closed."}


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO"):
        make.member(code)
    return make.deliverable(due="2090-06")


def to(agency: str, **values: str) -> Json:
    return WHY | {"agency": agency} | values


def test_the_part_ends_and_the_other_agency_is_asked_from_the_next_day(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM")
    answer = make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO", answer_by=day(9)))
    handed = ok(answer)
    assert answer.headers["location"] == f"/api/v1/assignments/{handed['id']}"
    assert {n: handed[n] for n in ("role", "state", "starts_on", "ends_on", "answer_by", "transferred_from", "answered_by")} == {
        "role": "lead", "state": "proposed", "starts_on": day(1), "ends_on": None, "answer_by": day(9), "transferred_from": part["id"],
        "answered_by": None,
    }  # fmt: skip
    before = make.read(f"/assignments/{part['id']}")
    assert (before["state"], before["ends_on"], before["transferred_from"]) == ("ended", day(0), None)
    changes = make.read("/changes", operation="assignment:transfer")["items"]
    assert [(c["id"], c["action"], c["reason"]) for c in changes] == [
        (part["id"], "updated", WHY["reason"]), (handed["id"], "created", WHY["reason"]),
    ]  # fmt: skip
    ok(make.focal_point("ILO").post(f"/assignments/{handed['id']}/accept"), 200)
    leads = {n: make.read(f"/deliverables/{item['id']}", as_of=day(n))["lead"]["code"] for n in (-1, 0, 1)}
    assert leads == {-1: "IOM", 0: "IOM", 1: "ILO"}


def test_doing_it_again_tells_what_has_been_asked(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM")
    handed = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO")))
    with make.unchanged():
        assert ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO")), 200) == handed
        refused(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("FAO")), 409, "wrong_state")


def test_on_a_day_to_come_it_is_led_until_then(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM")
    handed = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO", ends_on=day(20))))
    ok(make.focal_point("ILO").post(f"/assignments/{handed['id']}/accept"), 200)
    before = make.read(f"/assignments/{part['id']}")
    assert (before["state"], before["ends_on"], handed["starts_on"]) == ("accepted", day(20), day(21))
    assert before["version"] == part["version"] + 1
    assert [make.read(f"/deliverables/{item['id']}", as_of=day(n))["lead"]["code"] for n in (20, 21)] == ["IOM", "ILO"]


def test_until_it_is_over_it_can_be_offered_to_another_who_has_not_declined(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM")
    first = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO", ends_on=day(20))))
    ok(make.focal_point("ILO").post(f"/assignments/{first['id']}/decline", {"reason": "capacity"}), 200)
    again = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO", ends_on=day(20))))
    assert again["id"] != first["id"]
    assert ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("FAO", ends_on=day(10))))["starts_on"] == day(11)


@pytest.mark.parametrize("answer", [None, "decline"])
def test_what_was_never_accepted_is_handed_on_too(make: Make, item: Json, answer: str | None) -> None:
    part = make.asked(item, "IOM", "co_lead")
    if answer:
        ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/decline", {"reason": "capacity", "suggest": "ILO"}), 200)
    handed = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO")))
    assert (handed["role"], handed["starts_on"]) == ("co_lead", day(1))
    assert make.read(f"/assignments/{part['id']}")["state"] == "ended"


def test_a_part_with_a_last_day_is_taken_over_until_that_day(make: Make, item: Json) -> None:
    part = make.asked(item, "IOM", "reviewer", ends_on="2090-01-31")
    assert ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO")))["ends_on"] == "2090-01-31"
    over = make.asked(item, "IOM", "contributor", ends_on="2021-01-31")
    handed = ok(make.secretariat.post(f"/assignments/{over['id']}/transfer", to("FAO", ends_on="2021-01-31")))
    assert (handed["starts_on"], handed["ends_on"]) == ("2021-02-01", None)


def test_an_agency_that_has_the_role_is_refused_by_its_present_name(make: Make, item: Json) -> None:
    part, other = make.lead(item, "IOM"), make.asked(item, "ILO")
    bounded = make.asked(item, "FAO", ends_on="2090-01-31")
    ok(make.administrator.patch("/agencies/ILO", {"code": "ILO-OIT"}, version=1), 200)
    with make.unchanged():
        for agency, told in (("ILO-OIT", "ILO-OIT"), ("FAO", "FAO"), ("IOM", "IOM")):
            problem = refused(make.secretariat.post(f"/assignments/{part['id']}/transfer", to(agency)), 409, "already_asked")
            assert problem["params"] == {"agency": told, "state": "accepted" if agency == "IOM" else "proposed"}
    for open_one in (other, bounded):
        ok(make.secretariat.post(f"/assignments/{open_one['id']}/end", WHY), 200)
    assert ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("ILO-OIT")))["agency"]["code"] == "ILO-OIT"


def test_an_agency_whose_part_in_the_role_is_over_by_then_takes_over(make: Make, item: Json) -> None:
    make.lead(item, "ILO", ends_on="2020-12-31")
    part = make.lead(item, "IOM", starts_on="2021-01-01")
    assert make.asked(item, "FAO", ends_on=day(5))["state"] == "proposed"
    with make.unchanged():
        refused(make.secretariat.post(f"/assignments/{part['id']}/transfer", to("FAO", ends_on=day(4))), 409, "already_asked")
    for agency, last in (("ILO", day(9)), ("FAO", day(5))):
        assert ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", to(agency, ends_on=last)))["state"] == "proposed"


def test_it_keeps_the_rules_of_ending_and_asking(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM", starts_on="2021-01-01")
    make.member("UNU", starts_on=day(10))
    address = f"/assignments/{part['id']}/transfer"
    with make.unchanged():
        refused(make.secretariat.post(address, {"agency": "ILO"}), 422, "invalid")
        refused(make.secretariat.post(address, to("NOBODY")), 422, "unknown_reference")
        refused(make.secretariat.post(address, to("ILO", ends_on="2020-12-31")), 422, "ends_before_it_starts")
        refused(make.secretariat.post(address, to("UNU")), 422, "not_a_member")
    assert ok(make.secretariat.post(address, to("UNU", ends_on=day(9))))["starts_on"] == day(10)
    closed = make.lead(make.deliverable("D2"), "IOM")
    make.closed(item["workplan"])
    with make.unchanged():
        refused(make.secretariat.post(f"/assignments/{closed['id']}/transfer", to("ILO")), 409, "wrong_state")


def test_who_may_both_end_it_and_ask_another_may_hand_it_over(make: Make, item: Json) -> None:
    """An agency ends its own part, a chair asks: only a chair whose own part it is does both."""
    make.chair("ILO", starts_on=day(-10), ends_on=day(10), note="n")
    group = make.working_group()
    ok(make.secretariat.post(f"/working-groups/{group['id']}/participations", {"agency": "FAO", "role": "chair"}))
    ok(make.secretariat.patch(f"/deliverables/{item['id']}", {"body": group["id"]}, version=1), 200)
    parts = {code: make.asked(item, code, "contributor") for code in ("IOM", "ILO", "FAO")}
    for code in parts:
        make.agency(f"{code}2")
        ok(make.secretariat.post("/groups/tst/members", {"agency": f"{code}2", "role": "observer", "starts_on": "2010-01-01"}))
    with make.unchanged():
        for code, part in parts.items():
            for other in {"IOM", "ILO", "FAO"} - ({code} if code != "IOM" else set()):
                answer = make.focal_point(other).post(f"/assignments/{part['id']}/transfer", to(f"{code}2"))
                refused(answer, 403, "forbidden")
    for code in ("ILO", "FAO"):
        ok(make.focal_point(code).post(f"/assignments/{parts[code]['id']}/transfer", to(f"{code}2")))


def test_a_hand_over_of_the_past_is_recorded_with_its_days(make: Make, item: Json) -> None:
    part = make.lead(item, "IOM")
    with unit_of_work(make.engine, INSTALLER, now(), effective_on=date(2021, 5, 31)) as work:
        handed = transfer_assignment(work, work.get(Assignment, part["id"]), agency="ILO", reason="Handed over.")
        assert (handed.starts_on, handed.state) == (date(2021, 6, 1), "proposed")
    assert make.read(f"/assignments/{part['id']}")["ends_on"] == "2021-05-31"
