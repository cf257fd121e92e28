"""Who may do what, as one table. Outer tuple: any of; inner tuple: all of.

One verb phrase names the action, its route, its permission and its test. What a reader may *see* is decided by
`Actor.sees`: what is hidden answers 404, what is seen but not allowed answers 403.
"""

from collections.abc import Callable
from enum import StrEnum

from app.actors import Actor, Grant, Role, Subject

Predicate = Callable[[Actor, Subject], bool]


def anyone(actor: Actor, subject: Subject) -> bool:
    return True


def known(actor: Actor, subject: Subject) -> bool:
    return actor.known


def administrator(actor: Actor, subject: Subject) -> bool:
    return actor.administers_all or Grant(Role.ADMINISTRATOR, subject.group_id) in actor.grants


def installation_administrator(actor: Actor, subject: Subject) -> bool:
    return actor.administers_all


def secretariat(actor: Actor, subject: Subject) -> bool:
    return Grant(Role.SECRETARIAT, subject.group_id) in actor.grants


def any_secretariat(actor: Actor, subject: Subject) -> bool:
    return any(g.role is Role.SECRETARIAT for g in actor.grants)


def chair(actor: Actor, subject: Subject) -> bool:
    return subject.group_id in actor.chairing


def outgoing_chair(actor: Actor, subject: Subject) -> bool:
    return subject.term in actor.handing_over


def incoming_chair(actor: Actor, subject: Subject) -> bool:
    return subject.term in actor.taking_over


def body_chair(actor: Actor, subject: Subject) -> bool:
    return subject.touches(actor.speaks_for(subject.group_id), subject.body_chairs)


def own_agency(actor: Actor, subject: Subject) -> bool:
    return subject.touches(actor.speaks_for(subject.group_id), subject.agencies)


def recorder(actor: Actor, subject: Subject) -> bool:
    return actor.recording


Rule = tuple[tuple[Predicate, ...], ...]

PUBLIC: Rule = ((anyone,),)
READ: Rule = PUBLIC  # the rows themselves are narrowed by what the reader may see
SIGNED_IN: Rule = ((known,),)
INSTALLATION: Rule = ((installation_administrator,),)
SECRETARIAT: Rule = ((secretariat,), (recorder,))
SECRETARIAT_OR_CHAIR: Rule = ((secretariat,), (chair,), (recorder,))
BODY: Rule = ((secretariat,), (body_chair,), (recorder,))
CALLING: Rule = ((secretariat,), (chair,), (body_chair,), (recorder,))
OWN_PART: Rule = ((secretariat,), (own_agency,), (recorder,))
OWN_OR_BODY: Rule = ((secretariat,), (own_agency,), (body_chair,), (recorder,))
OUTGOING: Rule = ((secretariat,), (outgoing_chair,), (recorder,))
INCOMING: Rule = ((secretariat,), (incoming_chair,), (recorder,))
SECRETARIAT_OR_ANY_CHAIR: Rule = ((secretariat,), (chair,), (body_chair,), (recorder,))


