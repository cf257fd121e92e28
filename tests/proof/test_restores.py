"""B1: a restore is all or nothing. Killed at any step, it leaves the former data whole or the backup whole, and never a mixture."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.actors import Subject
from app.agencies.models import Agency
from app.core.dates import now
from app.core.db import is_sqlite
from app.core.work import unit_of_work
from app.keeping import restore, sqlite_files
from app.keeping.backup import back_up
from app.keeping.contents import open_sqlite, sqlite_path
from app.keeping.sqlite_files import damage
from app.policy import Permission
from tests.conftest import migrate
from tests.make import INSTALLER
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.places import Table, another, populate, programs, rows, writing  # noqa: F401  (a fixture)
from tests.proof.service import ROOT

Held = dict[str, Table]


def add_agencies(url: str, how_many: int) -> None:
    with writing(url) as connection, unit_of_work(connection, INSTALLER, now()) as work:
        work.require(Permission.ADD_AGENCY, Subject())
        for i in range(how_many):
            work.add(Agency(code=f"LATER-{i}", name=f"Added {i}", kind="other"))


def held(url: str) -> Held | str:
    """Every row, or what is wrong with the database."""
    if is_sqlite(url):
        connection = open_sqlite(sqlite_path(url))
        try:
            if wrong := damage(connection):
                return str(wrong)
        except Exception as error:  # noqa: BLE001  (a damaged file may fail in any way)
            return str(error)
        finally:
            connection.close()
    with writing(url) as connection:
        return rows(connection)


class Restoring:
    """The process that restores, and is killed doing so."""

    def __init__(self, process: "subprocess.Popen[str]", orders: IO[str], answers: IO[str]) -> None:
        self.process, self.orders, self.answers = process, orders, answers

    def until(self, step: int, url: str) -> str:
        print(step, url, file=self.orders, flush=True)
        return self.answers.readline().strip()


@contextmanager
def restoring(file: Path, fault: Callable[[], None] | None = None) -> Iterator[Restoring]:
    environment = dict(os.environ) | ({"TROIKA_FAULT": f"{fault.__module__}:{fault.__name__}"} if fault else {})
    with subprocess.Popen(
        [sys.executable, "-m", "tests.proof.cut_off", str(file)],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        yield Restoring(process, process.stdin, process.stdout)
        process.stdin.close()


@contextmanager
def former(url: str, folder: Path, like: str) -> Iterator[str]:
    """A copy of the former database. On SQLite with its log beside it, as a killed service leaves it."""
    with another(url, "former", folder, like=like) as place:
        log = Path(f"{make_url(like).database}-wal")
        if is_sqlite(url) and log.exists():
            shutil.copy(log, f"{make_url(place).database}-wal")
        yield place


def mixtures(url: str, folder: Path, like: str, file: Path, new: Held, tries: int, fault: Callable[[], None] | None = None) -> list[str]:
    """Restore the file over the former data again and again, each time killed at another step, and tell what was neither."""
    with restoring(file, fault) as process:
        with former(url, folder, like) as place:
            old = held(place)
        with former(url, folder, like) as place:
            steps = int(process.until(0, place).removeprefix("done "))
            found = [] if held(place) == new else ["a restore that nobody disturbed"]
        assert old != new
        for i in range(tries):
            if fault and found:
                break
            step = steps - int((steps - 1) * (1 - i / tries) ** 2)  # more of them towards the end, where things are changed
            with former(url, folder, like) as place:
                answer = process.until(step, place)
                if answer != "killed" or held(place) not in (old, new):
                    found.append(f"{answer} at step {step} of {steps}")
    return found


@pytest.fixture
def scene(database_url: str, tmp_path: Path, programs: None) -> Iterator[tuple[str, Path, Held]]:  # noqa: F811
    """The former database, a backup of another one, and what that one holds."""
    with another(database_url, "new", tmp_path) as other:
        migrate(other)
        add_agencies(other, 60)
        back_up(other, tmp_path / "backup")
        new = held(other)
    assert isinstance(new, dict)
    with another(database_url, "stage", tmp_path) as stage:
        migrate(stage)
        populate(stage)
        yield stage, tmp_path / "backup", new


@contextmanager
def left_by_a_killed_service(stage: str, folder: Path) -> Iterator[str]:
    """The same with commits that are in the log alone: on SQLite a copy of both files, made while the log was in use."""
    if not is_sqlite(stage):
        yield stage
        return
    path, copy = sqlite_path(stage), folder / "killed" / "troika.db"
    copy.parent.mkdir()
    connection = open_sqlite(path, ("wal_autocheckpoint=0",))
    connection.execute("SELECT count(*) FROM changes").fetchone()
    add_agencies(stage, 40)
    shutil.copy(path, copy)
    shutil.copy(f"{path}-wal", f"{copy}-wal")
    connection.close()
    assert Path(f"{copy}-wal").stat().st_size > 0
    yield f"sqlite:///{copy}"


def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new(scene: tuple[str, Path, Held], tmp_path: Path, report: Report) -> None:
    stage, file, new = scene
    tries = figure(12, 500) if is_sqlite(stage) else figure(3, 200)
    with left_by_a_killed_service(stage, tmp_path) as like:
        assert mixtures(stage, tmp_path, like, file, new, tries) == []
    report(f"B1: a restore killed at {tries} of its steps left the old data or the new, and never a mixture")


def copy_over_the_file() -> None:
    """Planted: the database is overwritten instead of replaced."""

    def put_in_place(fresh: Path, path: Path) -> None:
        with fresh.open("rb") as source, path.open("wb") as target:
            while page := source.read(65_536):
                target.write(page)
                target.flush()

    restore.sqlite_files.put_in_place = put_in_place  # type: ignore[attr-defined]


def leave_the_log() -> None:
    """Planted: the file is replaced, and what SQLite keeps beside it forgotten."""

    @contextmanager
    def alone_with(path: Path) -> Iterator[bool]:
        yield True

    sqlite_files.alone_with = alone_with
    sqlite_files.BESIDE = ()  # type: ignore[assignment]


def commit_on_the_way() -> None:
    """Planted: each statement of a restore on PostgreSQL is its own transaction."""
    clear = restore.postgresql_dumps.clear  # type: ignore[attr-defined]

    def clear_and_commit(connection: sa.Connection) -> None:
        clear(connection)
        connection.exec_driver_sql("COMMIT")

    restore.postgresql_dumps.clear = clear_and_commit  # type: ignore[attr-defined]


FAULTS = {"sqlite": {copy_over_the_file: 8, leave_the_log: 1}, "postgresql": {commit_on_the_way: 4}}
"""The mistakes that can be made on either engine, and how many steps to kill at until one shows."""


def test_a_restore_that_can_mix_the_two_is_found_out(scene: tuple[str, Path, Held], tmp_path: Path) -> None:
    stage, file, new = scene
    with left_by_a_killed_service(stage, tmp_path) as like:
        for fault, tries in FAULTS["sqlite" if is_sqlite(stage) else "postgresql"].items():
            assert mixtures(stage, tmp_path, like, file, new, tries, fault), fault.__name__
