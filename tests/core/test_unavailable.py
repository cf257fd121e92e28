"""A database that goes away: 503 with Retry-After, nothing half-written, and work goes on when it is back, without a restart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core.db import write_engine
from app.core.errors import Unavailable
from app.core.work import WriteConflict, translate
from app.main import create_app
from app.settings import Settings
from tests.client import Client, serving
from tests.conftest import migrate
from tests.make import Make, ok, refused
from tests.postgres import Server, server


def check(answer: httpx.Response) -> None:
    refused(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def postgres(on_postgresql: None) -> Iterator[Server]:
    """A PostgreSQL of this test's own, to be stopped."""
    with server() as running:
        migrate(running.url)
        yield running


def test_a_stopped_postgresql_is_503_and_comes_back(postgres: Server) -> None:
    engine = write_engine(postgres.url)
    with serving(create_app(Settings(database_url=postgres.url))) as client:
        administrator = Make(client, engine).administrator
        for n, mode in enumerate(("fast", "immediate")):
            ok(administrator.post("/agencies", {"code": f"A{n}", "name": "A"}))
            ok(administrator.get("/agencies"), 200)
            postgres.stop(mode)  # type: ignore[arg-type]
            for _ in range(2):
                check(administrator.get("/agencies"))
                check(administrator.post("/agencies", {"code": f"B{n}", "name": "B"}, headers={"idempotency-key": "b"}))
                check(client.get("/groups"))
                assert client.get("/healthz").status_code == 200
            postgres.start()
            assert [a["code"] for a in ok(administrator.get("/agencies"), 200)["items"]] == [f"A{i}" for i in range(n + 1)] + [
                f"B{i}" for i in range(n)
            ]
            ok(administrator.post("/agencies", {"code": f"B{n}", "name": "B"}, headers={"idempotency-key": f"b{n}"}))
    engine.dispose()


def test_a_connection_that_dies_under_a_write_loses_only_that_write(postgres: Server) -> None:
    engine = write_engine(postgres.url)
    with serving(create_app(Settings(database_url=postgres.url, postgresql_writers=1, postgresql_readers=1))) as client:
        administrator = Make(client, engine).administrator
        ok(administrator.post("/agencies", {"code": "A", "name": "A"}))
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            )
        ok(administrator.get("/agencies"), 200)
        ok(administrator.post("/agencies", {"code": "B", "name": "B"}))
    engine.dispose()


def test_a_full_postgresql_is_503(postgres: Server) -> None:
    engine = write_engine(postgres.url, pool_size=100)
    with serving(create_app(Settings(database_url=postgres.url))) as client:
        administrator = Make(client, engine).administrator
        held: list[Any] = []
        try:
            with pytest.raises(sa.exc.OperationalError, match=r"too many clients|reserved"):
                held.extend(engine.connect() for _ in range(101))
            pool: Any = client.http._transport.app.state.database._pool  # type: ignore[attr-defined]
            client.portal.call(pool.expire_connections)
            check(administrator.get("/agencies"))
            check(administrator.post("/agencies", {"code": "A", "name": "A"}))
        finally:
            for connection in held:
                connection.close()
        engine.dispose()
        ok(administrator.post("/agencies", {"code": "A", "name": "A"}))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Client]:
    """The service on an SQLite file of its own."""
    url = f"sqlite:///{tmp_path}/troika.db"
    migrate(url)
    with serving(create_app(Settings(database_url=url))) as client:
        yield client


def engine_of(client: Client) -> sa.Engine:
    engine: sa.Engine = client.http._transport.app.state.database.engine  # type: ignore[attr-defined]
    return engine


def pages(engine: sa.Engine, most: int | None = None) -> int:
    """Set or lift the number of pages that the file may have: a disk that is full, or free again."""
    with engine.connect() as connection:
        used = connection.scalar(sa.text("PRAGMA page_count"))
        connection.execute(sa.text(f"PRAGMA max_page_count = {most or 1_000_000}"))
        connection.rollback()
        return int(used or 0)


