"""From proposed to active, and to one of the ends that are final."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.make import Json, Make, at, day, ok, refused, today

ENDED = ("completed", "lapsed", "dissolved", "converted")


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    make.member("IOM")


def end(make: Make, path: str, state: str) -> Json:
    """Bring a body to one of its ends."""
    if state in ("closed", "completed"):
        return ok(make.secretariat.post(f"{path}/close", {"outcome": "Done."}), 200)  # type: ignore[no-any-return]
    if state == "lapsed":
        return ok(make.secretariat.post(f"{path}/lapse"), 200)  # type: ignore[no-any-return]
    if state == "dissolved":
        return ok(make.secretariat.post(f"{path}/dissolve", {"reason": "Not needed."} | make.decided()), 200)  # type: ignore[no-any-return]
    ok(make.secretariat.post(f"{path}/convert", {"code": "WG-9"} | make.decided()))
    return make.read(path)  # type: ignore[no-any-return]


def past_the_sunset(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a day after the sunset of a body that ends in five days."""
    at(monkeypatch, datetime.combine(today() + timedelta(days=6), datetime.min.time(), UTC))


class TestActivating:
    def test_a_working_group_needs_a_chair_from_the_members(self, make: Make) -> None:
        path = f"/working-groups/{make.working_group()['id']}"
        ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM", "role": "member"}))
        with make.unchanged():
            problem = refused(make.secretariat.post(f"{path}/activate"), 409, "body_needs_chair")
        assert problem["params"] == {"code": "WG-1", "day": day(0)}
        make.member("ILO")
        ok(make.secretariat.post(f"{path}/participations", {"agency": "ILO", "role": "co_chair"}))
        assert ok(make.secretariat.post(f"{path}/activate"), 200)["state"] == "active"

    def test_the_chair_of_its_first_day_will_do_before_that_day(self, make: Make) -> None:
        group = make.working_group(starts_on=day(30))
        path = f"/working-groups/{group['id']}"
        ok(
            make.secretariat.post(
                f"{path}/participations", {"agency": "IOM", "role": "chair", "starts_on": "2020-01-01", "ends_on": day(20)}
            )
        )
        with make.unchanged():
            assert refused(make.secretariat.post(f"{path}/activate"), 409, "body_needs_chair")["params"]["day"] == day(30)
        part = ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM", "role": "chair", "starts_on": day(21)}))
        assert part["current"] is False
        assert ok(make.secretariat.post(f"{path}/activate"), 200)["state"] == "active"

    @pytest.mark.parametrize("path", ["/task-forces", "/secretariats"])
    def test_a_task_force_and_a_secretariat_need_a_decision(self, make: Make, path: str) -> None:
        body = {"group": "tst", "code": "B1", "name": "B", "starts_on": "2020-01-01", "sunset_on": "2090-12-31"}
        made = ok(make.secretariat.post(path, body))
        with make.unchanged():
            refused(make.secretariat.post(f"{path}/{made['id']}/activate"), 422, "decision_required")
            refused(make.secretariat.post(f"{path}/{made['id']}/activate", {"decision": "none"}), 422, "unknown_reference")
            refused(make.viewer.post(f"{path}/{made['id']}/activate", {"decision": "none"}), 403, "forbidden")
        decided = make.decided()
        active = ok(make.secretariat.post(f"{path}/{made['id']}/activate", decided), 200)
        assert (active["state"], active["decision"]["id"]) == ("active", decided["decision"])
        (change,) = make.read("/changes", id=made["id"], operation="body:activate")["items"]
        assert (change["fields"]["state"], change["decision"]["id"]) == (["proposed", "active"], decided["decision"])

    def test_the_decision_that_it_was_proposed_with_will_do(self, make: Make) -> None:
        decided = make.decided()
        assert make.active_task_force(**decided)["decision"]["id"] == decided["decision"]

    def test_activating_again_changes_nothing(self, make: Make) -> None:
        force = make.active_task_force()
        with make.unchanged():
            ok(make.secretariat.post(f"/task-forces/{force['id']}/activate"), 200)

    def test_a_working_group_rests_and_is_woken(self, make: Make) -> None:
        path = f"/working-groups/{make.working_group()['id']}"
        with make.unchanged():
            refused(make.secretariat.post(f"{path}/rest", {"reason": "Waiting."}), 409, "wrong_state")
        ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM", "role": "chair"}))
        ok(make.secretariat.post(f"{path}/activate"), 200)
        assert ok(make.secretariat.post(f"{path}/rest", {"reason": "Waiting."}), 200)["state"] == "dormant"
        with make.unchanged():
            ok(make.secretariat.post(f"{path}/rest", {"reason": "Waiting still."}), 200)
        assert ok(make.secretariat.post(f"{path}/activate"), 200)["state"] == "active"
        assert [h["reason"] for h in make.read(f"{path}/history", operation="body:rest")["items"]] == ["Waiting."]


