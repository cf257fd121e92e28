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
from app.core.pages import asset
from tests.client import Client
from tests.make import Json, Make, day, ok

Call = tuple[str, str, Json | None]
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
    return World(make, things, _actors(make), _calls(make, things))


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


def _calls(make: Make, things: dict[str, Json]) -> dict[str, Call]:
    def at(name: str) -> str:
        return str(things[name]["id"])

    why, decision = {"reason": "So."}, at("decision")
    project, given = f"/projects/{at('project')}", f"/contributions/{at('given')}"
    composed: Json = {"streams": [{"stream": at("stream"), "share": "100.00"}], "budget_lines": [{"label": "All", "amount": "1000.00"}]}
    term = {"group": "tst", "starts_on": "2015-01-01", "holders": [{"agency": "OUT"}]}
    calls: dict[str, Call] = {
        "get_me": ("GET", "/me", None),
        "list_groups": ("GET", "/groups", None),
        "get_group": ("GET", "/groups/tst", None),
        "establish_group": ("POST", "/groups", {"code": "new", "name": "N", "established_on": "2020-01-01"}),
        "amend_group": ("PATCH", "/groups/tst", {"mandate": "Anew."}),
        "list_agencies": ("GET", "/agencies", None),
        "get_agency": ("GET", "/agencies/OWN", None),
        "add_agency": ("POST", "/agencies", {"code": "NEWER", "name": "Newer"}),
        "amend_agency": ("PATCH", "/agencies/OWN", {"name": "Anew"}),
        "list_people": ("GET", "/people", None),
        "get_person": ("GET", f"/people/{at('person')}", None),
        "add_person": ("POST", "/people", {"name": "B", "agency": "OWN"}),
        "amend_person": ("PATCH", f"/people/{at('person')}", {"name": "C"}),
        "list_decisions": ("GET", "/decisions", None),
        "get_decision": ("GET", f"/decisions/{decision}", None),
        "record_decision": (
            "POST",
            "/decisions",
            {"group": "tst", "code": "N", "decided_on": "2020-01-01", "level": "technical", "text": "So."},
        ),
        "amend_decision": ("PATCH", f"/decisions/{decision}", {"place": "Geneva"}),
        "circulate_decision": ("POST", "/silence-procedures", {"group": "tst", "code": "N", "text": "So.", "deadline": day(9)}),
        "withdraw_decision": ("POST", f"/decisions/{at('silence')}/withdraw", why),
        "list_objections": ("GET", f"/decisions/{at('hit')}/objections", None),
        "raise_objection": ("POST", f"/decisions/{at('silence')}/objections", why | {"agency": "OWN", "evidence": "E-mail"}),
        "withdraw_objection": ("POST", f"/decisions/{at('hit')}/objections/{at('objection')}/withdraw", why | {"evidence": "E-mail"}),
        "list_action_points": ("GET", "/action-points", None),
        "get_action_point": ("GET", f"/action-points/{at('point')}", None),
        "record_action_point": ("POST", "/action-points", {"group": "tst", "agency": "OWN", "text": "So."}),
        "amend_action_point": ("PATCH", f"/action-points/{at('point')}", {"text": "Anew."}),
        "complete_action_point": ("POST", f"/action-points/{at('point')}/complete", None),
        "cancel_action_point": ("POST", f"/action-points/{at('point')}/cancel", why),
        "reopen_action_point": ("POST", f"/action-points/{at('cancelled point')}/reopen", why),
        "list_modalities": ("GET", "/groups/tst/modalities", None),
        "get_modality": ("GET", f"/groups/tst/modalities/{at('modality')}", None),
        "adopt_modality": ("POST", "/groups/tst/modalities", {"effective_on": "2150-01-01", "chair_term_months": 6, "decision": decision}),
        "list_members": ("GET", "/groups/tst/members", None),
        "list_memberships": ("GET", "/groups/tst/memberships", None),
        "get_membership": ("GET", f"/groups/tst/members/{at('OUT')}", None),
        "admit_member": ("POST", "/groups/tst/members", {"agency": "NEW", "role": "observer", "starts_on": "2020-01-01"}),
        "amend_membership": ("PATCH", f"/groups/tst/members/{at('OWN')}", {"note": "So."}),
        "list_appointments": ("GET", "/appointments", None),
        "get_appointment": ("GET", f"/appointments/{at('appointment')}", None),
        "appoint_person": ("POST", "/appointments", {"group": "tst", "person": at("person"), "agency": "OWN", "role": "alternate"}),
        "amend_appointment": ("PATCH", f"/appointments/{at('appointment')}", {"note": "So."}),
        "get_chair": ("GET", "/groups/tst/chair", None),
        "get_troika": ("GET", "/groups/tst/troika", None),
        "get_rotation": ("GET", "/groups/tst/rotation", None),
        "list_chairmanships": ("GET", "/chairmanships", None),
        "get_chairmanship": ("GET", f"/chairmanships/{at('term')}", None),
        "nominate_chair": ("POST", "/chairmanships", term),
        "amend_chairmanship": ("PATCH", f"/chairmanships/{at('term')}", {"theme": "So"}),
        "confirm_chair": ("POST", f"/chairmanships/{at('nominated')}/confirm", None),
        "cancel_chair": ("POST", f"/chairmanships/{at('nominated')}/cancel", why),
        "list_hand_overs": ("GET", "/hand-overs", None),
        "get_hand_over": ("GET", f"/chairmanships/{at('former')}/hand-over", None),
        "amend_hand_over": ("PATCH", f"/chairmanships/{at('term')}/hand-over", {"note": "So."}),
        "submit_hand_over": ("POST", f"/chairmanships/{at('term')}/hand-over/submit", None),
        "withdraw_hand_over": ("POST", f"/chairmanships/{at('term')}/hand-over/withdraw", why),
        "accept_hand_over": ("POST", f"/chairmanships/{at('former')}/hand-over/accept", None),
        "list_workplans": ("GET", "/workplans", None),
        "get_workplan": ("GET", f"/workplans/{at('plan')}", None),
        "draft_workplan": (
            "POST",
            "/workplans",
            {"group": "tst", "code": "N", "title": "N", "starts_on": "2030-01-01", "ends_on": "2031-12-31"},
        ),
        "amend_workplan": ("PATCH", f"/workplans/{at('plan')}", {"title": "Anew"}),
        "circulate_workplan": ("POST", f"/workplans/{at('plan')}/circulate", None),
        "endorse_workplan": ("POST", f"/workplans/{at('plan')}/endorse", why | {"decision": decision}),
        "revise_workplan": ("POST", f"/workplans/{at('endorsed')}/revise", why | {"decision": decision}),
        "close_workplan": ("POST", f"/workplans/{at('empty')}/close", why),
        "get_workplan_checklist": ("GET", f"/workplans/{at('plan')}/checklist", None),
        "lapse_task_force": ("POST", f"/task-forces/{at('task-forces/past')}/lapse", None),
        "lapse_secretariat": ("POST", f"/secretariats/{at('secretariats/past')}/lapse", None),
        "get_checks": ("GET", f"/workplans/{at('plan')}/checks", None),
        "compare_workplan": ("GET", f"/workplans/{at('endorsed')}/compare", None),
        "list_baselines": ("GET", f"/workplans/{at('endorsed')}/baselines", None),
        "list_streams": ("GET", "/streams", None),
        "list_streams_of_workplan": ("GET", f"/workplans/{at('plan')}/streams", None),
        "get_stream": ("GET", f"/streams/{at('stream')}", None),
        "add_stream": ("POST", f"/workplans/{at('plan')}/streams", {"code": "N", "title": "N"}),
        "amend_stream": ("PATCH", f"/streams/{at('stream')}", {"title": "Anew"}),
        "list_deliverables": ("GET", "/deliverables", None),
        "get_deliverable": ("GET", f"/deliverables/{at('idle')}", None),
        "add_deliverable": ("POST", "/deliverables", {"stream": at("stream"), "code": "N", "title": "N"}),
        "amend_deliverable": ("PATCH", f"/deliverables/{at('idle')}", {"title": "Anew"}),
        "start_deliverable": ("POST", f"/deliverables/{at('idle')}/start", None),
        "deliver_deliverable": ("POST", f"/deliverables/{at('idle')}/deliver", {"waiver": "Spoken."}),
        "hold_deliverable": ("POST", f"/deliverables/{at('idle')}/hold", why),
        "resume_deliverable": ("POST", f"/deliverables/{at('held')}/resume", None),
        "cancel_deliverable": ("POST", f"/deliverables/{at('idle')}/cancel", why),
        "supersede_deliverable": ("POST", f"/deliverables/{at('idle')}/supersede", why),
        "reopen_deliverable": ("POST", f"/deliverables/{at('cancelled')}/reopen", why),
        "confirm_deliverable": ("POST", f"/deliverables/{at('idle')}/confirm", None),
        "carry_over_deliverable": ("POST", f"/deliverables/{at('idle')}/carry-over", why | {"kind": "dropped"}),
        "get_lineage": ("GET", f"/deliverables/{at('idle')}/lineage", None),
        "list_assignments": ("GET", "/assignments", None),
        "list_my_assignments": ("GET", "/me/assignments", None),
        "get_assignment": ("GET", f"/assignments/{at('asked')}", None),
        "list_assignments_of_deliverable": ("GET", f"/deliverables/{at('idle')}/assignments", None),
        "propose_assignment": ("POST", f"/deliverables/{at('idle')}/assignments", {"agency": "OUT", "role": "co_lead"}),
        "amend_assignment": ("PATCH", f"/assignments/{at('asked')}", {"answer_by": "2090-01-01"}),
        "accept_assignment": ("POST", f"/assignments/{at('asked')}/accept", None),
        "decline_assignment": ("POST", f"/assignments/{at('asked')}/decline", {"reason": "capacity"}),
        "end_assignment": ("POST", f"/assignments/{at('asked')}/end", why | {"ends_on": "2090-02-01"}),
        "transfer_assignment": ("POST", f"/assignments/{at('asked')}/transfer", why | {"agency": "OUT"}),
        "list_orphans_of_membership": ("GET", f"/groups/tst/members/{at('OWN')}/orphans", None),
        "list_orphans_of_appointment": ("GET", f"/appointments/{at('appointment')}/orphans", None),
        "list_all_updates": ("GET", "/updates", None),
        "get_update": ("GET", f"/updates/{at('update')}", None),
        "amend_update": ("PATCH", f"/updates/{at('draft')}", {"percent": 11}),
        "submit_update": ("POST", f"/updates/{at('draft')}/submit", None),
        "accept_update": ("POST", f"/updates/{at('update')}/accept", None),
        "return_update": ("POST", f"/updates/{at('update')}/return", {"note": "More."}),
        "list_milestones": ("GET", "/milestones", None),
        "list_milestones_of_deliverable": ("GET", f"/deliverables/{at('idle')}/milestones", None),
        "get_milestone": ("GET", f"/milestones/{at('milestone')}", None),
        "add_milestone": ("POST", f"/deliverables/{at('idle')}/milestones", {"title": "N"}),
        "amend_milestone": ("PATCH", f"/milestones/{at('milestone')}", {"title": "Anew"}),
        "reach_milestone": ("POST", f"/milestones/{at('milestone')}/reach", None),
        "withdraw_milestone": ("POST", f"/milestones/{at('milestone')}/withdraw", why),
        "reopen_milestone": ("POST", f"/milestones/{at('milestone')}/reopen", why),
        "list_dependencies": ("GET", f"/deliverables/{at('idle')}/dependencies", None),
        "list_dependents": ("GET", f"/deliverables/{at('going')}/dependents", None),
        "get_dependency": ("GET", f"/dependencies/{at('dependency')}", None),
        "add_dependency": ("POST", f"/deliverables/{at('held')}/dependencies", {"waits_for": at("idle")}),
        "end_dependency": ("POST", f"/dependencies/{at('dependency')}/end", why),
        "list_updates": ("GET", f"/deliverables/{at('idle')}/updates", None),
        "post_update": ("POST", f"/deliverables/{at('going')}/updates", {"percent": 50}),
        "list_meetings": ("GET", "/meetings", None),
        "get_meeting": ("GET", f"/meetings/{at('meeting')}", None),
        "get_agenda": ("GET", f"/meetings/{at('meeting')}/agenda", None),
        "call_meeting": (
            "POST",
            "/meetings",
            {"group": "tst", "level": "body", "title": "N", "starts_on": day(9), "body": at("working-groups")},
        ),
        "amend_meeting": ("PATCH", f"/meetings/{at('meeting')}", {"minutes": "# Anew"}),
        "hold_meeting": ("POST", f"/meetings/{at('meeting')}/hold", None),
        "cancel_meeting": ("POST", f"/meetings/{at('meeting')}/cancel", why),
        "add_agenda_item": ("POST", f"/meetings/{at('meeting')}/items", {"title": "N"}),
        "amend_agenda_item": ("PATCH", f"/meetings/{at('meeting')}/items/{at('item')}", {"title": "N"}),
        "withdraw_agenda_item": ("POST", f"/meetings/{at('meeting')}/items/{at('item')}/withdraw", None),
        "list_attendances": ("GET", f"/meetings/{at('meeting')}/attendances", None),
        "record_attendance": ("POST", f"/meetings/{at('meeting')}/attendances", {"agency": "OUT", "presence": "excused"}),
        "amend_attendance": ("PATCH", f"/meetings/{at('meeting')}/attendances/{at('attendance')}", {"presence": "absent"}),
        "list_decisions_of_meeting": ("GET", f"/meetings/{at('meeting')}/decisions", None),
        "decide_at_meeting": ("POST", f"/meetings/{at('meeting')}/decisions", {"code": "M", "text": "So."}),
        "list_action_points_of_meeting": ("GET", f"/meetings/{at('meeting')}/action-points", None),
        "ask_at_meeting": ("POST", f"/meetings/{at('meeting')}/action-points", {"agency": "OWN", "text": "So."}),
        "attach_outcome": ("POST", f"/meetings/{at('meeting')}/outcomes", {"action_point": at("point")}),
        "get_meeting_history": ("GET", f"/meetings/{at('meeting')}/history", None),
        "get_decision_history": ("GET", f"/decisions/{decision}/history", None),
        "list_projects": ("GET", "/projects", None),
        "get_project": ("GET", project, None),
        "propose_project": ("POST", "/projects", {"group": "tst", "code": "N", "title": "N", "lead": "OWN"} | composed),
        "amend_project": ("PATCH", project, {"title": "Anew"} | composed),
        "advance_project": ("POST", f"{project}/advance", {"to": "concept"}),
        "list_parts": ("GET", "/project-parts", None),
        "list_parts_of_project": ("GET", f"{project}/assignments", None),
        "get_part": ("GET", f"{project}/assignments/{at('project/asked')}", None),
        "propose_part": ("POST", f"{project}/assignments", {"agency": "BODY", "role": "partner"}),
        "accept_part": ("POST", f"{project}/assignments/{at('project/asked')}/accept", None),
        "decline_part": ("POST", f"{project}/assignments/{at('project/asked')}/decline", {"reason": "capacity"}),
        "end_part": ("POST", f"{project}/assignments/{at('project/asked')}/end", why),
        "list_consultations": ("GET", "/consultations", None),
        "list_consultations_of_project": ("GET", f"{project}/consultations", None),
        "get_consultation": ("GET", f"/consultations/{at('consultation')}", None),
        "record_consultation": ("POST", f"{project}/consultations", {"country": "BD"}),
        "amend_consultation": ("PATCH", f"/consultations/{at('consultation')}", {"outcome": "comments"}),
        "list_country_teams": ("GET", "/country-teams", None),
        "get_country_team": ("GET", f"/country-teams/{at('country_team')}", None),
        "add_country_team": ("POST", "/country-teams", {"group": "tst", "country": "JM", "name": "Team"}),
        "amend_country_team": ("PATCH", f"/country-teams/{at('country_team')}", {"name": "Anew"}),
        "list_donors": ("GET", "/donors", None),
        "get_donor": ("GET", f"/donors/{at('donor')}", None),
        "add_donor": ("POST", "/donors", {"group": "tst", "code": "EC", "name": "Commission"}),
        "amend_donor": ("PATCH", f"/donors/{at('donor')}", {"name": "Anew"}),
        "list_contributions": ("GET", "/contributions", None),
        "list_contributions_of_project": ("GET", f"{project}/contributions", None),
        "get_contribution": ("GET", f"/contributions/{at('contribution')}", None),
        "pledge_contribution": ("POST", f"{project}/contributions", {"donor": "SDC", "amount": "5.00", "currency": "USD"}),
        "amend_contribution": ("PATCH", f"/contributions/{at('contribution')}", {"note": "So."}),
        "commit_contribution": ("POST", f"/contributions/{at('contribution')}/commit", None),
        "receive_contribution": ("POST", f"/contributions/{at('contribution')}/receive", {"amount": "5.00"}),
        "cancel_contribution": ("POST", f"/contributions/{at('contribution')}/cancel", why),
        "reverse_instalment": ("POST", f"{given}/instalments/{things['given']['instalments'][0]['id']}/reverse", why),
        "schedule_report": ("POST", f"{given}/reports", {"label": "R", "due_on": "2030-01-01"}),
        "submit_report": ("POST", f"{given}/reports/{things['given']['reports'][0]['id']}/submit", None),
        "list_passings": ("GET", f"{project}/passings", None),
        "pass_on_funds": ("POST", f"{project}/pass-on", why | {"to": at("target"), "amount": "10.00"}),
        "list_rates": ("GET", "/rates", None),
        "get_project_iati": ("GET", f"{project}/iati", None),
        "get_group_iati": ("GET", "/groups/tst/iati", None),
        "get_project_funding": ("GET", f"{project}/funding", None),
        "get_workplan_funding": ("GET", f"/workplans/{at('plan')}/funding", None),
        "get_funnel": ("GET", "/groups/tst/funnel", None),
        "get_project_history": ("GET", f"{project}/history", None),
        "list_changes": ("GET", "/changes", None),
        "get_load": ("GET", "/groups/tst/load", None),
        "get_outlook": ("GET", "/groups/tst/outlook", None),
        "get_stats": ("GET", "/stats", None),
        "get_deliverable_history": ("GET", f"/deliverables/{at('idle')}/history", None),
        "get_assignment_history": ("GET", f"/assignments/{at('asked')}/history", None),
        "get_workplan_history": ("GET", f"/workplans/{at('plan')}/history", None),
        "get_chairmanship_history": ("GET", f"/chairmanships/{at('term')}/history", None),
        "get_group_history": ("GET", "/groups/tst/history", None),
        "get_codes": ("GET", "/meta/codes", None),
        "get_limits": ("GET", "/meta/limits", None),
        "get_health": ("GET", "/healthz", None),
        "get_readiness": ("GET", "/readyz", None),
        "show_landing": ("GET", "/", None),
        "show_reference": ("GET", "/api", None),
        "show_openapi": ("GET", "/openapi.json", None),
        "show_static": ("GET", asset("style.css"), None),
    }
    for kind, name in (("working-groups", "working_group"), ("task-forces", "task_force"), ("secretariats", "secretariat")):
        calls |= _body_calls(kind, name, at(kind), at(f"{kind}/part"), decision)
    calls["close_working_group"] = ("POST", f"/working-groups/{at('working-groups/idle')}/close", {"outcome": "Done."})
    secretariat = f"/secretariats/{at('secretariats')}"
    calls |= {
        "list_staff": ("GET", f"{secretariat}/staff", None),
        "second_staff": ("POST", f"{secretariat}/staff", {"person": at("person"), "agency": "OUT"}),
        "amend_secondment": ("PATCH", f"{secretariat}/staff/{at('secondment')}", {"ends_on": "2080-01-01"}),
    }
    return calls


