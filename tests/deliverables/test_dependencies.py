"""A deliverable waits for another of its group, in whichever plan; never, by whatever way, for itself."""

import pytest

from app.core.dates import now
from app.core.errors import UnknownReference
from app.core.work import unit_of_work
from app.deliverables.models import Deliverable
from app.deliverables.working_actions import add_dependency
from tests.make import INSTALLER, Json, Make, day, ok, refused


@pytest.fixture
def items(make: Make) -> dict[str, Json]:
    for code in ("IOM", "ILO"):
        make.member(code)
    found = {code: make.deliverable(code, due=f"208{n}") for n, code in enumerate("ABCD")}
    other = make.stream(make.plan("NEXT", starts_on="2091-01-01", ends_on="2095-12-31"))
    return found | {"Z": make.deliverable("Z", other, due="2092")}


def waits(make: Make, one: Json, other: Json, **values: str) -> Json:
    return ok(make.secretariat.post(f"/deliverables/{one['id']}/dependencies", {"waits_for": other["id"]} | values))  # type: ignore[no-any-return]


def end(make: Make, one: Json, reason: str = "No longer.") -> Json:
    return ok(make.secretariat.post(f"/dependencies/{one['id']}/end", {"reason": reason}), 200)  # type: ignore[no-any-return]


def test_it_is_told_from_both_sides_also_across_plans(make: Make, items: dict[str, Json]) -> None:
    found = waits(make, items["Z"], items["A"], reason="Its figures are the second chapter.")
    assert (found["deliverable"]["code"], found["deliverable"]["workplan"]["code"]) == ("Z", "NEXT")
    assert (found["waits_for"]["code"], found["waits_for"]["workplan"]["code"], found["waits_for"]["due"]["value"]) == ("A", "WP", "2080")
    assert (found["waiting"], found["flags"], found["reason"], found["ended_on"]) == (True, [], "Its figures are the second chapter.", None)
    assert make.read(f"/deliverables/{items['Z']['id']}/dependencies")["items"] == [found]
    assert make.read(f"/deliverables/{items['A']['id']}/dependents")["items"] == [found]
    assert make.read(f"/deliverables/{items['A']['id']}/dependencies")["items"] == []
    assert make.read(f"/dependencies/{found['id']}") == found
    waits(make, items["Z"], items["B"])
    assert [d["waits_for"]["code"] for d in make.read(f"/deliverables/{items['Z']['id']}/dependencies", sort="-due")["items"]] == ["B", "A"]


def test_it_waits_until_the_other_is_delivered(make: Make, items: dict[str, Json]) -> None:
    found = waits(make, items["B"], items["A"])
    address = f"/deliverables/{items['B']['id']}/dependencies"
    make.delivered(items["A"], delivered_on=day(-3))
    assert make.read(f"/dependencies/{found['id']}")["waiting"] is False
    assert (make.read(address, waiting="true")["items"], len(make.read(address, waiting="false")["items"])) == ([], 1)
    assert [make.read(address, waiting="true", as_of=day(n))["items"] == [] for n in (-4, -3)] == [False, True]


def test_flags_say_what_makes_the_waiting_hard(make: Make, items: dict[str, Json]) -> None:
    def flags(one: Json) -> list[str]:
        return make.read(f"/dependencies/{one['id']}")["flags"]  # type: ignore[no-any-return]

    late = make.deliverable("L", due="2025-01")
    after, overdue, dropped = waits(make, items["A"], items["B"]), waits(make, items["A"], late), waits(make, items["A"], items["C"])
    assert (flags(after), flags(overdue), flags(dropped)) == (["due_after"], ["overdue"], ["due_after"])
    ok(make.secretariat.post(f"/deliverables/{items['C']['id']}/cancel", {"reason": "R"}), 200)
    assert (flags(dropped), make.read(f"/dependencies/{dropped['id']}")["waiting"]) == (["in_vain"], False)
    make.delivered(items["A"])
    assert [flags(one) for one in (after, overdue, dropped)] == [[], [], []]


def test_it_ends_with_a_reason_and_stays_in_the_record(make: Make, items: dict[str, Json]) -> None:
    found = waits(make, items["B"], items["A"])
    with make.unchanged():
        refused(make.secretariat.post(f"/dependencies/{found['id']}/end", {}), 422, "invalid")
        refused(
            make.secretariat.post(f"/deliverables/{items['B']['id']}/dependencies", {"waits_for": items["A"]["id"]}), 409, "already_waiting"
        )
    ended = end(make, found)
    assert (ended["ended_on"], ended["ended_reason"], ended["waiting"]) == (day(0), "No longer.", False)
    with make.unchanged():
        assert end(make, found, "Again.") == ended
    assert make.read(f"/dependencies/{found['id']}", as_of=day(-1))["waiting"] is True
    again = waits(make, items["B"], items["A"])
    assert len(make.read(f"/deliverables/{items['B']['id']}/dependencies")["items"]) == 2
    assert again["id"] != found["id"]
    history = make.read(f"/deliverables/{items['B']['id']}/history", entity="dependency")["items"]
    assert [h["operation"] for h in history] == ["dependency:add", "dependency:end", "dependency:add"]


