"""Projects: their streams and budget, who leads them, and the way from idea to money."""

from typing import Any

import pytest

from tests.make import Json, Make, day, ok, refused


def shares(*given: tuple[Json, str]) -> list[Json]:
    return [{"stream": stream["id"], "share": share} for stream, share in given]


def amend(make: Make, project: Json, **changes: Any) -> Any:
    version = make.read(f"/projects/{project['id']}")["version"]
    return make.secretariat.patch(f"/projects/{project['id']}", changes, version=version)


class TestComposing:
    def test_shares_are_exactly_a_hundred_per_cent(self, make: Make) -> None:
        make.member("UNDP")
        plan = make.plan()
        one, two, three = (make.stream(plan, code) for code in "123")
        body = {"group": "tst", "code": "P", "title": "P", "lead": "UNDP"}
        with make.unchanged():
            thirds = shares((one, "33.33"), (two, "33.33"), (three, "33.33"))
            problem = refused(make.secretariat.post("/projects", body | {"streams": thirds}), 422, "shares_not_whole")
            assert problem["params"] | {"count": 0} == {"count": 0, "sum": "99.99", "difference": "0.01", "word": "missing"}
            assert "0.01 per cent missing" in problem["detail"]
            over = refused(
                make.secretariat.post("/projects", body | {"streams": shares((one, "60"), (two, "50.5"))}), 422, "shares_not_whole"
            )
            assert over["params"] == {"count": 0, "sum": "110.50", "difference": "10.50", "word": "too much"}
            for wrong in (shares((one, "50"), (one, "50")), shares((one, "100"), (two, "0.00"))):
                refused(make.secretariat.post("/projects", body | {"streams": wrong}), 422, "stream_named_twice")
            for share in ("33.333", "-1", "1e2", "NaN", "+5"):
                refused(make.secretariat.post("/projects", body | {"streams": shares((one, share))}), 422, "invalid")
            refused(make.secretariat.post("/projects", body | {"streams": [{"stream": "none", "share": "100"}]}), 422, "unknown_reference")
        made = ok(make.secretariat.post("/projects", body | {"streams": shares((one, "33.34"), (two, "33.33"), (three, "33.33"))}))
        assert [(s["stream"]["code"], s["share"]) for s in made["streams"]] == [("1", "33.34"), ("2", "33.33"), ("3", "33.33")]
        assert (made["state"], made["budget"], made["currency"]) == ("idea", None, "USD")

    @pytest.mark.parametrize("amount", ["1e30", "-5", "NaN", "Infinity", "", "1,000.00", "1.", ".5", "1" * 15, 5, 5.0, "٥"])
    def test_what_is_no_amount_is_told_at_its_place(self, make: Make, amount: Any) -> None:
        project = make.project()
        with make.unchanged():
            body = {"donor": "SDC", "amount": amount, "currency": "USD"}
            problem = refused(make.secretariat.post(f"/projects/{project['id']}/contributions", body), 422, "invalid")
            (error,) = problem["errors"]
            assert error["pointer"] == "/amount"
            assert "1000000.00" in error["message"]

    def test_an_amount_fits_its_currency(self, make: Make) -> None:
        project = make.project()
        address = f"/projects/{project['id']}/contributions"
        with make.unchanged():
            for amount, currency in (("0.001", "USD"), ("1.5", "JPY"), ("0", "USD"), ("0.00", "USD"), ("1.00001", "CLF")):
                status = "invalid" if currency == "CLF" else "amount_not_taken"
                problem = refused(make.secretariat.post(address, {"donor": "SDC", "amount": amount, "currency": currency}), 422, status)
                assert problem["errors"][0]["pointer"] == "/amount"
            for currency in ("XAU", "ABC", "XXX"):
                refused(make.secretariat.post(address, {"donor": "SDC", "amount": "1", "currency": currency}), 422, "unknown_currency")
            refused(make.secretariat.post(address, {"donor": "SDC", "amount": "1", "currency": "usd"}), 422, "invalid")
        for amount, currency, told in (
            ("1.230", "KWD", "1.230"), ("7", "JPY", "7"), ("7.0", "JPY", "7"), ("1.50000", "USD", None), ("1.5000", "USD", "1.50"),
            ("99999999999999.9999", "CLF", "99999999999999.9999"), ("0.01", "USD", "0.01"), ("007", "USD", "7.00"),
        ):  # fmt: skip
            answer = make.secretariat.post(address, {"donor": "SDC", "amount": amount, "currency": currency})
            assert told is None or ok(answer)["amount"] == told, amount

    def test_a_country_that_is_named_twice_is_one(self, make: Make) -> None:
        make.member("UNDP")
        body = {"group": "tst", "code": "P", "title": "P", "lead": "UNDP", "countries": ["JM", "BD", "JM"]}
        made = ok(make.secretariat.post("/projects", body))
        assert (made["countries"], made["unconsulted"]) == (["JM", "BD"], ["BD", "JM"])
        assert ok(amend(make, made, countries=["BD", "BD"]), 200)["countries"] == ["BD"]

    def test_budget_lines_add_up_to_no_more_than_an_amount_can_be(self, make: Make) -> None:
        """In the currency with most decimals too: three of the largest amounts are beyond 64 bits."""
        make.member("UNDP")
        for currency, largest in (("CLF", "99999999999999.9999"), ("JPY", "99999999999999")):
            body = {"group": "tst", "code": currency, "title": "P", "lead": "UNDP", "currency": currency}
            lines = [{"label": "Staff", "amount": largest}] * 10
            with make.unchanged():
                problem = refused(make.secretariat.post("/projects", body | {"budget_lines": lines}), 422, "amount_not_taken")
                assert problem["errors"][0]["pointer"] == "/budget_lines"
            made = ok(make.secretariat.post("/projects", body | {"budget_lines": lines[:1]}))
            with make.unchanged():
                refused(amend(make, made, budget_lines=lines), 422, "amount_not_taken")
            assert ok(amend(make, made, title="Another"), 200)["budget"] == largest
            assert ok(amend(make, made, budget_lines=[]), 200)["budget"] == largest

    def test_budget_lines_add_up_to_the_budget(self, make: Make) -> None:
        make.member("UNDP")
        body = {"group": "tst", "code": "P", "title": "P", "lead": "UNDP", "budget": "100.00"}
        lines = [{"label": "Staff", "amount": "60.00", "year": 2024}, {"label": "Travel", "amount": "39.99"}]
        with make.unchanged():
            problem = refused(make.secretariat.post("/projects", body | {"budget_lines": lines}), 422, "budget_lines_do_not_add_up")
            assert "0.01 USD missing" in problem["detail"]
        made = ok(make.secretariat.post("/projects", body | {"budget": None, "budget_lines": lines}))
        assert (made["budget"], [line["amount"] for line in made["budget_lines"]]) == ("99.99", ["60.00", "39.99"])
        with make.unchanged():
            refused(amend(make, made, budget="100.00"), 422, "budget_lines_do_not_add_up")
            refused(amend(make, made, currency="EUR"), 422, "budget_in_another_currency")
            refused(amend(make, made, currency="EUR", budget="5.00"), 422, "budget_in_another_currency")
            refused(amend(make, made, currency="ZZZ"), 422, "unknown_currency")
        again = ok(amend(make, made, budget_lines=[*lines, {"label": "Rest", "amount": "0.01", "year": 2025}]), 200)
        assert (again["budget"], again["version"], len(again["budget_lines"])) == ("100.00", 2, 3)
        shorter = ok(amend(make, made, budget="60.00", budget_lines=lines[:1]), 200)
        assert [line["label"] for line in shorter["budget_lines"]] == ["Staff"]
        none = ok(amend(make, made, budget=None, budget_lines=[]), 200)
        assert (none["budget"], none["budget_lines"]) == (None, [])
        assert ok(amend(make, made, currency="JPY", budget="500"), 200)["budget"] == "500"
        longer = ok(amend(make, made, budget_lines=[{"label": "All", "amount": "500"}, {"label": "More", "amount": "5"}]), 200)
        assert (longer["budget"], [line["label"] for line in longer["budget_lines"]]) == ("505", ["All", "More"])

    def test_a_change_of_the_streams_is_one_of_the_project_s_version(self, make: Make) -> None:
        plan = make.plan()
        one, two = make.stream(plan, "1"), make.stream(plan, "2")
        project = make.project(streams=shares((one, "100")))
        address = f"/projects/{project['id']}"
        calls = [lambda: make.secretariat.patch(address, {"streams": shares((one, "50"), (two, "50"))}, version=1)] * 2
        assert sorted(a.status_code for a in make.service.at_once(*calls)) == [200, 412]
        back = ok(make.secretariat.patch(address, {"streams": shares((two, "100"))}, version=2), 200)
        assert [s["stream"]["code"] for s in back["streams"]] == ["2"]
        again = ok(make.secretariat.patch(address, {"streams": shares((one, "1"), (two, "99"))}, version=3), 200)
        assert [(s["stream"]["code"], s["share"]) for s in again["streams"]] == [("1", "1.00"), ("2", "99.00")]
        same = ok(make.secretariat.patch(address, {"streams": shares((two, "99"), (one, "1"))}, version=4), 200)
        assert same["version"] == 4

    def test_countries_are_countries_of_today(self, make: Make) -> None:
        make.member("UNDP")
        body = {"group": "tst", "code": "P", "title": "P", "lead": "UNDP"}
        with make.unchanged():
            for code in ("ZZ", "SU", "UK"):
                refused(make.secretariat.post("/projects", body | {"countries": ["BD", code]}), 422, "unknown_country")
            refused(make.secretariat.post("/projects", body | {"countries": ["Bangladesh"]}), 422, "invalid")
        made = ok(make.secretariat.post("/projects", body | {"countries": ["CI", "BD"]}))
        assert made["countries"] == ["CI", "BD"]
        assert made["country_names"] == [{"code": "BD", "name": "Bangladesh"}, {"code": "CI", "name": "Côte d'Ivoire"}]
        assert [p["code"] for p in make.read("/projects", country="CI")["items"]] == ["P"]

    def test_codes_and_days_are_checked(self, make: Make) -> None:
        project, other = make.project("P1"), make.project("P2")
        body = {"group": "tst", "title": "P", "lead": "LEAD"}
        with make.unchanged():
            refused(make.secretariat.post("/projects", body | {"code": "P1"}), 409, "project_code_taken")
            refused(amend(make, other, code="P1"), 409, "project_code_taken")
            days = {"starts_on": "2024-02-01", "ends_on": "2024-01-31"}
            refused(make.secretariat.post("/projects", body | {"code": "N"} | days), 422, "ends_before_it_starts")
            refused(amend(make, project, actual_starts_on="2024-02-01", actual_ends_on="2024-01-31"), 422, "ends_before_it_starts")
            for wrong in ({"lead": "NOBODY"}, {"partners": ["NOBODY"]}):
                refused(make.secretariat.post("/projects", body | {"code": "N"} | wrong), 422, "unknown_reference")
            make_observer = {"code": "N", "lead": "LEAD", "partners": ["LEAD"]}
        assert [p["role"] for p in ok(make.secretariat.post("/projects", body | make_observer))["asked"]] == ["lead"]
        assert ok(amend(make, project, code="P9", title="Renamed"), 200)["code"] == "P9"
        assert [p["code"] for p in make.read("/projects", q="renam")["items"]] == ["P9"]


