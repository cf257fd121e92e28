"""What schemathesis draws from the OpenAPI document: as any role, no request gives a 5xx or a reply off the document."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.core import listing, reading
from app.core.errors import Conflict
from app.core.openapi import every_route
from app.main import create_app
from app.settings import Settings
from tests.access.world import build
from tests.client import Client, Contract
from tests.conftest import empty
from tests.make import Make
from tests.proof.broken import own_service, pages_lose_their_cursor
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.schema_cases import ROLES, Cases, Found, run

SEED = 20_061_109
ROUND = 1_000
"""How many requests one world bears before it is made anew."""


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Reading the document takes longer than many requests, and it is the same for both engines."""
    return Cases(Contract.of(create_app(Settings(database_url="sqlite://"))))


def test_no_request_drawn_from_the_document_gets_a_reply_off_it(cases: Cases, service: Client, engine: sa.Engine, report: Report) -> None:
    total = figure(300, 10_500)
    found = Found()
    for number, start in enumerate(range(0, total, ROUND)):
        with engine.begin() as connection:
            empty(connection)
        run(cases, build(Make(service, engine)), SEED + number, min(ROUND, total - start), found)
    report(
        f"schemathesis: {found.statuses.total():,} requests of {len(found.asked)} operations as {len(ROLES)} roles, "
        f"{len(found.wrong)} findings; by status {dict(sorted(found.statuses.items()))}"
    )
    assert found.wrong == []
    assert found.statuses.total() > total * 0.8, "schemathesis drew too few requests"


def a_search_is_thought_to_be_ascii(patch: pytest.MonkeyPatch, _: FastAPI) -> None:
    patch.setattr(listing, "pattern", lambda text: text.encode("ascii").decode())


def a_step_ignores_its_body(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    route = next(r for r in every_route(app) if r.name == "confirm_deliverable")
    patch.setattr(route.body_field, "_type_adapter", TypeAdapter(Any))


def a_refusal_nobody_wrote_down(patch: pytest.MonkeyPatch, _: FastAPI) -> None:
    patch.setattr(reading, "NotFound", Undocumented)


class Undocumented(Conflict):
    message = "There is no such {what}."


FAULTS: dict[Callable[[pytest.MonkeyPatch, FastAPI], None], tuple[str, str]] = {
    a_search_is_thought_to_be_ascii: ("list_agencies", "Server error"),
    pages_lose_their_cursor: ("list_agencies", "off the schema"),
    a_step_ignores_its_body: ("confirm_deliverable", "Schema-violating request accepted"),
    a_refusal_nobody_wrote_down: ("get_group", "off the schema"),
}
"""Each with the operation that bears it, and what is said of it."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(
    tmp_path: Path, fault: Callable[[pytest.MonkeyPatch, FastAPI], None], monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    operation, told = FAULTS[fault]
    found = Found()
    with own_service(tmp_path) as own:
        world = own.world()
        cases = Cases(Contract.of(own.app), only=operation)
        fault(monkeypatch, own.app)
        run(cases, world, SEED, 90, found)
    hits = [wrong for wrong in found.wrong if told in wrong]
    report(f"schemathesis: {fault.__name__} found {len(hits)} times in {found.statuses.total()} requests")
    assert hits
