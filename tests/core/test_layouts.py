"""A past state in memory is what the rows were: all of them, with what is kept beside them; it is made once and bounded."""

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.core import cards
from app.core.dates import instant_text, now
from app.core.db import Record
from app.core.journal import Change, plain
from app.core.layout import ABSENT, DERIVATIONS, Layout, quoted, records, shape
from app.core.past import Pasts
from app.deliverables.models import Assignment
from app.fundraising.models import ExchangeRate
from app.groups.models import Group
from app.tables import METADATA
from tests.make import Make, at, ok, refused
from tests.walk import Walk, forget
from tests.world import world


def uncovered(tables: list[Any], kinds: dict[str, type[Record]], derivations: set[str]) -> list[str]:
    """The tables and columns that nothing would fill in a layout."""
    of_records = {shape(kind).table.name: kind for kind in kinds.values()}
    of_cards = {kind.table.name for kind in cards.ALL}
    whole = {name.split(".")[0] for name in derivations if not any(c in of_records for c in [name.split(".")[0]])}
    found = [t.name for t in tables if t.name not in {*of_records, *of_cards, *whole, *ABSENT, "changes"}]
    return found + [f"{t}.{c}" for t, kind in of_records.items() for c in kind.derived if f"{t}.{c}" not in derivations]


def test_every_table_and_derived_column_is_filled() -> None:
    tables, names = METADATA.sorted_tables, set(DERIVATIONS)
    assert uncovered(tables, records(), names) == []
    planted = sa.Table("forgotten", sa.MetaData(), sa.Column("id", sa.String))
    assert uncovered([*tables, planted], records(), names) == ["forgotten"]
    assert uncovered(tables, records(), names - {"assignments.open"}) == ["assignments.open"]
    assert "agency_names" in uncovered(tables, records(), names - {"agency_names"})


def unreachable(kinds: dict[str, type[Record]]) -> list[str]:
    """What belongs to no group and comes into no layout: neither all of it does, nor does anything of a group refer to it."""
    named = {key.column.table.name for kind in kinds.values() for c in shape(kind).table.columns for key in c.foreign_keys}
    of_none = {name: kind for name, kind in kinds.items() if "group_id" not in shape(kind).table.c and name != "group"}
    return [name for name, kind in of_none.items() if not kind.everywhere and shape(kind).table.name not in named]


def test_what_belongs_to_no_group_is_there_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unreachable(records()) == []
    monkeypatch.setattr(ExchangeRate, "everywhere", False)
    assert unreachable(records()) == ["exchange_rate"]


def rows_of(connection: sa.Connection, table: Any, group: str) -> dict[str, dict[str, Any]]:
    """The live rows of a table that belong to a group, as JSON holds their values."""
    wanted = sa.select(table)
    if table.name == "groups":
        wanted = wanted.where(table.c.id == group)
    elif "group_id" in table.c:
        wanted = wanted.where(table.c.group_id == group)
    return {row["id"]: {name: plain(value) for name, value in row.items()} for row in connection.execute(wanted).mappings()}


def laid_out(layout: Layout, model: type[SQLModel]) -> dict[str, dict[str, Any]]:
    found = shape(model)
    rows = layout.read(f"SELECT {', '.join(map(quoted, found.names))} FROM {found.table.name}", ())
    pairs = (dict(zip(found.names, row, strict=True)) for row in rows)
    return {row["id"]: {n: json.loads(v) if n in found.json else v for n, v in row.items()} for row in pairs}


