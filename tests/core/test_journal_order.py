"""On PostgreSQL a sequence number is not commit order: with the journal's lock a follower misses nothing, without it they do."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from app.core import journal
from app.core.dates import now
from app.core.db import table_of
from app.core.journal import Change
from app.core.work import unit_of_work
from app.groups.actions import amend_group, load_group
from tests.make import INSTALLER, Make

CHANGE = table_of(Change)


class Follower:
    """Reads the feed the way a client does: what comes after the last number it saw."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.seen = engine, list[int]()

    def look(self) -> None:
        with self.engine.connect() as connection:
            last = self.seen[-1] if self.seen else 0
            self.seen += connection.scalars(sa.select(CHANGE.c.seq).where(CHANGE.c.seq > last).order_by(CHANGE.c.seq))


def interleave(make: Make) -> tuple[list[int], list[int]]:
    """The first writer draws its number and waits with its commit; the second writes; a follower looks in between."""
    drawn, second_done, looked = threading.Event(), threading.Event(), threading.Event()
    follower = Follower(make.engine)
    follower.look()

    def write(code: str, before_commit: Any = None) -> None:
        with unit_of_work(make.engine, INSTALLER, now()) as work:
            amend_group(work, load_group(work, code), name="Anew")
            if before_commit:
                journal.write(work.session)
                before_commit()

    def hold() -> None:
        drawn.set()
        looked.wait(10)

    def second() -> None:
        drawn.wait(10)
        write("two")
        second_done.set()

    writers = [threading.Thread(target=write, args=("one", hold)), threading.Thread(target=second)]
    for thread in writers:
        thread.start()
    second_done.wait(0.3)  # with the lock the second cannot finish before the first
    follower.look()
    looked.set()
    for thread in writers:
        thread.join()
    follower.look()
    with make.engine.connect() as connection:
        return follower.seen, list(connection.scalars(sa.select(CHANGE.c.seq).order_by(CHANGE.c.seq)))


@pytest.fixture
def _two_groups(make: Make) -> None:
    if make.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    make.a_group("one")
    make.a_group("two")


@pytest.mark.usefixtures("_two_groups")
def test_a_follower_misses_no_change_while_two_write(make: Make) -> None:
    seen, all_of_them = interleave(make)
    assert seen == all_of_them


@pytest.mark.usefixtures("_two_groups")
def test_without_the_lock_the_follower_misses_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(session: Session) -> None:
        session.flush()
        if rows := session.info.pop("journal", []):
            session.connection().execute(sa.insert(CHANGE), rows)

    monkeypatch.setattr(journal, "write", unlocked)
    seen, all_of_them = interleave(make)
    assert len(seen) == len(all_of_them) - 1
