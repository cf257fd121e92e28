"""Where random steps are taken: a group of its own for each sequence, a clock that goes by days, and both answers to every step."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.access.actions import issue_token
from app.actors import Role
from app.core.db import table_of
from app.core.journal import Change
from app.core.work import unit_of_work
from tests.client import Client
from tests.make import INSTALLER, Json, Make, at, ok
from tests.proof.plain_group import Actor, Refused
from tests.proof.plain_model import Picture, PlainModel
from tests.proof.plain_things import Decision, Thing

FIRST_DAY, ESTABLISHED = date(2026, 3, 2), date(2010, 1, 1)
AGENCIES = ("ILO", "IOM", "UNDP", "WHO", "OIF")
"""Three founding members, an observer, and one that is not in the group at first."""
SECRETARIAT, VIEWER = Actor("the secretariat", "secretariat"), Actor("a viewer", "viewer")
STRANGER, NOBODY = Actor("another group's secretariat", "stranger"), Actor("nobody known", "nobody")
FOCAL_POINTS = {agency: Actor(f"{agency}'s focal point", "focal_point", agency) for agency in AGENCIES[:4]}
NEVER_EXPIRES = 30_000


class Divergence(AssertionError):
    """The model and the service say different things."""


class Uncritical:
    """For pictures, which are compared whole: the replies to steps are what is held against the OpenAPI document."""

    def check(self, request: httpx.Request, response: httpx.Response) -> None: ...


class Stage:
    """One service, and a clock that only this proof moves."""

    def __init__(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        self.make, self._monkeypatch, self._numbers = make, monkeypatch, count(1)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """How often each kind of step was taken ("") or refused with a code, by the model's own judgement."""
        self.sequences = self.pictures = 0
        self.be_at(FIRST_DAY)
        self.administrator = self._client(Role.ADMINISTRATOR)
        for code in AGENCIES:
            ok(self.administrator.post("/agencies", {"code": code, "name": f"Agency {code}"}))
        self._establish("elsewhere")
        self.stranger = self._client(Role.SECRETARIAT, "elsewhere")
        body = {"group": "elsewhere", "code": "D1", "decided_on": "2026-01-01", "level": "principals", "text": "Decided elsewhere."}
        self.foreign = Decision("D1 of another group", date(2026, 1, 1))
        self.foreign.id = ok(self.stranger.post("/decisions", body))["id"]

    @property
    def steps(self) -> int:
        return self.outcomes.total()

    def be_at(self, day: date, second: int = 0) -> None:
        at(self._monkeypatch, self.moment(day, second))

    @staticmethod
    def moment(day: date, second: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(seconds=second)

    def _client(self, role: Role, group: str | None = None, agency: str | None = None) -> Client:
        with unit_of_work(self.make.engine, INSTALLER, self.moment(FIRST_DAY)) as work:
            _, secret = issue_token(work, role, group=group, agency=agency, days=NEVER_EXPIRES)
        return self.make.service.as_(secret)

    def _establish(self, code: str) -> None:
        ok(self.administrator.post("/groups", {"code": code, "name": f"Group {code}", "established_on": ESTABLISHED.isoformat()}))

    def a_group(self) -> tuple[str, dict[Actor, Client]]:
        """A new group with the operating rules that the model has, and who acts in it."""
        code = f"random-{next(self._numbers)}"
        self.be_at(FIRST_DAY)
        self._establish(code)
        clients = {STRANGER: self.stranger, NOBODY: self.make.service.as_(None)}
        clients |= {SECRETARIAT: self._client(Role.SECRETARIAT, code), VIEWER: self._client(Role.VIEWER, code)}
        clients |= {actor: self._client(Role.FOCAL_POINT, code, agency) for agency, actor in FOCAL_POINTS.items()}
        rules = {
            "effective_on": ESTABLISHED.isoformat(), "chair_term_months": 12, "task_force_max_months": 24, "max_extensions": 2,
            "max_extension_months": 12, "plan_max_months": 48,
        }  # fmt: skip
        ok(clients[SECRETARIAT].post(f"/groups/{code}/modalities", rules))
        self.sequences += 1
        return code, clients

    def last_change(self) -> int:
        with self.make.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.max(table_of(Change).c.seq))) or 0


