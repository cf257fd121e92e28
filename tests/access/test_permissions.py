"""Every operation against everybody: who may do what, written by hand from `docs/domain.md`, held against the running service."""

import pytest
from fastapi import FastAPI

from app.actors import ANONYMOUS, Actor, Grant, Role, Subject
from app.core.openapi import every_route
from app.policy import PERMISSIONS, PUBLIC, Permission, allows
from app.policy import SIGNED_IN as SIGNED_IN_RULE
from tests.access.world import build, rehearsing
from tests.make import Make

ACTORS = (
    "anonymous", "other_viewer", "other_secretariat", "viewer", "focal", "own", "chair", "body", "secretariat", "group_administrator",
    "administrator",
)  # fmt: skip
"""`focal` speaks for an agency of the group that has no part in the thing; `own` for the one that leads it or is asked; `chair` for the
one that chairs the group today; `body` for the one that chairs the body of the thing. `other_…` belong to another group."""
EVERYBODY = frozenset(ACTORS)
SIGNED_IN = EVERYBODY - {"anonymous"}
INSIDE = SIGNED_IN - {"other_viewer", "other_secretariat"}
WITHOUT_VIEWER = INSIDE - {"viewer"}
INSTALLATION = frozenset({"administrator"})
SECRETARIAT = frozenset({"secretariat"})
WITH_CHAIR = SECRETARIAT | {"chair"}
WITH_BODY = SECRETARIAT | {"body"}
WITH_OWN = SECRETARIAT | {"own"}
OWN_OR_BODY = SECRETARIAT | {"own", "body"}
ASKING = SECRETARIAT | {"chair", "body"}

MAY: dict[frozenset[str], str] = {
    EVERYBODY: "list_groups list_decisions list_meetings list_chairmanships list_working_groups list_task_forces list_secretariats list_workplans list_streams "
    "list_deliverables list_all_updates list_milestones list_projects get_codes get_limits get_health get_readiness show_landing show_reference show_openapi show_static",
    SIGNED_IN: "get_me list_action_points list_assignments list_my_assignments list_agencies get_agency list_people get_person list_appointments list_changes get_stats list_hand_overs "
    "list_parts list_consultations list_country_teams list_donors list_contributions list_rates",
    INSIDE: "get_group get_load get_outlook get_decision get_decision_history get_meeting get_meeting_history get_agenda list_attendances "
    "list_decisions_of_meeting list_action_points_of_meeting list_objections get_action_point list_modalities get_modality list_members list_memberships get_membership get_appointment get_chair "
    "get_troika get_rotation get_chairmanship get_workplan list_baselines get_checks compare_workplan list_streams_of_workplan get_stream get_deliverable get_lineage get_assignment "
    "list_assignments_of_deliverable list_orphans_of_membership list_orphans_of_appointment list_updates get_update "
    "list_milestones_of_deliverable get_milestone list_dependencies list_dependents get_dependency get_deliverable_history get_assignment_history get_workplan_history "
    "get_hand_over get_chairmanship_history get_group_history get_working_group get_task_force get_secretariat list_working_group_participations "
    "list_task_force_participations list_secretariat_participations list_extensions list_secretariat_extensions list_staff "
    "get_working_group_history get_task_force_history get_secretariat_history get_working_group_checklist get_task_force_checklist "
    "get_secretariat_checklist get_workplan_checklist get_project list_parts_of_project get_part "
    "list_consultations_of_project get_consultation get_country_team get_funnel get_project_history",
    WITHOUT_VIEWER: "get_donor list_contributions_of_project get_contribution list_passings get_project_funding get_workplan_funding get_project_iati get_group_iati",
    INSTALLATION: "establish_group add_agency amend_agency amend_person",
    INSTALLATION | {"secretariat", "other_secretariat"}: "add_person",
    INSTALLATION | {"group_administrator", "secretariat"}: "amend_group",
    SECRETARIAT: "decide_at_meeting ask_at_meeting attach_outcome record_decision amend_decision record_action_point "
    "amend_action_point cancel_action_point reopen_action_point adopt_modality admit_member amend_membership nominate_chair amend_chairmanship confirm_chair "
    "cancel_chair activate_working_group activate_task_force activate_secretariat extend_task_force extend_secretariat dissolve_task_force "
    "dissolve_secretariat shorten_task_force shorten_secretariat convert_task_force second_staff amend_secondment amend_workplan "
    "endorse_workplan revise_workplan close_workplan add_stream amend_stream reopen_deliverable transfer_assignment "
    "add_country_team amend_country_team add_donor amend_donor",
    WITH_CHAIR: "circulate_decision withdraw_decision propose_working_group propose_task_force propose_secretariat draft_workplan circulate_workplan "
    "amend_hand_over submit_hand_over withdraw_hand_over accept_hand_over propose_part",
    WITH_BODY: "amend_working_group amend_task_force amend_secretariat rest_working_group close_working_group close_task_force "
    "close_secretariat lapse_task_force lapse_secretariat join_working_group join_task_force join_secretariat amend_working_group_participation amend_task_force_participation "
    "amend_secretariat_participation add_deliverable cancel_deliverable supersede_deliverable carry_over_deliverable",
    WITH_OWN: "raise_objection withdraw_objection complete_action_point appoint_person amend_appointment accept_assignment decline_assignment end_assignment amend_update submit_update "
    "propose_project amend_project advance_project "
    "accept_part decline_part end_part record_consultation amend_consultation pledge_contribution amend_contribution commit_contribution "
    "receive_contribution cancel_contribution reverse_instalment schedule_report submit_report pass_on_funds",
    OWN_OR_BODY: "amend_deliverable start_deliverable deliver_deliverable hold_deliverable resume_deliverable confirm_deliverable post_update "
    "add_milestone amend_milestone reach_milestone withdraw_milestone reopen_milestone add_dependency end_dependency",
    ASKING: "call_meeting amend_meeting hold_meeting cancel_meeting add_agenda_item amend_agenda_item withdraw_agenda_item record_attendance "
    "amend_attendance propose_assignment amend_assignment accept_update return_update",
}  # fmt: skip
EXPECTED = {operation: who for who, operations in MAY.items() for operation in operations.split()}
PROXY = {"accept_assignment", "decline_assignment", "accept_hand_over", "accept_part", "decline_part"}
"""Where the secretariat's own answer is refused by the rule that asks on whose behalf: it was allowed to try."""


