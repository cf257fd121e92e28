"""What was answered is there after the death of the process; nothing is half written, and a second try has no second effect.

A killed process takes no written page with it, since those are the operating system's: that each commit is synced besides is
shown by `test_sync_order.py`. PostgreSQL may run without fsync here for the same reason.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Server, server
from tests.proof.conftest import Report
from tests.proof.crowd import Crowd
from tests.proof.durability import Place, audit, copied
from tests.proof.durability_faults import (
    LATE,
    Fault,
    answered_before_the_commit,
    journal_committed_apart,
    keys_kept_in_memory,
    the_server_decides_when_to_sync,
)
from tests.proof.figures import figure
from tests.proof.service import Service, serving_processes

FEW_TRIES = 4
"""A kill may miss the gap that a fault leaves open; the next one will not."""


def kill(service: Service, crowd: Crowd, *, after: int, longest: float = 0.02) -> None:
    """Kill the service at some moment after so many more acknowledged writes, or fewer."""
    crowd.wait_a_while(after, longest)
    crowd.expect_no_service()
    service.kill()


def start(service: Service, crowd: Crowd) -> None:
    service.start()
    crowd.expect_service()


def after_kills(place: Place, kills: int) -> tuple[list[str], Crowd]:
    """What is wrong after so many kills, each looked at while the service is dead, and after everything was sent again."""
    service, found = Service(place.url), list[str]()
    with serving_processes(service), place.engine() as engine:
        crowd = Crowd(service.address, place)
        with crowd.at_work():
            for n in range(kills):
                kill(service, crowd, after=60)
                if n % 2:  # else the service is the first to open what the kill has left
                    found += audit(engine, list(crowd.told), finished=False)
                    engine.dispose()
                service.workers = 1 + n % figure(1, 2)
                start(service, crowd)
            crowd.wait_for_each(3, served=True)
        found += audit(engine, crowd.told)
    return found + crowd.wrong, crowd


def after_kills_with(fault: Fault, place: Place, *, again: bool = False) -> list[str]:
    """What is wrong after a kill of a service with a fault; `again` looks when the crowd has sent again what was not answered."""
    service, found = Service(place.url, fault=fault), list[str]()
    with serving_processes(service), place.engine() as engine:
        crowd = Crowd(service.address, place)
        with crowd.at_work():
            for _ in range(FEW_TRIES):
                kill(service, crowd, after=8, longest=LATE)
                if not again and (found := audit(engine, list(crowd.told), finished=False)):
                    break
                start(service, crowd)
                crowd.wait_for_each(1, served=True)
                if again and (found := crowd.wrong + audit(engine, list(crowd.told), finished=False)):
                    break
            crowd.abandon()
    return found


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(database_url: str, tmp_path: Path, report: Report) -> None:
    kills = figure(2, 200)
    with copied(database_url, tmp_path) as place:
        wrong, crowd = after_kills(place, kills)
    report(
        f"{kills} kills under 4 writers, {len(crowd.told)} writes acknowledged, {crowd.sum(0)} requests left without an answer: "
        f"{len(wrong)} lost, half written or doubled"
    )
    assert wrong == []
    assert crowd.sum(0) >= kills


def test_an_answer_before_the_commit_is_caught(database_url: str, tmp_path: Path) -> None:
    with copied(database_url, tmp_path) as place:
        assert "lost" in str(after_kills_with(answered_before_the_commit, place))


def test_a_journal_committed_apart_is_caught(tmp_path: Path) -> None:
    with copied(f"sqlite:///{tmp_path}/any.db", tmp_path) as place:
        assert "its journal tells of" in str(after_kills_with(journal_committed_apart, place))


def test_keys_that_die_with_the_process_are_caught(tmp_path: Path) -> None:
    with copied(f"sqlite:///{tmp_path}/any.db", tmp_path) as place:
        assert after_kills_with(keys_kept_in_memory, place, again=True) != []  # a report told twice, or a code that is taken


@pytest.fixture(scope="module")
def lazy(on_postgresql: None) -> Iterator[Server]:
    """A PostgreSQL whose sessions do not sync their commits unless they ask for it."""
    with server() as running:
        running.run("ALTER SYSTEM SET synchronous_commit = off")
        running.run("ALTER SYSTEM SET wal_writer_delay = '10s'")
        running.run("SELECT pg_reload_conf()")
        yield running


def after_crashes_of(postgres: Server, place: Place, crashes: int, fault: Fault | None = None) -> tuple[list[str], Crowd]:
    """What is wrong after PostgreSQL stopped at once so many times, under a service that lives on."""
    service = Service(place.url, fault=fault)
    with serving_processes(service), place.engine() as engine:
        crowd = Crowd(service.address, place)
        with crowd.at_work():
            for _ in range(crashes):
                crowd.wait_a_while(60)
                postgres.stop("immediate")
                postgres.start()
                crowd.expect_service()
                if fault:
                    crowd.abandon()
                else:
                    crowd.wait_for_each(1, served=True)
        return audit(engine, crowd.told, finished=not fault) + crowd.wrong, crowd


def test_nothing_acknowledged_is_lost_when_postgresql_crashes(lazy: Server, tmp_path: Path, report: Report) -> None:
    crashes = figure(1, 50)
    with copied(lazy.url, tmp_path) as place:
        wrong, crowd = after_crashes_of(lazy, place, crashes)
    report(
        f"{crashes} crashes of a PostgreSQL that does not sync by itself, {len(crowd.told)} writes acknowledged, "
        f"{crowd.sum(503)} answered 503: {len(wrong)} lost, half written or doubled"
    )
    assert wrong == []


def test_commits_that_the_server_may_put_off_are_caught(lazy: Server, tmp_path: Path) -> None:
    with copied(lazy.url, tmp_path) as place:
        wrong, _ = after_crashes_of(lazy, place, 1, the_server_decides_when_to_sync)
    assert "lost" in str(wrong)
