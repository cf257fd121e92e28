"""A replica serves reads as far as it has come. What is not a replica of this primary, or not there, is left alone and told of."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from app.cli import main
from app.core.database import PostgresDatabase
from app.core.db import write_engine
from app.core.replica import Position
from app.main import create_app
from app.settings import Settings
from tests.client import Client, serving
from tests.conftest import migrate
from tests.make import Make, ok, refused
from tests.postgres import Server, server


@pytest.fixture(scope="module")
def primary(on_postgresql: None) -> Iterator[Server]:
    with server() as running:
        migrate(running.url)
        yield running


@pytest.fixture(scope="module")
def replica(primary: Server) -> Iterator[Server]:
    with server(following=primary) as running:
        yield running


@pytest.fixture
def doomed(primary: Server) -> Iterator[Server]:
    """A replica that is one no longer after the test."""
    with server(following=primary) as running:
        yield running


@contextmanager
def reading_from(url: str, primary: Server) -> Iterator[Make]:
    """The service with this replica, and builders that speak to it."""
    engine = write_engine(primary.url)
    try:
        with serving(create_app(Settings(database_url=primary.url, replica_url=url))) as client:
            yield Make(client, engine)
    finally:
        engine.dispose()


def database(client: Client) -> PostgresDatabase:
    found: PostgresDatabase = client.http._transport.app.state.database  # type: ignore[attr-defined]
    return found


def standing(client: Client) -> str:
    return str(ok(client.get("/readyz"), 200)["database"]["replica"])


def until(client: Client, wanted: str) -> None:
    deadline = monotonic() + 30
    while standing(client) != wanted:
        assert monotonic() < deadline, standing(client)
        threading.Event().wait(0.02)


def test_reads_are_the_replica_s_and_writes_are_seen_at_once(primary: Server, replica: Server) -> None:
    with reading_from(replica.url, primary) as make:
        until(make.service, "serving")
        make.agency("SEEN")
        for number in range(1, 20):
            ok(make.administrator.patch("/agencies/SEEN", {"name": f"Name {number}"}, version=number), 200)
            assert ok(make.administrator.get("/agencies/SEEN"), 200)["name"] == f"Name {number}"


def test_what_the_primary_alone_has_comes_from_the_primary(primary: Server, replica: Server) -> None:
    with reading_from(replica.url, primary) as make:
        until(make.service, "serving")
        administrator = make.administrator
        replica.run("SELECT pg_wal_replay_pause()")
        make.agency("LATE")
        assert ok(administrator.get("/agencies/LATE"), 200)["code"] == "LATE"
        assert standing(make.service) == "behind"
        replica.run("SELECT pg_wal_replay_resume()")
        until(make.service, "serving")


def test_a_replica_that_was_promoted_serves_no_more_reads(primary: Server, doomed: Server) -> None:
    with reading_from(doomed.url, primary) as make:
        until(make.service, "serving")
        assert doomed.run("SELECT pg_promote()") == [(True,)]
        make.agency("AFTER")
        assert ok(make.administrator.get("/agencies/AFTER"), 200)
        until(make.service, "unrelated")
        assert ok(make.administrator.get("/agencies/AFTER"), 200)


def test_a_replica_of_the_promoted_one_is_of_another_line(primary: Server, doomed: Server) -> None:
    """Its log goes on from where the old primary's did, so that numbers alone would not tell them apart."""
    assert doomed.run("SELECT pg_promote()") == [(True,)]
    doomed.run("CHECKPOINT")
    with server(following=doomed) as other, reading_from(other.url, primary) as make:
        until(make.service, "behind")
        make.agency("LINE")
        assert ok(make.administrator.get("/agencies/LINE"), 200)
        assert standing(make.service) == "behind"


def test_a_primary_or_another_database_in_its_place_is_left_alone(primary: Server) -> None:
    with server() as stranger, server(following=stranger) as other:
        for url in (primary.url, other.url):
            with reading_from(url, primary) as make:
                until(make.service, "unrelated")
                assert ok(make.administrator.get("/agencies"), 200)


