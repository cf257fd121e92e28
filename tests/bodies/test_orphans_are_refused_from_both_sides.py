"""Nothing is left behind by what ends, and nothing is put where it would be left behind."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    for code in ("IOM", "ILO"):
        make.member(code)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    at(monkeypatch, datetime.combine(today() + timedelta(days=days), datetime.min.time(), UTC))


class TestLapsing:
    def test_it_is_for_what_is_past_its_sunset_and_needs_no_outcome(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        force = make.active_task_force(sunset_on=day(5))
        path = f"/task-forces/{force['id']}/lapse"
        for days in (0, 5):
            later(monkeypatch, days)
            with make.unchanged():
                assert refused(make.secretariat.post(path), 409, "sunset_not_passed")["params"]["sunset_on"] == day(5)
        later(monkeypatch, 6)
        with make.unchanged():
            refused(make.viewer.post(path), 403, "forbidden")
        gone = ok(make.secretariat.post(path), 200)
        assert (gone["state"], gone["outcome"], gone["ended_on"]) == ("lapsed", None, day(6))

    def test_its_work_is_settled_first_and_an_outcome_may_be_told(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        body = {"group": "tst", "code": "SEC", "name": "S", "starts_on": "2020-01-01", "sunset_on": day(5)}
        unit = ok(make.secretariat.post("/secretariats", body))
        item, path = make.deliverable(body=unit["id"]), f"/secretariats/{unit['id']}/lapse"
        later(monkeypatch, 6)
        with make.unchanged():
            assert refused(make.secretariat.post(path), 409, "open_deliverables")["params"]["open"] == "D1"
        ok(make.secretariat.post(f"/deliverables/{item['id']}/cancel", {"reason": "Out of time."}), 200)
        assert ok(make.secretariat.post(path, {"outcome": "Half of it."}), 200)["outcome"] == "Half of it."

    def test_a_working_group_does_not_lapse(self, make: Make) -> None:
        group = make.working_group()
        with make.unchanged():
            assert make.secretariat.post(f"/working-groups/{group['id']}/lapse").status_code == 404


class TestParents:
    def test_a_body_with_living_ones_under_it_does_not_end(self, make: Make) -> None:
        force = make.active_task_force()
        child = make.working_group(parent=force["id"])
        path = f"/task-forces/{force['id']}"
        decided = make.decided()
        with make.unchanged():
            for step, body in (("close", {"outcome": "Done."}), ("dissolve", {"reason": "So."} | decided)):
                assert refused(make.secretariat.post(f"{path}/{step}", body), 409, "bodies_below")["params"]["below"] == "WG-1"
        ok(make.secretariat.patch(f"/working-groups/{child['id']}", {"parent": None}, version=1), 200)
        assert ok(make.secretariat.post(f"{path}/close", {"outcome": "Done."}), 200)["state"] == "completed"

    def test_nothing_is_put_under_one_that_has_ended(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        parent, late = make.working_group("WG-P"), make.active_task_force(sunset_on=day(5))
        child, other = make.working_group("WG-C"), make.working_group("WG-O", parent=late["id"])
        ok(make.secretariat.post(f"/working-groups/{parent['id']}/close", {"outcome": "Done."}), 200)
        later(monkeypatch, 6)
        body = {"group": "tst", "code": "WG-N", "name": "N"}
        with make.unchanged():
            for above, code in ((parent, "wrong_state"), (late, "sunset_passed")):
                refused(make.secretariat.post("/working-groups", body | {"parent": above["id"]}), 409, code)
                refused(make.secretariat.patch(f"/working-groups/{child['id']}", {"parent": above["id"]}, version=1), 409, code)
        ok(make.secretariat.patch(f"/working-groups/{other['id']}", {"parent": late["id"], "name": "Same place"}, version=1), 200)

    def test_what_converts_it_takes_them_over(self, make: Make) -> None:
        top = make.working_group("WG-TOP")
        force = make.active_task_force(parent=top["id"])
        child = make.working_group("WG-C", parent=force["id"])
        ended = make.working_group("WG-E", parent=force["id"])
        ok(make.secretariat.post(f"/working-groups/{ended['id']}/close", {"outcome": "Done."}), 200)
        group = ok(make.secretariat.post(f"/task-forces/{force['id']}/convert", {"code": "WG-N"} | make.decided()))
        assert group["parent"]["code"] == "WG-TOP"
        assert make.read(f"/working-groups/{child['id']}")["parent"]["code"] == "WG-N"
        assert make.read(f"/working-groups/{ended['id']}")["parent"]["code"] == "TF-1"


def test_who_takes_part_in_a_task_force_goes_over_into_the_group_it_becomes(make: Make) -> None:
    force = make.active_task_force()
    here = f"/task-forces/{force['id']}/participations"
    for agency, role, first, last in (
        ("IOM", "chair", "2020-01-01", None),
        ("ILO", "member", "2021-01-01", day(-1)),
        ("ILO", "member", day(30), day(60)),
    ):
        ok(make.secretariat.post(here, {"agency": agency, "role": role, "starts_on": first, "ends_on": last}))
    ok(make.secretariat.post(here, {"agency": "ILO", "role": "observer", "starts_on": day(0), "ends_on": day(0)}))
    group = ok(make.secretariat.post(f"/task-forces/{force['id']}/convert", {"code": "WG-N"} | make.decided()))
    found = make.read(f"/working-groups/{group['id']}/participations", sort="agency,starts_on")["items"]
    assert [(p["agency"]["code"], p["role"], p["starts_on"], p["ends_on"]) for p in found] == [
        ("ILO", "observer", day(0), day(0)), ("ILO", "member", day(30), day(60)), ("IOM", "chair", day(0), None),
    ]  # fmt: skip
    assert len(make.read(here)["items"]) == 4
    assert ok(make.secretariat.post(f"/working-groups/{group['id']}/activate"), 200)["state"] == "active"


class TestTheLastChair:
    @pytest.fixture
    def group(self, make: Make) -> Json:
        group = make.working_group()
        self.chair(make, group, "IOM")
        return ok(make.secretariat.post(f"/working-groups/{group['id']}/activate"), 200)  # type: ignore[no-any-return]

    def chair(self, make: Make, group: Json, agency: str, **values: object) -> Json:
        body = {"agency": agency, "role": "co_chair", "starts_on": "2020-01-01"} | values
        return ok(make.secretariat.post(f"/working-groups/{group['id']}/participations", body))  # type: ignore[no-any-return]

    def part(self, make: Make, group: Json) -> str:
        (found,) = make.read(f"/working-groups/{group['id']}/participations", agency="IOM")["items"]
        return f"/working-groups/{group['id']}/participations/{found['id']}"

    def test_an_active_working_group_keeps_one_on_every_day(self, make: Make, group: Json) -> None:
        part = self.part(make, group)
        with make.unchanged():
            for change, vacant in (
                ({"ends_on": day(-3)}, day(0)),
                ({"ends_on": day(9)}, day(10)),
                ({"role": "member"}, day(0)),
                ({"starts_on": day(2)}, day(0)),
            ):
                problem = refused(make.secretariat.patch(part, change, version=1), 409, "last_chair")
                assert problem["params"] == {"code": "WG-1", "day": vacant}
        self.chair(make, group, "ILO", starts_on=day(8), ends_on=day(20))
        with make.unchanged():
            assert refused(make.secretariat.patch(part, {"ends_on": day(9)}, version=1), 409, "last_chair")["params"]["day"] == day(21)

    def test_the_next_one_is_named_first(self, make: Make, group: Json) -> None:
        self.chair(make, group, "ILO", starts_on=day(10))
        part = self.part(make, group)
        with make.unchanged():
            refused(make.secretariat.patch(part, {"ends_on": day(8)}, version=1), 409, "last_chair")
        ok(make.secretariat.patch(part, {"ends_on": day(9), "role": "chair"}, version=1), 200)
        ok(make.secretariat.patch(part, {"note": "So."}, version=2), 200)

    def test_one_that_rests_needs_none_and_then_is_not_woken_without(self, make: Make, group: Json) -> None:
        path = f"/working-groups/{group['id']}"
        ok(make.secretariat.post(f"{path}/rest", {"reason": "Nobody chairs."}), 200)
        ok(make.secretariat.patch(self.part(make, group), {"ends_on": day(-1)}, version=1), 200)
        with make.unchanged():
            refused(make.secretariat.post(f"{path}/activate"), 409, "body_needs_chair")

    def test_what_is_past_or_was_no_chair_is_free(self, make: Make, group: Json) -> None:
        self.chair(make, group, "ILO", starts_on="2021-01-01", ends_on="2021-12-31")
        found = make.read(f"/working-groups/{group['id']}/participations", agency="ILO")["items"][0]
        address = f"/working-groups/{group['id']}/participations/{found['id']}"
        ok(make.secretariat.patch(address, {"ends_on": "2021-06-30"}, version=1), 200)
        force = make.active_task_force()
        chair = ok(
            make.secretariat.post(
                f"/task-forces/{force['id']}/participations", {"agency": "IOM", "role": "chair", "starts_on": "2021-01-01"}
            )
        )
        ok(make.secretariat.patch(f"/task-forces/{force['id']}/participations/{chair['id']}", {"ends_on": day(1)}, version=1), 200)


class TestTheSunset:
    def test_what_is_reopened_is_due_by_then(self, make: Make) -> None:
        force = make.active_task_force(sunset_on=day(60))
        item = make.deliverable(body=force["id"], due=day(50))
        ok(make.secretariat.post(f"/deliverables/{item['id']}/cancel", {"reason": "No funds."}), 200)
        why = {"reason": "There are funds."}
        ok(make.secretariat.post(f"/task-forces/{force['id']}/shorten", {"sunset_on": day(40), "reason": "Sooner."} | make.decided()), 200)
        with make.unchanged():
            refused(make.secretariat.post(f"/deliverables/{item['id']}/reopen", why), 422, "due_after_sunset")
        ok(make.secretariat.patch(f"/deliverables/{item['id']}", {"due": day(40)}, version=2), 200)
        assert ok(make.secretariat.post(f"/deliverables/{item['id']}/reopen", why), 200)["status"] == "not_started"
        shorter = {"sunset_on": day(30), "reason": "Sooner."} | make.decided()
        with make.unchanged():
            refused(make.secretariat.post(f"/task-forces/{force['id']}/shorten", shorter), 409, "sunset_strands_deliverables")

    def test_nothing_falls_back_into_a_body_that_has_ended(self, make: Make) -> None:
        ended, other = make.working_group("WG-E"), make.working_group("WG-O")
        item = make.deliverable(stream=make.stream(body=ended["id"]), body=other["id"])
        ok(make.secretariat.post(f"/working-groups/{ended['id']}/close", {"outcome": "Done."}), 200)
        with make.unchanged():
            refused(make.secretariat.patch(f"/deliverables/{item['id']}", {"body": None}, version=1), 409, "wrong_state")
            refused(make.secretariat.patch(f"/deliverables/{item['id']}", {"body": ended["id"]}, version=1), 409, "wrong_state")


class TestPlans:
    def test_one_with_open_deliverables_is_not_closed_until_they_are_carried_over(self, make: Make) -> None:
        plan, later = make.plan("P1"), make.plan("P2", starts_on="2091-01-01", ends_on="2091-12-31")
        one, two = (make.deliverable(code, make.stream(plan, code)) for code in ("A", "B"))
        there = make.stream(later)
        path = f"/workplans/{plan['id']}"
        for closing in ({"reason": "Over."}, {"reason": "Over.", "superseded_by": later["id"]}):
            with make.unchanged():
                assert refused(make.secretariat.post(f"{path}/close", closing), 409, "open_deliverables")["params"]["open"] == "A, B"
        ok(make.secretariat.post(f"/deliverables/{one['id']}/carry-over", {"kind": "continues", "stream": there["id"]}), 200)
        make.delivered(two)
        assert ok(make.secretariat.post(f"{path}/close", {"reason": "Over.", "superseded_by": later["id"]}), 200)["state"] == "superseded"
        again = {"reason": "Again."} | make.decided()
        with make.unchanged():
            refused(make.secretariat.post(f"/deliverables/{two['id']}/reopen", again), 409, "wrong_state")

    def test_a_plan_that_has_ended_takes_nobodys_place(self, make: Make) -> None:
        one, two = make.plan("P1"), make.plan("P2", starts_on="2091-01-01", ends_on="2091-12-31")
        ok(make.secretariat.post(f"/workplans/{one['id']}/close", {"reason": "Replaced.", "superseded_by": two["id"]}), 200)
        with make.unchanged():
            refused(
                make.secretariat.post(f"/workplans/{two['id']}/close", {"reason": "Back.", "superseded_by": one["id"]}), 409, "wrong_state"
            )
