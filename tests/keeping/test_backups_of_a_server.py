"""What is special about backups of a PostgreSQL: its own programs, one transaction, and what else a server holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.dates import now
from app.keeping import postgresql_dumps
from app.keeping.backup import Backup, back_up
from app.keeping.contents import Refused
from app.keeping.restore import restore
from tests.conftest import migrate
from tests.postgres import Server
from tests.proof.places import Table, another, populate, programs, rows, writing  # noqa: F401  (a fixture)


def held(url: str) -> dict[str, Table]:
    with writing(url) as connection:
        return rows(connection)


def done(url: str, file: Path, *, force: bool = False) -> None:
    restore(url, file, now(), force=force)


def execute(url: str, statement: str) -> None:
    with writing(url) as connection:
        connection.execute(sa.text(statement))


@pytest.fixture
def server(postgresql: Server, tmp_path: Path, programs: None) -> Iterator[str]:  # noqa: F811
    with another(postgresql.url, "served", tmp_path) as url:
        migrate(url)
        yield url


SPY = """#!/bin/sh
case "$1" in --version) ;; *) tr '\\0' ' ' < /proc/$$/cmdline >> {seen}; printf '%s' "$PGPASSWORD" > {secret};; esac
exec {program} "$@"
"""


def test_no_password_stands_on_a_command_line(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spies = tmp_path / "spies"
    spies.mkdir()
    for name in ("pg_dump", "pg_restore"):
        spy = spies / name
        spy.write_text(SPY.format(seen=tmp_path / "seen", secret=tmp_path / f"secret-{name}", program=postgresql_dumps.find_program(name)))
        spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spies}:/usr/bin:/bin")
    monkeypatch.setattr(postgresql_dumps, "DEBIAN", tmp_path)
    url = server.replace("postgres@", "postgres:S3cret@")
    made: Backup = back_up(url, tmp_path / "backup")
    done(url, tmp_path / "backup", force=made.contents.rows > 0)
    seen = (tmp_path / "seen").read_text()
    assert "--format=custom" in seen
    assert "S3cret" not in seen
    assert (tmp_path / "secret-pg_dump").read_text() == "S3cret"


@pytest.mark.parametrize("found", ["none", "older"])
def test_a_missing_or_older_program_is_named_with_what_to_install(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    if found == "older":
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
        old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr(postgresql_dumps, "DEBIAN", tmp_path)
    said = "it is not installed here" if found == "none" else "the newest one here is of version 9"
    with pytest.raises(Refused, match=rf"pg_dump, of version \d+ or newer: {said}.*apt-get install postgresql-client-\d+"):
        back_up(server, tmp_path / "backup")
    with pytest.raises(Refused, match="pg_restore"):
        postgresql_dumps.examine(tmp_path / "backup")


def test_the_tables_of_something_else_are_left_alone(server: str, tmp_path: Path) -> None:
    back_up(server, tmp_path / "backup")
    execute(server, "DROP TABLE changes")
    execute(server, "CREATE TABLE others AS SELECT 1 AS x")
    with pytest.raises(Refused, match="the tables of something else"):
        done(server, tmp_path / "backup", force=True)


def test_whatever_ours_is_there_is_cleared_away(server: str, tmp_path: Path) -> None:
    """A newer schema may hold what the backup does not know; extensions stay."""
    back_up(server, tmp_path / "backup")
    before = held(server)
    execute(server, "CREATE TABLE newer (id varchar(36) REFERENCES agencies, n bigserial, PRIMARY KEY (n))")
    execute(server, "CREATE VIEW seen AS SELECT n FROM newer")
    execute(server, "CREATE FUNCTION newer_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    execute(server, "CREATE SEQUENCE numbers")
    done(server, tmp_path / "backup")
    assert held(server) == before
    with writing(server) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM pg_proc WHERE proname = 'newer_rule'")) == 0
        assert connection.scalar(sa.text("SELECT count(*) FROM pg_class WHERE relname IN ('numbers', 'seen', 'newer')")) == 0


def test_a_dump_that_does_not_hold_what_the_database_did_is_refused(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the program leaves a table out; and on the way back, a line is lost."""
    populate(server)
    back_up(server, tmp_path / "backup")
    before, honest = held(server), postgresql_dumps.script
    with monkeypatch.context() as planted:
        planted.setattr(postgresql_dumps, "script", lambda *options: (line for line in honest(*options) if b"gmg" not in line))
        with pytest.raises(Refused, match=r"The backup holds .* rows, .* the database held"):
            back_up(server, tmp_path / "other")
    found = postgresql_dumps.examine(tmp_path / "backup")
    monkeypatch.setattr(postgresql_dumps, "examine", lambda _: found)
    for lost, said in ((b"demo viewer", "but restored were"), (b"CREATE TABLE public.groups", "The server refused")):
        monkeypatch.setattr(postgresql_dumps, "script", lambda *options, lost=lost: (line for line in honest(*options) if lost not in line))
        monkeypatch.setattr("app.keeping.restore._dump_aside", lambda *_: None)
        with pytest.raises(Refused, match=said):
            done(server, tmp_path / "backup", force=True)
        assert held(server) == before


def test_a_dump_that_fails_leaves_nothing(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "bin" / "pg_dump"
    failing.parent.mkdir()
    failing.write_text("#!/bin/sh\ncase $1 in --version) echo 99;; *) echo 'disk full' >&2; exit 1;; esac\n")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", str(failing.parent), prepend=":")
    with pytest.raises(Refused, match="pg_dump could not make the backup: disk full"):
        back_up(server, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_dump_of_something_else_is_no_backup(server: str, tmp_path: Path) -> None:
    execute(server, "DROP TABLE alembic_version")
    with pytest.raises(Refused, match="no database of Troika's"):
        back_up(server, tmp_path / "backup")
    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(postgresql_dumps, "contents", lambda *_: None)
        with pytest.raises(Refused, match="it holds no revision"):
            back_up(server, tmp_path / "backup")
