"""No writing operation reaches into another group, by address or by an id in a body; and none says that it is there."""

import pytest
from fastapi import FastAPI

from tests.make import Json, Make, refused
from tests.world import Operation, operations, send, world

GLOBAL = {"add_agency", "amend_agency", "add_person", "amend_person", "establish_group"}
"""What belongs to no group."""
NAMES_ITS_GROUP = {
    "propose_working_group",
    "propose_task_force",
    "propose_secretariat",
    "draft_workplan",
    "record_decision",
    "record_action_point",
    "call_meeting",
    "circulate_decision",
    "appoint_person",
    "nominate_chair",
    "propose_project",
    "add_country_team",
    "add_donor",
}


def addressed(app: FastAPI) -> list[Operation]:
    return [o for o in operations(app) if "{" in o.path and o.name not in GLOBAL]


def test_every_write_at_an_address_of_another_group_is_404(make: Make, app: FastAPI) -> None:
    make.member("IOM")
    theirs = world(make, "oth")
    found = addressed(app)
    assert len(found) > 55
    clients = (make.secretariat, make.focal_point("IOM"), make.viewer)
    with make.unchanged():
        for operation in found:
            for client in clients:
                answer = send(client, operation, operation.at(theirs), operation.example)
                assert answer.status_code == 404, (operation.name, answer.text)
                assert "oth" not in answer.json()["detail"]
            assert send(make.service, operation, operation.at(theirs), operation.example).status_code == 401, operation.name


def test_a_child_is_found_under_its_own_parent_only(make: Make, app: FastAPI) -> None:
    """A participation or secondment of another group, named under a body of one's own."""
    ours, theirs = world(make), world(make, "oth")
    with make.unchanged():
        for operation in addressed(app):
            for child in ("participation", "secondment", "item", "attendance", "objection", "part", "instalment", "report"):
                if f"{{{child}}}" in operation.path:
                    own = ("secondment", "item", "attendance", "objection", "part", "instalment", "report")
                    mixed = {k: v for k, v in theirs.items() if k.endswith("_part") or k in own}
                    refused(send(make.secretariat, operation, operation.at(ours | mixed), operation.example), 404, "not_found")


