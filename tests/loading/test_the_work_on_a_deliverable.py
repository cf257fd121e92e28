"""Milestones, dependencies and reviewed reports in a file."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.loading.demo import load_demo
from app.loading.document import Document, Mistakes
from app.loading.load import load
from tests.make import Make, ok

WORK = """\
troika: 1
agencies: [{code: A, name: Agency}]
groups:
  - code: tst
    name: Group
    established_on: 2020-01-01
    updates: UPDATES
    decisions: [{code: D, decided_on: 2020-02-01, level: principals, text: Yes.}]
    members: [{agency: A}]
    workplans:
      - code: P
        title: Plan
        starts_on: 2020-01-01
        ends_on: 2090-12-31
        endorsed: {on: 2020-02-01, decision: D}
        streams:
          - code: S
            title: Stream
            deliverables:
              - code: "1"
                title: One
                due: 2080
                milestones:
                  - {title: Promised, due: 2020-06, note: A note., reached: {on: 2020-07-04}}
                  - {title: Later, due: 2021, added_on: 2020-03-01, withdrawn: {on: 2020-04-01, reason: No need.}}
                  - {title: Undated}
                dependencies:
                  - {waits_for: "2", reason: Its figures., ended: {on: 2020-05-01, reason: They are there.}}
                  - {waits_for: P/3, added_on: 2020-06-01}
                updates:
                  - {on: 2020-03-01, percent: 10, narrative: Taken over.}
                  - {on: 2020-03-02, percent: 20, narrative: Sent back., returned: Say more.}
                  - {on: 2020-03-03, percent: 30, narrative: To be reviewed., review: submitted}
                  - {on: 2020-03-04, percent: 40, narrative: A draft., review: draft}
              - {code: "2", title: Two, due: 2080}
              - {code: "3", title: Three, due: 2080}
"""


def loaded(make: Make, text: str) -> list[tuple[str, ...]]:
    """What a load told, but for what was there already."""
    told = load(make.engine, Document("f.yaml", text))
    return [(line.verb, line.what, line.label) for line in told.lines if line.verb != "keep"]


def secretariat(make: Make) -> Any:
    return make.service.as_(make.token("secretariat", "tst"))


def items(make: Make, path: str, *fields: str, **params: str) -> list[tuple[Any, ...]]:
    return [tuple(item[f] for f in fields) for item in ok(secretariat(make).get(path, params=params), 200)["items"]]


@pytest.mark.parametrize("updates", ["reviewed", "direct"])
def test_everything_is_recorded_on_its_day_and_once(make: Make, updates: str) -> None:
    text = WORK.replace("UPDATES", updates)
    loaded(make, text)
    found = items(make, "/milestones", "title", "state", "done_on", "withdrawn_on", "slip_days", sort="title")
    assert found == [
        ("Later", "withdrawn", None, "2020-04-01", None), ("Promised", "reached", "2020-07-04", None, 4), ("Undated", "open", None, None, None),
    ]  # fmt: skip
    one = ok(secretariat(make).get("/deliverables", params={"code": "1"}), 200)["items"][0]
    waits = ok(secretariat(make).get(f"/deliverables/{one['id']}/dependencies"), 200)["items"]
    assert sorted((d["waits_for"]["code"], d["ended_on"], d["waiting"]) for d in waits) == [("2", "2020-05-01", False), ("3", None, True)]
    states = items(make, f"/deliverables/{one['id']}/updates", "narrative", "state", "review_note", sort="reported_on")
    if updates == "direct":
        assert [state for _, state, _ in states] == ["accepted"] * 4
        assert one["percent"] == 40
    else:
        assert states == [
            ("Taken over.", "accepted", None), ("Sent back.", "returned", "Say more."), ("To be reviewed.", "submitted", None), ("A draft.", "draft", None),
        ]  # fmt: skip
        assert one["percent"] == 10
    with make.unchanged():
        assert loaded(make, text) == []


def test_what_the_record_says_otherwise_is_told(make: Make) -> None:
    text = WORK.replace("UPDATES", "reviewed")
    loaded(make, text)
    with make.unchanged():
        again = loaded(
            make, text.replace("title: Promised, due: 2020-06", "title: Promised, due: 2020-08").replace("Its figures.", "Its maps.")
        )
    assert again == [("differs", "milestone", "P 1 Promised: due"), ("differs", "dependency", "P 1 waits for 2: reason")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("withdrawn: {on: 2020-04-01", "withdrawn: {on: 2020-02-15", "milestones[1].withdrawn: unknown_reference: this step comes before"),
        (
            "added_on: 2020-06-01}",
            "added_on: 2020-06-01, ended: {on: 2020-05-01, reason: R}}",
            "dependencies[1].ended: unknown_reference: this step",
        ),
        ("P/3", "P/4", "dependencies[1].waits_for: unknown_reference: there is no deliverable '4' in a plan 'P'"),
        ("P/3", '"1"', "dependencies[1]: dependency_cycle: This would close a circle, in which each waits for the next: 1 → 1"),
        ("title: Undated", "title: Promised", "milestones[2]: duplicate_entry: this is the same as"),
        ("review: draft", "review: perhaps", "updates[3].review: literal_error"),
    ],
)
def test_a_mistake_is_named_at_its_place(make: Make, old: str, new: str, told: str) -> None:
    document = Document("f.yaml", WORK.replace("UPDATES", "reviewed").replace(old, new))
    with make.unchanged(), pytest.raises(Mistakes) as caught:
        load(make.engine, document)
    assert any(told in line for line in caught.value.told("f.yaml", document)), caught.value.told("f.yaml", document)


def test_the_demo_shows_them(make: Make, engine: sa.Engine, tmp_path: Path) -> None:
    load_demo(engine)
    reader = make.service.as_(make.token("secretariat", "apwg"))

    def states(path: str, field: str) -> set[Any]:
        return {item[field] for item in ok(reader.get(path, params={"limit": "500"}), 200)["items"]}

    assert states("/milestones", "state") == {"open", "reached", "withdrawn"}
    assert states("/milestones", "overdue") == {True, False}
    assert states("/updates", "state") == {"accepted", "returned", "submitted"}
    portal = ok(reader.get("/deliverables", params={"q": "portal", "status": "on_hold"}), 200)["items"][0]
    assert states(f"/deliverables/{portal['id']}/dependencies", "waiting") == {True, False}
