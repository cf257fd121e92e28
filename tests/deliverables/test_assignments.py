"""An agency's part in a deliverable: who may ask, who answers how, and what stays of it."""

from datetime import date
from typing import Any

import pytest

from app.core.dates import now
from app.core.work import unit_of_work
from app.deliverables.assignment_actions import accept_assignment
from app.deliverables.models import Assignment
from tests.make import INSTALLER, Json, Make, day, ok, refused


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO", "FAO"):
        make.member(code)
    return make.deliverable(due="2090-06")


def answer(make: Make, part: Json, step: str, body: Json | None = None) -> Json:
    return ok(make.secretariat.post(f"/assignments/{part['id']}/{step}", body or make.by_proxy(part["agency"]["code"])), 200)  # type: ignore[no-any-return]


class TestAsking:
    def test_membership_is_judged_on_the_first_day(self, make: Make, item: Json) -> None:
        make.member("UNU", role="observer", starts_on="2014-06-08", ends_on="2014-07-08")
        make.member("UNU", starts_on="2014-07-09")
        address = f"/deliverables/{item['id']}/assignments"
        with make.unchanged():
            for role in ("lead", "co_lead"):
                refused(make.secretariat.post(address, {"agency": "UNU", "role": role, "starts_on": "2014-06-15"}), 422, "not_a_member")
            refused(
                make.secretariat.post(address, {"agency": "UNU", "role": "contributor", "starts_on": "2014-06-07"}), 422, "not_in_the_group"
            )
        part = ok(make.secretariat.post(address, {"agency": "UNU", "role": "lead", "starts_on": "2014-07-15"}))
        with make.unchanged():
            refused(
                make.secretariat.patch(f"/assignments/{part['id']}", {"starts_on": "2014-06-15"}, version=part["version"]),
                422,
                "not_a_member",
            )
        assert answer(make, part, "accept")["state"] == "accepted"

    def test_an_observer_contributes_and_reviews_but_does_not_lead(self, make: Make, item: Json) -> None:
        make.member("UNU", role="observer")
        with make.unchanged():
            refused(
                make.secretariat.post(f"/deliverables/{item['id']}/assignments", {"agency": "UNU", "role": "lead"}), 422, "not_a_member"
            )
        for role, name in (("contributor", "contributors"), ("reviewer", "reviewers")):
            part = make.asked(item, "UNU", role)
            assert [a["role"] for a in make.read(f"/deliverables/{item['id']}")["asked"]] == [role]
            answer(make, part, "accept")
            assert [a["code"] for a in make.read(f"/deliverables/{item['id']}")[name]] == ["UNU"]
        with make.unchanged():
            refused(
                make.secretariat.patch(f"/assignments/{part['id']}", {"starts_on": "2009-12-31"}, version=part["version"] + 1),
                422,
                "not_in_the_group",
            )

    def test_one_is_asked_once_for_a_role(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        address = f"/deliverables/{item['id']}/assignments"
        with make.unchanged():
            problem = refused(make.secretariat.post(address, {"agency": "IOM", "role": "lead"}), 409, "already_asked")
            assert problem["params"] == {"agency": "IOM", "state": "proposed"}
        answer(make, part, "accept")
        with make.unchanged():
            assert (
                refused(make.secretariat.post(address, {"agency": "IOM", "role": "lead"}), 409, "already_asked")["params"]["state"]
                == "accepted"
            )
        make.asked(item, "IOM", "reviewer")
        answer(make, part, "decline", {"reason": "capacity"} | make.by_proxy("IOM"))
        again = make.asked(item, "IOM")
        with make.unchanged():  # a change of mind now would make two open ones: the database says so
            refused(make.secretariat.post(f"/assignments/{part['id']}/accept", make.by_proxy("IOM")), 409, "already_asked")
        answer(make, again, "decline", {"reason": "capacity"} | make.by_proxy("IOM"))
        assert answer(make, part, "accept")["state"] == "accepted"

    def test_days_that_do_not_fit(self, make: Make, item: Json) -> None:
        address = f"/deliverables/{item['id']}/assignments"
        part = make.asked(item, "IOM", ends_on="2020-12-31")
        with make.unchanged():
            refused(
                make.secretariat.post(address, {"agency": "ILO", "role": "lead", "starts_on": "2020-01-02", "ends_on": "2020-01-01"}),
                422,
                "ends_before_it_starts",
            )
            refused(
                make.secretariat.patch(f"/assignments/{part['id']}", {"starts_on": "2021-01-01"}, version=part["version"]),
                422,
                "ends_before_it_starts",
            )
            refused(make.secretariat.post(address, {"agency": "NOBODY", "role": "lead"}), 422, "unknown_reference")
        assert ok(make.secretariat.post(address, {"agency": "ILO", "role": "lead"}))["starts_on"] == day(0)

    def test_chairs_and_secretariats_ask_and_others_do_not(self, make: Make, item: Json) -> None:
        make.chair("ILO", starts_on=day(-10), ends_on=day(10), note="n")
        iom, ilo = make.focal_point("IOM"), make.focal_point("ILO")
        address = f"/deliverables/{item['id']}/assignments"
        with make.unchanged():
            for client in (iom, make.viewer, make.administrator):
                refused(client.post(address, {"agency": "IOM", "role": "lead"}), 403, "forbidden")
        part = ok(ilo.post(address, {"agency": "IOM", "role": "lead"}))
        with make.unchanged():
            refused(ilo.post(f"/assignments/{part['id']}/accept"), 403, "forbidden")
        assert ok(ilo.patch(f"/assignments/{part['id']}", {"answer_by": day(-1)}, version=part["version"]), 200)["answer_late"] is True


class TestAnswering:
    def test_an_agency_answers_for_itself_and_others_by_proxy_with_evidence(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        address = f"/assignments/{part['id']}"
        make.a_group("oth")
        stranger = make.service.as_(make.token("focal_point", "oth", "IOM"))
        with make.unchanged():
            for step, body in (("accept", {}), ("decline", {"reason": "capacity"})):
                refused(make.secretariat.post(f"{address}/{step}", body), 422, "evidence_required")
                refused(make.secretariat.post(f"{address}/{step}", body | {"on_behalf_of": "IOM"}), 422, "evidence_required")
                refused(make.secretariat.post(f"{address}/{step}", body | {"evidence": "E-mail"}), 422, "on_behalf_of_another")
                refused(make.secretariat.post(f"{address}/{step}", body | make.by_proxy("ILO")), 422, "on_behalf_of_another")
                refused(make.secretariat.post(f"{address}/{step}", body | make.by_proxy("NOBODY")), 422, "unknown_reference")
                refused(make.focal_point("ILO").post(f"{address}/{step}", body), 403, "forbidden")
                refused(make.viewer.post(f"{address}/{step}", body), 403, "forbidden")
                refused(stranger.post(f"{address}/{step}", body), 404, "not_found")
                refused(make.service.post(f"{address}/{step}", body), 401, "unauthenticated")
        own = ok(make.focal_point("IOM").post(f"{address}/accept"), 200)
        assert (own["state"], own["on_behalf_of"], own["evidence"]) == ("accepted", None, None)
        other = make.asked(item, "ILO", "co_lead")
        proxy = answer(make, other, "accept")
        assert (proxy["on_behalf_of"]["code"], proxy["evidence"]) == ("ILO", "E-mail of 3 March")
        (change,) = make.read(f"/assignments/{other['id']}/history", operation="assignment:accept")["items"]
        assert change["on_behalf_of"]["code"] == "ILO"

    def test_a_load_of_the_record_answers_for_the_agency(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        with unit_of_work(make.engine, INSTALLER, now(), channel="load", effective_on=date(2020, 2, 1)) as work:
            accept_assignment(work, work.get(Assignment, part["id"]))
        (change,) = make.read(f"/assignments/{part['id']}/history", operation="assignment:accept")["items"]
        assert (change["on_behalf_of"]["code"], change["channel"], change["effective_on"]) == ("IOM", "load", "2020-02-01")

    def test_the_same_answer_again_changes_nothing(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        iom = make.focal_point("IOM")
        decline = {"reason": "funding", "note": "No funds.", "suggest": "ILO"}
        for step, body in (("accept", {}), ("decline", decline)):
            first = ok(iom.post(f"/assignments/{part['id']}/{step}", body), 200)
            with make.unchanged():
                assert ok(iom.post(f"/assignments/{part['id']}/{step}", body), 200) == first

    def test_answers_change_and_earlier_ones_stay_in_the_history(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        iom, address = make.focal_point("IOM"), f"/assignments/{part['id']}"
        no = ok(iom.post(f"{address}/decline", {"reason": "capacity", "note": "No staff.", "suggest": "FAO"}), 200)
        assert (no["state"], no["decline_reason"], no["decline_note"], no["suggested"]["code"]) == (
            "declined",
            "capacity",
            "No staff.",
            "FAO",
        )
        other = ok(iom.post(f"{address}/decline", {"reason": "capacity", "note": "No staff at all."}), 200)
        assert (other["decline_note"], other["suggested"]) == ("No staff at all.", None)
        yes = ok(iom.post(f"{address}/accept"), 200)
        assert (yes["state"], yes["decline_reason"], yes["decline_note"], yes["suggested"]) == ("accepted", None, None, None)
        history = make.read(f"{address}/history")["items"]
        assert [h["operation"] for h in history] == ["assignment:propose", "assignment:decline", "assignment:decline", "assignment:accept"]
        assert [h["fields"].get("state") for h in history] == [[None, "proposed"], ["proposed", "declined"], None, ["declined", "accepted"]]
        assert [h["reason"] for h in history] == [None, "capacity: No staff.", "capacity: No staff at all.", None]

    def test_a_decline_has_a_reason_of_the_list(self, make: Make, item: Json) -> None:
        part = make.asked(item, "IOM")
        with make.unchanged():
            for body in ({}, {"reason": "lazy"}, {"reason": None}):
                refused(make.focal_point("IOM").post(f"/assignments/{part['id']}/decline", body), 422, "invalid")
            refused(
                make.focal_point("IOM").post(f"/assignments/{part['id']}/decline", {"reason": "other", "suggest": "NOBODY"}),
                422,
                "unknown_reference",
            )
        for reason in ("capacity", "mandate", "funding", "conflict", "wrong_agency", "other"):
            assert (
                ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/decline", {"reason": reason}), 200)["decline_reason"] == reason
            )


class TestEnding:
    @pytest.mark.parametrize("state", ["proposed", "accepted", "declined"])
    def test_it_is_final_from_every_state(self, make: Make, item: Json, state: str) -> None:
        part = make.asked(item, "IOM")
        steps: dict[str, tuple[str, Json]] = {"accepted": ("accept", {}), "declined": ("decline", {"reason": "capacity"})}
        if state in steps:
            step, body = steps[state]
            answer(make, part, step, body | make.by_proxy("IOM"))
        ended = answer(make, part, "end", {"reason": "Handed over."})
        assert (ended["state"], ended["ends_on"]) == ("ended", day(0))
        with make.unchanged():
            ok(make.secretariat.post(f"/assignments/{part['id']}/end", {"reason": "Again."}), 200)
            refused(make.secretariat.post(f"/assignments/{part['id']}/accept", make.by_proxy("IOM")), 409, "wrong_state")
            refused(
                make.secretariat.post(f"/assignments/{part['id']}/decline", {"reason": "other"} | make.by_proxy("IOM")), 409, "wrong_state"
            )
            refused(make.secretariat.patch(f"/assignments/{part['id']}", {"answer_by": None}, version=ended["version"]), 409, "wrong_state")

    def test_who_led_until_then_stays_known(self, make: Make, item: Json) -> None:
        part = make.lead(item, "IOM", starts_on="2021-01-01")
        with make.unchanged():
            refused(
                make.secretariat.post(f"/assignments/{part['id']}/end", {"reason": "X", "ends_on": "2020-12-31"}),
                422,
                "ends_before_it_starts",
            )
            refused(make.secretariat.post(f"/assignments/{part['id']}/end", {}), 422, "invalid")
            refused(make.focal_point("ILO").post(f"/assignments/{part['id']}/end", {"reason": "X"}), 403, "forbidden")
        ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/end", {"reason": "Handed over.", "ends_on": "2022-05-31"}), 200)
        make.lead(item, "ILO", starts_on="2022-06-01")
        for on, lead in (("2020-12-31", None), ("2021-01-01", "IOM"), ("2022-05-31", "IOM"), ("2022-06-01", "ILO"), (day(0), "ILO")):
            shown = make.read(f"/deliverables/{item['id']}", as_of=on)["lead"]
            assert (shown and shown["code"]) == lead
            current = make.read("/assignments", as_of=on, deliverable=item["id"])["items"]
            assert [(a["agency"]["code"], a["current"]) for a in current] == ([(lead, True)] if lead else [])

    def test_an_end_to_come_leaves_the_lead_in_place_until_then(self, make: Make, item: Json) -> None:
        part = make.lead(item, "IOM")
        planned = answer(make, part, "end", {"reason": "Hands over next month.", "ends_on": day(20)})
        assert (planned["state"], planned["ends_on"], planned["current"]) == ("accepted", day(20), True)
        other = make.asked(item, "ILO", starts_on=day(20))
        with make.unchanged():
            refused(make.secretariat.post(f"/assignments/{other['id']}/accept", make.by_proxy("ILO")), 409, "lead_taken")
        ok(make.secretariat.patch(f"/assignments/{other['id']}", {"starts_on": day(21)}, version=other["version"]), 200)
        answer(make, other, "accept")
        assert [make.read(f"/deliverables/{item['id']}", as_of=day(n))["lead"]["code"] for n in (20, 21)] == ["IOM", "ILO"]
        assert answer(make, part, "end", {"reason": "At once."})["state"] == "ended"


def test_lists_of_parts_are_narrowed_and_sorted(make: Make, item: Json) -> None:
    late = make.deliverable("D2", due="2021-01-01")
    undated = make.deliverable("D3")
    parts = {
        "a": make.lead(item, "IOM"),
        "b": make.lead(late, "IOM"),
        "c": make.asked(undated, "IOM"),
        "d": make.asked(item, "ILO", "reviewer", starts_on="2021-01-01"),
    }
    names = {p["id"]: n for n, p in parts.items()}

    def found(path: str = "/assignments", **params: str) -> str:
        return "".join(names[a["id"]] for a in make.read(path, **params)["items"])

    assert found(agency="IOM", sort="due") == "bac"
    assert found(agency="IOM", sort="-due") == "cab"
    assert found(state="proposed", sort="starts_on") == "cd"
    assert found(role="reviewer") == "d"
    assert found(overdue="true") == "b"
    assert found(status="not_started", agency="ILO") == "d"
    assert found(due_to="2090-06-30", agency="IOM") == "ba"
    assert found(workplan=item["workplan"]["id"], agency="ILO") == "d"
    assert found(f"/deliverables/{undated['id']}/assignments") == "c"
    ok(make.secretariat.patch(f"/deliverables/{late['id']}", {"due": None}, version=late["version"]), 200)
    ok(make.secretariat.patch(f"/deliverables/{undated['id']}", {"due": "2020"}, version=undated["version"]), 200)
    assert found(agency="IOM", sort="due") == "cab", "the due day of a part follows its deliverable's"
    assert make.read(f"/assignments/{parts['c']['id']}")["deliverable"]["due"]["value"] == "2020"


def test_an_open_part_is_one_whose_deliverable_is_open_on_that_day(make: Make, item: Json) -> None:
    make.lead(item, "IOM")
    make.lead(make.deliverable("D2"), "IOM")
    steps = [
        ("deliver", {"delivered_on": day(-2), "evidence": ["https://example.org"]}, False),
        ("reopen", {"reason": "It was withdrawn."} | make.decided(), True),
        ("hold", {"reason": "Waits."}, True),
        ("cancel", {"reason": "Not wanted."}, False),
    ]
    for reader in (make.focal_point("IOM"), make.administrator):

        def found(which: str, reader: Any = reader, **params: str) -> list[str]:
            items = ok(reader.get("/assignments", params={"agency": "IOM", "state": "accepted", "open": which, **params}), 200)["items"]
            return [part["deliverable"]["code"] for part in items]

        assert (found("true"), found("false")) == (["D1", "D2"], [])
    for step, body, is_open in steps:
        ok(make.secretariat.post(f"/deliverables/{item['id']}/{step}", body), 200)
        assert ("D1" in found("true"), "D1" in found("false")) == (is_open, not is_open)
        if step == "deliver":
            assert (found("true", as_of=day(-3)), found("true", as_of=day(-2))) == (["D1", "D2"], ["D2"])
            late = make.asked(item, "ILO", "reviewer")
            assert make.read("/assignments", agency="ILO", open="false")["items"][0]["id"] == late["id"], "told when it is added too"
