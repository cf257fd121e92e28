"""Loading a file: one transaction, each thing and step through the action that a user has, as of its own day."""

from datetime import date
from typing import Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from app.actors import Actor
from app.core.dates import day_in, now, time_zones
from app.core.errors import Problem
from app.core.parameters import nearest
from app.core.work import Work, WriteConflict, unit_of_work
from app.groups.models import Group
from app.loading import shape
from app.loading.bodies import plan_bodies
from app.loading.days import HINT, RELATIVE
from app.loading.document import Document, Mistake, Mistakes, Path_
from app.loading.foundations import record_agencies, record_foundations, record_group
from app.loading.handovers import plan_hand_overs
from app.loading.meetings import plan_meetings
from app.loading.plans import plan_workplans
from app.loading.projects import plan_projects, record_givers, record_rates
from app.loading.recorder import Recorder
from app.loading.report import Report
from app.loading.shape import File, GroupEntry
from app.loading.timeline import Timeline

LOADER = Actor("load", "load", recording=True)


class DryRun(Exception):
    """Ends a dry run, so that its transaction is rolled back."""


def load(bind: sa.Engine, document: Document, *, dry_run: bool = False) -> Report:
    """Load a file, all of it or nothing; `Mistakes` says what stands in the way, and where."""
    report = Report()
    try:
        with unit_of_work(bind, LOADER, now(), channel="load") as work:
            _load(work, document, report)
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    except Problem as problem:
        raise Mistakes([Mistake(str(problem), code=problem.code())]) from None
    except WriteConflict:
        raise Mistakes([Mistake("somebody else wrote at the same moment: load the file again", code="write_conflict")]) from None
    return report


def _load(work: Work, document: Document, report: Report) -> None:
    found: list[Mistake] = []
    file = checked(File, document.content, (), {"today": work.now.date(), "sources": _sources(document.content)}, found)
    groups = [_checked_group(work, file, i, found) for i in range(len(file.groups))] if file else []
    if file is None or found:
        raise Mistakes(found)
    desk = Recorder(work, document, report, work.now.date())
    record_agencies(desk, file)
    record_rates(desk, file)
    for i, (entry, today) in enumerate(g for g in groups if g):
        desk.today = today
        path: Path_ = ("groups", i)
        group = record_group(desk, entry, path)
        own = desk.of(group, today)
        record_foundations(own, group, entry, path)
        timeline = Timeline()
        plan_bodies(own, timeline, entry, path)
        plan_workplans(own, timeline, entry, path)
        plan_meetings(own, timeline, entry, path)
        plan_hand_overs(own, timeline, entry, path)
        record_givers(own, group, entry, path)
        plan_projects(own, timeline, entry, path)
        timeline.run()


def _sources(content: Any) -> dict[str, str]:
    """The sources' texts by id, as far as they can be read: what is wrong with them is told with the rest."""
    given = content.get("sources") if isinstance(content, dict) else None
    texts = {}
    for name, value in (given if isinstance(given, dict) else {}).items():
        try:
            texts[name] = shape.Source.model_validate(value).text
        except ValidationError:
            texts[name] = name
    return texts


def _checked_group(work: Work, file: File, i: int, found: list[Mistake]) -> tuple[GroupEntry, date] | None:
    """A group of the file, its relative days counted from the day on which it was first loaded; and its today."""
    raw = file.groups[i]
    code, zone = (text if isinstance(text := raw.get(name), str) else None for name in ("code", "time_zone"))
    known = work.find(Group, Group.code == code)
    zone = known.time_zone if known else zone
    today = day_in(work.now, zone if zone and zone in time_zones() else "UTC")
    first = day_in(known.created_at, known.time_zone) if known else today
    sources = {name: source.text for name, source in file.sources.items()}
    entry = checked(GroupEntry, raw, ("groups", i), {"today": first, "sources": sources}, found)
    return (entry, today) if entry else None


def checked(model: Any, value: Any, path: Path_, context: dict[str, Any], found: list[Mistake]) -> Any:
    """The value as this class, or None, with what is wrong added to `found`."""
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        found += [_mistake(item, path) for item in error.errors(include_url=False)[:50]]
        return None


def _mistake(item: Any, path: Path_) -> Mistake:
    """One of Pydantic's findings in the words of a file."""
    place = tuple(part for part in item["loc"] if part != "[key]")
    message, given = item["msg"].removeprefix("Value error, "), item.get("input")
    if item["type"] == "extra_forbidden":
        near = nearest(str(place[-1]), WORDS)
        message = "there is no such key here" + (f": did you mean '{near}'?" if near and near != place[-1] else "")
    elif isinstance(given, str) and "today" in given and not RELATIVE.fullmatch(given) and "day" in message:
        message = HINT
    return Mistake(message[0].lower() + message[1:], (*path, *place), item["type"])


def _words(model: type[BaseModel]) -> set[str]:
    """Every key that a class takes, and those of the classes in it."""
    found = set(model.model_fields)
    for about in model.model_fields.values():
        for part in (about.annotation, *get_args(about.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= _words(part)
    return found


WORDS = frozenset(_words(File) | _words(GroupEntry))
