"""What the rival answers: the fields of the service's own replies."""

from datetime import date, datetime

from pydantic import BaseModel


class Named(BaseModel):
    code: str
    name: str


class Titled(BaseModel):
    id: str
    code: str
    title: str


class BodyOut(BaseModel):
    id: str
    kind: str
    code: str
    name: str


class VagueOut(BaseModel):
    value: str
    precision: str
    earliest: date | None
    latest: date


class AskedOut(BaseModel):
    id: str
    agency: Named
    role: str


class SourcedOut(BaseModel):
    id: str
    version: int
    certainty: str | None
    sources: list[str]
    note: str | None
    created_at: datetime
    updated_at: datetime


class DeliverableOut(SourcedOut):
    group: Named
    workplan: Titled
    stream: Titled
    body: BodyOut | None
    code: str
    former_codes: list[str]
    title: str
    former_titles: list[str]
    kind: str
    description: str | None
    due: VagueOut | None
    baseline_due: VagueOut | None
    delivered: VagueOut | None
    delivered_on: date | None
    status: str
    status_reason: str | None
    confidence: str | None
    percent: int | None
    topics: list[str]
    countries: list[str]
    evidence: list[str]
    waiver: str | None
    mandate: str | None
    visibility: str
    carried_from: str | None
    lead: Named | None
    co_leads: list[Named]
    contributors: list[Named]
    reviewers: list[Named]
    asked: list[AskedOut]
    overdue: bool
    due_soon: bool
    slip_days: int | None
    stale_days: int | None
    confirmed_on: date
    flags: list[str]


class AssignedOut(Titled):
    status: str
    due: VagueOut | None
    overdue: bool


class AssignmentOut(SourcedOut):
    group: Named
    deliverable: AssignedOut
    workplan: Titled
    agency: Named
    role: str
    state: str
    starts_on: date
    ends_on: date | None
    current: bool
    answer_by: date | None
    answer_late: bool
    asked_by: str
    answered_by: str | None
    answered_at: datetime | None
    answered_on: date | None
    answered_late: bool
    transferred_from: str | None
    on_behalf_of: Named | None
    evidence: str | None
    decline_reason: str | None
    decline_note: str | None
    suggested: Named | None
    if_funded: str | None
    conditional: bool


class DeliverablePage(BaseModel):
    items: list[DeliverableOut]
    next_cursor: str | None


class AssignmentPage(BaseModel):
    items: list[AssignmentOut]
    next_cursor: str | None
