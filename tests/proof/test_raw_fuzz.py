"""Requests built below HTTP: no bytes give a 5xx, a reply off its form, an echo, or a change by what was refused."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from app.core import front, http, listing, reading
from app.core.errors import Invalid, Problem
from tests.access.world import build, rehearsing
from tests.client import Client
from tests.conftest import empty
from tests.make import Make
from tests.proof.asgi import Judge, Trace, examine
from tests.proof.broken import Own, own_service, pages_lose_their_cursor, what_is_refused_is_committed
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.mutations import Mutations

SEED = 20_261_124
ROUND = 2_500
"""How many requests one world bears before it is made anew: what is closed and dissolved takes no more steps."""
Found = tuple[list[str], dict[int, int]]


def fuzz(app: FastAPI, service: Client, engine: sa.Engine, seed: int, count: int) -> Found:
    """Send so many spoiled requests to a fresh world. Gives what was wrong, and how often each status came."""
    with engine.begin() as connection:
        empty(connection)
    world = build(Make(service, engine))
    judge = Judge(app)
    requests = Mutations(seed, world, judge.contract.spec).requests(count)
    return service.portal.call(examine, app, judge, Trace(engine), requests)


def test_no_bytes_make_the_service_fail(app: FastAPI, service: Client, engine: sa.Engine, report: Report) -> None:
    total = figure(1_500, 100_000)
    found: list[str] = []
    statuses: dict[int, int] = {}
    for number, start in enumerate(range(0, total, ROUND)):
        wrong, seen = fuzz(app, service, engine, SEED + number, min(ROUND, total - start))
        found += wrong
        statuses = {s: statuses.get(s, 0) + seen.get(s, 0) for s in {*statuses, *seen}}
    report(f"raw fuzz: {total:,} requests, {len(found)} findings; by status {dict(sorted(statuses.items()))}")
    assert found == []


EDGES = (
    "1900-01-01", "2199-12-31", "2199-12-30", "1899-12-31", "2200-01-01", "0000-00-00", "0001-01-01", "9999-12-31", "1900", "2199", "2199-Q4", "by 1900",
    "by 2199-12-31", "2016-02-29",
)  # fmt: skip


def test_no_day_at_the_edge_of_the_calendar_makes_the_service_fail(
    app: FastAPI, service: Client, engine: sa.Engine, make: Make, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """A term that ends after the last day, a month before the first, a plan that spans three centuries."""
    world, judge = build(make), Judge(app)
    requests = list(Mutations(SEED, world, judge.contract.spec).at_the_edges(EDGES[: figure(5, len(EDGES))]))
    with rehearsing(monkeypatch):
        found, statuses = service.portal.call(examine, app, judge, Trace(engine), requests)
    report(f"days at the edge: {len(requests):,} requests; by status {dict(sorted(statuses.items()))}")
    assert [f for f in found if '"rehearsed"' not in f] == []
    assert statuses[200] > 50, "reads"
    assert sum('"rehearsed"' in f for f in found) > 50, "writes that would have succeeded"


# Faults such as ours would be


def a_name_is_thought_to_be_ascii(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "fold_name", lambda name: name.encode("ascii").decode().lower())


def refusals_repeat_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    def with_input(error: RequestValidationError) -> Problem:
        return Invalid(*({"pointer": "", "code": e["type"], "message": f"{e['msg']}: {e['input']!r:.200}"} for e in error.errors()[:50]))

    patch.setattr(http, "validation_problem", with_input)


def a_reply_has_two_lengths(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(front, "HEADERS", [*front.HEADERS, (b"content-length", b"2")])


def a_cursor_is_taken_as_it_comes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listing, "typed", lambda column, value: value)


FAULTS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    a_name_is_thought_to_be_ascii: "status 500",
    refusals_repeat_what_was_sent: "repeats what was sent",
    what_is_refused_is_committed: "yet something was written",
    pages_lose_their_cursor: "off the schema",
    a_reply_has_two_lengths: "a header twice",
    a_cursor_is_taken_as_it_comes: "status 500",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    with own_service(tmp_path_factory.mktemp("fuzz")) as service:
        yield service


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_fuzz_finds_a_planted_fault(
    own: Own, fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    for number in range(15):
        world, judge = own.world(), Judge(own.app)
        requests = Mutations(SEED + number, world, judge.contract.spec).requests(300)
        with monkeypatch.context() as patch:
            fault(patch)
            found, _ = own.client.portal.call(examine, own.app, judge, Trace(own.engine), requests)
        hits = [f for f in found if FAULTS[fault] in f]
        if hits:
            report(f"raw fuzz: {fault.__name__} found after at most {300 * (number + 1)} requests ({len(hits)} times)")
            return
    raise AssertionError(f"{fault.__name__} was not found")
