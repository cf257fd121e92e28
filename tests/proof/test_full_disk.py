"""A disk that is full or fails: changes are answered 503 with when to come back, reads go on, and when there is room again work goes
on too, without a restart and with all that was acknowledged."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.proof.conftest import Report
from tests.proof.crowd import Crowd
from tests.proof.disks import Disk, Limit, SmallDisk
from tests.proof.durability import Place, audit, furnished
from tests.proof.durability_faults import Fault, errors_of_the_database_are_not_translated, failed_commits_are_answered_with_success
from tests.proof.figures import figure
from tests.proof.service import Service, serving_processes
from tests.proof.tracing import need_strace

MOST_TRIES = 3
"""How many refusals a writer may get once there is room again."""


@pytest.fixture(params=[SmallDisk, Limit], ids=["a_small_file_system", "a_limit_on_files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    found: Disk = request.param(tmp_path / "disk")
    yield found
    found.remove()


@pytest.fixture
def limit(tmp_path: Path) -> Limit:
    return Limit(tmp_path / "disk")


def moved_to(folder: Path, database_url: str) -> Place:
    original = furnished(database_url)
    shutil.copy(make_url(original.url).database or "", folder / "troika.db")
    return original.at(f"sqlite:///{folder}/troika.db")


@pytest.fixture
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SQLite's alone: a PostgreSQL's disk is its own affair."""
    return f"sqlite:///{tmp_path_factory.getbasetemp()}/any.db"


def after_full_disks(disk: Disk, place: Place, cycles: int, fault: Fault | None = None) -> tuple[list[str], Crowd, int]:
    """What is wrong after the disk was full so many times, and how often a writer was refused at most when there was room again."""
    service, worst = Service(place.url, fault=fault), 0
    with serving_processes(service), place.engine() as engine:
        assert service.process
        crowd = Crowd(service.address, place, readers=1, size=2_000)
        with crowd.at_work():
            for _ in range(cycles):
                crowd.wait_for_each(2, served=True)
                disk.fill(service.process.pid)
                crowd.wait(4) if fault else crowd.wait_for_each(3, served=False, who="w")
                crowd.wait_for_each(3, served=True, who="r")
                disk.free(service.process.pid)
                crowd.expect_service()
                crowd.wait_for_each(2, served=True)
                worst = max(worst, *crowd.refused.values(), 0)
        return audit(engine, crowd.told, finished=not crowd.wrong) + crowd.wrong, crowd, worst


def test_a_full_disk_is_outlived_without_a_restart(disk: Disk, sqlite_url: str, report: Report) -> None:
    cycles = figure(3, 20)
    wrong, crowd, worst = after_full_disks(disk, moved_to(disk.folder, sqlite_url), cycles)
    report(
        f"{cycles} times full ({type(disk).__name__}), {len(crowd.told)} writes acknowledged, {crowd.sum(503)} answered 503, at most {worst} "
        f"of one writer when there was room again: {len(wrong)} lost, half written or doubled"
    )
    assert wrong == []
    assert worst <= MOST_TRIES
    assert crowd.seen["GET", 503] == 0


def test_a_commit_that_failed_and_is_answered_with_success_is_caught(limit: Limit, sqlite_url: str) -> None:
    wrong, _, _ = after_full_disks(limit, moved_to(limit.folder, sqlite_url), 1, failed_commits_are_answered_with_success)
    assert "lost" in str(wrong)


def test_a_full_disk_told_as_a_mistake_of_ours_is_caught(limit: Limit, sqlite_url: str) -> None:
    wrong, _, _ = after_full_disks(limit, moved_to(limit.folder, sqlite_url), 1, errors_of_the_database_are_not_translated)
    assert ": 500 " in str(wrong)


def after_io_errors(place: Place, fault: Fault | None = None) -> tuple[list[str], Crowd]:
    """What is wrong when one in so many syncs, and of writes to the disk, fails: strace makes it so."""
    need_strace()
    failing = ("-e", "inject=pwrite64:error=EIO:when=200+300", "-e", "inject=fdatasync:error=EIO:when=20+20")
    wrapped_in = ("strace", "-f", "-qq", "-e", "trace=pwrite64,fdatasync", *failing, "-o", os.devnull)
    service = Service(place.url, fault=fault, wrapped_in=wrapped_in)
    with serving_processes(service), place.engine() as engine:
        crowd = Crowd(service.address, place)
        with crowd.at_work():
            crowd.wait(figure(120, 5_000))
        return audit(engine, crowd.told) + crowd.wrong, crowd


def test_writes_and_syncs_that_fail_lose_nothing(sqlite_url: str, tmp_path: Path, report: Report) -> None:
    wrong, crowd = after_io_errors(moved_to(tmp_path, sqlite_url))
    report(
        f"one sync in 20 and one write to the disk in 300 failed, {len(crowd.told)} writes acknowledged, {crowd.sum(503)} answered 503: "
        f"{len(wrong)} lost, half written or doubled"
    )
    assert wrong == []
    assert crowd.sum(503) >= 4


def test_a_sync_that_failed_and_is_answered_with_success_is_caught(sqlite_url: str, tmp_path: Path) -> None:
    wrong, _ = after_io_errors(moved_to(tmp_path, sqlite_url), failed_commits_are_answered_with_success)
    assert "lost" in str(wrong)
