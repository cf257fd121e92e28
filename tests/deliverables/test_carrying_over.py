"""A deliverable goes on in another plan, and its lineage tells from where to where."""

from typing import Any

import pytest

from tests.make import Json, Make, ok, refused


@pytest.fixture
def next_stream(make: Make) -> Json:
    return make.stream(make.plan("NEXT", starts_on="2091-01-01", ends_on="2095-12-31"), "1")


@pytest.fixture
def item(make: Make) -> Json:
    make.member("IOM")
    found = make.deliverable("D1", due="2090", topics=["youth"], countries=["BD"], kind="publication")
    make.lead(found, "IOM")
    return found


def carry(make: Make, thing: Json, **body: Any) -> Any:
    return make.secretariat.post(f"/deliverables/{thing['id']}/carry-over", body)


def lineage(make: Make, thing: Json) -> tuple[list[str], list[tuple[str, str | None, str]]]:
    found = make.read(f"/deliverables/{thing['id']}/lineage")
    codes = {i["id"]: f"{i['workplan']['code']}/{i['code']}" for i in found["items"]}
    return list(codes.values()), sorted((codes[s["from"]], codes.get(s["to"]), s["kind"]) for s in found["steps"])


def test_it_continues_in_another_plan(make: Make, item: Json, next_stream: Json) -> None:
    later = ok(carry(make, item, kind="continues", stream=next_stream["id"], due="2092-Q1"), 200)
    assert (later["code"], later["title"], later["due"]["value"], later["carried_from"]) == ("D1", item["title"], "2092-Q1", item["id"])
    assert (later["topics"], later["countries"], later["kind"], later["status"]) == (["youth"], ["BD"], "publication", "not_started")
    earlier = make.read(f"/deliverables/{item['id']}")
    assert (earlier["status"], earlier["status_reason"]) == ("superseded", "Carried over into NEXT D1.")
    for thing in (item, later):
        assert lineage(make, thing) == (["WP/D1", "NEXT/D1"], [("WP/D1", "NEXT/D1", "continues")])
    with make.unchanged():
        refused(carry(make, item, kind="continues", stream=next_stream["id"], code="D1b"), 409, "already_carried_over")
        refused(carry(make, item, kind="split", stream=next_stream["id"], code="D1b"), 409, "already_carried_over")
    (change,) = make.read(f"/deliverables/{item['id']}/history", operation="deliverable:carry_over", entity="deliverable")["items"]
    assert change["reason"] == "Carried over into NEXT D1."


def test_it_is_split_into_several(make: Make, item: Json, next_stream: Json) -> None:
    for code in ("A", "B", "C"):
        ok(carry(make, item, kind="split", stream=next_stream["id"], code=code, title=f"Part {code}"), 200)
    assert lineage(make, item) == (
        ["WP/D1", "NEXT/A", "NEXT/B", "NEXT/C"], [("WP/D1", "NEXT/A", "split"), ("WP/D1", "NEXT/B", "split"), ("WP/D1", "NEXT/C", "split")],
    )  # fmt: skip


def test_several_are_merged_into_one(make: Make, item: Json, next_stream: Json) -> None:
    other = make.deliverable("D2", due="2090")
    whole = make.deliverable("W", next_stream, due="2093")
    for thing in (item, other):
        assert ok(carry(make, thing, kind="merged", into=whole["id"], reason="One handbook for both."), 200)["id"] == whole["id"]
    assert lineage(make, other) == (["WP/D1", "WP/D2", "NEXT/W"], [("WP/D1", "NEXT/W", "merged"), ("WP/D2", "NEXT/W", "merged")])
    assert make.read(f"/deliverables/{item['id']}")["status_reason"] == "One handbook for both."
    with make.unchanged():
        refused(carry(make, item, kind="merged", into=whole["id"]), 409, "already_carried_over")


def test_it_is_dropped_for_a_reason(make: Make, item: Json) -> None:
    assert ok(carry(make, item, kind="dropped", reason="Nobody asks for it."), 200)["status"] == "cancelled"
    found = make.read(f"/deliverables/{item['id']}/lineage")
    assert [(s["to"], s["kind"], s["reason"]) for s in found["steps"]] == [(None, "dropped", "Nobody asks for it.")]


def test_a_lineage_runs_through_every_plan(make: Make, item: Json, next_stream: Json) -> None:
    third = make.stream(make.plan("THIRD", starts_on="2096-01-01", ends_on="2097-12-31"), "1")
    second = ok(carry(make, item, kind="continues", stream=next_stream["id"], due="2092"), 200)
    last = ok(carry(make, second, kind="continues", stream=third["id"], due="2097", title="Its new name"), 200)
    told = make.deliverable("OLD", third, carried_from=last["id"], due="2097")
    chain = [("NEXT/D1", "THIRD/D1", "continues"), ("THIRD/D1", "THIRD/OLD", "continues"), ("WP/D1", "NEXT/D1", "continues")]
    for thing in (item, second, last, told):
        assert lineage(make, thing) == (["WP/D1", "NEXT/D1", "THIRD/D1", "THIRD/OLD"], chain)


