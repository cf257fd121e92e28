"""Whose mandate ends by itself, and how far ahead its end may lie."""

from typing import Any

import pytest

from tests.make import Make, ok, refused

TIME_BOUND = ("/task-forces", "/secretariats")


def body(**values: Any) -> dict[str, Any]:
    return {"group": "tst", "code": "B1", "name": "Capacity Development", "starts_on": "2020-01-01"} | values


@pytest.mark.parametrize("path", TIME_BOUND)
def test_a_task_force_and_a_secretariat_need_a_sunset(make: Make, path: str) -> None:
    secretariat = make.secretariat
    with make.unchanged():
        problem = refused(secretariat.post(path, body()), 422, "sunset_required")
        refused(secretariat.post(path, body(sunset_on=None)), 422, "sunset_required")
    assert problem["errors"][0]["pointer"] == "/sunset_on"
    found = ok(secretariat.post(path, body(sunset_on="2021-12-31")))
    assert (found["state"], found["sunset_on"], found["extensions"]) == ("proposed", "2021-12-31", 0)


def test_a_working_group_is_standing_and_has_none(make: Make) -> None:
    secretariat = make.secretariat
    with make.unchanged():
        refused(secretariat.post("/working-groups", body(sunset_on="2021-12-31")), 422, "sunset_not_applicable")
    group = ok(secretariat.post("/working-groups", body()))
    assert (group["sunset_on"], group["days_left"], group["expiring"], group["sunset_passed"]) == (None, None, False, False)


@pytest.mark.parametrize("path", TIME_BOUND)
@pytest.mark.parametrize("sunset_on", ["2019-12-31", "2020-01-01"])
def test_it_lies_after_the_first_day(make: Make, path: str, sunset_on: str) -> None:
    secretariat = make.secretariat
    with make.unchanged():
        refused(secretariat.post(path, body(sunset_on=sunset_on)), 422, "sunset_not_after_start")
    assert ok(secretariat.post(path, body(sunset_on="2020-01-02")))["sunset_on"] == "2020-01-02"


@pytest.mark.parametrize("path", TIME_BOUND)
def test_it_lies_within_the_modality_unless_a_decision_says_otherwise(make: Make, path: str) -> None:
    make.modality(task_force_max_months=24)
    secretariat = make.secretariat
    with make.unchanged():
        problem = refused(secretariat.post(path, body(sunset_on="2022-01-01")), 422, "sunset_beyond_modality")
    assert problem["params"] == {"count": 0, "months": 24, "latest": "2021-12-31"}
    assert ok(secretariat.post(path, body(sunset_on="2021-12-31")))["decision"] is None
    decided = ok(secretariat.post(path, body(code="B2", sunset_on="2022-01-01", **make.decided(code="2020/7"))))
    assert decided["decision"]["code"] == "2020/7"


def test_the_modality_of_its_first_day_counts(make: Make) -> None:
    make.modality(task_force_max_months=24)
    make.modality(effective_on="2021-01-01", task_force_max_months=6, **make.decided())
    secretariat = make.secretariat
    ok(secretariat.post("/task-forces", body(starts_on="2020-12-31", sunset_on="2022-12-30")))
    with make.unchanged():
        later = body(code="B2", starts_on="2021-01-01", sunset_on="2021-07-01")
        refused(secretariat.post("/task-forces", later), 422, "sunset_beyond_modality")
    ok(secretariat.post("/task-forces", later | {"sunset_on": "2021-06-30"}))


def test_a_code_is_taken_whatever_the_kind(make: Make) -> None:
    first = make.working_group("WG-1")
    other = make.task_force("TF-1")
    with make.unchanged():
        refused(make.secretariat.post("/task-forces", body(code="WG-1", sunset_on="2021-12-31")), 409, "body_code_taken")
        refused(make.secretariat.patch(f"/task-forces/{other['id']}", {"code": "WG-1"}, version=other["version"]), 409, "body_code_taken")
    same = make.secretariat.patch(f"/working-groups/{first['id']}", {"code": "WG-1", "name": "Data"}, version=first["version"])
    assert ok(same, 200)["name"] == "Data"
    assert ok(make.secretariat.patch(f"/task-forces/{other['id']}", {"code": "TF-2"}, version=other["version"]), 200)["code"] == "TF-2"


def test_without_a_first_day_it_begins_today(make: Make) -> None:
    from tests.make import today

    made = ok(make.secretariat.post("/working-groups", {"group": "tst", "code": "B1", "name": "Data"}))
    assert made["starts_on"] == today().isoformat()


def test_what_it_hangs_on_must_be_in_the_group(make: Make) -> None:
    make.agency("IOM")
    elsewhere = make.a_group("oth")
    assert elsewhere["code"] == "oth"
    parent = make.working_group("WG-1")
    secretariat = make.secretariat
    with make.unchanged():
        for field in ("parent", "predecessor", "decision"):
            problem = refused(secretariat.post("/working-groups", body(**{field: "no-such-id"})), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == f"/{field}"
        refused(secretariat.post("/working-groups", body(host="NOBODY")), 422, "unknown_reference")
        refused(secretariat.post("/working-groups", body(group="oth")), 422, "unknown_reference")
    made = ok(secretariat.post("/working-groups", body(parent=parent["id"], predecessor=parent["id"], host="IOM")))
    assert (made["parent"]["code"], made["predecessor"]["code"], made["host"]["code"]) == ("WG-1", "WG-1", "IOM")
    assert make.read(f"/working-groups/{parent['id']}")["successor"]["code"] == "B1"