class TestParts:
    def test_whoever_proposes_for_their_own_agency_has_answered_and_the_others_are_asked(self, make: Make) -> None:
        for code in ("IOM", "UNDP"):
            make.member(code)
        make.member("UNU", role="observer")
        project = make.project(lead="UNDP", partners=["IOM", "UNU"])
        assert (project["lead"]["code"], project["partners"]) == ("UNDP", [])
        assert [(a["agency"]["code"], a["role"]) for a in project["asked"]] == [("IOM", "partner"), ("UNU", "partner")]
        part = project["asked"][0]["id"]
        address = f"/projects/{project['id']}/assignments"
        with make.unchanged():
            refused(make.focal_point("UNDP").post(f"{address}/{part}/accept"), 403, "forbidden")
            refused(make.secretariat.post(f"{address}/{part}/accept"), 422, "evidence_required")
            refused(make.secretariat.post(f"{address}/{part}/accept", {"evidence": "E"}), 422, "on_behalf_of_another")
            refused(make.secretariat.post(f"{address}/{part}/accept", make.by_proxy("UNDP")), 422, "on_behalf_of_another")
            refused(make.secretariat.post("/projects", {"group": "tst", "code": "N", "title": "N", "lead": "UNU"}), 422, "not_a_member")
            refused(
                make.focal_point("IOM").post("/projects", {"group": "tst", "code": "N", "title": "N", "lead": "UNDP"}), 403, "forbidden"
            )
        accepted = ok(make.focal_point("IOM").post(f"{address}/{part}/accept"), 200)
        assert (accepted["state"], accepted["on_behalf_of"], accepted["current"]) == ("accepted", None, True)
        assert ok(make.focal_point("IOM").post(f"{address}/{part}/accept"), 200)["version"] == accepted["version"]
        assert [a["code"] for a in make.read(f"/projects/{project['id']}")["partners"]] == ["IOM"]
        assert [p["code"] for p in make.read("/projects", agency="IOM", role="partner")["items"]] == ["PRJ"]
        assert make.read("/projects", agency="IOM", role="lead")["items"] == []
        assert [p["agency"]["code"] for p in make.read("/project-parts", state="proposed")["items"]] == ["UNU"]

    def test_declining_suggests_another_and_may_be_changed(self, make: Make) -> None:
        make.member("IOM")
        project = make.project(partners=["IOM"])
        part, iom = project["asked"][0]["id"], make.focal_point("IOM")
        address = f"/projects/{project['id']}/assignments/{part}"
        declined = ok(iom.post(f"{address}/decline", {"reason": "funding", "note": "None.", "suggest": "LEAD"}), 200)
        assert (declined["state"], declined["decline_reason"], declined["suggested"]["code"]) == ("declined", "funding", "LEAD")
        assert (
            ok(iom.post(f"{address}/decline", {"reason": "funding", "note": "None.", "suggest": "LEAD"}), 200)["version"]
            == declined["version"]
        )
        assert ok(iom.post(f"{address}/accept"), 200)["suggested"] is None
        ended = ok(iom.post(f"{address}/end", {"reason": "Done."}), 200)
        assert (ended["state"], ended["ends_on"]) == ("ended", day(0))
        assert ok(iom.post(f"{address}/end", {"reason": "Done."}), 200)["version"] == ended["version"]
        with make.unchanged():
            for step, body in (("accept", {}), ("decline", {"reason": "capacity"})):
                refused(iom.post(f"{address}/{step}", body), 409, "wrong_state")
        again = ok(
            make.secretariat.post(f"/projects/{project['id']}/assignments", {"agency": "IOM", "role": "partner", "ends_on": day(90)})
        )
        ok(iom.post(f"/projects/{project['id']}/assignments/{again['id']}/accept"), 200)
        later = ok(iom.post(f"/projects/{project['id']}/assignments/{again['id']}/end", {"reason": "So.", "ends_on": day(30)}), 200)
        assert (later["state"], later["ends_on"]) == ("accepted", day(30))

    def test_one_agency_leads_at_a_time(self, make: Make) -> None:
        make.member("IOM")
        project = make.project()
        address = f"/projects/{project['id']}/assignments"
        asked = ok(make.secretariat.post(address, {"agency": "IOM", "role": "lead"}))
        with make.unchanged():
            refused(make.focal_point("IOM").post(f"{address}/{asked['id']}/accept"), 409, "project_lead_taken")
            refused(make.secretariat.post(address, {"agency": "IOM", "role": "lead"}), 409, "part_already_asked")
            refused(make.secretariat.post(address, {"agency": "OTHER", "role": "lead"}), 422, "unknown_reference")
            refused(
                make.secretariat.post(address, {"agency": "IOM", "role": "partner", "starts_on": "2000-01-01"}), 422, "not_in_the_group"
            )
            refused(
                make.secretariat.post(address, {"agency": "IOM", "role": "partner", "starts_on": day(2), "ends_on": day(1)}),
                422,
                "ends_before_it_starts",
            )
            refused(make.focal_point("IOM").post(address, {"agency": "IOM", "role": "partner"}), 403, "forbidden")
        (leading,) = make.read(address, role="lead", state="accepted")["items"]
        ok(make.secretariat.post(f"{address}/{leading['id']}/end", {"reason": "Hands over."}), 200)
        ok(make.secretariat.post(f"{address}/{asked['id']}/decline", {"reason": "other"} | make.by_proxy("IOM")), 200)
        next_ = ok(make.secretariat.post(address, {"agency": "IOM", "role": "lead", "starts_on": day(1)}))
        ok(make.focal_point("IOM").post(f"{address}/{next_['id']}/accept"), 200)
        assert make.read(f"/projects/{project['id']}", as_of=day(1))["lead"]["code"] == "IOM"
        assert make.read(f"/projects/{project['id']}", as_of=day(2))["flags"] == []

    def test_the_next_lead_begins_when_the_one_before_has_gone(self, make: Make) -> None:
        make.member("IOM")
        project = make.project()
        address = f"/projects/{project['id']}/assignments"
        (leading,) = make.read(address, role="lead")["items"]
        ok(make.secretariat.post(f"{address}/{leading['id']}/end", {"reason": "Hands over.", "ends_on": day(30)}), 200)
        later = ok(make.secretariat.post(address, {"agency": "IOM", "role": "lead", "starts_on": day(31)}))
        assert ok(make.focal_point("IOM").post(f"{address}/{later['id']}/accept"), 200)["state"] == "accepted"
        assert [make.read(f"/projects/{project['id']}", as_of=day(n))["lead"]["code"] for n in (0, 30, 31)] == ["LEAD", "LEAD", "IOM"]

    def test_a_partner_changes_its_own_part_and_not_another_s(self, make: Make) -> None:
        make.member("IOM")
        project = make.project(partners=["IOM"], countries=["BD"])
        iom, gift = make.focal_point("IOM"), make.gift(project, "5.00")
        parts = {p["agency"]["code"]: p["id"] for p in make.read(f"/projects/{project['id']}/assignments")["items"]}
        address = f"/projects/{project['id']}"
        ok(iom.post(f"{address}/assignments/{parts['IOM']}/accept"), 200)
        with make.unchanged():
            refused(iom.post(f"{address}/assignments/{parts['LEAD']}/end", {"reason": "R"}), 403, "forbidden")
            refused(iom.patch(address, {"title": "X"}, version=1), 403, "forbidden")
            refused(iom.post(f"{address}/advance", {"to": "concept"}), 403, "forbidden")
            refused(iom.post(f"{address}/consultations", {"country": "BD"}), 403, "forbidden")
            refused(iom.post(f"{address}/contributions", {"donor": "SDC", "amount": "1", "currency": "USD"}), 403, "forbidden")
            refused(iom.post(f"/contributions/{gift['id']}/commit"), 403, "forbidden")
            refused(make.administrator.patch(address, {"title": "X"}, version=1), 403, "forbidden")
        lead = make.focal_point("LEAD")
        assert ok(lead.patch(address, {"title": "X"}, version=1), 200)["title"] == "X"
        assert ok(lead.post(f"/contributions/{gift['id']}/commit"), 200)["state"] == "committed"

    def test_a_part_is_found_under_its_own_project_only(self, make: Make) -> None:
        make.member("IOM")
        one, two = make.project("P1", partners=["IOM"]), make.project("P2")
        part = one["asked"][0]["id"]
        with make.unchanged():
            refused(make.secretariat.get(f"/projects/{two['id']}/assignments/{part}"), 404, "not_found")
            refused(make.focal_point("IOM").post(f"/projects/{two['id']}/assignments/{part}/accept"), 404, "not_found")
        assert make.read(f"/projects/{one['id']}/assignments/{part}")["state"] == "proposed"


