"""Who reads and writes a hand-over on which day: rights begin and end by themselves, and a draft is nobody else's business."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.handovers.test_handing_the_chair_over import note, path
from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture
def terms(make: Make) -> list[Json]:
    """FIRST, OLD (until in ten days), NEW and LAST chair one after another; the group gives its chairs five days."""
    for code in ("FIRST", "OLD", "NEW", "LAST", "IOM"):
        make.member(code)
    ok(make.secretariat.patch("/groups/tst", {"handover_days": 5}, headers={"if-match": '"1"'}), 200)
    days = {"FIRST": (-60, -21), "OLD": (-20, 10), "NEW": (11, 20), "LAST": (21, 25)}
    return [make.chair(code, starts_on=day(first), ends_on=day(last), note="As agreed.") for code, (first, last) in days.items()]


def move(monkeypatch: pytest.MonkeyPatch, offset: int) -> None:
    """To the last moment of a day so many days from today."""
    at(monkeypatch, datetime.combine(today() + timedelta(days=offset + 1), datetime.min.time(), UTC) - timedelta(microseconds=1))


def test_the_outgoing_chair_writes_from_so_many_days_before_its_end_to_so_many_after(
    make: Make, terms: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, secretariat = make.focal_point("OLD"), make.secretariat
    here = path(terms[1])
    for offset, allowed in ((4, False), (5, True), (10, True), (11, True), (15, True), (16, False)):
        move(monkeypatch, offset)
        version = ok(secretariat.get(here), 200)["version"]
        if allowed:
            assert ok(note(old, terms[1], f"On {offset}.", version), 200)["version"] == version + 1
        else:
            refusal = (409, "hand_over_not_open") if offset < 5 else (403, "forbidden")
            with make.unchanged():
                told = refused(note(old, terms[1], "No.", version), *refusal)
                refused(old.post(f"{here}/submit"), *refusal)
            if offset < 5:
                assert told["params"]["opens_on"] == ok(secretariat.get(here), 200)["opens_on"]
    with make.unchanged():
        refused(old.get(here), 404, "not_found")
    ok(note(secretariat, terms[1], "Late, by the secretariat.", 4), 200)
    assert ok(secretariat.post(f"{here}/submit"), 200)["state"] == "submitted"
    assert ok(old.get(here), 200)["state"] == "submitted"
    with make.unchanged():
        refused(old.post(f"{here}/withdraw", {"reason": "No."}), 403, "forbidden")


def test_the_secretariat_may_at_any_time(make: Make, terms: list[Json]) -> None:
    assert ok(make.secretariat.post(f"{path(terms[0])}/submit"), 200)["state"] == "submitted"
    assert ok(note(make.secretariat, terms[2], "Early."), 200)["state"] == "draft"


def test_the_incoming_chair_reads_the_draft_before_its_term_and_accepts_until_its_end(
    make: Make, terms: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, here = make.focal_point("NEW"), path(terms[1])
    assert ok(new.get(here), 200)["state"] == "draft"
    with make.unchanged():
        refused(note(new, terms[1], "No."), 403, "forbidden")
        refused(new.post(f"{here}/submit"), 403, "forbidden")
    ok(make.secretariat.post(f"{here}/submit"), 200)
    move(monkeypatch, 21)
    with make.unchanged():
        refused(new.post(f"{here}/accept"), 403, "forbidden")
    move(monkeypatch, 20)
    assert ok(new.post(f"{here}/accept"), 200)["state"] == "accepted"


def test_a_draft_is_hidden_from_everybody_else(make: Make, terms: list[Json]) -> None:
    ok(make.administrator.patch("/groups/tst", {"public": True}, headers={"if-match": '"2"'}), 200)
    make.a_group("oth")
    here = path(terms[1])
    ok(note(make.secretariat, terms[1], "Between us."), 200)
    others = [make.viewer, make.administrator, *(make.focal_point(code) for code in ("FIRST", "LAST", "IOM"))]
    for other in others:
        assert refused(other.get(here), 404, "not_found")["detail"].startswith("There is no such hand-over")
        assert ok(other.get("/hand-overs"), 200)["items"] == []
        assert "Between us." not in other.get("/changes", params={"limit": 500}).text
        assert "Between us." not in other.get(f"/chairmanships/{terms[1]['id']}/history").text
    outside = make.service.as_(make.token("secretariat", "oth"))
    ok(make.secretariat.post(f"{here}/submit"), 200)
    for other in others:
        assert ok(other.get(here), 200)["pack"]["note"] == "Between us."
    refused(outside.get(here), 404, "not_found")
    assert ok(outside.get("/hand-overs"), 200)["items"] == []
    refused(make.service.get(here), 401, "unauthenticated")
    refused(make.service.get("/hand-overs"), 401, "unauthenticated")
    ok(make.secretariat.post(f"{here}/withdraw", {"reason": "Not yet."}), 200)
    refused(make.viewer.get(here), 404, "not_found")
    assert ok(make.viewer.get("/hand-overs"), 200)["items"] == []


def test_everybody_is_told_which_terms_are_theirs_to_hand_over_and_take_over(
    make: Make, terms: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, old, new, last = (t["id"] for t in terms)

    def offices(code: str) -> tuple[bool, list[str], list[str]]:
        me = ok(make.focal_point(code).get("/me"), 200)
        return me["grants"][0]["chairing"], me["handing_over"], me["taking_over"]

    assert offices("FIRST") == (False, [], [])
    assert offices("OLD") == (True, [old], [first])
    assert offices("NEW") == (False, [], [old])
    assert offices("LAST") == (False, [], [new])
    move(monkeypatch, 11)
    assert offices("OLD") == (False, [old], [])
    assert offices("NEW") == (True, [new], [old])
    move(monkeypatch, 16)
    assert offices("OLD") == (False, [], [])
    ok(make.secretariat.post(f"/chairmanships/{new}/cancel", {"reason": "Withdrew."}), 200)
    assert offices("LAST") == (False, [], [old])
    assert last not in offices("LAST")[1]
