"""Ending a membership or an appointment is allowed, and lists the parts for which nobody cares after that."""

import pytest

from tests.make import Json, Make, day, ok, refused


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO"):
        make.member(code)
    return make.deliverable(due="2090-06")


def membership(make: Make, agency: str = "IOM") -> Json:
    return make.read("/groups/tst/memberships", agency=agency)["items"][-1]  # type: ignore[no-any-return]


def left(make: Make, place: str, **params: str) -> list[str]:
    return [a["id"] for a in make.read(f"{place}/orphans", **params)["items"]]


def parts(make: Make, item: Json) -> Json:
    done = make.deliverable("D2", due="2089")
    found = {
        "lead": make.lead(item, "IOM"),
        "asked": make.asked(item, "IOM", "reviewer"),
        "later": make.asked(item, "IOM", "contributor", starts_on=day(30)),
        "until": make.lead(item, "IOM", role="co_lead", ends_on=day(10)),
    }
    make.lead(done, "IOM")
    make.delivered(done)
    make.lead(item, "ILO", role="co_lead")
    declined = make.asked(make.deliverable("D3"), "IOM")
    ok(make.focal_point("IOM").post(f"/assignments/{declined['id']}/decline", {"reason": "other"}), 200)
    return {name: part["id"] for name, part in found.items()}


def test_ending_a_membership_lists_what_it_orphans(make: Make, item: Json) -> None:
    ids, own = parts(make, item), membership(make)
    place = f"/groups/tst/members/{own['id']}"
    assert set(left(make, place)) == set(ids.values()), "before a last day is set: as if it were today"
    assert set(left(make, place, ends_on=day(10))) == {ids["lead"], ids["asked"], ids["later"]}
    assert left(make, place, ends_on=day(10), role="lead") == [ids["lead"]]
    assert len(left(make, place, state="proposed")) == 2
    answer = ok(make.secretariat.patch(place, {"ends_on": day(20)}, version=own["version"]), 200)
    assert {(o["id"], o["role"], o["state"], o["deliverable"]["code"]) for o in answer["orphans"]} == {
        (ids["lead"], "lead", "accepted", "D1"), (ids["asked"], "reviewer", "proposed", "D1"), (ids["later"], "contributor", "proposed", "D1"),
    }  # fmt: skip
    assert set(left(make, place)) == {o["id"] for o in answer["orphans"]}
    assert "orphans" not in make.read(place)
    ok(make.secretariat.post(f"/assignments/{ids['lead']}/transfer", {"agency": "ILO", "reason": "R", "ends_on": day(20)}))
    assert ids["lead"] not in left(make, place), "what has been handed over is no orphan"
    again = ok(make.secretariat.patch(place, {"ends_on": None}, version=answer["version"]), 200)
    assert again["orphans"] == []


def test_who_stays_in_another_way_orphans_only_what_that_does_not_carry(make: Make, item: Json) -> None:
    ids, own = parts(make, item), membership(make)
    place = f"/groups/tst/members/{own['id']}"
    version = ok(make.secretariat.patch(place, {"ends_on": day(20)}, version=own["version"]), 200)["version"]
    make.member("IOM", role="observer", starts_on=day(21))
    assert left(make, place) == [ids["lead"]], "an observer goes on to contribute and review"
    told = make.read("/groups/tst/outlook", days=30)["items"]
    assert [(i["kind"], i["deliverable"]["code"]) for i in told if i["kind"] == "lead_leaves"] == [("lead_leaves", "D1")]
    observer = membership(make)
    ok(make.secretariat.patch(f"/groups/tst/members/{observer['id']}", {"starts_on": day(31), "ends_on": None}, version=1), 200)
    ok(make.secretariat.patch(place, {"ends_on": day(29)}, version=version), 200)
    make.member("IOM", starts_on=day(30), ends_on=day(30))
    assert left(make, place) == []
    assert [i for i in make.read("/groups/tst/outlook", days=30)["items"] if i["kind"] == "lead_leaves"] == []


def test_ending_an_appointment_lists_the_parts_that_nobody_speaks_for(make: Make, item: Json) -> None:
    ids = parts(make, item)
    people = [ok(make.administrator.post("/people", {"name": f"Person {n}", "agency": "IOM"}))["id"] for n in range(2)]
    first, second = (
        ok(make.secretariat.post("/appointments", {"group": "tst", "person": p, "agency": "IOM", "role": role, "starts_on": "2020-01-01"}))
        for p, role in zip(people, ("focal_point", "alternate"), strict=True)
    )
    place = f"/appointments/{first['id']}"
    assert left(make, place) == []
    iom = make.focal_point("IOM")
    answer = ok(iom.patch(place, {"ends_on": day(5)}, version=1), 200)
    assert answer["orphans"] == []
    ended = ok(make.secretariat.patch(f"/appointments/{second['id']}", {"ends_on": day(8)}, version=1), 200)
    assert {o["id"] for o in ended["orphans"]} == set(ids.values())
    assert left(make, place) == [], "the other one still speaks on the day after"
    assert set(left(make, f"/appointments/{second['id']}", ends_on=day(10))) == {ids["lead"], ids["asked"], ids["later"]}
    assert "orphans" not in make.read(place)


def test_what_is_left_is_shown_inside_the_group_only(make: Make, item: Json) -> None:
    parts(make, item)
    own = membership(make)
    make.a_group("oth", public=True)
    person = ok(make.administrator.post("/people", {"name": "P", "agency": "IOM"}))
    body = {"group": "tst", "person": person["id"], "agency": "IOM", "role": "principal", "starts_on": "2020-01-01"}
    appointed = ok(make.secretariat.post("/appointments", body))
    ok(make.secretariat.patch("/groups/tst", {"public": True}, version=make.group["version"]), 200)
    stranger = make.service.as_(make.token("secretariat", "oth"))
    for path in (f"/groups/tst/members/{own['id']}/orphans", f"/appointments/{appointed['id']}/orphans"):
        assert len(ok(make.viewer.get(path), 200)["items"]) == 4
        refused(stranger.get(path), 404, "not_found")
        refused(make.service.get(path), 401, "unauthenticated")
        refused(make.viewer.get(path, params={"ends_on": "soon"}), 422, "unknown_parameter")
        refused(make.viewer.get(path, params={"agency": "ILO"}), 422, "unknown_parameter")
    for path in ("/groups/tst/members/none/orphans", f"/groups/oth/members/{own['id']}/orphans", "/appointments/none/orphans"):
        refused(make.administrator.get(path), 404, "not_found")
