"""Streams and their outputs: where they hang, who owns and who leads them."""

import pytest

from tests.make import Make, ok, refused


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    make.member("IOM")
    make.member("UNU", role="observer")


def test_a_stream_is_owned_by_a_body_and_led_by_a_member(make: Make) -> None:
    plan, body = make.plan(), make.working_group()
    address = f"/workplans/{plan['id']}/streams"
    ended = make.working_group("WG-2")
    ok(make.secretariat.post(f"/working-groups/{ended['id']}/close", {"outcome": "Done."}), 200)
    with make.unchanged():
        refused(make.secretariat.post(address, {"code": "1", "title": "T", "lead": "UNU"}), 422, "not_a_member")
        refused(make.secretariat.post(address, {"code": "1", "title": "T", "lead": "NOBODY"}), 422, "unknown_reference")
        refused(make.secretariat.post(address, {"code": "1", "title": "T", "body": "none"}), 422, "unknown_reference")
        refused(make.secretariat.post(address, {"code": "1", "title": "T", "body": ended["id"]}), 409, "wrong_state")
        refused(make.viewer.post(address, {"code": "1", "title": "T"}), 403, "forbidden")
    stream = ok(make.secretariat.post(address, {"code": "1", "title": "T", "goal": "G", "body": body["id"], "lead": "iom"}))
    assert (stream["body"]["code"], stream["lead"]["code"], stream["position"], stream["workplan"]["id"]) == ("WG-1", "IOM", 1, plan["id"])
    with make.unchanged():
        refused(make.secretariat.post(address, {"code": "1", "title": "T"}), 409, "stream_code_taken")
        refused(make.secretariat.patch(f"/streams/{stream['id']}", {"lead": "UNU"}, version=stream["version"]), 422, "not_a_member")
        refused(make.secretariat.patch(f"/streams/{stream['id']}", {"lead": None}), 428, "precondition_required")
    after = ok(
        make.secretariat.patch(f"/streams/{stream['id']}", {"lead": None, "body": None, "code": "1"}, version=stream["version"]), 200
    )
    assert (after["lead"], after["body"], after["title"]) == (None, None, "T")


def test_an_output_hangs_on_a_stream_of_the_same_plan(make: Make) -> None:
    plan, other = make.plan("P1"), make.plan("P2")
    one, two, foreign = make.stream(plan, "1"), make.stream(plan, "2"), make.stream(other, "1")
    address = f"/workplans/{plan['id']}/streams"
    output = ok(make.secretariat.post(address, {"code": "1.1", "title": "Output", "parent": one["id"]}))
    assert output["parent"]["code"] == "1"
    with make.unchanged():
        for parent in (foreign["id"], output["id"], "none"):
            problem = refused(make.secretariat.post(address, {"code": "9", "title": "T", "parent": parent}), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == "/parent"
        for stream, parent in ((two, foreign), (two, output), (two, two), (one, two)):
            answer = make.secretariat.patch(f"/streams/{stream['id']}", {"parent": parent["id"]}, version=stream["version"])
            refused(answer, 422, "unknown_reference")
    moved = ok(make.secretariat.patch(f"/streams/{output['id']}", {"parent": two["id"]}, version=output["version"]), 200)
    assert moved["parent"]["code"] == "2"
    assert ok(make.secretariat.patch(f"/streams/{output['id']}", {"parent": None}, version=moved["version"]), 200)["parent"] is None
    item = make.deliverable("D1", output)
    assert item["stream"]["code"] == "1.1"


def test_a_body_of_another_group_is_unknown(make: Make) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    foreign = ok(other.post("/working-groups", {"group": "oth", "code": "WG", "name": "Theirs"}))
    plan, stream = make.plan("P1"), make.stream()
    with make.unchanged():
        refused(
            make.secretariat.post(f"/workplans/{plan['id']}/streams", {"code": "9", "title": "T", "body": foreign["id"]}),
            422,
            "unknown_reference",
        )
        refused(
            make.secretariat.patch(f"/streams/{stream['id']}", {"body": foreign["id"]}, version=stream["version"]), 422, "unknown_reference"
        )


def test_a_code_is_taken_in_its_own_plan_only(make: Make) -> None:
    plan, other = make.plan("P1"), make.plan("P2")
    make.stream(plan, "1")
    second = make.stream(plan, "2")
    make.stream(other, "1")
    with make.unchanged():
        refused(make.secretariat.patch(f"/streams/{second['id']}", {"code": "1"}, version=second["version"]), 409, "stream_code_taken")


def test_streams_are_listed_in_their_order(make: Make) -> None:
    plan = make.plan("P1")
    body = make.working_group()
    for code, values in (("a", {"position": 3}), ("b", {"position": 1, "lead": "IOM"}), ("c", {"body": body["id"]})):
        make.stream(plan, code, **values)
    make.stream(make.plan("P2"), "z", position=0)

    def codes(path: str = "/streams", **params: str) -> list[str]:
        return [s["code"] for s in make.read(path, **params)["items"]]

    assert codes(f"/workplans/{plan['id']}/streams", sort="position,code") == ["b", "a", "c"]
    assert codes(workplan=plan["id"], sort="-code") == ["c", "b", "a"]
    assert codes(agency="IOM") == ["b"]
    assert codes(body=body["id"]) == ["c"]
    assert codes(q="stream Z") == ["z"]
    refused(make.secretariat.get("/workplans/none/streams"), 404, "not_found")
    refused(make.secretariat.get("/streams/none"), 404, "not_found")