class TestClosing:
    @pytest.mark.parametrize(
        ("path", "state"), [("/working-groups", "closed"), ("/task-forces", "completed"), ("/secretariats", "completed")]
    )
    def test_it_needs_an_outcome(self, make: Make, path: str, state: str) -> None:
        body = {"group": "tst", "code": "B1", "name": "B"} | ({} if path == "/working-groups" else {"sunset_on": day(50)})
        made = ok(make.secretariat.post(path, body))
        with make.unchanged():
            refused(make.secretariat.post(f"{path}/{made['id']}/close"), 422, "outcome_required")
        closed = ok(make.secretariat.post(f"{path}/{made['id']}/close", {"outcome": "A handbook."}), 200)
        assert (closed["state"], closed["outcome"], closed["ended_on"]) == (state, "A handbook.", day(0))
        assert (closed["days_left"], closed["expiring"], closed["sunset_passed"]) == (None, False, False)

    def test_open_deliverables_stand_in_the_way_of_closing_and_dissolving(self, make: Make) -> None:
        force = make.active_task_force()
        items = {code: make.deliverable(code, body=force["id"]) for code in ("D1", "D2", "D3", "D4", "D5")}
        make.lead(items["D2"], "IOM")
        ok(make.secretariat.post(f"/deliverables/{items['D2']['id']}/start"), 200)
        ok(make.secretariat.post(f"/deliverables/{items['D3']['id']}/hold", {"reason": "No funds."}), 200)
        make.delivered(items["D4"])
        ok(make.secretariat.post(f"/deliverables/{items['D5']['id']}/supersede", {"reason": "Merged."}), 200)
        path = f"/task-forces/{force['id']}"
        with make.unchanged():
            for step, body in (
                ("close", {"outcome": "Done."}),
                ("dissolve", {"reason": "Enough."} | {"decision": force["decision"]["id"]}),
            ):
                problem = refused(make.secretariat.post(f"{path}/{step}", body), 409, "open_deliverables")
                assert problem["params"] == {"code": "TF-1", "open": "D1, D2, D3"}
        make.delivered(items["D1"])
        make.delivered(items["D2"])
        ok(make.secretariat.post(f"/deliverables/{items['D3']['id']}/cancel", {"reason": "No funds."}), 200)
        assert ok(make.secretariat.post(f"{path}/close", {"outcome": "Done."}), 200)["state"] == "completed"

    def test_a_deliverable_of_its_stream_belongs_to_it(self, make: Make) -> None:
        force = make.active_task_force(sunset_on=day(60))
        stream = make.stream(body=force["id"])
        with make.unchanged():
            body = {"stream": stream["id"], "code": "D1", "title": "T", "due": day(61)}
            refused(make.secretariat.post("/deliverables", body), 422, "due_after_sunset")
        assert ok(make.secretariat.post("/deliverables", body | {"due": day(60)}))["body"]["code"] == "TF-1"
        with make.unchanged():
            refused(make.secretariat.post(f"/task-forces/{force['id']}/close", {"outcome": "Done."}), 409, "open_deliverables")


class TestDissolving:
    @pytest.mark.parametrize("path", ["/task-forces", "/secretariats"])
    def test_it_needs_a_decision_and_a_reason(self, make: Make, path: str) -> None:
        made = ok(make.secretariat.post(path, {"group": "tst", "code": "B1", "name": "B", "sunset_on": day(50)}))
        full = {"reason": "Its work goes on elsewhere."} | make.decided()
        with make.unchanged():
            refused(make.secretariat.post(f"{path}/{made['id']}/dissolve", {"reason": "Why."}), 422, "decision_required")
            refused(make.secretariat.post(f"{path}/{made['id']}/dissolve", {"decision": full["decision"]}), 422, "reason_required")
        gone = ok(make.secretariat.post(f"{path}/{made['id']}/dissolve", full), 200)
        assert (gone["state"], gone["outcome"], gone["ended_on"]) == ("dissolved", full["reason"], day(0))
        with make.unchanged():
            ok(make.secretariat.post(f"{path}/{made['id']}/dissolve", full), 200)


