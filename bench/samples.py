"""What is asked for: real ids, cursors and tokens out of a loaded database, many enough that hardly any request comes twice."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from random import Random
from typing import Any

import sqlalchemy as sa

from app.core.dates import instant_text
from app.core.db import write_engine
from bench.rows import REFERENCE, Rows, secret
from bench.words import AGENCIES
from bench.wrk import Call

MANY = 3_000
OPEN = "&open=true"


def cursor(*keys: Any, sort: str = "due") -> str:
    """A cursor as `GET /deliverables` gives it."""
    content = json.dumps([[sort], [str(key) for key in keys]], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


RECORD, PLAN = 20_000, 500


class Samples:
    """Requests for one loaded database."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size = url, size
        self.random = Random(size)
        self.admin = secret("administrator")
        made = Rows(size)
        self.sizes = made.sizes
        self.groups = [f"g{number:03d}" for number in range(len(made.sizes))]

    @contextmanager
    def _asking(self) -> Iterator[sa.Connection]:
        engine = write_engine(self.url)
        with engine.connect() as connection:
            yield connection
            connection.rollback()
        engine.dispose()

    def counted(self) -> str:
        """How many rows there are, in words."""
        names = ("deliverables", "assignments", "progress_updates", "changes")
        with self._asking() as connection:
            found = [f"{connection.scalar(sa.text(f'SELECT count(*) FROM {name}')):,} {name.replace('_', ' ')}" for name in names]
        return f"{len(self.groups)} groups, {', '.join(found)}"

    def of(self, group: str) -> str:
        return secret(f"secretariat of {group}")

    @cached_property
    def items(self) -> list[Call]:
        """Deliverables all over the place, each asked for by the secretariat of its group."""
        one = sa.text(
            "SELECT id, (SELECT code FROM groups WHERE groups.id = group_id) AS code FROM deliverables WHERE id >= :from ORDER BY id LIMIT 1"
        )
        with self._asking() as connection:
            rows = [connection.execute(one, {"from": f"{self.random.getrandbits(32):08x}"}).first() for _ in range(min(MANY, self.size))]
        return [Call(f"/api/v1/deliverables/{row.id}", self.of(row.code)) for row in rows if row]

    @cached_property
    def pages(self) -> list[Call]:
        """Pages of 50 of a group by due date: the first ones, and others at random places."""
        ordered = sa.text(
            "SELECT due_key AS due, id FROM deliverables WHERE group_id = (SELECT id FROM groups WHERE code = :group) ORDER BY due_key, id"
        )
        each, found = max(1, min(MANY, self.size // 4) // len(self.groups)), []
        with self._asking() as connection:
            for group in self.groups:
                path = f"/api/v1/deliverables?group={group}&sort=due&limit=50"
                rows = connection.execute(ordered, {"group": group}).all()[: -52 or None]
                found += [
                    Call(f"{path}&cursor={cursor(row.due, row.id)}", self.of(group))
                    for row in self.random.sample(rows, min(each, len(rows)))
                ]
                found.append(Call(path, self.of(group)))
        self.random.shuffle(found)
        return found

    @cached_property
    def parts(self) -> list[Call]:
        """An agency's open assignments by due date, asked for by its focal point in a group."""
        with self._asking() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT g.code AS of, a.code FROM memberships m JOIN groups g ON g.id = m.group_id JOIN agencies a ON a.id = m.agency_id"
                )
            )
            pairs = sorted((row.code, row.of) for row in rows)
        self.random.shuffle(pairs)
        return [Call(self._assignments(agency), secret(f"{agency} in {group}")) for agency, group in pairs[:MANY]]

    @cached_property
    def parts_everywhere(self) -> list[Call]:
        """The same over all groups, asked for by an administrator."""
        return [Call(self._assignments(agency), self.admin) for agency in AGENCIES]

    @cached_property
    def parts_accepted(self) -> list[Call]:
        """The same, whatever became of the deliverable."""
        return [Call(self._assignments(agency, ""), self.admin) for agency in AGENCIES]

    @staticmethod
    def _assignments(agency: str, which: str = OPEN) -> str:
        return f"/api/v1/assignments?agency={agency.replace(' ', '%20')}&state=accepted{which}&sort=due&limit=50"

    @cached_property
    def one_page(self) -> list[Call]:
        return [Call(f"/api/v1/deliverables?group={self.groups[0]}&sort=due&limit=50", self.of(self.groups[0]))]

    def deep(self, page: int) -> list[Call]:
        """The page of this number of everything by due date, as the cursors lead there."""
        path = "/api/v1/deliverables?sort=due&limit=50"
        if page == 1:
            return [Call(path, self.admin)]
        place = sa.text("SELECT due_key AS due, id FROM deliverables ORDER BY due_key, id LIMIT 1 OFFSET :place")
        with self._asking() as connection:
            row = connection.execute(place, {"place": 50 * (page - 1) - 1}).one()
        return [Call(f"{path}&cursor={cursor(row.due, row.id)}", self.admin)]

    def counts(self) -> list[Call]:
        return [Call("/api/v1/deliverables?count=true&limit=1", self.admin)]

    def counts_of_a_plan(self) -> list[Call]:
        with self._asking() as connection:
            rows = connection.execute(
                sa.text("SELECT w.id, g.code FROM workplans w JOIN groups g ON g.id = w.group_id ORDER BY w.id")
            ).all()
        return [Call(f"/api/v1/deliverables?workplan={row.id}&count=true&limit=1", self.of(row.code)) for row in rows]

    @cached_property
    def recorded(self) -> tuple[str, list[str]]:
        """The group with about 20,000 changes, and instants late in its record, each of which cuts the journal elsewhere."""
        sizes = sa.text("SELECT group_id, count(*) AS made FROM changes WHERE group_id IS NOT NULL GROUP BY group_id")
        last = sa.text("SELECT at FROM changes WHERE group_id = :group ORDER BY seq DESC LIMIT :most")
        with self._asking() as connection:
            group, made = min(connection.execute(sizes), key=lambda row: (abs(row.made - RECORD), row.group_id))
            code = connection.scalar(sa.text("SELECT code FROM groups WHERE id = :group"), {"group": group})
            moments: list[str] = []
            for (at,) in connection.execute(last, {"group": group, "most": made // 4}):
                text = at if isinstance(at, str) else instant_text(at)
                if not moments or text < moments[-1]:
                    moments.append(text)
        return str(code), moments

    def _due_page(self, *known_at: str) -> list[Call]:
        code, _ = self.recorded
        path = f"/api/v1/deliverables?group={code}&sort=due&limit=50"
        return [Call(f"{path}&known_at={moment}", self.of(code)) for moment in known_at] or [Call(path, self.of(code))]

    def pasts(self) -> list[Call]:
        return self._due_page(*self.recorded[1])

    def one_past(self) -> list[Call]:
        return self.pasts()[:1]

    def present(self) -> list[Call]:
        return self._due_page()

    def comparisons(self, *since: str) -> list[Call]:
        """The endorsed plans with the numbers of items next to 500: their last baseline, or an instant, compared with now."""
        sized = sa.text(
            "SELECT d.workplan_id AS id, g.code, count(*) AS size FROM deliverables d JOIN workplans w ON w.id = d.workplan_id "
            "JOIN groups g ON g.id = w.group_id WHERE w.state = 'endorsed' GROUP BY d.workplan_id, g.code"
        )
        with self._asking() as connection:
            rows = sorted(connection.execute(sized), key=lambda row: (abs(row.size - PLAN), row.id))
        asked = "".join(f"?from={instant}" for instant in since)
        return [Call(f"/api/v1/workplans/{row.id}/compare{asked}", self.of(row.code)) for row in rows[:10]]

    def statistics_of_a_plan(self) -> list[Call]:
        with self._asking() as connection:
            rows = connection.execute(
                sa.text("SELECT w.id, g.code FROM workplans w JOIN groups g ON g.id = w.group_id ORDER BY w.id")
            ).all()
        return [Call(f"/api/v1/stats?by=stream&workplan={row.id}", self.of(row.code)) for row in rows]

    def statistics(self) -> list[Call]:
        return [Call("/api/v1/stats", self.admin)]

    def updates(self, group: int = 0) -> list[Call]:
        """Reports on the open deliverables of one group, each with words of its own."""
        wanted = sa.text(
            "SELECT d.id FROM deliverables d JOIN workplans w ON w.id = d.workplan_id JOIN groups g ON g.id = d.group_id WHERE g.code = :group "
            "AND w.state = 'endorsed' AND d.status IN ('not_started', 'in_progress', 'on_hold') ORDER BY d.id"
        )
        with self._asking() as connection:
            ids = [row.id for row in connection.execute(wanted, {"group": self.groups[group]})]
        token = self.of(self.groups[group])
        return [
            Call(f"/api/v1/deliverables/{one}/updates", token, body=json.dumps({"narrative": f"Report {n} of {REFERENCE:%B %Y}: the draft is out."}))
            for n in range(max(1, 10_000 // max(1, len(ids)))) for one in ids
        ]  # fmt: skip
