"""Participations: their roles, their days, who may set them, and what follows for a body's chairs."""

import pytest

from tests.make import Json, Make, day, ok, refused


@pytest.fixture
def group(make: Make) -> Json:
    make.member("IOM")
    make.member("UNU", role="observer")
    make.agency("WHO")
    return make.working_group()


def test_only_members_chair_and_observers_observe(make: Make, group: Json) -> None:
    address = f"/working-groups/{group['id']}/participations"
    with make.unchanged():
        for role in ("chair", "co_chair", "member"):
            refused(make.secretariat.post(address, {"agency": "UNU", "role": role}), 422, "not_a_member")
        refused(make.secretariat.post(address, {"agency": "WHO", "role": "member"}), 422, "not_a_member")
        refused(make.secretariat.post(address, {"agency": "WHO", "role": "observer"}), 422, "not_in_the_group")
        refused(make.secretariat.post(address, {"agency": "NOBODY"}), 422, "unknown_reference")
        refused(
            make.secretariat.post(address, {"agency": "IOM", "starts_on": "2022-01-01", "ends_on": "2021-12-31"}),
            422,
            "ends_before_it_starts",
        )
        refused(make.secretariat.post(address, {"agency": "IOM", "role": "boss"}), 422, "invalid")
    part = ok(make.secretariat.post(address, {"agency": "UNU", "role": "observer"}))
    assert (part["agency"]["code"], part["role"], part["starts_on"], part["current"]) == ("UNU", "observer", day(0), True)
    assert ok(make.secretariat.post(address, {"agency": "IOM"}))["role"] == "member"


def test_membership_is_judged_on_the_first_day(make: Make, group: Json) -> None:
    make.member("FAO", starts_on="2022-07-01")
    address = f"/working-groups/{group['id']}/participations"
    with make.unchanged():
        refused(make.secretariat.post(address, {"agency": "FAO", "starts_on": "2022-06-30"}), 422, "not_a_member")
    part = ok(make.secretariat.post(address, {"agency": "FAO", "starts_on": "2022-07-01"}))
    own = f"{address}/{part['id']}"
    with make.unchanged():
        refused(make.secretariat.patch(own, {"starts_on": "2022-06-30"}, version=part["version"]), 422, "not_a_member")
        refused(
            make.secretariat.patch(own, {"starts_on": "2022-06-30", "role": "observer"}, version=part["version"]), 422, "not_in_the_group"
        )
    assert ok(make.secretariat.patch(own, {"starts_on": "2022-07-02"}, version=part["version"]), 200)["starts_on"] == "2022-07-02"


def test_an_observer_is_not_made_a_chair_by_the_back_door(make: Make, group: Json) -> None:
    address = f"/working-groups/{group['id']}/participations"
    part = ok(make.secretariat.post(address, {"agency": "UNU", "role": "observer"}))
    with make.unchanged():
        refused(make.secretariat.patch(f"{address}/{part['id']}", {"role": "chair"}, version=part["version"]), 422, "not_a_member")
    other = ok(make.secretariat.post(address, {"agency": "IOM"}))
    assert ok(make.secretariat.patch(f"{address}/{other['id']}", {"role": "chair"}, version=other["version"]), 200)["role"] == "chair"


def test_an_agency_takes_part_once_at_a_time(make: Make, group: Json) -> None:
    address = f"/working-groups/{group['id']}/participations"
    first = ok(make.secretariat.post(address, {"agency": "IOM", "starts_on": "2020-01-01", "ends_on": "2020-12-31"}))
    with make.unchanged():
        problem = refused(
            make.secretariat.post(address, {"agency": "IOM", "role": "chair", "starts_on": "2020-12-31"}), 409, "already_participating"
        )
    assert problem["params"] == {"agency": "IOM"}
    second = ok(make.secretariat.post(address, {"agency": "IOM", "role": "chair", "starts_on": "2021-01-01"}))
    with make.unchanged():
        refused(
            make.secretariat.patch(f"{address}/{first['id']}", {"ends_on": None}, version=first["version"]), 409, "already_participating"
        )
        refused(
            make.secretariat.patch(f"{address}/{second['id']}", {"ends_on": "2020-01-01"}, version=second["version"]),
            422,
            "ends_before_it_starts",
        )
    assert (
        ok(make.secretariat.patch(f"{address}/{second['id']}", {"ends_on": "2021-06-30"}, version=second["version"]), 200)["current"]
        is False
    )