def test_a_full_disk_is_503_with_nothing_half_written(small: Client) -> None:
    engine = engine_of(small)
    make = Make(small, engine)
    administrator = make.administrator
    ok(administrator.post("/agencies", {"code": "A", "name": "A"}))
    pages(engine, pages(engine))
    body = {"code": "B", "name": "B", "note": "x" * 20_000}
    before = make.journal()
    for _ in range(2):
        check(administrator.post("/agencies", body, headers={"idempotency-key": "b"}))
    for answer in administrator.at_once(*[lambda n=n: administrator.post("/agencies", body | {"code": f"C{n}"}) for n in range(8)]):
        check(answer)
    assert make.journal() == before
    assert [a["code"] for a in ok(administrator.get("/agencies"), 200)["items"]] == ["A"]
    pages(engine)
    ok(administrator.post("/agencies", body, headers={"idempotency-key": "b"}))
    assert make.journal() == before + 1
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"
        connection.rollback()


def test_a_file_that_another_process_holds_is_503(small: Client) -> None:
    engine = engine_of(small)
    administrator = Make(small, engine).administrator
    other = write_engine(str(engine.url))
    with engine.connect() as connection:
        connection.execute(sa.text("PRAGMA busy_timeout = 1"))
        connection.rollback()
    with other.begin():
        check(administrator.post("/agencies", {"code": "A", "name": "A"}))
        ok(administrator.get("/agencies"), 200)
    ok(administrator.post("/agencies", {"code": "A", "name": "A"}))
    other.dispose()


def test_a_file_that_cannot_be_read_is_503(small: Client) -> None:
    administrator = Make(small, engine_of(small)).administrator
    with engine_of(small).begin() as connection:
        connection.execute(sa.text("ALTER TABLE agencies RENAME TO elsewhere"))
    check(administrator.get("/agencies"))
    check(administrator.get("/agencies?count=true"))
    with engine_of(small).begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO agencies"))
    ok(administrator.get("/agencies?count=true"), 200)


def test_a_race_that_outlasts_its_retries_is_told_as_such(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make.group
    secretariat = make.secretariat
    before = make.journal()

    def conflict(*_: Any) -> None:
        raise WriteConflict

    with monkeypatch.context() as patch:
        patch.setattr("app.core.journal.write", conflict)
        refused(secretariat.patch("/groups/tst", {"name": "X"}, version=1), 412, "stale_version")
        check(secretariat.post("/decisions", {"group": "tst", "code": "D", "decided_on": "2020-01-01", "level": "troika", "text": "T"}))
    assert make.journal() == before


class Refusal(Exception):
    """What a driver raises: an error with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "meant"),
    [("40001", WriteConflict), ("40P01", WriteConflict), ("55P03", WriteConflict), ("57P03", Unavailable), ("08006", Unavailable)],
)
def test_a_database_s_refusal_is_known_by_its_state_not_its_words(state: str, meant: type[Exception]) -> None:
    assert isinstance(translate(sa.exc.DBAPIError("s", {}, Refusal(state))), meant)


def test_a_mistake_of_ours_is_500_and_says_nothing(make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    assert make.group
    secretariat = make.secretariat
    before = make.journal()
    mistake = ZeroDivisionError("a secret detail")
    assert translate(mistake) is mistake

    def fail(*_: Any) -> None:
        raise mistake

    with monkeypatch.context() as patch:
        patch.setattr("app.core.journal.write", fail)
        answer = secretariat.patch("/groups/tst", {"name": "X"}, version=1)
    problem = refused(answer, 500, "problem")
    assert "secret" not in answer.text
    assert problem["request_id"] in caplog.text
    assert make.journal() == before
    assert not isinstance(translate(sa.exc.DataError("s", {}, Exception("x"))), Unavailable)
