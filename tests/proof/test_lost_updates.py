"""No update is lost (C1): eight clients change a few hot things through eight services, each telling which version it saw.

Every client reads a thing, adds one to the number in it, and sends it back with the version that it read; told that somebody was
faster (412), it reads again. In the end the number is how many changes were acknowledged, or one of them was lost.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.db import table_of
from app.core.journal import Change, plain
from app.deliverables.models import Deliverable
from tests.make import Make
from tests.proof import concurrency_faults as faults
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.forked import Nodes
from tests.proof.racing import Answer, Call, Line, another_database, at_once, lines_to, reading
from tests.proof.service import serving_processes, speaking_to

UPDATES = figure(200, 10_000)
CLIENTS = 8
HOT = 2
"""How many things the clients fight over."""
WAVES = 15
"""In how many waves a planted fault has to show."""


@dataclass
class Fight:
    """Clients that change the same things, each through a service of its own, until so many changes are acknowledged."""

    things: list[str]
    token: str
    lines: list[Line]
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    marks: Iterator[int] = field(default_factory=count)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def won(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    def freely(self, updates: int) -> None:
        """Each client for itself: reads and writes until its change is acknowledged, then the next."""
        left = iter(range(updates))

        def run(line: Line) -> None:
            while (number := self._next(left)) is not None:
                while not self._note(line.ask(self._change(line, self.things[number % HOT]))):
                    pass

        clients = [threading.Thread(target=run, args=(line,)) for line in self.lines]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def in_waves(self, updates: int, most: int) -> None:
        """All clients together: each reads, and then all their changes arrive at the same moment. At most so many waves."""
        before = self.won
        for wave in range(most):
            if self.won - before >= updates:
                return
            changes = [self._change(line, self.things[n % HOT]) for n, line in enumerate(self.lines)]
            for answer in at_once(self.lines, changes, wave):
                self._note(answer)

    def _next(self, left: Iterator[int]) -> int | None:
        with self.lock:
            return next(left, None)

    def _change(self, line: Line, thing: str) -> Call:
        """One more than what this client reads, under a mark of its own."""
        path = f"/deliverables/{thing}"
        seen = line.ask(Call("GET", path, self.token)).body
        with self.lock:
            mark = f"{thing} {next(self.marks)}"
        values = {"description": str(int(seen["description"]) + 1), "note": mark}
        return Call("PATCH", path, self.token, values, version=seen["version"])

    def _note(self, answer: Answer) -> bool:
        """Write down what came back; False where the client has to try again."""
        with self.lock:
            if answer.ok:
                self.acknowledged.setdefault(answer.body["id"], []).append(answer.call.body["note"])
                return True
            self.refusals[answer.status] += 1
            if answer.status not in (412, 503):
                self.unexpected.append(f"{answer.status} {answer.content[:200]!r}")
            return answer.status not in (412, 503)


def lost(connection: sa.Connection, fight: Fight) -> list[str]:
    """What is wrong with the rows and their journal after all those changes; empty when nothing was lost."""
    found = list(fight.unexpected)
    for thing in fight.things:
        row = connection.execute(sa.select(table_of(Deliverable)).where(table_of(Deliverable).c.id == thing)).one()
        journal = connection.execute(
            sa.select(table_of(Change)).where(table_of(Change).c.entity_id == thing).order_by(table_of(Change).c.seq)
        ).all()
        acknowledged = fight.acknowledged.get(thing, [])
        if int(row.description) != len(acknowledged):
            found.append(f"{len(acknowledged)} changes were acknowledged, {row.description} are there")
        if [c.record_version for c in journal] != list(range(1, row.version + 1)):
            found.append(f"the journal of version {row.version} holds {[c.record_version for c in journal]}")
        marks = [c.fields.get("note", ("", ""))[1] for c in journal[1:]]
        if sorted(marks) != sorted(acknowledged):
            found.append(f"acknowledged and journalled are not the same: {set(marks) ^ set(acknowledged)}")
        for before, after in pairwise(journal):
            old, new = after.fields.get("description", (None, "0"))
            if old != before.picture["description"] or int(new) != int(old) + 1:
                found.append(f"version {after.record_version} was written over one that its author had not seen")
        picture = journal[-1].picture
        if picture != {name: plain(row._mapping[name]) for name in picture}:
            found.append("the last picture is not the row")
    return found


@contextmanager
def fighting(database_url: str, engine: sa.Engine, fault: Callable[[], None] | None = None) -> Iterator[Fight]:
    """Eight services on one database, a client at each, and what they fight over."""
    nodes = Nodes(database_url, 4 if fault else CLIENTS, fault=fault)
    with serving_processes(nodes), speaking_to(nodes.address) as client, lines_to(nodes.ports, CLIENTS) as lines:
        make = Make(client, engine)
        things = [str(make.deliverable(f"D{n}", description="0")["id"]) for n in range(HOT)]
        yield Fight(things, str(make.secretariat.token), lines)


def test_of_many_conflicting_updates_none_is_lost(database_url: str, engine: sa.Engine, report: Report) -> None:
    with fighting(database_url, engine) as fight:
        fight.freely(UPDATES // 2)
        fight.in_waves(UPDATES - UPDATES // 2, most=UPDATES)
    with engine.connect() as connection:
        assert lost(connection, fight) == []
    assert fight.won >= UPDATES
    assert fight.refusals[412] > UPDATES // 2
    report(
        f"{fight.won} conflicting updates of {HOT} things through {len(fight.lines)} services: 0 lost, "
        f"{fight.refusals[412]} told that somebody was faster, {fight.refusals[503]} asked to come back"
    )


@contextmanager
def spoilt(engine: sa.Engine, folder: Path, fault: Callable[[], None]) -> Iterator[tuple[Fight, sa.Engine]]:
    """The same on a database of its own, with a fault in every service."""
    with another_database(engine, folder, fault.__name__) as url, reading(url) as own, fighting(url, own, fault) as fight:
        yield fight, own


def test_the_version_in_each_update_loses_nothing_by_itself(database_url: str, engine: sa.Engine, tmp_path: Path, report: Report) -> None:
    with spoilt(engine, tmp_path, faults.the_queue_is_gone) as (fight, own):
        fight.in_waves(2 * WAVES, most=2 * WAVES)
        with own.connect() as connection:
            assert lost(connection, fight) == []
    assert fight.won >= WAVES
    report(f"without the queue of a group's writers: {fight.won} conflicting updates, 0 lost, {fight.refusals[503]} asked to come back")


@pytest.mark.parametrize("fault", [faults.if_match_is_not_compared, faults.versions_are_only_counted], ids=lambda f: f.__name__)
def test_updates_without_their_version_are_found_lost(
    database_url: str, engine: sa.Engine, tmp_path: Path, fault: Callable[[], None], report: Report
) -> None:
    with spoilt(engine, tmp_path, fault) as (fight, own):
        fight.in_waves(8 * WAVES, most=WAVES)
        with own.connect() as connection:
            found = lost(connection, fight)
    assert found
    report(f"planted ({fault.__name__.replace('_', ' ')}), found: {found[0]}")
