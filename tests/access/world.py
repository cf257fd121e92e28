"""One of everything in a group, everybody who may ask, and for each operation a request that would succeed.

`rehearsing()` lets an action run to its end and takes everything back: its answer then is 409 `rehearsed`, and the same world
serves the next request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.core import journal
from app.core.errors import Conflict
from tests.access.calls import Call, calls_of
from tests.client import Client
from tests.make import Json, Make, day, ok

ACTIVATED = {"amend_working_group", "amend_task_force", "amend_group"}
"""Their things have changed once since they were made."""

UNBEGUN = {"amend_hand_over"}
"""Their things are not there yet, and have the version 0."""


class Rehearsed(Conflict):
    message = "This would have succeeded."


@contextmanager
def rehearsing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every write runs wholly, writes its journal, and is taken back just before its commit."""
    written = journal.write

    def write(session: Any) -> None:
        written(session)
        raise Rehearsed

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write", write)
        yield


class Unjudged:
    """In place of the OpenAPI document: `rehearsed` is not in it."""

    def check(self, request: httpx.Request, response: httpx.Response) -> None:
        pass


@dataclass
class World:
    """The things, the people and the requests of one test."""

    make: Make
    things: dict[str, Json]
    actors: dict[str, Client]
    calls: dict[str, Call]

    def send(self, actor: str, operation: str, **options: Any) -> httpx.Response:
        """Send the request of an operation as an actor, with the present version where it needs one."""
        method, path, body = self.calls[operation]
        if method == "PATCH":
            options.setdefault("headers", {"if-match": '"2"' if operation in ACTIVATED else '"0"' if operation in UNBEGUN else '"1"'})
        if method != "GET":
            options["json"] = body or {}
        return self.actors[actor].request(method, path, **options)


def build(make: Make) -> World:
    """OWN leads, CHAIR chairs the group and OUT will in ten days, BODY chairs the bodies, OUT is a mere member; OWN is asked for another part."""
    things = _things(make)
    return World(make, things, _actors(make), calls_of(make, things))


def _actors(make: Make) -> dict[str, Client]:
    make.a_group("oth")
    tokens = {
        "viewer": ("viewer", "tst", None),
        "focal": ("focal_point", "tst", "OUT"),
        "own": ("focal_point", "tst", "OWN"),
        "chair": ("focal_point", "tst", "CHAIR"),
        "body": ("focal_point", "tst", "BODY"),
        "secretariat": ("secretariat", "tst", None),
        "group_administrator": ("administrator", "tst", None),
        "administrator": ("administrator", None, None),
        "other_viewer": ("viewer", "oth", None),
        "other_secretariat": ("secretariat", "oth", None),
    }
    found = {name: make.service.as_(make.token(*scope)) for name, scope in tokens.items()}
    found["anonymous"] = make.service
    return {name: Client(c.portal, c.http, Unjudged(), c.token) for name, c in found.items()}  # type: ignore[arg-type]


