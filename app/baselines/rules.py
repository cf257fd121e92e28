"""What stands in the way of endorsing a plan, and what two states of a plan differ in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.codes import closed
from app.core.dates import VagueDate
from app.core.errors import Conflict, Invalid
from app.workplans.models import Workplan

Item = dict[str, Any]
"""What is promised of one deliverable: its id, code, title, the stream's code, the due date as written, the lead agency's code,
and the milestones (id, title, due) where there are any."""

ERRORS = closed("check.error", "no_due", "body_ended", "sunset_passed", "due_after_sunset")
WARNINGS = closed("check.warning", "nothing_in_it", "no_lead", "overdue", "due_outside_plan", "delivered_outside_plan")
SEVERITIES = closed("check.severity", "error", "warning")
TOLD = {
    "no_due": "It has no due date: give it one.",
    "body_ended": "Its body has ended: move it to another, or cancel it.",
    "sunset_passed": "Its body is past its sunset: extend that by decision, move the deliverable, or cancel it.",
    "due_after_sunset": "It is due after the sunset of its body: bring it forward, or extend the body by decision.",
    "nothing_in_it": "The plan promises nothing yet.",
    "no_lead": "No agency has accepted to lead it.",
    "overdue": "It is open after its due date.",
    "due_outside_plan": "It is due outside the days of the plan.",
    "delivered_outside_plan": "It was delivered outside the days of the plan.",
}
"""What each finding says, and what would mend it."""
SIDES = closed("comparison.side", "baseline", "moment", "now")
COMPARED = ("code", "title", "stream", "due", "lead")
FIELDS = closed("comparison.field", *COMPARED, "milestone_added", "milestone_withdrawn", "milestone_title", "milestone_due")


class PlanHasErrors(Conflict):
    message = "This plan cannot be endorsed as it is: {errors}. GET /api/v1/workplans/{id}/checks tells more of each."


class WarningsNeedAReason(Invalid):
    message = "This plan can be endorsed with a reason, which is kept with its baseline: {warnings}."
    pointer = "/reason"


@dataclass(frozen=True)
class Finding:
    """What a check found, of a deliverable or of the plan as a whole."""

    code: str
    deliverable: str | None = None

    @property
    def blocks(self) -> bool:
        return self.code in ERRORS

    def __str__(self) -> str:
        return f"{self.deliverable} {self.code}" if self.deliverable else self.code


def check_endorsable(plan: Workplan, found: Sequence[Finding], reason: str | None) -> None:
    """Refuse a plan with errors; one with warnings is endorsed with a reason."""
    if errors := [str(f) for f in found if f.blocks]:
        raise PlanHasErrors(id=plan.id, errors=", ".join(errors))
    if found and not reason:
        raise WarningsNeedAReason(warnings=", ".join(map(str, found)))


def differences(old: Iterable[Item], new: Iterable[Item]) -> dict[str, list[Any]]:
    """What was added, removed and changed between two states of a plan, each by code. A changed due date tells by how many days."""
    before, after = ({item["id"]: item for item in items} for items in (old, new))
    changed = [(after[i], _changes(before[i], after[i])) for i in before.keys() & after.keys()]
    return {
        "added": _by_code(after[i] for i in after.keys() - before.keys()),
        "removed": _by_code(before[i] for i in before.keys() - after.keys()),
        "changed": _by_code(item | {"changes": changes} for item, changes in changed if changes),
    }


def only(found: Mapping[str, list[Item]], *, stream: str | None, lead: str | None) -> dict[str, list[Item]]:
    """What concerns a stream or a lead agency, by code: items that are theirs, or were."""
    wanted = {name: value for name, value in (("stream", stream), ("lead", lead)) if value is not None}
    return {
        kind: [item for item in items if all(value in _said(item, name) for name, value in wanted.items())] for kind, items in found.items()
    }


def _said(item: Item, name: str) -> set[str | None]:
    """The present value of a field, and the former one where it changed."""
    return {item[name], *(change["old"] for change in item.get("changes", ()) if change["field"] == name)}


def summed(found: Mapping[str, list[Item]], name: str) -> list[Item]:
    """How many items of each stream (or lead) were added, removed and changed, and by how many days they moved in all."""
    rows: dict[str | None, Item] = {}
    for kind, items in found.items():
        for item in items:
            row = rows.setdefault(item[name], {"code": item[name], "added": 0, "removed": 0, "changed": 0, "days": 0})
            row[kind] += 1
            row["days"] += sum(change["days"] or 0 for change in item.get("changes", ()) if change["field"] == "due")
    return sorted(rows.values(), key=lambda row: (row["code"] is None, row["code"]))


def _by_code(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item["code"], item["id"]))


def without_nothing(item: Item) -> Item:
    """An item as a baseline keeps it: without milestones it says nothing of them, as the first baselines did."""
    return {name: value for name, value in item.items() if name != "milestones" or value}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Item]:
    return [
        {"field": name, "old": old[name], "new": new[name], "days": _days(old[name], new[name]) if name == "due" else None}
        for name in COMPARED if old[name] != new[name]
    ] + _milestone_changes(old.get("milestones", ()), new.get("milestones", ()))  # fmt: skip


def _milestone_changes(old: Sequence[Item], new: Sequence[Item]) -> list[Item]:
    """What became of the milestones of an item: which ones came, went, were renamed or moved."""
    before, after = ({step["id"]: step for step in steps} for steps in (old, new))
    found: list[Item] = []
    for step in sorted({**before, **after}.values(), key=lambda step: (step["title"], step["id"])):
        was, is_ = before.get(step["id"]), after.get(step["id"])
        if was is None or is_ is None:
            field, values = ("milestone_added" if was is None else "milestone_withdrawn"), (was and was["title"], is_ and is_["title"])
            found.append({"field": field, "old": values[0], "new": values[1], "days": None, "milestone": step["title"]})
            continue
        found += [
            {
                "field": f"milestone_{name}", "old": was[name], "new": is_[name],
                "days": _days(was[name], is_[name]) if name == "due" else None, "milestone": step["title"],
            }
            for name in ("title", "due") if was[name] != is_[name]
        ]  # fmt: skip
    return found


def _days(old: str | None, new: str | None) -> int | None:
    """By how many days the last day moved; negative where it was brought forward."""
    return (VagueDate.parse(new).latest - VagueDate.parse(old).latest).days if old and new else None
