"""Builders: the smallest thing of each kind that a test can stand on, made through the API as a user would make it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.access.actions import issue_token
from app.actors import Actor, Role
from app.core.dates import now
from app.core.journal import Change
from app.core.money import Rate
from app.core.work import unit_of_work
from app.fundraising.rate_actions import import_rates
from app.tables import METADATA
from tests.client import Client

Json = dict[str, Any]
ROWS = {name: f"SELECT * FROM {name}" for name in METADATA.tables if name not in ("kept_answers", "tokens")}
ROWS["changes"] += " WHERE entity <> 'token'"
INSTALLER = Actor("test", "test", recording=True)


def ok(response: httpx.Response, status: int = 201) -> Any:
    """The body of an answer that had to succeed."""
    assert response.status_code == status, f"{response.request.method} {response.request.url}: {response.status_code} {response.text[:600]}"
    return response.json()


def refused(response: httpx.Response, status: int, code: str) -> Json:
    """The problem document of an answer that had to refuse."""
    assert response.status_code == status, f"{response.status_code} {response.text[:600]}"
    assert response.headers["content-type"] == "application/problem+json"
    body: Json = response.json()
    assert body["code"] == code, body
    return body


def today() -> date:
    """Today in the group `tst`, which lives in UTC."""
    return now().date()


def day(offset: int) -> str:
    """A day so many days from today."""
    return (today() + timedelta(days=offset)).isoformat()


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let every request from here on come at this instant."""
    monkeypatch.setattr("app.core.front.now", lambda: moment)


