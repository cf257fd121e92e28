"""A backup is whole or not there, a restore refuses what it must not replace, and both say what would be right."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.dates import now
from app.core.db import is_sqlite, sqlite, write_engine
from app.keeping.backup import back_up
from app.keeping.contents import Refused, sqlite_path
from app.keeping.restore import Restored, restore
from tests.conftest import migrate
from tests.proof.places import Table, another, populate, programs, rows, writing  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def whole(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the demo's data, to be copied."""
    with another(database_url, "original", tmp_path_factory.mktemp("original")) as url:
        migrate(url)
        populate(url)
        yield url


@pytest.fixture
def place(whole: str, tmp_path: Path, programs: None) -> Iterator[str]:  # noqa: F811
    with another(whole, "source", tmp_path, like=whole) as url:
        yield url


@pytest.fixture
def target(whole: str, tmp_path: Path) -> Iterator[str]:
    """An empty database, or rather the place for one."""
    with another(whole, "target", tmp_path) as url:
        yield url


def held(url: str) -> dict[str, Table]:
    with writing(url) as connection:
        return rows(connection)


def done(url: str, file: Path, *, force: bool = False) -> Restored:
    return restore(url, file, now(), force=force)


def left(folder: Path) -> set[str]:
    """The files of a folder, but for those of databases in use."""
    return {path.name for path in folder.iterdir() if path.is_file()}


def execute(url: str, statement: str) -> None:
    with writing(url) as connection:
        connection.execute(sa.text(statement))


def test_a_backup_comes_back_as_it_was(place: str, target: str, tmp_path: Path) -> None:
    made = back_up(place, tmp_path / "backup")
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert left(tmp_path) == {"backup"}
    restored = done(target, tmp_path / "backup")
    assert (restored.contents, restored.sha256) == (made.contents, made.sha256)
    assert (restored.kept, restored.remaining) == (None, None)
    assert held(target) == held(place)
    assert made.contents.rows == sum(len(found) for _, found in held(place).values())


def test_what_was_restored_goes_on(place: str, target: str, tmp_path: Path) -> None:
    """The numbers of the journal go on where the backup ends, and the rules are in force."""
    last = back_up(place, tmp_path / "backup").contents.last_change
    done(target, tmp_path / "backup")
    insert = (
        "INSERT INTO changes (at, actor, channel, operation, action, entity, entity_id, record_version, fields, picture) "
        "VALUES ('2026-01-01T00:00:00.000000Z', 'a', 'api', 'o', 'created', 'e', 'i', 1, '{}', '{}')"
    )
    execute(target, insert)
    assert back_up(target, tmp_path / "next").contents.last_change == last + 1
    with pytest.raises(sa.exc.IntegrityError):
        execute(target, "INSERT INTO tallies SELECT * FROM tallies")


