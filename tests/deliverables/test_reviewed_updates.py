"""Where a group reviews updates: a draft is its author's, what is submitted is locked, and what it claims counts once it is accepted."""

import pytest

from tests.client import Client
from tests.make import Json, Make, day, ok, refused

CLAIM = {"status": "in_progress", "percent": 60, "confidence": "at_risk", "narrative": "All chapters but two."}


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO", "UNDP"):
        make.member(code)
    ok(make.secretariat.patch("/groups/tst", {"updates": "reviewed"}, version=make.group["version"]), 200)
    found = make.deliverable(due="2090")
    make.lead(found, "IOM")
    make.lead(found, "ILO", role="contributor")
    return found


@pytest.fixture
def iom(make: Make, item: Json) -> Client:
    return make.focal_point("IOM")


def drafted(client: Client, item: Json, **values: object) -> Json:
    return ok(client.post(f"/deliverables/{item['id']}/updates", CLAIM | values))  # type: ignore[no-any-return]


def step(client: Client, update: Json, name: str, **body: str) -> Json:
    return ok(client.post(f"/updates/{update['id']}/{name}", body), 200)  # type: ignore[no-any-return]


def test_a_group_chooses_how_updates_count(make: Make) -> None:
    assert make.group["updates"] == "direct"
    assert make.a_group("rev", updates="reviewed")["updates"] == "reviewed"
    with make.unchanged():
        refused(make.secretariat.patch("/groups/tst", {"updates": "never"}, version=1), 422, "invalid")
        refused(make.viewer.patch("/groups/tst", {"updates": "reviewed"}, version=1), 403, "forbidden")
    assert ok(make.secretariat.patch("/groups/tst", {"updates": "reviewed"}, version=1), 200)["updates"] == "reviewed"


def test_a_direct_update_is_accepted_at_once(make: Make) -> None:
    update = ok(make.secretariat.post(f"/deliverables/{make.deliverable()['id']}/updates", {"percent": 5}))
    assert (update["state"], update["submitted_on"], update["reviewed_by"]) == ("accepted", None, None)
    with make.unchanged():
        assert step(make.secretariat, update, "accept") == update
        for name, body in (("submit", {}), ("return", {"note": "N"})):
            refused(make.secretariat.post(f"/updates/{update['id']}/{name}", body), 409, "wrong_state")
        refused(make.secretariat.patch(f"/updates/{update['id']}", {"percent": 6}, version=1), 409, "wrong_state")


def test_a_draft_claims_nothing_and_is_submitted_accepted_and_then_counts(make: Make, item: Json, iom: Client) -> None:
    address = f"/deliverables/{item['id']}"
    before = make.read(address)
    answer = iom.post(f"{address}/updates", CLAIM)
    update = ok(answer)
    assert answer.headers["location"] == f"/api/v1/updates/{update['id']}"
    assert (update["state"], update["agency"]["code"], update["reported_on"]) == ("draft", "IOM", day(0))
    amended = ok(iom.patch(f"/updates/{update['id']}", {"percent": 70, "blockers": "None."}, version=1), 200)
    submitted = step(iom, update, "submit")
    assert (submitted["state"], submitted["submitted_on"], submitted["percent"], submitted["reviewed_on"]) == (
        "submitted",
        day(0),
        70,
        None,
    )
    assert amended["blockers"] == submitted["blockers"] == "None."
    assert make.read(address) == before
    accepted = step(make.secretariat, update, "accept")
    assert (accepted["state"], accepted["reviewed_on"], accepted["review_note"]) == ("accepted", day(0), None)
    now = make.read(address)
    assert (now["status"], now["percent"], now["confidence"]) == ("in_progress", 70, "at_risk")
    with make.unchanged():
        assert step(make.secretariat, update, "accept") == accepted
    changes = make.read("/changes", operation="update:accept")["items"]
    assert sorted((c["entity"], c["reason"]) for c in changes) == [
        ("deliverable", "All chapters but two."), ("progress_update", "All chapters but two."),
    ]  # fmt: skip


