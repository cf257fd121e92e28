"""PostgreSQL stopped and started under load: while it is away everything is answered 503 with when to come back, and when it is back
the service serves again by itself, with all that was acknowledged and nothing twice."""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal

import asyncpg
import pytest

from app.main import create_app
from app.settings import Settings
from tests.client import serving
from tests.postgres import Server, server
from tests.proof.conftest import Report
from tests.proof.crowd import Crowd
from tests.proof.durability import Place, audit, copied
from tests.proof.durability_faults import LATE, Fault, errors_of_the_database_are_not_translated, failed_commits_are_answered_with_success
from tests.proof.figures import figure
from tests.proof.service import Service, serving_processes

MOST_TRIES = 3
"""How many refusals a writer or reader may get once the server is back."""
Mode = Literal["fast", "immediate"]
MODES: tuple[Mode, ...] = ("fast", "immediate")


@pytest.fixture(scope="module")
def postgres(on_postgresql: None) -> Iterator[Server]:
    """A PostgreSQL to be stopped."""
    with server() as running:
        yield running


def after_stops(postgres: Server, place: Place, modes: list[Mode], fault: Fault | None = None) -> tuple[list[str], Crowd, int]:
    """What is wrong after these stops, and how often one of the crowd was refused at most after a start."""
    service, worst = Service(place.url, fault=fault), 0
    with serving_processes(service), place.engine() as engine:
        crowd = Crowd(service.address, place, readers=2)
        with crowd.at_work():
            for mode in modes:
                if fault:
                    crowd.wait_a_while(1, longest=LATE)
                else:
                    crowd.wait_a_while(40)
                postgres.stop(mode)
                crowd.wait_for_each(2, served=False)
                postgres.start()
                crowd.expect_service()
                if fault and (found := crowd.wrong or audit(engine, list(crowd.told), finished=False)):
                    crowd.abandon()
                    return found, crowd, worst
                crowd.wait_for_each(2, served=True)
                worst = max(worst, *crowd.refused.values(), 0)
        return audit(engine, crowd.told) + crowd.wrong, crowd, worst


def test_a_postgresql_that_was_away_is_served_from_again(postgres: Server, tmp_path: Path, report: Report) -> None:
    modes = list(islice(cycle(MODES), figure(2, 20)))
    with copied(postgres.url, tmp_path) as place:
        wrong, crowd, worst = after_stops(postgres, place, modes)
    report(
        f"{len(modes)} stops of PostgreSQL under 4 writers and 2 readers, {len(crowd.told)} writes acknowledged, {crowd.sum(503)} answers 503, "
        f"at most {worst} to one of them after a start: {len(wrong)} lost, half written or doubled"
    )
    assert wrong == []
    assert worst <= MOST_TRIES


def test_a_commit_that_failed_and_is_answered_with_success_is_caught(postgres: Server, tmp_path: Path) -> None:
    with copied(postgres.url, tmp_path) as place:
        wrong, _, _ = after_stops(postgres, place, [*MODES, *MODES], failed_commits_are_answered_with_success)
    assert "lost" in str(wrong)


def test_a_server_that_is_away_told_as_a_mistake_of_ours_is_caught(postgres: Server, tmp_path: Path) -> None:
    with copied(postgres.url, tmp_path) as place:
        wrong, _, _ = after_stops(postgres, place, ["fast"], errors_of_the_database_are_not_translated)
    assert ": 500 " in str(wrong)


def test_a_connection_in_disarray_is_replaced(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's farewell can leave the driver's connection believing that an operation is under way, for good."""
    broken: list[Any] = []
    fetch = asyncpg.Connection.fetch

    async def fetch_on_what_works(self: Any, *arguments: Any) -> Any:
        if not broken or self in broken:
            broken.append(self)
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
        return await fetch(self, *arguments)

    with copied(postgres.url, tmp_path) as place, serving(create_app(Settings(database_url=place.url, postgresql_readers=1))) as client:
        reader = client.as_(place.token)
        monkeypatch.setattr(asyncpg.Connection, "fetch", fetch_on_what_works)
        assert [reader.get("/agencies").status_code for _ in range(3)] == [200] * 3
    assert len(broken) == 1
