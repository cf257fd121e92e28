"""Meetings: called, moved, held or cancelled; who came; and what came of them."""

from typing import Any

import pytest

from tests.decisions.test_silence_procedures import days_on
from tests.make import Json, Make, at, day, ok, refused


def called(make: Make, **values: Any) -> Json:
    body = {"group": "tst", "level": "technical", "title": "Focal points", "starts_on": day(0)} | values
    return ok(make.secretariat.post("/meetings", body))  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _ilo(make: Make) -> None:
    make.member("ILO")


def test_a_meeting_is_chaired_by_who_chairs_on_its_first_day(make: Make) -> None:
    for code in ("FAO", "IOM", "WHO"):
        make.member(code)
    make.chair("FAO", "IOM", starts_on="2018-01-01", ends_on="2018-12-31")
    group = make.working_group()
    ok(
        make.secretariat.post(
            f"/working-groups/{group['id']}/participations", {"agency": "WHO", "role": "co_chair", "starts_on": "2020-01-01"}
        )
    )

    def chairs(**values: Any) -> list[str]:
        return [agency["code"] for agency in called(make, **values)["chairs"]]

    assert chairs(starts_on="2018-05-02") == ["FAO", "IOM"]
    assert chairs(starts_on="2019-05-02") == [], "nobody chaired"
    assert chairs(starts_on="2018-05-02", chair="ILO") == ["ILO"]
    assert chairs(level="body", body=group["id"], starts_on="2021-01-01") == ["WHO"]
    assert chairs(level="body", body=group["id"], starts_on="2019-01-01") == []


def test_a_meeting_of_a_body_names_it_and_no_other_does(make: Make) -> None:
    group = make.working_group()
    body = {"group": "tst", "level": "body", "title": "T", "starts_on": day(1)}
    with make.unchanged():
        refused(make.secretariat.post("/meetings", body), 422, "body_required")
        refused(make.secretariat.post("/meetings", body | {"level": "troika", "body": group["id"]}), 422, "body_not_applicable")
        refused(make.secretariat.post("/meetings", body | {"body": "no-such"}), 422, "unknown_reference")
        refused(make.secretariat.post("/meetings", body | {"level": "retreat", "ends_on": day(0)}), 422, "ends_before_it_starts")
        refused(make.secretariat.post("/meetings", body | {"level": "retreat", "chair": "NONE"}), 422, "unknown_reference")
        make_out = body | {"level": "retreat", "chair": "ILO", "starts_on": "2009-01-01"}
        refused(make.secretariat.post("/meetings", make_out), 422, "not_in_the_group")
    meeting = called(make, level="body", body=group["id"])
    assert meeting["body"]["code"] == "WG-1"
    moved = ok(make.secretariat.patch(f"/meetings/{meeting['id']}", {"level": "technical", "body": None}, version=1), 200)
    assert (moved["level"], moved["body"]) == ("technical", None)


def test_the_chair_of_the_day_and_of_the_body_may_call_it(make: Make) -> None:
    make.member("CHA")
    make.member("BOD")
    make.chair("CHA", starts_on="2010-01-01", ends_on="2190-12-31", note="Long.")
    group = make.working_group()
    ok(
        make.secretariat.post(
            f"/working-groups/{group['id']}/participations", {"agency": "BOD", "role": "chair", "starts_on": "2020-01-01"}
        )
    )
    body = {"group": "tst", "level": "technical", "title": "T", "starts_on": day(3)}
    of_body = body | {"level": "body", "body": group["id"]}
    chair, body_chair, other = make.focal_point("CHA"), make.focal_point("BOD"), make.focal_point("ILO")
    ok(chair.post("/meetings", body))
    ok(chair.post("/meetings", of_body))
    own = ok(body_chair.post("/meetings", of_body))
    with make.unchanged():
        refused(body_chair.post("/meetings", body), 403, "forbidden")
        refused(other.post("/meetings", body), 403, "forbidden")
        refused(body_chair.post(f"/meetings/{own['id']}/decisions", {"code": "X", "text": "T"}), 403, "forbidden")
    ok(body_chair.post(f"/meetings/{own['id']}/items", {"title": "Calendar"}))
    another = make.working_group("WG-2")
    with make.unchanged():
        for place in ({"level": "principals", "body": None}, {"body": another["id"]}):
            refused(body_chair.patch(f"/meetings/{own['id']}", place, version=1), 403, "forbidden")
    ok(body_chair.patch(f"/meetings/{own['id']}", {"title": "Moved", "body": group["id"]}, version=1), 200)
    ok(make.secretariat.patch(f"/meetings/{own['id']}", {"body": another["id"]}, version=2), 200)


