"""What a request says is taken as it stands or refused: nothing is guessed, cut, ignored or redirected."""

import base64
import json
from typing import Any

import pytest

from tests.core import raw
from tests.make import Make, ok, refused

GROUP = {"code": "new", "name": "New", "established_on": "2020-01-01"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("public", "yes", "bool_type"), ("public", "true", "bool_type"), ("public", 1, "bool_type"), ("stale_days", "60", "int_type"),
        ("stale_days", True, "int_type"), ("name", 7, "string_type"), ("established_on", 41640, "value_error"), ("established_on", None, "value_error"),
        ("dissolved_on", 0, "value_error"), ("sources", {"0": "x"}, "list_type"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(make: Make, field: str, value: Any, code: str) -> None:
    problem = refused(make.administrator.post("/groups", GROUP | {field: value}), 422, "invalid")
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [(f"/{field}", code)]


@pytest.mark.parametrize("due", [2014, 41640, 2014.5, True, ["2014"]])
def test_a_vague_day_is_a_text(make: Make, due: Any) -> None:
    body = {"stream": make.default_stream["id"], "code": "D", "title": "D", "due": due}
    problem = refused(make.secretariat.post("/deliverables", body), 422, "invalid")
    assert [e["pointer"] for e in problem["errors"]] == ["/due"]


def test_a_step_without_a_body_takes_none_or_an_empty_one(make: Make) -> None:
    deliverable = make.deliverable()
    address = f"/api/v1/deliverables/{deliverable['id']}/confirm"
    kind = {"content-type": "application/json"}
    for body in (b"", b"{}", b" { } "):
        assert raw.send(make.secretariat, "POST", address.encode(), kind, (body,)).status == 200
    assert raw.send(make.secretariat, "POST", address.encode()).status == 200


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "7", "false", '{"percent": 100}', '{"version": 1}'])
def test_a_step_without_a_body_refuses_one(make: Make, body: str) -> None:
    """Ignored, it would leave its sender in the belief that it had an effect."""
    deliverable = make.deliverable()
    address = f"/deliverables/{deliverable['id']}/confirm"
    with make.unchanged():
        answer = make.secretariat.request("POST", address, content=body, headers={"content-type": "application/json"})
        assert refused(answer, 422, "invalid")["errors"]


def test_null_is_no_body_even_where_none_is_needed(make: Make) -> None:
    make.member("A")
    part = make.asked(make.deliverable(), "A")
    accept = f"/assignments/{part['id']}/accept"
    answer = make.focal_point("A").request("POST", accept, content="null", headers={"content-type": "application/json"})
    refused(answer, 422, "invalid")
    ok(make.focal_point("A").request("POST", accept), 200)


def test_a_write_takes_nothing_from_its_query(make: Make) -> None:
    problem = refused(make.administrator.post("/groups?public=true", GROUP), 422, "unknown_parameter")
    assert [e["parameter"] for e in problem["errors"]] == ["public"]


@pytest.mark.parametrize("given", ['"1"', '"2"', '"1-x"', "x", ""])
def test_a_condition_that_would_not_be_kept_is_refused(make: Make, given: str) -> None:
    """A step looks at states, not at versions: ignored, its sender would believe that nobody had been faster."""
    plan = make.plan()
    with make.unchanged():
        answer = make.secretariat.post(f"/workplans/{plan['id']}/circulate", headers={"if-match": given})
        refused(answer, 400, "malformed")


def test_an_address_too_long_to_be_ours_is_refused_unread(make: Make) -> None:
    refused(make.administrator.get("/groups", params={"q": "x" * 16_384}), 400, "malformed")
    refused(make.administrator.get(f"/groups/{'x' * 17_000}"), 400, "malformed")


def test_a_parameter_is_repeated_fifty_times_at_most(make: Make) -> None:
    assert make.administrator.get("/agencies", params={"kind": ["other"] * 50}).status_code == 200
    refused(make.administrator.get("/agencies", params={"kind": ["other"] * 51}), 422, "unknown_parameter")


def test_a_cursor_stays_short_whatever_the_names(make: Make) -> None:
    """A page may end at a name of three hundred letters, each of four bytes."""
    for number in range(2):
        make.agency(f"A{number}", name="😀" * 299 + str(number))
    page = ok(make.administrator.get("/agencies", params={"limit": 1, "sort": "name,code"}), 200)
    following = {"limit": 1, "sort": "name,code", "cursor": page["next_cursor"]}
    assert [a["code"] for a in ok(make.administrator.get("/agencies", params=following), 200)["items"]] == ["A1"]


def test_an_instant_beyond_the_calendar_in_a_cursor_is_refused(make: Make) -> None:
    deliverable = make.deliverable()
    for moment in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        cursor = _cursor(["created_at"], [moment, "x"])
        answer = make.secretariat.get(f"/deliverables/{deliverable['id']}/updates", params={"sort": "created_at", "cursor": cursor})
        refused(answer, 422, "unknown_parameter")


def _cursor(order: list[str], keys: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([order, keys]).encode()).decode().rstrip("=")


@pytest.mark.parametrize("address", [b"/api/", b"/healthz/", b"/api/v1/groups/", b"//", b"/api/v1/groups/tst/"])
def test_an_address_that_is_nearly_right_is_not_redirected(make: Make, address: bytes) -> None:
    """A redirect would bear whatever host the request named."""
    answer = raw.send(make.service, "GET", address, {"host": "evil.example"})
    assert (answer.status, "location" in answer.headers) == (404, False)
