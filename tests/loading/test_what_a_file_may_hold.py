"""Files that are wrong, hostile or relative: each mistake is named with its line, its place, and what would be right."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.loading.days import absolute
from app.loading.document import LARGEST_FILE, Document, Mistakes
from app.loading.load import load
from tests.loading.record import SMALL
from tests.make import Make, ok


def told(engine: sa.Engine, text: str) -> list[str]:
    """What a load refuses, as the command tells it."""
    try:
        document = Document("f.yaml", text)
    except Mistakes as mistakes:
        return mistakes.told("f.yaml", None)
    with pytest.raises(Mistakes) as caught:
        load(engine, document)
    return caught.value.told("f.yaml", document)


def group(*lines: str) -> str:
    return "\n".join(
        ["troika: 1", "groups:", "  - code: g1", "    name: Group", "    established_on: 2020-01-01", *(f"    {line}" for line in lines)]
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "f.yaml:1: the file: model_type:"),
        ("- a", "f.yaml:1: the file: model_type:"),
        ("groups: []", "f.yaml:1: troika: missing: field required"),
        ("troika: 2", "f.yaml:1: troika: literal_error: input should be '1'"),
        ("troika: 1\ngroup: []", "f.yaml:2: group: extra_forbidden: there is no such key here: did you mean 'groups'?"),
        ("troika: 1\ngroups: [a]", "f.yaml:2: groups[0]: dict_type:"),
        ("troika: 1\nsources: {a: [b]}", "f.yaml:2: sources.a: model_type:"),
        (
            group("chairmanship: []"),
            "f.yaml:6: groups[0].chairmanship: extra_forbidden: there is no such key here: did you mean 'chairmanships'?",
        ),
        (
            group("members:", "  - {agency: A}", "  - {agency: B, joined: 2020-01-01}"),
            "f.yaml:8: groups[0].members[1].joined: extra_forbidden:",
        ),
        (
            group("members: [{agency: A, starts_on: 2020-02-30}]"),
            "f.yaml:6: groups[0].members[0].starts_on: value_error: there is no such day in the calendar",
        ),
        (
            group("members: [{agency: A, starts_on: 41640}]"),
            "f.yaml:6: groups[0].members[0].starts_on: value_error: write a day as YYYY-MM-DD",
        ),
        (
            group("members: [{agency: A, starts_on: today+3}]"),
            "f.yaml:6: groups[0].members[0].starts_on: value_error: write a day as YYYY-MM-DD, or from the day",
        ),
        (group("members: [{agency: A, starts_on: quarter(today)}]"), "f.yaml:6: groups[0].members[0].starts_on: value_error: write a day"),
        (
            group("members: [{agency: A, starts_on: today+9999y}]"),
            "f.yaml:6: groups[0].members[0].starts_on: value_error: this day lies outside",
        ),
        (
            group("members: [{agency: A, role: guest}]"),
            "f.yaml:6: groups[0].members[0].role: literal_error: input should be 'member' or 'observer'",
        ),
        (
            group("members: [{agency: A, sources: [minutes]}]"),
            "f.yaml:6: groups[0].members[0].sources: value_error: there is no source 'minutes' in 'sources'",
        ),
        (group("members: [{agency: A, sources: minutes}]"), "f.yaml:6: groups[0].members[0].sources: list_type:"),
        (group("members: [{agency: A, sources: [[a]]}]"), "f.yaml:6: groups[0].members[0].sources[0]: string_type:"),
        (
            group("modalities: [{effective_on: 2020-01-01, chair_term_months: six}]"),
            "f.yaml:6: groups[0].modalities[0].chair_term_months: int_parsing:",
        ),
        (group("time_zone: [UTC]"), "f.yaml:6: groups[0].time_zone: string_type:"),
        (group("public: maybe"), "f.yaml:6: groups[0].public: bool_parsing:"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_place(make: Make, engine: sa.Engine, text: str, start: str) -> None:
    with make.unchanged():
        found = told(engine, text)
    assert found[0].startswith(start)
    assert len(found) == 1


DELIVERABLE = "workplans: [{code: P, title: P, starts_on: 2020-01-01, ends_on: 2021-12-31, streams: [{code: A, title: A, deliverables: [{code: D, title: D, %s}]}]}]"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            "assignments: [{agency: A, role: lead, starts_on: 2020-01-01, answer: declined}]",
            "'answer: declined' needs 'answered' with the 'reason'",
        ),
        (
            "assignments: [{agency: A, role: lead, starts_on: 2020-01-01, answered: {on: 2020-01-01}}]",
            "'answered' needs 'answer': accepted or declined",
        ),
        (
            "assignments: [{agency: A, role: lead, starts_on: 2020-01-01, answer: accepted, answered: {reason: funding}}]",
            "belong to an answer 'declined'",
        ),
        ("delivered: {waiver: None.}", "say when: 'delivered_on' (may be vague: 2008, by 2013)"),
        ("delivered: {delivered_on: 2020, evidence: [ftp://example.org]}", "an address begins with https:// or http://"),
        ("due: by 2020", "write a day, month, quarter, half-year or year; 'by' is for what is past"),
    ],
)
def test_a_part_that_does_not_fit_says_what_would(engine: sa.Engine, part: str, said: str) -> None:
    [found] = told(engine, group(DELIVERABLE % part))
    assert said in found


def test_all_mistakes_are_told_at_once(engine: sa.Engine) -> None:
    found = told(engine, group("members: [{agencie: A}]", "decisions: [{code: 1}]", "public: perhaps"))
    assert [line.split(": ")[1] for line in found] == [
        "groups[0].public", "groups[0].decisions[0].decided_on", "groups[0].decisions[0].level", "groups[0].decisions[0].text",
        "groups[0].members[0].agency", "groups[0].members[0].agencie",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [b", "f.yaml:2: the file: not_readable: this is not YAML"),
        ("a: b: c", "not YAML"),
        ("a:\tb\n\t- c", "not YAML"),
        ("a: \x00", "characters that YAML does not take"),
        ("troika: 1\ntroika: 1", "f.yaml:2: troika: duplicate_key: 'troika' is written twice here (first in line 1)"),
        ("groups:\n  - code: a\n    name: b\n    code: c", "f.yaml:4: groups[0].code: duplicate_key:"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "f.yaml:1: the file: not_readable: anchors and aliases (&, *) are not taken"),
        ("a: !!python/object/apply:os.system [id]", "tags (tag:yaml.org,2002:python/object/apply:os) are not taken"),
        ("a: !include /etc/passwd", "tags (!include) are not taken"),
        ("[" * 3000, "more than 20 levels deep"),
        ("{a: " * 3000, "more than 20 levels deep"),
        ("? [a]\n: b", "a key is one short word"),
        ("a: b\n---\nc: d", "f.yaml:2: the file: not_readable: the file holds a second document"),
        ("<<: {troika: 1}", "f.yaml:1: <<: extra_forbidden: there is no such key here"),
        (f"{'k' * 200}: 1", "a key is one short word"),
    ],
)
def test_hostile_yaml_is_refused_and_does_nothing(make: Make, engine: sa.Engine, text: str, said: str) -> None:
    with make.unchanged():
        found = told(engine, text)
    assert any(said in line for line in found), found


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    for content, said in ((b"#" * (LARGEST_FILE + 1), "larger than 5 MB"), (b"a: \xff", "byte 3 is not UTF-8")):
        file.write_bytes(content)
        with pytest.raises(Mistakes, match=said):
            Document.of(file)
    with pytest.raises(Mistakes, match="cannot be read"):
        Document.of(tmp_path / "missing.yaml")
    file.write_bytes("\ufeffa: ü".encode())
    assert Document.of(file).content == {"a": "ü"}


def test_words_that_yaml_would_turn_into_something_else_stay_words() -> None:
    text = "{on: on, no: NO, day: 2015-06-30, month: 2015-06, time: 12:30:45, float: 1e400, octal: 010, none: ~, null_: null, empty: , quoted: 'null', old: yes}"
    assert Document("f", text).content == {
        "on": "on", "no": "NO", "day": "2015-06-30", "month": "2015-06", "time": "12:30:45", "float": "1e400", "octal": "010", "none": None,
        "null_": None, "empty": None, "quoted": "null", "old": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2024-01-31"), ("today-12d", "2024-01-19"), ("today+2w", "2024-02-14"), ("today+1m", "2024-02-29"), ("today-1y", "2023-01-31"),
        ("month(today+1m)", "2024-02"), ("quarter(today+3m)", "2024-Q2"), ("half(today+6m)", "2024-H2"), ("year(today-1m)", "2023"),
        ("2015-Q2", "2015-Q2"),
    ],
)  # fmt: skip
def test_a_relative_day_is_counted_from_the_first_load(text: str, day: str) -> None:
    assert absolute(text, date(2024, 1, 31)) == day


@pytest.mark.parametrize("text", ["today+", "today 3d", "today-12", "Today!today", "week(today)", "quarter(today", "today)"])
def test_a_relative_day_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="today-12d"):
        absolute(text, date(2024, 1, 31))


def test_relative_days_stay_where_they_were_when_the_file_is_loaded_later(
    make: Make, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = group(
        "time_zone: Pacific/Auckland",
        "decisions: [{code: D, decided_on: today-10d, level: technical, text: Decided.}]",
        "modalities: [{effective_on: today-3m, chair_term_months: 12}]",
        "members: [{agency: A}]",
        "chairmanships: [{state: confirmed, starts_on: today-2m, holders: [{agency: A}]}, {starts_on: today+10m, holders: [{agency: A}]}]",
        DELIVERABLE.replace("2021-12-31", "2040-12-31")
        % "due: quarter(today+3m), updates: [{on: today-5d, narrative: Well.}], confirmed: [{on: today}]",
    ).replace("groups:", "agencies: [{code: A, name: A}]\ngroups:")
    first = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)  # 1 April in Auckland
    monkeypatch.setattr("app.loading.load.now", lambda: first)
    load(engine, Document("f.yaml", text))
    client = make.service.as_(make.token("secretariat", "g1"))
    [decision] = ok(client.get("/decisions", params={"group": "g1"}), 200)["items"]
    assert decision["decided_on"] == "2026-03-22"
    [found] = ok(client.get("/deliverables", params={"group": "g1"}), 200)["items"]
    assert (found["due"]["value"], found["confirmed_on"]) == ("2026-Q3", "2026-04-01")
    monkeypatch.setattr("app.loading.load.now", lambda: datetime(2027, 7, 1, tzinfo=UTC))
    with make.unchanged():
        assert load(engine, Document("f.yaml", text)).counts["keep"] == 12


def test_an_undocumented_decision_is_for_the_past(engine: sa.Engine) -> None:
    text = group("members: [{agency: A}, {agency: B, starts_on: today, decision: undocumented}]").replace(
        "groups:", "agencies: [{code: A, name: A}, {code: B, name: B}]\ngroups:"
    )
    [found] = told(engine, text)
    assert "groups[0].members[1].decision: decision_required: 'undocumented' is for a past step" in found


def test_a_constituency_is_found_under_an_alias_and_two_people_of_a_name_are_told_apart(make: Make, engine: sa.Engine) -> None:
    def loaded(text: str) -> Any:
        return load(engine, Document("f.yaml", text))

    loaded(SMALL)
    again = SMALL.replace("{code: HUB, name: The Hub", "{code: the hub, name: The Hub").replace("aliases: [The hub]", "aliases: [Hub]")
    assert [str(line) for line in loaded(again).lines if line.verb != "keep"] == ["differs  agency          the hub: aliases"]
    second = SMALL.replace(
        "  - {name: Ben Example, agency: North}", "  - {name: Ben Example, agency: North}\n  - {name: Ben Example, agency: South}"
    )
    assert "several people have the name 'Ben Example'" in told(engine, second)[0]