def _body_calls(kind: str, name: str, id: str, part: str, decision: str) -> dict[str, Call]:
    here, why = f"/{kind}/{id}", {"reason": "So.", "decision": decision}
    mortal = {} if name == "working_group" else {"sunset_on": "2030-12-31"}
    found: dict[str, Call] = {
        f"list_{name}s": ("GET", f"/{kind}", None),
        f"get_{name}": ("GET", here, None),
        f"propose_{name}": (
            "POST",
            f"/{kind}",
            {"group": "tst", "code": "N", "name": "N", "starts_on": "2020-01-01", "decision": decision} | mortal,
        ),
        f"amend_{name}": ("PATCH", here, {"mandate": "Anew."}),
        f"activate_{name}": ("POST", f"{here}/activate", None),
        f"close_{name}": ("POST", f"{here}/close", {"outcome": "Done."}),
        f"list_{name}_participations": ("GET", f"{here}/participations", None),
        f"join_{name}": ("POST", f"{here}/participations", {"agency": "OUT", "starts_on": "2020-01-01"}),
        f"amend_{name}_participation": ("PATCH", f"{here}/participations/{part}", {"note": "So."}),
        f"get_{name}_history": ("GET", f"{here}/history", None),
        f"get_{name}_checklist": ("GET", f"{here}/checklist", None),
    }
    if name == "working_group":
        return found | {"rest_working_group": ("POST", f"{here}/rest", {"reason": "So."})}
    found |= {
        f"extend_{name}": ("POST", f"{here}/extensions", why | {"sunset_on": "2091-01-01"}),
        "list_extensions" if name == "task_force" else f"list_{name}_extensions": ("GET", f"{here}/extensions", None),
        f"dissolve_{name}": ("POST", f"{here}/dissolve", why),
        f"shorten_{name}": ("POST", f"{here}/shorten", why | {"sunset_on": "2080-01-01"}),
    }
    if name == "task_force":
        found["convert_task_force"] = ("POST", f"{here}/convert", {"decision": decision, "code": "WG-N", "outcome": "Goes on."})
    return found
