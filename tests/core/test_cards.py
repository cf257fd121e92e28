"""A card tells what its document, made on the spot, would tell: after any change, on any day for which it holds."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core import cards
from app.core.dates import now
from app.core.db import table_of
from app.deliverables.models import AssignmentCard, DeliverableCard
from tests.cards import lies, lies_ahead
from tests.make import Json, Make, at, day, ok

CARDS = table_of(DeliverableCard).c


def holding(make: Make) -> dict[str, bool]:
    """Which deliverables have a card that holds today."""
    with make.engine.begin() as connection:
        return {row.id: row.until > now().date() for row in connection.execute(sa.select(CARDS.id, CARDS.until))}


def a_busy_deliverable(make: Make) -> Json:
    """One that shows something of every table that it can show."""
    for agency in ("LEAD", "CO", "ASKED"):
        make.member(agency)
    force = make.task_force("TF", sunset_on=day(200))
    thing = make.deliverable("D1", due=day(100), body=force["id"])
    make.lead(thing, "LEAD", ends_on=day(50))
    make.lead(thing, "CO", role="co_lead", starts_on=day(20))
    make.asked(thing, "ASKED", role="contributor")
    return thing


def patch(client: Any, path: str, **values: Any) -> None:
    version = ok(client.get(path), 200)["version"]
    ok(client.patch(path, values, version=version), 200)


CHANGES: dict[str, Callable[[Make, Json], Any]] = {
    "the deliverable": lambda make, thing: patch(make.secretariat, f"/deliverables/{thing['id']}", title="Another title"),
    "an answer": lambda make, thing: make.lead(thing, "LEAD", role="reviewer"),
    "an agency's name": lambda make, _: patch(make.administrator, "/agencies/LEAD", name="A new name"),
    "the asked agency's code": lambda make, _: patch(make.administrator, "/agencies/ASKED", code="ASK"),
    "the group's name": lambda make, _: patch(make.secretariat, "/groups/tst", name="Renamed"),
    "the group's patience": lambda make, _: patch(make.secretariat, "/groups/tst", stale_days=1, due_soon_days=300),
    "the group's time zone": lambda make, _: patch(make.secretariat, "/groups/tst", time_zone="Asia/Tokyo"),
    "the plan's title": lambda make, thing: patch(make.secretariat, f"/workplans/{thing['workplan']['id']}", title="Renamed"),
    "the plan's end": lambda make, thing: patch(make.secretariat, f"/workplans/{thing['workplan']['id']}", ends_on=day(400)),
    "the stream's code": lambda make, thing: patch(make.secretariat, f"/streams/{thing['stream']['id']}", code="9"),
    "the body's name": lambda make, thing: patch(make.secretariat, f"/task-forces/{thing['body']['id']}", name="Renamed"),
    "the body's sunset": lambda make, thing: (
        ok(
            make.secretariat.post(
                f"/task-forces/{thing['body']['id']}/shorten", {"sunset_on": day(150), "reason": "Done soon."} | make.decided()
            ),
            200,
        )
        and None
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_page_shows_follows_every_change_of_what_is_shown(make: Make, what: str) -> None:
    thing = a_busy_deliverable(make)
    before = make.read(f"/deliverables/{thing['id']}")
    CHANGES[what](make, thing)
    after = make.read(f"/deliverables/{thing['id']}")
    assert after != before or what in ("the group's time zone", "the body's sunset", "the plan's end")
    assert make.read("/deliverables", group="tst")["items"] == [after]
    with make.engine.begin() as connection:
        assert cards.renew_expired(connection, now()) in range(5)
    assert holding(make) == {thing["id"]: True}
    with make.engine.begin() as connection:
        assert cards.renew_expired(connection, now()) == 0
        assert lies_ahead(connection) == []
    assert make.read(f"/deliverables/{thing['id']}") == after


def test_a_write_leaves_the_card_of_what_it_changed_in_force(make: Make) -> None:
    thing = a_busy_deliverable(make)
    assert holding(make) == {thing["id"]: True}
    with make.engine.begin() as connection:
        connection.execute(sa.update(DeliverableCard).values(text=sa.func.replace(CARDS.text, "Deliverable D1", "From the card")))
    assert make.read(f"/deliverables/{thing['id']}")["title"] == "From the card"
    assert make.read("/deliverables", group="tst")["items"][0]["title"] == "From the card"
    assert make.read(f"/deliverables/{thing['id']}", as_of=day(-400))["title"] == "Deliverable D1"
    with make.engine.begin() as connection:
        assert lies(connection) != []
        connection.execute(sa.update(DeliverableCard).values(until=datetime(2000, 1, 1, tzinfo=UTC).date()))
    assert make.read("/deliverables", group="tst", fields="title")["items"] == [{"title": "Deliverable D1"}]
    assert make.read(f"/deliverables/{thing['id']}")["title"] == "Deliverable D1"


def test_what_the_passing_of_days_turns_is_told_on_the_day(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = a_busy_deliverable(make)
    reader, seen = make.service.as_(make.token("viewer", "tst", days=400)), []
    for offset in (0, 19, 20, 50, 51, 100, 101, 200, 201):
        with monkeypatch.context() as patched:
            at(patched, now() + timedelta(days=offset))
            found = ok(reader.get(f"/deliverables/{thing['id']}"), 200)
            assert ok(reader.get("/deliverables?group=tst"), 200)["items"] == [found]
        seen.append((found["lead"] is not None, len(found["co_leads"]), found["overdue"], "sunset_passed" in found["flags"]))
        assert found["stale_days"] == offset
    assert seen == [
        (True, 0, False, False), (True, 0, False, False), (True, 1, False, False), (True, 1, False, False), (False, 1, False, False),
        (False, 1, False, False), (False, 1, True, False), (False, 1, True, False), (False, 1, True, True),
    ]  # fmt: skip


def test_expired_cards_are_made_anew_and_then_rest(make: Make) -> None:
    thing = a_busy_deliverable(make)
    patch(make.administrator, "/agencies/LEAD", name="A new name")
    assert holding(make) == {thing["id"]: False}
    with make.engine.begin() as connection:
        assert cards.renew_expired(connection, now()) == 2  # it and the part that names the agency
        assert cards.renew_expired(connection, now()) == 0
    assert holding(make) == {thing["id"]: True}
    assert cards.renew_expired(make.engine, now()) == 0


@pytest.mark.parametrize("kind", cards.ALL, ids=lambda kind: str(kind.table.name))
def test_expired_cards_are_found_without_the_tables_that_they_are_made_of(kind: cards.Cards) -> None:
    """PostgreSQL orders eight tables at most, and with nine it read all there were, for every write and every quarter of an hour."""
    for query in (kind.days, kind.expired):
        text, _ = query.on("psycopg", {})
        names = set(re.findall(r"(?:FROM|JOIN) \(?(\w+)", text))
        assert names <= {kind.table.name, kind.id.table.name, "groups", "soon", "touched", "near", "SELECT"}


def test_renewing_waits_for_nobody_who_holds_a_card(make: Make) -> None:
    if make.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    a_busy_deliverable(make)
    parts = table_of(AssignmentCard)
    patch(make.administrator, "/agencies/LEAD", name="A new name")
    with make.engine.connect() as holder, make.engine.begin() as connection:
        held = holder.execute(sa.select(parts.c.id).where(parts.c.until <= now().date()).with_for_update()).scalars().all()
        connection.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        assert cards.renew_expired(connection, now()) == 1  # the deliverable's, and not its part's
        holder.rollback()
        assert cards.renew_expired(connection, now()) == len(held) == 1


def test_a_forgotten_trigger_is_found_out(make: Make) -> None:
    a_busy_deliverable(make)
    connection = make.engine.connect()
    with connection.begin() as transaction:
        sqlite = connection.dialect.name == "sqlite"
        connection.execute(sa.text("DROP TRIGGER cards_of_agency" if sqlite else "DROP TRIGGER cards_of_agency ON agencies"))
        connection.execute(sa.text("UPDATE agencies SET name = 'Renamed by hand' WHERE code = 'LEAD'"))
        (lie,) = lies(connection)
        assert "in deliverable_cards is not its document" in lie
        transaction.rollback()
    connection.close()


def test_a_day_that_was_forgotten_is_found_out(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = a_busy_deliverable(make)
    with make.engine.begin() as connection:
        assert lies_ahead(connection) == []
        connection.execute(sa.update(DeliverableCard).values(until=datetime(2190, 1, 1, tzinfo=UTC).date()))
        assert len(lies_ahead(connection)) > 1
        connection.execute(sa.update(DeliverableCard).where(CARDS.id == thing["id"]).values(until=datetime(2000, 1, 1, tzinfo=UTC).date()))
