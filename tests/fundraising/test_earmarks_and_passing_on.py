"""What money is for: a stream of its project, and what is left over goes on to another project and back."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused


def funding(make: Make, project: Json, **params: Any) -> Json:
    return make.read(f"/projects/{project['id']}/funding", **params)  # type: ignore[no-any-return]


def gap(make: Make, project: Json) -> Any:
    return funding(make, project)["gap"]


class TestEarmarks:
    @pytest.fixture
    def streams(self, make: Make) -> list[Json]:
        plan = make.plan()
        return [make.stream(plan, code) for code in "123"]

    def test_what_is_earmarked_counts_for_its_stream_and_the_rest_by_shares(self, make: Make, streams: list[Json]) -> None:
        given = [{"stream": s["id"], "share": share} for s, share in zip(streams, ("33.34", "33.33", "33.33"), strict=True)]
        project = make.project(budget="100.00", streams=given)
        make.gift(project, "10.00", "committed", stream=streams[2]["id"])
        make.gift(project, "0.01", "committed")
        rows = {i["code"]: i for i in funding(make, project, by="stream")["items"]}
        assert [rows[c]["budget"] for c in "123"] == ["33.34", "33.33", "33.33"]
        assert [rows[c]["committed"] for c in "123"] == ["0.01", "0.00", "10.00"]
        assert [rows[c]["gap"] for c in "123"] == ["33.33", "33.33", "23.33"]
        assert gap(make, project) == "89.99"

    def test_a_project_does_not_leave_a_stream_that_money_is_for(self, make: Make, streams: list[Json]) -> None:
        project = make.project(streams=[{"stream": s["id"], "share": "50"} for s in streams[:2]])
        address = f"/projects/{project['id']}"
        with make.unchanged():
            body = {"donor": "S", "amount": "1", "currency": "USD", "stream": streams[2]["id"]}
            refused(make.secretariat.post(f"{address}/contributions", body), 422, "not_a_stream_of_the_project")
        gift = make.gift(project, "1.00", stream=streams[1]["id"])
        only = {"streams": [{"stream": streams[0]["id"], "share": "100"}]}
        with make.unchanged():
            assert refused(make.secretariat.patch(address, only, version=1), 409, "stream_is_earmarked")["params"]["streams"] == "2"
            refused(
                make.secretariat.patch(f"/contributions/{gift['id']}", {"stream": streams[2]["id"]}, version=1),
                422,
                "not_a_stream_of_the_project",
            )
        ok(make.secretariat.patch(f"/contributions/{gift['id']}", {"stream": None}, version=1), 200)
        ok(make.secretariat.patch(address, only, version=1), 200)

    def test_what_was_cancelled_does_not_come_back_for_a_stream_that_the_project_has_left(self, make: Make, streams: list[Json]) -> None:
        project = make.project(streams=[{"stream": s["id"], "share": "50"} for s in streams[:2]], budget="100.00")
        gift = make.step(make.gift(project, "10.00", "committed", stream=streams[1]["id"]), "cancel", reason="Withdrawn.")
        only = {"streams": [{"stream": streams[0]["id"], "share": "100"}]}
        ok(make.secretariat.patch(f"/projects/{project['id']}", only, version=1), 200)
        address, more = f"/contributions/{gift['id']}", {"amount": "30.00", "reason": "They give after all."}
        with make.unchanged():
            refused(make.secretariat.patch(address, more, version=2), 422, "not_a_stream_of_the_project")
        ok(make.secretariat.patch(address, more | {"stream": streams[0]["id"]}, version=2), 200)
        (row,) = funding(make, project, by="stream")["items"]
        assert (row["committed"], row["gap"]) == ("20.00", "80.00")


class TestPassingOn:
    def test_left_over_money_leaves_one_project_and_arrives_in_another_and_is_never_in_both(self, make: Make) -> None:
        one, two = make.project("P1", budget="100.00"), make.project("P2", budget="100.00")
        make.gift(one, "90.00", "received")
        address = f"/projects/{one['id']}/pass-on"
        with make.unchanged():
            for to, code in ((one["id"], "same_project"), ("none", "unknown_reference")):
                refused(make.secretariat.post(address, {"to": to, "amount": "1.00", "reason": "R"}), 422, code)
            problem = refused(make.secretariat.post(address, {"to": two["id"], "amount": "90.01", "reason": "R"}), 409, "not_left_over")
            assert problem["params"]["left"] == "90.00"
            refused(
                make.secretariat.post(address, {"to": two["id"], "amount": "1.00", "reason": "R", "on": day(1)}), 422, "money_in_the_future"
            )
            refused(make.viewer.post(address, {"to": two["id"], "amount": "1.00", "reason": "R"}), 403, "forbidden")
        before = make.read(f"/workplans/{make.default_stream['workplan']['id']}/funding")
        out = ok(make.focal_point("LEAD").post(address, {"to": two["id"], "amount": "30.00", "reason": "The donor agrees."}))
        assert (out["direction"], out["amount"]) == ("out", "30.00")
        (into,) = make.read(f"/projects/{two['id']}/passings")["items"]
        assert (into["direction"], into["pair"]) == ("in", out["pair"])
        assert (gap(make, one), gap(make, two)) == ("40.00", "70.00")
        after = make.read(f"/workplans/{make.default_stream['workplan']['id']}/funding")
        assert (
            (after["gap"], after["received"], after["passed_on"])
            == (before["gap"], before["received"], "0.00")
            == ("110.00", "90.00", "0.00")
        )
        with make.unchanged():
            refused(make.secretariat.post(address, {"to": two["id"], "amount": "60.01", "reason": "R"}), 409, "not_left_over")
        ok(make.secretariat.post(f"/projects/{two['id']}/pass-on", {"to": one["id"], "amount": "30.00", "reason": "Back."}))
        assert (gap(make, one), gap(make, two)) == ("10.00", "100.00")

    def test_what_was_passed_on_is_passed_back_before_its_instalment_is_reversed(self, make: Make) -> None:
        one, two = make.project("P1", budget="100.00"), make.project("P2", budget="100.00")
        gift = make.gift(one, "90.00", "received")
        make.gift(one, "5.00", "received")
        ok(make.secretariat.post(f"/projects/{one['id']}/pass-on", {"to": two["id"], "amount": "30.00", "reason": "R"}))
        address = f"/contributions/{gift['id']}/instalments/{gift['instalments'][0]['id']}/reverse"
        with make.unchanged():
            problem = refused(make.secretariat.post(address, {"reason": "Booked twice."}), 409, "already_passed_on")
            assert (problem["params"]["code"], problem["params"]["lacking"]) == ("P1", "25.00")
            assert "/projects/{id}/pass-on" in problem["detail"]
        ok(make.secretariat.post(f"/projects/{two['id']}/pass-on", {"to": one["id"], "amount": "25.00", "reason": "Back."}))
        ok(make.secretariat.post(address, {"reason": "Booked twice."}), 200)
        assert (gap(make, one), gap(make, two)) == ("100.00", "95.00")

    def test_it_takes_the_leads_of_both_projects(self, make: Make) -> None:
        make.member("IOM")
        one, two = make.project("P1"), make.project("P2", lead="IOM")
        make.gift(one, "90.00", "received")
        with make.unchanged():
            for agency in ("LEAD", "IOM"):
                body = {"to": two["id"], "amount": "1.00", "reason": "R"}
                refused(make.focal_point(agency).post(f"/projects/{one['id']}/pass-on", body), 403, "forbidden")

    def test_what_cannot_be_added_up_is_not_passed_on(self, make: Make) -> None:
        one, two = make.project("P1"), make.project("P2")
        make.gift(one, "90.00", "received", currency="EUR")
        body = {"to": two["id"], "amount": "1.00", "reason": "R"}
        with make.unchanged():
            assert "EUR" in refused(make.secretariat.post(f"/projects/{one['id']}/pass-on", body), 409, "received_unknown")["detail"]
        make.rates(("EUR", "USD", day(-1), "0.9"))
        ok(make.secretariat.post(f"/projects/{one['id']}/pass-on", body))