def test_it_is_moved_as_a_whole_and_what_was_held_has_begun(make: Make) -> None:
    meeting = called(make, starts_on=day(-3), ends_on=day(-2), place="Geneva")
    address = f"/meetings/{meeting['id']}"
    moved = ok(make.secretariat.patch(address, {"starts_on": day(-1), "minutes": "# Opening", "chair": "ILO"}, version=1), 200)
    assert (moved["starts_on"], moved["ends_on"], moved["minutes"], moved["chairs"][0]["code"]) == (day(-1), day(0), "# Opening", "ILO")
    held = ok(make.secretariat.post(f"{address}/hold"), 200)
    assert held["state"] == "held"
    with make.unchanged():
        assert ok(make.secretariat.post(f"{address}/hold"), 200) == held
        refused(make.secretariat.patch(address, {"starts_on": day(1)}, version=3), 422, "held_in_the_future")
        refused(make.secretariat.patch(address, {"ends_on": day(-2)}, version=3), 422, "ends_before_it_starts")
        refused(make.secretariat.post(f"{address}/cancel", {"reason": "R"}), 409, "wrong_state")
    ok(make.secretariat.patch(address, {"minutes": "# Opening\n\nDone.", "chair": None}, version=3), 200)


def test_it_is_not_held_before_its_first_day_and_a_cancelled_one_never(make: Make) -> None:
    meeting = called(make, starts_on=day(2))
    address = f"/meetings/{meeting['id']}"
    with make.unchanged():
        problem = refused(make.secretariat.post(f"{address}/hold"), 409, "not_yet_held")
        assert day(2) in problem["detail"]
    cancelled = ok(make.secretariat.post(f"{address}/cancel", {"reason": "Elsewhere."}), 200)
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "Elsewhere.")
    with make.unchanged():
        assert ok(make.secretariat.post(f"{address}/cancel", {"reason": "Again."}), 200) == cancelled
        for path, body in (
            ("hold", {}),
            ("items", {"title": "T"}),
            ("attendances", {"agency": "ILO", "presence": "present"}),
            ("decisions", {"code": "X", "text": "T", "decided_on": day(0)}),
            ("action-points", {"agency": "ILO", "text": "T"}),
            ("outcomes", {"decision": "x"}),
        ):
            refused(make.secretariat.post(f"{address}/{path}", body), 409, "wrong_state")
        refused(make.secretariat.patch(address, {"title": "X"}, version=2), 409, "wrong_state")


def test_attendance_is_told_by_agency_once(make: Make) -> None:
    make.agency("OUT")
    make.member("OBS", role="observer")
    meeting = called(make)
    address = f"/meetings/{meeting['id']}/attendances"
    came = ok(make.secretariat.post(address, {"agency": "ILO", "presence": "present", "who": "A. Person"}))
    ok(make.secretariat.post(address, {"agency": "OBS", "presence": "excused"}))
    with make.unchanged():
        refused(make.secretariat.post(address, {"agency": "ILO", "presence": "absent"}), 409, "attendance_taken")
        refused(make.secretariat.post(address, {"agency": "OUT", "presence": "present"}), 422, "not_in_the_group")
        refused(make.secretariat.post(address, {"agency": "NONE", "presence": "present"}), 422, "unknown_reference")
        refused(make.secretariat.patch(f"{address}/{came['id']}", {"presence": "absent"}, version=9), 412, "stale_version")
    assert make.read(f"/meetings/{meeting['id']}")["attendance"] == {"present": 1, "absent": 0, "excused": 1}
    assert [a["agency"]["code"] for a in make.read(address)["items"]] == ["ILO", "OBS"]
    assert [a["who"] for a in make.read(address, presence="present")["items"]] == ["A. Person"]
    assert [m["id"] for m in make.read("/meetings", agency="ILO")["items"]] == [meeting["id"]]
    assert make.read("/meetings", agency="OBS")["items"] == []
    ok(make.secretariat.patch(f"{address}/{came['id']}", {"presence": "absent", "who": None}, version=1), 200)
    assert make.read(f"/meetings/{meeting['id']}")["attendance"]["absent"] == 1
    texts = str(ok(make.secretariat.get("/changes", params={"entity": "attendance"}), 200))
    assert "A. Person" not in texts, "the journal says that a name changed, not which"


