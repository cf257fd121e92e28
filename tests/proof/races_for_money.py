"""Races for money: what is promised, received and passed on once, and sought only when every country team was heard."""

import sqlalchemy as sa

from app.core.db import table_of
from app.fundraising.models import Contribution, Instalment, Passing
from tests.proof.races import RACERS, World, journal
from tests.proof.racing import Call


def committing(w: World, n: int) -> list[Call]:
    gift = w.gift(w.project(f"CM{n}", budget="100.00"), "100.00")
    return [w.post(f"/contributions/{gift}/commit", {"amount": f"{60 + i}.00"}) for i in range(RACERS)]


def committed_twice(connection: sa.Connection) -> list[str]:
    done = [
        row.entity_id for entity, picture, row in journal(connection) if entity == "contribution" and row.operation == "contribution:commit"
    ]
    return [f"{one} was committed {done.count(one)} times" for one in set(done) if done.count(one) > 1]


def receiving(w: World, n: int) -> list[Call]:
    """Three of them fit; who cancels takes as much."""
    gift = w.gift(w.project(f"RC{n}", budget="100.00"), "100.00", "committed")
    received = [w.post(f"/contributions/{gift}/receive", {"amount": "30.00"}) for _ in range(6)]
    return received + [w.post(f"/contributions/{gift}/cancel", {"amount": "30.00", "reason": "So."}) for _ in range(2)]


def more_than_promised(connection: sa.Connection) -> list[str]:
    c, i = table_of(Contribution), table_of(Instalment)
    came = sa.select(sa.func.coalesce(sa.func.sum(i.c.amount), 0)).where(i.c.contribution_id == c.c.id).scalar_subquery()
    wrong = sa.select(c.c.id).where(sa.or_(came != c.c.received, came + c.c.cancelled > c.c.amount))
    return [f"{one} has more than was promised, or other than its instalments" for (one,) in connection.execute(wrong)]


def passing_on(w: World, n: int) -> list[Call]:
    one, two = w.project(f"FROM{n}"), w.project(f"TO{n}")
    w.gift(one, "100.00", "received")
    return [w.post(f"/projects/{one}/pass-on", {"to": two, "amount": "60.00", "reason": "So."}) for _ in range(RACERS)]


def passed_twice(connection: sa.Connection) -> list[str]:
    p, i = table_of(Passing), table_of(Instalment)
    had = sa.select(sa.func.coalesce(sa.func.sum(i.c.amount), 0)).where(i.c.project_id == p.c.project_id).scalar_subquery()
    owing = sa.select(p.c.project_id).group_by(p.c.project_id).having(sa.func.sum(p.c.amount) + had < 0)
    return [f"{one} has passed on what it never had" for (one,) in connection.execute(owing)]


def seeking(w: World, n: int) -> list[Call]:
    """A country more, and the step to seeking: whichever is first, the other knows."""
    project = w.project(f"SK{n}")
    return [
        *(w.post(f"/projects/{project}/advance", {"to": "seeking"}) for _ in range(4)),
        *(w.patch(f"/projects/{project}", {"countries": ["BD"]}) for _ in range(4)),
    ]


def sought_unheard(connection: sa.Connection) -> list[str]:
    """Steps to seeking of a project that had a country by then, in the order of the commits: none was consulted."""
    countries, found = dict[str, list[str]](), list[str]()
    for entity, picture, row in journal(connection):
        if entity == "project":
            if picture["state"] == "seeking" and row.operation == "project:advance" and countries.get(row.entity_id):
                found.append(f"{row.entity_id} seeks money though nobody was heard")
            countries[row.entity_id] = picture["countries"]
    return found
