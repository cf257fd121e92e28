"""B1: a backup that is made while others write is one past moment, whole, with all that had been answered before it began."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.dates import now
from app.core.db import table_of, write_engine
from app.core.idempotency import KeptAnswer
from app.keeping import backup, derived, record, sqlite_files
from app.keeping.backup import back_up
from app.keeping.catalog import catalog, differences
from app.keeping.contents import Refused, looking_at, open_sqlite
from app.keeping.restore import restore
from app.loading.demo import load_demo
from app.tables import METADATA
from tests.conftest import migrate
from tests.make import Json, Make, ok
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.places import another, programs  # noqa: F401  (a fixture)
from tests.proof.service import Service, serving_processes, speaking_to

WRITERS = 4
FILLER = 5_000
"""Rows that make the database large enough for writes to fall into the middle of a backup."""
Seen = tuple[str, int]
"""A thing's id and its version, as an answer gave them."""


@dataclass
class Written:
    """What the service has acknowledged so far."""

    seen: set[Seen] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def note(self, answer: Json) -> None:
        with self.arrived:
            self.seen.add((answer["id"], answer["version"]))
            self.arrived.notify_all()

    def so_far(self) -> set[Seen]:
        with self.arrived:
            return set(self.seen)

    def wait_for_more(self, how_many: int = 20) -> None:
        with self.arrived:
            wanted = len(self.seen) + how_many
            assert self.arrived.wait_for(lambda: len(self.seen) >= wanted, 60), "the writers have stopped"


def fill(engine: sa.Engine) -> None:
    rows = [
        {"actor": "filler", "route": "/", "key": str(i), "digest": "", "at": now(), "status": 200, "headers": {}, "body": "x" * 1_000}
        for i in range(FILLER)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(table_of(KeptAnswer)), rows)


def write_on(make: Make, writer: int, deliverable: Json, written: Written, stop: threading.Event) -> None:
    """Amend a deliverable that has an assignment (a trigger moves its due day along), and add agencies, until told to stop."""
    for i in count(1):
        if stop.is_set():
            return
        body = {"title": f"Title {i}", "due": f"{2030 + i % 50}-{1 + i % 12:02}-15", "note": "x" * (i % 700)}
        deliverable = ok(make.secretariat.patch(f"/deliverables/{deliverable['id']}", body, deliverable["version"]), 200)
        written.note(deliverable)
        if i % 5 == 0:
            written.note(ok(make.administrator.post("/agencies", {"code": f"W{writer}-{i}", "name": f"Agency {writer} {i}"})))


@contextmanager
def under_load(url: str) -> Iterator[Written]:
    """The service on a database with the demo's data, and four clients that write as fast as they are answered."""
    migrate(url)
    engine = write_engine(url)
    load_demo(engine)
    fill(engine)
    service, written, stop = Service(url), Written(), threading.Event()
    with serving_processes(service), speaking_to(service.address) as client:
        make = Make(client, engine)
        make.member("A")
        things = [make.deliverable(f"D{i}") for i in range(WRITERS)]
        for thing in things:
            make.asked(thing, "A")
        assert make.administrator.token  # made here, not by four threads at once
        threads = [threading.Thread(target=write_on, args=(make, i, thing, written, stop)) for i, thing in enumerate(things)]
        for thread in threads:
            thread.start()
        try:
            yield written
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            engine.dispose()


def journal(connection: sa.Connection, until: int | None = None) -> list[Any]:
    changes = sa.select(record.CHANGE.seq.table).order_by(record.CHANGE.seq)
    return list(connection.execute(changes if until is None else changes.where(record.CHANGE.seq <= until)))


def violations(restored: str, final: str, acknowledged: set[Seen]) -> list[str]:
    """What keeps a restored database from being one past moment of the final one, at or after these answers."""
    with looking_at(restored) as then, looking_at(final) as since:
        found = [line for check in (*record.CHECKS, *derived.CHECKS) for line in check(then)] + list(derived.stale_cards(then, now()))
        there = journal(then)
        if there != journal(since, there[-1].seq):
            found.append("the journal is not the beginning of the final one")
        lost = acknowledged - {(change.entity_id, change.record_version) for change in there}
        found += [f"{thing} at version {version} was acknowledged before and is not there" for thing, version in sorted(lost)]
        return found + differences(catalog(then), catalog(since))


