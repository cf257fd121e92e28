"""What is shown of a body, at which address, for which day."""

from datetime import date, timedelta

import pytest

from tests.make import Make, day, ok, refused

PATHS = ("/working-groups", "/task-forces", "/secretariats")
SUNSET = date(2024, 6, 30)


@pytest.mark.parametrize(
    ("on", "days_left", "expiring", "passed"),
    [(-91, 91, False, False), (-90, 90, True, False), (-1, 1, True, False), (0, 0, True, False), (1, -1, False, True)],
)
def test_expiring_and_passed_follow_from_the_day(make: Make, on: int, days_left: int, expiring: bool, passed: bool) -> None:
    force = make.task_force(sunset_on=SUNSET.isoformat())
    as_of = (SUNSET + timedelta(days=on)).isoformat()
    shown = make.read(f"/task-forces/{force['id']}", as_of=as_of)
    assert (shown["days_left"], shown["expiring"], shown["sunset_passed"]) == (days_left, expiring, passed)
    for name, truth in (("expiring", expiring), ("sunset_passed", passed)):
        # With as_of the list holds bodies whose mandate covers the day: after the sunset it holds none.
        found = make.read("/task-forces", as_of=as_of, **{name: "true"})["items"]
        assert bool(found) is (truth and on <= 0)


def test_the_flags_filter_today(make: Make) -> None:
    make.task_force("PAST", sunset_on=day(-1))
    make.task_force("NEAR", sunset_on=day(90))
    make.task_force("FAR", sunset_on=day(91))
    gone = make.task_force("GONE", sunset_on=day(-1))
    ok(make.secretariat.post(f"/task-forces/{gone['id']}/close", {"outcome": "Done."}), 200)

    def codes(**params: str) -> list[str]:
        return [b["code"] for b in make.read("/task-forces", **params)["items"]]

    assert codes(sunset_passed="true") == ["PAST"]
    assert codes(sunset_passed="false") == ["FAR", "GONE", "NEAR"]
    assert codes(expiring="true") == ["NEAR"]
    assert codes(sort="-sunset_on") == [
        "FAR",
        "NEAR",
        *sorted(["PAST", "GONE"], key=lambda c: make.read("/task-forces", q=c)["items"][0]["id"], reverse=True),
    ]
    assert codes(state="completed") == ["GONE"]
    assert codes(q="task FORCE f") == ["FAR"]


def test_a_list_as_of_a_day_holds_the_bodies_of_that_day(make: Make) -> None:
    make.task_force("A", starts_on="2014-01-01", sunset_on="2015-06-30")
    make.task_force("B", starts_on="2015-06-30", sunset_on="2016-12-31")
    make.working_group("C", starts_on="2015-01-01")
    for on, forces, groups in (
        ("2013-12-31", [], []), ("2014-01-01", ["A"], []), ("2015-06-30", ["A", "B"], ["C"]), ("2015-07-01", ["B"], ["C"]), ("2017-01-01", [], ["C"]),
    ):  # fmt: skip
        assert [b["code"] for b in make.read("/task-forces", as_of=on)["items"]] == forces
        assert [b["code"] for b in make.read("/working-groups", as_of=on)["items"]] == groups
    assert [b["code"] for b in make.read("/task-forces")["items"]] == ["A", "B"]


def test_one_that_ended_early_is_not_there_after_its_end(make: Make) -> None:
    force = make.active_task_force()
    ok(make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "Done."}), 200)
    assert len(make.read("/task-forces", as_of=day(0))["items"]) == 1
    assert make.read("/task-forces", as_of=day(1))["items"] == []


@pytest.mark.parametrize("own", PATHS)
def test_a_body_is_found_at_the_address_of_its_kind_only(make: Make, own: str) -> None:
    body = {"group": "tst", "code": "B1", "name": "B"} | ({} if own == "/working-groups" else {"sunset_on": day(50)})
    made = ok(make.secretariat.post(own, body))
    assert make.read(f"{own}/{made['id']}") == made
    for other in set(PATHS) - {own}:
        with make.unchanged():
            for suffix in ("", "/participations", "/history"):
                refused(make.secretariat.get(f"{other}/{made['id']}{suffix}"), 404, "not_found")
            refused(make.secretariat.patch(f"{other}/{made['id']}", {"name": "X"}, version=made["version"]), 404, "not_found")
            refused(make.secretariat.post(f"{other}/{made['id']}/participations", {"agency": "IOM"}), 404, "not_found")
            refused(make.secretariat.post(f"{other}/{made['id']}/close", {"outcome": "Done."}), 404, "not_found")
        assert make.read(other)["items"] == []


