"""Decisions: recorded once they were taken, under codes of their own, and found behind the steps that they authorise."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.actors import Grant, Role
from app.core.dates import now
from app.core.work import unit_of_work
from app.decisions.rules import DecisionRequired
from app.groups.actions import load_group
from app.membership.actions import adopt_modality
from tests.make import INSTALLER, Make, ok, refused

BODY = {"group": "tst", "code": "2012-11/1", "decided_on": "2012-11-15", "level": "principals", "text": "Twelve months."}


def test_a_decision_is_recorded_and_corrected(make: Make) -> None:
    made = ok(make.secretariat.post("/decisions", BODY))
    assert (made["method"], made["kind"], made["group"]["code"]) == ("consensus", "other", "tst")
    corrected = ok(make.secretariat.patch(f"/decisions/{made['id']}", {"place": "Geneva", "code": "2012-11/1"}, version=1), 200)
    assert (corrected["place"], corrected["version"]) == ("Geneva", 2)
    assert ok(make.viewer.get(f"/decisions/{made['id']}"), 200) == corrected


def test_a_code_is_used_once_in_a_group(make: Make) -> None:
    first = ok(make.secretariat.post("/decisions", BODY))
    second = make.decision(code="other")
    before = make.journal()
    refused(make.secretariat.post("/decisions", BODY), 409, "decision_code_taken")
    refused(make.secretariat.patch(f"/decisions/{second['id']}", {"code": first["code"]}, version=1), 409, "decision_code_taken")
    assert make.journal() == before
    make.a_group("oth")
    ok(make.service.as_(make.token("secretariat", "oth")).post("/decisions", BODY | {"group": "oth"}))


def test_what_is_not_decided_yet_is_not_recorded(make: Make) -> None:
    made = make.decision()
    before = make.journal()
    later = (now() + timedelta(days=2)).date().isoformat()
    refused(make.secretariat.post("/decisions", BODY | {"decided_on": later}), 422, "decided_in_the_future")
    refused(make.secretariat.patch(f"/decisions/{made['id']}", {"decided_on": later}, version=1), 422, "decided_in_the_future")
    assert make.journal() == before


@pytest.mark.parametrize(
    "wrong", [{"level": "all"}, {"method": "dice"}, {"kind": "x"}, {"text": ""}, {"code": " "}, {"decided_on": "2012-11"}]
)
def test_a_decision_with_a_word_of_no_list_is_refused(make: Make, wrong: dict[str, str]) -> None:
    secretariat = make.secretariat
    before = make.journal()
    refused(secretariat.post("/decisions", BODY | wrong), 422, "invalid")
    assert make.journal() == before


def test_a_decision_of_another_group_authorises_nothing(make: Make) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    foreign = ok(other.post("/decisions", BODY | {"group": "oth"}))
    make.modality()
    before = make.journal()
    body = {"effective_on": "2014-01-01", "chair_term_months": 12}
    refused(make.secretariat.post("/groups/tst/modalities", body), 422, "decision_required")
    for unknown in (foreign["id"], "none"):
        refused(make.secretariat.post("/groups/tst/modalities", body | {"decision": unknown}), 422, "unknown_reference")
    assert make.journal() == before
    own = make.decision()
    made = ok(make.secretariat.post("/groups/tst/modalities", body | {"decision": own["id"]}))
    assert made["decision"] == {"id": own["id"], "code": own["code"], "decided_on": own["decided_on"]}
    told = ok(make.secretariat.get("/changes", params={"entity": "modality"}), 200)["items"][-1]
    assert told["decision"]["id"] == own["id"]


def test_a_recorded_step_may_say_that_its_decision_is_undocumented(make: Make) -> None:
    make.modality()
    values: dict[str, Any] = {"chair_term_months": 6, "decision": None}
    for actor, undocumented in (
        (INSTALLER, False),
        (replace(INSTALLER, recording=False, grants=frozenset({Grant(Role.SECRETARIAT, make.group["id"])})), True),
    ):
        before = make.journal()
        with pytest.raises(DecisionRequired), unit_of_work(make.engine, actor, now(), undocumented=undocumented) as work:
            adopt_modality(work, load_group(work, "tst"), effective_on=date(2014, 1, 1), **values)
        assert make.journal() == before
    with unit_of_work(make.engine, INSTALLER, now(), undocumented=True, effective_on=date(2013, 1, 1)) as work:
        adopt_modality(work, load_group(work, "tst"), effective_on=date(2014, 1, 1), **values)
    told = ok(make.secretariat.get("/changes", params={"entity": "modality"}), 200)["items"][-1]
    assert (told["reason"], told["effective_on"], told["decision"]) == ("The decision is not documented.", "2013-01-01", None)
