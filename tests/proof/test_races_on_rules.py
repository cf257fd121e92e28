"""Rules that look at several rows hold under races (C2): eight racers in eight processes, released at the same moment.

Three things hold them: constraints of the database, the queue of a group's writers, and the version in each UPDATE. A rule is judged
by its rows; what was answered is judged besides: the winner was told so, each loser was told the rule, and nobody got a 500.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from app.core.errors import every_problem
from tests.make import Make
from tests.proof import concurrency_faults as faults
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.forked import Nodes
from tests.proof.races import CONSTRAINTS, RACERS, Rule, World
from tests.proof.races_in_a_group import RULES
from tests.proof.racing import another_database, lines_to, reading
from tests.proof.service import serving_processes, speaking_to

ROUNDS = figure(3, 100)
UNTIL_CAUGHT = 30
"""How many rounds a planted fault has to break a rule in."""


@contextmanager
def racing(database_url: str, engine: sa.Engine, fault: Callable[[], None] | None = None) -> Iterator[World]:
    """Eight services on one database, and a group in it."""
    nodes = Nodes(database_url, 4 if fault else RACERS, fault=fault)
    with serving_processes(nodes), speaking_to(nodes.address) as client, lines_to(nodes.ports, RACERS) as lines:
        yield World(Make(client, engine), engine, lines)


@contextmanager
def spoilt(engine: sa.Engine, folder: Path, fault: Callable[[], None]) -> Iterator[World]:
    """The same on a database of its own, with a fault in every service."""
    with another_database(engine, folder, fault.__name__) as url, reading(url) as own, racing(url, own, fault) as world:
        yield world


def broken_in(world: World, rule: Rule, rounds: range) -> list[str]:
    """Rows that break the rule, after the first round that left some."""
    for number in rounds:
        rule.run(world, number)
        with world.engine.connect() as connection:
            if found := rule.broken(connection):
                return found
    return []


class Raced(NamedTuple):
    """Rows that break the rule, answers that should not have been given, and how many answers had which code."""

    rows: list[str]
    answers: list[str]
    codes: Counter[str]


def raced(world: World, rule: Rule, rounds: int) -> Raced:
    answers = [rule.run(world, number) for number in range(rounds)]
    with world.engine.connect() as connection:
        misjudged = [wrong for given in answers for wrong in rule.misjudged(connection, given)]
        return Raced(rule.broken(connection), misjudged, Counter(a.code for given in answers for a in given))


def test_every_rule_holds_among_eight_racers(database_url: str, engine: sa.Engine, report: Report) -> None:
    with racing(database_url, engine) as world:
        found = {name: raced(world, rule, ROUNDS) for name, rule in RULES.items()}
    assert {name: one.rows + one.answers for name, one in found.items() if one.rows or one.answers} == {}
    codes = sum((one.codes for one in found.values()), Counter())
    won = codes.pop("")
    report(f"{len(RULES)} rules x {ROUNDS} rounds x {RACERS} racers: 0 broken, {won} won, {codes.total()} were told the rule")


def test_without_the_queue_only_what_the_database_holds_is_left(
    engine: sa.Engine, database_url: str, tmp_path: Path, report: Report
) -> None:
    held = {n: r for n, r in RULES.items() if r.held_by != "queue"}
    with spoilt(engine, tmp_path, faults.the_queue_is_gone) as world:
        kept = {name: raced(world, rule, 3) for name, rule in held.items()}
        assert {name: one.rows for name, one in kept.items() if one.rows} == {}
        if engine.dialect.name == "postgresql":  # SQLite's one writer has nobody to lose against, so it is not made to try again
            assert {name: one.answers for name, one in kept.items() if one.answers} == {}
        queued = {n: broken_in(world, r, range(UNTIL_CAUGHT)) for n, r in RULES.items() if r.held_by == "queue"}
        assert [name for name, broken in queued.items() if not broken] == []
        for name in CONSTRAINTS:
            drop(world.engine, name)
        loose = {n: broken_in(world, r, range(3, 3 + UNTIL_CAUGHT)) for n, r in CONSTRAINTS.items()}
        assert [name for name, broken in loose.items() if not broken] == []
    report(
        f"planted (the queue is gone), found: {len(queued)} of {len(queued)} rules that it holds broken, 0 of {len(held)} others; "
        f"planted (no constraints), found: {len(loose)} of {len(loose)} rules that they hold broken"
    )


def test_without_versions_a_step_is_taken_twice(engine: sa.Engine, database_url: str, tmp_path: Path, report: Report) -> None:
    with spoilt(engine, tmp_path, faults.versions_are_only_counted) as world:
        found = {n: broken_in(world, r, range(UNTIL_CAUGHT)) for n, r in RULES.items() if r.held_by == "version"}
    assert [name for name, broken in found.items() if not broken] == []
    report(f"planted (versions are only counted), found: {len(found)} of {len(found)} rules that they hold broken")


def test_every_constraint_that_refuses_is_raced_for(engine: sa.Engine) -> None:
    assert refusing(engine) == CONSTRAINTS.keys()


def refusing(engine: sa.Engine) -> set[str]:
    """The codes of all refusals that the database gives by a constraint or trigger of that name."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            names = connection.scalars(sa.text("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")).all()
        else:
            texts = connection.scalars(sa.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
            names = [n for text in texts for n in re.findall(r"RAISE\(ABORT, '(\w+)'\)|CONSTRAINT (\w+)", text) for n in n if n]
    return every_problem().keys() & set(names)


def drop(engine: sa.Engine, name: str) -> None:
    """Take a constraint out of the database."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            bearers = sa.text("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = :name")
            table = connection.scalar(bearers, {"name": name})
            connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if table else f"DROP INDEX {name}"))
        elif name == "agency_name_taken":  # a primary key: only a table without it helps
            connection.execute(sa.text("CREATE TABLE bare AS SELECT * FROM agency_names"))
            connection.execute(sa.text("DROP TABLE agency_names"))
            connection.execute(sa.text("ALTER TABLE bare RENAME TO agency_names"))
        else:
            parts = {"trigger": [f"{name}_insert", f"{name}_update"], "index": [f"only_{name}"]}
            for kind, names in parts.items():
                for part in names:
                    connection.execute(sa.text(f"DROP {kind} IF EXISTS {part}"))
