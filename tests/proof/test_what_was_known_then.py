"""`known_at`: each past answer is the one that was given then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import layout, past
from app.core.dates import now
from app.core.documents import Query
from app.core.layout import Layout
from app.core.past import Pasts
from tests.make import Make, at
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.walk import Walk, forget

CHANGES = figure(240, 1_000)


@pytest.fixture
def bytewise(make: Make) -> bool:
    """PostgreSQL writes blanks between the parts of its JSON, which a layout, being SQLite, does not."""
    return make.engine.dialect.name == "sqlite"


def test_every_answer_of_the_past_is_given_again(
    make: Make, app: FastAPI, monkeypatch: pytest.MonkeyPatch, bytewise: bool, report: Report
) -> None:
    walk = Walk(make, app, monkeypatch, seed=4).steps(CHANGES, each=40)
    assert len(walk.recorded) > CHANGES // 40
    assert len(walk.reads) > 90
    assert len(walk.done) > 45, sorted(walk.done)
    first, last = walk.recorded[0][1], walk.recorded[-1][1]
    moved = [path for path in walk.reads if first[path].text != last[path].text]
    assert len(moved) > 0.6 * len(walk.reads), sorted(set(walk.reads) - set(moved))
    assert sum(answer.status_code == 200 for answer in last.values()) > 0.9 * len(last)
    assert list(walk.wrong(bytewise=bytewise)) == []
    report(f"{CHANGES} random changes: {len(walk.reads)} answers at each of {len(walk.recorded)} moments, all given again")


def first_pictures() -> Query:
    oldest = sa.select(sa.func.min(past.C.c.seq)).where(past.of_group, past.C.c.seq <= past.CUT).group_by(past.C.c.entity_id)
    return Query(sa.select(past.C.c.entity, sa.cast(past.C.c.picture, sa.Text)).where(past.C.c.seq.in_(oldest)))


def takes_an_earlier_picture(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(past, "PICTURES", first_pictures())


def forgets(kind: str) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        add: Any = Layout.add
        patch.setattr(Layout, "add", lambda self, pictures: add(self, [row for row in pictures if row[0] != kind]))

    return plant


def takes_todays(patch: pytest.MonkeyPatch) -> None:
    at: Any = Pasts.at
    patch.setattr(Pasts, "at", lambda self, group_id, _moment, version: at(self, group_id, now(), version))


def leaves_out_the_change_at_the_very_instant(patch: pytest.MonkeyPatch) -> None:
    ends = sa.select(past._last(past.of_group, past.C.c.at < past.MOMENT), past._last(past.of_none, past.known))
    patch.setattr(past, "ENDS", Query(ends))


def derives_nothing(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.delitem(layout.DERIVATIONS, name)


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the picture of an earlier version": takes_an_earlier_picture,
    "no assignments": forgets("assignment"),
    "no agencies": forgets("agency"),
    "no names of actors": forgets("token"),
    "today instead of then": takes_todays,
    "the instant itself is not in": leaves_out_the_change_at_the_very_instant,
    "no due day at assignments": derives_nothing("assignments.due_on"),
    "no open assignments": derives_nothing("assignments.open"),
    "no counts": derives_nothing("tallies.stream"),
    "no agency by its name": derives_nothing("agency_names"),
}


def test_a_planted_fault_is_found(make: Make, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(make, app, monkeypatch, seed=7).steps(60, each=20)
    moment, path = walk.moment + timedelta(hours=1), "/changes?group=tst&limit=500"
    at(monkeypatch, moment)
    make.decision()
    walk.recorded.append((moment, {path: walk.ask(path)}))
    missed = []
    for name, plant in FAULTS.items():
        with monkeypatch.context() as patch:
            plant(patch)
            forget(app)
            missed += [] if next(walk.wrong(bytewise=False), None) else [name]
    forget(app)
    assert missed == []
    assert list(walk.wrong(bytewise=False)) == []