def _things(make: Make) -> dict[str, Json]:
    found: dict[str, Json] = {"group": make.group, "modality": make.modality(), "decision": make.decision()}
    for code in ("OWN", "CHAIR", "BODY", "OUT"):
        make.agency(code, iati_ref=f"XX-1-{code}")
        found[code] = make.member(code)
    make.agency("NEW")
    chair, decision = make.secretariat, found["decision"]["id"]
    found["person"] = ok(make.administrator.post("/people", {"name": "A Person", "agency": "OWN"}))
    appointment = {"group": "tst", "person": found["person"]["id"], "agency": "OWN", "role": "focal_point", "starts_on": "2020-01-01"}
    found["appointment"] = ok(chair.post("/appointments", appointment))
    point = {"group": "tst", "agency": "OWN", "text": "Circulate the outline.", "asked_on": "2020-01-01"}
    found["point"], found["cancelled point"] = (ok(chair.post("/action-points", point)) for _ in range(2))
    ok(chair.post(f"/action-points/{found['cancelled point']['id']}/cancel", {"reason": "Never."}), 200)
    silence = {"group": "tst", "code": "S", "text": "We agree.", "deadline": day(9)}
    found["silence"] = ok(chair.post("/silence-procedures", silence))
    broken = {"agency": "OWN", "reason": "Not like this.", "evidence": "E-mail of 3 March"}
    found["hit"] = ok(chair.post("/silence-procedures", silence | {"code": "H"}))
    found["objection"] = ok(chair.post(f"/decisions/{found['hit']['id']}/objections", broken))
    found["former"] = make.chair("OWN", starts_on="2018-01-01", ends_on="2019-12-31", note="Long.")
    found["term"] = make.chair("CHAIR", starts_on="2020-01-01", ends_on=day(10), note="Long.")
    make.chair("OUT", starts_on=day(11), ends_on=day(400), note="Long.")
    ok(chair.post(f"/chairmanships/{found['former']['id']}/hand-over/submit"), 200)
    found["nominated"] = make.chair("OUT", starts_on="2199-01-01", state="nominated")
    found["working-groups/idle"] = make.working_group("WG-IDLE")
    idle = {"agency": "BODY", "role": "chair", "starts_on": "2020-01-01"}
    ok(chair.post(f"/working-groups/{found['working-groups/idle']['id']}/participations", idle))
    for kind, made in (("working-groups", make.working_group("WG")), ("task-forces", make.task_force("TF", decision=decision))):
        found[kind] = made
        found[f"{kind}/part"] = ok(chair.post(f"/{kind}/{made['id']}/participations", idle))
    body = {
        "group": "tst",
        "code": "SEC",
        "name": "S",
        "starts_on": "2020-01-01",
        "sunset_on": "2090-12-31",
        "decision": decision,
        "host": "BODY",
    }
    found["secretariats"] = ok(chair.post("/secretariats", body))
    found["secretariats/part"] = ok(chair.post(f"/secretariats/{found['secretariats']['id']}/participations", idle))
    seconded = {"person": found["person"]["id"], "agency": "OWN", "starts_on": "2020-01-01"}
    found["secondment"] = ok(chair.post(f"/secretariats/{found['secretariats']['id']}/staff", seconded))
    ok(chair.post(f"/working-groups/{found['working-groups']['id']}/activate"), 200)
    ok(chair.post(f"/task-forces/{found['task-forces']['id']}/activate"), 200)
    found["empty"] = make.plan("EMPTY", starts_on="2012-01-01", ends_on="2013-12-31")
    for kind in ("task-forces", "secretariats"):
        mortal = {
            "group": "tst",
            "code": f"PAST-{kind}",
            "name": "P",
            "starts_on": "2020-01-01",
            "sunset_on": "2090-12-31",
            "decision": decision,
        }
        found[f"{kind}/past"] = ok(chair.post(f"/{kind}", mortal))
        there = f"/{kind}/{found[f'{kind}/past']['id']}"
        ok(chair.post(f"{there}/participations", idle))
        ok(chair.post(f"{there}/shorten", {"sunset_on": "2021-12-31", "decision": decision, "reason": "Its time was up."}), 200)
    found["plan"] = make.plan("P")
    found["stream"] = make.stream(found["plan"], body=found["working-groups"]["id"])
    for name in ("idle", "going", "held", "cancelled"):
        found[name] = make.deliverable(name, found["stream"], due="2080")
        make.lead(found[name], "OWN")
    ok(chair.post(f"/deliverables/{found['going']['id']}/start"), 200)
    ok(chair.post(f"/deliverables/{found['held']['id']}/hold", {"reason": "Later."}), 200)
    ok(chair.post(f"/deliverables/{found['cancelled']['id']}/cancel", {"reason": "Never."}), 200)
    found["asked"] = make.asked(found["going"], "OWN", "contributor", starts_on="2090-01-01")
    meeting = {"group": "tst", "level": "body", "title": "Meeting", "starts_on": "2024-06-03", "body": found["working-groups"]["id"]}
    found["meeting"] = ok(chair.post("/meetings", meeting))
    found["item"] = ok(chair.post(f"/meetings/{found['meeting']['id']}/items", {"title": "Calendar"}))
    point = {"agency": "OWN", "text": "Circulate the minutes.", "asked_on": "2020-01-01"}
    ok(chair.post(f"/meetings/{found['meeting']['id']}/action-points", point))
    ok(chair.post(f"/meetings/{found['meeting']['id']}/decisions", {"code": "TAKEN", "text": "We agree."}))
    came = {"agency": "OWN", "presence": "present"}
    found["attendance"] = ok(chair.post(f"/meetings/{found['meeting']['id']}/attendances", came))
    found["milestone"] = ok(chair.post(f"/deliverables/{found['idle']['id']}/milestones", {"title": "Half of it", "due": "2070"}))
    waits = {"waits_for": found["going"]["id"]}
    found["dependency"] = ok(chair.post(f"/deliverables/{found['idle']['id']}/dependencies", waits))
    ok(chair.patch("/groups/tst", {"updates": "reviewed"}, version=1), 200)
    own, reports = make.focal_point("OWN"), f"/deliverables/{found['going']['id']}/updates"
    found["draft"], found["update"] = (ok(own.post(reports, {"percent": n})) for n in (10, 20))
    ok(own.post(f"/updates/{found['update']['id']}/submit"), 200)
    project = {
        "group": "tst",
        "code": "PRJ",
        "title": "Project",
        "lead": "OWN",
        "partners": ["OUT"],
        "countries": ["BD", "JM"],
        "budget": "1000.00",
        "starts_on": "2024-01-01",
        "visibility": "public",
    }
    shares = [{"stream": found["stream"]["id"], "share": "100.00"}]
    found["project"] = ok(chair.post("/projects", project | {"streams": shares}))
    parts = ok(chair.get(f"/projects/{found['project']['id']}/assignments"), 200)["items"]
    leading, found["project/part"] = ({p["role"]: p for p in parts}[role] for role in ("lead", "partner"))
    ok(chair.post(f"/projects/{found['project']['id']}/assignments/{leading['id']}/accept", make.by_proxy("OWN")), 200)
    found["project/asked"] = ok(chair.post(f"/projects/{found['project']['id']}/assignments", {"agency": "OWN", "role": "partner"}))
    found["target"] = ok(chair.post("/projects", project | {"code": "PRJ-2", "partners": [], "countries": []}))
    (asked,) = ok(chair.get(f"/projects/{found['target']['id']}/assignments"), 200)["items"]
    ok(chair.post(f"/projects/{found['target']['id']}/assignments/{asked['id']}/accept", make.by_proxy("OWN")), 200)
    found["country_team"] = ok(chair.post("/country-teams", {"group": "tst", "country": "BD", "name": "Team"}))
    found["consultation"] = ok(chair.post(f"/projects/{found['project']['id']}/consultations", {"country": "JM"}))
    found["donor"] = ok(chair.post("/donors", {"group": "tst", "code": "SDC", "name": "Donor"}))
    gift = {"donor": "SDC", "amount": "100.00", "currency": "USD"}
    found["contribution"] = ok(chair.post(f"/projects/{found['project']['id']}/contributions", gift))
    found["given"] = ok(chair.post(f"/projects/{found['project']['id']}/contributions", gift | {"state": "received"}))
    found["given"] = ok(chair.post(f"/contributions/{found['given']['id']}/reports", {"label": "First", "due_on": "2030-01-01"}), 200)
    for giving, having in (("project", "target"), ("target", "project")):
        ok(chair.post(f"/projects/{found[giving]['id']}/pass-on", {"to": found[having]["id"], "amount": "1.00", "reason": "So."}))
    make.rates(("EUR", "USD", "2020-01-01", "0.9"))
    found["endorsed"] = make.plan("E", starts_on="2010-01-01", ends_on="2011-12-31")
    make.endorsed(found["endorsed"])
    return found
