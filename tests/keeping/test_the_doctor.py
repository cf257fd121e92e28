"""`troika doctor` finds each defect that is planted, says what to do, and finds nothing where all is well."""

import os
import stat
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.core.dates import now
from app.core.db import is_sqlite, sqlite
from app.keeping import doctor, machine
from app.keeping.contents import sqlite_path
from app.keeping.doctor import examine
from app.keeping.findings import Installation, none_of
from tests.conftest import migrate
from tests.postgres import Server
from tests.proof.places import another, populate, writing

Said = dict[str, tuple[str, str]]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def whole(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the demo's data, to be copied."""
    with another(database_url, "whole", tmp_path_factory.mktemp("whole")) as url:
        migrate(url)
        populate(url)
        with writing(url) as connection:
            connection.execute(sa.text("UPDATE tokens SET expires_at = '2090-01-01T00:00:00.000000Z'"))
            connection.execute(sa.text(EXPIRY[is_sqlite(url)]))
        yield url


EXPIRY = {
    True: "UPDATE changes SET picture = json_set(picture, '$.expires_at', '2090-01-01T00:00:00.000000Z') WHERE entity = 'token'",
    False: "UPDATE changes SET picture = jsonb_set(picture::jsonb, '{expires_at}', '\"2090-01-01T00:00:00.000000Z\"') WHERE entity = 'token'",
}


@pytest.fixture
def place(whole: str, tmp_path: Path) -> Iterator[str]:
    """A copy of it, to be spoilt."""
    with another(whole, "examined", tmp_path, like=whole) as url:
        if is_sqlite(url):
            sqlite_path(url).parent.chmod(0o700)
        yield url


def said(url: str, moment: datetime | None = None) -> Said:
    return {name: (mark, text) for mark, name, text in examine(Installation(url, moment or now()))}


def wrong(url: str, moment: datetime | None = None) -> Said:
    """What is not ok, but for the throwaway server's settings: it does not sync, and says so."""
    return {n: f for n, f in said(url, moment).items() if f[0] != "ok" and (n != "settings" or is_sqlite(url))}


def test_nothing_is_wrong_with_a_whole_installation(place: str) -> None:
    assert wrong(place) == {}
    there = set(said(place))
    assert {"database", "settings", "schema", "structure", "journal", "kept beside", "clock", "tokens"} <= there
    assert ("server" in there) != ({"integrity", "disk space", "file system", "permissions", "leftovers"} <= there)


LATEST = "(SELECT entity_id FROM changes WHERE entity = 'deliverable' AND record_version > 2 ORDER BY seq DESC LIMIT 1)"
DEFECTS = {
    "a change is missing": ("DELETE FROM changes WHERE entity_id = @ AND record_version = 2", "journal", "is at version"),
    "the first change is missing": ("DELETE FROM changes WHERE entity_id = @ AND record_version = 1", "journal", "is at version"),
    "the last change is missing": (
        "DELETE FROM changes WHERE seq = (SELECT max(seq) FROM changes WHERE entity = 'deliverable')", "journal", "has no change of its version",
    ),
    "a change is there twice": (
        "UPDATE changes SET record_version = 1 WHERE seq = (SELECT max(seq) FROM changes WHERE record_version = 2)", "journal", "is at version",
    ),
    "a row was changed by hand": ("UPDATE decisions SET text = 'Otherwise.'", "journal", "is not as its last change shows it: text"),
    "a name was put back by hand": ("UPDATE people SET email = NULL WHERE email IS NOT NULL", "journal", "shows it: email"),
    "a row was deleted by hand": ("DELETE FROM progress_updates", "journal", "the number of progress_updates is not that of those created"),
    "a name was given by hand": ("INSERT INTO agency_names (name, agency_id) SELECT 'x', id FROM agencies LIMIT 1", "kept beside", "the name x of"),
    "a name was taken by hand": ("DELETE FROM agency_names WHERE name = 'iom'", "kept beside", "the name iom of"),
    "a tally was changed by hand": ("UPDATE tallies SET delivered = delivered + 1 WHERE level = 'stream'", "kept beside", "the tally of stream"),
    "a tally is missing": ("DELETE FROM tallies WHERE level = 'group'", "kept beside", "has no tally"),
    "a card is missing": ("DELETE FROM deliverable_cards WHERE id = (SELECT min(id) FROM deliverable_cards)", "kept beside", "has no card"),
    "a card tells a lie": (
        "UPDATE deliverable_cards SET text = replace(text, '\"title\"', '\"tilte\"')", "kept beside", "is not its document",
    ),
    "an unknown thing was journalled": (
        "UPDATE changes SET entity = 'unicorn' WHERE entity = 'token' AND record_version = 1", "journal", "tells of unicorn",
    ),
    "a due day was moved by hand": (
        "UPDATE assignments SET due_on = '2001-01-01' WHERE id = (SELECT min(id) FROM assignments)", "kept beside", "another due day",
    ),
    "an index is missing": ("DROP INDEX ix_changes_group_id", "structure", "index ix_changes_group_id is missing"),
    "a column is too much": ("ALTER TABLE groups ADD COLUMN forgotten INTEGER", "structure", "column groups.forgotten is too much"),
    "the schema is an older one": ("UPDATE alembic_version SET version_num = 'foundation'", "schema", "Run: troika migrate"),
    "the schema is a newer one": ("UPDATE alembic_version SET version_num = 'of_next_year'", "schema", "newer version"),
    "every token has expired": ("UPDATE tokens SET expires_at = '2001-01-01T00:00:00.000000Z'", "tokens", "none of an administrator"),
}  # fmt: skip
"""What is done to the database, which line tells of it, and what it says."""


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found_in_its_own_line(place: str, defect: str) -> None:
    statement, line, text = DEFECTS[defect]
    statement = statement.replace("@", LATEST)
    with writing(place) as connection:
        connection.execute(sa.text(statement))
    found = wrong(place)
    assert text in found[line][1], found


OF_THE_ENGINE = {
    True: ["DROP TRIGGER deliverable_due", "DROP TRIGGER chair_overlap_insert", "DROP INDEX only_group_code_taken"],
    False: [
        "ALTER TABLE deliverables DISABLE TRIGGER deliverable_due", "ALTER TABLE chairmanships DROP CONSTRAINT chair_overlap",
        "CREATE OR REPLACE FUNCTION deliverable_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    ],
}  # fmt: skip


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_rule_that_was_taken_away_is_found(place: str, which: int) -> None:
    with writing(place) as connection:
        connection.execute(sa.text(OF_THE_ENGINE[is_sqlite(place)][which]))
    assert set(wrong(place)) == {"structure"}


def test_a_clock_that_has_gone_back_is_found(place: str) -> None:
    assert "before the newest change" in wrong(place, now() - timedelta(hours=2))["clock"][1]


def test_tokens_that_end_soon_are_named(place: str) -> None:
    mark, text = wrong(place, datetime.fromisoformat("2089-12-25T00:00:00+00:00"))["tokens"]
    assert (mark, "soon to expire" in text, "on 2090-01-01" in text) == ("warn", True, True)


def test_a_database_that_is_away_ends_the_examination(tmp_path: Path) -> None:
    missing = said(f"sqlite:///{tmp_path}/none.db")
    assert missing == {"database": ("fail", f"There is no database at {tmp_path}/none.db. Check TROIKA_DATABASE_URL.")}
    assert "could not be checked" in said(f"postgresql://nobody@/nothing?host={tmp_path}")["database"][1]


def test_findings_are_shown_by_their_first_few() -> None:
    with pytest.raises(Exception, match=r"^1; 2; 3; 4; 5; and 2 more$"):
        none_of(map(str, range(1, 8)), "well")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite database, migrated and empty."""
    path = tmp_path / "data" / "troika.db"
    path.parent.mkdir(mode=0o700)
    migrate(f"sqlite:///{path}")
    return path


def line(file: Path, name: str) -> tuple[str, str]:
    return said(f"sqlite:///{file}")[name]


def test_a_damaged_page_is_found_and_ends_nothing(file: Path) -> None:
    with closing(sqlite.connect(str(file))) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'changes'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((root - 1) * size)
        opened.write(b"\xff" * size)
    found = said(f"sqlite:///{file}")
    assert found["integrity"][0] == "fail"
    assert found["journal"][0] == "fail"
    assert found["leftovers"][0] == "ok"


def test_a_reference_to_nothing_is_found(file: Path) -> None:
    with closing(sqlite.connect(str(file))) as connection, connection:
        connection.execute("INSERT INTO agency_names VALUES ('x', 'nobody')")
    assert line(file, "integrity") == ("fail", "row 1 of agency_names refers to nothing in agencies")


def test_a_disk_that_fills_up_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: Usage(0, 0, 1_000_000))  # type: ignore[attr-defined]
    assert line(file, "disk space")[0] == "fail"
    os.truncate(file, 100_000_000)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: Usage(0, 0, 150_000_000))  # type: ignore[attr-defined]
    assert line(file, "disk space")[0] == "warn"


def test_a_network_share_is_told(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {str(file.parent).replace('_', chr(92) + '137')} nfs4 rw 0 0\n")
    monkeypatch.setattr(machine, "MOUNTS", mounts)
    assert "network share (nfs4)" in line(file, "file system")[1]
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {file.parent}-other nfs4 rw 0 0\n")
    assert line(file, "file system") == ("ok", "ext4")
    monkeypatch.setattr(machine, "MOUNTS", tmp_path / "none")
    assert "file system" not in said(f"sqlite:///{file}")


def test_a_file_that_strangers_can_read_is_told(file: Path) -> None:
    file.chmod(0o644)
    assert line(file, "permissions")[0] == "ok"
    file.parent.chmod(0o755)
    assert "chmod 700" in line(file, "permissions")[1]
    file.chmod(0o600)
    assert line(file, "permissions")[0] == "ok"


def test_a_folder_that_cannot_be_written_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of the system, since whoever runs the tests as root may write everywhere."""
    monkeypatch.setattr(machine.os, "access", lambda path, _: path != file.parent)  # type: ignore[attr-defined]
    assert line(file, "permissions") == (
        "fail", f"{file.parent} cannot be written by this user. Run this as the service's user, and give it what is its own: chown.",
    )  # fmt: skip


def test_files_of_different_users_are_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, real = Path(f"{file}-wal"), Path.stat

    def owned(path: Path, **options: bool) -> os.stat_result:
        found = list(real(path, **options))
        found[stat.ST_UID] = 4_711 if path == log else found[stat.ST_UID]
        return os.stat_result(found)

    with closing(sqlite.connect(str(file))) as connection:  # keeps the log there
        connection.execute("SELECT * FROM changes").fetchall()
        monkeypatch.setattr(Path, "stat", owned)
        assert "belong to different users" in line(file, "permissions")[1]


def test_what_a_cut_off_backup_left_is_told(file: Path) -> None:
    (file.parent / ".backup.abc.unfinished").touch()
    (file.parent / ".troika.db.abc.restoring").touch()
    assert line(file, "leftovers")[1].endswith("remove: .backup.abc.unfinished, .troika.db.abc.restoring")


def unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "unsafe_sqlite", lambda: "SQLite 3.40.1 has the WAL-reset bug.")


def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.db.WRITING", ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"))