class Sequence:
    """A sequence of steps, each judged by the model and by the service."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.second = stage, 0
        self.group, self.clients = stage.a_group()
        self.model = PlainModel(FIRST_DAY, ESTABLISHED)
        self.told: list[str] = []
        reading = self.clients[SECRETARIAT]
        self.reader = Client(reading.portal, reading.http, Uncritical(), reading.token)  # type: ignore[arg-type]

    def tell(self, sentence: str) -> None:
        self.told.append(f"{len(self.told) + 1}. {self.model.today}: {sentence}")

    def fail(self, why: str) -> None:
        raise Divergence("\n".join([*self.told, why]))

    def read(self, path: str, **params: Any) -> Any:
        return ok(self.reader.get(path, params=params), 200)

    def go_to(self, day: date) -> None:
        self.model.today, self.second = day, 0
        self.stage.be_at(day)
        self.tell("a new day.")

    def step(
        self, actor: Actor, verb: str, path: str, judge: Any, *about: Thing, also: Json | None = None, gives: int = 200, patch: bool = False,
        **inputs: Any,
    ) -> Any:  # fmt: skip
        """Let the model and the service judge the same step, and give what it made; the two must agree, and a refusal must leave no trace."""
        self.second += 1
        self.stage.be_at(self.model.today, self.second)
        version = self._seen(path, inputs["seen"]) if patch else None
        refused, made = None, None
        try:
            made = judge(actor, *about, **inputs)
        except Refused as refusal:
            refused = refusal
        gives = 200 if isinstance(made, Thing) and made.id else gives  # it was there already
        before = self.stage.last_change()
        body = (also or {}) | {name: wire(value) for name, value in inputs.items() if name != "seen"}
        client = self.clients[actor]
        answer = client.patch(path, body, version) if patch else client.post(path, body)
        code = "" if answer.status_code < 400 else str(answer.json()["code"])
        said = f"{answer.status_code} {code}".strip()
        self.tell(f"{sentence(actor, verb, about, inputs)} → {said}.")
        wanted = (gives, {""}) if refused is None else (refused.status, refused.codes)
        if answer.status_code != wanted[0] or code not in wanted[1]:
            self.fail(f"The model says {refused or gives}; the service says {said}: {answer.json().get('detail', '')}")
        if refused and self.stage.last_change() != before:
            self.fail("It was refused, and yet the journal has grown.")
        self.stage.outcomes[verb, code] += 1
        if isinstance(made, Thing) and not made.id:
            made.id = answer.json()["id"]
        return made

    def _seen(self, path: str, seen: str) -> int | None:
        if seen == "none":
            return None
        version: int = self.read(path)["version"]
        return version - (seen == "stale")

    # The whole picture

    def compare(self, other_day: date) -> None:
        """Hold everything that the group shows against the model: today, and what follows from the day on another day too."""
        model, group = self.model, {"group": self.group, "limit": 500}
        self.stage.pictures += 1
        for day in (model.today, other_day):
            self._same(
                f"deliverables as of {day}", model.show_deliverables(day), self.read("/deliverables", **group, as_of=day.isoformat())
            )
            troika = self.read(f"/groups/{self.group}/troika", as_of=day.isoformat())
            shown = {office: troika[office] and troika[office]["id"] for office in ("outgoing", "current", "incoming")}
            if shown != model.show_troika(day) or troika["vacant"] != (shown["current"] is None):
                self.fail(f"The troika of {day}: the model has {model.show_troika(day)}, the service {shown}")
        self._same("deliverables", model.show_deliverables(model.today), self.read("/deliverables", **group))
        self._same("assignments", model.show_assignments(), self.read("/assignments", **group))
        for kind, path in (("working_group", "/working-groups"), ("task_force", "/task-forces")):
            self._same(path, model.show_bodies(kind), self.read(path, **group))
        self._same("plans", model.show_workplans(), self.read("/workplans", **group))
        self._same("streams", model.show_streams(), self.read("/streams", **group))
        self._same("memberships", model.show_members(), self.read(f"/groups/{self.group}/memberships", limit=500))
        self._same("terms", model.show_terms(), self.read("/chairmanships", **group))
        for plan in model.plans:
            found = self.read(f"/workplans/{plan.id}/baselines")["items"]
            shown_too = [
                {"revision": b["revision"], "endorsed_on": b["endorsed_on"], "promised": {i["code"]: i["due"] for i in b["items"]}}
                for b in found
            ]
            if shown_too != model.show_baselines(plan):
                self.fail(f"Baselines of {plan.code}: the model has {model.show_baselines(plan)}, the service {shown_too}")

    def _same(self, what: str, expected: Picture, page: Json) -> None:
        found = {item["id"]: item for item in page["items"]}
        if found.keys() != expected.keys():
            self.fail(f"Other {what} are listed: {found.keys() ^ expected.keys()}")
        for own, wanted in expected.items():
            item = {name: plain(found[own][name]) for name in wanted}
            item |= {"flags": sorted(item["flags"])} if "flags" in item else {}
            wrong = [
                f"{name} is {wanted[name]!r} in the model, {item[name]!r} in the service" for name in wanted if item[name] != wanted[name]
            ]
            if wrong:
                self.fail(f"{what}, {item.get('code', own)}: " + "; ".join(wrong))


def wire(value: Any) -> Any:
    """A value as a body bears it."""
    return value.id if isinstance(value, Thing) else value.isoformat() if isinstance(value, date) else value


def plain(value: Any) -> Any:
    """A value of a document as the model has it: things by id or, where they bear no id, by code; lists of names in their order."""
    if isinstance(value, dict):
        return value.get("id") or value.get("code") or value.get("value") or plain(value["agency"])
    if isinstance(value, list):
        shown = [plain(v) for v in value]
        return sorted(shown) if value and isinstance(value[0], dict) and "role" in value[0] else shown
    return value


def sentence(actor: Actor, verb: str, about: tuple[Thing, ...], inputs: Json) -> str:
    """A step in words."""
    given = [
        f"{name.replace('_', ' ')} {named(value)}" if value not in (None, []) else f"no {name.replace('_', ' ')}"
        for name, value in inputs.items()
    ]
    return f"{actor.name} {verb} {' '.join(map(named, about))}".rstrip() + (f" ({', '.join(given)})" if given else "")


def named(value: Any) -> str:
    """A thing as a reader knows it."""
    if isinstance(value, list):
        return " and ".join(map(named, value))
    if not isinstance(value, Thing):
        return str(value)
    fields = vars(value)
    if "code" in fields:
        return str(fields["code"])
    whose = " and ".join(fields["holders"]) if "holders" in fields else fields["agency"]
    what = f"{fields['role']} in {fields['deliverable'].code}" if "deliverable" in fields else fields.get("role", "term")
    return f"{whose}'s part as {what} from {fields['starts_on']}"