class TestConverting:
    def test_it_makes_a_working_group_that_takes_over(self, make: Make) -> None:
        force = make.active_task_force(mandate="Centralize information.")
        stream = make.stream(body=force["id"])
        left, done = make.deliverable("D1", stream), make.deliverable("D2", stream)
        make.delivered(done)
        with make.unchanged():
            refused(make.secretariat.post(f"/task-forces/{force['id']}/convert", {"code": "WG-CAP"}), 422, "decision_required")
            refused(
                make.secretariat.post(f"/task-forces/{force['id']}/convert", {"code": "TF-1"} | {"decision": force["decision"]["id"]}),
                409,
                "body_code_taken",
            )
        made = make.secretariat.post(f"/task-forces/{force['id']}/convert", {"code": "WG-CAP"} | make.decided())
        group = ok(made)
        assert made.headers["location"] == f"/api/v1/working-groups/{group['id']}"
        assert (group["kind"], group["state"], group["name"], group["mandate"]) == (
            "working_group",
            "proposed",
            "Task force TF-1",
            "Centralize information.",
        )
        assert (group["predecessor"]["id"], group["starts_on"], group["sunset_on"]) == (force["id"], day(0), None)
        before = make.read(f"/task-forces/{force['id']}")
        assert (before["state"], before["successor"]["id"], before["outcome"], before["ended_on"]) == (
            "converted",
            group["id"],
            "Converted into WG-CAP.",
            day(0),
        )
        assert make.read(f"/deliverables/{left['id']}")["body"]["id"] == group["id"]
        assert make.read(f"/deliverables/{done['id']}")["body"]["id"] == force["id"]
        assert make.read(f"/streams/{stream['id']}")["body"]["id"] == group["id"]
        assert make.deliverable("D3", stream)["body"]["id"] == group["id"]

    def test_its_name_and_outcome_may_be_given(self, make: Make) -> None:
        force = make.task_force()
        body = {"code": "WG-2", "name": "Capacity", "outcome": "Two trainings."} | make.decided()
        assert ok(make.secretariat.post(f"/task-forces/{force['id']}/convert", body))["name"] == "Capacity"
        assert make.read(f"/task-forces/{force['id']}")["outcome"] == "Two trainings."


@pytest.mark.parametrize("state", ENDED)
def test_an_end_is_final(make: Make, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    force = make.active_task_force(sunset_on=day(5))
    path = f"/task-forces/{force['id']}"
    part = ok(make.secretariat.post(f"{path}/participations", {"agency": "IOM"}))
    if state == "lapsed":
        past_the_sunset(monkeypatch)
    ended = end(make, path, state)
    assert ended["state"] == state
    decided = make.decided()
    stream = make.default_stream
    steps: list[tuple[str, str, Json]] = [
        ("POST", f"{path}/activate", decided), ("POST", f"{path}/extensions", {"sunset_on": "2091-12-31", "reason": "More."} | decided),
        ("POST", f"{path}/shorten", {"sunset_on": "2021-06-30", "reason": "Less."} | decided), ("POST", f"{path}/convert", {"code": "WG-8"} | decided),
        ("POST", f"{path}/participations", {"agency": "IOM", "starts_on": "2050-01-01"}), ("PATCH", path, {"name": "Other"}),
        ("PATCH", f"{path}/participations/{part['id']}", {"ends_on": "2050-01-01"}),
        ("POST", "/deliverables", {"stream": stream["id"], "code": "D9", "title": "T", "body": force["id"]}),
    ]  # fmt: skip
    ending: dict[str, Json] = {"completed": {"outcome": "Again."}, "lapsed": {}, "dissolved": {"reason": "Again."} | decided}
    words = {"completed": "close", "lapsed": "lapse", "dissolved": "dissolve"}
    steps += [("POST", f"{path}/{words[other]}", body) for other, body in ending.items() if other != state]
    with make.unchanged():
        for method, address, body in steps:
            version = f'"{part["version"] if "participations" in address else ended["version"]}"'
            headers = {"if-match": version} if method == "PATCH" else {}
            refused(make.secretariat.request(method, address, json=body, headers=headers), 409, "wrong_state")


@pytest.mark.parametrize("state", ["completed", "lapsed"])
def test_closing_the_same_way_again_changes_nothing(make: Make, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/task-forces/{make.active_task_force(sunset_on=day(5))['id']}"
    if state == "lapsed":
        past_the_sunset(monkeypatch)
    end(make, path, state)
    with make.unchanged():
        assert end(make, path, state)["state"] == state


def test_a_closed_working_group_is_final(make: Make) -> None:
    path = f"/working-groups/{make.working_group()['id']}"
    assert end(make, path, "closed")["state"] == "closed"
    with make.unchanged():
        refused(make.secretariat.post(f"{path}/activate"), 409, "wrong_state")
        refused(make.secretariat.post(f"{path}/rest", {"reason": "Waiting."}), 409, "wrong_state")
        assert end(make, path, "closed")["ended_on"] == today().isoformat()


def test_a_working_group_has_no_door_for_what_ends_a_task_force(make: Make) -> None:
    path: Any = f"/working-groups/{make.working_group()['id']}"
    with make.unchanged():
        for step in ("extensions", "shorten", "dissolve", "convert"):
            assert make.secretariat.post(f"{path}/{step}", {"code": "X"}).status_code in (404, 405)