def test_what_is_submitted_is_locked_for_its_author(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item)
    with make.unchanged():
        for name, body in (("accept", {}), ("return", {"note": "N"})):
            refused(make.secretariat.post(f"/updates/{update['id']}/{name}", body), 409, "wrong_state")
    submitted = step(iom, update, "submit")
    with make.unchanged():
        assert step(iom, update, "submit") == submitted
        for client in (iom, make.secretariat):
            problem = refused(client.patch(f"/updates/{update['id']}", {"percent": 1}, version=submitted["version"]), 409, "wrong_state")
            assert problem["params"] == {"what": "update", "state": "submitted", "allowed": "draft, returned"}


def test_what_is_returned_with_a_note_is_amended_and_submitted_again(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item)
    step(iom, update, "submit")
    with make.unchanged():
        refused(make.secretariat.post(f"/updates/{update['id']}/return", {}), 422, "invalid")
    returned = step(make.secretariat, update, "return", note="Which two?")
    assert (returned["state"], returned["review_note"], returned["reviewed_on"]) == ("returned", "Which two?", day(0))
    with make.unchanged():
        assert step(make.secretariat, update, "return", note="Which two?") == returned
        refused(make.secretariat.post(f"/updates/{update['id']}/return", {"note": "And when?"}), 409, "wrong_state")
        refused(make.secretariat.post(f"/updates/{update['id']}/accept"), 409, "wrong_state")
    ok(iom.patch(f"/updates/{update['id']}", {"narrative": "All but 3 and 4."}, version=returned["version"]), 200)
    again = step(iom, update, "submit")
    assert (again["state"], again["review_note"], again["reviewed_by"]) == ("submitted", None, None)
    assert step(make.secretariat, update, "accept")["state"] == "accepted"
    history = make.read(f"/deliverables/{item['id']}/history", entity="progress_update")["items"]
    assert [(h["operation"], h["reason"]) for h in history] == [
        ("update:post", None), ("update:submit", None), ("update:return", "Which two?"), ("update:amend", None), ("update:submit", None),
        ("update:accept", "All but 3 and 4."),
    ]  # fmt: skip


def test_a_draft_is_seen_by_its_author_s_agency_and_the_secretariat_only(make: Make, item: Json, iom: Client) -> None:
    """Not in a list, a count, an item, a history or the change feed; and to others it cannot be told from one that is not there."""
    address, ilo = f"/deliverables/{item['id']}", make.focal_point("ILO")
    chair = make.chair("UNDP", starts_on=day(-10), ends_on=day(10), note="n")
    undp, only = make.focal_point("UNDP"), {"entity": "progress_update"}
    update, by_secretariat = drafted(iom, item), drafted(make.secretariat, item)
    ok(iom.patch(f"/updates/{update['id']}", {"narrative": "Kanarienvogel"}, version=1), 200)
    both = [by_secretariat["id"], update["id"]]
    seen = [(iom, [update["id"]]), (make.secretariat, both), (ilo, []), (undp, []), (make.viewer, []), (make.administrator, [])]
    for client, ids in seen:
        for path in ("/updates", f"{address}/updates"):
            page = ok(client.get(path, params={"count": "true"}), 200)
            assert ([u["id"] for u in page["items"]], page["total"]) == (ids, len(ids))
        for path in ("/changes", f"{address}/history"):
            told = ok(client.get(path, params=only), 200)["items"]
            assert {c["id"] for c in told} == set(ids), path
            assert ("Kanarienvogel" in str(told)) == (update["id"] in ids)
        for one in both:
            if one in ids:
                assert ok(client.get(f"/updates/{one}"), 200)["state"] == "draft"
                continue
            refused(client.get(f"/updates/{one}"), 404, "not_found")
            with make.unchanged():
                hidden, missing = (refused(client.post(f"/updates/{i}/submit"), 404, "not_found") for i in (one, "none"))
                assert hidden["detail"] == missing["detail"]
                refused(client.patch(f"/updates/{one}", {"percent": 1}, version=2), 404, "not_found")
                refused(client.post(f"/updates/{one}/accept"), 404, "not_found")
    refused(make.service.get(f"/updates/{update['id']}"), 404, "not_found")
    assert make.service.get("/updates").json()["items"] == []
    step(iom, update, "submit")
    for client in (ilo, undp, make.viewer, make.administrator):
        assert [u["id"] for u in ok(client.get("/updates", params={"state": "submitted"}), 200)["items"]] == [update["id"]]
        (change,) = ok(client.get(f"{address}/history", params=only), 200)["items"]
        assert (change["operation"], change["fields"]["state"]) == ("update:submit", ["draft", "submitted"])
    assert chair["state"] == "confirmed"
    refused(make.viewer.get("/updates", params={"confided": "x"}), 422, "unknown_parameter")
    refused(make.viewer.get("/changes", params={"confided": "x"}), 422, "unknown_parameter")


