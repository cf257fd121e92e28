"""From the note to the acceptance: a draft of today, a frozen pack, and what is final."""

import hashlib
import json
from typing import Any

import pytest

from tests.client import Client
from tests.make import Json, Make, day, ok, refused


@pytest.fixture
def terms(make: Make) -> tuple[Json, Json]:
    """OLD chairs until in ten days, NEW from then on; the group has worked for a while."""
    for code in ("OLD", "NEW", "IOM"):
        make.member(code)
    old = make.chair("OLD", starts_on=day(-355), ends_on=day(10), note="As agreed.", theme="Youth")
    new = make.chair("NEW", starts_on=day(11), ends_on=day(375), note="As agreed.")
    return old, new


def path(term: Json) -> str:
    return f"/chairmanships/{term['id']}/hand-over"


def note(client: Client, term: Json, text: str | None, version: int = 0) -> Any:
    return client.patch(path(term), {"note": text}, headers={"if-match": f'"{version}"'})


def submitted(make: Make, term: Json) -> Json:
    return ok(make.secretariat.post(f"{path(term)}/submit"), 200)  # type: ignore[no-any-return]


def verified(found: Json) -> bool:
    text = json.dumps(found["pack"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest() == str(found["digest"])


def test_a_draft_is_there_before_anybody_has_begun_it(make: Make, terms: tuple[Json, Json]) -> None:
    with make.unchanged():
        found = make.read(path(terms[0]))
    assert (found["id"], found["version"], found["state"], found["digest"], found["flags"]) == (None, 0, "draft", None, [])
    assert (found["outgoing"]["id"], found["incoming"]["id"]) == (terms[0]["id"], terms[1]["id"])
    assert (found["opens_on"], found["closes_on"]) == (day(-20), day(40))
    assert (found["outgoing"]["theme"], found["outgoing"]["holders"][0]["agency"]["code"]) == ("Youth", "OLD")
    assert found["pack"]["as_of"] == day(0)
    assert found["pack"]["calendar"] == [{"on": day(375), "kind": "chair_ends", "thing": None}]


def test_it_begins_with_the_chairs_note_and_is_versioned(make: Make, terms: tuple[Json, Json]) -> None:
    old = make.focal_point("OLD")
    with make.unchanged():
        refused(old.patch(path(terms[0]), {"note": "N"}), 428, "precondition_required")
        refused(note(old, terms[0], "N", version=1), 412, "stale_version")
        assert ok(old.patch(path(terms[0]), {}, headers={"if-match": '"0"'}), 200)["id"] is None
    begun = ok(note(old, terms[0], "Mind the survey."), 200)
    assert (begun["version"], begun["state"], begun["pack"]["note"]) == (1, "draft", "Mind the survey.")
    with make.unchanged():
        refused(note(old, terms[0], "N"), 412, "stale_version")
    assert ok(note(old, terms[0], None, version=1), 200)["pack"]["note"] is None
    first, second = make.read("/changes", entity="hand_over")["items"]
    assert (first["action"], first["operation"], first["on_behalf_of"]) == ("created", "hand_over:amend", None)
    assert (first["fields"]["note"], second["fields"]) == ([None, "(personal)"], {"note": ["(personal)", None]})
    assert [c["id"] for c in make.read(f"/chairmanships/{terms[0]['id']}/history")["items"]][-2:] == [begun["id"], begun["id"]]


def test_the_secretariat_writes_and_submits_on_behalf_of_the_outgoing_chair(make: Make, terms: tuple[Json, Json]) -> None:
    ok(note(make.secretariat, terms[0], "N"), 200)
    submitted(make, terms[0])
    ok(make.secretariat.post(f"{path(terms[0])}/withdraw", {"reason": "A mistake."}), 200)
    assert [c["on_behalf_of"]["code"] for c in make.read("/changes", entity="hand_over")["items"]] == ["OLD"] * 3


def test_submitting_freezes_the_pack_and_hashes_it(make: Make, terms: tuple[Json, Json]) -> None:
    d = make.deliverable("D1", due=day(-5))
    make.lead(d, "IOM")
    old = make.focal_point("OLD")
    ok(note(old, terms[0], "Zürich: mind the survey “here”."), 200)
    before = make.read(path(terms[0]))
    found = ok(old.post(f"{path(terms[0])}/submit"), 200)
    assert (found["state"], found["submitted_on"], found["submitted_by"]) == ("submitted", day(0), ok(old.get("/me"), 200)["id"])
    assert found["pack"] == before["pack"]
    assert verified(found)
    ok(make.secretariat.patch(f"/deliverables/{d['id']}", {"title": "Another"}, headers={"if-match": '"1"'}), 200)
    make.delivered(d)
    make.deliverable("D2")
    again = make.read(path(terms[0]))
    assert (again["pack"], again["digest"], again["version"]) == (found["pack"], found["digest"], found["version"])
    with make.unchanged():
        assert ok(old.post(f"{path(terms[0])}/submit"), 200)["digest"] == found["digest"]
        refused(note(old, terms[0], "Later.", version=found["version"]), 409, "wrong_state")


def test_without_a_note_it_begins_with_its_submission(make: Make, terms: tuple[Json, Json]) -> None:
    found = submitted(make, terms[0])
    assert (found["version"], found["pack"]["note"], verified(found)) == (1, None, True)
    (change,) = make.read("/changes", entity="hand_over")["items"]
    assert (change["action"], change["operation"], change["fields"]["digest"]) == ("created", "hand_over:submit", [None, found["digest"]])


def test_nobody_is_there_to_take_over_from_the_last_chair(make: Make, terms: tuple[Json, Json]) -> None:
    with make.unchanged():
        refused(make.secretariat.post(f"{path(terms[1])}/submit"), 409, "no_incoming_chair")
    draft = ok(note(make.secretariat, terms[1], "The group is dissolved."), 200)
    assert (draft["incoming"], draft["pack"]["incoming"], draft["pack"]["calendar"]) == (None, None, [])
    make.chair("IOM", starts_on=day(400), ends_on=day(500), state="nominated", note="Short.")
    with make.unchanged():
        refused(make.secretariat.post(f"{path(terms[1])}/submit"), 409, "no_incoming_chair")


def test_taking_it_back_needs_a_reason_and_opens_it_again(make: Make, terms: tuple[Json, Json]) -> None:
    old, here = make.focal_point("OLD"), path(terms[0])
    with make.unchanged():
        assert ok(old.post(f"{here}/withdraw", {"reason": "Too early."}), 200)["state"] == "draft"
    ok(note(old, terms[0], "N"), 200)
    first = submitted(make, terms[0])
    with make.unchanged():
        assert old.post(f"{here}/withdraw").status_code == 422
    back = ok(old.post(f"{here}/withdraw", {"reason": "The figures are missing."}), 200)
    assert (back["state"], back["digest"], back["submitted_on"], back["pack"]["note"]) == ("draft", None, None, "N")
    ok(note(old, terms[0], "With figures.", version=back["version"]), 200)
    second = submitted(make, terms[0])
    assert second["pack"]["note"] == "With figures."
    assert second["digest"] != first["digest"]
    (withdrawn,) = make.read("/changes", operation="hand_over:withdraw")["items"]
    assert (withdrawn["reason"], withdrawn["fields"]["pack"]) == ("The figures are missing.", [first["pack"], None])


def test_accepting_it_is_final(make: Make, terms: tuple[Json, Json]) -> None:
    old, new, here = make.focal_point("OLD"), make.focal_point("NEW"), path(terms[0])
    with make.unchanged():
        refused(new.post(f"{here}/accept"), 409, "wrong_state")
    found = submitted(make, terms[0])
    taken = ok(new.post(f"{here}/accept"), 200)
    assert (taken["state"], taken["accepted_on"], taken["accepted_by"]) == ("accepted", day(0), ok(new.get("/me"), 200)["id"])
    assert (taken["on_behalf_of"], taken["evidence"], taken["pack"], taken["digest"]) == (None, None, found["pack"], found["digest"])
    with make.unchanged():
        assert ok(new.post(f"{here}/accept"), 200) == taken
        assert ok(old.post(f"{here}/submit"), 200)["state"] == "accepted"
        refused(old.post(f"{here}/withdraw", {"reason": "No."}), 409, "wrong_state")
        refused(note(old, terms[0], "No.", version=2), 409, "wrong_state")


def test_what_a_term_handed_over_that_is_cancelled_since_is_not_accepted(make: Make, terms: tuple[Json, Json]) -> None:
    submitted(make, terms[0])
    ok(make.secretariat.post(f"/chairmanships/{terms[0]['id']}/cancel", {"reason": "Agreed otherwise."}), 200)
    with make.unchanged():
        refused(make.secretariat.post(f"{path(terms[0])}/accept", make.by_proxy("NEW")), 409, "wrong_state")


def test_accepting_by_proxy_names_a_holder_and_rests_on_something(make: Make, terms: tuple[Json, Json]) -> None:
    submitted(make, terms[0])
    here, proxy = f"{path(terms[0])}/accept", make.by_proxy("NEW")
    with make.unchanged():
        refused(make.secretariat.post(here), 422, "evidence_required")
        refused(make.secretariat.post(here, {"evidence": proxy["evidence"]}), 422, "on_behalf_of_another")
        refused(make.secretariat.post(here, make.by_proxy("OLD")), 422, "on_behalf_of_another")
        refused(make.secretariat.post(here, make.by_proxy("NOBODY")), 422, "unknown_reference")
        refused(make.focal_point("IOM").post(here, proxy), 403, "forbidden")
    taken = ok(make.secretariat.post(here, proxy), 200)
    assert (taken["on_behalf_of"]["code"], taken["evidence"]) == ("NEW", proxy["evidence"])
    (change,) = make.read("/changes", operation="hand_over:accept")["items"]
    assert change["on_behalf_of"]["code"] == "NEW"


def test_a_constituency_speaks_through_the_agency_that_coordinates(make: Make) -> None:
    for code in ("ECA", "ESCAP"):
        make.agency(code)
    make.agency("UN-RC", kind="constituency", constituents=["ECA", "ESCAP"])
    make.member("UN-RC")
    make.member("OLD")
    old = make.chair("OLD", starts_on=day(-100), ends_on=day(-1), note="Short.")
    body = {
        "group": "tst",
        "state": "confirmed",
        "starts_on": day(0),
        "ends_on": day(100),
        "note": "Short.",
        "holders": [{"agency": "UN-RC", "coordinator": "ESCAP"}],
    }
    ok(make.secretariat.post("/chairmanships", body))
    submitted(make, old)
    with make.unchanged():
        refused(make.focal_point("ECA").post(f"{path(old)}/accept"), 403, "forbidden")
    assert ok(make.focal_point("ESCAP").post(f"{path(old)}/accept"), 200)["state"] == "accepted"


def test_what_changes_about_the_terms_after_submission_shows(make: Make, terms: tuple[Json, Json]) -> None:
    found = submitted(make, terms[0])
    assert found["flags"] == []

    def flags() -> Any:
        return make.read(path(terms[0]))["flags"]

    def amend(term: Json, version: int, **changes: Any) -> None:
        headers = {"if-match": f'"{version}"'}
        ok(make.secretariat.patch(f"/chairmanships/{term['id']}", changes, headers=headers), 200)

    amend(terms[0], 1, ends_on=day(9))
    assert flags() == ["outgoing_moved"]
    amend(terms[1], 1, starts_on=day(15))
    assert flags() == ["outgoing_moved", "incoming_moved"]
    amend(terms[0], 2, ends_on=day(10))
    amend(terms[1], 2, starts_on=day(11))
    assert flags() == []
    ok(make.secretariat.post(f"/chairmanships/{terms[1]['id']}/cancel", {"reason": "Withdrew."}), 200)
    assert flags() == ["successor_changed"]
    with make.unchanged():
        refused(make.secretariat.post(f"{path(terms[0])}/accept", make.by_proxy("NEW")), 409, "successor_changed")
    make.chair("IOM", starts_on=day(11), ends_on=day(100), note="Instead.")
    with make.unchanged():
        refused(make.focal_point("IOM").post(f"{path(terms[0])}/accept"), 409, "successor_changed")
    ok(make.secretariat.post(f"{path(terms[0])}/withdraw", {"reason": "For another chair."}), 200)
    again = submitted(make, terms[0])
    assert (again["flags"], again["pack"]["incoming"]["holders"][0]["agency"]["code"]) == ([], "IOM")
    assert ok(make.focal_point("IOM").post(f"{path(terms[0])}/accept"), 200)["state"] == "accepted"


def test_only_a_confirmed_term_is_handed_over(make: Make, terms: tuple[Json, Json]) -> None:
    nominated = make.chair("IOM", starts_on=day(400), ends_on=day(500), state="nominated", note="Short.")
    with make.unchanged():
        for send in (lambda: note(make.secretariat, nominated, "N"), lambda: make.secretariat.post(f"{path(nominated)}/submit")):
            assert refused(send(), 409, "wrong_state")["params"]["allowed"] == "confirmed"
        refused(make.secretariat.get(path(nominated)), 404, "not_found")
    submitted(make, terms[0])
    ok(make.secretariat.post(f"/chairmanships/{terms[0]['id']}/cancel", {"reason": "Withdrew."}), 200)
    assert make.read(path(terms[0]))["flags"] == ["outgoing_moved"]


def test_the_list_shows_what_was_submitted_in_the_order_of_the_terms(make: Make, terms: tuple[Json, Json]) -> None:
    make.chair("IOM", starts_on=day(376), ends_on=day(400), note="Short.")
    earlier = make.chair("IOM", starts_on=day(-500), ends_on=day(-400), note="Short.")
    ok(note(make.secretariat, terms[1], "A draft."), 200)
    submitted(make, terms[0])
    submitted(make, earlier)
    ok(make.secretariat.post(f"{path(earlier)}/accept", make.by_proxy("OLD")), 200)
    found = ok(make.viewer.get("/hand-overs", params={"group": "tst"}), 200)["items"]
    assert [(one["outgoing"]["id"], one["state"]) for one in found] == [(earlier["id"], "accepted"), (terms[0]["id"], "submitted")]
    assert "pack" not in found[0]
    assert len(ok(make.viewer.get("/hand-overs", params={"state": "accepted"}), 200)["items"]) == 1
    refused(make.viewer.get("/hand-overs", params={"shared": ""}), 422, "unknown_parameter")
    refused(make.viewer.get("/hand-overs", params={"state": "draft"}), 422, "unknown_parameter")


def test_two_who_begin_it_at_once_do_not_both(make: Make, terms: tuple[Json, Json]) -> None:
    answers = [note(make.secretariat, terms[0], text).status_code for text in ("One.", "Two.")]
    assert answers == [200, 412]
    assert make.read(path(terms[0]))["pack"]["note"] == "One."
