"""What the databases work out of dates is held against the same rules in plain Python, on generated deliverables and days."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.dates import FOREVER, covers
from app.core.db import table_of
from app.deliverables.models import Assignment, Deliverable
from app.groups.models import Group
from tests.make import Make, ok

OPEN = ("not_started", "in_progress", "on_hold")
STATUSES = (*OPEN, "delivered", "cancelled", "superseded")
DUE_SOON, STALE = 10, 20
SHOWN = "code,overdue,due_soon,slip_days,stale_days,flags,lead"
BASE = date(2023, 12, 20)


@dataclass(frozen=True)
class Row:
    """A deliverable as far as its flags go."""

    status: str
    due: date | None
    baseline: date | None
    delivered: date | None
    confirmed: date
    sunset: date | None
    lead: tuple[date, date | None, str] | None
    plan: tuple[date, date]


def is_open(row: Row, on: date) -> bool:
    return row.status in OPEN or (row.status == "delivered" and row.delivered is not None and row.delivered > on)


def expected(row: Row, on: date) -> dict[str, Any]:
    """The rules of the domain, said once more."""
    alive = is_open(row, on)
    overdue = alive and row.due is not None and row.due < on
    due_soon = alive and row.due is not None and 0 <= (row.due - on).days <= DUE_SOON
    done = row.delivered if row.status == "delivered" else row.due
    slip = (done - row.baseline).days if done and row.baseline else None
    quiet = (on - row.confirmed).days
    stale_days = quiet if alive and quiet >= 0 else None
    led = row.lead is not None and row.lead[2] in ("accepted", "ended") and covers(row.lead[0], row.lead[1], on)
    truths = {
        "overdue": overdue, "due_soon": due_soon, "stale": stale_days is not None and stale_days > STALE, "no_lead": alive and not led,
        "no_due": alive and row.due is None, "unanswered": row.lead is not None and row.lead[2] == "proposed",
        "due_outside_plan": row.due is not None and not row.plan[0] <= row.due <= row.plan[1],
        "sunset_passed": alive and row.sunset is not None and row.sunset < on,
    }  # fmt: skip
    flags = [name for name, true in truths.items() if true]
    return {"overdue": overdue, "due_soon": due_soon, "slip_days": slip, "stale_days": stale_days, "flags": flags, "led": led}


def generated(seed: int, number: int) -> list[Row]:
    """Rows whose days crowd around one another, so that equal days and neighbours are common."""
    dice = random.Random(seed)  # noqa: S311

    def near(chance: float = 1.0) -> date | None:
        return BASE + timedelta(days=dice.randint(-35, 35)) if dice.random() < chance else None

    rows = []
    for _ in range(number):
        status, since = dice.choice(STATUSES), near() or BASE
        lead = (
            since,
            dice.choice([None, since + timedelta(days=dice.randint(0, 30))]),
            dice.choice(["proposed", "accepted", "declined", "ended"]),
        )
        delivered = near() if status == "delivered" else None
        rows.append(
            Row(
                status,
                near(0.85),
                near(0.7),
                delivered,
                near() or BASE,
                near(0.5),
                dice.choice([lead, None]),
                (date(2023, 12, 1), date(2024, 1, 10)),
            )
        )
    return rows


@pytest.fixture
def rows(make: Make, engine: sa.Engine) -> dict[str, Row]:
    """Sixty generated deliverables by code, written straight into the tables: no story could lead to all of them."""
    make.member("IOM")
    plan = make.plan(starts_on="2023-12-01", ends_on="2024-01-10")
    stream, found = make.stream(plan), {}
    item = make.deliverable("SEED", stream)
    make.asked(item, "IOM")
    tables = {name: table_of(model) for name, model in (("d", Deliverable), ("a", Assignment), ("g", Group))}
    bodies = sa.table("bodies", sa.column("id"), sa.column("sunset_on", sa.Date()))
    by_sunset: dict[date, str] = {}
    wanted = generated(7, 60)
    for sunset in {r.sunset for r in wanted if r.sunset}:
        by_sunset[sunset] = make.task_force(f"TF {sunset}")["id"]
    with engine.begin() as connection:
        connection.execute(sa.update(tables["g"]).values(due_soon_days=DUE_SOON, stale_days=STALE))
        for sunset, body_id in by_sunset.items():
            connection.execute(sa.update(bodies).where(bodies.c.id == body_id).values(sunset_on=sunset))
        seed = dict(connection.execute(sa.select(tables["d"])).mappings().one())
        del seed["due_key"]  # which the database fills
        part = dict(connection.execute(sa.select(tables["a"])).mappings().one())
        for number, row in enumerate(wanted):
            code = f"G{number:02}"
            found[code] = row
            values: dict[str, Any] = {
                "id": code, "code": code, "status": row.status, "due": row.due and row.due.isoformat(), "due_from": row.due, "due_on": row.due,
                "baseline_due": row.baseline and row.baseline.isoformat(), "baseline_due_from": row.baseline, "baseline_due_on": row.baseline,
                "delivered": row.delivered and row.delivered.isoformat(), "delivered_from": row.delivered, "delivered_on": row.delivered,
                "confirmed_on": row.confirmed, "body_id": row.sunset and by_sunset[row.sunset],
            }  # fmt: skip
            connection.execute(sa.insert(tables["d"]).values(**(seed | values)))
            if row.lead:
                since, until, state = row.lead
                accepted_at = seed["created_at"] if state in ("accepted", "ended") else None
                dates = {"starts_on": since, "ends_on": until, "state": state, "accepted_at": accepted_at}
                due = {"due_on": row.due or FOREVER}
                connection.execute(sa.insert(tables["a"]).values(**(part | {"id": code, "deliverable_id": code} | dates | due)))
    ok(make.secretariat.post(f"/deliverables/{item['id']}/cancel", {"reason": "Only a pattern."}), 200)
    return found


def test_both_engines_agree_with_plain_python(make: Make, rows: dict[str, Row]) -> None:
    seen: set[str] = set()
    for offset in range(-36, 37, 4):
        on = BASE + timedelta(days=offset)
        items = {i["code"]: i for i in make.read("/deliverables", group="tst", as_of=on.isoformat(), limit=500, fields=SHOWN)["items"]}
        for code, row in rows.items():
            twin = expected(row, on)
            shown = {name: items[code][name] for name in twin if name != "led"} | {"led": items[code]["lead"] is not None}
            assert shown == twin, (code, on, row)
            seen.update(twin["flags"])
    assert seen == {"overdue", "due_soon", "stale", "no_lead", "no_due", "unanswered", "due_outside_plan", "sunset_passed"}


@pytest.mark.parametrize("name", ["overdue", "due_soon", "stale"])
def test_the_filters_agree_too(make: Make, rows: dict[str, Row], name: str) -> None:
    for offset in (-20, -1, 0, 1, 20):
        on = BASE + timedelta(days=offset)
        for truth in (True, False):
            wanted = {code for code, row in rows.items() if (name in expected(row, on)["flags"]) is truth}
            found = make.read("/deliverables", as_of=on.isoformat(), limit=500, fields="code", **{name: str(truth).lower()})["items"]
            assert {i["code"] for i in found} - {"SEED"} == wanted
    led = {code for code, row in rows.items() if expected(row, BASE)["led"]}
    assert {
        i["code"] for i in make.read("/deliverables", as_of=BASE.isoformat(), has_lead="true", limit=500, fields="code")["items"]
    } == led


def test_an_order_by_due_puts_those_without_one_last(make: Make, rows: dict[str, Row]) -> None:
    far = FOREVER
    for sort, reverse in (("due", False), ("-due", True)):
        items = make.read("/deliverables", group="tst", sort=sort, limit=500, fields="id,due")["items"]
        keys = [(i["due"]["latest"] if i["due"] else far.isoformat(), i["id"]) for i in items]
        assert keys == sorted(keys, reverse=reverse)
    items = make.read("/deliverables", sort="-due,code", limit=500, fields="code,due")["items"]
    keys = [(-(date.fromisoformat(i["due"]["latest"]) if i["due"] else far).toordinal(), i["code"]) for i in items]
    assert [k for k in keys if k[1] != "SEED"] == sorted(k for k in keys if k[1] != "SEED")


def paged(make: Make, path: str, sort: str, total: int) -> list[str]:
    """The ids of a list, page by page; each page but the last bears a cursor."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while len(found) < total:
        page = make.read(path, group="tst", sort=sort, limit=9, count="true", fields="id", **cursor)
        assert page["total"] == total
        assert page["items"], "an empty page before the end"
        found += [i["id"] for i in page["items"]]
        assert (page["next_cursor"] is None) is (len(found) == total)
        cursor = {"cursor": page["next_cursor"]}
    return found


def test_pages_hold_every_one_once_in_the_order_of_the_whole(make: Make, rows: dict[str, Row]) -> None:
    """Also among those without a due date, which a cursor once took for infinity on PostgreSQL."""
    sorts = [("/deliverables", s) for s in ("due", "-due", "-due,code", "status,-due", "title,code")]
    for path, sort in [*sorts, ("/assignments", "due"), ("/assignments", "-due")]:
        whole = [i["id"] for i in make.read(path, group="tst", sort=sort, limit=500, fields="id")["items"]]
        assert paged(make, path, sort, len(whole)) == whole, (path, sort)
