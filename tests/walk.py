"""A walk at random through everything that can be done in a group, and what every read answered on the way.

The steps are the requests of `tests/access/world.py`, each made for another thing, with other words, codes and days: so an operation that
is added there is walked as well.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import openapi
from app.core.dates import instant_text, now
from app.core.db import table_of
from app.core.front import KnownReader
from app.core.journal import Change
from app.core.openapi import every_route
from tests.access.world import World, build
from tests.make import Json, Make, at

C = table_of(Change)
RARE = {"close", "dissolve", "convert", "cancel", "supersede", "carry", "shorten", "end"}
"""Verbs after which little can be done."""
ASIDE = {"establish_group", "amend_person"}
"""What is no group's, and what is told as it is today."""
WORDS = ("Überblick", "a draft", "Remittances", "the panel's view", "données", "", "50 % 'or' more", "Report_1")
VALUES: dict[str, tuple[Any, ...]] = {
    "due": ("2026", "2031-Q2", "2079-06-30", "2026-12", None),
    "percent": (0, 10, 100),
    "visibility": ("internal", "public"),
    "time_zone": ("UTC", "Asia/Tokyo", "America/Lima"),
    "stale_days": (1, 5, 60),
    "confidence": ("on_track", "off_track"),
    "topics": ([], ["migration", "données"]),
    "role": ("lead", "co_lead", "contributor", "reviewer"),
    "on_behalf_of": ("OWN", "OUT", "CHAIR"),
    "agency": ("OWN", "OUT", "CHAIR", "BODY"),
    "name": WORDS,
    "title": WORDS,
    "public": (True, False),
}
ALSO: dict[str, tuple[str, ...]] = {
    "amend_deliverable": ("title", "due", "percent", "visibility", "confidence", "topics"),
    "add_deliverable": ("due", "visibility"),
    "amend_group": ("time_zone", "stale_days", "name", "public"),
    "propose_assignment": ("role", "agency"),
    "accept_assignment": ("on_behalf_of",),
    "decline_assignment": ("on_behalf_of",),
    "post_update": ("percent", "confidence"),
}
"""What a step may say besides."""
COLLECTIONS = ("deliverables", "assignments", "workplans", "streams", "chairmanships", "decisions", "task-forces", "working-groups")


