"""Projects in a file: their whole story, each step as of its day; a second load changes nothing."""

from typing import Any

import pytest

from app.loading.document import Document, Mistakes
from app.loading.load import load
from app.loading.report import Report
from tests.make import Make, ok

FILE = """\
troika: 1

rates:
  - {currency: EUR, base: USD, on: 2019-01-01, rate: "0.8", source: A bank}

agencies:
  - {code: ONE, name: First office}
  - {code: TWO, name: Second office}
  - {code: THREE, name: Third office}
  - {code: FOUR, name: Fourth office}

groups:
  - code: fund
    name: Funded group
    established_on: 2018-01-01
    decisions:
      - {code: D/1, decided_on: 2019-05-01, level: principals, text: Go ahead.}
    members:
      - {agency: ONE}
      - {agency: TWO}
      - {agency: THREE}
      - {agency: FOUR}
    workplans:
      - code: WP
        title: Plan
        starts_on: 2019-01-01
        ends_on: 2021-12-31
        drafted_on: 2018-06-01
        streams:
          - code: "1"
            title: First
            deliverables:
              - code: D1
                title: Paid for
                assignments:
                  - {agency: TWO, role: lead, starts_on: 2019-03-01, answer: accepted, answered: {if_funded: PRJ}}
          - {code: "2", title: Second}
    country_teams:
      - {country: BD, name: The team in Bangladesh, coordinator: A. Example}
    donors:
      - {code: GIVER, name: The giver, kind: government, agency: FOUR}
    projects:
      - code: PRJ
        title: Project
        lead: ONE
        partners: [TWO]
        streams: [{stream: WP/1, share: "60"}, {stream: WP/2, share: "40.00"}]
        countries: [BD, JM, MD]
        budget: "1000"
        budget_lines: [{label: All, amount: "1000.00", year: 2020}]
        starts_on: 2019-08-01
        ends_on: 2021-06-30
        proposed_on: 2019-02-01
        certainty: stated
        assignments:
          - {agency: THREE, role: partner, starts_on: 2019-02-10, answer: declined, answered: {on: 2019-02-20, reason: capacity, suggest: FOUR}}
          - {agency: FOUR, role: partner, answer: accepted, answered: {on: 2019-03-01, evidence: A letter}, ended: {on: 2020-01-01, reason: Left.}}
        consultations:
          - {country: BD, requested_on: 2019-03-01, answered_on: 2019-03-20, outcome: objection}
          - {country: JM, requested_on: 2019-03-01, answer_by: 2019-04-01, outcome: no_reply}
          - {country: MD, outcome: not_applicable, reason: A desk study.}
        advanced:
          - {to: concept, on: 2019-02-15}
          - {to: seeking, on: 2019-06-01, decision: D/1, reason: By decision.}
          - {to: funded, on: 2019-07-15}
        contributions:
          - {donor: GIVER, amount: "500.00", currency: USD, on: 2019-06-10, committed: {on: 2019-07-01, agreement: A 1},
             instalments: [{on: 2019-07-10, amount: "100.00"}, {on: 2019-07-10, amount: "150.00"}], cancelled: [{on: 2020-02-01, amount: "50.00", reason: Cut.}],
             reports: [{label: First, due_on: 2020-01-01, submitted_on: 2019-12-20}, {label: Second, due_on: 2021-01-01}]}
          - {donor: FOUR, state: received, amount: "80.00", currency: EUR, on: 2019-07-01, stream: WP/2}
          - {donor: GIVER, state: committed, amount: "20.00", currency: USD, on: 2019-07-02}
          - {donor: GIVER, state: committed, amount: "20.00", currency: USD, on: 2019-07-02}
        passed_on:
          - {to: NEXT, on: 2020-03-01, amount: "10.00", reason: The giver agrees.}
      - code: NEXT
        title: Next project
        lead: TWO
        contributions:
          - {donor: NEW, amount: "5.00", currency: USD, on: 2020-01-01}
      - code: PAST
        title: What is known of the past
        lead: ONE
        countries: [BD]
        proposed_on: 2019-01-01
        advanced:
          - {to: seeking, on: 2019-02-01, decision: undocumented}
"""


def take(make: Make, text: str = FILE) -> Report:
    return load(make.engine, Document("fund.yaml", text))


def wrong(make: Make, old: str, new: str) -> list[str]:
    assert old in FILE
    with make.unchanged(), pytest.raises(Mistakes) as refusal:
        take(make, FILE.replace(old, new))
    return [m.code for m in refusal.value.found]


def read(make: Make, path: str, **params: Any) -> Any:
    return ok(make.administrator.get(path, params=params), 200)


