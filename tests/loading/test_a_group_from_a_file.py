"""A whole group from one file: through the actions, as of past days, all or nothing, and never twice."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.errors import Unavailable
from app.core.work import WriteConflict
from app.loading.document import Document, Mistakes
from app.loading.load import load
from app.loading.report import Report
from tests.client import Client
from tests.loading.record import SMALL
from tests.make import Make, ok


def loaded(engine: sa.Engine, text: str = SMALL, **options: Any) -> Report:
    return load(engine, Document("delta.yaml", text), **options)


def refusals(engine: sa.Engine, text: str) -> list[str]:
    document = Document("delta.yaml", text)
    with pytest.raises(Mistakes) as caught:
        load(engine, document)
    return caught.value.told("delta.yaml", document)


@pytest.fixture
def delta(make: Make, engine: sa.Engine) -> Client:
    """Reads as the secretariat of the group that was loaded."""
    report = loaded(engine)
    assert report.counts["differs"] == 0
    return make.service.as_(make.token("secretariat", "delta"))


def items(client: Client, path: str, **params: Any) -> list[Any]:
    return ok(client.get(path, params=params), 200)["items"]  # type: ignore[no-any-return]


def test_everything_in_the_file_can_be_read_back(delta: Client) -> None:
    bodies = {b["code"]: b for path in ("working-groups", "task-forces", "secretariats") for b in items(delta, f"/{path}", group="delta")}
    assert {c: b["state"] for c, b in bodies.items()} == {
        "WG": "dormant", "WG-2": "closed", "WG-OF-TF": "proposed", "TF": "converted", "TF-2": "dissolved", "SEC": "active",
    }  # fmt: skip
    assert (bodies["TF"]["sunset_on"], bodies["TF"]["successor"]["code"], bodies["WG-2"]["parent"]["code"]) == (
        "2017-06-30",
        "WG-OF-TF",
        "WG",
    )
    assert (bodies["WG-2"]["ended_on"], bodies["SEC"]["host"]["code"]) == ("2016-01-01", "NO")
    [extension] = items(delta, f"/task-forces/{bodies['TF']['id']}/extensions")
    assert (extension["late"], extension["former_sunset_on"]) == (True, "2016-12-31")
    plans = {p["code"]: p for p in items(delta, "/workplans", group="delta")}
    assert (plans["P1"]["state"], plans["P1"]["superseded_by"]["code"], plans["P1"]["revision"]) == ("superseded", "P2", 1)
    assert (plans["P1"]["endorsed_on"], plans["P1"]["endorsed_late"], plans["P1"]["closed_on"]) == ("2016-02-01", True, "2018-06-30")
    [report] = items(delta, "/deliverables", group="delta", q="old name")
    assert (report["code"], report["former_codes"], report["title"]) == ("A1-new", ["A1"], "New name")
    assert (report["baseline_due"]["value"], report["due"]["value"], report["delivered"]["value"], report["slip_days"]) == (
        "2016-Q4", "2017-06", "2017-07", 212
    )  # fmt: skip
    assert report["lead"]["code"] == "HUB"
    [sequel] = items(delta, "/deliverables", group="delta", workplan=plans["P2"]["id"])
    assert sequel["carried_from"] == report["id"]
    assert {d["code"]: d["status"] for d in items(delta, "/deliverables", group="delta", workplan=plans["P1"]["id"])} == {
        "A1-new": "delivered", "A2": "not_started", "A3": "superseded", "A4": "cancelled",
    }  # fmt: skip
    assert ok(delta.get(f"/deliverables/{report['id']}", params={"as_of": "2016-12-01"}), 200)["lead"]["code"] == "NO"
    states = sorted((a["role"], a["agency"]["code"], a["state"]) for a in items(delta, "/assignments", group="delta"))
    assert states == [
        ("contributor", "WATCH", "declined"),
        ("lead", "HUB", "accepted"),
        ("lead", "NO", "ended"),
        ("reviewer", "WATCH", "proposed"),
    ]
    reported = items(delta, f"/deliverables/{report['id']}/updates")
    assert sorted((u["kind"], u["reported_on"], u["percent"]) for u in reported) == [
        ("nothing_new", "2016-08-01", None), ("update", "2016-06-01", 30), ("update", "2016-06-01", 35)
    ]  # fmt: skip
    [hub] = items(delta, "/chairmanships", group="delta", agency="HUB")
    assert (hub["holders"][0]["coordinator"]["code"], hub["ends_on"], hub["regular_length"]) == ("South", "2016-12-31", False)
    assert {a["person"]["name"] for a in items(delta, "/appointments", group="delta")} == {"Ada Example", "Ben Example"}
    members = items(delta, "/groups/delta/memberships", agency="NO")
    assert members[0]["sources"] == ["Minutes of the founding meeting <https://example.org/minutes>", "A letter of 2015"]


def test_a_second_run_changes_nothing(make: Make, engine: sa.Engine) -> None:
    first = loaded(engine)
    with make.unchanged():
        second = loaded(engine)
    assert {line.verb for line in second.lines} == {"keep"}
    assert [(line.what, line.label) for line in second.lines] == [(line.what, line.label) for line in first.lines]


def test_a_dry_run_tells_the_same_and_changes_nothing(make: Make, engine: sa.Engine) -> None:
    with make.unchanged():
        dry = loaded(engine, dry_run=True)
    assert loaded(engine).lines == dry.lines
    assert str(dry.lines[0]) == "add      agency          North"
    assert (
        dry.summary == f"{len(dry.lines) - 1} added, 1 kept as they were, 0 differ and were left alone"
    )  # the converted one is there already


def test_a_longer_file_adds_what_is_new(make: Make, engine: sa.Engine) -> None:
    loaded(engine)
    longer = SMALL.replace(
        "    appointments:\n", "      - {agency: North, starts_on: 2019-01-01, decision: D/3}\n    appointments:\n"
    ).replace("Sequel, due: 2019,", "Sequel, due: 2019, updates: [{on: 2019-02-01, percent: 5, narrative: Begun.}],")
    report = loaded(engine, longer)
    assert [str(line) for line in report.lines if line.verb != "keep"] == [
        "add      member          2019-01-01 North", "add      update          2019-02-01 P2 A1"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: Delta group", "name: Delta", "group           delta: name"),
        ("name: Nordic Organization", "name: Nordics", "agency          NO: name"),
        ("ada@example.org", "ada2@example.org", "person          Ada Example (NO): email"),
        ("text: The plan.", "text: A plan.", "decision        2016-02-01 D/2: text"),
        ("chair_term_months: 24, decision: D/3", "chair_term_months: 24, decision: D/2", "modality        2018-03-01 24 months: decision"),
        ("ends_on: 2016-05-31}\n      - {agency: WATCH, starts", "ends_on: 2016-05-30}\n      - {agency: WATCH, starts", "observer        2015-06-01 WATCH: ends_on"),
        ("coordinator: South", "coordinator: North", "chairmanship    2016-03-01 HUB: holders"),
        ("starts_on: 2015-04-01, ends_on: 2017-01-01}", "starts_on: 2015-04-01, ends_on: 2017-01-02}", "appointment     2015-04-01 HUB focal_point: ends_on"),
        ("sunset_on: 2016-12-31", "sunset_on: 2016-12-30", "task force      2015-04-01 TF: sunset_on"),
        ("title: Second stream", "title: Stream two", "stream          P1 B: title"),
        ("kind: report", "kind: study", "deliverable     P1 A1: kind"),
        ("delivered_on: 2017-07,", "delivered_on: 2017-08,", "delivered       2017-08-31 P1 A1: delivered_on"),
        ("parent: A, lead: HUB", "parent: A, lead: South", "stream          P1 A.1: lead"),
        ("host: \"NO\"", "host: HUB", "secretariat     2015-06-01 SEC: host"),
    ],
)  # fmt: skip
def test_what_is_there_otherwise_is_told_and_left_alone(make: Make, engine: sa.Engine, old: str, new: str, told: str) -> None:
    assert SMALL.count(old) == 1
    loaded(engine)
    with make.unchanged():
        report = loaded(engine, SMALL.replace(old, new))
    assert [str(line) for line in report.lines if line.verb != "keep"] == [f"differs  {told}"]


def test_what_people_did_since_is_not_undone(make: Make, engine: sa.Engine, delta: Client) -> None:
    [found] = items(delta, "/deliverables", group="delta", code="A1")
    ok(delta.post(f"/deliverables/{found['id']}/cancel", {"reason": "For good."}), 200)
    with make.unchanged():
        report = loaded(engine)
    assert report.counts["add"] == 0


def test_a_nominated_chair_is_confirmed_when_the_file_says_so(make: Make, engine: sa.Engine) -> None:
    nominated = SMALL.replace("{state: confirmed, starts_on: 2015-03-01", "{starts_on: 2015-03-01")
    loaded(engine, nominated)
    report = loaded(engine)
    assert [str(line) for line in report.lines if line.verb != "keep"] == ["add      confirmed       2015-03-01 NO"]


POISON = [
    ("kind: constituency, aliases", "kind: other, aliases", "delta.yaml:7: agencies[0].constituents: not_a_constituency:"),
    ('email: ada@example.org, agency: "NO"', "agency: NOBODY", "delta.yaml:14: people[0].agency: unknown_reference: there is no agency 'NOBODY'"),
    ("time_zone: Europe/Oslo", "time_zone: Europe/Atlantis", "delta.yaml:21: groups[0].time_zone: unknown_time_zone:"),
    ("decided_on: 2017-01-15", "decided_on: 2190-01-15", "groups[0].decisions[2].decided_on: decided_in_the_future:"),
    ("chair_term_months: 24, decision: D/3", "chair_term_months: 24", "groups[0].modalities[1].decision: decision_required:"),
    ("starts_on: 2016-06-01, decision: undocumented", "starts_on: 2016-06-01", "groups[0].members[3].decision: decision_required:"),
    ("starts_on: 2016-06-01, decision: undocumented", "starts_on: 2190-06-01, decision: undocumented", "groups[0].members[3].decision: decision_required: 'undocumented' is for a past step"),
    ("starts_on: 2016-06-01, decision: undocumented", "starts_on: 2016-06-01, decision: D/9", "groups[0].members[3].decision: unknown_reference: there is no decision 'D/9'"),
    ("starts_on: 2016-06-01, decision", "starts_on: 2016-05-01, decision", "groups[0].members[3]: already_member:"),
    ("person: Ben Example", "person: Bob Example", "groups[0].appointments[1].person: unknown_reference: nobody has"),
    ("starts_on: 2016-03-01, ends_on: 2016-12-31", "starts_on: 2016-02-01, ends_on: 2016-12-31", "groups[0].chairmanships[1]: chair_overlap:"),
    (", note: A short one.", "", "delta.yaml:39: groups[0].chairmanships[1].note: term_length_needs_note:"),
    ("coordinator: South", "coordinator: WATCH", "groups[0].chairmanships[1].holders: coordinator_not_constituent:"),
    ("        sunset_on: 2016-12-31\n", "", "groups[0].task_forces[0].sunset_on: sunset_required:"),
    ('agency: "NO", role: chair', "agency: WATCH, role: chair", "groups[0].working_groups[0].participations[0].agency: not_a_member:"),
    ("sunset_on: 2017-06-30, decision: D/3", "sunset_on: 2017-06-30", "groups[0].task_forces[0].extensions[0].decision: decision_required:"),
    ("parent: WG,", "parent: WG-9,", "groups[0].working_groups[1].parent: unknown_reference: there is no body 'WG-9'"),
    ("endorsed: {on: 2016-02-01, decision: D/2}", "endorsed: {on: 2016-02-01}", "groups[0].workplans[0].endorsed.decision: decision_required:"),
    ("added_on: 2017-01-17", "added_on: 2017-02-17", "groups[0].workplans[0].streams[0].deliverables[3]: revision_required:"),
    ("superseded_by: P2", "superseded_by: P9", "groups[0].workplans[0].closed.superseded_by: unknown_reference:"),
    ("parent: A, lead", "parent: Z, lead", "groups[0].workplans[0].streams[1].parent: unknown_reference:"),
    ("carried_from: P1/A1", "carried_from: P1/A9", "groups[0].workplans[1].streams[0].deliverables[0].carried_from: unknown_reference:"),
    ("starts_on: 2017-03-01, answer: accepted", "starts_on: 2017-02-01, answer: accepted", "groups[0].workplans[0].streams[0].deliverables[0].assignments[1]: lead_taken:"),
    ("started: {on: 2016-03-01}", "started: {on: 2016-02-15}", "groups[0].workplans[0].streams[0].deliverables[0].started: lead_required:"),
    ("started: {on: 2016-03-01}", "started: {on: 2015-02-15}", "groups[0].workplans[0].streams[0].deliverables[0]"),
    ("waiver: In print only.", "evidence: []", "groups[0].workplans[0].streams[0].deliverables[0].delivered.evidence: evidence_required:"),
    ("code: A3,", "code: A2,", "groups[0].workplans[0].streams[0].deliverables[3]: duplicate_entry: this is the same as groups[0].workplans[0].streams[0].deliverables[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), POISON)
def test_one_refusal_anywhere_leaves_nothing_and_names_its_place(make: Make, engine: sa.Engine, old: str, new: str, told: str) -> None:
    assert SMALL.count(old) == 1
    with make.unchanged():
        found = refusals(engine, SMALL.replace(old, new))
    assert told in found[0]
    assert found[0].startswith("delta.yaml:")


def test_the_journal_holds_the_day_that_was_and_the_day_of_the_load(delta: Client, make: Make) -> None:
    changes = items(make.administrator, "/changes", group="delta", operation="workplan:endorse", entity="workplan", limit=500)
    assert [c["effective_on"] for c in changes] == ["2016-02-01", "2017-01-20"]
    assert all(c["at"][:10] == datetime.now(UTC).date().isoformat() for c in changes)
    assert [c["decision"]["code"] for c in changes] == ["D/2", "D/3"]
    [answer] = items(make.administrator, "/changes", group="delta", operation="assignment:decline", limit=500)
    assert (answer["on_behalf_of"]["code"], answer["effective_on"]) == ("WATCH", "2016-06-01")


def test_a_refusal_of_the_database_names_its_place_too(make: Make, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.chairs.actions._check_free", lambda *_: None)
    overlapping = SMALL.replace("starts_on: 2016-03-01, ends", "starts_on: 2016-02-01, ends")
    with make.unchanged():
        [found] = refusals(engine, overlapping)
    assert found.startswith("delta.yaml:39: groups[0].chairmanships[1]: chair_overlap:")


@pytest.mark.parametrize(
    ("error", "said"),
    [(WriteConflict(), "write_conflict: somebody else wrote"), (Unavailable(), "unavailable: The database cannot be reached")],
)
def test_a_busy_or_lost_database_says_so(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr("app.loading.load.record_agencies", refuse)
    [found] = refusals(engine, SMALL)
    assert said in found


def test_a_former_code_still_names_the_deliverable(make: Make, engine: sa.Engine) -> None:
    plan = SMALL.replace("        closed: {on: 2018-06-30, reason: The second one follows., superseded_by: P2}\n", "").replace(
        "delta", "delta-2"
    )
    loaded(engine, plan)
    secretariat = make.service.as_(make.token("secretariat", "delta-2"))
    [found] = items(secretariat, "/deliverables", group="delta-2", code="A2")
    ok(secretariat.patch(f"/deliverables/{found['id']}", {"code": "A2-bis"}, version=found["version"]), 200)
    assert [str(line) for line in loaded(engine, plan).lines if line.verb != "keep"] == ["differs  deliverable     P1 A2: code"]