class Make:
    """Builders bound to one service. The group is `tst`, established 2010-01-01, in UTC, unless a test asks for more."""

    def __init__(self, service: Client, engine: sa.Engine) -> None:
        self.service, self.engine = service, engine
        self._numbers = count(1)

    def token(self, role: str, group: str | None = None, agency: str | None = None, days: int = 30) -> str:
        with unit_of_work(self.engine, INSTALLER, now()) as work:
            _, secret = issue_token(work, Role(role), group=group, agency=agency, days=days)
        return secret

    @cached_property
    def administrator(self) -> Client:
        return self.service.as_(self.token("administrator"))

    @cached_property
    def secretariat(self) -> Client:
        self.group  # noqa: B018  (the token belongs to it)
        return self.service.as_(self.token("secretariat", "tst"))

    @cached_property
    def viewer(self) -> Client:
        self.group  # noqa: B018
        return self.service.as_(self.token("viewer", "tst"))

    def focal_point(self, agency: str, group: str = "tst") -> Client:
        return self.service.as_(self.token("focal_point", group, agency))

    @cached_property
    def group(self) -> Json:
        return self.a_group("tst")

    def a_group(self, code: str, **values: Any) -> Json:
        body = {"code": code, "name": f"Group {code}", "established_on": "2010-01-01"} | values
        return ok(self.administrator.post("/groups", body))  # type: ignore[no-any-return]

    def agency(self, code: str, **values: Any) -> Json:
        return ok(self.administrator.post("/agencies", {"code": code, "name": f"Agency {code}"} | values))  # type: ignore[no-any-return]

    def member(self, code: str, **values: Any) -> Json:
        """An agency that is in the group from its first day, unless told otherwise."""
        if self.administrator.get(f"/agencies/{code}").status_code == 404:
            self.agency(code)
        body = {"agency": code, "role": "member", "starts_on": "2010-01-01"} | values
        if body["starts_on"] > "2010-01-01" and body["role"] == "member":
            body.setdefault("decision", self.decision()["id"])
        return ok(self.secretariat.post("/groups/tst/members", body))  # type: ignore[no-any-return]

    def modality(self, **values: Any) -> Json:
        body = {"effective_on": "2010-01-01", "chair_term_months": 12} | values
        return ok(self.secretariat.post("/groups/tst/modalities", body))  # type: ignore[no-any-return]

    def decision(self, **values: Any) -> Json:
        body = {
            "group": "tst", "code": f"D{next(self._numbers)}", "decided_on": "2010-01-01", "level": "principals", "text": "Decided.",
        } | values  # fmt: skip
        return ok(self.secretariat.post("/decisions", body))  # type: ignore[no-any-return]

    def chair(self, *agencies: str, starts_on: str, **values: Any) -> Json:
        body = {"group": "tst", "state": "confirmed", "starts_on": starts_on, "holders": [{"agency": a} for a in agencies]} | values
        return ok(self.secretariat.post("/chairmanships", body))  # type: ignore[no-any-return]

    def journal(self) -> int:
        """How many changes the journal holds: a refused request must not add to it."""
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(Change)) or 0

    def task_force(self, code: str = "TF-1", **values: Any) -> Json:
        body = {"group": "tst", "code": code, "name": f"Task force {code}", "starts_on": "2020-01-01", "sunset_on": "2090-12-31"} | values
        return ok(self.secretariat.post("/task-forces", body))  # type: ignore[no-any-return]

    def working_group(self, code: str = "WG-1", **values: Any) -> Json:
        body = {"group": "tst", "code": code, "name": f"Working group {code}", "starts_on": "2020-01-01"} | values
        return ok(self.secretariat.post("/working-groups", body))  # type: ignore[no-any-return]

    def plan(self, code: str = "WP", **values: Any) -> Json:
        body = {"group": "tst", "code": code, "title": f"Plan {code}", "starts_on": "2020-01-01", "ends_on": "2090-12-31"} | values
        return ok(self.secretariat.post("/workplans", body))  # type: ignore[no-any-return]

    def stream(self, plan: Json | None = None, code: str = "1", **values: Any) -> Json:
        plan = plan or self.plan()
        return ok(self.secretariat.post(f"/workplans/{plan['id']}/streams", {"code": code, "title": f"Stream {code}"} | values))  # type: ignore[no-any-return]

    def deliverable(self, code: str = "D1", stream: Json | None = None, **values: Any) -> Json:
        """A deliverable; without a stream it is in the first stream of a plan of its own kind, made when needed."""
        stream = stream or self.default_stream
        return ok(self.secretariat.post("/deliverables", {"stream": stream["id"], "code": code, "title": f"Deliverable {code}"} | values))  # type: ignore[no-any-return]

    @cached_property
    def default_stream(self) -> Json:
        return self.stream()

    def asked(self, deliverable: Json, agency: str, role: str = "lead", **values: Any) -> Json:
        body = {"agency": agency, "role": role, "starts_on": "2020-01-01"} | values
        return ok(self.secretariat.post(f"/deliverables/{deliverable['id']}/assignments", body))  # type: ignore[no-any-return]

    def lead(self, deliverable: Json, agency: str, **values: Any) -> Json:
        """An accepted lead: asked, and accepted by proxy."""
        part = self.asked(deliverable, agency, **values)
        answer = {"on_behalf_of": agency, "evidence": "E-mail of 3 March"}
        return ok(self.secretariat.post(f"/assignments/{part['id']}/accept", answer), 200)  # type: ignore[no-any-return]

    def endorsed(self, plan: Json) -> Json:
        """The plan endorsed, whatever its checks warn of."""
        body = {"reason": "As it is."} | self.decided()
        return ok(self.secretariat.post(f"/workplans/{plan['id']}/endorse", body), 200)  # type: ignore[no-any-return]

    def closed(self, plan: Json) -> Json:
        """The plan closed, what was open in it cancelled before."""
        for d in self.read("/deliverables", workplan=plan["id"], status=["not_started", "in_progress", "on_hold"], limit=500)["items"]:
            ok(self.secretariat.post(f"/deliverables/{d['id']}/cancel", {"reason": "Out of time."}), 200)
        return ok(self.secretariat.post(f"/workplans/{plan['id']}/close", {"reason": "Its time is over."}), 200)  # type: ignore[no-any-return]

    def rows(self) -> dict[str, list[Any]]:
        """Every row of every table, but for tokens (made when a test first needs one) and kept replies."""
        with self.engine.connect() as connection:
            return {name: sorted(connection.exec_driver_sql(select).all(), key=str) for name, select in ROWS.items()}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing in the block changes a row of any table: what is refused leaves no trace."""
        before = self.rows()
        yield
        after = self.rows()
        assert after == before, [name for name, rows in after.items() if rows != before[name]]

    def decided(self, **values: Any) -> Json:
        """The reference to a decision, as a body bears it."""
        return {"decision": self.decision(**values)["id"]}

    def read(self, path: str, **params: Any) -> Any:
        """What the group's secretariat reads at an address."""
        return ok(self.secretariat.get(path, params=params), 200)

    def active_task_force(self, code: str = "TF-1", **values: Any) -> Json:
        force = self.task_force(code, **({"decision": self.decision()["id"]} | values))
        return ok(self.secretariat.post(f"/task-forces/{force['id']}/activate"), 200)  # type: ignore[no-any-return]

    def delivered(self, deliverable: Json, **values: Any) -> Json:
        body = {"delivered_on": "2024-05-01", "waiver": "In print only."} | values
        return ok(self.secretariat.post(f"/deliverables/{deliverable['id']}/deliver", body), 200)  # type: ignore[no-any-return]

    def project(self, code: str = "PRJ", lead: str = "LEAD", **values: Any) -> Json:
        """A project that its agency has accepted to lead; in US dollars, and of one stream unless told otherwise."""
        if self.administrator.get(f"/agencies/{lead}").status_code == 404:
            self.member(lead)
        body = {"group": "tst", "code": code, "title": f"Project {code}", "lead": lead} | values
        if "streams" not in body:
            body["streams"] = [{"stream": self.default_stream["id"], "share": "100.00"}]
        project: Json = ok(self.focal_point(lead).post("/projects", body))
        return project

    def gift(self, project: Json, amount: str | None, state: str = "pledged", **values: Any) -> Json:
        body = {"donor": "SDC", "state": state, "amount": amount, "currency": "USD"} | values
        return ok(self.secretariat.post(f"/projects/{project['id']}/contributions", body))  # type: ignore[no-any-return]

    def step(self, thing: Json, name: str, path: str = "/contributions", **body: Any) -> Json:
        """A step in the life of a contribution, or of what lives at another address."""
        return ok(self.secretariat.post(f"{path}/{thing['id']}/{name}", body), 200)  # type: ignore[no-any-return]

    def rates(self, *rows: tuple[str, str, str, str]) -> None:
        """Exchange rates: currency, base, day and rate."""
        found = [(n, Rate(currency, base, date.fromisoformat(on), rate, "a test")) for n, (currency, base, on, rate) in enumerate(rows)]
        with unit_of_work(self.engine, INSTALLER, now()) as work:
            import_rates(work, found)

    def by_proxy(self, agency: str) -> Json:
        return {"on_behalf_of": agency, "evidence": "E-mail of 3 March"}
