"""What is asked most is a walk along an index: no table that grows is read from end to end, nothing is sorted."""

import asyncio
from pathlib import Path

import pytest

from app.core.database import SQLiteDatabase
from app.core.db import sqlite
from app.core.listing import Given, Listing, Shape
from app.deliverables.queries import ASSIGNMENTS, DELIVERABLES, UPDATES
from app.deliverables.working_queries import MILESTONES
from app.history.queries import CHANGES
from app.settings import Settings
from tests.conftest import migrate

GROWING = (
    "deliverables",
    "assignments",
    "changes",
    "deliverable_cards",
    "assignment_cards",
    "progress_updates",
    "milestones",
    "dependencies",
)


def plan(file: Path, listing: Listing, order: str, *filters: Given, after: bool = False) -> list[str]:
    shape = Shape(filters, ((order, False),), None, "all", 51, after, False, True)
    text, values = listing.statement(shape).on("sqlite", {"as_of": None})
    connection = sqlite.connect(file)
    for name, takes in (("local_day", 2), ("term_end", 2), ("whole_months", 2)):
        connection.create_function(name, takes, lambda *_: None, deterministic=True)
    found = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    connection.close()
    return found


def slow(steps: list[str]) -> list[str]:
    scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] in GROWING and "USING" not in step]
    return scans + [step for step in steps if step == "USE TEMP B-TREE FOR ORDER BY"]


ONE, MANY, TOLD = Given("group"), Given("status", many=True), Given("confided", many=True)


@pytest.mark.parametrize(
    ("listing", "order", "filters"),
    [
        (DELIVERABLES, "due", (ONE,)), (DELIVERABLES, "code", (ONE,)), (DELIVERABLES, "due", (ONE, MANY)),
        (DELIVERABLES, "code", (Given("workplan"),)), (DELIVERABLES, "due", (Given("workplan"),)),
        (ASSIGNMENTS, "due", (Given("agency"), Given("state"))), (ASSIGNMENTS, "due", (ONE,)), (CHANGES, "seq", (ONE,)),
        (CHANGES, "seq", (Given("id"),)), (CHANGES, "seq", (ONE, TOLD)), (UPDATES, "created_at", (ONE, TOLD)),
        (UPDATES, "created_at", (ONE, Given("state"), TOLD)), (MILESTONES, "due", (ONE,)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [False, True])
def test_a_page_is_a_walk_along_an_index(tmp_path: Path, listing: Listing, order: str, filters: tuple[Given, ...], after: bool) -> None:
    migrate(f"sqlite:///{tmp_path}/troika.db")
    assert slow(plan(tmp_path / "troika.db", listing, order, *filters, after=after)) == []


@pytest.mark.parametrize("filters", [(), (ONE,), (Given("workplan"),)], ids=["everything", "a group", "a plan"])
def test_a_page_by_due_date_begins_at_its_place_in_the_day(tmp_path: Path, filters: tuple[Given, ...]) -> None:
    """And not at the first of the thousands that a vague date leaves to the last day of a year."""
    migrate(f"sqlite:///{tmp_path}/troika.db")
    assert "(due_key,id)>(?,?))" in plan(tmp_path / "troika.db", DELIVERABLES, "due", *filters, after=True)[0]


def test_a_page_in_the_order_of_an_expression_begins_at_its_value(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/troika.db")
    steps = plan(tmp_path / "troika.db", MILESTONES, "due", ONE, after=True)
    assert any(step.endswith("USING INDEX ix_milestones_group_due (group_id=? AND <expr>>?)") for step in steps)


def test_a_page_without_its_index_is_found_out(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/troika.db")
    connection = sqlite.connect(tmp_path / "troika.db")
    connection.execute("DROP INDEX ix_deliverables_group_due")
    connection.close()
    assert slow(plan(tmp_path / "troika.db", DELIVERABLES, "due", ONE)) == ["USE TEMP B-TREE FOR ORDER BY"]


async def opened(database: SQLiteDatabase) -> None:
    await database.open()
    await database.close()


def test_the_samples_of_an_analysis_are_forgotten_and_its_counts_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/troika.db"
    migrate(url)
    connection = sqlite.connect(tmp_path / "troika.db", isolation_level=None)
    connection.execute("ANALYZE")
    assert connection.execute("SELECT count(*) FROM sqlite_stat4").fetchone()[0] > 0
    asyncio.run(opened(SQLiteDatabase(Settings(database_url=url))))
    assert connection.execute("SELECT count(*) FROM sqlite_stat4").fetchone()[0] == 0
    assert connection.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0
    connection.close()