class Permission(StrEnum):
    """What can be done, by name: `thing:verb`, the same words as the operation."""

    READ_SERVICE = "service:read"
    READ_ME = "me:read"
    READ_AGENCIES = "agency:read"
    ADD_AGENCY = "agency:add"
    AMEND_AGENCY = "agency:amend"
    READ_PEOPLE = "person:read"
    ADD_PERSON = "person:add"
    AMEND_PERSON = "person:amend"
    READ_GROUPS = "group:read"
    ESTABLISH_GROUP = "group:establish"
    AMEND_GROUP = "group:amend"
    READ_DECISIONS = "decision:read"
    RECORD_DECISION = "decision:record"
    AMEND_DECISION = "decision:amend"
    CIRCULATE_DECISION = "decision:circulate"
    WITHDRAW_DECISION = "decision:withdraw"
    READ_OBJECTIONS = "objection:read"
    RAISE_OBJECTION = "objection:raise"
    WITHDRAW_OBJECTION = "objection:withdraw"
    READ_ACTION_POINTS = "action_point:read"
    RECORD_ACTION_POINT = "action_point:record"
    AMEND_ACTION_POINT = "action_point:amend"
    COMPLETE_ACTION_POINT = "action_point:complete"
    CANCEL_ACTION_POINT = "action_point:cancel"
    REOPEN_ACTION_POINT = "action_point:reopen"
    READ_MODALITIES = "modality:read"
    ADOPT_MODALITY = "modality:adopt"
    READ_MEMBERS = "membership:read"
    ADMIT_MEMBER = "membership:admit"
    AMEND_MEMBERSHIP = "membership:amend"
    READ_APPOINTMENTS = "appointment:read"
    APPOINT_PERSON = "appointment:appoint"
    AMEND_APPOINTMENT = "appointment:amend"
    READ_CHAIRMANSHIPS = "chairmanship:read"
    NOMINATE_CHAIR = "chairmanship:nominate"
    AMEND_CHAIRMANSHIP = "chairmanship:amend"
    CONFIRM_CHAIR = "chairmanship:confirm"
    CANCEL_CHAIR = "chairmanship:cancel"
    READ_HAND_OVERS = "hand_over:read"
    READ_DRAFT_HAND_OVERS = "hand_over:read_draft"
    AMEND_HAND_OVER = "hand_over:amend"
    SUBMIT_HAND_OVER = "hand_over:submit"
    WITHDRAW_HAND_OVER = "hand_over:withdraw"
    ACCEPT_HAND_OVER = "hand_over:accept"
    READ_BODIES = "body:read"
    PROPOSE_BODY = "body:propose"
    AMEND_BODY = "body:amend"
    ACTIVATE_BODY = "body:activate"
    REST_BODY = "body:rest"
    EXTEND_BODY = "body:extend"
    SHORTEN_BODY = "body:shorten"
    CLOSE_BODY = "body:close"
    LAPSE_BODY = "body:lapse"
    DISSOLVE_BODY = "body:dissolve"
    CONVERT_BODY = "body:convert"
    JOIN_BODY = "participation:join"
    AMEND_PARTICIPATION = "participation:amend"
    SECOND_STAFF = "secondment:second"
    AMEND_SECONDMENT = "secondment:amend"
    READ_MEETINGS = "meeting:read"
    READ_AGENDA = "agenda:read"
    CALL_MEETING = "meeting:call"
    AMEND_MEETING = "meeting:amend"
    HOLD_MEETING = "meeting:hold"
    CANCEL_MEETING = "meeting:cancel"
    ADD_AGENDA_ITEM = "agenda_item:add"
    AMEND_AGENDA_ITEM = "agenda_item:amend"
    WITHDRAW_AGENDA_ITEM = "agenda_item:withdraw"
    RECORD_ATTENDANCE = "attendance:record"
    AMEND_ATTENDANCE = "attendance:amend"
    DECIDE_AT_MEETING = "meeting:decide"
    ASK_AT_MEETING = "meeting:ask"
    ATTACH_OUTCOME = "meeting:attach_outcome"
    READ_WORKPLANS = "workplan:read"
    DRAFT_WORKPLAN = "workplan:draft"
    AMEND_WORKPLAN = "workplan:amend"
    CIRCULATE_WORKPLAN = "workplan:circulate"
    ENDORSE_WORKPLAN = "workplan:endorse"
    REVISE_WORKPLAN = "workplan:revise"
    CLOSE_WORKPLAN = "workplan:close"
    ADD_STREAM = "stream:add"
    AMEND_STREAM = "stream:amend"
    READ_DELIVERABLES = "deliverable:read"
    ADD_DELIVERABLE = "deliverable:add"
    AMEND_DELIVERABLE = "deliverable:amend"
    START_DELIVERABLE = "deliverable:start"
    DELIVER_DELIVERABLE = "deliverable:deliver"
    HOLD_DELIVERABLE = "deliverable:hold"
    RESUME_DELIVERABLE = "deliverable:resume"
    CANCEL_DELIVERABLE = "deliverable:cancel"
    SUPERSEDE_DELIVERABLE = "deliverable:supersede"
    REOPEN_DELIVERABLE = "deliverable:reopen"
    CONFIRM_DELIVERABLE = "deliverable:confirm"
    CARRY_OVER_DELIVERABLE = "deliverable:carry_over"
    POST_UPDATE = "update:post"
    AMEND_UPDATE = "update:amend"
    SUBMIT_UPDATE = "update:submit"
    ACCEPT_UPDATE = "update:accept"
    RETURN_UPDATE = "update:return"
    ADD_MILESTONE = "milestone:add"
    AMEND_MILESTONE = "milestone:amend"
    REACH_MILESTONE = "milestone:reach"
    WITHDRAW_MILESTONE = "milestone:withdraw"
    REOPEN_MILESTONE = "milestone:reopen"
    ADD_DEPENDENCY = "dependency:add"
    END_DEPENDENCY = "dependency:end"
    READ_ASSIGNMENTS = "assignment:read"
    AMEND_ASSIGNMENT = "assignment:amend"
    PROPOSE_ASSIGNMENT = "assignment:propose"
    ACCEPT_ASSIGNMENT = "assignment:accept"
    DECLINE_ASSIGNMENT = "assignment:decline"
    END_ASSIGNMENT = "assignment:end"
    TRANSFER_ASSIGNMENT = "assignment:transfer"
    READ_PROJECTS = "project:read"
    PROPOSE_PROJECT = "project:propose"
    AMEND_PROJECT = "project:amend"
    ADVANCE_PROJECT = "project:advance"
    READ_PARTS = "project_part:read"
    PROPOSE_PART = "project_part:propose"
    ACCEPT_PART = "project_part:accept"
    DECLINE_PART = "project_part:decline"
    END_PART = "project_part:end"
    READ_CONSULTATIONS = "consultation:read"
    RECORD_CONSULTATION = "consultation:record"
    AMEND_CONSULTATION = "consultation:amend"
    ADD_COUNTRY_TEAM = "country_team:add"
    AMEND_COUNTRY_TEAM = "country_team:amend"
    READ_CONTRIBUTIONS = "contribution:read"
    READ_FUNDING = "funding:read"
    ADD_DONOR = "donor:add"
    AMEND_DONOR = "donor:amend"
    PLEDGE_CONTRIBUTION = "contribution:pledge"
    AMEND_CONTRIBUTION = "contribution:amend"
    COMMIT_CONTRIBUTION = "contribution:commit"
    RECEIVE_CONTRIBUTION = "contribution:receive"
    CANCEL_CONTRIBUTION = "contribution:cancel"
    REVERSE_INSTALMENT = "instalment:reverse"
    SCHEDULE_REPORT = "donor_report:schedule"
    SUBMIT_REPORT = "donor_report:submit"
    PASS_ON_FUNDS = "funds:pass_on"
    READ_RATES = "rate:read"
    IMPORT_RATES = "rate:import"
    READ_CHANGES = "change:read"
    READ_STATS = "stats:read"
    ISSUE_TOKEN = "token:issue"
    REVOKE_TOKEN = "token:revoke"