@dataclass
class Taken:
    """A backup, what had been acknowledged when it began, and how many more had when it was done."""

    file: Path
    before: set[Seen]
    meanwhile: int


def take(url: str, written: Written, folder: Path, times: int) -> list[Taken]:
    taken = []
    for i in range(times):
        written.wait_for_more()
        before, file = written.so_far(), folder / f"backup-{i}"
        back_up(url, file)
        taken.append(Taken(file, before, len(written.so_far()) - len(before)))
    return taken


def compare(url: str, taken: list[Taken], folder: Path, spoil: Callable[[str], None] = lambda _: None) -> list[str]:
    """Restore each backup into a place of its own and hold it against the database that went on."""
    found = []
    for i, one in enumerate(taken):
        with another(url, f"restored_{i}", folder) as place:
            restore(place, one.file, now())
            spoil(place)
            found += violations(place, url, one.before)
    return found


@pytest.fixture
def live(database_url: str, tmp_path: Path, programs: None) -> Iterator[str]:  # noqa: F811
    with another(database_url, "live", tmp_path) as url:
        yield url


def test_every_backup_under_load_is_one_past_moment(live: str, tmp_path: Path, report: Report) -> None:
    with under_load(live) as written:
        taken = take(live, written, tmp_path, figure(2, 50))
    assert compare(live, taken, tmp_path) == []
    meanwhile = sum(one.meanwhile for one in taken)
    assert meanwhile > 0, "nothing was written while the backups were made"
    told = f"{len(taken)} of {len(taken)} backups under {WRITERS} writers are one past moment"
    report(f"B1: {told}; {len(written.seen)} changes in all, {meanwhile} of them while a backup was being made")


def read_one_table_later(final: str) -> Callable[[str], None]:
    """Planted: the tables are read one after the other, and not at one moment."""

    def spoil(place: str) -> None:
        engine, table = write_engine(place), METADATA.tables["deliverables"]
        written = [column for column in table.columns if column.computed is None]
        with looking_at(final) as since, engine.begin() as restored:
            for row in since.execute(sa.select(*written)):
                restored.execute(sa.update(table).where(table.c.id == row.id).values(**row._mapping))
        engine.dispose()

    return spoil


def test_a_backup_of_an_earlier_or_of_two_moments_is_found_out(live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, honest = tmp_path / "first", backup.take
    with under_load(live) as written:
        contents = honest(live, first)
        with monkeypatch.context() as planted:  # every backup is that of a snapshot which was taken once and kept
            planted.setattr(backup, "take", lambda _url, to: shutil.copyfile(first, to) and contents)
            taken = take(live, written, tmp_path, 1)
    assert any("was acknowledged before" in line for line in compare(live, taken, tmp_path))
    mixed = compare(live, [Taken(first, set(), 0)], tmp_path, read_one_table_later(live))
    assert any("has no change of its version" in line for line in mixed)


def copy_the_main_file(path: Path, to: Path) -> None:
    """Planted: `cp` of a database in use."""
    shutil.copyfile(path, to)


def copy_around_a_checkpoint(written: Written) -> Callable[[Path, Path], None]:
    """Planted: the same, slow enough for a checkpoint to fall into it."""

    def copy(path: Path, to: Path) -> None:
        middle = path.stat().st_size // 2 // 4096 * 4096
        with path.open("rb") as source, to.open("wb") as target:
            target.write(source.read(middle))
            written.wait_for_more(100)
            connection = open_sqlite(path, ("busy_timeout=10000",))
            connection.execute("PRAGMA wal_checkpoint(FULL)")
            connection.close()
            target.write(source.read())

    return copy


@pytest.mark.parametrize("torn", [False, True], ids=["main file alone", "around a checkpoint"])
def test_a_plain_copy_of_a_live_file_is_found_out(torn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with another("sqlite://", "live", tmp_path) as url, under_load(url) as written:
        monkeypatch.setattr(sqlite_files, "copy_online", copy_around_a_checkpoint(written) if torn else copy_the_main_file)
        try:
            taken = take(url, written, tmp_path, 1)
        except Refused:  # the backup's own check may see that it is torn
            taken = []
        assert compare(url, taken, tmp_path) if taken else torn
