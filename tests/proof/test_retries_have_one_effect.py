"""A request sent again under its Idempotency-Key has one effect (C3), however many send it at once and through whichever service.

Each key is sent by eight at the same moment: five times the very request, once with another body, and twice by another actor, for whom
it is another key. What is sent, a progress update, has no rule of its own that would refuse it twice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.db import table_of
from app.core.idempotency import KeptAnswer
from app.deliverables.models import ProgressUpdate
from tests.make import Make
from tests.proof import concurrency_faults as faults
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.forked import Nodes
from tests.proof.racing import Answer, Call, Line, another_database, at_once, lines_to, reading, untold
from tests.proof.service import serving_processes, speaking_to

KEYS = figure(60, 1_000)
SENDERS = 8
UNTIL_CAUGHT = 20
"""How many keys a planted fault has to show with."""


@contextmanager
def sending(database_url: str, engine: sa.Engine, fault: Callable[[], None] | None = None) -> Iterator[Callable[[int], list[list[Answer]]]]:
    """Eight services, and a function that sends so many keys, each by eight at once and once more when all have their answer."""
    nodes = Nodes(database_url, 4 if fault else SENDERS, fault=fault)
    with serving_processes(nodes), speaking_to(nodes.address) as client, lines_to(nodes.ports, SENDERS) as lines:
        make = Make(client, engine)
        path = f"/deliverables/{make.deliverable()['id']}/updates"
        one, other = str(make.secretariat.token), make.token("secretariat", "tst")
        yield lambda keys: [sent(lines, path, one, other, number) for number in range(keys)]


def sent(lines: Sequence[Line], path: str, one: str, other: str, number: int) -> list[Answer]:
    key = f"key-{number}"
    update = Call("POST", path, one, {"narrative": key}, key=key)
    another_body = Call("POST", path, one, {"narrative": f"{key}, told otherwise"}, key=key)
    another_actor = Call("POST", path, other, {"narrative": key}, key=key)
    answers = at_once(lines, [update] * 5 + [another_body] + [another_actor] * 2, number)
    return [*answers, lines[number % len(lines)].ask(update)]


def wrong(connection: sa.Connection, rounds: list[list[Answer]]) -> list[str]:
    """Effects that are missing or too many, and answers that are not the one that the effect gave."""
    updates = connection.execute(sa.select(table_of(ProgressUpdate))).all()
    found = untold(connection, [a for answers in rounds for a in answers])
    kept = connection.scalar(sa.select(sa.func.count()).select_from(table_of(KeptAnswer)))
    found += [f"{kept} answers are kept for {2 * len(rounds)} keys of two actors"] * (kept != 2 * len(rounds))
    for answers in rounds:
        key = str(answers[0].call.key)
        rows = [row for row in updates if row.narrative.split(",")[0] == key]
        found += [f"{key} has {len(rows)} effects, not one for each actor"] * (len(rows) != 2)
        mine, theirs = ([a for a in answers if (a.call.token == answers[0].call.token) is own] for own in (True, False))
        found += one_answer(key, mine) + one_answer(key, theirs)
        if {a.content for a in mine if a.ok} & {a.content for a in theirs if a.ok}:
            found.append(f"{key} gave one actor's answer to another actor")
    return found


def one_answer(key: str, answers: list[Answer]) -> list[str]:
    """What is wrong with the answers to one actor: whose body was first got one answer, with another body a refusal."""
    told = {(a.status, a.headers.get("etag"), a.headers.get("location"), a.content) for a in answers if a.ok}
    bodies = {a.call.body["narrative"] for a in answers if a.ok}
    found = [f"{key} gave {len(told)} answers"] * (len(told) != 1)
    found += [f"{key} gave an answer to another body"] * (len(bodies) > 1)
    for answer in answers:
        answer.check()
        expected = (201, "") if answer.call.body["narrative"] in bodies else (422, "idempotency_mismatch")
        if (answer.status, answer.code) != expected:
            found.append(f"{key}: {answer.status} {answer.code}")
    return found


def test_a_key_sent_by_five_at_once_has_one_effect(database_url: str, engine: sa.Engine, report: Report) -> None:
    with sending(database_url, engine) as send:
        rounds = send(KEYS)
    with engine.connect() as connection:
        assert wrong(connection, rounds) == []
    refusals = sum(a.status == 422 for answers in rounds for a in answers)
    report(
        f"{KEYS} keys x (5 senders + 1 with another body + 2 of another actor + 1 retry) through 8 services: "
        f"{KEYS} effects of the one actor, {KEYS} of the other, {refusals} told that the body is another"
    )


@pytest.mark.parametrize(
    ("fault", "signs"),
    [
        (faults.answers_are_kept_beside_the_work, ["effects, not one"]),
        (faults.keys_are_bare, ["to another actor", "to another body"]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_planted_fault_shows_in_effects_and_answers(
    database_url: str, engine: sa.Engine, tmp_path: Path, fault: Callable[[], None], signs: list[str], report: Report
) -> None:
    with another_database(engine, tmp_path, "faulty") as url, reading(url) as own, sending(url, own, fault) as send:
        rounds = send(UNTIL_CAUGHT)
        with own.connect() as connection:
            found = wrong(connection, rounds)
    for sign in signs:
        assert any(sign in line for line in found), found
    report(f"planted ({fault.__name__.replace('_', ' ')}), found: {len(found)} wrong, such as: {found[0]}")


def test_keys_without_their_constraint_are_found_used_twice(database_url: str, engine: sa.Engine, tmp_path: Path, report: Report) -> None:
    with another_database(engine, tmp_path, "keyless") as url, reading(url) as own, sending(url, own) as send:
        with own.begin() as connection:
            for statement in KEYLESS[engine.dialect.name]:
                connection.execute(sa.text(statement))
        rounds = send(3)
        with own.connect() as connection:
            found = wrong(connection, rounds)
    assert any("effects, not one" in line for line in found), found
    report(f"planted (keys without their constraint), found: {len(found)} wrong, such as: {found[0]}")


KEYLESS = {
    "postgresql": ["ALTER TABLE kept_answers DROP CONSTRAINT pk_kept_answers"],
    "sqlite": [
        "CREATE TABLE bare AS SELECT * FROM kept_answers",
        "DROP TABLE kept_answers",
        "ALTER TABLE bare RENAME TO kept_answers",
    ],
}