@pytest.fixture
def operations(app: FastAPI) -> set[str]:
    return {route.name for route in every_route(app)}


def test_every_operation_is_in_the_table_once(operations: set[str]) -> None:
    assert sorted(EXPECTED) == sorted(operations)
    assert len(EXPECTED) == sum(len(names.split()) for names in MAY.values())


def test_everybody_may_do_what_the_table_says_and_nothing_else(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build(make)
    assert set(world.actors) == EVERYBODY
    assert set(world.calls) == set(EXPECTED)
    before, wrong = make.journal(), []
    with rehearsing(monkeypatch):
        for operation, allowed in EXPECTED.items():
            for actor in ACTORS:
                got = world.send(actor, operation)
                code = got.json()["code"] if got.status_code >= 400 else ""
                done = _done(operation, got.status_code, code, actor)
                refused = got.status_code in (401, 403, 404) or code == "unknown_reference"
                if done != (actor in allowed) or refused == done:
                    wrong.append(f"{operation} as {actor}: {got.status_code} {code} {got.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert make.journal() == before


def _done(operation: str, status: int, code: str, actor: str) -> bool:
    if operation in PROXY and actor == "secretariat":
        return code == "evidence_required"
    return status in (200, 201) or code == "rehearsed"


def test_strangers_are_asked_who_they_are_and_outsiders_learn_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build(make)
    with rehearsing(monkeypatch):
        for operation, (method, path, _) in world.calls.items():
            if method == "GET" or path.split("/")[1] in ("agencies", "people"):
                continue
            anonymous, outside = (world.send(actor, operation) for actor in ("anonymous", "other_secretariat"))
            assert anonymous.status_code == 401, operation
            assert anonymous.headers["www-authenticate"] == 'Bearer realm="troika"'
            hidden = outside.status_code == 404 or outside.json()["code"] == "unknown_reference"
            assert hidden or path == "/groups", f"{operation}: {outside.text}"


def test_every_permission_is_in_the_policy() -> None:
    assert set(PERMISSIONS) == set(Permission)
    somebody = Actor("x", "x", frozenset({Grant(Role.VIEWER, "g")}))
    for permission, rule in PERMISSIONS.items():
        if rule in (PUBLIC, SIGNED_IN_RULE):
            assert allows(somebody, permission, Subject("other"))
            assert allows(ANONYMOUS, permission, Subject("other")) is (rule is PUBLIC)
        else:
            assert not allows(somebody, permission, Subject("g"))


def test_a_token_makes_no_tokens(operations: set[str]) -> None:
    assert not [name for name in operations if "token" in name]


def test_a_load_of_the_record_may_do_what_the_secretariat_may() -> None:
    loading = Actor("cli", "cli", recording=True)
    assert loading.known
    assert loading.administers_all
    assert loading.sees("any")
    assert not Actor("x", "x").known
    assert set(Role) == {"administrator", "secretariat", "focal_point", "viewer"}
