"""The nine traps of answering. Each is one that a tracker of tasks falls into, since there nobody is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO"):
        make.member(code)
    return make.deliverable(due="2090-06")


def operations(make: Make, part: Json) -> list[str]:
    return [change["operation"].removeprefix("assignment:") for change in make.read(f"/assignments/{part['id']}/history")["items"]]


def test_1_who_answers_twice_is_told_the_present_state(make: Make, item: Json) -> None:
    part, iom = make.asked(item, "IOM"), make.focal_point("IOM")
    first = ok(iom.post(f"/assignments/{part['id']}/accept"), 200)
    with make.unchanged():
        assert ok(iom.post(f"/assignments/{part['id']}/accept"), 200) == first
        assert ok(make.secretariat.post(f"/assignments/{part['id']}/accept", make.by_proxy("IOM")), 200) == first
    assert operations(make, part) == ["propose", "accept"]


def test_2_an_answer_can_be_changed_and_the_earlier_one_stays(make: Make, item: Json) -> None:
    part, iom = make.asked(item, "IOM"), make.focal_point("IOM")
    ok(iom.post(f"/assignments/{part['id']}/accept"), 200)
    ok(iom.post(f"/assignments/{part['id']}/decline", {"reason": "funding"}), 200)
    assert make.read(f"/deliverables/{item['id']}")["lead"] is None
    assert ok(iom.post(f"/assignments/{part['id']}/accept"), 200)["decline_reason"] is None
    history = make.read(f"/assignments/{part['id']}/history")["items"]
    assert [h["fields"]["state"] for h in history] == [
        [None, "proposed"], ["proposed", "accepted"], ["accepted", "declined"], ["declined", "accepted"],
    ]  # fmt: skip
    assert history[2]["fields"]["decline_reason"] == [None, "funding"]


def test_3_who_declined_can_be_asked_again(make: Make, item: Json) -> None:
    part, iom = make.asked(item, "IOM"), make.focal_point("IOM")
    ok(iom.post(f"/assignments/{part['id']}/decline", {"reason": "capacity"}), 200)
    again = make.asked(item, "IOM", starts_on=day(0))
    assert (again["state"], again["id"] != part["id"]) == ("proposed", True)
    assert ok(iom.post(f"/assignments/{again['id']}/accept"), 200)["state"] == "accepted"
    assert make.read(f"/assignments/{part['id']}")["state"] == "declined"


def test_4_a_part_can_be_transferred_to_one_who_declined_it_before(make: Make, item: Json) -> None:
    declined = make.asked(item, "ILO")
    ok(make.focal_point("ILO").post(f"/assignments/{declined['id']}/decline", {"reason": "capacity"}), 200)
    part = make.lead(item, "IOM")
    handed = ok(make.secretariat.post(f"/assignments/{part['id']}/transfer", {"agency": "ILO", "reason": "It has staff now."}))
    assert (handed["agency"]["code"], handed["state"], handed["transferred_from"]) == ("ILO", "proposed", part["id"])
    assert ok(make.focal_point("ILO").post(f"/assignments/{handed['id']}/accept"), 200)["state"] == "accepted"
    assert make.read(f"/assignments/{declined['id']}")["state"] == "declined"


def test_5_an_answer_after_the_deadline_counts_and_is_marked_late(make: Make, item: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    late, timely = (make.asked(item, agency, "contributor", answer_by=day(1)) for agency in ("IOM", "ILO"))
    undated, unanswered = make.asked(item, "FAO", "reviewer"), make.asked(item, "FAO", "contributor", answer_by=day(1))
    clients = {code: make.focal_point(code) for code in ("IOM", "ILO", "FAO")}
    midnight = datetime.combine(today() + timedelta(days=2), datetime.min.time(), UTC)
    at(monkeypatch, midnight - timedelta(seconds=1))
    assert ok(clients["ILO"].post(f"/assignments/{timely['id']}/accept"), 200)["answered_late"] is False
    assert make.read(f"/assignments/{late['id']}")["answer_late"] is False
    at(monkeypatch, midnight)
    assert make.read(f"/assignments/{late['id']}")["answer_late"] is True
    told = ok(clients["IOM"].post(f"/assignments/{late['id']}/accept"), 200)
    assert (told["state"], told["answered_on"], told["answered_late"], told["answer_late"]) == ("accepted", day(2), True, False)
    assert ok(clients["FAO"].post(f"/assignments/{undated['id']}/accept"), 200)["answered_late"] is False
    assert make.read(f"/assignments/{unanswered['id']}")["answered_late"] is False
    listed = {a["id"]: a["answered_late"] for a in make.read("/assignments")["items"]}
    assert [part for part, marked in listed.items() if marked] == [late["id"]]


def test_6_a_proxy_without_evidence_is_refused(make: Make, item: Json) -> None:
    part = make.asked(item, "IOM")
    with make.unchanged():
        for body in ({}, {"on_behalf_of": "IOM"}, {"on_behalf_of": "IOM", "evidence": None}):
            problem = refused(make.secretariat.post(f"/assignments/{part['id']}/accept", body), 422, "evidence_required")
            assert "e-mail of 3 March" in problem["detail"]
        refused(make.secretariat.post(f"/assignments/{part['id']}/accept", {"on_behalf_of": "IOM", "evidence": ""}), 422, "invalid")
    told = ok(make.secretariat.post(f"/assignments/{part['id']}/accept", make.by_proxy("IOM")), 200)
    assert (told["on_behalf_of"]["code"], told["evidence"]) == ("IOM", "E-mail of 3 March")


def test_7_an_observer_never_leads(make: Make, item: Json) -> None:
    """Not when it is asked, not by a transfer, and not by becoming one after it was asked as a member."""
    make.member("UNU", role="observer")
    part = make.lead(item, "IOM")
    with make.unchanged():
        for role in ("lead", "co_lead"):
            refused(make.secretariat.post(f"/deliverables/{item['id']}/assignments", {"agency": "UNU", "role": role}), 422, "not_a_member")
        problem = refused(
            make.secretariat.post(f"/assignments/{part['id']}/transfer", {"agency": "UNU", "reason": "R"}), 422, "not_a_member"
        )
        assert (problem["errors"][0]["pointer"], problem["params"]) == ("/agency", {"count": 0, "agency": "UNU", "day": day(1)})
    fao = make.read("/groups/tst/members", agency="FAO")["items"][0]
    asked = make.asked(item, "FAO", "co_lead", starts_on=day(0))
    ok(make.secretariat.patch(f"/groups/tst/members/{fao['id']}", {"ends_on": day(-1)}, version=fao["version"]), 200)
    make.member("FAO", role="observer", starts_on=day(0))
    with make.unchanged():
        refused(make.focal_point("FAO").post(f"/assignments/{asked['id']}/accept"), 422, "not_a_member")


def test_8_of_two_who_accept_at_once_one_leads(make: Make, item: Json) -> None:
    """Eight processes race for the same in `tests/proof/races.py` (`lead_taken`)."""
    parts = {code: make.asked(item, code) for code in ("IOM", "ILO")}
    clients = {code: make.focal_point(code) for code in parts}
    answers = make.secretariat.at_once(
        *(lambda code=code: clients[code].post(f"/assignments/{parts[code]['id']}/accept") for code in parts)
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    loser = next(a for a in answers if a.status_code == 409)
    winner = next(a.json()["agency"]["code"] for a in answers if a.status_code == 200)
    assert refused(loser, 409, "lead_taken")["params"]["agency"] in (winner, "another")
    assert make.read(f"/deliverables/{item['id']}")["lead"]["code"] == winner
    assert len(make.read("/assignments", state="accepted")["items"]) == 1


def test_9_who_left_between_the_question_and_the_answer_cannot_accept(make: Make, item: Json) -> None:
    """The refusal says what would make it legal; declining needs no membership."""
    asked = {role: make.asked(item, "IOM", role, starts_on=day(0)) for role in ("lead", "contributor")}
    iom = make.focal_point("IOM")
    membership = make.read("/groups/tst/members", agency="IOM")["items"][0]
    ok(make.secretariat.patch(f"/groups/tst/members/{membership['id']}", {"ends_on": day(-1)}, version=membership["version"]), 200)
    with make.unchanged():
        problem = refused(iom.post(f"/assignments/{asked['lead']['id']}/accept"), 422, "not_a_member")
        assert f"on {day(0)}" in problem["detail"]
        assert "admit it first, or choose a day of its membership" in problem["detail"]
        refused(iom.post(f"/assignments/{asked['contributor']['id']}/accept"), 422, "not_in_the_group")
    ok(iom.post(f"/assignments/{asked['contributor']['id']}/decline", {"reason": "other"}), 200)
    earlier = ok(make.secretariat.patch(f"/assignments/{asked['lead']['id']}", {"starts_on": day(-1)}, version=1), 200)
    assert ok(iom.post(f"/assignments/{earlier['id']}/accept"), 200)["state"] == "accepted"