def test_a_meeting_decides_and_asks_and_shows_what_came_of_it(make: Make) -> None:
    meeting = called(make, starts_on=day(-2), ends_on=day(-1), place="Bangkok", level="principals")
    address = f"/meetings/{meeting['id']}"
    decision = ok(make.secretariat.post(f"{address}/decisions", {"code": "1", "kind": "other", "text": "We go on."}))
    assert (decision["decided_on"], decision["level"], decision["place"]) == (day(-1), "principals", "Bangkok")
    body = {"agency": "ILO", "text": "Draft it.", "due": "2090", "decision": decision["id"]}
    point = ok(make.secretariat.post(f"{address}/action-points", body))
    assert (point["asked_on"], point["decision"]["id"]) == (day(-1), decision["id"])
    found = make.read(address)
    assert found["decisions"] == [{"id": decision["id"], "code": "1", "kind": "other", "text": "We go on."}]
    assert [(p["id"], p["agency"]["code"], p["state"]) for p in found["action_points"]] == [(point["id"], "ILO", "open")]
    assert [d["id"] for d in make.read(f"{address}/decisions")["items"]] == [decision["id"]]
    assert [p["id"] for p in make.read(f"{address}/action-points", open="true")["items"]] == [point["id"]]
    assert [m["id"] for m in make.read("/meetings", decision=decision["id"])["items"]] == [meeting["id"]]
    assert [m["id"] for m in make.read("/meetings", action_point=point["id"])["items"]] == [meeting["id"]]
    with make.unchanged():
        outside = {"code": "2", "text": "T", "decided_on": day(0)}
        refused(make.secretariat.post(f"{address}/decisions", outside), 422, "outside_the_meeting")
        refused(make.secretariat.post(f"{address}/decisions", {"code": "1", "text": "T"}), 409, "decision_code_taken")
        refused(make.secretariat.patch(address, {"starts_on": day(-9)}, version=1), 422, "outside_the_meeting")
        refused(make.secretariat.post(f"{address}/action-points", body | {"agency": "NONE"}), 422, "unknown_reference")
        corrected = {"decided_on": day(-9)}
        refused(make.secretariat.patch(f"/decisions/{decision['id']}", corrected, version=1), 422, "outside_the_meeting")
    ok(make.secretariat.patch(f"/decisions/{decision['id']}", {"decided_on": day(-2)}, version=1), 200)
    ok(make.secretariat.patch(address, {"title": "Principals"}, version=1), 200)
    history = {c["entity"] for c in make.read(f"{address}/history")["items"]}
    assert history == {"meeting", "outcome"}
    assert {c["entity"] for c in make.read(f"/decisions/{decision['id']}/history")["items"]} == {"decision", "action_point"}


def test_a_decision_is_not_taken_at_a_meeting_still_to_come(make: Make) -> None:
    meeting = called(make, starts_on=day(1))
    with make.unchanged():
        refused(make.secretariat.post(f"/meetings/{meeting['id']}/decisions", {"code": "1", "text": "T"}), 422, "decided_in_the_future")
        refused(
            make.secretariat.post(f"/meetings/{meeting['id']}/action-points", {"agency": "ILO", "text": "T"}), 422, "asked_in_the_future"
        )


