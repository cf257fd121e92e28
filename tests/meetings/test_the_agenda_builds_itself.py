"""The agenda: what waits for a decision stands on it by itself, and it stays as it was once the meeting is held."""

from typing import Any

import pytest

from app.meetings.rules import AGENDA
from tests.client import Client
from tests.decisions.test_silence_procedures import days_on
from tests.make import Json, Make, at, day, ok, refused
from tests.meetings.test_meetings import called


@pytest.fixture
def ilo(make: Make) -> Client:
    make.member("ILO")
    return make.focal_point("ILO")


def agenda(make: Make, meeting: Json, **params: Any) -> dict[str, list[str]]:
    """The titles of what waits, by section."""
    found = make.read(f"/meetings/{meeting['id']}/agenda", **params)
    return {s["kind"]: [line["thing"]["title"] for line in s["items"]] for s in found["sections"]}


def everything(make: Make, ilo: Client) -> dict[str, list[str]]:
    """One thing of each kind that waits, and beside it one that does not; what the agenda then holds."""
    secretariat = make.secretariat
    plan = make.plan("P1", title="To endorse")
    ok(secretariat.post(f"/workplans/{plan['id']}/circulate"), 200)
    make.plan("P2", title="A draft")
    revised = make.plan("P3", title="Under revision", starts_on="2010-01-01", ends_on="2011-12-31")
    make.endorsed(revised)
    ok(secretariat.post(f"/workplans/{revised['id']}/revise", make.decided() | {"reason": "R"}), 200)
    make.working_group("WG-P", name="Proposed")
    make.active_task_force("TF-NEAR", name="Near its sunset", sunset_on=day(30))
    make.active_task_force("TF-FAR", name="Far from it", sunset_on=day(300))
    make.chair("ILO", starts_on=day(-300), ends_on=day(40), note="N", theme="Ending")
    make.chair("ILO", starts_on=day(41), ends_on=day(400), note="N", state="nominated", theme="Nominated")
    body = {"group": "tst", "code": "S1", "text": "T", "deadline": day(9), "subject": "Objected to"}
    hit = ok(secretariat.post("/silence-procedures", body))
    ok(ilo.post(f"/decisions/{hit['id']}/objections", {"agency": "ILO", "reason": "No."}))
    ok(secretariat.post("/silence-procedures", body | {"code": "S2", "subject": "Not objected to"}))
    late, asked, declined, fine = (
        make.deliverable(code, title=title, due=due)
        for code, title, due in (("L", "Late", day(-3)), ("A", "Asked", "2090"), ("D", "Declined", "2090"), ("F", "Fine", "2090"))
    )
    make.lead(late, "ILO")
    make.lead(fine, "ILO")
    make.asked(asked, "ILO")
    no = make.asked(declined, "ILO")
    ok(ilo.post(f"/assignments/{no['id']}/decline", {"reason": "capacity"}), 200)
    point = {"group": "tst", "agency": "ILO", "asked_on": "2024-01-01"}
    ok(secretariat.post("/action-points", point | {"text": "Owed", "due": "2024-02"}))
    ok(secretariat.post("/action-points", point | {"text": "Not yet owed", "due": "2090"}))
    return {
        "plan_to_endorse": ["To endorse"],
        "revision_to_endorse": ["Under revision"],
        "body_to_activate": ["Proposed"],
        "sunset": ["Near its sunset"],
        "chair_to_confirm": ["Nominated"],
        "silence_objected": ["Objected to"],
        "ask_unanswered": ["Asked"],
        "lead_declined": ["Declined"],
        "deliverable_overdue": ["Late"],
        "action_point_late": ["Owed"],
    }


def test_what_waits_for_a_decision_is_on_it_and_nothing_else(make: Make, ilo: Client) -> None:
    meeting = called(make, starts_on=day(2))
    assert agenda(make, meeting) == {}
    expected = everything(make, ilo)
    found = agenda(make, meeting)
    assert found == expected
    assert [kind for kind in AGENDA if kind in found] == list(found), "its order is fixed"
    whole = make.read(f"/meetings/{meeting['id']}/agenda")
    assert (whole["as_of"], whole["until"], whole["state"]) == (day(0), day(92), "planned")
    late = next(s for s in whole["sections"] if s["kind"] == "deliverable_overdue")
    assert (late["total"], late["items"][0]["on"], late["items"][0]["agency"]["code"]) == (1, day(-3), "ILO")
    assert late["items"][0]["thing"]["entity"] == "deliverable"
    assert make.read(f"/deliverables/{late['items'][0]['thing']['id']}")["code"] == "L"


def test_a_term_that_ends_needs_a_successor_then_a_hand_over(make: Make, ilo: Client) -> None:
    meeting = called(make)
    make.chair("ILO", starts_on=day(-300), ends_on=day(40), note="N", theme="Ending")
    assert agenda(make, meeting) == {"chair_to_find": ["Ending"]}
    following = make.chair("ILO", starts_on=day(41), ends_on=day(400), note="N", state="nominated", theme="Next")
    assert agenda(make, meeting) == {"chair_to_confirm": ["Next"]}
    ok(make.secretariat.post(f"/chairmanships/{following['id']}/confirm"), 200)
    assert agenda(make, meeting) == {"hand_over_due": ["Ending"]}
    assert agenda(make, called(make, starts_on=day(-100)), as_of=day(-100)) == {}, "a term is near its end 90 days before"


