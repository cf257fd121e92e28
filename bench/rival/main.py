"""The rival's routes. `BENCH_DATABASE_URL` names its database."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlmodel import Session, create_engine, select

from bench.rival.schemas import (
    AskedOut,
    AssignedOut,
    AssignmentOut,
    AssignmentPage,
    BodyOut,
    DeliverableOut,
    DeliverablePage,
    Named,
    Titled,
    VagueOut,
)
from bench.rival.tables import Agency, AgencyName, Assignment, Deliverable, Group, Token, Workplan

LIMIT = Annotated[int, Query(ge=1, le=500)]


def connect(url: str) -> sa.Engine:
    """An engine with the pragmas that the service gives its own reads."""
    if not url.startswith("sqlite"):
        return create_engine(url)
    from pysqlite3 import dbapi2

    engine = create_engine(url, module=dbapi2, connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        for pragma in ("busy_timeout=10000", "cache_size=-65536", "mmap_size=1099511627776"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


engine = connect(os.environ.get("BENCH_DATABASE_URL", "sqlite://"))
app = FastAPI(title="The usual way")


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_session)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


def get_token(session: Db, bearer: Bearer) -> Token:
    digest = hashlib.sha256(bearer.credentials.encode()).hexdigest()
    token = session.exec(select(Token).where(Token.digest == digest)).one_or_none()
    if token is None or token.revoked_at is not None or token.expires_at <= datetime.now(UTC):
        raise HTTPException(401)
    return token


Asking = Annotated[Token, Depends(get_token)]


def sees(token: Token, group_id: str) -> bool:
    return token.group_id == group_id or (token.role == "administrator" and token.group_id is None)


def is_public(deliverable: Deliverable) -> bool:
    plan = deliverable.workplan.state in ("endorsed", "closed", "superseded")
    return deliverable.group.public and plan and deliverable.visibility == "public"


def today(group: Group) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(group.time_zone)).date()


D: Any = Deliverable
A: Any = Assignment
W: Any = Workplan
# (SQLModel's columns and relationships are typed as what they hold.)
WHOLE = (
    joinedload(D.group),
    joinedload(D.workplan),
    joinedload(D.stream),
    joinedload(D.body),
    selectinload(D.assignments).joinedload(A.agency),
)


@app.get("/api/v1/deliverables/{id}", response_model=DeliverableOut)
def get_deliverable(id: str, session: Db, token: Asking) -> DeliverableOut:
    deliverable = session.exec(select(Deliverable).where(D.id == id).options(*WHOLE)).one_or_none()
    if deliverable is None or not (sees(token, deliverable.group_id) or is_public(deliverable)):
        raise HTTPException(404)
    return shown(deliverable)


@app.get("/api/v1/deliverables", response_model=DeliverablePage)
def list_deliverables(
    session: Db, token: Asking, group: str, sort: str = "due", limit: LIMIT = 50, cursor: str | None = None
) -> DeliverablePage:
    found = session.exec(select(Group).where(Group.code == group)).one_or_none()
    if found is None or not (sees(token, found.id) or found.public) or sort != "due":
        raise HTTPException(422)
    statement = select(Deliverable).where(D.group_id == found.id).options(*WHOLE)
    if not sees(token, found.id):
        plans = sa.select(W.id).where(W.state.in_(("endorsed", "closed", "superseded")))
        statement = statement.where(D.visibility == "public", D.workplan_id.in_(plans))
    if cursor:
        statement = statement.where(sa.tuple_(D.due_key, D.id) > sa.tuple_(*after(cursor)))
    rows = session.exec(statement.order_by(D.due_key, D.id).limit(limit + 1)).all()
    more = encode(rows[limit - 1].due_key, rows[limit - 1].id) if len(rows) > limit else None
    return DeliverablePage(items=[shown(row) for row in rows[:limit]], next_cursor=more)


@app.get("/api/v1/assignments", response_model=AssignmentPage)
def list_assignments(
    session: Db, token: Asking, agency: str, state: str = "accepted", open: bool | None = None, sort: str = "due",
    limit: LIMIT = 50, cursor: str | None = None,
) -> AssignmentPage:  # fmt: skip
    named_so = session.get(AgencyName, agency.casefold())
    if named_so is None or sort != "due":
        raise HTTPException(422)
    statement = (
        select(Assignment)
        .join(A.deliverable)
        .where(A.agency_id == named_so.agency_id, A.state == state)
        .options(
            contains_eager(A.deliverable).joinedload(D.workplan), joinedload(A.group), joinedload(A.agency),
            joinedload(A.on_behalf_of), joinedload(A.suggested),
        )
    )  # fmt: skip
    if token.role != "administrator" or token.group_id is not None:
        statement = statement.where(A.group_id == token.group_id)
    if open is not None:
        statement = statement.where(A.open == open)
    if cursor:
        statement = statement.where(sa.tuple_(A.due_on, A.id) > sa.tuple_(*after(cursor)))
    rows = session.exec(statement.order_by(A.due_on, A.id).limit(limit + 1)).all()
    more = encode(rows[limit - 1].due_on, rows[limit - 1].id) if len(rows) > limit else None
    return AssignmentPage(items=[part(row) for row in rows[:limit]], next_cursor=more)


def encode(day: date, id: str) -> str:
    content = json.dumps([["due"], [day.isoformat(), id]], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def after(cursor: str) -> tuple[date, str]:
    _, (day, last) = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return date.fromisoformat(day), last


def named(thing: Agency | Group) -> Named:
    return Named(code=thing.code, name=thing.name)


def vague(value: str | None, earliest: date | None, latest: date | None) -> VagueOut | None:
    if value is None or latest is None:
        return None
    if value.startswith("by "):
        precision = "before"
    elif len(value) == 4:
        precision = "year"
    elif len(value) == 10:
        precision = "day"
    else:
        precision = {"H": "half", "Q": "quarter"}.get(value[5], "month")
    return VagueOut(value=value, precision=precision, earliest=earliest, latest=latest)


def flags(d: Deliverable, day: date, stale_days: int | None, leads: bool, asked: bool) -> list[str]:
    open_ = d.is_open(day)
    found = {
        "overdue": d.is_overdue(day),
        "due_soon": is_due_soon(d, day),
        "stale": stale_days is not None and stale_days > d.group.stale_days,
        "no_lead": open_ and not leads,
        "no_due": open_ and d.due_on is None,
        "unanswered": asked,
        "due_outside_plan": (d.due_on is not None and d.due_on > d.workplan.ends_on)
        or (d.due_from is not None and d.due_from < d.workplan.starts_on),
        "sunset_passed": open_ and d.body is not None and d.body.sunset_on is not None and d.body.sunset_on < day,
    }
    return [name for name, holds in found.items() if holds]


def is_due_soon(d: Deliverable, day: date) -> bool:
    return d.due_on is not None and d.is_open(day) and 0 <= (d.due_on - day).days <= d.group.due_soon_days


def shown(d: Deliverable) -> DeliverableOut:
    day = today(d.group)
    parts = [p for p in d.assignments if p.in_force(day)]
    by_role = {
        role: sorted((p for p in parts if p.role == role), key=lambda p: p.agency.code) for role in ("co_lead", "contributor", "reviewer")
    }
    leads = sorted((p for p in parts if p.role == "lead"), key=lambda p: p.starts_on)
    asked = sorted((p for p in d.assignments if p.state == "proposed"), key=lambda p: p.agency.code)
    done_on = d.delivered_on if d.status == "delivered" else d.due_on
    quiet = (day - d.confirmed_on).days
    stale_days = quiet if d.is_open(day) and quiet >= 0 else None
    return DeliverableOut(
        id=d.id, version=d.version, group=named(d.group), workplan=Titled(id=d.workplan.id, code=d.workplan.code, title=d.workplan.title),
        stream=Titled(id=d.stream.id, code=d.stream.code, title=d.stream.title),
        body=BodyOut(id=d.body.id, kind=d.body.kind, code=d.body.code, name=d.body.name) if d.body else None,
        code=d.code, former_codes=d.former_codes, title=d.title, former_titles=d.former_titles, kind=d.kind, description=d.description,
        due=vague(d.due, d.due_from, d.due_on), baseline_due=vague(d.baseline_due, d.baseline_due_from, d.baseline_due_on),
        delivered=vague(d.delivered, d.delivered_from, d.delivered_on), delivered_on=d.delivered_on, status=d.status,
        status_reason=d.status_reason, confidence=d.confidence, percent=d.percent, topics=d.topics, countries=d.countries,
        evidence=d.evidence, waiver=d.waiver, mandate=d.mandate, visibility=d.visibility, carried_from=d.carried_from_id,
        lead=named(leads[-1].agency) if leads else None, co_leads=[named(p.agency) for p in by_role["co_lead"]],
        contributors=[named(p.agency) for p in by_role["contributor"]], reviewers=[named(p.agency) for p in by_role["reviewer"]],
        asked=[AskedOut(id=p.id, agency=named(p.agency), role=p.role) for p in asked], overdue=d.is_overdue(day), due_soon=is_due_soon(d, day),
        slip_days=(done_on - d.baseline_due_on).days if done_on and d.baseline_due_on else None, stale_days=stale_days,
        confirmed_on=d.confirmed_on, flags=flags(d, day, stale_days, bool(leads), bool(asked)), certainty=d.certainty, sources=d.sources,
        note=d.note, created_at=d.created_at, updated_at=d.updated_at,
    )  # fmt: skip


def part(p: Assignment) -> AssignmentOut:
    day, d = today(p.group), p.deliverable
    return AssignmentOut(
        id=p.id, version=p.version, group=named(p.group),
        deliverable=AssignedOut(id=d.id, code=d.code, title=d.title, status=d.status, due=vague(d.due, d.due_from, d.due_on), overdue=d.is_overdue(day)),
        workplan=Titled(id=d.workplan.id, code=d.workplan.code, title=d.workplan.title), agency=named(p.agency), role=p.role, state=p.state,
        starts_on=p.starts_on, ends_on=p.ends_on, current=p.in_force(day), answer_by=p.answer_by,
        answer_late=p.state == "proposed" and p.answer_by is not None and p.answer_by < day, asked_by=p.asked_by, answered_by=p.answered_by,
        answered_at=p.answered_at, answered_on=p.answered_on,
        answered_late=p.answered_on is not None and p.answer_by is not None and p.answered_on > p.answer_by,
        transferred_from=p.transferred_from_id, on_behalf_of=named(p.on_behalf_of) if p.on_behalf_of else None, evidence=p.evidence,
        decline_reason=p.decline_reason, decline_note=p.decline_note, suggested=named(p.suggested) if p.suggested else None, if_funded=p.if_funded_id,
        conditional=p.state == "accepted" and p.accepted_at is None,
        certainty=p.certainty, sources=p.sources, note=p.note, created_at=p.created_at, updated_at=p.updated_at,
    )  # fmt: skip
