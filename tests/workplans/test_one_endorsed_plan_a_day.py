"""Endorsed plans of a group share no day, whoever asks at whatever moment; only transitional ones may."""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from migrations.rules import drop_rule, no_overlap
from tests.make import Json, Make, ok, refused


@pytest.fixture
def two(make: Make) -> tuple[Json, Json]:
    """Two drafts that share one day."""
    return make.plan("P1", starts_on="2020-01-01", ends_on="2021-12-31"), make.plan("P2", starts_on="2021-12-31", ends_on="2023-12-31")


def endorse(make: Make, plan: Json) -> Any:
    return make.secretariat.post(f"/workplans/{plan['id']}/endorse", {"reason": "As it is."} | make.decided())


def test_a_second_on_the_same_day_is_refused(make: Make, two: tuple[Json, Json]) -> None:
    ok(endorse(make, two[0]), 200)
    decided = {"reason": "As it is."} | make.decided()
    with make.unchanged():
        problem = refused(make.secretariat.post(f"/workplans/{two[1]['id']}/endorse", decided), 409, "plan_overlap")
    assert problem["params"] == {"code": "P1"}
    moved = ok(make.secretariat.patch(f"/workplans/{two[1]['id']}", {"starts_on": "2022-01-01"}, version=two[1]["version"]), 200)
    assert ok(endorse(make, moved), 200)["state"] == "endorsed"


def test_a_closed_one_and_one_of_another_group_are_not_in_the_way(make: Make, two: tuple[Json, Json]) -> None:
    ok(endorse(make, two[0]), 200)
    ok(make.secretariat.post(f"/workplans/{two[0]['id']}/close", {"reason": "Over."}), 200)
    ok(endorse(make, two[1]), 200)
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    decision = ok(
        other.post("/decisions", {"group": "oth", "code": "1", "decided_on": "2020-01-01", "level": "principals", "text": "Yes."})
    )
    plan = ok(other.post("/workplans", {"group": "oth", "code": "P2", "title": "Plan", "starts_on": "2020-01-01", "ends_on": "2023-12-31"}))
    ok(other.post(f"/workplans/{plan['id']}/endorse", {"reason": "As it is.", "decision": decision["id"]}), 200)


@pytest.mark.parametrize("which", [0, 1])
def test_a_transitional_one_may_share_days(make: Make, two: tuple[Json, Json], which: int) -> None:
    plan = two[which]
    ok(make.secretariat.patch(f"/workplans/{plan['id']}", {"transitional": True}, version=plan["version"]), 200)
    for each in two:
        ok(endorse(make, each), 200)
    now = make.read(f"/workplans/{plan['id']}")
    with make.unchanged():
        refused(
            make.secretariat.patch(f"/workplans/{plan['id']}", {"transitional": False}, version=now["version"]), 409, "revision_required"
        )
    ok(make.secretariat.post(f"/workplans/{plan['id']}/revise", {"reason": "No longer."} | make.decided()), 200)
    with make.unchanged():
        refused(
            make.secretariat.patch(f"/workplans/{plan['id']}", {"transitional": False}, version=now["version"] + 1), 409, "plan_overlap"
        )


def test_a_revision_does_not_stretch_it_over_another(make: Make, two: tuple[Json, Json]) -> None:
    first, second = two
    second = ok(make.secretariat.patch(f"/workplans/{second['id']}", {"starts_on": "2022-01-01"}, version=second["version"]), 200)
    for each in two:
        ok(endorse(make, each), 200)
    ok(make.secretariat.post(f"/workplans/{first['id']}/revise", {"reason": "Longer."} | make.decided()), 200)
    now = make.read(f"/workplans/{first['id']}")
    with make.unchanged():
        refused(make.secretariat.patch(f"/workplans/{first['id']}", {"ends_on": "2022-01-01"}, version=now["version"]), 409, "plan_overlap")
    ok(make.secretariat.patch(f"/workplans/{first['id']}", {"ends_on": "2021-11-30"}, version=now["version"]), 200)


def test_of_eight_that_ask_at_once_one_plan_wins(make: Make, two: tuple[Json, Json]) -> None:
    decided, secretariat = {"reason": "As it is."} | make.decided(), make.secretariat
    answers = secretariat.at_once(*[lambda p=p: secretariat.post(f"/workplans/{p['id']}/endorse", decided) for p in two * 4])
    won = {a.json()["id"] for a in answers if a.status_code == 200}
    assert len(won) == 1
    assert {(a.status_code, a.json()["code"]) for a in answers if a.status_code != 200} == {(409, "plan_overlap")}
    assert [p["id"] for p in make.read("/workplans", state="endorsed")["items"]] == list(won)
    baselines = [len(make.read(f"/workplans/{p['id']}/baselines")["items"]) for p in two]
    assert sorted(baselines) == [0, 1]


def test_the_database_holds_the_rule_by_itself(make: Make, engine: sa.Engine, two: tuple[Json, Json]) -> None:
    """Straight into the table the second is refused too; with the rule taken away it goes through, so this can fail."""
    ok(endorse(make, two[0]), 200)
    sneak = sa.text("UPDATE workplans SET state = 'endorsed' WHERE code = 'P2'")
    with pytest.raises(sa.exc.IntegrityError, match="plan_overlap"), engine.begin() as connection:
        connection.execute(sneak)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        drop_rule("plan_overlap", "workplans", overlap=True)
        assert connection.execute(sneak).rowcount == 1
        connection.execute(sa.text("UPDATE workplans SET state = 'draft' WHERE code = 'P2'"))
        no_overlap("plan_overlap", "workplans", ["group_id"], "@state = 'endorsed' AND NOT @transitional")