def test_a_circle_is_refused_and_its_way_is_named(make: Make, items: dict[str, Json]) -> None:
    chain = [waits(make, items[one], items[other]) for one, other in ("AB", "BC", "CZ", "AD", "DC")]
    address = f"/deliverables/{items['Z']['id']}/dependencies"
    with make.unchanged():
        problem = refused(make.secretariat.post(address, {"waits_for": items["A"]["id"]}), 409, "dependency_cycle")
        assert problem["params"]["path"] in ("Z → A → B → C → Z", "Z → A → D → C → Z")
        problem = refused(make.secretariat.post(address, {"waits_for": items["Z"]["id"]}), 409, "dependency_cycle")
        assert problem["params"]["path"] == "Z → Z"
        problem = refused(
            make.secretariat.post(f"/deliverables/{items['B']['id']}/dependencies", {"waits_for": items["A"]["id"]}),
            409,
            "dependency_cycle",
        )
        assert problem["params"]["path"] == "B → A → B"
    end(make, chain[2])
    assert waits(make, items["Z"], items["A"])["waiting"] is True


def test_both_are_there_and_open_when_it_begins(make: Make, items: dict[str, Json]) -> None:
    a, b = (f"/deliverables/{items[code]['id']}/dependencies" for code in "AB")
    ok(make.secretariat.post(f"/deliverables/{items['B']['id']}/cancel", {"reason": "R"}), 200)
    with make.unchanged():
        problem = refused(make.secretariat.post(a, {"waits_for": "none"}), 422, "unknown_reference")
        assert problem["errors"][0]["pointer"] == "/waits_for"
        refused(make.secretariat.post(a, {"waits_for": items["B"]["id"]}), 409, "wrong_state")
        refused(make.secretariat.post(b, {"waits_for": items["A"]["id"]}), 409, "wrong_state")
    make.delivered(items["C"])
    assert waits(make, items["A"], items["C"])["waiting"] is False
    found = waits(make, items["A"], items["D"])
    make.closed(items["A"]["workplan"])
    with make.unchanged():
        refused(make.secretariat.post(a, {"waits_for": items["Z"]["id"]}), 409, "wrong_state")
        refused(make.secretariat.post(f"/dependencies/{found['id']}/end", {"reason": "R"}), 409, "wrong_state")


def test_one_of_another_group_is_unknown_also_to_who_is_in_both(make: Make, items: dict[str, Json]) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    plan = ok(other.post("/workplans", {"group": "oth", "code": "P", "title": "P", "starts_on": "2020-01-01", "ends_on": "2030-12-31"}))
    stream = ok(other.post(f"/workplans/{plan['id']}/streams", {"code": "1", "title": "S"}))
    theirs = ok(other.post("/deliverables", {"stream": stream["id"], "code": "T", "title": "T"}))
    with make.unchanged():
        refused(
            make.secretariat.post(f"/deliverables/{items['A']['id']}/dependencies", {"waits_for": theirs["id"]}), 422, "unknown_reference"
        )
        with pytest.raises(UnknownReference), unit_of_work(make.engine, INSTALLER, now()) as work:
            add_dependency(work, work.get(Deliverable, items["A"]["id"]), waits_for=theirs["id"], reason=None)


def test_who_leads_says_what_it_waits_for(make: Make, items: dict[str, Json]) -> None:
    make.lead(items["A"], "IOM")
    address = f"/deliverables/{items['A']['id']}/dependencies"
    with make.unchanged():
        for client in (make.focal_point("ILO"), make.viewer):
            refused(client.post(address, {"waits_for": items["B"]["id"]}), 403, "forbidden")
    iom = make.focal_point("IOM")
    found = ok(iom.post(address, {"waits_for": items["B"]["id"]}))
    assert ok(iom.post(f"/dependencies/{found['id']}/end", {"reason": "R"}), 200)["ended_on"] == day(0)


def test_they_are_not_told_with_a_public_deliverable(make: Make, items: dict[str, Json]) -> None:
    ok(make.secretariat.patch("/groups/tst", {"public": True}, version=1), 200)
    shown = make.deliverable("P", due="2090", visibility="public")
    found = waits(make, shown, items["A"])
    make.endorsed(items["A"]["workplan"])
    assert ok(make.service.get(f"/deliverables/{shown['id']}"), 200)["code"] == "P"
    assert make.service.get(f"/deliverables/{shown['id']}/dependencies").json()["items"] == []
    refused(make.service.get(f"/dependencies/{found['id']}"), 404, "not_found")
