"""U1: every revision can be left and reached again on populated data, with what stays kept and every rule back in its place."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from app.core import cards
from app.core.db import is_sqlite
from app.core.schema import MIGRATIONS
from app.keeping import record
from app.keeping.catalog import Catalog, catalog, differences
from app.tables import METADATA
from tests.proof.conftest import Report
from tests.proof.places import Table, another, populate, rows, writing


@dataclass
class History:
    """A chain of migrations: the service's own, or a copy with one more."""

    scripts: Path

    def config(self, connection: sa.Connection) -> Config:
        found = Config(str(MIGRATIONS.parent / "alembic.ini"))
        found.set_main_option("script_location", str(self.scripts))
        found.attributes["connection"] = connection
        return found

    @property
    def chain(self) -> list[str]:
        """Every revision, the newest first."""
        return [script.revision for script in ScriptDirectory(str(self.scripts)).walk_revisions()]

    def go(self, url: str, revision: str, step: Callable[[Config, str], None] = command.upgrade) -> None:
        with writing(url) as connection:
            step(self.config(connection), revision)


def held(url: str) -> tuple[dict[str, Table], Catalog, list[str]]:
    """The rows, the schema, and what the schema's own checks find wrong with the rows."""
    with writing(url) as connection:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite(url) else []
        return rows(connection), catalog(connection), [f"{row[0]} refers to nothing in {row[2]}" for row in broken]


def changed(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """Tables that are in both, whose rows differ in the columns that are in both. Cards are no data: where a migration changes what they
    show, it expires them."""
    found = []
    for name in before.keys() & after.keys() - {kind.table.name for kind in cards.ALL}:
        common = [column for column in before[name][0] if column in after[name][0]]
        one, other = (
            sorted((tuple(row[columns.index(column)] for column in common) for row in held), key=str)
            for columns, held in (before[name], after[name])
        )
        if one != other:
            found.append(f"rows of {name} were changed")
    return sorted(found)


def unkept(history: History, populated: str, revision: str, fresh: str) -> list[str]:
    """What goes wrong on the way down to a revision and up again. `fresh` is an empty database to hold the schema against."""
    history.go(fresh, revision)
    before, schema, _ = held(populated)
    try:
        history.go(populated, revision, command.downgrade)
        lower, there, broken = held(populated)
        found = [f"down: {line}" for line in changed(before, lower) + broken + differences(there, held(fresh)[1])]
        history.go(populated, "head")
    except SQLAlchemyError as error:
        return [f"stopped: {error}"]
    upper, there, broken = held(populated)
    return found + [f"up again: {line}" for line in changed(lower, upper) + broken + differences(there, schema)]


@pytest.fixture(scope="module")
def populated(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the demo's data, to be copied."""
    with another(database_url, "populated", tmp_path_factory.mktemp("populated")) as url:
        History(MIGRATIONS).go(url, "head")
        populate(url)
        yield url


def test_every_revision_is_left_and_reached_again_with_the_data_kept(populated: str, tmp_path: Path, report: Report) -> None:
    history = History(MIGRATIONS)
    there = held(populated)[0]
    assert set(there) == set(METADATA.tables)
    assert [name for name, (_, found) in there.items() if not found] == [], "tables without a row, of which nothing is learnt"
    for revision in history.chain[1:]:
        with another(populated, "moved", tmp_path, like=populated) as moved, another(populated, "fresh", tmp_path) as fresh:
            assert unkept(history, moved, revision, fresh) == []
    with another(populated, "moved", tmp_path, like=populated) as moved:
        history.go(moved, "base", command.downgrade)
        assert held(moved)[:2] == ({}, {})
        history.go(moved, "head")
        assert held(moved)[1] == held(populated)[1]
    how_many = sum(len(found) for _, found in there.values())
    report(
        f"U1: {len(history.chain)} revisions left and reached again, {how_many} rows in {len(there)} tables, {len(held(populated)[1])} rules"
    )


def test_one_step_down_leaves_a_whole_record(populated: str, tmp_path: Path) -> None:
    """The newest migration undone and done again on a copy: what `troika doctor` asks of the rows still holds for every table that it kept."""
    history = History(MIGRATIONS)
    with another(populated, "moved", tmp_path, like=populated) as moved:
        before = held(moved)[0]
        history.go(moved, history.chain[1], command.downgrade)
        dropped = before.keys() - held(moved)[0].keys()
        history.go(moved, history.chain[0])
        with writing(moved) as connection:
            wrong = [line for check in (record.gaps, record.pictures) for line in check(connection)]
    assert wrong == []
    assert "changes" not in dropped


REBUILT = """with op.batch_alter_table('memberships', recreate='always') as batch:
        batch.alter_column('note', type_=sa.Text())
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE deliverables DISABLE TRIGGER USER')"""
PLANTED = {
    "sound": (
        "op.add_column('decisions', sa.Column('motto', sa.String(20)))\n    op.create_index('ix_decisions_motto', 'decisions', ['motto'])",
        "op.drop_index('ix_decisions_motto', 'decisions')\n    op.drop_column('decisions', 'motto')",
        "",
    ),
    "going down empties a column": ("pass", "op.execute(\"UPDATE decisions SET text = ''\")", "down: rows of decisions"),
    "going down takes a column along": (
        "pass", "op.drop_column('groups', 'mandate')\n    op.add_column('groups', sa.Column('mandate', sa.Text()))", "down: rows of groups",
    ),
    "going down leaves a column": ("op.add_column('groups', sa.Column('motto', sa.Text()))", "pass", "stopped: "),
    "going down forgets a rule": ("pass", "rules.drop_rule('chair_overlap', 'chairmanships', overlap=True)", "down: "),
    "going down forgets a trigger": ("pass", "rules.drop_due_on_assignments()", "down: trigger "),
    "going down drops an index": ("pass", "op.drop_index('ix_changes_group_id', 'changes')", "down: index ix_changes_group_id is missing"),
    "going up changes rows": ("op.execute(\"UPDATE groups SET name = name || 'x'\")", "pass", "up again: rows of groups"),
    "a table is rebuilt without its triggers": ("pass", REBUILT, "down: trigger "),
}  # fmt: skip
"""A migration's way up and down, and what must be found of it."""


@pytest.fixture
def planted(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    """The service's own migrations, and one more."""
    scripts = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    up, down, _ = PLANTED[request.param]
    newest = History(MIGRATIONS).chain[0]
    (scripts / "versions" / "planted.py").write_text(
        f'import sqlalchemy as sa\nfrom alembic import op\n\nfrom migrations import rules\n\nrevision = "planted"\ndown_revision = "{newest}"\n\n\n'
        f"def upgrade() -> None:\n    {up}\n\n\ndef downgrade() -> None:\n    {down}\n"
    )
    return History(scripts)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.parametrize("planted", PLANTED, indirect=True)
def test_a_migration_that_loses_something_is_found_out(
    request: pytest.FixtureRequest, planted: History, populated: str, tmp_path: Path
) -> None:
    expected = PLANTED[request.node.callspec.params["planted"]][2]
    with another(populated, "moved", tmp_path, like=populated) as moved, another(populated, "fresh", tmp_path) as fresh:
        planted.go(moved, "head")
        found = unkept(planted, moved, planted.chain[1], fresh)
    assert [line for line in found if line.startswith(expected)] if expected else found == [], found