def test_what_is_settled_leaves_it(make: Make, ilo: Client) -> None:
    meeting, secretariat = called(make), make.secretariat
    everything(make, ilo)

    def lines(kind: str) -> list[Json]:
        return [line for s in make.read(f"/meetings/{meeting['id']}/agenda")["sections"] if s["kind"] == kind for line in s["items"]]

    def thing(kind: str) -> str:
        return str(lines(kind)[0]["thing"]["id"])

    ok(secretariat.post(f"/decisions/{thing('silence_objected')}/withdraw", {"reason": "R"}), 200)
    ok(secretariat.post(f"/action-points/{thing('action_point_late')}/complete"), 200)
    asked, declined = thing("ask_unanswered"), make.read(f"/assignments/{thing('lead_declined')}")["deliverable"]
    make.member("IOM")
    make.asked(declined, "IOM")
    ok(ilo.post(f"/assignments/{asked}/accept"), 200)
    make.delivered({"id": thing("deliverable_overdue")})
    for kind in ("silence_objected", "action_point_late", "lead_declined", "deliverable_overdue"):
        assert lines(kind) == [], kind
    assert [line["agency"]["code"] for line in lines("ask_unanswered")] == ["IOM"], "the one asked anew"


def test_a_body_s_meeting_is_about_that_body(make: Make, ilo: Client) -> None:
    everything(make, ilo)
    force = make.active_task_force("TF-OWN", name="Own", sunset_on=day(20))
    ok(
        make.secretariat.post(
            "/deliverables", {"stream": make.default_stream["id"], "code": "O", "title": "Own late", "due": day(-1), "body": force["id"]}
        )
    )
    meeting = called(make, level="body", body=force["id"])
    assert agenda(make, meeting) == {"sunset": ["Own"], "deliverable_overdue": ["Own late"]}


def test_a_section_shows_a_hundred_and_tells_how_many_there_are(make: Make, ilo: Client) -> None:
    meeting = called(make)
    for n in range(102):
        ok(
            make.secretariat.post(
                "/action-points", {"group": "tst", "agency": "ILO", "text": f"{n}", "asked_on": "2024-01-01", "due": "2024"}
            )
        )
    (section,) = make.read(f"/meetings/{meeting['id']}/agenda")["sections"]
    assert (section["total"], len(section["items"])) == (102, 100)


def test_items_are_added_ordered_and_withdrawn_by_hand(make: Make, ilo: Client) -> None:
    meeting, elsewhere = called(make), called(make)
    address = f"/meetings/{meeting['id']}/items"
    one = ok(make.secretariat.post(address, {"title": "One"}))
    two = ok(make.secretariat.post(address, {"title": "Two", "agency": "ILO", "text": "T"}))
    three = ok(make.secretariat.post(address, {"title": "Three"}))
    assert [i["position"] for i in (one, two, three)] == [1, 2, 3]
    ok(make.secretariat.patch(f"{address}/{three['id']}", {"position": 0, "agency": "ILO", "title": "First"}, version=1), 200)
    ok(make.secretariat.patch(f"{address}/{two['id']}", {"agency": None}, version=1), 200)
    gone = ok(make.secretariat.post(f"{address}/{one['id']}/withdraw", {"reason": "Settled."}), 200)
    assert gone["withdrawn"] is True
    with make.unchanged():
        assert ok(make.secretariat.post(f"{address}/{one['id']}/withdraw"), 200) == gone
        refused(make.secretariat.post(address, {"title": "X", "agency": "NONE"}), 422, "unknown_reference")
        refused(make.secretariat.patch(f"{address}/{two['id']}", {"title": "X"}, version=1), 412, "stale_version")
        refused(ilo.post(address, {"title": "X"}), 403, "forbidden")
        refused(make.secretariat.post(f"/meetings/{elsewhere['id']}/items/{two['id']}/withdraw"), 404, "not_found")
    items = make.read(f"/meetings/{meeting['id']}/agenda")["items"]
    assert [(i["title"], i["agency"] and i["agency"]["code"]) for i in items] == [("First", "ILO"), ("Two", None)]


def test_once_held_it_stays_as_it_was(make: Make, ilo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = called(make)
    everything(make, ilo)
    item = ok(make.secretariat.post(f"/meetings/{meeting['id']}/items", {"title": "Calendar"}))
    before = make.read(f"/meetings/{meeting['id']}/agenda")
    ok(make.secretariat.post(f"/meetings/{meeting['id']}/hold"), 200)
    kept = make.read(f"/meetings/{meeting['id']}/agenda")
    assert kept == before | {"state": "held"}
    with make.unchanged():
        for path, body in (("items", {"title": "X"}), (f"items/{item['id']}/withdraw", {})):
            refused(make.secretariat.post(f"/meetings/{meeting['id']}/{path}", body), 409, "wrong_state")
        refused(make.secretariat.patch(f"/meetings/{meeting['id']}/items/{item['id']}", {"title": "X"}, version=1), 409, "wrong_state")
        refused(make.secretariat.get(f"/meetings/{meeting['id']}/agenda", params={"as_of": day(0)}), 422, "unknown_parameter")
    make.active_task_force("TF-NEW", sunset_on=day(10))
    at(monkeypatch, days_on(20))
    assert make.read(f"/meetings/{meeting['id']}/agenda") == kept
    other = agenda(make, called(make, starts_on=day(20)))
    assert len(other["sunset"]) == 2


def test_the_agenda_of_a_past_meeting_is_worked_out_for_its_last_day(make: Make, ilo: Client) -> None:
    meeting = called(make, starts_on="2024-03-01", ends_on="2024-03-02")
    body = {"group": "tst", "agency": "ILO", "asked_on": "2024-01-01"}
    for due in ("2024-02", "2024-04"):
        ok(make.secretariat.post("/action-points", body | {"text": due, "due": due}))
    assert agenda(make, meeting) == {"action_point_late": ["2024-02"]}
    assert agenda(make, meeting, as_of="2024-05-01") == {"action_point_late": ["2024-02", "2024-04"]}