def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.db.WRITING", ("journal_mode=WAL", "synchronous=FULL"))


@pytest.mark.parametrize(
    ("plant", "name", "text"),
    [(unsafe, "database", "WAL-reset"), (no_sync, "settings", "synchronous=1"), (no_keys, "settings", "foreign_keys")],
)
def test_an_sqlite_that_can_lose_data_fails(
    file: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], name: str, text: str
) -> None:
    plant(monkeypatch)
    mark, told = line(file, name)
    assert (mark, text in told) == ("fail", True), told


@pytest.fixture
def server(postgresql: Server, tmp_path: Path) -> Iterator[str]:
    """A database on a server, migrated and empty."""
    with another(postgresql.url, "served", tmp_path) as url:
        migrate(url)
        yield url


def test_a_server_that_does_not_sync_fails(server: str) -> None:
    assert "fsync=off" in said(server)["settings"][1]


def test_a_server_without_its_extension_or_of_another_encoding_fails(server: str, tmp_path: Path) -> None:
    with writing(server) as connection:
        connection.execute(sa.text("DROP EXTENSION btree_gist CASCADE"))
    assert "CREATE EXTENSION btree_gist" in said(server)["server"][1]
    url = make_url(server)
    with closing(psycopg.connect(host=str(url.query["host"]), user=url.username, dbname="postgres", autocommit=True)) as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            assert "encoding is LATIN1" in said(url.set(database="latin").render_as_string(hide_password=False))["server"][1]
        finally:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


@pytest.mark.parametrize(("version", "mark"), [(12, "fail"), (13, "warn"), (14, "ok")])
def test_a_server_that_is_too_old_is_told(server: str, version: int, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    monkeypatch.setattr(PGDialect_psycopg, "_get_server_version_info", lambda *_: (version, 3))
    assert said(server)["database"][0] == mark


def test_a_user_who_may_not_make_a_schema_is_told_so(server: str) -> None:
    with writing(server) as connection:
        for statement in (
            "DROP ROLE IF EXISTS modest",
            "CREATE ROLE modest LOGIN",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO modest",
        ):
            connection.execute(sa.text(statement))
    url = make_url(server).set(username="modest").render_as_string(hide_password=False)
    try:
        mark, text = said(url)["structure"]
    finally:
        with writing(server) as connection:
            connection.execute(sa.text("DROP OWNED BY modest"))
            connection.execute(sa.text("DROP ROLE modest"))
    assert (mark, "may not make a schema" in text) == ("warn", True), text
