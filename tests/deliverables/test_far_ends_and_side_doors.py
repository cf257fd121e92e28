"""Rules that hold at every door: a move is checked at its far end, and two writes at once do not slip past each other."""

import pytest

from tests.make import Json, Make, ok, refused


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    for code in ("ILO", "IOM"):
        make.member(code)


def chaired(make: Make, code: str, by: str) -> Json:
    body = make.working_group(code)
    ok(make.secretariat.post(f"/working-groups/{body['id']}/participations", {"agency": by, "role": "chair", "starts_on": "2020-01-01"}))
    return body


def test_whoever_chairs_a_body_adds_to_its_streams_only(make: Make) -> None:
    own, other = chaired(make, "WG-1", "IOM"), chaired(make, "WG-2", "ILO")
    plan = make.plan()
    mine, theirs, free = (make.stream(plan, code, body=body and body["id"]) for code, body in (("1", own), ("2", other), ("3", None)))
    iom = make.focal_point("IOM")
    with make.unchanged():
        for stream in (theirs, free):
            for body in ({}, {"body": own["id"]}):
                refused(iom.post("/deliverables", {"stream": stream["id"], "code": "D", "title": "D"} | body), 403, "forbidden")
        refused(iom.post("/deliverables", {"stream": mine["id"], "code": "D", "title": "D", "body": other["id"]}), 403, "forbidden")
    item = ok(iom.post("/deliverables", {"stream": mine["id"], "code": "D", "title": "D"}))
    with make.unchanged():
        for move in ({"stream": theirs["id"]}, {"body": other["id"]}, {"stream": theirs["id"], "body": own["id"]}):
            refused(iom.patch(f"/deliverables/{item['id']}", move, version=1), 403, "forbidden")
    assert ok(iom.patch(f"/deliverables/{item['id']}", {"body": None}, version=1), 200)["body"]["code"] == "WG-1"


def test_a_body_does_not_close_over_what_is_added_at_that_moment(make: Make) -> None:
    """Two rows of two tables: only the order of a group's writes keeps this rule on PostgreSQL."""
    for i in range(6):
        force = make.task_force(f"TF-{i}")
        new = {"stream": make.default_stream["id"], "code": f"D{i}", "title": "D", "body": force["id"]}
        added, closed = make.secretariat.at_once(
            lambda new=new: make.secretariat.post("/deliverables", new),
            lambda force=force: make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "Done."}),
        )
        assert sorted((added.status_code, closed.status_code)) in ([200, 409], [201, 409])


def test_two_bodies_do_not_become_each_others_parents(make: Make) -> None:
    one, two = make.working_group("WG-1"), make.working_group("WG-2")
    answers = make.secretariat.at_once(
        lambda: make.secretariat.patch(f"/working-groups/{one['id']}", {"parent": two["id"]}, version=1),
        lambda: make.secretariat.patch(f"/working-groups/{two['id']}", {"parent": one["id"]}, version=1),
    )
    assert sorted(a.status_code for a in answers) == [200, 422]


def test_a_member_does_not_become_a_founding_one_by_the_back_door(make: Make) -> None:
    founder = make.member("FAO")
    with make.unchanged():
        refused(
            make.secretariat.patch(f"/groups/tst/members/{founder['id']}", {"starts_on": "2015-01-01"}, version=1), 422, "decision_required"
        )
        refused(make.secretariat.patch("/groups/tst", {"established_on": "2020-01-01"}, version=1), 403, "forbidden")
    changed = {"starts_on": "2015-01-01", "decision": make.decision()["id"]}
    assert ok(make.secretariat.patch(f"/groups/tst/members/{founder['id']}", changed, version=1), 200)["decision"]
    ok(make.administrator.patch("/groups/tst", {"established_on": "2009-01-01"}, version=1), 200)


def test_a_part_is_accepted_by_who_was_a_member_on_its_first_day(make: Make) -> None:
    gone = make.member("FAO")
    part = make.asked(make.deliverable(), "FAO", starts_on="2021-01-01")
    ok(make.secretariat.patch(f"/groups/tst/members/{gone['id']}", {"ends_on": "2020-12-31"}, version=1), 200)
    with make.unchanged():
        refused(make.focal_point("FAO").post(f"/assignments/{part['id']}/accept"), 422, "not_a_member")
