"""The record of the Global Migration Group, loaded through the actions that users have, and read back over HTTP."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from app.loading.demo import load_demo
from tests.client import Client
from tests.conftest import empty
from tests.make import Make, ok, refused


@pytest.fixture(autouse=True)
def _empty() -> None:
    """The tests of this module read one record, loaded once for each database."""


@pytest.fixture(scope="module")
def demo(service: Client, engine: sa.Engine) -> Iterator[Make]:
    with engine.begin() as connection:
        empty(connection)
    load_demo(engine)
    yield Make(service, engine)
    with engine.begin() as connection:
        empty(connection)


@pytest.fixture(scope="module")
def gmg(demo: Make) -> Client:
    """A viewer of the group, which is not public."""
    return demo.service.as_(demo.token("viewer", "gmg"))


def read(client: Client, path: str, **params: Any) -> Any:
    return ok(client.get(path, params=params), 200)


def items(client: Client, path: str, **params: Any) -> list[Any]:
    return read(client, path, limit=500, **params)["items"]  # type: ignore[no-any-return]


def holders(term: Any) -> list[str]:
    return [h["agency"]["code"] for h in term["holders"]] if term else []


TERMS = [
    ("2006-05-09", "2006-06-30", ["UNCTAD"]), ("2006-07-01", "2006-12-31", ["UNHCR"]), ("2007-01-01", "2007-06-30", ["IOM"]),
    ("2007-07-01", "2007-12-31", ["UN DESA"]), ("2008-01-01", "2008-06-30", ["UNFPA"]), ("2008-07-01", "2008-12-31", ["UNCTAD"]),
    ("2009-06-01", "2009-12-31", ["UNITAR"]), ("2010-01-01", "2010-06-30", ["UNDP"]), ("2010-07-01", "2010-12-31", ["OHCHR"]),
    ("2011-01-01", "2011-06-30", ["UNICEF"]), ("2011-07-01", "2011-12-31", ["UNESCO"]), ("2012-01-01", "2012-05-31", ["UNESCO"]),
    ("2012-07-01", "2012-12-31", ["UNODC"]), ("2013-01-01", "2013-06-30", ["UN-RC"]), ("2013-07-01", "2013-12-31", ["IOM"]),
    ("2014-01-01", "2014-12-31", ["ILO"]), ("2015-01-01", "2015-12-31", ["World Bank"]), ("2016-01-01", "2016-12-31", ["UN Women"]),
    ("2017-01-01", "2017-12-31", ["UNU"]), ("2018-01-01", "2018-12-31", ["FAO", "IOM"]),
]  # fmt: skip


def test_all_twenty_terms_and_nothing_else(gmg: Client) -> None:
    terms = items(gmg, "/chairmanships", group="gmg")
    assert [(t["starts_on"], t["ends_on"], holders(t)) for t in terms] == TERMS
    assert {t["state"] for t in terms} == {"confirmed"}
    assert [t["starts_on"] for t in terms if t["kind"] == "interim"] == ["2012-01-01"]


def test_the_rotation_shows_both_gaps_and_the_three_irregular_terms(gmg: Client) -> None:
    rotation = read(gmg, "/groups/gmg/rotation")
    assert [(g["starts_on"], g["ends_on"]) for g in rotation["gaps"]] == [("2009-01-01", "2009-05-31"), ("2012-06-01", "2012-06-30")]
    assert [t["starts_on"] for t in rotation["irregular"]] == ["2006-05-09", "2009-06-01", "2012-01-01"]
    assert all(t["note"] for t in rotation["irregular"])
    assert len(rotation["terms"]) == 20


@pytest.mark.parametrize(
    ("day", "outgoing", "current", "incoming"),
    [
        ("2006-05-08", [], [], ["UNCTAD"]),
        ("2009-03-01", ["UNCTAD"], [], ["UNITAR"]),
        ("2012-06-15", ["UNESCO"], [], ["UNODC"]),
        ("2013-03-01", ["UNODC"], ["UN-RC"], ["IOM"]),
        ("2014-07-01", ["IOM"], ["ILO"], ["World Bank"]),
        ("2018-06-01", ["UNU"], ["FAO", "IOM"], []),
        ("2019-01-01", ["FAO", "IOM"], [], []),
    ],
)
def test_the_troika_of_a_day(gmg: Client, day: str, outgoing: list[str], current: list[str], incoming: list[str]) -> None:
    troika = read(gmg, "/groups/gmg/troika", as_of=day)
    assert [holders(troika[name]) for name in ("outgoing", "current", "incoming")] == [outgoing, current, incoming]
    assert troika["vacant"] is (not current)


def test_the_chair_of_a_day_is_regular_by_the_modality_of_that_day(gmg: Client) -> None:
    refused(gmg.get("/groups/gmg/chair", params={"as_of": "2012-06-15"}), 404, "vacant")
    regional = read(gmg, "/groups/gmg/chair", as_of="2013-03-01")
    assert (regional["term_months"], regional["regular_length"]) == (6, True)
    assert regional["holders"][0]["coordinator"]["code"] == "ESCAP"
    ilo = read(gmg, "/groups/gmg/chair", as_of="2014-07-01")
    assert (ilo["term_months"], ilo["regular_length"], ilo["holders"][0]["principal"]) == (12, True, "Guy Ryder")
    both = read(gmg, "/groups/gmg/chair", as_of="2018-06-01")
    assert [h["principal"] for h in both["holders"]] == ["Jose Graziano da Silva", "William Lacy Swing"]


def test_the_modalities_of_six_and_of_twelve_months(gmg: Client) -> None:
    six, twelve = items(gmg, "/groups/gmg/modalities")
    assert (six["effective_on"], six["chair_term_months"], six["decision"]) == ("2006-05-09", 6, None)
    assert (twelve["effective_on"], twelve["chair_term_months"], twelve["decision"]["code"]) == ("2014-01-01", 12, "2012-11/1")
    assert twelve["certainty"] == "inferred"


@pytest.mark.parametrize(
    ("day", "count"),
    [
        ("2006-05-31", 10), ("2009-11-13", 14), ("2010-09-30", 14), ("2010-11-12", 16), ("2011-05-17", 16), ("2013-07-03", 16),
        ("2015-04-30", 18), ("2016-08-31", 19), ("2016-09-30", 21), ("2017-01-12", 21),
    ],
)  # fmt: skip
def test_the_members_of_a_day_are_as_many_as_the_sources_count(gmg: Client, day: str, count: int) -> None:
    assert len(items(gmg, "/groups/gmg/members", role="member", as_of=day)) == count


def test_the_twenty_second_member_is_the_known_difference(gmg: Client) -> None:
    assert len(items(gmg, "/groups/gmg/members", role="member", as_of="2018-05-02")) == 21  # iom_2018 counts 22


def test_unu_was_an_observer_for_a_month_and_then_a_member(gmg: Client) -> None:
    periods = items(gmg, "/groups/gmg/memberships", agency="UNU")
    assert [(p["role"], p["starts_on"], p["ends_on"]) for p in periods] == [
        ("observer", "2014-06-08", "2014-07-08"), ("member", "2014-07-09", None)
    ]  # fmt: skip
    assert periods[1]["certainty"] == "assumed"
    assert periods[1]["note"]
    assert periods[0]["sources"] == [
        "UNU joins the GMG (8 July 2014) <https://migration.unu.edu/news/news/unu-joins-global-migration-group.html>"
    ]


def test_unu_leads_only_from_the_day_of_its_membership(demo: Make, gmg: Client) -> None:
    secretariat = demo.service.as_(demo.token("secretariat", "gmg"))
    [found] = items(gmg, "/deliverables", group="gmg", code="M1.4")
    ask = {"agency": "UNU", "role": "lead", "starts_on": "2014-06-15"}
    refused(secretariat.post(f"/deliverables/{found['id']}/assignments", ask), 422, "not_a_member")
    asked = ok(secretariat.post(f"/deliverables/{found['id']}/assignments", ask | {"starts_on": "2014-07-15"}))
    answer = {"on_behalf_of": "UNU", "evidence": "A letter of 20 July 2014"}
    assert ok(secretariat.post(f"/assignments/{asked['id']}/accept", answer), 200)["state"] == "accepted"
    overlapping = {"group": "gmg", "state": "confirmed", "starts_on": "2016-06-01", "holders": [{"agency": "ILO"}]}
    refused(secretariat.post("/chairmanships", overlapping), 409, "chair_overlap")


def test_the_youth_report_is_found_under_its_former_title_352_days_late(gmg: Client) -> None:
    found = items(gmg, "/deliverables", group="gmg", q="Adolescents", kind="publication")
    assert [d["title"] for d in found] == ["Migration and Youth: Challenges and Opportunities"]
    [youth] = found
    assert youth["former_titles"] == ["Adolescents, Youth and Migration: Challenges and Opportunities"]
    assert (youth["baseline_due"]["value"], youth["due"]["value"]) == ("2013-12-31", "2013-12-31")
    assert (youth["delivered_on"], youth["slip_days"], youth["status"]) == ("2014-12-18", 352, "delivered")
    assert (youth["certainty"], youth["lead"]["code"], [a["code"] for a in youth["contributors"]]) == ("assumed", "UNICEF", ["UNESCO"])
    assert any(source.startswith("ILO: GMG releases new book") for source in youth["sources"])
    assert youth["evidence"]
    assert read(gmg, f"/deliverables/{youth['id']}", as_of="2014-06-01")["overdue"] is True
    assert read(gmg, f"/deliverables/{youth['id']}", as_of="2015-01-01")["overdue"] is False
    history = items(gmg, f"/deliverables/{youth['id']}/history")
    days = {h["operation"]: h["effective_on"] for h in history}
    assert days["deliverable:deliver"] == "2014-12-18"


def test_the_first_named_leads_and_the_others_lead_with_it(gmg: Client) -> None:
    by_code = {d["code"]: d for d in items(gmg, "/deliverables", group="gmg")}
    named = {c: (d["lead"]["code"], [a["code"] for a in d["co_leads"]]) for c, d in by_code.items() if d["co_leads"]}
    assert named == {"M2.1": ("UNFPA", ["IOM"]), "N2.1": ("OHCHR", ["UN Women"]), "N3.1": ("UN DESA", ["IOM", "World Bank"])}
    assert [a["code"] for a in by_code["M2.1"]["contributors"]] == ["UN DESA"]
    assert len(by_code) == 23


def test_what_is_unknown_stays_unknown(gmg: Client) -> None:
    by_code = {d["code"]: d for d in items(gmg, "/deliverables", group="gmg")}
    indicators = by_code["T4.3"]
    assert (indicators["status"], indicators["lead"], indicators["due"], indicators["delivered"]) == ("not_started", None, None, None)
    assert (by_code["T1.1"]["lead"], by_code["T1.1"]["delivered"]["precision"]) == (None, "year")
    assert by_code["T4.1"]["delivered"] == {"value": "by 2013", "precision": "before", "earliest": None, "latest": "2013-12-31"}
    assert [d["code"] for d in by_code.values() if d["due"]] == ["M1.1"]
    assert {d["slip_days"] for c, d in by_code.items() if c != "M1.1"} == {None}


def test_the_plans_are_as_recorded(gmg: Client) -> None:
    plans = {p["code"]: p for p in items(gmg, "/workplans", group="gmg")}
    assert {c: (p["starts_on"], p["ends_on"], p["state"]) for c, p in plans.items()} == {
        "WP-2006-2012": ("2006-05-09", "2012-12-31", "draft"), "WP-2009": ("2009-06-01", "2010-06-30", "endorsed"),
        "WP-MULTI-1": ("2013-01-01", "2015-12-31", "endorsed"), "WP-MULTI-2": ("2016-01-01", "2018-12-31", "circulated"),
    }  # fmt: skip
    assert (plans["WP-MULTI-1"]["endorsed_late"], plans["WP-2006-2012"]["transitional"]) == (True, True)
    assert {c: p["certainty"] for c, p in plans.items()} == {
        "WP-2006-2012": "assumed", "WP-2009": "inferred", "WP-MULTI-1": "stated", "WP-MULTI-2": "unverified",
    }  # fmt: skip


def test_five_bodies_on_the_day_the_ilo_counts_five(gmg: Client) -> None:
    found = items(gmg, "/working-groups", group="gmg", as_of="2014-01-01") + items(gmg, "/task-forces", group="gmg", as_of="2014-01-01")
    assert sorted(b["code"] for b in found) == ["TF-CAP", "TF-WORK", "WG-DATA", "WG-HRG", "WG-MAIN"]
    chairs = {b["code"]: [a["code"] for a in b["chairs"]] for b in found}
    assert chairs == {
        "TF-CAP": ["IOM", "UNITAR"], "TF-WORK": [], "WG-DATA": ["IOM", "UN DESA"], "WG-HRG": ["OHCHR", "UN Women"], "WG-MAIN": ["IOM", "UNDP"]
    }  # fmt: skip
    [secretariat] = items(gmg, "/secretariats", group="gmg")
    assert (secretariat["sunset_on"], secretariat["certainty"], secretariat["host"]) == ("2015-12-31", "assumed", None)


@pytest.mark.parametrize(
    "path",
    ["/groups/gmg/memberships", "/groups/gmg/modalities", "/chairmanships", "/working-groups", "/task-forces", "/secretariats", "/workplans",
     "/deliverables", "/assignments", "/decisions", "/meetings"],
)  # fmt: skip
def test_every_dated_record_says_how_certain_it_is_and_what_is_not_stated_says_why(gmg: Client, path: str) -> None:
    found = items(gmg, path, **({} if path.startswith("/groups") else {"group": "gmg"}))
    assert found
    assert [r for r in found if r["certainty"] is None and r.get("asked_by") == "load"] == []
    assert [r for r in found if r["certainty"] in ("assumed", "inferred", "unverified") and not r["note"]] == []
    assert [r for r in found if r["certainty"] == "stated" and not r["sources"]] == []


def test_each_step_is_in_the_journal_under_its_operation_as_of_its_day(demo: Make) -> None:
    administrator = demo.administrator
    after, changes = 0, []
    while page := read(administrator, "/changes", after=after, group="gmg", limit=500)["items"]:
        changes += page
        after = page[-1]["seq"]
    loaded = [c for c in changes if c["actor"]["id"] == "load"]
    assert len(loaded) > 200
    assert {c["channel"] for c in loaded} == {"load"}
    assert {"chairmanship:nominate", "membership:admit", "workplan:endorse", "deliverable:deliver", "assignment:accept"} <= {
        c["operation"] for c in loaded
    }
    assert all(c["effective_on"] for c in loaded)
    assert min(c["effective_on"] for c in loaded) == "2006-05-09"
    undocumented = [c for c in loaded if c["operation"] == "membership:admit" and c["reason"]]
    assert {c["reason"] for c in undocumented} == {"The decision is not documented."}
    assert len(undocumented) == 11


def test_the_youth_report_travels_from_unicefs_chair_to_its_delivery_five_chairs_later(gmg: Client) -> None:
    """Proposed under one title and delivered under another: one lineage, every change of chair, its slip, in one history."""
    [report] = items(gmg, "/deliverables", group="gmg", q="Adolescents, Youth and Migration: Challenges")
    assert (report["title"], report["former_titles"]) == (
        "Migration and Youth: Challenges and Opportunities", ["Adolescents, Youth and Migration: Challenges and Opportunities"]
    )  # fmt: skip
    assert (report["baseline_due"]["value"], report["delivered_on"], report["slip_days"]) == ("2013-12-31", "2014-12-18", 352)
    lineage = read(gmg, f"/deliverables/{report['id']}/lineage")
    assert [(i["code"], i["delivered"]["value"]) for i in lineage["items"]] == [(report["code"], "2014-12-18")]
    chairs = lineage["chairs"]
    assert [holders(c) for c in chairs] == [["UNICEF"], ["UNESCO"], ["UNESCO"], ["UNODC"], ["UN-RC"], ["IOM"], ["ILO"]]
    assert [c["kind"] for c in chairs] == ["regular", "regular", "interim", *["regular"] * 4]
    changes = [after for before, after in pairwise(chairs) if holders(before) != holders(after)]
    assert [c["starts_on"] for c in changes] == ["2011-07-01", "2012-07-01", "2013-01-01", "2013-07-01", "2014-01-01"]
    history = items(gmg, f"/deliverables/{report['id']}/history")
    told = [(c["operation"], c["effective_on"]) for c in history if c["entity"] == "deliverable"]
    assert told[-2:] == [("deliverable:amend", "2014-12-18"), ("deliverable:deliver", "2014-12-18")]
    assert "workplan:endorse" in {operation for operation, _ in told}, "where the first promise was set"


def test_the_group_stays_open_and_notes_its_successor(gmg: Client) -> None:
    group = read(gmg, "/groups/gmg")
    assert (group["dissolved_on"], group["successor"], group["time_zone"], group["public"]) == (
        None, "United Nations Network on Migration", "Europe/Zurich", False
    )  # fmt: skip


def test_a_stranger_sees_the_group_of_today_and_not_the_gmg(demo: Make) -> None:
    assert [g["code"] for g in items(demo.service, "/groups")] == ["apwg"]
    refused(demo.service.get("/groups/gmg"), 404, "not_found")
    public = items(demo.service, "/deliverables", group="apwg")
    assert {d["visibility"] for d in public} == {"public"}


def test_the_group_of_today_shows_every_state(demo: Make) -> None:
    viewer = demo.service.as_(demo.token("viewer", "apwg"))
    found = {(d["workplan"]["code"], d["code"]): d for d in items(viewer, "/deliverables", group="apwg")}
    now = {code: d for (plan, code), d in found.items() if plan == "WP-NOW"}
    flags = {c: set(d["flags"]) for c, d in now.items()}
    assert {d["status"] for d in now.values()} == {"not_started", "in_progress", "on_hold", "delivered", "cancelled", "superseded"}
    assert {d["confidence"] for d in now.values()} == {None, "on_track", "at_risk", "off_track"}
    assert "overdue" in flags["1.1"]
    assert "due_soon" in flags["1.2"]
    assert "stale" in flags["4.3"]
    assert "unanswered" in flags["2.1"]
    assert {"overdue", "sunset_passed"} <= flags["3.1"]
    assert "no_lead" in flags["4.1"]
    assert "due_outside_plan" in flags["4.2"]
    assert (now["1.1"]["due"]["precision"], now["1.3"]["due"]["precision"], now["4.1"]["due"]["precision"]) == ("month", "quarter", "half")
    assert now["1.3"]["slip_days"] > 80
    assert now["1.5"]["slip_days"] == 30
    [declined] = items(viewer, "/assignments", group="apwg", state="declined")
    assert (declined["decline_reason"], declined["suggested"]["code"]) == ("capacity", "UN Women")
    [asked] = items(viewer, "/assignments", group="apwg", state="proposed")
    assert asked["answer_late"] is True
    forces = {b["code"]: b for b in items(viewer, "/task-forces", group="apwg")}
    assert (forces["TF-SKILLS"]["expiring"], forces["TF-BORDER"]["sunset_passed"], forces["TF-START"]["state"]) == (True, True, "completed")
    assert forces["TF-REMIT"]["extensions"] == 1
    assert {b["state"] for b in items(viewer, "/working-groups", group="apwg")} == {"active", "dormant"}
    assert {p["state"] for p in items(viewer, "/workplans", group="apwg")} == {"endorsed", "draft"}
    troika = read(viewer, "/groups/apwg/troika")
    assert (holders(troika["current"]), troika["incoming"]) == (["UN Women"], None)
    assert [holders(t) for t in items(viewer, "/chairmanships", group="apwg", state="nominated")] == [["UNHCR"]]
    offices = items(viewer, "/appointments", group="apwg")
    assert [(a["agency"]["code"], a["role"]) for a in offices if not a["current"]] == [("UNICEF", "focal_point")]


def test_the_meetings_are_as_recorded_with_what_they_decided(gmg: Client) -> None:
    found = items(gmg, "/meetings", group="gmg")
    assert [(m["starts_on"], m["level"], len(m["decisions"])) for m in found] == [
        ("2009-10-09", "retreat", 0), ("2010-09-30", "principals", 1), ("2011-11-15", "principals", 1), ("2012-04-30", "principals", 1),
        ("2012-11-30", "principals", 4), ("2013-07-03", "principals", 3), ("2014-07-08", "principals", 1), ("2016-02-25", "retreat", 0),
        ("2018-05-02", "principals", 0),
    ]  # fmt: skip
    assert {m["state"] for m in found} == {"held"}
    by_day = {m["starts_on"]: [a["code"] for a in m["chairs"]] for m in found}
    assert (by_day["2014-07-08"], by_day["2018-05-02"], by_day["2016-02-25"]) == (["ILO"], ["FAO", "IOM"], ["UN Women"])
    agenda = read(gmg, f"/meetings/{found[0]['id']}/agenda")
    assert (agenda["as_of"], agenda["sections"]) == (None, []), "no agenda is made up for what was only recorded"


def test_the_group_of_today_shows_silence_meetings_and_action_points_in_every_state(demo: Make) -> None:
    viewer = demo.service.as_(demo.token("viewer", "apwg"))
    silence = {d["code"]: d["state"] for d in items(viewer, "/decisions", group="apwg", silence="true")}
    assert silence == {"SIL/1": "adopted", "SIL/2": "fallen", "SIL/3": "pending"}
    assert {m["state"] for m in items(viewer, "/meetings", group="apwg")} == {"held", "planned"}
    assert {p["state"] for p in items(viewer, "/action-points", group="apwg")} == {"open", "done", "cancelled"}
    assert [d["code"] for d in items(viewer, "/decisions", group="apwg", carried_out="false")] == ["TF/3"]
    [coming] = items(viewer, "/meetings", group="apwg", level="technical")
    agenda = read(viewer, f"/meetings/{coming['id']}/agenda")
    waiting = {s["kind"] for s in agenda["sections"]}
    assert {"sunset", "chair_to_confirm", "silence_objected", "ask_unanswered", "deliverable_overdue", "action_point_late"} <= waiting
    assert [i["title"] for i in agenda["items"]] == ["Calendar of the coming half-year", "Any other business"]
