"""What a request may cost is bounded: every text, list and number has an end, and no list or body makes statements without end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import openapi, parameters
from app.main import create_app
from app.settings import Settings
from tests.access.world import build, rehearsing
from tests.make import Make, ok
from tests.proof.bounds import Bounds, loosened
from tests.proof.broken import Own, own_service
from tests.proof.conftest import Report
from tests.proof.figures import figure

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Json:
    return openapi.build(create_app(Settings(database_url="sqlite://")))


def test_everything_that_a_request_takes_has_a_bound(spec: Json) -> None:
    bounds = Bounds(spec)
    assert bounds.missing() == []
    assert len(bounds.operations) > 100


@pytest.mark.parametrize(
    ("pointer", "lost", "told"),
    [
        ("components/schemas/GroupIn/properties/name", ("maxLength",), "text without end"),
        ("components/schemas/GroupIn/properties/stale_days", ("maximum",), "a number without bounds"),
        ("components/schemas/AgencyIn/properties/aliases", ("maxItems",), "a list without end"),
        ("components/schemas/AgencyIn/properties/aliases/items", ("maxLength",), "text without end"),
        ("components/schemas/HolderIn", ("additionalProperties",), "an object that takes any field"),
        ("components/schemas/DeliverableIn/properties/kind", ("maxLength",), "text without end"),
        ("components/schemas/GroupIn/properties/public", ("type",), "anything at all"),
    ],
)
def test_a_lost_bound_is_found(spec: Json, pointer: str, lost: tuple[str, ...], told: str) -> None:
    found = Bounds(loosened(spec, pointer, *lost)).missing()
    assert found
    assert all(told in f for f in found)


def test_a_query_parameter_without_a_bound_is_found(spec: Json) -> None:
    parameters_ = spec["paths"]["/api/v1/groups"]["get"]["parameters"]
    at = next(i for i, p in enumerate(parameters_) if p["name"] == "q")
    planted = Bounds({"paths": {"/g": {"get": {"operationId": "g", "parameters": [parameters_[at] | {"schema": {"type": "string"}}]}}}})
    assert planted.missing() == ["g query q: text without end"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    with own_service(tmp_path_factory.mktemp("bounds")) as service:
        yield service


def test_every_stated_bound_is_kept(own: Own, spec: Json, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    """A value one past it, alone in a request that would otherwise succeed, is refused at its place."""
    world = own.world()
    with rehearsing(monkeypatch):
        found, tried = Bounds(spec).unkept(world)
    report(f"bounds: {tried:,} values one past a bound, {len(found)} taken")
    assert found == []
    assert tried > 800


def test_a_bound_that_is_stated_but_not_kept_is_found(own: Own, spec: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = {p: {"get": item["get"]} for p, item in spec["paths"].items() if p in ("/api/v1/deliverables", "/api/v1/agencies")}
    world = own.world()
    monkeypatch.setattr(parameters, "single", lambda _, values: values[0])
    monkeypatch.setattr(parameters, "several", lambda _, values: values)
    found, _ = Bounds(spec | {"paths": lists}).unkept(world)
    assert {" ".join(f.split()[:3]) for f in found} >= {"list_deliverables query fields", "list_deliverables query status"}


# What the worst request costs


@contextmanager
def counted(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every statement within the block, as the number of rows it gave (reads) or 0 (writes)."""
    database, seen = app.state.database, list[int]()
    fetch = database.fetch

    async def counting(*args: Any, **options: Any) -> Any:
        rows = await fetch(*args, **options)
        seen.append(len(rows))
        return rows

    def executed(*_: Any) -> None:
        seen.append(0)

    sa.event.listen(database.engine, "before_cursor_execute", executed)
    with monkeypatch.context() as patch:
        patch.setattr(database, "fetch", counting)
        yield seen
    sa.event.remove(database.engine, "before_cursor_execute", executed)


def worst_page(make: Make, spec: Json) -> dict[str, Any]:
    """Every filter of the list of deliverables with as many values as it takes, the whole order, the total, the largest page.

    The values are short: an address may not be longer than `LONGEST_ADDRESS`.
    """
    found: dict[str, Any] = {}
    for parameter in spec["paths"]["/api/v1/deliverables"]["get"]["parameters"]:
        schema = parameter["schema"]
        if schema.get("type") == "array":
            items = schema["items"]
            found[parameter["name"]] = items.get("enum") or [f"x{i}" for i in range(schema["maxItems"])]
    found |= {
        "agency": ["OWN"] * 50,
        "group": "tst",
        "limit": 500,
        "count": "true",
        "sort": "-due,code,-title,status,updated_at",
        "q": "x " * 99,
    }
    return found


def test_the_worst_page_takes_no_more_statements_for_more_rows(
    app: FastAPI, make: Make, spec: Json, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """One look-up for each agency that a filter names, and a fixed number besides; one row more than the page shows."""
    build(make)
    reader, most = make.secretariat, figure(40, 600)
    with counted(app, monkeypatch) as filtered:
        assert ok(reader.get("/deliverables", params=worst_page(make, spec)), 200)["items"] == []
    costs = []
    for _ in range(2):
        with counted(app, monkeypatch) as seen:
            items = ok(reader.get("/deliverables", params={"limit": 500, "count": "true", "group": "tst"}), 200)["items"]
        costs.append((len(items), len(seen), max(seen)))
        for number in range(most if not costs[1:] else 0):
            make.deliverable(f"N{number}")
    report(f"worst page: {len(filtered)} statements with every filter; pages of (rows, statements, most rows of one): {costs}")
    assert len(filtered) <= 50 + 8
    assert max(statements for _, statements, _ in costs) <= 6
    assert costs[1][0] == min(most + costs[0][0], 500)
    assert costs[1][2] <= 501


def test_the_worst_writes_take_few_statements_for_each_thing_they_name(
    app: FastAPI, make: Make, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """A constituency of a hundred agencies, and a chair held by twenty."""
    build(make)
    names = [make.agency(f"C{number}")["code"] for number in range(100)]
    for name in names[:20]:
        make.member(name)
    holders = {"group": "tst", "starts_on": "2015-01-01", "holders": [{"agency": n, "coordinator": None} for n in names[:20]]}
    costs: dict[str, int] = {}
    calls: dict[str, Callable[[], Any]] = {
        "100 constituents": lambda: make.administrator.post(
            "/agencies", {"code": "ALL", "name": "All", "kind": "constituency", "constituents": names}
        ),
        "20 holders": lambda: make.secretariat.post("/chairmanships", holders),
    }
    for name, call in calls.items():
        with counted(app, monkeypatch) as seen:
            ok(call())
        costs[name] = len(seen)
    report(f"worst writes, in statements: {costs}")
    assert costs["100 constituents"] <= 100 * 3 + 30
    assert costs["20 holders"] <= 20 * 8 + 30
