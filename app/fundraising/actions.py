"""Projects: proposed, amended, and taken step by step from idea to money."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.actors import Subject
from app.agencies.actions import find_agency
from app.agencies.models import Agency
from app.core.dates import covers
from app.core.errors import UnknownReference
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.deliverables.models import Assignment
from app.fundraising.gap import figures
from app.fundraising.models import BudgetLine, Consultation, Contribution, Project, ProjectPart, ProjectStep, ProjectStream
from app.fundraising.money_queries import money_of
from app.fundraising.rules import (
    FIRM,
    GATED,
    BudgetInAnotherCurrency,
    ProjectCodeTaken,
    StreamIsEarmarked,
    check_advance,
    check_alive,
    check_countries,
    check_currency,
    check_gate,
    check_lines,
    check_shares,
    hundredths,
    whole_amount,
)
from app.groups.actions import group_of
from app.groups.models import Group
from app.groups.rules import check_period
from app.membership.actions import require_in_group, require_member
from app.policy import Permission
from app.workplans.models import Stream


def today_of(work: Work, record: Any) -> date:
    """Today for the group that a record belongs to."""
    return work.today(group_of(work, record))


def leads_of(work: Work, project: Project) -> frozenset[str]:
    """The agencies whose accepted lead covers today."""
    today = today_of(work, project)
    given = [ProjectPart.accepted_at.is_not(None), ProjectPart.state.in_(("accepted", "ended"))]  # type: ignore[union-attr, attr-defined]
    parts = work.all(ProjectPart, ProjectPart.project_id == project.id, ProjectPart.role == "lead", *given)
    return frozenset(p.agency_id for p in parts if covers(p.starts_on, p.ends_on, today))


def project_subject(work: Work, project: Project) -> Subject:
    """A project as permissions see it: it is its lead agency's."""
    return Subject(project.group_id, lambda: leads_of(work, project))


def propose_project(
    work: Work, group: Group, *, code: str, lead: str | None, partners: list[str], streams: list[dict[str, str]], budget_lines: list[dict[str, Any]],
    currency: str, budget: str | None, **values: Any,
) -> Project:  # fmt: skip
    """Propose a project. Its agencies are asked for their parts; whoever proposes it for their own agency has answered for that one."""
    leading = find_agency(work, lead, "/lead") if lead else None
    work.require(Permission.PROPOSE_PROJECT, Subject(group.id, frozenset({leading.id} if leading else ())))
    today = work.today(group)
    check_currency(currency)
    check_countries(values["countries"])
    _check_days(values)
    lines = [
        (line["label"], whole_amount(line["amount"], currency, f"/budget_lines/{i}/amount"), line.get("year"))
        for i, line in enumerate(budget_lines)
    ]
    whole = check_lines([line[1] for line in lines], whole_amount(budget, currency, "/budget") if budget else None, currency)
    shares = _shares(work, group.id, streams)
    asked = {a.id: (a, "partner") for a in _partners(work, partners)} | ({leading.id: (leading, "lead")} if leading else {})
    for agency, role in asked.values():
        check_part_membership(work, group.id, agency, role, today)
    _check_code(work, group.id, code)
    project = work.add(Project(group_id=group.id, code=code, currency=currency, budget=whole, **values))
    _enter(work, project, "idea", 1)
    _divide(work, project, shares)
    _itemise(work, project, lines)
    own = work.actor.speaks_for(group.id)
    for agency, role in asked.values():
        answer: dict[str, Any] = {"state": "accepted", "answered_by": work.actor.id, "answered_at": work.now, "accepted_at": work.now}
        part = ProjectPart(
            group_id=group.id,
            project_id=project.id,
            agency_id=agency.id,
            role=role,
            starts_on=today,
            asked_by=work.actor.id,
            **(answer if agency.id in own else {}),
        )
        work.add(part)
    return project


def check_part_membership(work: Work, group_id: str, agency: Agency, role: str, day: date) -> None:
    """Leads are members on their first day; partners may be observers."""
    (require_member if role == "lead" else require_in_group)(work, group_id, agency, day)


def _partners(work: Work, names: list[str]) -> list[Agency]:
    return [find_agency(work, name, f"/partners/{i}") for i, name in enumerate(names)]