def test_a_group_named_in_a_body_must_be_ones_own(make: Make, app: FastAPI) -> None:
    theirs, secretariat = world(make, "oth"), make.secretariat
    wanted = [o for o in operations(app) if o.name in NAMES_ITS_GROUP]
    assert {o.name for o in wanted} == NAMES_ITS_GROUP
    with make.unchanged():
        for operation in wanted:
            problem = refused(send(secretariat, operation, operation.path, operation.example | {"group": "oth"}), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == "/group", operation.name
    assert theirs["group"] == "oth"


REFERENCES: list[tuple[str, str, str, Json]] = [  # the address in one's own world, the field, what it names, the rest of the body
    ("POST /deliverables", "stream", "stream", {"code": "D9", "title": "T"}),
    ("POST /deliverables", "body", "working_group", {"code": "D9", "title": "T", "stream": "@stream"}),
    ("POST /deliverables", "carried_from", "deliverable", {"code": "D9", "title": "T", "stream": "@stream"}),
    ("PATCH /deliverables/{deliverable}", "stream", "stream", {}),
    ("PATCH /deliverables/{deliverable}", "body", "task_force", {}),
    ("POST /deliverables/{deliverable}/reopen", "decision", "decision", {"reason": "R"}),
    ("POST /deliverables/{deliverable}/dependencies", "waits_for", "deliverable", {}),
    ("POST /workplans/{workplan}/streams", "body", "working_group", {"code": "9", "title": "T"}),
    ("POST /workplans/{workplan}/streams", "parent", "stream", {"code": "9", "title": "T"}),
    ("PATCH /streams/{stream}", "parent", "stream", {}),
    ("PATCH /streams/{stream}", "body", "secretariat", {}),
    ("POST /workplans/{workplan}/endorse", "decision", "decision", {}),
    ("POST /workplans/{workplan}/revise", "decision", "decision", {"reason": "R"}),
    ("POST /workplans/{workplan}/close", "superseded_by", "workplan", {"reason": "R"}),
    ("POST /working-groups", "parent", "working_group", {"group": "tst", "code": "N", "name": "N"}),
    ("POST /working-groups", "predecessor", "task_force", {"group": "tst", "code": "N", "name": "N"}),
    ("POST /working-groups", "decision", "decision", {"group": "tst", "code": "N", "name": "N"}),
    ("PATCH /working-groups/{working_group}", "parent", "working_group", {}),
    ("POST /working-groups/{working_group}/activate", "decision", "decision", {}),
    ("POST /task-forces/{task_force}/activate", "decision", "decision", {}),
    ("POST /task-forces/{task_force}/extensions", "decision", "decision", {"sunset_on": "2090-01-01", "reason": "R"}),
    ("POST /task-forces/{task_force}/shorten", "decision", "decision", {"sunset_on": "2026-01-01", "reason": "R"}),
    ("POST /task-forces/{task_force}/dissolve", "decision", "decision", {"reason": "R"}),
    ("POST /task-forces/{task_force}/convert", "decision", "decision", {"code": "N"}),
    ("POST /action-points", "decision", "decision", {"group": "tst", "agency": "AG-tst", "text": "T"}),
    ("POST /meetings/{meeting}/action-points", "decision", "decision", {"agency": "AG-tst", "text": "T"}),
    ("POST /meetings/{meeting}/outcomes", "decision", "decision", {}),
    ("POST /meetings/{meeting}/outcomes", "action_point", "action_point", {}),
    ("POST /meetings", "body", "working_group", {"group": "tst", "level": "body", "title": "T", "starts_on": "2026-01-01"}),
    ("PATCH /meetings/{meeting}", "body", "working_group", {"level": "body"}),
    ("PATCH /action-points/{action_point}", "decision", "decision", {}),
    ("POST /chairmanships", "decision", "decision", {"group": "tst", "starts_on": "2031-01-01", "holders": [{"agency": "AG-tst"}]}),
    ("POST /groups/tst/members", "decision", "decision", {"agency": "AG-oth", "role": "member", "starts_on": "2020-01-01"}),
    ("POST /projects/{project}/advance", "decision", "decision", {"to": "concept"}),
    ("POST /projects/{project}/pass-on", "to", "project", {"amount": "1.00", "reason": "R"}),
    ("POST /projects/{project}/pass-on", "decision", "decision", {"to": "@other_project", "amount": "1.00", "reason": "R"}),
    ("POST /assignments/{assignment}/accept", "if_funded", "project", {"on_behalf_of": "AG-tst", "evidence": "E"}),
    ("POST /groups/tst/modalities", "decision", "decision", {"effective_on": "2020-01-01", "chair_term_months": 12}),
]  # fmt: skip


def test_an_id_of_another_group_in_a_body_is_unknown(make: Make) -> None:
    ours, theirs, secretariat = world(make), world(make, "oth"), make.secretariat
    with make.unchanged():
        for where, field, kind, rest in REFERENCES:
            method, _, path = where.partition(" ")
            body = {k: ours[v[1:]] if isinstance(v, str) and v.startswith("@") else v for k, v in rest.items()} | {field: theirs[kind]}
            headers = {"if-match": '"1"'} if method == "PATCH" else {}
            problem = refused(secretariat.request(method, path.format_map(ours), json=body, headers=headers), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == f"/{field}", where
            same = refused(
                secretariat.request(method, path.format_map(ours), json=body | {field: "no-such-id"}, headers=headers),
                422,
                "unknown_reference",
            )
            assert same["detail"] == problem["detail"], "what is hidden looks like what is not there"


@pytest.mark.parametrize(
    "path",
    ["/deliverables", "/assignments", "/workplans", "/streams", "/working-groups", "/task-forces", "/secretariats", "/decisions", "/action-points", "/meetings", "/chairmanships", "/appointments", "/updates",
     "/milestones", "/projects", "/project-parts", "/consultations", "/country-teams", "/donors", "/contributions"],
)  # fmt: skip
def test_lists_and_items_of_another_group_are_not_there(make: Make, path: str) -> None:
    theirs = world(make, "oth")
    own = (
        "deliverables",
        "assignments",
        "workplans",
        "streams",
        "updates",
        "milestones",
        "projects",
        "consultations",
        "country-teams",
        "donors",
        "contributions",
    )
    kind = path[1:-1].replace("-", "_") if path[1:] in own else None
    assert make.read(path, count="true")["total"] == 0
    if kind:
        refused(make.secretariat.get(f"{path}/{theirs[kind]}"), 404, "not_found")
