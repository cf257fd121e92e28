"""Mistakes in single rules, planted in this process. No constraint of the database would catch them; each could be ours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Fault:
    """A rule gone wrong."""

    says: str
    plant: Callable[[Patch], None]
    about: tuple[str, ...]
    """The themes that touch on it: CI keeps to these, the long figure takes all."""

    def __str__(self) -> str:
        return self.plant.__name__


FAULTS: list[Fault] = []


def module(name: str) -> Any:
    """A module of the service, into whose names anything may be planted."""
    return import_module(name)


def fault(*about: str) -> Callable[[Callable[[Patch], None]], None]:
    def add(plant: Callable[[Patch], None]) -> None:
        FAULTS.append(Fault(plant.__doc__ or "", plant, about))

    return add


@fault("bodies", "work")
def a_sunset_does_not_bite(patch: Patch) -> None:
    """After its sunset a body takes new deliverables and changes."""
    rules = module("app.bodies.rules")
    actions = module("app.deliverables.actions")

    patch.setattr(actions, "check_open", lambda body, today: rules.check_state(body, *rules.OPEN))


@fault("bodies", "work")
def a_sunset_bites_a_day_early(patch: Patch) -> None:
    """On the last day of its mandate a body takes nothing new any more."""
    actions = module("app.bodies.actions")
    work = module("app.deliverables.actions")

    check = actions.check_open
    for place in (actions, work):
        patch.setattr(place, "check_open", lambda body, today: check(body, today + timedelta(days=1)))


@fault("plans", "work")
def slip_counts_from_the_last_promise(patch: Patch) -> None:
    """Each endorsement sets every baseline due date anew, so that slip vanishes."""
    from app.deliverables.models import Deliverable

    actions = module("app.baselines.actions")

    def promise(work: Any, plan: Any) -> None:
        for d in work.all(Deliverable, Deliverable.workplan_id == plan.id):
            d.baseline_due, d.baseline_due_from, d.baseline_due_on = d.due, d.due_from, d.due_on

    patch.setattr(actions, "_promise", promise)


@fault("people", "asking")
def an_observer_may_lead(patch: Patch) -> None:
    """Whoever is in the group may lead."""
    actions = module("app.deliverables.assignment_actions")

    patch.setattr(actions, "require_member", actions.require_in_group)


@fault("people", "asking")
def membership_is_judged_today(patch: Patch) -> None:
    """An agency is asked to lead because it is a member now, whenever the part begins."""
    actions = module("app.deliverables.assignment_actions")

    require = actions.require_member

    def now(work: Any, group_id: str, agency: Any, day: Any) -> None:
        require(work, group_id, agency, work.now.date())

    patch.setattr(actions, "require_member", now)


@fault("asking", "work")
def a_lead_that_was_asked_counts(patch: Patch) -> None:
    """Work may begin as soon as an agency is asked to lead, or has declined."""
    from app.core.dates import covers
    from app.deliverables.models import Assignment

    actions = module("app.deliverables.actions")

    def leads_on(work: Any, deliverable: Any, day: Any, *roles: str) -> frozenset[str]:
        parts = work.all(Assignment, Assignment.deliverable_id == deliverable.id)
        return frozenset(p.agency_id for p in parts if p.role in roles and covers(p.starts_on, p.ends_on, day))

    patch.setattr(actions, "leads_on", leads_on)


@fault("people")
def a_term_outlives_its_last_day(patch: Patch) -> None:
    """On the day after its last the chair still chairs."""
    from app.core.dates_sql import DaysAfter

    queries = module("app.chairs.queries")

    table = queries.C
    current = queries._term(
        table.c.starts_on <= queries.asked, DaysAfter(table.c.ends_on, sa.literal_column("1")) >= queries.asked, order=table.c.starts_on
    )
    patch.setattr(queries, "CURRENT", current)


@fault("people")
def a_term_may_outlive_a_membership(patch: Patch) -> None:
    """Holders of the chair are members on its first day; nobody looks at the others."""
    actions = module("app.chairs.actions")

    require = actions.require_member
    patch.setattr(
        actions, "require_member", lambda work, group_id, agency, starts_on, ends_on=None: require(work, group_id, agency, starts_on)
    )


@fault("people")
def a_term_is_a_day_too_long(patch: Patch) -> None:
    """A term of twelve months ends on the day on which it began."""
    from app.core.dates import add_months

    actions = module("app.chairs.actions")
    rules = module("app.chairs.rules")

    for place in (actions, rules):
        patch.setattr(place, "term_end", add_months)


@fault("plans")
def endorsing_twice_makes_two_baselines(patch: Patch) -> None:
    """Whoever endorses a plan again opens a revision without knowing."""
    api = module("app.baselines.api")

    endorse = api.endorse

    def again(work: Any, plan: Any, **given: Any) -> Any:
        if plan.state == "endorsed" and not plan.revising:
            plan.revising, plan.revision = True, plan.revision + 1
        return endorse(work, plan, **given)

    patch.setattr(api, "endorse", again)


@fault("plans", "work")
def an_endorsed_plan_takes_everything(patch: Patch) -> None:
    """Due dates of an endorsed plan change without a revision."""
    actions = module("app.deliverables.actions")

    patch.setattr(actions, "check_structure", actions.check_alive)


@fault("bodies")
def an_extension_counts_from_its_decision(patch: Patch) -> None:
    """An extension may be longer than the modality allows."""
    rules = module("app.bodies.rules")

    months_after = rules._months_after
    patch.setattr(rules, "_months_after", lambda sunset_on, months: months_after(sunset_on, months + 6))


@fault("bodies")
def any_decision_will_do(patch: Patch) -> None:
    """A formal step may name a decision of another group."""
    from app.decisions.models import Decision

    actions = module("app.bodies.actions")

    behind = actions.decision_behind

    def any_behind(work: Any, group_id: str, id: str | None, step: str | None = None, **more: Any) -> str | None:
        there = id and work.session.get(Decision, id)
        return id if there and there.group_id != group_id else behind(work, group_id, id, step, **more)

    patch.setattr(actions, "decision_behind", any_behind)


@fault("bodies", "work")
def a_body_closes_over_open_work(patch: Patch) -> None:
    """A body is closed with deliverables left in it."""
    actions = module("app.deliverables.authority_actions")

    patch.setattr(actions, "_open", lambda work, *conditions: [])


@fault("asking")
def a_proxy_needs_no_evidence(patch: Patch) -> None:
    """The secretariat answers for an agency without a word on what that rests on."""
    actions = module("app.deliverables.assignment_actions")

    check = actions.check_proxy
    patch.setattr(actions, "check_proxy", lambda own, on_behalf_of, evidence, agency: check(own, on_behalf_of, "yes", agency))


@fault("work", "asking")
def a_card_holds_a_day_too_long(patch: Patch) -> None:
    """On the day on which something turns, readers are still told how it was."""
    from app.core.dates_sql import DaysAfter

    cards = module("app.core.cards")

    queries = module("app.deliverables.queries")

    card, replace = cards.Cards.text.fget, module("sqlalchemy.sql.visitors").replacement_traverse

    def text(self: Any) -> Any:
        held = card(self)
        column = self.table.c.until
        return replace(held, {}, lambda e, **_: DaysAfter(e, sa.literal_column("1")) if e is column else None)

    queries.DELIVERABLES.statement.cache_clear()
    patch.setattr(cards.Cards, "text", property(text))