def test_eight_that_join_at_once_are_one(make: Make, group: Json) -> None:
    secretariat = make.secretariat
    address = f"/working-groups/{group['id']}/participations"
    answers = secretariat.at_once(*[lambda: secretariat.post(address, {"agency": "IOM"})] * 8)
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_participating"}


def test_the_chairs_of_a_day_are_shown(make: Make, group: Json) -> None:
    make.member("ILO")
    address = f"/working-groups/{group['id']}/participations"
    ok(make.secretariat.post(address, {"agency": "IOM", "role": "chair", "starts_on": "2020-01-01", "ends_on": "2021-06-30"}))
    ok(make.secretariat.post(address, {"agency": "ILO", "role": "co_chair", "starts_on": "2021-06-30"}))
    ok(make.secretariat.post(address, {"agency": "UNU", "role": "observer", "starts_on": "2021-06-30"}))
    for on, chairs, taking_part in (
        ("2019-12-31", [], 0), ("2020-01-01", ["IOM"], 1), ("2021-06-30", ["ILO", "IOM"], 3), ("2021-07-01", ["ILO"], 2),
    ):  # fmt: skip
        shown = make.read(f"/working-groups/{group['id']}", as_of=on)
        assert ([c["code"] for c in shown["chairs"]], shown["participants"]) == (chairs, taking_part)
        assert len(make.read(address, as_of=on)["items"]) == taking_part
    assert [p["agency"]["code"] for p in make.read(address)["items"]] == ["ILO", "IOM", "UNU"]
    assert [p["agency"]["code"] for p in make.read(address, role="observer")["items"]] == ["UNU"]
    assert [p["agency"]["code"] for p in make.read(address, agency="ilo")["items"]] == ["ILO"]
    assert [b["code"] for b in make.read("/working-groups", agency="IOM", as_of="2021-06-30")["items"]] == ["WG-1"]
    assert make.read("/working-groups", agency="IOM", as_of="2021-07-01")["items"] == []


class TestRights:
    def test_a_chair_of_the_body_sets_its_participations_while_it_chairs(self, make: Make, group: Json) -> None:
        iom = make.focal_point("IOM")
        make.member("ILO")
        address = f"/working-groups/{group['id']}/participations"
        ok(make.secretariat.post(address, {"agency": "IOM", "role": "member", "starts_on": "2020-01-01", "ends_on": day(-2)}))
        part = ok(make.secretariat.post(address, {"agency": "IOM", "role": "co_chair", "starts_on": day(-1)}))
        joined = ok(iom.post(address, {"agency": "ILO"}))
        shown = make.read(f"/working-groups/{group['id']}")
        assert (
            ok(iom.patch(f"/working-groups/{group['id']}", {"review_on": "2030-01-01"}, version=shown["version"]), 200)["review_on"]
            == "2030-01-01"
        )
        ok(iom.patch(f"{address}/{joined['id']}", {"ends_on": day(0)}, version=joined["version"]), 200)
        ok(make.secretariat.patch(f"{address}/{part['id']}", {"ends_on": day(-1)}, version=part["version"]), 200)
        with make.unchanged():
            refused(iom.post(address, {"agency": "ILO", "starts_on": day(1)}), 403, "forbidden")
            refused(iom.patch(f"/working-groups/{group['id']}", {"review_on": None}, version=shown["version"] + 1), 403, "forbidden")
            refused(iom.post(f"/working-groups/{group['id']}/close", {"outcome": "Done."}), 403, "forbidden")

    def test_members_observers_and_viewers_do_not(self, make: Make, group: Json) -> None:
        address = f"/working-groups/{group['id']}/participations"
        ok(make.secretariat.post(address, {"agency": "IOM", "role": "member"}))
        iom = make.focal_point("IOM")
        with make.unchanged():
            for client in (iom, make.viewer, make.administrator):
                refused(client.post(address, {"agency": "UNU", "role": "observer"}), 403, "forbidden")
            refused(make.service.post(address, {"agency": "UNU", "role": "observer"}), 401, "unauthenticated")

    def test_a_chair_may_rest_and_close_but_not_activate_its_group(self, make: Make, group: Json) -> None:
        path = f"/working-groups/{group['id']}"
        ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM", "role": "chair"}))
        iom = make.focal_point("IOM")
        with make.unchanged():
            refused(iom.post(f"{path}/activate"), 403, "forbidden")
        ok(make.secretariat.post(f"{path}/activate"), 200)
        ok(iom.post(f"{path}/rest", {"reason": "Waiting."}), 200)
        ok(iom.post(f"{path}/close", {"outcome": "Done."}), 200)