def test_no_body_belongs_to_itself(make: Make) -> None:
    top, middle, low = (make.working_group(code) for code in ("A", "B", "C"))
    ok(make.secretariat.patch(f"/working-groups/{low['id']}", {"parent": middle["id"]}, version=low["version"]), 200)
    middle = ok(make.secretariat.patch(f"/working-groups/{middle['id']}", {"parent": top["id"]}, version=middle["version"]), 200)
    with make.unchanged():
        for parent in (top, middle, low):
            answer = make.secretariat.patch(f"/working-groups/{top['id']}", {"parent": parent["id"]}, version=top["version"])
            assert refused(answer, 422, "unknown_reference")["errors"][0]["pointer"] == "/parent"
    assert ok(make.secretariat.patch(f"/working-groups/{middle['id']}", {"parent": None}, version=middle["version"]), 200)["parent"] is None


def test_its_record_is_amended(make: Make) -> None:
    make.agency("IOM")
    force = make.task_force()
    change = {
        "name": "Migration & Decent Work",
        "also_known_as": ["Decent labour"],
        "mandate": None,
        "review_on": "2025-01-01",
        "host": "IOM",
        "certainty": "assumed",
        "sources": ["tor"],
    }
    with make.unchanged():
        refused(make.secretariat.patch(f"/task-forces/{force['id']}", change), 428, "precondition_required")
        refused(make.secretariat.patch(f"/task-forces/{force['id']}", change, version=force["version"] + 1), 412, "stale_version")
        refused(
            make.secretariat.patch(f"/task-forces/{force['id']}", {"host": "NOBODY"}, version=force["version"]), 422, "unknown_reference"
        )
    after = ok(make.secretariat.patch(f"/task-forces/{force['id']}", change, version=force["version"]), 200)
    assert {n: after[n] for n in change} == change | {"host": {"code": "IOM", "name": "Agency IOM"}}
    assert ok(make.secretariat.patch(f"/task-forces/{force['id']}", {"host": None}, version=after["version"]), 200)["host"] is None


class TestSecondments:
    def test_staff_is_seconded_for_a_time(self, make: Make) -> None:
        make.member("IOM")
        person = ok(make.administrator.post("/people", {"name": "A. Person", "email": "a@example.org", "agency": "IOM"}))
        unit = ok(
            make.secretariat.post(
                "/secretariats",
                {"group": "tst", "code": "SEC", "name": "Secretariat", "starts_on": "2020-01-01", "sunset_on": "2090-12-31", "host": "IOM"},
            )
        )
        address = f"/secretariats/{unit['id']}/staff"
        full = {"person": person["id"], "agency": "IOM", "starts_on": "2021-01-01", "ends_on": "2021-12-31"}
        with make.unchanged():
            refused(make.secretariat.post(address, full | {"person": "nobody"}), 422, "unknown_reference")
            refused(make.secretariat.post(address, full | {"agency": "NOBODY"}), 422, "unknown_reference")
            refused(make.secretariat.post(address, full | {"ends_on": "2020-12-31"}), 422, "ends_before_it_starts")
            refused(make.viewer.post(address, full), 403, "forbidden")
        row = ok(make.secretariat.post(address, full))
        assert (row["person"]["name"], row["agency"]["code"], row["current"]) == ("A. Person", "IOM", False)
        with make.unchanged():
            refused(
                make.secretariat.patch(f"{address}/{row['id']}", {"ends_on": "2020-12-31"}, version=row["version"]),
                422,
                "ends_before_it_starts",
            )
        assert ok(make.secretariat.patch(f"{address}/{row['id']}", {"ends_on": None}, version=row["version"]), 200)["current"] is True
        assert len(make.read(address, as_of="2020-12-31")["items"]) == 0
        assert len(make.read(address, as_of="2021-01-01")["items"]) == 1
        refused(make.service.get(address), 401, "unauthenticated")
        assert ok(make.secretariat.post(address, {"person": person["id"], "agency": "IOM"}))["starts_on"] == day(0)
