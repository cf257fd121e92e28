"""Every change once, in order, with who and why; followed by a reader who asks again, and seen by those it concerns."""

from typing import Any

import pytest

from tests.make import Make, ok, refused
from tests.world import world


def feed(client: Any, **params: Any) -> list[dict[str, Any]]:
    return ok(client.get("/changes", params=params), 200)["items"]  # type: ignore[no-any-return]


def test_it_is_followed_from_the_beginning_without_a_hole_or_a_repeat(make: Make) -> None:
    world(make)
    whole = ok(make.administrator.get("/changes", params={"limit": 500}), 200)
    seqs = [c["seq"] for c in whole["items"]]
    assert seqs == sorted(set(seqs))
    assert whole["next_after"] == seqs[-1]
    followed, after = [], 0
    while page := ok(make.administrator.get("/changes", params={"after": after, "limit": 7}), 200):
        if not page["items"]:
            break
        followed += page["items"]
        after = page["next_after"]
    assert followed == whole["items"]
    assert page == {"items": [], "next_after": seqs[-1]}
    assert ok(make.administrator.get("/changes", params={"after": 10**12}), 200) == {"items": [], "next_after": 10**12}


def test_two_writers_leave_no_hole_for_a_reader_who_follows(make: Make) -> None:
    """What a reader has passed never fills up behind it."""
    item, other = make.deliverable("D1"), make.deliverable("D2")
    secretariat = make.secretariat
    followed: list[int] = []
    after = make.read("/changes", limit=500)["next_after"]

    def write(id: str) -> Any:
        return [secretariat.post(f"/deliverables/{id}/updates", {"percent": n}) for n in range(12)][-1]

    def follow() -> Any:
        nonlocal after
        while len(followed) < 48:
            answer = secretariat.get("/changes", params={"after": after})
            followed.extend(c["seq"] for c in answer.json()["items"])
            after = answer.json()["next_after"]
        return answer

    secretariat.at_once(lambda: write(item["id"]), lambda: write(other["id"]), follow)
    assert followed == sorted(followed)
    written = [c["seq"] for c in feed(secretariat, operation="update:post", limit=500)]
    assert followed == written
    assert len(written) == 48


def test_a_change_tells_who_what_why_and_on_whose_behalf(make: Make) -> None:
    make.member("IOM")
    item = make.deliverable()
    part = make.asked(item, "IOM")
    ok(make.secretariat.post(f"/assignments/{part['id']}/decline", {"reason": "funding", "note": "No funds."} | make.by_proxy("IOM")), 200)
    make.delivered(item)
    decided = make.decided(code="2024/1")
    ok(make.secretariat.post(f"/deliverables/{item['id']}/reopen", {"reason": "A chapter is missing."} | decided), 200)
    (declined,) = feed(make.viewer, operation="assignment:decline")
    assert (declined["on_behalf_of"]["code"], declined["reason"], declined["entity"], declined["id"]) == (
        "IOM",
        "funding: No funds.",
        "assignment",
        part["id"],
    )
    assert (declined["actor"]["name"], declined["channel"], declined["action"], declined["version"]) == (
        "secretariat in tst",
        "api",
        "updated",
        2,
    )
    assert declined["fields"]["state"] == ["proposed", "declined"]
    (reopened,) = feed(make.viewer, operation="deliverable:reopen")
    assert (reopened["decision"]["code"], reopened["reason"]) == ("2024/1", "A chapter is missing.")
    assert reopened["fields"]["delivered_on"] == ["2024-05-01", None]
    (added,) = feed(make.viewer, operation="deliverable:add")
    assert (added["action"], added["fields"]["code"], added["version"]) == ("created", [None, "D1"], 1)
    assert not {"search", "version", "updated_at"} & added["fields"].keys()


def test_filters_are_or_within_and_and_between(make: Make) -> None:
    ours = world(make)
    for params, wanted in (
        ({"entity": "workplan"}, {"workplan"}), ({"entity": ["workplan", "stream"]}, {"workplan", "stream"}), ({"id": ours["deliverable"]}, {"deliverable"}),
        ({"operation": "assignment:propose"}, {"assignment"}), ({"group": "tst", "entity": "body"}, {"body"}), ({"entity": "workplan", "id": ours["stream"]}, set()),
    ):  # fmt: skip
        assert {c["entity"] for c in feed(make.viewer, **params)} == wanted, params
    for params in (
        {"sort": "seq"},
        {"cursor": "x"},
        {"count": "true"},
        {"fields": "seq"},
        {"about": "x"},
        {"enttiy": "x"},
        {"after": "x"},
        {"after": ["1", "2"]},
        {"limit": "0"},
    ):
        refused(make.viewer.get("/changes", params=params), 422, "unknown_parameter")


