"""Databases beside the one of all tests, for what spoils, replaces or moves one."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.core.dates import now
from app.core.db import is_sqlite, table_of, write_engine
from app.core.idempotency import KeptAnswer
from app.loading.demo import fresh_tokens, load_demo
from tests.postgres import find_binaries

Table = tuple[list[str], list[tuple[Any, ...]]]
"""A table's columns, and its rows."""


@contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    engine = write_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def rows(connection: sa.Connection) -> dict[str, Table]:
    """Every row of every table, as the database holds it."""
    found = {}
    for name in sa.inspect(connection).get_table_names():
        read = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))
        columns = list(read.keys())
        found[name] = (columns, sorted((tuple(row) for row in read), key=str))
    found.pop("alembic_version", None)
    return found


def populate(url: str) -> None:
    """At least one row in every table."""
    engine = write_engine(url, pool_size=1)
    load_demo(engine)
    fresh_tokens(engine, now())
    kept = {"actor": "a", "route": "/", "key": "k", "digest": "d", "at": now(), "status": 201, "headers": {"etag": "1"}, "body": "{}"}
    with engine.begin() as connection:
        connection.execute(sa.insert(table_of(KeptAnswer)), kept)
    engine.dispose()


@contextmanager
def another(database_url: str, name: str, folder: Path, like: str | None = None) -> Iterator[str]:
    """The URL of a database of this name: empty, or a copy of one that nobody is connected to."""
    if is_sqlite(database_url):
        path = folder / name / "troika.db"
        path.parent.mkdir()
        if like:
            shutil.copy(make_url(like).database or "", path)
        yield f"sqlite:///{path}"
        shutil.rmtree(path.parent)
        return
    url = make_url(database_url)
    with closing(psycopg.connect(host=str(url.query["host"]), user=url.username, dbname="postgres", autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {make_url(like).database if like else 'template0'}".encode())
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the version of the server that the tests run."""
    binaries = find_binaries()
    if not all(shutil.which(name, path=str(binaries)) for name in ("pg_dump", "pg_restore")):
        pytest.skip(f"there is no pg_dump or pg_restore in {binaries}")
    monkeypatch.setenv("PATH", str(binaries), prepend=":")
