"""What you may not see changes nothing that you receive: 404, and absent from lists, filters and counts."""

from typing import Any

import pytest

from tests.access.world import build
from tests.client import Client
from tests.make import Make, ok, refused


@pytest.fixture
def stranger(make: Make) -> Client:
    """Somebody who belongs to another group."""
    make.a_group("oth")
    return make.service.as_(make.token("viewer", "oth"))


def told(client: Client, path: str, **params: Any) -> Any:
    page = ok(client.get(path, params=params), 200)
    return [i["code"] for i in page["items"]]


def test_a_hidden_group_answers_as_one_that_is_not_there(make: Make, stranger: Client) -> None:
    assert make.group
    for client in (stranger, make.service):
        hidden, missing = (refused(client.get(f"/groups/{code}"), 404, "not_found") for code in ("tst", "none"))
        assert hidden["detail"] == missing["detail"]
        hidden, missing = (refused(client.get("/decisions", params={"group": code}), 422, "unknown_parameter") for code in ("tst", "none"))
        assert hidden | {"request_id": ""} == missing | {"request_id": ""}
    before = make.journal()
    body = {"group": "tst", "code": "D", "decided_on": "2020-01-01", "level": "technical", "text": "T"}
    hidden, missing = (refused(stranger.post("/decisions", body | {"group": code}), 422, "unknown_reference") for code in ("tst", "none"))
    assert hidden | {"request_id": ""} == missing | {"request_id": ""}
    refused(stranger.patch("/groups/tst", {"name": "X"}, version=1), 404, "not_found")
    assert make.journal() == before


def test_a_hidden_group_s_rows_are_in_no_list_and_no_count(make: Make, stranger: Client) -> None:
    make.decision(code="HID")
    for client in (stranger, make.service):
        for path in (
            "/decisions",
            "/chairmanships",
            "/deliverables",
            "/workplans",
            "/streams",
            "/working-groups",
            "/task-forces",
        ):
            page = ok(client.get(path, params={"count": "true"}), 200)
            assert (page["items"], page["total"]) == ([], 0)
    assert told(stranger, "/groups") == ["oth"]
    assert told(make.service, "/groups") == []
    assert told(make.administrator, "/groups") == ["oth", "tst"]
    assert told(stranger, "/decisions", q="decided") == told(stranger, "/decisions", code="HID") == []


def test_a_public_group_shows_its_public_rows_to_anybody(make: Make, stranger: Client) -> None:
    make.a_group("pub", public=True)
    pub = make.service.as_(make.token("secretariat", "pub"))
    ok(pub.post("/decisions", {"group": "pub", "code": "P", "decided_on": "2020-01-01", "level": "technical", "text": "T"}))
    make.decision(code="HID")
    for client in (stranger, make.service):
        assert ok(client.get("/groups/pub"), 200)["public"] is True
        assert told(client, "/decisions") == told(client, "/decisions", group="pub") == ["P"]
        assert ok(client.get("/groups/pub/members"), 200)["items"] == []
    assert told(make.service, "/groups") == ["pub"]
    assert told(stranger, "/groups") == ["oth", "pub"]
    refused(make.service.get("/agencies"), 401, "unauthenticated")
    refused(make.service.get("/appointments"), 401, "unauthenticated")
    assert ok(stranger.get("/appointments"), 200)["items"] == []
    before = make.journal()
    refused(stranger.patch("/groups/pub", {"name": "X"}, version=1), 404, "not_found")
    assert make.journal() == before


def test_rights_in_one_group_never_touch_another(make: Make) -> None:
    """A secretariat's right ends at its group, also for what it may see."""
    make.a_group("pub", public=True)
    outside = make.service.as_(make.token("secretariat", "pub"))
    inside = make.decision()
    before = make.journal()
    refused(outside.patch(f"/decisions/{inside['id']}", {"text": "X"}, version=1), 404, "not_found")
    refused(outside.post("/groups/tst/modalities", {"effective_on": "2010-01-01", "chair_term_months": 12}), 404, "not_found")
    modality = {"effective_on": "2010-01-01", "chair_term_months": 12, "decision": inside["id"]}
    refused(outside.post("/groups/pub/modalities", modality), 422, "unknown_reference")
    assert make.journal() == before


def test_a_child_is_found_under_its_own_group_only(make: Make) -> None:
    make.a_group("pub", public=True)
    modality, member = make.modality(), make.member("ILO")
    both = make.administrator
    ok(both.get(f"/groups/tst/modalities/{modality['id']}"), 200)
    ok(both.get(f"/groups/tst/members/{member['id']}"), 200)
    refused(both.get(f"/groups/pub/modalities/{modality['id']}"), 404, "not_found")
    refused(both.get(f"/groups/pub/members/{member['id']}"), 404, "not_found")
    before = make.journal()
    refused(both.patch(f"/groups/pub/members/{member['id']}", {"note": "x"}, version=1), 404, "not_found")
    assert make.journal() == before


def test_everything_of_a_hidden_group_is_hidden(make: Make) -> None:
    """One by one over every read of the service, against ids that are right."""
    world = build(make)
    for name, (method, path, _) in world.calls.items():
        if method == "GET" and path.count("/") > 1 and not path.startswith(("/agencies", "/people", "/me", "/static")):
            refused(world.actors["other_secretariat"].get(path), 404, "not_found")
            assert world.actors["focal"].get(path).status_code == 200, name


def test_the_change_feed_shows_no_tokens_and_no_hidden_group(make: Make, stranger: Client) -> None:
    make.decision()
    make.agency("ILO")
    seen = ok(stranger.get("/changes"), 200)["items"]
    assert {c["entity"] for c in seen} == {"agency", "group"}
    assert [c["fields"]["code"][1] for c in seen if c["entity"] == "group"] == ["oth"]
    assert "token" in {c["entity"] for c in ok(make.administrator.get("/changes"), 200)["items"]}
    refused(make.service.get("/changes"), 401, "unauthenticated")
