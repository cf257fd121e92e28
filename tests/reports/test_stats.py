"""Figures: equal to a recount after any change, and only of what the reader sees."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db import table_of
from app.deliverables.models import Deliverable
from app.deliverables.rules import STATUSES
from tests.make import Json, Make, ok, refused


def stats(make: Make, **params: Any) -> Json:
    return make.read("/stats", **params)  # type: ignore[no-any-return]


def states(**counts: int) -> Json:
    return dict.fromkeys(STATUSES, 0) | counts


def recount(make: Make, column: str) -> dict[str, dict[str, int]]:
    """What the tallies of a level ought to say, counted from the rows."""
    found: dict[str, dict[str, int]] = {}
    with make.engine.connect() as connection:
        key = table_of(Deliverable).c[column]
        status = table_of(Deliverable).c.status
        for thing, state, n in connection.execute(sa.select(key, status, sa.func.count()).group_by(key, status)):
            found.setdefault(thing, states())[state] = n
        connection.rollback()
    return found


def test_the_figures_of_a_plan_follow_every_step(make: Make) -> None:
    plan = make.plan()
    one, two = make.stream(plan, "1"), make.stream(plan, "2")
    first, second = make.deliverable("D1", one), make.deliverable("D2", one)
    make.deliverable("D3", two)
    make.member("IOM")
    make.lead(first, "IOM")
    ok(make.secretariat.post(f"/deliverables/{first['id']}/start"), 200)
    ok(make.secretariat.post(f"/deliverables/{second['id']}/cancel", {"reason": "No money."}), 200)
    found = stats(make, workplan=plan["id"], by="stream")
    assert (found["measure"], found["by"], found["total"]) == ("deliverables", "stream", 3)
    assert found["states"] == states(not_started=1, in_progress=1, cancelled=1)
    assert [(i["code"], i["total"], i["states"]) for i in found["items"]] == [
        ("1", 2, states(in_progress=1, cancelled=1)),
        ("2", 1, states(not_started=1)),
    ]
    (only,) = stats(make, group="tst", by="workplan")["items"]
    assert (only["id"], only["name"], only["total"]) == (plan["id"], plan["title"], 3)


def test_a_move_is_counted_out_and_in(make: Make) -> None:
    plan = make.plan()
    one, two = make.stream(plan, "1"), make.stream(plan, "2")
    thing = make.deliverable("D1", one)
    ok(make.secretariat.patch(f"/deliverables/{thing['id']}", {"stream": two["id"]}, version=1), 200)
    assert [(i["code"], i["total"]) for i in stats(make, group="tst", by="stream")["items"]] == [("2", 1)]


@pytest.mark.parametrize("column", ["group_id", "workplan_id", "stream_id"])
def test_tallies_equal_a_recount_after_many_changes(make: Make, column: str) -> None:
    plans = [make.plan("A", ends_on="2029-12-31"), make.plan("B", starts_on="2030-01-01")]
    streams = [make.stream(plan, str(n)) for plan in plans for n in range(3)]
    make.member("IOM")
    for n in range(18):
        thing = make.deliverable(f"D{n}", streams[n % 6])
        if n % 2:
            make.lead(thing, "IOM")
            ok(make.secretariat.post(f"/deliverables/{thing['id']}/start"), 200)
        if n % 3 == 0:
            ok(make.secretariat.post(f"/deliverables/{thing['id']}/hold", {"reason": "Waiting."}), 200)
        if n % 5 == 0:
            ok(make.secretariat.post(f"/deliverables/{thing['id']}/cancel", {"reason": "No."}), 200)
    level = column.removesuffix("_id")
    found = stats(make, **({} if level == "group" else {"group": "tst", "by": level}))
    wanted = recount(make, column)
    assert {i["id"]: i["states"] for i in found["items"]} == wanted
    for place, counts in wanted.items():
        name: Json = {"group": "tst"} if level == "group" else {level: place}
        assert make.read("/deliverables", count="true", limit=1, **name)["total"] == sum(counts.values())
        assert make.read("/deliverables", count="true", limit=1, status=["cancelled", "on_hold"], **name)["total"] == (
            counts["cancelled"] + counts["on_hold"]
        )
    with make.engine.begin() as connection:  # a tally that is out by one is noticed
        connection.execute(sa.text("UPDATE tallies SET cancelled = cancelled + 1"))
    assert {i["id"]: i["states"] for i in stats(make, **({} if level == "group" else {"group": "tst", "by": level}))["items"]} != wanted


def test_a_count_within_a_group_knows_no_plan_of_another(make: Make) -> None:
    make.deliverable("D1")
    make.a_group("oth")
    plan = make.default_stream["workplan"]["id"]
    count = {"count": "true", "workplan": plan}
    assert make.administrator.get("/deliverables", params=count | {"group": "tst"}).json()["total"] == 1
    assert make.administrator.get("/deliverables", params=count | {"group": "oth"}).json()["total"] == 0


def test_only_groups_that_the_reader_sees_are_counted(make: Make) -> None:
    make.deliverable("D1")
    make.a_group("oth", public=True)
    stranger = make.service.as_(make.token("viewer", "oth"))
    assert ok(stranger.get("/stats"), 200) | {"items": []} == {
        "measure": "deliverables", "by": "group", "total": 0, "states": states(), "items": [],
    }  # fmt: skip
    plan = make.default_stream["workplan"]["id"]
    assert ok(stranger.get("/stats", params={"workplan": plan, "by": "stream"}), 200)["items"] == []
    refused(stranger.get("/stats", params={"group": "tst"}), 422, "unknown_parameter")
    assert make.administrator.get("/stats").json()["total"] == 1
    refused(make.service.get("/stats"), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("params", "about"),
    [
        ({"by": "stream"}, "by"), ({"by": "workplan"}, "by"), ({"by": "group", "workplan": "x"}, "by"), ({"by": "state"}, "by"),
        ({"group": "tst", "workplan": "x"}, "workplan"), ({"measure": "money"}, "measure"), ({"group": "nobody"}, "group"), ({"per": "x"}, "per"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_by_name(make: Make, params: Json, about: str) -> None:
    assert make.group
    assert refused(make.viewer.get("/stats", params=params), 422, "unknown_parameter")["params"]["parameter"] == about