def _check_days(values: dict[str, Any]) -> None:
    for first, last in (("starts_on", "ends_on"), ("actual_starts_on", "actual_ends_on")):
        if values[first]:
            check_period(values[first], values[last])


def _shares(work: Work, group_id: str, streams: list[dict[str, str]]) -> dict[str, int]:
    """The shares by stream: streams of the group, exactly 100 per cent together."""
    found = []
    for i, given in enumerate(streams):
        stream = work.session.get(Stream, given["stream"])
        if stream is None or stream.group_id != group_id:
            raise UnknownReference(what="stream of this group", pointer=f"/streams/{i}/stream")
        found.append((stream.id, hundredths(given["share"])))
    check_shares(found)
    return dict(found)


def _divide(work: Work, project: Project, shares: dict[str, int]) -> bool:
    """Keep the shares of the streams; whether that changed any."""
    known = {one.stream_id: one for one in work.all(ProjectStream, ProjectStream.project_id == project.id)}
    wanted = dict.fromkeys(known, 0) | shares
    changed = {stream: share for stream, share in wanted.items() if stream not in known or known[stream].share != share}
    for stream, share in changed.items():
        if stream in known:
            known[stream].share = share
        else:
            work.add(ProjectStream(group_id=project.group_id, project_id=project.id, stream_id=stream, share=share))
    return bool(changed)


def _itemise(work: Work, project: Project, lines: Sequence[tuple[str, int, int | None]]) -> bool:
    """Keep the lines of the budget by their places; whether that changed any."""
    known = work.all(BudgetLine, BudgetLine.project_id == project.id, order_by=BudgetLine.position)
    if [(one.label, one.amount, one.year) for one in known if not one.dropped] == list(lines):
        return False
    for place, (label, amount, year) in enumerate(lines):
        if place < len(known):
            one = known[place]
            one.label, one.amount, one.year, one.dropped = label, amount, year, False
        else:
            work.add(BudgetLine(group_id=project.group_id, project_id=project.id, position=place, label=label, amount=amount, year=year))
    for one in known[len(lines) :]:
        one.dropped = True
    return True


def _enter(work: Work, project: Project, state: str, number: int, decision_id: str | None = None, reason: str | None = None) -> None:
    step: dict[str, Any] = {
        "state": state,
        "number": number,
        "entered_on": today_of(work, project),
        "decision_id": decision_id,
        "reason": reason,
    }
    work.add(ProjectStep(group_id=project.group_id, project_id=project.id, **step))


def amend_project(work: Work, project: Project, **changes: Any) -> Project:
    """Change a project. A change of its streams or budget lines is one of the project, and of its version."""
    work.require(Permission.AMEND_PROJECT, project_subject(work, project))
    work.check_version(project)
    check_countries(changes.get("countries", project.countries))
    names = ("starts_on", "ends_on", "actual_starts_on", "actual_ends_on")
    _check_days({name: changes.get(name, getattr(project, name)) for name in names})
    lines = _amended_budget(work, project, changes)
    shares = _shares(work, project.group_id, changes.pop("streams")) if "streams" in changes else None
    check_alive(project)
    _check_added(work, project, changes.get("countries", project.countries))
    if (code := changes.get("code", project.code)) != project.code:
        _check_code(work, project.group_id, code, project.id)
        changes["iati_code"] = project.iati_code or project.code
    composed = False
    if shares is not None:
        _check_earmarks(work, project, shares)
        composed = _divide(work, project, shares)
    if lines is not None:
        composed = _itemise(work, project, lines) or composed
    work.amend(project, composition=project.composition + composed, **changes)
    settle_conditions(work, project)
    return project


def _check_code(work: Work, group_id: str, code: str, own_id: str | None = None) -> None:
    """A code is one project's, also once that has another: published files go on naming the project by its first."""
    bearing = work.all(Project, Project.group_id == group_id, sa.or_(Project.code == code, Project.iati_code == code))  # type: ignore[arg-type]
    if any(one.id != own_id for one in bearing):
        raise ProjectCodeTaken(code=code)