def test_a_draft_of_the_past_is_as_confidential_as_one_of_today(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item)
    then = make.read("/changes", entity="progress_update")["items"][-1]["at"]
    step(iom, update, "submit")
    for client, ids in ((iom, [update["id"]]), (make.secretariat, [update["id"]]), (make.viewer, []), (make.focal_point("ILO"), [])):
        past = ok(client.get(f"/deliverables/{item['id']}/updates", params={"known_at": then}), 200)["items"]
        assert [(u["id"], u["state"]) for u in past] == [(one, "draft") for one in ids]
        if not ids:
            refused(client.get(f"/updates/{update['id']}", params={"known_at": then}), 404, "not_found")


def test_rights_of_one_group_show_no_draft_of_another(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item)
    make.a_group("oth")
    for token in (make.token("secretariat", "oth"), make.token("focal_point", "oth", "IOM")):
        stranger = make.service.as_(token)
        assert ok(stranger.get("/updates"), 200)["items"] == []
        refused(stranger.get(f"/updates/{update['id']}"), 404, "not_found")
        assert [c for c in ok(stranger.get("/changes"), 200)["items"] if c["entity"] == "progress_update"] == []


def test_the_secretariat_the_chair_and_the_body_s_chair_review(make: Make, item: Json, iom: Client) -> None:
    group = make.working_group()
    ok(make.secretariat.post(f"/working-groups/{group['id']}/participations", {"agency": "FAO", "role": "chair"}))
    ok(
        make.secretariat.patch(
            f"/deliverables/{item['id']}", {"body": group["id"]}, version=make.read(f"/deliverables/{item['id']}")["version"]
        ),
        200,
    )
    make.chair("UNDP", starts_on=day(-10), ends_on=day(10), note="n")
    for reviewer in (make.focal_point("UNDP"), make.focal_point("FAO"), make.secretariat):
        update = drafted(iom, item)
        step(iom, update, "submit")
        with make.unchanged():
            for client in (iom, make.focal_point("ILO"), make.viewer, make.administrator):
                for name, body in (("accept", {}), ("return", {"note": "N"})):
                    refused(client.post(f"/updates/{update['id']}/{name}", body), 403, "forbidden")
            refused(make.service.post(f"/updates/{update['id']}/accept"), 401, "unauthenticated")
        assert step(reviewer, update, "return", note="N")["state"] == "returned"
        step(iom, update, "submit")
        assert step(reviewer, update, "accept")["state"] == "accepted"