def test_a_layout_of_now_is_what_the_tables_hold(make: Make, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row and column by column, also what triggers and actions keep; of agencies all, of people those who are named."""
    walk = Walk(make, app, monkeypatch, seed=11).steps(120, each=1_000)
    make.agency("UNNAMED", aliases=["Nobody's", "nn"])
    group = make.group["id"]
    at(monkeypatch, now() + timedelta(minutes=1))
    layout = the_layout(app, make)
    with make.engine.connect() as connection:
        for kind, model in sorted(records().items()):
            if kind == "token":
                continue
            live, found = rows_of(connection, shape(model).table, group), laid_out(layout, model)
            if kind == "person":
                live = {id_: row for id_, row in live.items() if id_ in found}
            assert found == live, kind
        for name in ("tallies", "agency_names"):
            table = METADATA.tables[name]
            wanted = [tuple(row) for row in connection.execute(sa.select(table)) if name != "tallies" or sum(row[3:])]
            assert sorted(layout.read(f"SELECT * FROM {name}", ())) == sorted(wanted)
    assert walk.recorded


def the_layout(app: FastAPI, make: Make) -> Layout:
    """What is laid out for now, asked for as a reader would."""
    forget(app)
    ok(make.secretariat.get(f"/groups/tst?known_at={instant_text(now())}"), 200)
    (layout,) = app.state.pasts.kept.values()
    assert isinstance(layout, Layout)
    return layout


def test_a_picture_of_another_time_is_read_too(app: FastAPI) -> None:
    """It lacks columns that were added later, and may be of a table that is no longer there."""
    picture = {"id": "g", "version": 3, "code": "gmg", "name": "Überblick"}
    row = dict(zip(shape(Group).names, shape(Group).row(picture), strict=True))
    assert (row["stale_days"], row["time_zone"], row["sources"], row["search"]) == (60, "UTC", "[]", "gmg\nuberblick")
    layout = Layout(1, "g", app.state.pasts.threads if hasattr(app.state.pasts, "threads") else None)  # type: ignore[arg-type]
    layout.add([("group", '{"id": "g", "code": "gmg", "name": "N", "gone": 1}'), ("dropped", '{"id": "d"}')])
    assert layout.read("SELECT id, code, established_on FROM groups", ()) == [("g", "gmg", None)]
    assert shape(Change).row({"seq": 1})[0] == 1
    assert dict(zip(shape(Assignment).names, shape(Assignment).row({"id": "a"}), strict=True))["open"] is None


@pytest.fixture
def past_path(make: Make, app: FastAPI) -> str:
    """A read of the past of a group with one thing of every kind, of which nothing is laid out yet."""
    world(make)
    forget(app)
    return f"/deliverables?group=tst&known_at={instant_text(now())}"


def test_who_asks_at_once_waits_for_the_same_layout(make: Make, past_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    finish = Layout.finish

    def counted(self: Layout) -> None:
        made.append(threading.current_thread().name)
        finish(self)

    monkeypatch.setattr(Layout, "finish", counted)
    readers = [make.service.as_(make.token("viewer", "tst")) for _ in range(8)]
    past = f"/deliverables?group=tst&known_at={instant_text(now())}"
    answers = make.service.at_once(*[lambda reader=reader: reader.get(past) for reader in readers])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(made) == 1
    assert made[0].startswith("past"), "and never in the event loop"
    assert past_path


def test_a_reader_who_goes_away_takes_nothing_from_the_others(app: FastAPI, make: Make, past_path: str) -> None:
    pasts: Pasts = app.state.pasts
    group, moment = make.group["id"], now()

    async def two() -> int:
        first, second = (asyncio.create_task(pasts.at(group, moment, None)) for _ in range(2))
        for _ in range(1_000):
            await asyncio.sleep(0)
        first.cancel()
        return (await second).layout.cut

    assert make.service.portal.call(two) > 0
    assert past_path


def test_the_memory_is_bounded_and_the_last_used_stay(make: Make, app: FastAPI, past_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pasts: Pasts = app.state.pasts
    cuts: list[int] = []

    def ask(moment: datetime) -> int:
        ok(make.viewer.get(f"/decisions?group=tst&known_at={instant_text(moment)}&limit={len(cuts) + 1}"), 200)
        return next(reversed(pasts.kept.values())).cut

    moments = []
    for _ in range(3):
        make.decision()
        moments.append(now())
    cuts = [ask(moment) for moment in moments]
    size = next(iter(pasts.kept.values())).size
    assert [layout.cut for layout in pasts.kept.values()] == cuts
    assert ask(moments[0] + timedelta(0)) == cuts[0]
    monkeypatch.setattr(pasts, "memory", int(2.5 * size))
    make.decision()
    newest = ask(now())
    assert [layout.cut for layout in pasts.kept.values()] == [cuts[0], newest], "the one asked for again outlived the others"
    monkeypatch.setattr(pasts, "memory", 0)
    make.decision()
    assert [ask(now())] == [layout.cut for layout in pasts.kept.values()]
    assert past_path


def test_a_record_that_is_too_long_is_refused(make: Make, app: FastAPI, past_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.pasts, "most_changes", 5)
    with make.unchanged():
        problem = refused(make.viewer.get(past_path), 422, "too_much_to_lay_out")
    assert (problem["params"]["most"], "TROIKA_PAST_CHANGES" in problem["detail"]) == (5, True)
    assert not app.state.pasts.kept
    assert not app.state.pasts.making
    monkeypatch.setattr(app.state.pasts, "most_changes", 50)
    ok(make.viewer.get(past_path), 200)


def test_where_the_journal_is_cut_is_asked_again_after_a_write(make: Make, app: FastAPI, past_path: str) -> None:
    asked: list[Any] = []
    pasts: Pasts = app.state.pasts
    fetch: Callable[..., Any] = pasts.database.fetch
    pasts.database.fetch = lambda query, given, **kw: asked.append(given) or fetch(query, given, **kw)  # type: ignore[method-assign, func-returns-value]
    try:
        make.viewer  # noqa: B018  (its token is written)
        for number in range(3):
            ok(make.viewer.get(f"{past_path}&limit={number + 1}"), 200)
        before = len([given for given in asked if "moment" in given])
        make.decision()
        ok(make.viewer.get(past_path), 200)
        pasts.ends |= {(str(n), now()): (1, 1) for n in range(2_000)}
        ok(make.viewer.get(f"{past_path}&limit=9"), 200)
    finally:
        del pasts.database.fetch
    assert before == 1
    assert len([given for given in asked if "moment" in given]) == 3
    assert len(pasts.ends) == 1