def _amended_budget(work: Work, project: Project, changes: dict[str, Any]) -> list[tuple[str, int, int | None]] | None:
    """Budget and lines as they are to be; the budget's text in the changes becomes minor units. None where no line changes."""
    currency = changes.get("currency", project.currency)
    check_currency(currency)
    present = work.all(BudgetLine, BudgetLine.project_id == project.id, BudgetLine.dropped.is_(False))  # type: ignore[attr-defined]
    if currency != project.currency and (("budget" not in changes and project.budget) or ("budget_lines" not in changes and present)):
        raise BudgetInAnotherCurrency()
    given = changes.pop("budget_lines", None)
    if given is None and "budget" not in changes:
        return None
    lines = None
    if given is not None:
        lines = [
            (line["label"], whole_amount(line["amount"], currency, f"/budget_lines/{i}/amount"), line.get("year"))
            for i, line in enumerate(given)
        ]
    amounts = [line.amount for line in present] if lines is None else [line[1] for line in lines]
    stated = None if given else project.budget
    if "budget" in changes:
        text = changes.pop("budget")
        stated = whole_amount(text, currency, "/budget") if text else None
    changes["budget"] = check_lines(amounts, stated, currency)
    return lines


def _check_earmarks(work: Work, project: Project, shares: dict[str, int]) -> None:
    """A project does not leave a stream for which it holds money."""
    kept = work.all(Contribution, Contribution.project_id == project.id, Contribution.stream_id.is_not(None))  # type: ignore[union-attr]
    lost = {c.stream_id for c in kept if (c.amount is None or c.amount > c.cancelled) and c.stream_id not in shares}
    if lost:
        codes = [work.get(Stream, stream).code for stream in lost if stream]
        raise StreamIsEarmarked(streams=", ".join(sorted(codes)))


def advance_project(work: Work, project: Project, *, to: str, decision: str | None = None, reason: str | None = None) -> Project:
    """Take a project to its next state. Money is sought once every country team was heard, or a decision goes ahead all the same."""
    work.require(Permission.ADVANCE_PROJECT, project_subject(work, project))
    work.because(reason)
    behind = decision_behind(work, project.group_id, decision)
    if project.state == to:
        return project
    check_advance(project, to, reason)
    if to in GATED:
        _pass_gate(work, project, behind)
    project.state = to
    steps = work.all(ProjectStep, ProjectStep.project_id == project.id)
    _enter(work, project, to, len(steps) + 1, behind, reason)
    settle_conditions(work, project)
    return project


def _pass_gate(work: Work, project: Project, decision_id: str | None) -> None:
    """Every country team was heard; what a decision overrides bears it from then on. What is recorded of the past may lack its consultations."""
    known = {one.country: one for one in work.all(Consultation, Consultation.project_id == project.id)}
    if work.undocumented and work.actor.recording:
        return
    check_gate(project, project.countries, known, decision_id is not None)
    for country in project.countries:
        if decision_id and known[country].outcome in ("objection", "no_reply") and not known[country].decision_id:
            known[country].decision_id = decision_id


def _check_added(work: Work, project: Project, countries: list[str]) -> None:
    """A country that was taken out before the gate does not come back behind it with what its team said, or has not said yet.
    One that nobody has asked may come: it flags the project, and stops its next step."""
    if project.state not in GATED or (work.undocumented and work.actor.recording):
        return
    known = {one.country: one for one in work.all(Consultation, Consultation.project_id == project.id)}
    check_gate(project, [country for country in countries if country in known and country not in project.countries], known, decided=False)


def settle_conditions(work: Work, project: Project) -> None:
    """Once a project's budget is covered, or it is declared funded, what was accepted if funded is firm: from then on, for good."""
    if project.covered_on is None:
        today = today_of(work, project)
        if project.state not in FIRM:
            gap = figures(*money_of(work, project.id, today)).whole.gap
            if gap is None or gap > 0:
                return
        project.covered_on = today
    conditional = [Assignment.if_funded_id == project.id, Assignment.state == "accepted", Assignment.accepted_at.is_(None)]  # type: ignore[union-attr]
    for assignment in work.all(Assignment, *conditional):
        assignment.accepted_at = work.now
    work.session.flush()