P = Permission
PERMISSIONS: dict[Permission, Rule] = {
    P.READ_SERVICE: PUBLIC,
    P.READ_ME: SIGNED_IN,
    P.READ_AGENCIES: SIGNED_IN,
    P.ADD_AGENCY: INSTALLATION,
    P.AMEND_AGENCY: INSTALLATION,
    P.READ_PEOPLE: SIGNED_IN,
    P.ADD_PERSON: ((installation_administrator,), (any_secretariat,)),
    P.AMEND_PERSON: INSTALLATION,
    P.READ_GROUPS: READ,
    P.ESTABLISH_GROUP: INSTALLATION,
    P.AMEND_GROUP: ((administrator,), (secretariat,)),
    P.READ_DECISIONS: READ,
    P.RECORD_DECISION: SECRETARIAT,
    P.AMEND_DECISION: SECRETARIAT,
    P.CIRCULATE_DECISION: SECRETARIAT_OR_CHAIR,
    P.WITHDRAW_DECISION: SECRETARIAT_OR_CHAIR,
    P.READ_OBJECTIONS: SIGNED_IN,
    P.RAISE_OBJECTION: OWN_PART,
    P.WITHDRAW_OBJECTION: OWN_PART,
    P.READ_ACTION_POINTS: SIGNED_IN,
    P.RECORD_ACTION_POINT: SECRETARIAT,
    P.AMEND_ACTION_POINT: SECRETARIAT,
    P.COMPLETE_ACTION_POINT: OWN_PART,
    P.CANCEL_ACTION_POINT: SECRETARIAT,
    P.REOPEN_ACTION_POINT: SECRETARIAT,
    P.READ_MODALITIES: READ,
    P.ADOPT_MODALITY: SECRETARIAT,
    P.READ_MEMBERS: READ,
    P.ADMIT_MEMBER: SECRETARIAT,
    P.AMEND_MEMBERSHIP: SECRETARIAT,
    P.READ_APPOINTMENTS: SIGNED_IN,
    P.APPOINT_PERSON: OWN_PART,
    P.AMEND_APPOINTMENT: OWN_PART,
    P.READ_CHAIRMANSHIPS: READ,
    P.NOMINATE_CHAIR: SECRETARIAT,
    P.AMEND_CHAIRMANSHIP: SECRETARIAT,
    P.CONFIRM_CHAIR: SECRETARIAT,
    P.CANCEL_CHAIR: SECRETARIAT,
    P.READ_HAND_OVERS: SIGNED_IN,
    P.READ_DRAFT_HAND_OVERS: ((secretariat,), (outgoing_chair,), (incoming_chair,), (recorder,)),
    P.AMEND_HAND_OVER: OUTGOING,
    P.SUBMIT_HAND_OVER: OUTGOING,
    P.WITHDRAW_HAND_OVER: OUTGOING,
    P.ACCEPT_HAND_OVER: INCOMING,
    P.READ_BODIES: READ,
    P.PROPOSE_BODY: SECRETARIAT_OR_CHAIR,
    P.AMEND_BODY: BODY,
    P.ACTIVATE_BODY: SECRETARIAT,
    P.REST_BODY: BODY,
    P.EXTEND_BODY: SECRETARIAT,
    P.SHORTEN_BODY: SECRETARIAT,
    P.CLOSE_BODY: BODY,
    P.LAPSE_BODY: BODY,
    P.DISSOLVE_BODY: SECRETARIAT,
    P.CONVERT_BODY: SECRETARIAT,
    P.JOIN_BODY: BODY,
    P.AMEND_PARTICIPATION: BODY,
    P.SECOND_STAFF: SECRETARIAT,
    P.AMEND_SECONDMENT: SECRETARIAT,
    P.READ_MEETINGS: READ,
    P.READ_AGENDA: SIGNED_IN,
    P.CALL_MEETING: CALLING,
    P.AMEND_MEETING: CALLING,
    P.HOLD_MEETING: CALLING,
    P.CANCEL_MEETING: CALLING,
    P.ADD_AGENDA_ITEM: CALLING,
    P.AMEND_AGENDA_ITEM: CALLING,
    P.WITHDRAW_AGENDA_ITEM: CALLING,
    P.RECORD_ATTENDANCE: CALLING,
    P.AMEND_ATTENDANCE: CALLING,
    P.DECIDE_AT_MEETING: SECRETARIAT,
    P.ASK_AT_MEETING: SECRETARIAT,
    P.ATTACH_OUTCOME: SECRETARIAT,
    P.READ_WORKPLANS: READ,
    P.DRAFT_WORKPLAN: SECRETARIAT_OR_CHAIR,
    P.AMEND_WORKPLAN: SECRETARIAT,
    P.CIRCULATE_WORKPLAN: SECRETARIAT_OR_CHAIR,
    P.ENDORSE_WORKPLAN: SECRETARIAT,
    P.REVISE_WORKPLAN: SECRETARIAT,
    P.CLOSE_WORKPLAN: SECRETARIAT,
    P.ADD_STREAM: SECRETARIAT,
    P.AMEND_STREAM: SECRETARIAT,
    P.READ_DELIVERABLES: READ,
    P.ADD_DELIVERABLE: BODY,
    P.AMEND_DELIVERABLE: OWN_OR_BODY,
    P.START_DELIVERABLE: OWN_OR_BODY,
    P.DELIVER_DELIVERABLE: OWN_OR_BODY,
    P.HOLD_DELIVERABLE: OWN_OR_BODY,
    P.RESUME_DELIVERABLE: OWN_OR_BODY,
    P.CANCEL_DELIVERABLE: BODY,
    P.SUPERSEDE_DELIVERABLE: BODY,
    P.REOPEN_DELIVERABLE: SECRETARIAT,
    P.CONFIRM_DELIVERABLE: OWN_OR_BODY,
    P.CARRY_OVER_DELIVERABLE: BODY,
    P.POST_UPDATE: OWN_OR_BODY,
    P.AMEND_UPDATE: OWN_PART,
    P.SUBMIT_UPDATE: OWN_PART,
    P.ACCEPT_UPDATE: SECRETARIAT_OR_ANY_CHAIR,
    P.RETURN_UPDATE: SECRETARIAT_OR_ANY_CHAIR,
    P.ADD_MILESTONE: OWN_OR_BODY,
    P.AMEND_MILESTONE: OWN_OR_BODY,
    P.REACH_MILESTONE: OWN_OR_BODY,
    P.WITHDRAW_MILESTONE: OWN_OR_BODY,
    P.REOPEN_MILESTONE: OWN_OR_BODY,
    P.ADD_DEPENDENCY: OWN_OR_BODY,
    P.END_DEPENDENCY: OWN_OR_BODY,
    P.READ_ASSIGNMENTS: SIGNED_IN,
    P.AMEND_ASSIGNMENT: SECRETARIAT_OR_ANY_CHAIR,
    P.PROPOSE_ASSIGNMENT: SECRETARIAT_OR_ANY_CHAIR,
    P.ACCEPT_ASSIGNMENT: OWN_PART,
    P.DECLINE_ASSIGNMENT: OWN_PART,
    P.END_ASSIGNMENT: OWN_PART,
    P.TRANSFER_ASSIGNMENT: ((secretariat,), (own_agency, chair), (own_agency, body_chair), (recorder,)),
    P.READ_PROJECTS: READ,
    P.PROPOSE_PROJECT: OWN_PART,
    P.AMEND_PROJECT: OWN_PART,
    P.ADVANCE_PROJECT: OWN_PART,
    P.READ_PARTS: SIGNED_IN,
    P.PROPOSE_PART: SECRETARIAT_OR_CHAIR,
    P.ACCEPT_PART: OWN_PART,
    P.DECLINE_PART: OWN_PART,
    P.END_PART: OWN_PART,
    P.READ_CONSULTATIONS: SIGNED_IN,
    P.RECORD_CONSULTATION: OWN_PART,
    P.AMEND_CONSULTATION: OWN_PART,
    P.ADD_COUNTRY_TEAM: SECRETARIAT,
    P.AMEND_COUNTRY_TEAM: SECRETARIAT,
    P.READ_CONTRIBUTIONS: SIGNED_IN,
    P.READ_FUNDING: READ,
    P.ADD_DONOR: SECRETARIAT,
    P.AMEND_DONOR: SECRETARIAT,
    P.PLEDGE_CONTRIBUTION: OWN_PART,
    P.AMEND_CONTRIBUTION: OWN_PART,
    P.COMMIT_CONTRIBUTION: OWN_PART,
    P.RECEIVE_CONTRIBUTION: OWN_PART,
    P.CANCEL_CONTRIBUTION: OWN_PART,
    P.REVERSE_INSTALMENT: OWN_PART,
    P.SCHEDULE_REPORT: OWN_PART,
    P.SUBMIT_REPORT: OWN_PART,
    P.PASS_ON_FUNDS: OWN_PART,
    P.READ_RATES: SIGNED_IN,
    P.IMPORT_RATES: INSTALLATION,
    P.READ_CHANGES: SIGNED_IN,
    P.READ_STATS: SIGNED_IN,
    P.ISSUE_TOKEN: INSTALLATION,
    P.REVOKE_TOKEN: INSTALLATION,
}


def allows(actor: Actor, permission: Permission, subject: Subject) -> bool:
    """Whether the table lets this actor do this to this subject, now."""
    return any(all(predicate(actor, subject) for predicate in rule) for rule in PERMISSIONS[permission])
