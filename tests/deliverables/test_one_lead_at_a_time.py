"""A deliverable has one accepted lead on any day, whoever answers at whatever moment."""

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from migrations.rules import drop_rule, no_overlap
from tests.make import Json, Make, ok, refused

AGENCIES = ("IOM", "ILO", "FAO", "WHO", "UNDP", "UNEP", "UNCTAD", "UNESCO")


@pytest.fixture
def item(make: Make) -> Json:
    for code in ("IOM", "ILO"):
        make.member(code)
    return make.deliverable()


def test_a_second_accepted_lead_is_refused(make: Make, item: Json) -> None:
    first = make.lead(item, "IOM", ends_on="2021-12-31")
    later, same = make.asked(item, "ILO", starts_on="2022-01-01"), make.asked(item, "ILO", starts_on="2021-12-31", ends_on="2022-06-30")
    with make.unchanged():
        problem = refused(make.secretariat.post(f"/assignments/{same['id']}/accept", make.by_proxy("ILO")), 409, "lead_taken")
    assert problem["params"] == {"agency": "IOM"}
    ok(make.secretariat.post(f"/assignments/{later['id']}/accept", make.by_proxy("ILO")), 200)
    with make.unchanged():
        back = make.secretariat.patch(f"/assignments/{later['id']}", {"starts_on": "2021-12-31"}, version=later["version"] + 1)
        refused(back, 409, "lead_taken")
    assert first["state"] == "accepted"


@pytest.mark.parametrize("racers", [2, 8])
def test_of_those_who_accept_at_once_one_leads(make: Make, item: Json, racers: int) -> None:
    for code in AGENCIES[2:racers]:
        make.member(code)
    parts = [make.asked(item, code) for code in AGENCIES[:racers]]
    clients = [make.focal_point(code) for code in AGENCIES[:racers]]
    answers = make.service.at_once(
        *[lambda c=c, p=p: c.post(f"/assignments/{p['id']}/accept") for c, p in zip(clients, parts, strict=True)]
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * (racers - 1)
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"lead_taken"}
    accepted = make.read("/assignments", deliverable=item["id"], state="accepted")["items"]
    assert [a["agency"] for a in accepted] == [make.read(f"/deliverables/{item['id']}")["lead"]]
    assert len(make.read("/changes", operation="assignment:accept")["items"]) == 1


def test_the_database_holds_the_rule_by_itself(make: Make, engine: sa.Engine, item: Json) -> None:
    """Straight into the table the second is refused too; with the rule taken away it goes through, so this can fail."""
    make.lead(item, "IOM")
    second = make.asked(item, "ILO")
    sneak = sa.text("UPDATE assignments SET state = 'accepted' WHERE id = :id").bindparams(id=second["id"])
    with pytest.raises(sa.exc.IntegrityError, match="lead_taken"), engine.begin() as connection:
        connection.execute(sneak)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        drop_rule("lead_taken", "assignments", overlap=True)
        assert connection.execute(sneak).rowcount == 1
        connection.execute(sa.text("UPDATE assignments SET state = 'proposed' WHERE id = :id").bindparams(id=second["id"]))
        no_overlap("lead_taken", "assignments", ["deliverable_id"], "@role = 'lead' AND @state = 'accepted'")


def test_without_the_rule_in_the_database_a_race_slips_through(
    make: Make, engine: sa.Engine, item: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: both the look beforehand and the rule are gone, and two lead. The database's rule alone is enough."""
    monkeypatch.setattr("app.deliverables.assignment_actions._check_lead_free", lambda *_: None)
    make.lead(item, "IOM")
    second = make.asked(item, "ILO")
    with make.unchanged():
        refused(make.secretariat.post(f"/assignments/{second['id']}/accept", make.by_proxy("ILO")), 409, "lead_taken")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        drop_rule("lead_taken", "assignments", overlap=True)
    try:
        ok(make.secretariat.post(f"/assignments/{second['id']}/accept", make.by_proxy("ILO")), 200)
        assert len(make.read("/assignments", deliverable=item["id"], state="accepted")["items"]) == 2
    finally:
        with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            connection.execute(sa.text("UPDATE assignments SET state = 'proposed' WHERE id = :id").bindparams(id=second["id"]))
            no_overlap("lead_taken", "assignments", ["deliverable_id"], "@role = 'lead' AND @state = 'accepted'")
