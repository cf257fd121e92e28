"""Moving a sunset: later by extension, earlier by shortening; both by decision and with a reason."""

from typing import Any

import pytest

from tests.client import Client
from tests.make import Json, Make, day, ok, refused

LIMITS = {"max_extensions": 2, "max_extension_months": 12}


@pytest.fixture
def force(make: Make) -> Json:
    make.modality(**LIMITS)
    return make.active_task_force(starts_on="2020-01-01", sunset_on=day(100))


def extend(client: Client, body: Json, **values: Any) -> Any:
    return client.post(f"/task-forces/{body['id']}/extensions", values)


def test_it_needs_a_decision_and_a_reason_and_a_later_day(make: Make, force: Json) -> None:
    decided = make.decided(decided_on="2020-06-01")
    full = {"sunset_on": day(200), "reason": "The training is still being developed."} | decided
    with make.unchanged():
        refused(extend(make.secretariat, force, **{k: v for k, v in full.items() if k != "decision"}), 422, "decision_required")
        refused(extend(make.secretariat, force, **{k: v for k, v in full.items() if k != "reason"}), 422, "reason_required")
        refused(extend(make.secretariat, force, **(full | {"sunset_on": day(100)})), 422, "extension_not_later")
        refused(extend(make.secretariat, force, **(full | {"sunset_on": day(99)})), 422, "extension_not_later")
        refused(extend(make.secretariat, force, **(full | {"decision": "another"})), 422, "unknown_reference")
        refused(extend(make.viewer, force, **full), 403, "forbidden")
    made = ok(extend(make.secretariat, force, **full))
    assert (made["former_sunset_on"], made["sunset_on"], made["late"]) == (day(100), day(200), False)
    assert made["decision"]["id"] == decided["decision"]
    after = make.read(f"/task-forces/{force['id']}")
    assert (after["sunset_on"], after["extensions"], after["days_left"]) == (day(200), 1, 200)


def test_the_modality_gives_how_long_and_how_often(make: Make, force: Json) -> None:
    secretariat = make.secretariat
    force = make.active_task_force("TF-2", starts_on="2040-01-15", sunset_on="2041-01-31")

    def again(sunset_on: str) -> Any:
        return extend(secretariat, force, sunset_on=sunset_on, reason="Work goes on.", **decided)

    decided = make.decided()
    with make.unchanged():
        problem = refused(again("2042-02-01"), 422, "extension_too_long")
    assert problem["params"]["latest"] == "2042-01-31"
    ok(again("2042-01-31"))
    ok(again("2042-03-31"))
    with make.unchanged():
        problem = refused(again("2042-04-30"), 409, "no_extensions_left")
    assert (problem["params"]["most"], problem["params"]["code"]) == (2, "TF-2")
    listed = make.read(f"/task-forces/{force['id']}/extensions")["items"]
    assert [(e["former_sunset_on"], e["sunset_on"]) for e in listed] == [("2041-01-31", "2042-01-31"), ("2042-01-31", "2042-03-31")]


def test_without_limits_in_the_modality_any_length_will_do(make: Make) -> None:
    make.modality()
    force = make.active_task_force()
    assert ok(extend(make.secretariat, force, sunset_on="2199-12-31", reason="So decided.", **make.decided()))["sunset_on"] == "2199-12-31"


def test_one_decided_after_the_sunset_is_taken_and_marked_late(make: Make) -> None:
    force = make.task_force(starts_on="2013-07-03", sunset_on="2015-07-02")
    in_time = make.decided(decided_on="2015-07-02")
    assert ok(extend(make.secretariat, force, sunset_on="2015-12-31", reason="In time.", **in_time))["late"] is False
    too_late = make.decided(decided_on="2016-01-01")
    assert ok(extend(make.secretariat, force, sunset_on="2016-12-31", reason="Too late.", **too_late))["late"] is True


def test_extensions_are_only_ever_added(make: Make, force: Json) -> None:
    made = ok(extend(make.secretariat, force, sunset_on=day(120), reason="Once.", **make.decided()))
    address = f"/task-forces/{force['id']}/extensions"
    with make.unchanged():
        for method in ("PATCH", "DELETE", "PUT"):
            assert make.secretariat.request(method, f"{address}/{made['id']}", json={}).status_code in (404, 405)
    ok(extend(make.secretariat, force, sunset_on=day(140), reason="Twice.", **make.decided()))
    assert make.read(address)["items"][0] == made


def test_a_secretariat_is_extended_by_the_same_rules(make: Make) -> None:
    make.modality(**LIMITS)
    body = {"group": "tst", "code": "SEC", "name": "Secretariat", "starts_on": "2020-01-01", "sunset_on": day(100)}
    unit = ok(make.secretariat.post("/secretariats", body))
    address = f"/secretariats/{unit['id']}/extensions"
    later = {"sunset_on": day(200), "reason": "Its staff stays."}
    with make.unchanged():
        refused(make.secretariat.post(address, later), 422, "decision_required")
    ok(make.secretariat.post(address, later | make.decided()))
    assert len(make.read(address)["items"]) == 1


def test_two_that_come_at_once_do_not_outrun_the_modality(make: Make) -> None:
    make.modality(max_extensions=1)
    force = make.active_task_force(sunset_on=day(100))
    secretariat, decided = make.secretariat, make.decided()
    calls = [lambda n=n: extend(secretariat, force, sunset_on=day(110 + n), reason="Work goes on.", **decided) for n in range(4)]
    answers = secretariat.at_once(*calls)
    assert sorted(a.status_code in (409, 422) for a in answers) == [False, True, True, True]
    assert make.read(f"/task-forces/{force['id']}")["extensions"] == 1


class TestShortening:
    def test_it_needs_a_decision_and_a_reason_and_an_earlier_day(self, make: Make, force: Json) -> None:
        address = f"/task-forces/{force['id']}/shorten"
        full = {"sunset_on": day(50), "reason": "Ready early."} | make.decided()
        with make.unchanged():
            refused(make.secretariat.post(address, {k: v for k, v in full.items() if k != "decision"}), 422, "decision_required")
            refused(make.secretariat.post(address, {k: v for k, v in full.items() if k != "reason"}), 422, "reason_required")
            refused(make.secretariat.post(address, full | {"sunset_on": "2020-01-01"}), 422, "sunset_not_after_start")
            refused(make.secretariat.post(address, full | {"sunset_on": day(101)}), 422, "sunset_not_earlier")
            ok(make.secretariat.post(address, full | {"sunset_on": day(100)}), 200)
        assert ok(make.secretariat.post(address, full), 200)["days_left"] == 50

    def test_it_strands_no_open_deliverable(self, make: Make, force: Json) -> None:
        for code, due in (("D1", day(50)), ("D2", day(51)), ("D3", day(90)), ("D4", None)):
            made = make.deliverable(code, body=force["id"], due=due)
        address = f"/task-forces/{force['id']}/shorten"
        full = {"sunset_on": day(50), "reason": "Ready early."} | make.decided()
        with make.unchanged():
            problem = refused(make.secretariat.post(address, full), 409, "sunset_strands_deliverables")
        assert problem["params"]["open"] == "D2, D3"
        for item in make.read("/deliverables", body=force["id"])["items"]:
            if item["code"] in ("D2", "D3"):
                ok(make.secretariat.post(f"/deliverables/{item['id']}/cancel", {"reason": "Not needed."}), 200)
        assert made["due"] is None
        assert ok(make.secretariat.post(address, full), 200)["sunset_on"] == day(50)
