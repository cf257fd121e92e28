"""Silence procedures, meetings and action points from a file: as of their own days, and never twice."""

import pytest
import sqlalchemy as sa

from tests.loading.test_a_group_from_a_file import items, loaded, refusals
from tests.make import Make, ok

FILE = """\
troika: 1
agencies:
  - {code: ILO, name: Labour}
  - {code: IOM, name: Migration}
groups:
  - code: mu
    name: Group
    established_on: 2015-03-01
    decisions:
      - {code: D/1, decided_on: 2016-05-02, level: principals, text: The plan.}
    members:
      - {agency: ILO}
      - {agency: IOM}
    silence_procedures:
      - code: S/1
        circulated_on: 2016-01-01
        deadline: 2016-01-15
        kind: establish
        text: A task force is established.
        objections:
          - {agency: ILO, on: 2016-01-05, reason: Not yet., withdrawn: {on: 2016-01-10, reason: Now.}}
      - {code: S/2, circulated_on: 2016-02-01, deadline: 2016-02-15, text: Another., withdrawn: {on: 2016-02-03, reason: A mistake.}}
    task_forces:
      - code: TF
        name: Force
        starts_on: 2016-01-16
        sunset_on: 2017-01-15
        decision: S/1
        activated: {on: 2016-01-16}
    meetings:
      - title: Principals
        level: principals
        starts_on: 2016-05-01
        ends_on: 2016-05-02
        chair: ILO
        held: true
        items: [{title: The plan, agency: ILO}]
        attendance: [{agency: ILO, presence: present, who: A. Person}, {agency: IOM, presence: excused}]
        decisions: [D/1]
        action_points:
          - {agency: IOM, asked_on: 2016-05-02, due: 2016-Q3, decision: D/1, text: Publish it., completed: {done_on: 2016-09-01, outcome: Out.}}
      - {title: Force, level: body, body: TF, starts_on: 2016-06-01, cancelled: {on: 2016-05-20, reason: No room.}}
    action_points:
      - {agency: ILO, asked_on: 2016-06-01, text: Find a room., cancelled: {on: 2016-07-01, reason: Found.}}
      - {agency: ILO, asked_on: 2016-06-02, text: Still open.}
"""


def test_what_a_file_tells_of_meetings_can_be_read_back(make: Make, engine: sa.Engine) -> None:
    report = loaded(engine, FILE)
    assert report.counts["differs"] == 0
    reader = make.service.as_(make.token("secretariat", "mu"))
    decisions = {d["code"]: d for d in items(reader, "/decisions", group="mu")}
    assert {code: d["state"] for code, d in decisions.items()} == {"D/1": "adopted", "S/1": "adopted", "S/2": "withdrawn"}
    assert decisions["S/1"]["decided_on"] == "2016-01-16"
    [objection] = items(reader, f"/decisions/{decisions['S/1']['id']}/objections")
    assert (objection["raised_on"], objection["withdrawn_on"]) == ("2016-01-05", "2016-01-10")
    [force] = items(reader, "/task-forces", group="mu")
    assert (force["state"], force["decision"]["code"]) == ("active", "S/1")
    held, cancelled = items(reader, "/meetings", group="mu")
    assert (held["state"], held["attendance"], held["chairs"][0]["code"]) == ("held", {"present": 1, "absent": 0, "excused": 1}, "ILO")
    assert ([d["code"] for d in held["decisions"]], [p["text"] for p in held["action_points"]]) == (["D/1"], ["Publish it."])
    assert (cancelled["state"], cancelled["reason"], cancelled["body"]["code"]) == ("cancelled", "No room.", "TF")
    agenda = ok(reader.get(f"/meetings/{held['id']}/agenda"), 200)
    assert (agenda["as_of"], agenda["sections"], [i["title"] for i in agenda["items"]]) == (None, [], ["The plan"])
    points = {p["text"]: (p["state"], p["done_on"]) for p in items(reader, "/action-points", group="mu")}
    assert points == {"Publish it.": ("done", "2016-09-01"), "Find a room.": ("cancelled", None), "Still open.": ("open", None)}
    assert loaded(engine, FILE).counts["keep"] == report.counts["add"], "a second run finds all of it"
    assert loaded(engine, FILE).counts["add"] == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("asked_on: 2016-05-02, due", "asked_on: 2016-04-30, due", "unknown_reference"),
        ("completed: {done_on: 2016-09-01", "completed: {done_on: 2016-05-01", "unknown_reference"),
        ("withdrawn: {on: 2016-01-10", "withdrawn: {on: 2016-01-04", "unknown_reference"),
        ("starts_on: 2016-01-16\n", "starts_on: 2016-01-14\n", "decision_pending"),
        ("decisions: [D/1]", "decisions: [D/9]", "unknown_reference"),
        ("decided_on: 2016-05-02", "decided_on: 2016-05-03", "outside_the_meeting"),
        (
            "on: 2016-01-05, reason: Not yet., withdrawn: {on: 2016-01-10, reason: Now.}",
            "on: 2016-01-16, reason: Not yet.",
            "not_under_silence",
        ),
        ("deadline: 2016-01-15", "deadline: 2015-12-31", "deadline_too_soon"),
        ("kind: establish", "kind: admit", "decision_does_not_fit"),
    ],
)
def test_a_refusal_names_its_place(make: Make, engine: sa.Engine, old: str, new: str, said: str) -> None:
    with make.unchanged():
        [found] = refusals(engine, FILE.replace(old, new))
    assert f": {said}: " in found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("chair: ILO", "chair: IOM", "differs  meeting         2016-05-01 Principals: chair"),
        ("due: 2016-Q3", "due: 2016-Q4", "differs  action point    2016-05-02 IOM: due"),
        ("presence: excused", "presence: absent", "differs  absent          2016-05-01 IOM: presence"),
        ("reason: Not yet.", "reason: Never.", "differs  objection       2016-01-05 ILO: reason"),
    ],
)
def test_what_is_there_otherwise_is_told(engine: sa.Engine, make: Make, old: str, new: str, told: str) -> None:
    loaded(engine, FILE)
    with make.unchanged():
        assert [str(line) for line in loaded(engine, FILE.replace(old, new)).lines if line.verb == "differs"] == [told]
