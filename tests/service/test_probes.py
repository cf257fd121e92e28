"""Whether the process is up, and whether it can work: the answers a load balancer acts on."""

from pathlib import Path

import sqlalchemy as sa

from app.core.db import sqlite
from app.core.schema import head
from app.main import create_app
from app.settings import Settings
from tests.client import Client, serving
from tests.conftest import migrate
from tests.make import ok, refused
from tests.postgres import server


def test_health_and_readiness_need_no_token(service: Client) -> None:
    assert ok(service.get("/healthz"), 200) == {"status": "ok"}
    assert ok(service.get("/readyz"), 200)["status"] == "ready"
    wrong = service.as_("troika_wrong")
    assert wrong.get("/healthz").status_code == wrong.get("/readyz").status_code == 200


def test_readiness_names_the_database_and_its_version(service: Client, engine: sa.Engine) -> None:
    told = ok(service.get("/readyz"), 200)["database"]
    with engine.connect() as connection:
        version = sqlite.sqlite_version if engine.dialect.name == "sqlite" else connection.scalar(sa.text("SHOW server_version"))
    assert told == {"engine": engine.dialect.name, "version": version, "revision": head(), "replica": None}


def test_a_probe_takes_no_parameters_and_is_not_kept(service: Client) -> None:
    refused(service.get("/healthz?deep=true"), 422, "unknown_parameter")
    assert service.get("/readyz").headers["cache-control"] == "no-store"


def test_another_schema_is_not_ready(service: Client, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    try:
        answer = service.get("/readyz")
        body = refused(answer, 503, "schema_not_current")
        assert "troika migrate" in body["detail"]
        assert answer.headers["retry-after"]
        assert service.get("/healthz").status_code == 200
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": head()})
    assert service.get("/readyz").status_code == 200


def test_a_deleted_database_file_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "troika.db"
    migrate(f"sqlite:///{path}")
    with serving(create_app(Settings(database_url=f"sqlite:///{path}"))) as client:
        assert client.get("/readyz").status_code == 200
        path.rename(tmp_path / "elsewhere.db")
        refused(client.get("/readyz"), 503, "unavailable")
        assert client.get("/healthz").status_code == 200
        (tmp_path / "elsewhere.db").rename(path)
        assert client.get("/readyz").status_code == 200


def test_a_stopped_server_is_not_ready_and_comes_back_without_a_restart(on_postgresql: None) -> None:
    with server() as postgres:
        migrate(postgres.url)
        with serving(create_app(Settings(database_url=postgres.url))) as client:
            assert client.get("/readyz").status_code == 200
            postgres.stop("immediate")
            answer = client.get("/readyz")
            refused(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
            assert client.get("/healthz").status_code == 200
            postgres.start()
            assert client.get("/readyz").status_code == 200