def test_what_is_recorded_already_is_attached_to_one_meeting(make: Make) -> None:
    one, two = called(make, starts_on="2024-05-01"), called(make, starts_on="2024-05-01")
    decision, other = make.decision(decided_on="2024-05-01"), make.decision(decided_on="2024-05-02")
    point = ok(make.secretariat.post("/action-points", {"group": "tst", "agency": "ILO", "text": "T"}))
    here, there = (f"/meetings/{m['id']}/outcomes" for m in (one, two))
    found = ok(make.secretariat.post(here, {"decision": decision["id"]}), 200)
    assert [d["id"] for d in found["decisions"]] == [decision["id"]]
    ok(make.secretariat.post(here, {"action_point": point["id"]}), 200)
    with make.unchanged():
        ok(make.secretariat.post(here, {"decision": decision["id"]}), 200)
        ok(make.secretariat.post(here, {"action_point": point["id"]}), 200)
        refused(make.secretariat.post(there, {"decision": decision["id"]}), 409, "decided_elsewhere")
        refused(make.secretariat.post(there, {"action_point": point["id"]}), 409, "asked_elsewhere")
        refused(make.secretariat.post(here, {"decision": other["id"]}), 422, "outside_the_meeting")
        refused(make.secretariat.post(here, {}), 422, "one_outcome")
        refused(make.secretariat.post(here, {"decision": decision["id"], "action_point": point["id"]}), 422, "one_outcome")


def test_silence_that_a_meeting_began_belongs_to_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = called(make)
    body = {"group": "tst", "code": "S", "text": "T", "deadline": day(5)}
    silence = ok(make.secretariat.post("/silence-procedures", body))
    found = ok(make.secretariat.post(f"/meetings/{meeting['id']}/outcomes", {"decision": silence["id"]}), 200)
    assert found["decisions"] == [], "a public meeting's record is read by strangers, too"
    address = f"/meetings/{meeting['id']}"
    assert [d["code"] for d in make.read(f"{address}/decisions")["items"]] == ["S"]
    at(monkeypatch, days_on(6))
    assert [d["code"] for d in make.read(address)["decisions"]] == ["S"]


def test_meetings_are_found_by_level_state_body_and_day(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    group = make.working_group()
    past = called(make, starts_on=day(-10), title="Réunion")
    near, far = called(make, starts_on=day(3), level="principals"), called(make, starts_on=day(30), level="body", body=group["id"])
    ok(make.secretariat.post(f"/meetings/{past['id']}/hold"), 200)

    def found(**params: Any) -> list[str]:
        return [meeting["id"] for meeting in make.read("/meetings", **params)["items"]]

    assert found() == found(group="tst") == [past["id"], near["id"], far["id"]]
    assert found(upcoming="true") == [near["id"], far["id"]]
    assert found(level="principals") == found(starts_from=day(0), starts_to=day(10)) == [near["id"]]
    assert found(state="held") == found(q="reunion") == [past["id"]]
    assert found(body=group["id"]) == [far["id"]]
    at(monkeypatch, days_on(4))
    assert found(upcoming="true") == [far["id"]]


def test_a_public_meeting_shows_its_record_but_not_who_came_or_its_agenda(make: Make) -> None:
    make.a_group("pub", public=True)
    inside = make.service.as_(make.token("secretariat", "pub"))
    body = {"group": "pub", "level": "principals", "title": "P", "starts_on": day(0)}
    hidden, shown = ok(inside.post("/meetings", body)), ok(inside.post("/meetings", body | {"visibility": "public"}))
    assert [m["id"] for m in ok(make.service.get("/meetings"), 200)["items"]] == [shown["id"]]
    assert ok(make.service.get(f"/meetings/{shown['id']}"), 200)["visibility"] == "public"
    refused(make.service.get(f"/meetings/{hidden['id']}"), 404, "not_found")
    ok(inside.post("/groups/pub/members", {"agency": "ILO", "role": "observer", "starts_on": "2010-01-01"}))
    ok(inside.post(f"/meetings/{shown['id']}/attendances", {"agency": "ILO", "presence": "present"}))
    for reader, seen in ((inside, 1), (make.administrator, 1), (make.service, 0), (make.secretariat, 0)):
        assert len(ok(reader.get("/meetings", params={"agency": "ILO"}), 200)["items"]) == seen
    for part in ("agenda", "attendances", "decisions", "action-points"):
        refused(make.service.get(f"/meetings/{shown['id']}/{part}"), 401, "unauthenticated")
        refused(make.secretariat.get(f"/meetings/{shown['id']}/{part}"), 404, "not_found")