class Walk:
    """One walk; the same seed takes the same way, but for ids."""

    def __init__(self, make: Make, app: FastAPI, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.make, self.patch, self.rng = make, monkeypatch, Random(seed)  # noqa: S311  (the same way in every run)
        self.moment = now() - timedelta(days=90)  # so that the longest walk, of 1,000 changes, ends before today
        self.recorded: list[tuple[datetime, dict[str, httpx.Response]]] = []
        at(monkeypatch, self.moment)
        self.world: World = build(make)
        self.reads = reads(app, self.world)
        self.number, self.done = 0, set[str]()

    def steps(self, changes: int, each: int) -> "Walk":
        """Walk until the journal has so many changes more, and record what is read after about `each` of them."""
        start = next_at = self.make.journal()
        while (present := self.make.journal()) < start + changes:
            if present >= next_at:
                self.record()
                next_at = present + each
            self.step()
        self.record()
        return self

    def step(self) -> None:
        self.moment += timedelta(minutes=self.rng.choice((1, 10, 90)), microseconds=self.rng.randrange(1_000_000))
        at(self.patch, self.moment)
        writing = [name for name, (method, _, _) in self.world.calls.items() if method != "GET" and name not in ASIDE]
        operation = self.rng.choice(writing)
        if operation.split("_")[0] in RARE and self.rng.random() < 0.9:
            return
        method, path, body = self.world.calls[operation]
        path, body = self._elsewhere(path), self._said(operation, body or {})
        for actor in ("secretariat", "administrator"):
            headers = {}
            if method == "PATCH":
                found = self.world.actors[actor].get(path)
                headers = {"if-match": found.headers.get("etag", '"1"')}
            answer = self.world.actors[actor].request(method, path, json=body, headers=headers)
            assert answer.status_code < 500, (operation, answer.text)
            if answer.status_code < 300:
                self.done.add(operation)
            if answer.status_code != 403:
                return

    def _elsewhere(self, path: str) -> str:
        """The address for another thing of the same kind."""
        parts = path.split("/")
        if len(parts) > 4 or len(parts) < 3 or parts[1] in ("groups", "agencies", "people"):
            return path
        listed = self.make.secretariat.get(f"/{parts[1]}?group=tst&fields=id&limit=500")
        other = self.rng.choice(listed.json()["items"])["id"] if listed.status_code == 200 else self._another(parts[2])
        return "/".join([*parts[:2], other, *parts[3:]])

    def _said(self, operation: str, body: Json) -> Json:
        self.number += 1
        said = dict(body)
        for name in ALSO.get(operation, ()):
            if self.rng.random() < 0.6:
                said[name] = self.rng.choice(VALUES[name])
        if "on_behalf_of" in said:
            said["evidence"] = "E-mail of 3 March"
        if "code" in said and operation != "amend_agency":
            said["code"] = f"{said['code']}{self.number}"
        for name, value in said.items():
            if name in ("mandate", "text", "theme", "note", "place", "reason", "outcome") and value:
                said[name] = f"{value} {self.rng.choice(WORDS)} {self.number}"
            if name in ("stream", "body", "decision") and value:
                said[name] = self._another(value)
        return said

    def _another(self, id: str) -> str:
        with self.make.engine.connect() as connection:
            kind = connection.scalar(sa.select(C.c.entity).where(C.c.entity_id == id).limit(1))
            ids = sorted(set(connection.scalars(sa.select(C.c.entity_id).where(C.c.entity == kind, C.c.group_id.is_not(None)))))
        return str(self.rng.choice(ids))

    def record(self) -> None:
        """What the service answers now, to the secretariat."""
        self.moment += timedelta(seconds=1)
        at(self.patch, self.moment)
        self.recorded.append((self.moment, {path: self.ask(path) for path in self.paths()}))

    def paths(self) -> list[str]:
        """The reads, and items of every collection chosen at random."""
        found = list(self.reads)
        for collection in COLLECTIONS:
            there = self.make.read(f"/{collection}", group="tst", fields="id", limit="500")["items"]
            found += [f"/{collection}/{one['id']}" for one in self.rng.sample(there, min(2, len(there)))]
        return found

    def ask(self, path: str, moment: datetime | None = None) -> httpx.Response:
        known_at = f"{'&' if '?' in path else '?'}known_at={instant_text(moment)}" if moment else ""
        return self.world.actors["secretariat"].get(path + known_at)

    def wrong(self, *, bytewise: bool) -> Iterator[str]:
        """The reads that now answer otherwise, asked for what was known then, than they did then."""
        at(self.patch, now())
        asked = [(moment, path, then) for moment, answers in self.recorded for path, then in answers.items()]
        self.rng.shuffle(asked)
        for moment, path, then in asked:
            if told(self.ask(path, moment), bytewise) != told(then, bytewise):
                yield f"{moment} {path}"


def told(answer: httpx.Response, bytewise: bool) -> tuple[int, str]:
    """An answer as it is compared: byte for byte, or (PostgreSQL writes blanks into its JSON) field for field in their order. A refusal's
    body tells of its own request."""
    if answer.status_code != 200:
        return answer.status_code, str(answer.json()["code"])
    if answer.request.url.path.endswith("/hand-over") and answer.json()["state"] == "draft":
        # A limit (docs/decisions/0025): the note of a draft is in no picture, so a past draft shows the note of today.
        body = answer.json()
        return 200, json.dumps(body | {"pack": body["pack"] | {"note": None}})
    if bytewise or not answer.headers["content-type"].startswith("application/json"):
        return 200, answer.text
    return 200, json.dumps(answer.json())


def reads(app: FastAPI, world: World) -> list[str]:
    """An address of every read that takes `known_at`, and some more."""
    spec, found = openapi.build(app), []
    for route in every_route(app):
        operation = spec["paths"].get(route.path, {}).get("get", {})
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        if "known_at" in names:
            path = world.calls[route.name][1]
            flat = "{" not in route.path
            found.append(path + ("?group=tst" if flat else ""))
            if "sort" in names or route.name == "list_changes":
                found.append(found[-1] + ("&" if flat else "?") + "limit=500")
            if "count" in names:
                found.append(found[-2] + ("&" if flat else "?") + "count=true&limit=3")
    d = "/deliverables?group=tst"
    return [
        *found,
        f"{d}&agency=OWN&role=lead", f"{d}&overdue=true&sort=-due,code", f"{d}&stale=true", f"{d}&q=donnees", f"{d}&has_lead=false&count=true",
        f"{d}&as_of=2026-01-01", f"{d}&as_of=2079-07-01&status=in_progress", f"{d}&topic=migration", "/assignments?group=tst&open=true&agency=OWN",
        "/assignments?group=tst&open=false", "/stats?group=tst&by=stream", "/stats?group=tst&by=workplan", "/groups/tst/chair?as_of=2015-06-01",
        "/groups/tst/troika?as_of=2198-12-31", "/appointments?group=tst&as_of=2026-01-01", "/groups/tst/members?as_of=2026-01-01",
        "/changes?group=tst&limit=500&entity=deliverable", f"/stats?workplan={world.things['plan']['id']}&by=stream",
        f"/workplans/{world.things['endorsed']['id']}/compare?from=2000-01-01", f"/workplans/{world.things['plan']['id']}/compare?from=2000-01-01",
    ]  # fmt: skip


def forget(app: FastAPI) -> None:
    """Nothing is kept any more: no past state, no reply."""
    app.state.pasts.kept.clear()
    app.state.pasts.ends.clear()
    layer: Any = app.middleware_stack
    while not isinstance(layer, KnownReader):
        layer = layer.app
    layer.kept.clear()