INCOMPLETE: list[tuple[Json, str]] = [
    ({"kind": "continues"}, "/stream"), ({"kind": "split"}, "/stream"), ({"kind": "merged"}, "/into"), ({"kind": "dropped"}, "/reason"),
    ({"kind": "continues", "stream": "x", "into": "y"}, "/stream"), ({"kind": "merged", "stream": "x", "into": "y"}, "/into"),
    ({"kind": "dropped", "reason": "So.", "into": "y"}, "/reason"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "pointer"), INCOMPLETE)
def test_each_kind_says_where_the_work_goes_on(make: Make, item: Json, body: Json, pointer: str) -> None:
    with make.unchanged():
        problem = refused(carry(make, item, **body), 422, "carry_over_incomplete")
    assert problem["errors"][0]["pointer"] == pointer


def test_it_goes_to_another_plan_of_the_group_that_takes_it(make: Make, item: Json, next_stream: Json) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    plan = ok(other.post("/workplans", {"group": "oth", "code": "P", "title": "P", "starts_on": "2020-01-01", "ends_on": "2021-12-31"}))
    foreign = ok(other.post(f"/workplans/{plan['id']}/streams", {"code": "1", "title": "S"}))
    sibling = make.deliverable("D2", due="2090")
    whole = make.deliverable("W", next_stream, due="2093")
    make.delivered(whole)
    with make.unchanged():
        for stream in (foreign["id"], item["stream"]["id"], "none"):
            assert (
                refused(carry(make, item, kind="continues", stream=stream), 422, "unknown_reference")["errors"][0]["pointer"] == "/stream"
            )
        for into in (sibling["id"], item["id"], "none"):
            assert refused(carry(make, item, kind="merged", into=into), 422, "unknown_reference")["errors"][0]["pointer"] == "/into"
        refused(carry(make, item, kind="merged", into=whole["id"]), 409, "wrong_state")
    make.endorsed(make.read(f"/workplans/{next_stream['workplan']['id']}"))
    with make.unchanged():
        refused(carry(make, item, kind="continues", stream=next_stream["id"]), 409, "revision_required")
    make.delivered(item)
    with make.unchanged():
        refused(carry(make, item, kind="dropped", reason="So."), 409, "wrong_state")


def test_what_it_becomes_part_of_is_the_carriers_too(make: Make, item: Json, next_stream: Json) -> None:
    """Who chairs a body carries its deliverables over, and into no other body's."""
    make.member("BODY")
    own, other = make.working_group("WG-1"), make.working_group("WG-2")
    ok(make.secretariat.post(f"/working-groups/{own['id']}/participations", {"agency": "BODY", "role": "chair", "starts_on": "2020-01-01"}))
    mine = make.deliverable("D7", due="2090", body=own["id"])
    foreign, ours = make.deliverable("W1", next_stream, body=other["id"]), make.deliverable("W2", next_stream, body=own["id"])
    chair = make.focal_point("BODY")
    with make.unchanged():
        refused(chair.post(f"/deliverables/{mine['id']}/carry-over", {"kind": "merged", "into": foreign["id"]}), 403, "forbidden")
    ok(chair.post(f"/deliverables/{mine['id']}/carry-over", {"kind": "merged", "into": ours["id"]}), 200)


def test_two_at_once_carry_it_once(make: Make, item: Json, next_stream: Json) -> None:
    answers = make.secretariat.at_once(
        *[lambda n=n: carry(make, item, kind="continues", stream=next_stream["id"], code=f"C{n}") for n in range(6)]
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 5
    assert len(make.read("/deliverables", workplan=next_stream["workplan"]["id"])["items"]) == 1


def test_a_lineage_is_for_those_who_see_the_group(make: Make, item: Json) -> None:
    make.a_group("oth")
    refused(make.service.as_(make.token("viewer", "oth")).get(f"/deliverables/{item['id']}/lineage"), 404, "not_found")
    assert ok(make.viewer.get(f"/deliverables/{item['id']}/lineage"), 200) | {"items": []} == {"items": [], "steps": [], "chairs": []}
    with make.unchanged():
        refused(make.viewer.post(f"/deliverables/{item['id']}/carry-over", {"kind": "dropped", "reason": "So."}), 403, "forbidden")