class TestSight:
    def test_each_sees_the_changes_of_its_own_groups(self, make: Make) -> None:
        world(make)
        world(make, "oth")
        other = make.service.as_(make.token("viewer", "oth"))
        assert {c["group"]["code"] for c in feed(other, limit=500) if c["group"]} == {"oth"}
        assert {c["group"]["code"] for c in feed(make.viewer, limit=500) if c["group"]} == {"tst"}
        assert {c["group"]["code"] for c in feed(make.administrator, limit=500) if c["group"]} == {"tst", "oth"}
        refused(make.service.get("/changes"), 401, "unauthenticated")
        refused(make.service.get("/changes", headers={"authorization": "Bearer troika_x"}), 401, "unauthenticated")

    def test_a_public_group_keeps_its_changes_to_itself(self, make: Make) -> None:
        ours = world(make)
        group = make.read("/groups/tst")
        ok(make.administrator.patch("/groups/tst", {"public": True}, version=group["version"]), 200)
        make.a_group("oth")
        other = make.service.as_(make.token("viewer", "oth"))
        assert feed(other, group="tst") == []
        assert feed(other, id=ours["workplan"]) == []
        refused(other.get("/groups/tst/history"), 404, "not_found")

    def test_tokens_are_the_administrators_business(self, make: Make) -> None:
        world(make)
        tokens = feed(make.administrator, entity="token")
        assert tokens
        assert all("digest" not in c["fields"] for c in tokens)
        for client in (make.viewer, make.secretariat):
            assert feed(client, entity="token") == []
            assert feed(client, id=tokens[0]["id"]) == []

    def test_of_people_it_says_that_they_changed_and_not_what_they_said(self, make: Make) -> None:
        world(make)
        (person,) = feed(make.viewer, entity="person")
        assert "Person of tst" not in str(person)


class TestHistories:
    def test_each_thing_tells_its_own_and_what_belongs_to_it(self, make: Make) -> None:
        at = world(make)
        wanted = {
            f"/deliverables/{at['deliverable']}": {"deliverable", "assignment", "progress_update", "milestone", "dependency"}, f"/assignments/{at['assignment']}": {"assignment"},
            f"/workplans/{at['workplan']}": {"workplan", "stream"}, f"/chairmanships/{at['chairmanship']}": {"chairmanship", "holder"},
            f"/working-groups/{at['working_group']}": {"body", "participation"}, f"/task-forces/{at['task_force']}": {"body", "participation"},
            f"/secretariats/{at['secretariat']}": {"body", "participation", "secondment"}, "/groups/tst": {"group"},
        }  # fmt: skip
        make.a_group("oth")
        other = make.service.as_(make.token("viewer", "oth"))
        for path, entities in wanted.items():
            items = ok(make.viewer.get(f"{path}/history"), 200)["items"]
            assert {c["entity"] for c in items} == entities, path
            assert [c["seq"] for c in items] == sorted(c["seq"] for c in items)
            assert ok(make.viewer.get(f"{path}/history", params={"sort": "-seq"}), 200)["items"] == items[::-1]
            refused(make.viewer.get(f"{path}/history", params={"entity": "nothing"}), 422, "unknown_parameter")
            refused(other.get(f"{path}/history"), 404, "not_found")
            refused(make.service.get(f"{path}/history"), 401, "unauthenticated")
            refused(make.viewer.get(f"{path}/history", params={"about": "x"}), 422, "unknown_parameter")
        for path in (
            "deliverables",
            "assignments",
            "workplans",
            "chairmanships",
            "working-groups",
            "task-forces",
            "secretariats",
            "groups",
        ):
            refused(make.viewer.get(f"/{path}/none/history"), 404, "not_found")

    def test_it_is_read_page_by_page(self, make: Make) -> None:
        item = make.deliverable()
        for n in range(5):
            ok(make.secretariat.post(f"/deliverables/{item['id']}/updates", {"percent": n}))
        page = make.read(f"/deliverables/{item['id']}/history", limit=4, count="true")
        rest = make.read(f"/deliverables/{item['id']}/history", limit=50, cursor=page["next_cursor"])
        assert (page["total"], len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (11, 4, 7, None)


@pytest.mark.parametrize("entity", ["extension", "baseline"])
def test_what_is_only_ever_added_is_told_with_its_thing(make: Make, entity: str) -> None:
    at = world(make)
    if entity == "baseline":
        make.endorsed({"id": at["workplan"]})
        path = f"/workplans/{at['workplan']}"
    else:
        path = f"/task-forces/{at['task_force']}"
        ok(make.secretariat.post(f"{path}/extensions", {"sunset_on": "2090-01-01", "reason": "R"} | make.decided()))
    assert entity in {c["entity"] for c in make.read(f"{path}/history")["items"]}
