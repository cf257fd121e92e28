"""A body takes the fields of its schema and no other: no column is reached by sending its name (mass assignment)."""

from fastapi import FastAPI

from app.tables import METADATA
from tests.make import Make
from tests.world import operations, send, world

COLUMNS = frozenset(c.name for t in METADATA.tables.values() for c in t.columns)
TRAPS = {"id": "x", "version": 9, "state": "endorsed", "status": "delivered", "group_id": "x", "created_at": "2020-01-01T00:00:00Z"}


def test_every_column_that_is_no_field_is_refused_by_every_operation(make: Make, app: FastAPI) -> None:
    ours = world(make)
    found = operations(app)
    assert len(found) > 65
    with make.unchanged():
        for operation in found:
            foreign = sorted(COLUMNS - operation.fields)
            # An operation without a body takes none of them: it is sent last, since it would act.
            if not operation.fields:
                continue
            client = make.administrator if operation.name in ("add_agency", "amend_agency", "establish_group") else make.secretariat
            body = operation.example | {name: TRAPS.get(name) for name in foreign}
            answer = send(client, operation, operation.at(ours), body)
            assert answer.status_code == 422, (operation.name, answer.text[:300])
            errors = answer.json()["errors"]
            named = {e["pointer"].removeprefix("/") for e in errors if e["code"] == "extra_forbidden"}
            assert named <= set(foreign)
            assert len(named) == min(len(foreign), 50), operation.name


def test_each_of_them_alone_is_refused_too(make: Make, app: FastAPI) -> None:
    """A change and an addition, every column by itself."""
    ours = world(make)
    wanted = {"amend_deliverable", "draft_workplan"}
    with make.unchanged():
        for operation in [o for o in operations(app) if o.name in wanted]:
            for name in sorted(COLUMNS - operation.fields):
                body = (operation.example if operation.method == "POST" else {}) | {name: TRAPS.get(name, "x")}
                answer = send(make.secretariat, operation, operation.at(ours), body)
                assert answer.status_code == 422, (operation.name, name)
                assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{name}"]


def test_a_step_without_a_body_ignores_one(make: Make, app: FastAPI) -> None:
    """What they would set stays as the step itself leaves it."""
    ours = world(make)
    for operation in [o for o in operations(app) if not o.fields and o.name in ("circulate_workplan", "confirm_deliverable")]:
        before = make.read(operation.at(ours).removeprefix("/api/v1").rsplit("/", 1)[0])
        after = send(
            make.secretariat, operation, operation.at(ours), {"code": "X", "title": "X", "revision": 9, "version": 9, "percent": 100}
        ).json()
        assert (after["code"], after["title"]) == (before["code"], before["title"])
        assert after.get("revision", 0) == 0
        assert after.get("percent") is None
