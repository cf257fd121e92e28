"""Country teams are heard before money is sought in their country; an objection is overridden by a decision, and recorded."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused

FOUR = ["BD", "JM", "MD", "ML"]


@pytest.fixture
def project(make: Make) -> Json:
    return make.project(countries=FOUR)


def consulted(make: Make, project: Json, country: str, outcome: str = "no_objection", **values: Any) -> Json:
    body = {"country": country, "outcome": outcome} | values
    return ok(make.secretariat.post(f"/projects/{project['id']}/consultations", body))  # type: ignore[no-any-return]


def seek(make: Make, project: Json, to: str = "seeking", **body: Any) -> Any:
    return make.secretariat.post(f"/projects/{project['id']}/advance", {"to": to} | body)


def amend(make: Make, one: Json, **changes: Any) -> Any:
    return make.secretariat.patch(f"/consultations/{one['id']}", changes, version=one["version"])


class TestTheGate:
    def test_money_is_not_sought_while_one_of_four_countries_is_unanswered(self, make: Make, project: Json) -> None:
        for country, outcome, more in (
            ("BD", "no_objection", {}),
            ("JM", "comments", {}),
            ("MD", "not_applicable", {"reason": "Desk study."}),
        ):
            consulted(make, project, country, outcome, **more)
        with make.unchanged():
            problem = refused(seek(make, project), 409, "consultation_missing")
            assert problem["params"]["countries"] == "ML"
        asked = consulted(make, project, "ML", "requested", answer_by=day(10))
        with make.unchanged():
            assert refused(seek(make, project), 409, "consultation_missing")["params"]["countries"] == "ML"
        found = make.read(f"/projects/{project['id']}")
        assert (found["unconsulted"], found["flags"]) == (["ML"], [])
        answered = ok(amend(make, asked, outcome="comments"), 200)
        assert (answered["answered_on"], answered["days"]) == (day(0), 0)
        assert ok(seek(make, project), 200)["state"] == "seeking"

    def test_an_objection_is_overridden_by_a_decision_that_stays_with_it(self, make: Make, project: Json) -> None:
        for country in FOUR[:3]:
            consulted(make, project, country)
        objection = consulted(make, project, "ML", "objection", note="The ministry leads this.")
        decision = make.decision(kind="other", text="Go ahead in Mali.")
        with make.unchanged():
            assert refused(seek(make, project), 409, "consultation_objection")["params"]["countries"] == "ML"
            refused(seek(make, project, decision="none"), 422, "unknown_reference")
        assert make.read(f"/projects/{project['id']}")["objecting"] == ["ML"]
        assert ok(seek(make, project, decision=decision["id"]), 200)["state"] == "seeking"
        kept = make.read(f"/consultations/{objection['id']}")
        assert (kept["outcome"], kept["decision"]["code"]) == ("objection", decision["code"])
        steps = [c for c in make.read(f"/projects/{project['id']}/history")["items"] if c["entity"] == "project_step"]
        assert steps[-1]["decision"]["code"] == decision["code"]
        assert ok(seek(make, project, "funded"), 200)["state"] == "funded"
        again = ok(amend(make, kept, outcome="comments"), 200)
        assert again["decision"] is None

    def test_silence_is_no_answer_but_a_decision_may_go_ahead_without_it(self, make: Make, project: Json) -> None:
        for country in FOUR[:3]:
            consulted(make, project, country)
        asked = consulted(make, project, "ML", "requested", requested_on=day(-40), answer_by=day(5))
        with make.unchanged():
            refused(amend(make, asked, outcome="no_reply"), 422, "not_yet_silent")
        silent = ok(amend(make, asked, outcome="no_reply", answer_by=day(-1)), 200)
        with make.unchanged():
            assert refused(seek(make, project), 409, "consultation_missing")["params"]["countries"] == "ML"
        ok(seek(make, project, **make.decided()), 200)
        assert make.read(f"/consultations/{silent['id']}")["decision"] is not None
        assert ok(seek(make, project, "funded"), 200)["flags"] == []

    def test_a_decision_does_not_stand_for_a_team_that_nobody_asked(self, make: Make, project: Json) -> None:
        decided = make.decided()
        with make.unchanged():
            problem = refused(seek(make, project, **decided), 409, "consultation_missing")
            assert problem["params"]["countries"] == "BD, JM, MD, ML"

    def test_a_country_added_later_is_flagged_and_stops_the_next_step(self, make: Make) -> None:
        project = make.project(countries=["BD"])
        consulted(make, project, "BD")
        ok(seek(make, project), 200)
        version = make.read(f"/projects/{project['id']}")["version"]
        wider = ok(make.secretariat.patch(f"/projects/{project['id']}", {"countries": ["BD", "JM"]}, version=version), 200)
        assert (wider["state"], wider["flags"], wider["unconsulted"]) == ("seeking", ["consultation_missing"], ["JM"])
        with make.unchanged():
            refused(seek(make, project, "funded"), 409, "consultation_missing")
        consulted(make, project, "JM")
        assert ok(seek(make, project, "funded"), 200)["flags"] == []
        assert [p["code"] for p in make.read("/projects", consulted="true")["items"]] == ["PRJ"]

    def test_a_country_does_not_go_round_the_gate_by_leaving_the_project_before_it(self, make: Make, project: Json) -> None:
        for country in FOUR[:2]:
            consulted(make, project, country)
        objects, asked = consulted(make, project, "MD", "objection"), consulted(make, project, "ML", "requested")
        address = f"/projects/{project['id']}"

        def turn(countries: list[str], **more: Any) -> Any:
            return make.secretariat.patch(address, {"countries": countries} | more, version=make.read(address)["version"])

        ok(turn(FOUR), 200)
        ok(turn(FOUR[:2]), 200)
        ok(seek(make, project), 200)
        with make.unchanged():
            assert refused(turn(FOUR[:3]), 409, "consultation_objection")["params"]["countries"] == "MD"
            assert refused(turn([*FOUR[:2], "ML"]), 409, "consultation_missing")["params"]["countries"] == "ML"
            refused(turn(FOUR, title="Another"), 409, "consultation_missing")
        ok(amend(make, objects, outcome="comments"), 200)
        ok(amend(make, asked, outcome="no_objection"), 200)
        assert ok(turn(FOUR), 200)["flags"] == []

    def test_an_objection_while_money_is_sought_flags_the_project_and_stops_its_next_step(self, make: Make) -> None:
        project = make.project(countries=["BD"])
        one = consulted(make, project, "BD")
        ok(seek(make, project), 200)
        one = ok(amend(make, one, outcome="objection"), 200)
        assert make.read(f"/projects/{project['id']}")["flags"] == ["consultation_objection"]
        with make.unchanged():
            refused(seek(make, project, "funded"), 409, "consultation_objection")
        version = make.read(f"/projects/{project['id']}")["version"]
        ok(make.secretariat.patch(f"/projects/{project['id']}", {"countries": ["BD"], "title": "Amended"}, version=version), 200)
        assert ok(seek(make, project, "funded", **make.decided()), 200)["flags"] == []

    def test_a_project_without_countries_has_nobody_to_ask(self, make: Make) -> None:
        assert ok(seek(make, make.project(countries=[])), 200)["state"] == "seeking"


class TestRecording:
    def test_what_belongs_to_each_outcome(self, make: Make, project: Json) -> None:
        address = f"/projects/{project['id']}/consultations"
        with make.unchanged():
            for body, code in (
                ({"outcome": "not_applicable"}, "reason_missing"),
                ({"outcome": "requested", "answered_on": day(0)}, "consultation_days"),
                ({"outcome": "comments", "answered_on": day(1)}, "consultation_days"),
                ({"outcome": "comments", "requested_on": day(-1), "answered_on": day(-2)}, "consultation_days"),
                ({"outcome": "no_reply", "answer_by": day(0)}, "not_yet_silent"),
                ({"country": "FR"}, "not_a_country_of_the_project"),
                ({"country": "ZZ"}, "unknown_country"),
                ({"outcome": "maybe"}, "invalid"),
            ):
                refused(make.secretariat.post(address, {"country": "BD"} | body), 422, code)
        asked = consulted(make, project, "BD", "requested", requested_on=day(-30), answer_by=day(-2))
        assert (asked["late"], asked["days"]) == (True, 30)
        assert [c["country"] for c in make.read("/consultations", late="true")["items"]] == ["BD"]
        with make.unchanged():
            assert refused(make.secretariat.post(address, {"country": "BD"}), 409, "already_consulted")["params"]["id"] == asked["id"]
            refused(amend(make, asked, answered_on=day(0)), 422, "consultation_days")
        assert consulted(make, project, "JM", "no_reply")["outcome"] == "no_reply"
        assert consulted(make, project, "MD")["requested_on"] is None
        noted = ok(amend(make, asked, note="Reminded by telephone."), 200)
        assert (noted["outcome"], noted["note"]) == ("requested", "Reminded by telephone.")
        ok(seek(make, project, "withdrawn", reason="R"), 200)
        with make.unchanged():
            refused(make.secretariat.post(address, {"country": "ML"}), 409, "wrong_state")
            refused(amend(make, noted, note="X"), 409, "wrong_state")

    def test_a_country_team_is_known_with_who_speaks_for_it(self, make: Make, project: Json) -> None:
        body = {"group": "tst", "country": "BD", "name": "UNCT Bangladesh", "coordinator": "A. Example", "email": "rc@example.org"}
        team = ok(make.secretariat.post("/country-teams", body))
        assert (team["country_name"], team["coordinator"]) == ("Bangladesh", "A. Example")
        with make.unchanged():
            refused(make.secretariat.post("/country-teams", body), 409, "country_team_taken")
            refused(make.secretariat.post("/country-teams", body | {"country": "ZZ"}), 422, "unknown_country")
        ok(make.secretariat.patch(f"/country-teams/{team['id']}", {"coordinator": "B. Example"}, version=1), 200)
        assert consulted(make, project, "BD")["team"] == {"id": team["id"], "name": "UNCT Bangladesh"}
        told = [
            c["fields"].get("coordinator") for c in ok(make.secretariat.get("/changes", params={"entity": "country_team"}), 200)["items"]
        ]
        assert told == [[None, "(personal)"], ["(personal)", "(personal)"]], "a name can be erased, so the journal does not hold it"