def test_a_claim_that_is_no_longer_legal_is_refused_with_its_rule_and_nothing_changes(make: Make, item: Json, iom: Client) -> None:
    address = f"/deliverables/{item['id']}"
    update, held = drafted(iom, item), drafted(iom, item, status="not_started")
    for one in (update, held):
        step(iom, one, "submit")
    (part,) = make.read(f"{address}/assignments", role="lead")["items"]
    ok(make.secretariat.post(f"/assignments/{part['id']}/end", {"reason": "R", "ends_on": day(-1)}), 200)
    with make.unchanged():
        refused(make.secretariat.post(f"/updates/{update['id']}/accept"), 409, "lead_required")
    ok(make.secretariat.post(f"{address}/hold", {"reason": "R"}), 200)
    with make.unchanged():
        for one in (update, held):
            refused(make.secretariat.post(f"/updates/{one['id']}/accept"), 409, "wrong_state")
    ok(make.secretariat.post(f"{address}/cancel", {"reason": "R"}), 200)
    with make.unchanged():
        refused(make.secretariat.post(f"/updates/{held['id']}/accept"), 409, "wrong_state")
    assert step(make.secretariat, held, "return", note="It was cancelled.")["state"] == "returned"


def test_what_could_not_be_accepted_is_not_submitted(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item, status="on_hold")
    with make.unchanged():
        refused(iom.post(f"/updates/{update['id']}/submit"), 409, "wrong_state")
    ok(make.secretariat.post(f"/deliverables/{item['id']}/cancel", {"reason": "R"}), 200)
    with make.unchanged():
        refused(iom.post(f"/updates/{update['id']}/submit"), 409, "wrong_state")
        refused(iom.post(f"/deliverables/{item['id']}/updates", CLAIM), 409, "wrong_state")


def test_a_contributor_tells_and_claims_nothing_by_no_way(make: Make, item: Json) -> None:
    ilo = make.focal_point("ILO")
    address = f"/deliverables/{item['id']}/updates"
    with make.unchanged():
        refused(ilo.post(address, CLAIM), 403, "forbidden")
        refused(make.focal_point("FAO").post(address, {"narrative": "N"}), 403, "forbidden")
    update = ok(ilo.post(address, {"narrative": "Our chapter is done."}))
    with make.unchanged():
        refused(ilo.patch(f"/updates/{update['id']}", {"percent": 100}, version=1), 403, "forbidden")
    assert ok(ilo.patch(f"/updates/{update['id']}", {"narrative": "It is done."}, version=1), 200)["version"] == 2
    assert step(ilo, update, "submit")["state"] == "submitted"
    assert step(make.secretariat, update, "accept")["percent"] is None


def test_who_has_lost_its_part_submits_no_claim(make: Make, item: Json, iom: Client) -> None:
    update = drafted(iom, item)
    (part,) = make.read(f"/deliverables/{item['id']}/assignments", role="lead")["items"]
    ok(make.secretariat.post(f"/assignments/{part['id']}/end", {"reason": "R", "ends_on": day(-1)}), 200)
    with make.unchanged():
        refused(iom.post(f"/updates/{update['id']}/submit"), 403, "forbidden")
        refused(iom.patch(f"/updates/{update['id']}", {"percent": 1}, version=1), 403, "forbidden")


def test_where_the_group_has_turned_to_direct_updates_a_draft_counts_when_it_is_submitted(make: Make, item: Json, iom: Client) -> None:
    update, waiting = drafted(iom, item), drafted(iom, item, percent=80)
    step(iom, waiting, "submit")
    ok(make.secretariat.patch("/groups/tst", {"updates": "direct"}, version=make.read("/groups/tst")["version"]), 200)
    assert step(iom, update, "submit")["state"] == "accepted"
    assert make.read(f"/deliverables/{item['id']}")["percent"] == 60
    assert step(make.secretariat, waiting, "accept")["state"] == "accepted"
    assert make.read(f"/deliverables/{item['id']}")["percent"] == 80


def test_nothing_new_needs_no_review(make: Make, item: Json, iom: Client) -> None:
    ok(iom.post(f"/deliverables/{item['id']}/confirm"), 200)
    (update,) = make.read(f"/deliverables/{item['id']}/updates")["items"]
    assert (update["kind"], update["state"], update["agency"]["code"]) == ("nothing_new", "accepted", "IOM")