def test_a_project_s_story_is_told_by_the_record_and_a_second_load_changes_nothing(make: Make) -> None:
    done = take(make)
    assert done.counts["differs"] == done.counts["keep"] == 0
    projects = {p["code"]: p for p in read(make, "/projects", group="fund")["items"]}
    project = projects["PRJ"]
    assert (project["state"], project["state_since"], project["lead"]["code"], project["budget"]) == (
        "funded",
        "2019-07-15",
        "ONE",
        "1000.00",
    )
    assert [a["code"] for a in project["partners"]] == ["TWO"]
    assert [a["code"] for a in read(make, f"/projects/{project['id']}", as_of="2019-06-01")["partners"]] == ["FOUR", "TWO"]
    assert (project["objecting"], project["unconsulted"], [d["code"] for d in project["deliverables"]]) == (["BD"], [], ["D1"])
    heard = {c["country"]: c for c in read(make, f"/projects/{project['id']}/consultations")["items"]}
    assert heard["BD"]["team"]["name"] == "The team in Bangladesh"
    assert [heard[c]["decision"] and heard[c]["decision"]["code"] for c in ("BD", "JM", "MD")] == ["D/1", "D/1", None]
    funding = read(make, f"/projects/{project['id']}/funding")
    # 500 committed less 50, twice 20, and 80 EUR at 0.8 for a dollar; 10 went on
    assert (funding["committed"], funding["received_outside"], funding["passed_on"], funding["gap"]) == (
        "490.00",
        "100.00",
        "-10.00",
        "420.00",
    )
    gifts = read(make, f"/projects/{project['id']}/contributions")["items"]
    assert [(r["label"], r["submitted_on"]) for g in gifts for r in g["reports"]] == [("First", "2019-12-20"), ("Second", None)]
    assert read(make, "/assignments", group="fund")["items"][0]["conditional"] is False
    steps = [
        c
        for c in read(make, f"/projects/{project['id']}/history", limit="500")["items"]
        if c["operation"] == "project:advance" and c["entity"] == "project_step"
    ]
    assert [c["effective_on"] for c in steps] == ["2019-02-15", "2019-06-01", "2019-07-15"]
    (past,) = [
        c for c in read(make, f"/projects/{projects['PAST']['id']}/history")["items"] if c["fields"].get("state") == [None, "seeking"]
    ]
    assert past["reason"] == "The decision is not documented."
    with make.unchanged():
        again = take(make)
        assert (again.counts["add"], again.counts["differs"]) == (0, 0)


def test_what_the_record_says_otherwise_is_told_and_left_alone(make: Make) -> None:
    take(make)
    for old, new, told in (
        ('rate: "0.8"', 'rate: "0.9"', "2019-01-01 EUR for USD: rate"),
        ('budget: "1000"', 'budget: "1001"', "PRJ: budget"),
        ('share: "60"}, {stream: WP/2, share: "40.00"', 'share: "50"}, {stream: WP/2, share: "50"', "PRJ: streams"),
        ("lead: ONE\n        partners: [TWO]", "lead: TWO\n        partners: [ONE]", "PRJ: lead"),
        ("year: 2020", "year: 2021", "PRJ: budget_lines"),
        ("due_on: 2021-01-01", "due_on: 2021-02-01", "2021-02-01 2019-06-10 PRJ GIVER: due_on"),
        ("name: The giver", "name: Another", "GIVER: name"),
        ("outcome: objection", "outcome: comments", "PRJ BD: outcome"),
    ):
        assert old in FILE
        with make.unchanged():
            lines = [line.label for line in take(make, FILE.replace(old, new)).lines if line.verb == "differs"]
        assert told in lines, lines


def test_what_cannot_be_loaded_is_named_and_nothing_is(make: Make) -> None:
    for old, new, code in (
        ('rate: "0.8"', 'rate: "0"', "rates_not_taken"),
        ("stream: WP/2, share", "stream: WP/9, share", "unknown_reference"),
        ('share: "60"', 'share: "59.99"', "shares_not_whole"),
        ("if_funded: PRJ", "if_funded: NONE", "unknown_reference"),
        ("{to: NEXT", "{to: NONE", "unknown_reference"),
        (", decision: D/1, reason: By decision.", "", "consultation_missing"),
        ("answer: declined, answered: {on: 2019-02-20, reason: capacity, suggest: FOUR}", "answer: declined", "value_error"),
        ("answered: {if_funded: PRJ}", "answered: {reason: capacity}", "value_error"),
        ("{on: 2019-07-10, amount: \"150.00\"}", "{on: 2019-07-10, amount: \"450.00\"}", "more_than_promised"),
        ("committed: {on: 2019-07-01", "committed: {on: 2019-06-01", "unknown_reference"),
        ("lead: TWO", "lead: NOBODY", "unknown_reference"),
    ):  # fmt: skip
        assert wrong(make, old, new)[0] == code, (old, new)
