"""One thing of every kind in a group, and what a well-formed request to each writing operation looks like."""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from app.core import openapi
from tests.client import Client
from tests.make import Json, Make, day, ok

PLACES = {
    "groups": "group", "agencies": "agency", "people": "person", "decisions": "decision", "chairmanships": "chairmanship", "memberships": "membership",
    "members": "membership", "appointments": "appointment", "modalities": "modality", "working-groups": "working_group", "task-forces": "task_force",
    "secretariats": "secretariat", "workplans": "workplan", "streams": "stream", "deliverables": "deliverable", "assignments": "assignment",
    "action-points": "action_point", "meetings": "meeting",
    "updates": "update", "milestones": "milestone", "dependencies": "dependency",
    "projects": "project", "consultations": "consultation", "country-teams": "country_team", "donors": "donor", "contributions": "contribution",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """A writing operation with its address and the example that the OpenAPI document gives for its body."""

    name: str
    method: str
    path: str
    example: Json
    fields: frozenset[str]

    def at(self, world: dict[str, str]) -> str:
        """Its address for the things of a world."""

        def fill(found: re.Match[str]) -> str:
            name = found[2]
            kind = (
                PLACES[found[1]]
                if name in ("id", "code", "name")
                else {"participation": f"{PLACES[self.path.split('/')[3]]}_part"}.get(name, name)
            )
            return f"{found[1]}/{world[kind]}"

        return re.sub(r"([\w-]+)/{(\w+)}", fill, self.path)


def operations(app: FastAPI) -> list[Operation]:
    """Every POST and PATCH of the document."""
    spec, found = openapi.build(app), []
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if method in ("post", "patch"):
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                schema = content.get("schema", {})
                named = spec["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
                fields = frozenset(named.get("properties", {}))
                found.append(Operation(operation["operationId"], method.upper(), path, content.get("example", {}), fields))
    return found


def world(make: Make, group: str = "tst") -> dict[str, str]:
    """The id of one thing of every kind in a group of its own."""
    admin = make.administrator
    assert make.group["code"] == "tst"
    if group != "tst":
        make.a_group(group)
    client = make.service.as_(make.token("secretariat", group))
    code = f"AG-{group}"
    agency, person = make.agency(code), ok(admin.post("/people", {"name": f"Person of {group}", "agency": code}))

    def post(path: str, status: int = 201, **body: Any) -> str:
        return str(ok(client.post(path, body), status)["id"])

    at = {"group": group, "agency": agency["code"], "person": person["id"]}
    at["decision"] = post("/decisions", group=group, code="1", decided_on="2020-01-01", level="principals", text="Yes.")
    at["modality"] = post(f"/groups/{group}/modalities", effective_on="2010-01-01", chair_term_months=12)
    at["membership"] = post(f"/groups/{group}/members", agency=code, role="member", starts_on="2010-01-01")
    at["appointment"] = post("/appointments", group=group, person=at["person"], agency=code, role="focal_point", starts_on="2020-01-01")
    at["silence"] = post("/silence-procedures", group=group, code="S", text="We agree.", deadline=day(9))
    at["objection"] = post(f"/decisions/{at['silence']}/objections", agency=code, reason="Not like this.", evidence="E-mail")
    at["meeting"] = post("/meetings", group=group, level="technical", title="Meeting", starts_on=day(0))
    at["item"] = post(f"/meetings/{at['meeting']}/items", title="Calendar")
    at["attendance"] = post(f"/meetings/{at['meeting']}/attendances", agency=code, presence="present")
    at["action_point"] = post("/action-points", group=group, agency=code, text="Circulate it.")
    at["chairmanship"] = post("/chairmanships", group=group, starts_on="2020-01-01", state="nominated", holders=[{"agency": code}])
    sunset = {"sunset_on": day(300), "decision": at["decision"]}
    for kind, values in (("working-groups", {}), ("task-forces", sunset), ("secretariats", sunset)):
        name = PLACES[kind]
        at[name] = post(f"/{kind}", group=group, code=f"B {kind}", name="Body", **values)
        at[f"{name}_part"] = post(f"/{kind}/{at[name]}/participations", agency=code)
    at["secondment"] = post(f"/secretariats/{at['secretariat']}/staff", person=at["person"], agency=code)
    at["workplan"] = post("/workplans", group=group, code="P", title="Plan", starts_on="2020-01-01", ends_on="2090-12-31")
    at["stream"] = post(f"/workplans/{at['workplan']}/streams", code="1", title="Stream")
    at["deliverable"] = post("/deliverables", stream=at["stream"], code="D1", title="Deliverable", due="2090")
    at["assignment"] = post(f"/deliverables/{at['deliverable']}/assignments", agency=code, role="lead")
    at["update"] = post(f"/deliverables/{at['deliverable']}/updates", narrative="Begun.")
    at["milestone"] = post(f"/deliverables/{at['deliverable']}/milestones", title="Half of it")
    other = post("/deliverables", stream=at["stream"], code="D2", title="Another", due="2090")
    at["dependency"] = post(f"/deliverables/{at['deliverable']}/dependencies", waits_for=other)
    at["project"] = post(
        "/projects",
        group=group,
        code="PRJ",
        title="Project",
        lead=code,
        streams=[{"stream": at["stream"], "share": "100"}],
        countries=["BD", "JM"],
        budget="1000.00",
    )
    at["part"] = str(ok(client.get(f"/projects/{at['project']}/assignments"), 200)["items"][0]["id"])
    at["other_project"] = post("/projects", group=group, code="PRJ-2", title="Project", lead=code)
    at["country_team"] = post("/country-teams", group=group, country="BD", name="Team")
    at["consultation"] = post(f"/projects/{at['project']}/consultations", country="JM")
    at["donor"] = post("/donors", group=group, code="SDC", name="Donor")
    at["contribution"] = post(f"/projects/{at['project']}/contributions", donor="SDC", amount="100.00", currency="USD")
    came = ok(client.post(f"/contributions/{at['contribution']}/receive", {"amount": "1.00"}), 200)
    at["instalment"] = came["instalments"][0]["id"]
    reported = ok(client.post(f"/contributions/{at['contribution']}/reports", {"label": "First", "due_on": "2030-01-01"}), 200)
    at["report"] = reported["reports"][0]["id"]
    return at


def send(client: Client, operation: Operation, address: str, body: Json, version: int = 1) -> Any:
    headers = {"if-match": f'"{version}"'} if operation.method == "PATCH" else {}
    return client.request(operation.method, address, json=body, headers=headers)