def test_a_replica_that_is_not_there_stops_no_start(primary: Server, tmp_path: Path) -> None:
    with reading_from(f"postgresql://postgres@/troika?host={tmp_path}", primary) as make:
        assert standing(make.service) == "unreachable"
        assert ok(make.administrator.get("/agencies"), 200)


def test_readiness_is_the_primary_s_whatever_the_replica_says(primary: Server, replica: Server) -> None:
    with reading_from(replica.url, primary) as make:
        until(make.service, "serving")
        primary.stop("fast")
        try:
            refused(make.service.get("/readyz"), 503, "unavailable")
        finally:
            primary.start()
        until(make.service, "serving")


ASLEEP = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"
END = {"cancelled": f"SELECT pg_cancel_backend(pid) {ASLEEP}", "terminated": f"SELECT pg_terminate_backend(pid) {ASLEEP}"}


@pytest.mark.parametrize("end", END)
def test_a_read_that_the_replica_gives_up_is_the_primary_s(primary: Server, replica: Server, end: str) -> None:
    """A replica ends a read that holds up what it must apply."""
    with reading_from(replica.url, primary) as make:
        until(make.service, "serving")
        reads: Any = database(make.service)._replica
        running = make.service.portal.start_task_soon(reads.fetch, "SELECT pg_sleep(60)", [])
        ended: list[Any] = []
        while not ended:
            ended = replica.run(END[end])
        assert running.result(20) is None
        assert ok(make.administrator.get("/agencies"), 200)


def test_a_standby_in_place_of_the_primary_is_503(primary: Server, replica: Server) -> None:
    engine = write_engine(primary.url)
    secret = Make(None, engine).token("administrator")  # type: ignore[arg-type]
    engine.dispose()
    while replica.run("SELECT count(*) FROM tokens", database="troika") != primary.run("SELECT count(*) FROM tokens", database="troika"):
        pass
    with serving(create_app(Settings(database_url=replica.url, replica_url=replica.url))) as client:
        refused(client.as_(secret).get("/agencies"), 503, "unavailable")
    with serving(create_app(Settings(database_url=replica.url))) as client:
        assert ok(client.as_(secret).get("/agencies"), 200)
        refused(client.as_(secret).post("/agencies", {"code": "NO", "name": "No"}), 503, "unavailable")


def test_positions_of_two_lines_are_never_compared() -> None:
    assert Position(1, 10).covers(Position(1, 10))
    assert not Position(1, 9).covers(Position(1, 10))
    assert not Position(2, 99).covers(Position(1, 10))
    assert max(Position(1, 99), Position(2, 10)) == Position(2, 10)


@pytest.mark.parametrize(
    ("primary_url", "replica_url"),
    [("sqlite:///troika.db", "postgresql://h/n"), ("postgresql://h/n", "sqlite:///troika.db"), ("sqlite:///a.db", "sqlite:///b.db")],
)
def test_a_replica_is_for_postgresql_alone(primary_url: str, replica_url: str) -> None:
    with pytest.raises(ValidationError, match="TROIKA_REPLICA_URL is for PostgreSQL alone"):
        Settings(database_url=primary_url, replica_url=replica_url)


def test_a_setting_that_does_not_fit_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROIKA_DATABASE_URL", "postgresql://somebody:secret@h/n")
    for name, value, told in (
        ("TROIKA_REPLICA_URL", "sqlite:///x.db", "TROIKA_REPLICA_URL is for PostgreSQL alone"),
        ("TROIKA_WRITE_QUEUE", "0", "TROIKA_WRITE_QUEUE: Input should be greater"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            ran = CliRunner().invoke(main, ["serve"])
        assert ran.exit_code == 1
        assert ran.output.startswith(f"Error: {told}")
        assert len(ran.output.splitlines()) == 1
        assert "secret" not in ran.output
