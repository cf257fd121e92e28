"""A body takes the fields of its schema and no other: no column is reached by sending its name (mass assignment)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import openapi
from app.tables import METADATA
from tests.access.world import ACTIVATED, World, build
from tests.make import Make, refused
from tests.proof.asgi import Trace
from tests.proof.broken import Own, loosen, own_service
from tests.proof.conftest import Report
from tests.proof.figures import figure

Json = dict[str, Any]
SEED = 20_061_109
COLUMNS = {c.name: c for t in METADATA.tables.values() for c in t.columns}
TRAPS = {"version": 9, "state": "endorsed", "status": "delivered", "kind": "interim", "role": "administrator", "visibility": "public"}
VALUES: dict[type, Any] = {int: 7, bool: True, str: "x", list: [], dict: {}}


@dataclass(frozen=True)
class Attempt:
    """A field that an operation does not have, in a request that would otherwise succeed. `place` is where inside the body it stands."""

    operation: str
    name: str
    place: tuple[str | int, ...] = ()

    @property
    def pointer(self) -> str:
        return "".join(f"/{part}" for part in (*self.place, self.name))

    def body(self, sound: Json, value: Any) -> Json:
        """The sound body with the field put in."""
        if not self.place:
            return sound | {self.name: value}
        name, *_ = self.place
        return sound | {str(name): [item | {self.name: value} for item in sound[str(name)]]}


def value_for(name: str) -> Any:
    """What would fit, so that nothing but the schema keeps it out."""
    if name in TRAPS or name not in COLUMNS:
        return TRAPS.get(name, "x")
    kind = COLUMNS[name].type
    if isinstance(kind, sa.Date):
        return "2020-01-01"
    return "2020-01-01T00:00:00Z" if isinstance(kind, sa.DateTime) else VALUES.get(_python_type(kind), "x")


def _python_type(kind: Any) -> type:
    try:
        return kind.python_type  # type: ignore[no-any-return]
    except NotImplementedError:
        return str


def attempts(spec: Json, world: World) -> Iterator[Attempt]:
    """Every column, and every field that any reply shows, alone with every operation that writes and does not take it."""
    schemas = spec["components"]["schemas"]
    names = sorted({*COLUMNS, *(name for schema in schemas.values() for name in schema.get("properties", {}))})
    for item in spec["paths"].values():
        for operation in item.values():
            if (operation["operationId"] in world.calls) and "requestBody" in operation:
                schema = schemas[operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
                yield from (Attempt(operation["operationId"], n) for n in names if n not in schema["properties"])
                for field, inner in schema["properties"].items():
                    inside = schemas.get(inner.get("items", {}).get("$ref", "").rsplit("/", 1)[-1])
                    if inside:
                        yield from (Attempt(operation["operationId"], n, (field, 0)) for n in names if n not in inside["properties"])


def taken(world: World, engine: sa.Engine, tried: list[Attempt]) -> list[str]:
    """Which of these attempts were not refused at their place, or changed something."""
    found, trace = [], Trace(engine)
    before = trace.now()
    for attempt in tried:
        method, path, sound = world.calls[attempt.operation]
        actor = "administrator" if path.startswith("/agencies") or attempt.operation == "establish_group" else "secretariat"
        headers = {"if-match": '"2"' if attempt.operation in ACTIVATED else '"1"'} if method == "PATCH" else {}
        body = attempt.body(sound or {}, value_for(attempt.name))
        answer = world.actors[actor].request(method, path, json=body, headers=headers)
        errors = answer.json().get("errors") or [] if answer.status_code == 422 else []
        if (answer.status_code, [(e.get("pointer"), e["code"]) for e in errors]) != (422, [(attempt.pointer, "extra_forbidden")]):
            found.append(f"{attempt.operation} {attempt.pointer}: {answer.status_code} {answer.text[:200]}")
        after = trace.now()
        if after != before:
            found.append(f"{attempt.operation} {attempt.pointer}: something was written")
            before = after
    return found


def test_no_column_is_taken_that_is_no_field(app: FastAPI, make: Make, engine: sa.Engine, report: Report) -> None:
    world = build(make)
    every = list(attempts(openapi.build(app), world))
    dice = random.Random(SEED)  # noqa: S311  (the same sample in every run)
    some = every if len(every) <= (most := figure(300, 1_000_000)) else dice.sample(every, most)
    with make.unchanged():
        found = taken(world, engine, some)
    report(f"mass assignment: {len(some):,} of {len(every):,} pairs of an operation and a foreign field, {len(found)} taken")
    assert found == []
    assert len({a.operation for a in every}) > 65
    assert len(every) > 10_000


def test_all_columns_at_once_are_refused_by_every_operation(app: FastAPI, make: Make) -> None:
    world = build(make)
    by_operation: dict[str, list[Attempt]] = {}
    for attempt in attempts(openapi.build(app), world):
        if not attempt.place:
            by_operation.setdefault(attempt.operation, []).append(attempt)
    with make.unchanged():
        for operation, foreign in by_operation.items():
            method, path, sound = world.calls[operation]
            body = (sound or {}) | {a.name: value_for(a.name) for a in foreign}
            problem = refused(world.actors["secretariat"].request(method, path, json=body, headers={"if-match": '"1"'}), 422, "invalid")
            assert {e["pointer"] for e in problem["errors"]} <= {a.pointer for a in foreign}, operation
            assert len(problem["errors"]) == 50, operation


def test_no_write_takes_a_field_from_its_address(make: Make) -> None:
    """A name in the query of a write is refused: it would be taken for a field, or for a filter, by whoever sent it."""
    world = build(make)
    with make.unchanged():
        for operation, (method, path, sound) in world.calls.items():
            if method != "GET":
                answer = world.actors["secretariat"].request(
                    method, path, json=sound or {}, params={"version": "9"}, headers={"if-match": '"1"'}
                )
                refused(answer, 422, "unknown_parameter")
                assert answer.json()["errors"][0]["parameter"] == "version", operation


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch, FastAPI, str], None]]] = {
    "a body hands every field on": ("amend_deliverable", lambda patch, app, name: loosen(patch, app, name, "allow")),
    "a body drops what it does not know": ("draft_workplan", lambda patch, app, name: loosen(patch, app, name, "ignore")),
    "a step ignores its body": ("confirm_deliverable", lambda patch, app, name: loosen(patch, app, name, "ignore")),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    with own_service(tmp_path_factory.mktemp("fields")) as service:
        yield service


@pytest.mark.parametrize("fault", FAULTS)
def test_a_body_that_takes_more_is_found(own: Own, fault: str, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    operation, plant = FAULTS[fault]
    world = own.world()
    tried = [a for a in attempts(openapi.build(own.app), world) if a.operation == operation][::3]
    plant(monkeypatch, own.app, operation)
    found = taken(world, own.engine, tried)
    report(f"mass assignment: {fault}: {len(found)} findings in {len(tried)} attempts on {operation}")
    assert len(found) >= len(tried)
    assert any("something was written" in f for f in found)
