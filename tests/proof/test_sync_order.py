"""No answer leaves before the sync of what it acknowledges: seen from outside, since a killed process would not show a missing sync."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.core.db import unsafe_file, write_engine
from app.main import create_app
from app.settings import Settings
from tests import postgres
from tests.client import serving
from tests.proof.conftest import Report
from tests.proof.durability import Place, copied
from tests.proof.durability_faults import (
    Fault,
    answered_before_the_commit,
    normal_sync,
    normal_sync_unnoticed,
    the_server_decides_when_to_sync,
)
from tests.proof.figures import figure
from tests.proof.service import Service, serving_processes
from tests.proof.tracing import need_strace, strace, unsynced

WRITES, FEW = figure(100, 1_000), 6


@pytest.fixture(scope="module")
def syncing(on_postgresql: None) -> Iterator[postgres.Server]:
    """A PostgreSQL that syncs, as in earnest; the one of the other tests does not. A session that asks for nothing gets no sync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "SETTINGS", [s for s in postgres.SETTINGS if s not in ("fsync=off", "full_page_writes=off")])
        with postgres.server() as running:
            running.run("ALTER SYSTEM SET synchronous_commit = off")
            running.run("SELECT pg_reload_conf()")
            yield running


@pytest.fixture
def place(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A place on a database that syncs, on either engine."""
    if not database_url.startswith("sqlite"):
        database_url = request.getfixturevalue("syncing").url
    with copied(database_url, tmp_path) as found:
        yield found


def early_answers(request: pytest.FixtureRequest, place: Place, writes: int, fault: Fault | None = None) -> tuple[int, int]:
    """How many writes, sent one after another, were answered, and how many of the answers left before their sync."""
    need_strace()
    output, log, more = request.getfixturevalue("tmp_path") / "trace", "-wal>", list[str]()
    if not place.url.startswith("sqlite"):
        server = request.getfixturevalue("syncing").process
        log, more = "/pg_wal/", ["-p", str(server.pid)]  # its children to come are traced with it: every backend of ours
    service = Service(place.url, fault=fault, wrapped_in=strace(str(output), *more))
    marks = [f"Traced-{n}-" for n in range(writes)]
    headers = {"authorization": f"Bearer {place.token}"}
    with serving_processes(service), httpx.Client(base_url=service.address, headers=headers, timeout=60) as client:
        for mark in marks:
            body = {"stream": place.stream, "code": mark, "title": mark}
            assert client.post("/api/v1/deliverables", json=body).status_code == 201
    with output.open(errors="replace") as trace:
        return unsynced(trace, log, marks)


def test_no_answer_leaves_before_its_sync(request: pytest.FixtureRequest, place: Place, report: Report) -> None:
    answered, early = early_answers(request, place, WRITES)
    report(f"{answered} of {WRITES} answers seen by strace, {early} of them before the sync of what they acknowledge")
    assert (answered, early) == (WRITES, 0)


def test_a_sync_that_is_left_out_is_caught(request: pytest.FixtureRequest, place: Place) -> None:
    fault = normal_sync_unnoticed if place.url.startswith("sqlite") else the_server_decides_when_to_sync
    answered, early = early_answers(request, place, FEW, fault)
    assert answered == FEW
    assert early > FEW // 2


def test_an_answer_before_its_sync_is_caught(request: pytest.FixtureRequest, place: Place) -> None:
    _, early = early_answers(request, place, FEW, answered_before_the_commit)
    assert early > FEW // 2


def test_a_service_that_would_not_sync_does_not_start(tmp_path: Path) -> None:
    with copied(f"sqlite:///{tmp_path}/any.db", tmp_path) as place:
        service = Service(place.url, fault=normal_sync)
        with (
            pytest.raises(RuntimeError, match=r"would not sync every commit here \(journal_mode=wal, synchronous=1\)"),
            serving_processes(service),
        ):
            pass


def test_a_file_system_without_a_log_is_refused(tmp_path: Path) -> None:
    engine = write_engine(f"sqlite:///{tmp_path}/any.db")
    with engine.connect() as connection:
        assert unsafe_file(connection) is None
    engine.dispose()
    with write_engine("sqlite://").connect() as connection:  # what SQLite cannot do it passes over in silence
        assert "journal_mode=memory" in str(unsafe_file(connection))
        connection.engine.dispose()


def test_a_postgresql_that_does_not_sync_is_told_of_at_the_start(
    syncing: postgres.Server, postgresql: postgres.Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = []
    for server in (postgresql, syncing):
        with copied(server.url, tmp_path) as place, caplog.at_level(logging.WARNING, "troika"):
            caplog.clear()
            with serving(create_app(Settings(database_url=place.url))):
                told.append([r.getMessage() for r in caplog.records if r.getMessage().startswith("PostgreSQL runs with")])
    assert [line.split(":")[0] for line in told[0]] == [f"PostgreSQL runs with {name}=off" for name in ("fsync", "full_page_writes")]
    assert told[1] == []
