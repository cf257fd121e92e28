"""Authority: every formal step names an adopted decision of its own group and of a kind that fits, or changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import every_problem
from app.decisions.rules import KINDS
from tests.decisions.test_silence_procedures import days_on
from tests.make import Json, Make, at, day, ok, refused

Step = tuple[str, str, Json]
"""Method, address and body of a step that only lacks its decision."""


@pytest.fixture(autouse=True)
def _group(make: Make) -> None:
    assert make.group


def endorsing(make: Make) -> Step:
    return "POST", f"/workplans/{make.plan()['id']}/endorse", {"reason": "R"}


def endorsing_a_revision(make: Make) -> Step:
    method, path, body = revising(make)
    ok(make.secretariat.post(path, body | make.decided()), 200)
    return method, path.replace("revise", "endorse"), {"reason": "R"}


def revising(make: Make) -> Step:
    plan = make.plan()
    make.endorsed(plan)
    return "POST", f"/workplans/{plan['id']}/revise", {"reason": "R"}


def activating_a_task_force(make: Make) -> Step:
    return "POST", f"/task-forces/{make.task_force()['id']}/activate", {}


def activating_a_secretariat(make: Make) -> Step:
    body = {"group": "tst", "code": "SEC", "name": "S", "starts_on": "2020-01-01", "sunset_on": "2090-12-31"}
    return "POST", f"/secretariats/{ok(make.secretariat.post('/secretariats', body))['id']}/activate", {}


def extending(make: Make) -> Step:
    return "POST", f"/task-forces/{make.active_task_force()['id']}/extensions", {"sunset_on": "2091-12-31", "reason": "R"}


def shortening(make: Make) -> Step:
    return "POST", f"/task-forces/{make.active_task_force()['id']}/shorten", {"sunset_on": "2080-12-31", "reason": "R"}


def dissolving(make: Make) -> Step:
    return "POST", f"/task-forces/{make.active_task_force()['id']}/dissolve", {"reason": "R"}


def converting(make: Make) -> Step:
    return "POST", f"/task-forces/{make.active_task_force()['id']}/convert", {"code": "WG-N"}


def admitting(make: Make) -> Step:
    make.agency("WHO")
    return "POST", "/groups/tst/members", {"agency": "WHO", "role": "member", "starts_on": "2020-01-01"}


def moving_a_first_day_of_membership(make: Make) -> Step:
    member = make.member("FOUNDER")
    return "PATCH", f"/groups/tst/members/{member['id']}", {"starts_on": "2011-01-01"}


def changing_the_modality(make: Make) -> Step:
    make.modality()
    return "POST", "/groups/tst/modalities", {"effective_on": "2026-01-01", "chair_term_months": 6}


def reopening_what_was_delivered(make: Make) -> Step:
    delivered = make.delivered(make.deliverable(due="2024"))
    return "POST", f"/deliverables/{delivered['id']}/reopen", {"reason": "R"}


NEEDING: dict[Callable[[Make], Step], set[str]] = {
    endorsing: {"endorse_plan", "revise_plan"},
    endorsing_a_revision: {"endorse_plan", "revise_plan"},
    revising: {"revise_plan"},
    activating_a_task_force: {"establish"},
    activating_a_secretariat: {"establish"},
    extending: {"extend"},
    shortening: {"dissolve", "extend"},
    dissolving: {"dissolve"},
    converting: {"convert"},
    admitting: {"admit"},
    moving_a_first_day_of_membership: {"admit"},
    changing_the_modality: {"change_modality"},
    reopening_what_was_delivered: {"revise_plan"},
}
"""The steps that rule 5 of the domain names, each with the kinds of decision that fit it, beside `other`."""


def nominating(make: Make) -> Step:
    make.member("CHA")
    body = {
        "group": "tst",
        "state": "confirmed",
        "starts_on": "2030-01-01",
        "ends_on": "2030-12-31",
        "note": "N",
        "holders": [{"agency": "CHA"}],
    }
    return "POST", "/chairmanships", body


def confirming(make: Make) -> Step:
    method, path, body = nominating(make)
    return method, f"/chairmanships/{ok(make.secretariat.request(method, path, json=body | {'state': 'nominated'}))['id']}/confirm", {}


def proposing_a_body(make: Make) -> Step:
    return "POST", "/working-groups", {"group": "tst", "code": "WG", "name": "W", "starts_on": "2020-01-01"}


def activating_a_working_group(make: Make) -> Step:
    make.member("CHA")
    group = make.working_group()
    ok(
        make.secretariat.post(
            f"/working-groups/{group['id']}/participations", {"agency": "CHA", "role": "chair", "starts_on": "2020-01-01"}
        )
    )
    return "POST", f"/working-groups/{group['id']}/activate", {}


NAMING: dict[Callable[[Make], Step], set[str]] = {
    nominating: {"elect_chair", "change_modality"},
    confirming: {"elect_chair", "change_modality"},
    proposing_a_body: {"establish"},
    activating_a_working_group: {"establish"},
}
"""The steps that may name a decision. What they name is held to the same rules."""
EVERY = NEEDING | NAMING


def send(make: Make, step: Step, **decision: Any) -> Any:
    method, path, body = step
    headers = {"if-match": '"1"'} if method == "PATCH" else {}
    return make.secretariat.request(method, path, json=body | decision, headers=headers)


def silence(make: Make, code: str, **values: Any) -> str:
    body = {"group": "tst", "code": code, "text": "We agree.", "deadline": day(5)} | values
    return str(ok(make.secretariat.post("/silence-procedures", body))["id"])


@pytest.mark.parametrize("step", NEEDING, ids=lambda step: step.__name__)
def test_without_its_decision_a_formal_step_changes_nothing(make: Make, step: Callable[[Make], Step]) -> None:
    sent = step(make)
    with make.unchanged():
        for nothing in ({}, {"decision": None}) if sent[0] == "POST" else ({},):
            problem = refused(send(make, sent, **nothing), 422, "decision_required")
            assert problem["errors"][0]["pointer"] == "/decision"


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.__name__)
def test_what_is_no_decision_of_the_group_in_force_and_of_the_kind_authorises_nothing(
    make: Make, step: Callable[[Make], Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = step(make)
    make.member("ILO")
    make.a_group("oth")
    outside = make.service.as_(make.token("secretariat", "oth"))
    body = {"group": "oth", "code": "X", "decided_on": "2020-01-01", "level": "principals", "text": "T"}
    elsewhere = ok(outside.post("/decisions", body))["id"]
    pending, hit, gone, silent = (silence(make, code) for code in ("S1", "S2", "S3", "S4"))
    objection = {"agency": "ILO", "reason": "No.", "evidence": "E-mail"}
    ok(make.secretariat.post(f"/decisions/{hit}/objections", objection))
    ok(make.secretariat.post(f"/decisions/{gone}/withdraw", {"reason": "R"}), 200)
    unfit = [make.decision(kind=kind)["id"] for kind in KINDS if kind not in EVERY[step] | {"other"}]
    assert unfit
    with make.unchanged():
        refused(send(make, sent, decision=elsewhere), 422, "unknown_reference")
        refused(send(make, sent, decision="no-such-id"), 422, "unknown_reference")
        for waiting in (pending, hit):
            problem = refused(send(make, sent, decision=waiting), 409, "decision_pending")
            assert day(5) in problem["detail"]
            assert day(6) in problem["detail"], "it says from when it would be legal"
        refused(send(make, sent, decision=gone), 409, "decision_not_adopted")
        for other in unfit:
            problem = refused(send(make, sent, decision=other), 422, "decision_does_not_fit")
            assert all(kind in problem["detail"] for kind in EVERY[step])
    at(monkeypatch, days_on(6))
    with make.unchanged():
        problem = refused(send(make, sent, decision=hit), 409, "decision_not_adopted")
        assert "fallen" in problem["detail"]
    assert send(make, sent, decision=silent).status_code in (200, 201), "silence has become a decision by itself"


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.__name__)
def test_each_kind_that_fits_authorises_the_step(make: Make, step: Callable[[Make], Step]) -> None:
    sent = step(make)
    decision = make.decision(kind=sorted(EVERY[step])[0])
    assert send(make, sent, decision=decision["id"]).status_code in (200, 201)
    change = ok(make.secretariat.get("/changes", params={"limit": "500"}), 200)["items"][-1]
    assert change["decision"]["id"] == decision["id"], "the journal names it"


def test_no_door_that_takes_a_decision_is_left_out(make: Make) -> None:
    """Every operation whose body has a field `decision` says what it answers to one that is not in force."""
    spec = ok(make.service.get("/openapi.json"), 200)
    doors: dict[str, Json] = {}
    for item in spec["paths"].values():
        for operation in item.values():
            name = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
            if "decision" in spec["components"]["schemas"].get(name.rsplit("/", 1)[-1], {}).get("properties", {}):
                doors[operation["operationId"]] = operation["responses"]
    del doors["attach_outcome"]  # it tells where a decision was taken, and rests on none
    assert len(doors) >= len(EVERY)
    for name, answers in doors.items():
        for code in ("decision_pending", "decision_not_adopted"):
            assert f"`{code}`" in answers[str(every_problem()[code].status)]["description"], name
