"""Country teams, and what they answer before money is sought for work in their country."""

from typing import Any

from app.actors import Subject
from app.core.work import Work
from app.fundraising.actions import project_subject, today_of
from app.fundraising.models import Consultation, CountryTeam, Project
from app.fundraising.rules import (
    ANSWERED,
    AlreadyConsulted,
    CountryTeamTaken,
    NotACountryOfTheProject,
    check_alive,
    check_consultation,
    check_countries,
)
from app.groups.models import Group
from app.policy import Permission

FIELDS = ("outcome", "requested_on", "answer_by", "answered_on", "reason")


def add_country_team(work: Work, group: Group, *, country: str, **values: Any) -> CountryTeam:
    """Record a country team, and who speaks for it."""
    work.require(Permission.ADD_COUNTRY_TEAM, Subject(group.id))
    check_countries([country], "/country")
    if work.find(CountryTeam, CountryTeam.group_id == group.id, CountryTeam.country == country):
        raise CountryTeamTaken(country=country)
    return work.add(CountryTeam(group_id=group.id, country=country, **values))


def amend_country_team(work: Work, team: CountryTeam, **changes: Any) -> CountryTeam:
    """Correct a country team, or say who speaks for it now."""
    work.require(Permission.AMEND_COUNTRY_TEAM, Subject(team.group_id))
    work.check_version(team)
    work.amend(team, **changes)
    return team


def record_consultation(work: Work, project: Project, *, country: str, outcome: str, **values: Any) -> Consultation:
    """Record that a country team was asked about a project, and its answer where there is one. A team is consulted once; amend that."""
    work.require(Permission.RECORD_CONSULTATION, project_subject(work, project))
    if country not in project.countries:
        check_countries([country], "/country")
        raise NotACountryOfTheProject(country=country)
    today = today_of(work, project)
    found = {"outcome": outcome, **values}
    if outcome == "requested":
        found["requested_on"] = found["requested_on"] or today
    check_consultation(found, today)
    check_alive(project)
    other = work.find(Consultation, Consultation.project_id == project.id, Consultation.country == country)
    if other:
        raise AlreadyConsulted(country=country, id=other.id)
    if outcome in ANSWERED:
        found["answered_on"] = found["answered_on"] or today
    return work.add(Consultation(group_id=project.group_id, project_id=project.id, country=country, **found))


def amend_consultation(work: Work, consultation: Consultation, **changes: Any) -> Consultation:
    """Record a country team's answer, that it gave none, or a correction. What a decision overrode is judged anew where the answer changes."""
    project = work.get(Project, consultation.project_id)
    work.require(Permission.AMEND_CONSULTATION, project_subject(work, project))
    work.check_version(consultation)
    today = today_of(work, project)
    after = {name: changes.get(name, getattr(consultation, name)) for name in FIELDS}
    turned = after["outcome"] != consultation.outcome
    if turned and "answered_on" not in changes:
        after["answered_on"] = None
    check_consultation(after, today)
    check_alive(project)
    if after["outcome"] in ANSWERED and after["answered_on"] is None and turned:
        after["answered_on"] = today
    if turned:
        after["decision_id"] = None
    work.amend(consultation, **(changes | after))
    return consultation
