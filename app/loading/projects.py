"""Recording projects: proposed, consulted on, taken step by step to money, and what donors gave; and what compares it, the rates."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from app.core.errors import UnknownReference
from app.core.money import Rate, minor_units
from app.core.work import Work
from app.fundraising import contribution_actions as money
from app.fundraising import part_actions as parts
from app.fundraising.actions import advance_project, propose_project
from app.fundraising.consultation_actions import add_country_team, record_consultation
from app.fundraising.models import (
    BudgetLine,
    Consultation,
    CountryTeam,
    Donor,
    ExchangeRate,
    Passing,
    Project,
    ProjectPart,
    ProjectStep,
    ProjectStream,
)
from app.fundraising.rate_actions import check_rate, import_rates
from app.fundraising.rules import hundredths
from app.groups.models import Group
from app.loading.contributions import OneContribution, same_amount
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.project_shape import ConsultationEntry, CountryTeamEntry, DonorEntry, PartEntry, PassingOn, ProjectEntry
from app.loading.recorder import Recorder
from app.loading.shape import File, GroupEntry
from app.loading.timeline import Rank, Timeline
from app.policy import Permission
from app.workplans.models import Stream, Workplan


def record_rates(desk: Recorder, file: File) -> None:
    """Exchange rates, each where it is not known yet; one that is known otherwise is left alone."""
    for i, entry in enumerate(file.rates):
        path: Path_ = ("rates", i)
        same = [ExchangeRate.currency == entry.currency, ExchangeRate.base == entry.base, ExchangeRate.rated_on == entry.on]
        found, label = desk.work.find(ExchangeRate, *same), f"{entry.on} {entry.currency} for {entry.base}"
        if found:
            other = [name for name in ("rate", "source") if getattr(found, name) != getattr(entry, name)]
            desk.tell_differences("rate", label, other)
            continue
        rate = Rate(entry.currency, entry.base, entry.on, entry.rate, entry.source)
        try:
            check_rate(rate)
        except ValueError as error:
            raise Mistakes([Mistake(str(error), path, "rates_not_taken")]) from None
        with desk.acting(path) as work:
            import_rates(work, [(i + 1, rate)])
        desk.report.tell("add", "rate", label)


def record_givers(desk: Recorder, group: Group, entry: GroupEntry, path: Path_) -> None:
    """Country teams and donors, before the projects that name them."""
    for i, team in enumerate(entry.country_teams):
        _team(desk, group, team, (*path, "country_teams", i))
    for i, donor in enumerate(entry.donors):
        _donor(desk, group, donor, (*path, "donors", i))


def _team(desk: Recorder, group: Group, entry: CountryTeamEntry, path: Path_) -> None:
    found = desk.work.find(CountryTeam, CountryTeam.group_id == group.id, CountryTeam.country == entry.country)
    desk.put(
        path,
        entry,
        "country team",
        entry.country,
        found,
        lambda work: add_country_team(work, group, **entry.values()),
        group.established_on,
    )


def _donor(desk: Recorder, group: Group, entry: DonorEntry, path: Path_) -> None:
    found = desk.work.find(Donor, Donor.group_id == group.id, Donor.code == entry.code)
    actual: dict[str, Any] = {"agency": desk.same_agency(entry.agency, found.agency_id)} if found else {}
    desk.put(
        path, entry, "donor", entry.code, found, lambda work: money.add_donor(work, group, **entry.values()), group.established_on, **actual
    )


def project_named(desk: Recorder, code: str, path: Path_) -> Project:
    """The project of the group that a code names."""
    assert desk.group is not None
    found = desk.work.find(Project, Project.group_id == desk.group.id, Project.code == code)
    if found is None:
        raise Mistakes([Mistake(f"there is no project '{code}' by then", path, UnknownReference.code())])
    return found


def plan_projects(desk: Recorder, timeline: Timeline, entry: GroupEntry, path: Path_) -> None:
    """Put the story of each project on the timeline."""
    for i, project in enumerate(entry.projects):
        OneProject(desk, timeline, project, (*path, "projects", i)).plan()


@dataclass
class OneProject:
    desk: Recorder
    timeline: Timeline
    entry: ProjectEntry
    path: Path_

    @property
    def project(self) -> Project:
        return project_named(self.desk, self.entry.code, self.path)

    @property
    def proposed_on(self) -> date:
        """The day that it was proposed: told, or as early as another day of its entry needs it."""
        entry = self.entry
        known = [self.desk.today, entry.starts_on, *(one.on for one in entry.advanced), *(one.on for one in entry.contributions)]
        known += [day for one in entry.consultations for day in (one.requested_on, one.answered_on, one.on)]
        return entry.proposed_on or min(day for day in known if day)

    def plan(self) -> None:
        entry, at, first = self.entry, self.timeline.at, self.proposed_on
        at(first, Rank.PROJECT, lambda: self.propose(first))
        for i, part in enumerate(entry.assignments):
            self._plan_part(part, (*self.path, "assignments", i), first)
        for i, asked in enumerate(entry.consultations):
            where: Path_ = (*self.path, "consultations", i)
            waited = asked.answer_by + timedelta(days=1) if asked.answer_by and asked.outcome == "no_reply" else None
            day = asked.on or asked.answered_on or waited or max(asked.requested_on or first, first)
            at(day, Rank.CONSULT, partial(self.consult, asked, where, day))
        for i, step in enumerate(entry.advanced):
            at(step.on, Rank.ADVANCE, partial(self.advance, step, (*self.path, "advanced", i)))
        for i, gift in enumerate(entry.contributions):
            OneContribution(
                self.desk, self.timeline, gift, (*self.path, "contributions", i), entry.code, lambda: self.project, self.stream
            ).plan()
        for i, passed in enumerate(entry.passed_on):
            at(passed.on, Rank.ADVANCE, partial(self.pass_on, passed, (*self.path, "passed_on", i)))

    def stream(self, name: str, path: Path_) -> Stream:
        """The stream of the group that PLAN/CODE names."""
        group, (plan_code, _, code) = self.desk.group, name.rpartition("/")
        assert group is not None
        plan = self.desk.work.find(Workplan, Workplan.group_id == group.id, Workplan.code == plan_code)
        found = self.desk.work.find(Stream, Stream.workplan_id == plan.id, Stream.code == code) if plan else None
        if found is None:
            message = f"there is no stream '{code}' in a plan '{plan_code}' by then: write PLAN/CODE, or a later 'proposed_on'"
            raise Mistakes([Mistake(message, path, UnknownReference.code())])
        return found

    def propose(self, day: date) -> None:
        desk, group, entry = self.desk, self.desk.group, self.entry
        assert group is not None
        shares = [
            {"stream": self.stream(one.stream, (*self.path, "streams", i, "stream")).id, "share": one.share}
            for i, one in enumerate(entry.streams)
        ]
        found = desk.work.find(Project, Project.group_id == group.id, Project.code == entry.code)
        actual = self._actual(found, shares) if found else {}
        made = desk.put(
            self.path,
            entry,
            "project",
            entry.code,
            found,
            lambda work: propose_project(work, group, **entry.values(streams=shares)),
            day,
            **actual,
        )
        story = {(desk.agency(p.agency, self.path).id, p.role) for p in entry.assignments}
        for part in desk.work.all(ProjectPart, ProjectPart.project_id == made.id, ProjectPart.state == "proposed") if found is None else []:
            if (part.agency_id, part.role) not in story:
                with desk.acting(self.path, day) as work:
                    parts.accept_part(work, part)

    def _actual(self, found: Project, shares: list[dict[str, str]]) -> dict[str, Any]:
        """What the record says in the words of the file."""
        entry, work = self.entry, self.desk.work
        known = {one.stream_id: one.share for one in work.all(ProjectStream, ProjectStream.project_id == found.id, ProjectStream.share > 0)}
        lines = work.all(BudgetLine, BudgetLine.project_id == found.id, BudgetLine.dropped.is_(False), order_by=BudgetLine.position)  # type: ignore[attr-defined]
        told = [(line.label, minor_units(line.amount, entry.currency), line.year) for line in entry.budget_lines]
        agencies = {p.agency_id: p.role for p in work.all(ProjectPart, ProjectPart.project_id == found.id)}
        named = {name: agencies.get(self.desk.agency(name, self.path).id) for name in (entry.lead, *entry.partners) if name}
        values = entry.values()
        return {
            "lead": entry.lead if entry.lead is None or named[entry.lead] == "lead" else None,
            "partners": [name for name in entry.partners if named[name]],
            "streams": values["streams"] if known == {one["stream"]: hundredths(one["share"]) for one in shares} else None,
            "budget": same_amount(entry.budget, found.budget, found.currency),
            "budget_lines": values["budget_lines"] if told == [(line.label, line.amount, line.year) for line in lines] else None,
        }

    def _plan_part(self, part: PartEntry, path: Path_, first: date) -> None:
        asked = max(part.starts_on or first, first)
        self.timeline.at(asked, Rank.ASK, lambda: self.ask(part, path, asked))
        about = part.answered
        answered = max((about and about.on) or asked, asked)
        if part.answer:
            self.timeline.at(answered, Rank.ANSWER, lambda: self.answer(part, path, answered))
        if part.ended:
            self.timeline.at(part.ended.on, Rank.END_PART, lambda: self.end(part, path))

    def _part(self, entry: PartEntry, path: Path_) -> tuple[Project, ProjectPart | None, str]:
        project, agency = self.project, self.desk.agency(entry.agency, (*path, "agency"))
        same = [ProjectPart.project_id == project.id, ProjectPart.agency_id == agency.id, ProjectPart.role == entry.role]
        found = self.desk.work.all(ProjectPart, *same, order_by=ProjectPart.created_at)
        return project, found[0] if found else None, f"{project.code} {agency.code} ({entry.role})"

    def ask(self, entry: PartEntry, path: Path_, day: date) -> None:
        project, found, label = self._part(entry, path)
        self.desk.put(
            path,
            entry,
            "project part",
            label,
            found,
            lambda work: parts.propose_part(work, project, **entry.values()),
            day,
            agency=entry.agency,
        )

    def answer(self, entry: PartEntry, path: Path_, day: date) -> None:
        _, part, label = self._part(entry, path)
        assert part is not None
        told = entry.answered.model_dump(exclude={"on"}) if entry.answered else {}
        known = {"on_behalf_of": entry.agency, "evidence": told.pop("evidence", None)}

        def act(work: Work) -> Any:
            return parts.accept_part(work, part, **known) if entry.answer == "accepted" else parts.decline_part(work, part, **told, **known)

        operation = Permission.ACCEPT_PART if entry.answer == "accepted" else Permission.DECLINE_PART
        self.desk.step(path, str(entry.answer), label, part, operation, day, act, settled=part.state != "proposed")

    def end(self, entry: PartEntry, path: Path_) -> None:
        _, part, label = self._part(entry, path)
        end = entry.ended
        assert part is not None
        assert end is not None
        act = lambda work: parts.end_part(work, part, **end.values())  # noqa: E731
        self.desk.step((*path, "ended"), "ended", label, part, Permission.END_PART, end.on, act, settled=part.state == "ended")

    def consult(self, entry: ConsultationEntry, path: Path_, day: date) -> None:
        project = self.project
        found = self.desk.work.find(Consultation, Consultation.project_id == project.id, Consultation.country == entry.country)
        label = f"{project.code} {entry.country}"
        self.desk.put(path, entry, "consultation", label, found, lambda work: record_consultation(work, project, **entry.values()), day)

    def advance(self, step: Any, path: Path_) -> None:
        project, decision = self.project, self.desk.decision(step, path)
        taken = {one.state for one in self.desk.work.all(ProjectStep, ProjectStep.project_id == project.id)}
        self.desk.step(
            path, step.to, f"{step.on} {project.code}", project, Permission.ADVANCE_PROJECT, step.on,
            lambda work: advance_project(work, project, to=step.to, decision=decision, reason=step.reason), settled=step.to in taken, entry=step,
        )  # fmt: skip

    def pass_on(self, step: PassingOn, path: Path_) -> None:
        project, target = self.project, project_named(self.desk, step.to, (*path, "to"))
        same = [Passing.project_id == project.id, Passing.passed_on == step.on, Passing.reason == step.reason]
        settled = bool(self.desk.work.all(Passing, *same))
        values = step.values(to=target.id, decision=self.desk.decision(step, path))
        self.desk.step(
            path, "passed on", f"{step.on} {project.code} to {target.code}", project, Permission.PASS_ON_FUNDS, step.on,
            lambda work: money.pass_on_funds(work, project, **values), settled=settled, entry=step,
        )  # fmt: skip
