"""The journal holds every change once, in order, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.access.models import Token
from app.actors import Subject
from app.agencies.models import Agency, Person
from app.core.db import table_of
from app.core.idempotency import KeptAnswer
from app.core.journal import PERSONAL, Change
from app.core.work import Work, unit_of_work
from app.groups.actions import amend_group, load_group
from app.groups.models import Group
from app.policy import Permission
from tests.make import INSTALLER, Make, ok, refused

CHANGE = table_of(Change)
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)


def rows(make: Make, **where: Any) -> list[Any]:
    conditions = [CHANGE.c[n] == v for n, v in where.items()]
    with make.engine.connect() as connection:
        return list(connection.execute(sa.select(CHANGE).where(*conditions).order_by(CHANGE.c.seq)))


def working(make: Make) -> Any:
    return unit_of_work(make.engine, INSTALLER, NOW)


def test_a_change_appears_once_with_who_what_and_how_it_then_stood(make: Make) -> None:
    group = make.group
    secretariat = make.secretariat
    changed = ok(secretariat.patch("/groups/tst", {"name": "Renamed", "sources": ["a", "b"], "public": True}, version=1), 200)
    created, updated = rows(make, entity="group")
    assert (created.action, created.operation, created.record_version) == ("created", "group:establish", 1)
    assert created.fields["code"] == [None, "tst"]
    assert not {"id", "version", "created_at", "updated_at"} & created.fields.keys()
    assert updated.fields == {"name": ["Group tst", "Renamed"], "sources": [[], ["a", "b"]], "public": [False, True]}
    assert (updated.action, updated.operation, updated.record_version, updated.channel) == ("updated", "group:amend", 2, "api")
    assert (updated.entity_id, updated.group_id, updated.about_id) == (group["id"], group["id"], None)
    assert updated.actor == ok(secretariat.get("/me"), 200)["id"]
    assert (
        updated.picture | {"name": "Renamed", "version": 2, "updated_at": changed["updated_at"], "established_on": "2010-01-01"}
        == updated.picture
    )
    assert updated.at > created.at
    assert updated.seq > created.seq


def test_a_change_that_changes_nothing_leaves_no_row(make: Make) -> None:
    assert make.group
    before = make.journal()
    same = ok(make.administrator.patch("/groups/tst", {"name": "Group tst", "sources": []}, version=1), 200)
    assert same["version"] == 1
    assert make.journal() == before


def change_its_mind() -> str:
    raise RuntimeError("changed its mind")


def test_a_refused_change_leaves_no_row_even_where_it_had_begun(make: Make) -> None:
    assert make.group
    before = make.journal()
    refused(make.administrator.patch("/groups/tst", {"name": "Renamed", "time_zone": "Mars/Olympus"}, version=1), 422, "unknown_time_zone")
    with pytest.raises(RuntimeError, match="changed its mind"), working(make) as work:
        amend_group(work, load_group(work, "tst"), name="Renamed").name = change_its_mind()
    assert make.journal() == before
    assert ok(make.administrator.get("/groups/tst"), 200)["name"] == "Group tst"


def test_a_change_for_which_nobody_required_a_permission_fails(make: Make) -> None:
    assert make.group
    before = make.journal()
    with pytest.raises(RuntimeError, match="nobody required a permission"), working(make) as work:
        load_group(work, "tst").name = "Renamed"
    with pytest.raises(RuntimeError, match="nobody required a permission"), working(make) as work:
        work.add(Agency(code="X", name="X", kind="other"))
    assert make.journal() == before


def test_deleting_a_row_fails(make: Make) -> None:
    assert make.group
    with pytest.raises(RuntimeError, match="end it instead"), working(make) as work:
        work.session.delete(load_group(work, "tst"))
    assert ok(make.administrator.get("/groups/tst"), 200)


@pytest.mark.parametrize(
    "statement",
    [sa.update(Group).values(name="X"), sa.delete(Group), sa.insert(Group).values(code="x"), sa.update(table_of(Group)).values(name="X")],
    ids=["update", "delete", "insert", "table"],
)
def test_statements_that_pass_the_journal_by_fail(make: Make, statement: Any) -> None:
    assert make.group
    with pytest.raises(RuntimeError, match="bypass the journal"), working(make) as work:
        work.session.execute(statement)
    assert ok(make.administrator.get("/groups/tst"), 200)["name"] == "Group tst"


def test_several_changes_of_one_thing_in_one_work_are_told_one_by_one(make: Make) -> None:
    assert make.group
    before = make.journal()
    with working(make) as work:
        group = load_group(work, "tst")
        amend_group(work, group, name="One")
        amend_group(work, group, name="Two", note="So.")
    told = rows(make, entity="group")[1:]
    assert [(r.fields, r.record_version) for r in told] == [
        ({"name": ["Group tst", "One"]}, 2),
        ({"name": ["One", "Two"], "note": [None, "So."]}, 3),
    ]
    assert [r.picture["name"] for r in told] == ["One", "Two"]
    assert make.journal() == before + 2


def test_an_old_value_that_was_never_looked_at_is_told(make: Make) -> None:
    assert make.group
    with working(make) as work:
        group = load_group(work, "tst")
        work.require(Permission.AMEND_GROUP, Subject(group.id))
        work.session.expire(group)
        group.name = "Renamed"
    assert rows(make, entity="group")[-1].fields == {"name": ["Group tst", "Renamed"]}


def test_what_is_secret_or_personal_is_not_in_it(make: Make) -> None:
    secret = make.token("administrator")
    make.agency("ILO")
    person = ok(make.administrator.post("/people", {"name": "Canary Canaria", "email": "canary@example.org", "agency": "ILO"}))
    ok(make.administrator.patch(f"/people/{person['id']}", {"name": "Canary Second", "email": None}, version=1), 200)
    created, updated = rows(make, entity="person")
    assert created.fields["name"] == created.fields["email"] == [None, PERSONAL]
    assert updated.fields == {"name": [PERSONAL, PERSONAL], "email": [PERSONAL, None]}
    assert (updated.picture["name"], updated.picture["email"], updated.picture["agency_id"]) == (
        PERSONAL,
        None,
        person_agency(make, person["id"]),
    )
    whole = "".join(str(tuple(r)) for r in rows(make)).lower()
    with make.engine.connect() as connection:
        digests = list(connection.scalars(sa.select(table_of(Token).c.digest)))
    assert len(digests) >= 2
    assert not [word for word in ("canar", secret.lower(), *digests) if word in whole]
    assert "search" not in created.picture


def person_agency(make: Make, id: str) -> Any:
    with make.engine.connect() as connection:
        return connection.scalar(sa.select(table_of(Person).c.agency_id).where(table_of(Person).c.id == id))


def test_a_step_is_journalled_under_its_own_name_and_reason(make: Make) -> None:
    assert make.group
    with working(make) as work:
        amend_group(work, load_group(work, "tst"), name="Zero").note = "Still pending when the step begins."
        with work.step(channel="load", reason="By itself.") as inner:
            amend_group(inner, load_group(inner, "tst"), name="One")
        amend_group(work, load_group(work, "tst"), name="Two")
    told = [(r.fields.keys() & {"name", "note"}, r.channel, r.reason) for r in rows(make, entity="group")[1:]]
    assert told == [({"name"}, "api", None), ({"note"}, "api", None), ({"name"}, "load", "By itself."), ({"name"}, "api", None)]


def test_a_door_that_acts_under_another_name_than_it_declares_fails(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert make.group
    before = make.journal()

    def astray(work: Work, permission: Permission, subject: Subject) -> None:
        work.operation = Permission.ADD_AGENCY

    with monkeypatch.context() as patch:
        patch.setattr(Work, "require", astray)
        refused(make.administrator.patch("/groups/tst", {"name": "X"}, version=1), 500, "problem")
    assert "declares group:amend but acted under agency:add" in caplog.text
    assert make.journal() == before


def test_changes_are_told_in_order_to_whoever_follows(make: Make) -> None:
    for n in range(5):
        make.agency(f"A{n}")
    reader, after, seen = make.administrator, 0, []
    while page := ok(reader.get("/changes", params={"after": after, "entity": "agency", "limit": 2}), 200):
        if not page["items"]:
            break
        seen += [c["fields"]["code"][1] for c in page["items"]]
        after = page["next_after"]
    assert seen == [f"A{n}" for n in range(5)]


def test_what_is_no_record_is_not_journalled(make: Make) -> None:
    before = make.journal()
    with working(make) as work:
        work.session.add(KeptAnswer(actor="a", route="r", key="k", digest="d", at=NOW))
    assert make.journal() == before