def test_a_file_that_is_there_is_replaced_only_by_force(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "backup"
    file.write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        back_up(place, file)
    monkeypatch.setattr(Path, "exists", lambda _: False)  # or it comes while the backup is made
    with pytest.raises(Refused, match="is there already"):
        back_up(place, file)
    monkeypatch.undo()
    assert (file.read_text(), left(tmp_path)) == ("mine", {"backup"})


def test_a_backup_by_force_takes_the_place_of_the_former(place: str, tmp_path: Path) -> None:
    first = back_up(place, tmp_path / "backup")
    assert back_up(place, tmp_path / "backup", force=True).contents == first.contents
    assert left(tmp_path) == {"backup"}


def refuse(*_: object, **__: object) -> None:
    raise PermissionError("no links here")


def test_a_file_system_without_links_will_do(place: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse)
    back_up(place, tmp_path / "backup")
    done(target, tmp_path / "backup")
    again = done(target, tmp_path / "backup", force=True)
    assert again.kept is not None
    assert again.kept.is_file()
    assert held(target) == held(place)


@pytest.mark.parametrize("file", ["missing/backup", "", "-wal"])
def test_a_backup_must_have_a_place_of_its_own(place: str, tmp_path: Path, file: str) -> None:
    if "/" in file:
        with pytest.raises(Refused, match="There is no folder"):
            back_up(place, tmp_path / file)
    elif is_sqlite(place):
        with pytest.raises(Refused, match="is the database itself"):
            back_up(place, Path(f"{sqlite_path(place)}{file}"), force=True)
        assert held(place)


def test_nothing_is_no_backup(target: str, tmp_path: Path, programs: None) -> None:  # noqa: F811
    with pytest.raises(Refused, match=r"There is no database|no database of Troika's"):
        back_up(target, tmp_path / "backup")
    with writing(target) as connection:
        connection.execute(sa.text("CREATE TABLE others (x INTEGER)"))
    with pytest.raises(Refused, match="no database of Troika's"):
        back_up(target, tmp_path / "backup")
    assert left(tmp_path) == set()


def test_data_is_replaced_only_by_force_and_kept_aside(place: str, target: str, tmp_path: Path) -> None:
    back_up(place, tmp_path / "backup")
    migrate(target)
    done(target, tmp_path / "backup")  # a schema without rows is nothing to lose
    execute(target, "UPDATE groups SET name = 'Changed since'")
    before = held(target)
    with pytest.raises(Refused, match=r"holds data\. Say --force"):
        done(target, tmp_path / "backup")
    assert held(target) == before
    restored = done(target, tmp_path / "backup", force=True)
    assert held(target) == held(place)
    assert restored.kept is not None
    assert ".before-restore-" in restored.kept.name
    done(target, restored.kept, force=True)
    assert held(target) == before


def test_a_database_in_use_is_not_replaced(place: str, target: str, tmp_path: Path) -> None:
    back_up(place, tmp_path / "backup")
    done(target, tmp_path / "backup")
    engine = write_engine(target)
    with engine.connect() as connection:  # as a service that is waiting for requests
        connection.execute(sa.text("SELECT count(*) FROM changes"))
        connection.rollback()
        with pytest.raises(Refused, match=r"is in use.*Stop the service first"):
            done(target, tmp_path / "backup", force=True)
    engine.dispose()
    assert {".troika.db", "backup"} > left(tmp_path) - {"troika.db"}
    assert held(target) == held(place)


def test_a_backup_of_another_version_is_told(place: str, target: str, tmp_path: Path) -> None:
    execute(place, "UPDATE alembic_version SET version_num = 'foundation'")
    back_up(place, tmp_path / "older")
    assert "Run: troika migrate" in (done(target, tmp_path / "older").remaining or "")
    execute(place, "UPDATE alembic_version SET version_num = 'of_next_year'")
    back_up(place, tmp_path / "newer")
    before = held(target)
    with pytest.raises(Refused, match="a newer version made it"):
        done(target, tmp_path / "newer", force=True)
    assert held(target) == before


def test_what_is_no_backup_of_this_engine_is_refused(place: str, target: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP and so on" if is_sqlite(place) else b"SQLite format 3\0 and so on")
    for content in (other.read_bytes(), b"", b"Dear colleagues,"):
        other.write_bytes(content)
        with pytest.raises(Refused, match="is no backup of a database on"):
            done(target, other)


def test_a_damaged_backup_changes_nothing(place: str, target: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    size = back_up(place, file).size
    done(target, file)
    before, good = held(target), file.read_bytes()
    for damaged in (good[: size // 2], good[:2000] + b"\xff" * 20_000 + good[22_000:], good[: size - 5000] + b"\xff" * 5000):
        file.write_bytes(damaged)
        with pytest.raises(Refused):
            done(target, file, force=True)
        assert held(target) == before
    assert left(tmp_path) == {"backup"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite database, migrated and with a row."""
    path = tmp_path / "data" / "troika.db"
    path.parent.mkdir()
    migrate(f"sqlite:///{path}")
    execute(f"sqlite:///{path}", "INSERT INTO kept_answers VALUES ('a', '/', 'k', 'd', '2026-01-01T00:00:00.000000Z', 200, '{}', '')")
    return path


def test_a_damaged_database_is_not_backed_up(file: Path, tmp_path: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(8 * 4096)
        opened.write(b"\xff" * 4096)
    with pytest.raises(Refused, match="The copy is damaged"):
        back_up(f"sqlite:///{file}", tmp_path / "backup")
    assert left(tmp_path) == set()


def test_a_reference_to_nothing_is_not_backed_up(file: Path, tmp_path: Path) -> None:
    with closing(sqlite.connect(str(file))) as connection, connection:
        connection.execute("INSERT INTO agency_names VALUES ('x', 'nobody')")
    with pytest.raises(Refused, match="row 1 of agency_names refers to nothing in agencies"):
        back_up(f"sqlite:///{file}", tmp_path / "backup")


@pytest.mark.parametrize("damage", ["all", "all but a page"])
def test_a_damaged_database_can_be_replaced_and_is_kept(file: Path, tmp_path: Path, damage: str) -> None:
    url, backup = f"sqlite:///{file}", tmp_path / "backup"
    back_up(url, backup)
    spoilt = b"rubbish" * 2_000 if damage == "all" else file.read_bytes()[:4096] + b"\xff" * 400_000
    file.write_bytes(spoilt)
    log = Path(f"{file}-wal")
    if damage == "all":
        log.write_bytes(b"its log")
    with pytest.raises(Refused, match="holds data"):
        done(url, backup)
    kept = done(url, backup, force=True).kept
    assert kept is not None
    assert kept.read_bytes()[4096:] == spoilt[4096:]
    if damage == "all":
        assert Path(f"{kept}-wal").read_bytes() == b"its log"
    assert not log.exists()
    assert back_up(url, tmp_path / "again").contents.rows == 1


def test_a_log_without_its_database_is_never_applied(file: Path, tmp_path: Path) -> None:
    url, backup = f"sqlite:///{file}", tmp_path / "backup"
    back_up(url, backup)
    with closing(sqlite.connect(str(file))) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        with connection:
            connection.execute("DELETE FROM kept_answers")
        shutil.copy(f"{file}-wal", tmp_path / "log")
    file.unlink()
    shutil.copy(tmp_path / "log", f"{file}-wal")
    done(url, backup)
    assert back_up(url, tmp_path / "again").contents.rows == 1


def test_a_file_with_its_log_beside_it_is_no_backup(file: Path, tmp_path: Path) -> None:
    with closing(sqlite.connect(str(file))) as connection:
        connection.execute("SELECT * FROM changes").fetchall()
        with pytest.raises(Refused, match="a log lies beside it"):
            done(f"sqlite:///{tmp_path}/new/troika.db", file)
    assert not (tmp_path / "new").exists()


def test_owner_and_mode_stay_those_of_the_former_file(file: Path, tmp_path: Path) -> None:
    url, backup = f"sqlite:///{file}", tmp_path / "backup"
    back_up(url, backup)
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 4_711, 4_712)
    before = file.stat()
    done(url, backup, force=True)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_database_behind_a_link_is_replaced_where_it_is(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file)
    back_up(f"sqlite:///{link}", tmp_path / "backup")
    done(f"sqlite:///{link}", tmp_path / "backup", force=True)
    assert link.is_symlink()
    assert back_up(f"sqlite:///{file}", tmp_path / "again").contents.rows == 1