def advance(make: Make, project: Json, to: str, **body: Any) -> Any:
    return make.secretariat.post(f"/projects/{project['id']}/advance", {"to": to} | body)


class TestPipeline:
    def test_each_state_has_its_next_ones_and_before_money_some_may_be_left_out(self, make: Make) -> None:
        project = make.project()
        with make.unchanged():
            for to in ("funded", "implementing", "closed"):
                refused(advance(make, project, to), 409, "wrong_state")
            refused(advance(make, project, "withdrawn"), 422, "reason_missing")
            refused(advance(make, project, "seeking", decision="none"), 422, "unknown_reference")
        assert ok(advance(make, project, "seeking"), 200)["state"] == "seeking"
        with make.unchanged():
            assert ok(advance(make, project, "seeking"), 200)["state"] == "seeking"
            assert "funded" not in refused(advance(make, project, "concept"), 409, "wrong_state")["params"]["allowed"]
            refused(advance(make, project, "implementing"), 409, "wrong_state")
        for to in ("funded", "implementing", "closed"):
            found = ok(advance(make, project, to, reason="So."), 200)
            assert (found["state"], found["state_since"]) == (to, day(0))
        with make.unchanged():
            assert refused(advance(make, project, "idea"), 409, "wrong_state")["params"]["allowed"] == "none"
            refused(amend(make, project, title="X"), 409, "wrong_state")
            refused(
                make.secretariat.post(f"/projects/{project['id']}/assignments", {"agency": "LEAD", "role": "partner"}), 409, "wrong_state"
            )
            gift = {"donor": "SDC", "amount": "1", "currency": "USD"}
            refused(make.secretariat.post(f"/projects/{project['id']}/contributions", gift), 409, "wrong_state")

    def test_a_project_may_end_without_money_with_the_reason(self, make: Make) -> None:
        one, two = make.project("P1"), make.project("P2")
        assert ok(advance(make, one, "not_funded", reason="No donor."), 200)["state"] == "not_funded"
        for to in ("seeking", "funded"):
            ok(advance(make, two, to), 200)
        with make.unchanged():
            refused(advance(make, two, "not_funded", reason="R"), 409, "wrong_state")
        assert ok(advance(make, two, "withdrawn", reason="The country asked for it."), 200)["state"] == "withdrawn"

    def test_the_history_tells_each_step(self, make: Make) -> None:
        project = make.project()
        ok(advance(make, project, "concept", reason="The paper is written."), 200)
        steps = [c for c in make.read(f"/projects/{project['id']}/history")["items"] if c["entity"] == "project_step"]
        assert [(c["fields"]["state"][1], c["reason"]) for c in steps] == [("idea", None), ("concept", "The paper is written.")]


def test_a_project_that_nobody_leads_yet_asks_nobody_and_says_so(make: Make) -> None:
    make.member("IOM")
    body = {"group": "tst", "code": "P", "title": "P", "partners": ["IOM"]}
    with make.unchanged():
        refused(make.focal_point("IOM").post("/projects", body), 403, "forbidden")
    project = ok(make.secretariat.post("/projects", body))
    assert (project["lead"], "no_lead" in project["flags"], [asked["role"] for asked in project["asked"]]) == (None, True, ["partner"])
