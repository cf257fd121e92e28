"""What donors give: pledged, committed, received in instalments, cancelled; and what is left over."""

from typing import Any

from tests.make import Json, Make, day, ok, refused

MILLION = "1000000.00"


def funding(make: Make, project: Json, **params: Any) -> Json:
    return make.read(f"/projects/{project['id']}/funding", **params)  # type: ignore[no-any-return]


def gap(make: Make, project: Json) -> Any:
    return funding(make, project)["gap"]


class TestAPledgeBecomesMoney:
    def test_a_pledge_leaves_the_gap_its_commitment_closes_it_and_instalments_count_once(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        pledge = make.gift(project, MILLION)
        assert (gap(make, project), funding(make, project)["pledged"]) == (MILLION, MILLION)
        committed = make.step(pledge, "commit", agreement="SDC 7F-1", agreement_ends_on=day(60))
        assert (committed["state"], committed["committed"], committed["outstanding"]) == ("committed", MILLION, MILLION)
        assert (gap(make, project), funding(make, project)["pledged"]) == ("0.00", "0.00")
        for n, (amount, state) in enumerate((("333333.33", "committed"), ("333333.33", "committed"), ("333333.34", "received")), 1):
            received = make.step(pledge, "receive", amount=amount, reference=f"Transfer {n}")
            assert (received["state"], len(received["instalments"])) == (state, n)
            assert gap(make, project) == "0.00"
        whole = funding(make, project)
        assert (whole["committed"], whole["received"], whole["received_outside"], whole["overfunded"]) == (MILLION, MILLION, "0.00", "0.00")
        with make.unchanged():
            refused(make.secretariat.post(f"/contributions/{pledge['id']}/receive", {"amount": "0.01"}), 409, "wrong_state")
            refused(make.secretariat.post(f"/contributions/{pledge['id']}/cancel", {"reason": "R"}), 409, "wrong_state")

    def test_cancelling_part_reopens_exactly_that_part(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        gift = make.gift(project, MILLION, "committed")
        make.step(gift, "receive", amount="400000.00")
        found = make.step(gift, "cancel", amount="123456.78", reason="The donor's budget was cut.")
        assert (found["state"], found["cancelled"], found["outstanding"], found["committed"]) == (
            "committed",
            "123456.78",
            "476543.22",
            "876543.22",
        )
        assert gap(make, project) == "123456.78"
        with make.unchanged():
            problem = refused(
                make.secretariat.post(f"/contributions/{gift['id']}/cancel", {"amount": "476543.23", "reason": "R"}),
                409,
                "more_than_promised",
            )
            assert problem["params"]["left"] == "476543.22"
            refused(make.secretariat.post(f"/contributions/{gift['id']}/receive", {"amount": "476543.23"}), 409, "more_than_promised")
        rest = make.step(gift, "cancel", reason="All of it.")
        assert (rest["state"], rest["received"], gap(make, project)) == ("received", "400000.00", "600000.00")

    def test_a_pledge_cancelled_whole_is_over(self, make: Make) -> None:
        project = make.project(budget="10.00")
        gift = make.step(make.gift(project, "10.00"), "cancel", reason="Withdrawn.")
        assert (gift["state"], gap(make, project), funding(make, project)["pledged"]) == ("cancelled", "10.00", "0.00")
        with make.unchanged():
            assert make.step(gift, "cancel", reason="Withdrawn.")["state"] == "cancelled"
            refused(make.secretariat.post(f"/contributions/{gift['id']}/commit"), 409, "wrong_state")
            refused(make.secretariat.post(f"/contributions/{gift['id']}/cancel", {"reason": "R", "amount": "1.00"}), 409, "wrong_state")

    def test_a_pledge_may_be_committed_at_another_amount_and_keeps_what_was_pledged(self, make: Make) -> None:
        project = make.project(budget="100.00")
        gift = make.gift(project, "80.00", on="2024-01-01")
        make.step(gift, "cancel", amount="20.00", reason="R")
        assert make.step(gift, "commit", on="2024-03-01")["committed"] == "60.00"
        other = make.step(make.gift(project, "30.00"), "commit", amount="40.00", value_on="2024-02-01")
        assert (other["amount"], other["pledged"], other["value_on"], gap(make, project)) == ("40.00", "30.00", "2024-02-01", "0.00")

    def test_two_clients_commit_the_same_pledge_and_one_is_told(self, make: Make) -> None:
        gift = make.gift(make.project(budget="10.00"), "10.00")
        answers = make.service.at_once(*[lambda: make.secretariat.post(f"/contributions/{gift['id']}/commit")] * 2)
        assert sorted(a.status_code for a in answers) == [200, 409]
        (loser,) = [a for a in answers if a.status_code == 409]
        assert refused(loser, 409, "already_committed")["params"] == {"on": day(0), "amount": "10.00", "currency": "USD"}

    def test_money_without_a_commitment_counts_by_itself(self, make: Make) -> None:
        project = make.project(budget="100.00")
        given = make.gift(project, "30.00", "received")
        assert (given["state"], given["pledged"], given["committed"], len(given["instalments"])) == ("received", None, None, 1)
        pledge = make.gift(project, "50.00")
        make.step(pledge, "receive", amount="20.00")
        found = funding(make, project)
        assert (found["gap"], found["received_outside"], found["pledged"]) == ("50.00", "50.00", "30.00")
        make.step(pledge, "commit")
        found = funding(make, project)
        assert (found["gap"], found["committed"], found["received_outside"], found["received"]) == ("20.00", "50.00", "30.00", "50.00")

    def test_what_has_come_cannot_be_committed_for_less(self, make: Make) -> None:
        pledge = make.gift(make.project(budget="100.00"), "50.00")
        make.step(pledge, "receive", amount="20.00")
        with make.unchanged():
            refused(make.secretariat.post(f"/contributions/{pledge['id']}/commit", {"amount": "19.99"}), 409, "less_than_received")
        assert make.step(pledge, "commit", amount="20.00")["state"] == "received"

    def test_a_mistaken_instalment_is_reversed_and_stays(self, make: Make) -> None:
        project = make.project(budget="100.00")
        gift = make.step(make.gift(project, "100.00", "committed"), "receive")
        (one,) = gift["instalments"]
        address = f"/contributions/{gift['id']}/instalments/{one['id']}/reverse"
        back = ok(make.secretariat.post(address, {"reason": "Booked twice."}), 200)
        assert (back["state"], back["received"], back["instalments"][0]["reversed_on"]) == ("committed", "0.00", day(0))
        with make.unchanged():
            refused(make.secretariat.post(address, {"reason": "R"}), 409, "already_reversed")
            other = make.read("/contributions")["items"][0]["id"]
            refused(make.secretariat.post(f"/contributions/{other}/instalments/none/reverse", {"reason": "R"}), 404, "not_found")
        assert funding(make, project)["received"] == "0.00"
        given = make.gift(project, "5.00", "received")
        gone = ok(
            make.secretariat.post(f"/contributions/{given['id']}/instalments/{given['instalments'][0]['id']}/reverse", {"reason": "R"}), 200
        )
        assert (gone["state"], funding(make, project)["pledged"]) == ("cancelled", "0.00")

    def test_amending_an_amount_needs_the_reason_and_covers_what_came(self, make: Make) -> None:
        gift = make.step(make.gift(make.project(budget="100.00"), "50.00", "committed"), "receive", amount="20.00")
        address = f"/contributions/{gift['id']}"
        with make.unchanged():
            refused(make.secretariat.patch(address, {"amount": "60.00"}, version=2), 422, "reason_missing")
            refused(make.secretariat.patch(address, {"amount": "19.99", "reason": "R"}, version=2), 409, "less_than_received")
            refused(make.secretariat.patch(address, {"amount": "19.999", "reason": "R"}, version=2), 422, "amount_not_taken")
            refused(make.secretariat.patch(address, {"receiver": "NOBODY"}, version=2), 422, "unknown_reference")
        raised = ok(make.secretariat.patch(address, {"amount": "60.00", "reason": "Raised.", "receiver": "LEAD"}, version=2), 200)
        assert (raised["outstanding"], raised["receiver"]["code"]) == ("40.00", "LEAD")
        lowered = ok(make.secretariat.patch(address, {"amount": "20.00", "reason": "Cut.", "receiver": None}, version=3), 200)
        assert (lowered["state"], lowered["receiver"]) == ("received", None)
        assert ok(make.secretariat.patch(address, {"amount": "20.00", "agreement": "A 1"}, version=4), 200)["agreement"] == "A 1"

    def test_a_pledge_comes_before_its_commitment_and_values_are_of_days_at_hand(self, make: Make) -> None:
        project = make.project(budget="100.00")
        gift = make.gift(project, "5.00", on="2024-03-01")
        address = f"/contributions/{gift['id']}"
        with make.unchanged():
            problem = refused(make.secretariat.post(f"{address}/commit", {"on": "2024-02-29"}), 422, "committed_before_pledged")
            assert (problem["params"]["pledged_on"], problem["params"]["on"]) == ("2024-03-01", "2024-02-29")
            far: Json = {"value_on": day(367)}
            for step in ("commit", "receive"):
                refused(make.secretariat.post(f"{address}/{step}", far), 422, "value_day_not_taken")
            refused(make.secretariat.patch(address, far, version=1), 422, "value_day_not_taken")
            body = {"donor": "SDC", "amount": "1", "currency": "USD", "value_on": "2199-12-31"}
            refused(make.secretariat.post(f"/projects/{project['id']}/contributions", body), 422, "value_day_not_taken")
        assert make.step(gift, "commit", on="2024-03-01", value_on=day(366))["value_on"] == day(366)

    def test_a_receipt_that_nobody_promised_is_not_raised_into_a_pledge(self, make: Make) -> None:
        project = make.project(budget="100.00")
        gift = make.gift(project, "50.00", "received")
        address = f"/contributions/{gift['id']}"
        with make.unchanged():
            refused(make.secretariat.patch(address, {"amount": "60.00", "reason": "R"}, version=1), 409, "nothing_promised")
        assert (funding(make, project)["pledged"], gap(make, project)) == ("0.00", "50.00")
        assert ok(make.secretariat.patch(address, {"amount": "50.00", "agreement": "A 1"}, version=1), 200)["state"] == "received"
        pledged = make.step(make.gift(project, "10.00"), "receive")
        raised = ok(make.secretariat.patch(f"/contributions/{pledged['id']}", {"amount": "20.00", "reason": "R"}, version=2), 200)
        assert (raised["state"], raised["outstanding"]) == ("pledged", "10.00")

    def test_money_is_not_recorded_ahead_of_its_day(self, make: Make) -> None:
        project = make.project()
        gift = make.gift(project, "5.00")
        with make.unchanged():
            body = {"donor": "SDC", "amount": "1", "currency": "USD", "on": day(1)}
            refused(make.secretariat.post(f"/projects/{project['id']}/contributions", body), 422, "money_in_the_future")
            for step in ("commit", "receive"):
                problem = refused(make.secretariat.post(f"/contributions/{gift['id']}/{step}", {"on": day(1)}), 422, "money_in_the_future")
                assert problem["errors"][0]["pointer"] == "/on"


class TestDonors:
    def test_a_donor_is_known_by_its_code_and_added_when_it_first_gives(self, make: Make) -> None:
        make.agency("SDCX", aliases=["Swiss"])
        project = make.project()
        donor = ok(make.secretariat.post("/donors", {"group": "tst", "code": "EC", "name": "European Commission", "kind": "multilateral"}))
        assert make.gift(project, "1", donor="ec")["donor"]["id"] == donor["id"]
        assert make.gift(project, "1", donor="Swiss")["donor"] | {"id": 0} == {"id": 0, "code": "SDCX", "name": "Agency SDCX"}
        make.gift(project, "1", donor="swiss")
        make.gift(project, "1", donor="A foundation")
        assert [(d["code"], d["kind"]) for d in make.read("/donors")["items"]] == [
            ("A foundation", "other"),
            ("EC", "multilateral"),
            ("SDCX", "agency"),
        ]
        with make.unchanged():
            refused(make.secretariat.post("/donors", {"group": "tst", "code": "Ec", "name": "X"}), 409, "donor_code_taken")
            refused(make.secretariat.patch(f"/donors/{donor['id']}", {"code": "SDCX"}, version=1), 409, "donor_code_taken")
            refused(
                make.secretariat.post("/donors", {"group": "tst", "code": "N", "name": "X", "agency": "NOBODY"}), 422, "unknown_reference"
            )
        named = ok(make.secretariat.patch(f"/donors/{donor['id']}", {"agency": "SDCX", "code": "EU"}, version=1), 200)
        assert (named["agency"]["code"], named["code"]) == ("SDCX", "EU")
        assert ok(make.secretariat.patch(f"/donors/{donor['id']}", {"agency": None}, version=2), 200)["agency"] is None
        assert (
            ok(make.secretariat.post("/donors", {"group": "tst", "code": "AG", "name": "X", "agency": "SDCX"}))["agency"]["code"] == "SDCX"
        )

    def test_reports_to_donors_are_due_and_submitted(self, make: Make) -> None:
        gift = make.gift(make.project(), "5.00", "committed")
        late = make.step(gift, "reports", label="First report", due_on=day(-3))
        (report,) = late["reports"]
        assert report["overdue"] is True
        assert len(make.read("/contributions", report_overdue="true")["items"]) == 1
        address = f"/contributions/{gift['id']}/reports/{report['id']}/submit"
        with make.unchanged():
            refused(make.secretariat.post(address, {"submitted_on": day(1)}), 422, "money_in_the_future")
        ok(make.secretariat.post(address), 200)
        done = ok(make.secretariat.post(address, {"link": "https://example.org/r.pdf", "submitted_on": day(-1)}), 200)["reports"][0]
        assert (done["overdue"], done["submitted_on"], done["link"]) == (False, day(-1), "https://example.org/r.pdf")


class TestAcceptedIfFunded:
    def test_a_yes_on_condition_becomes_firm_with_the_money(self, make: Make) -> None:
        for agency in ("IOM", "ILO"):
            make.member(agency)
        project, thing = make.project(budget="100.00"), make.deliverable()
        part, other = make.asked(thing, "IOM"), make.asked(thing, "ILO")
        with make.unchanged():
            refused(make.focal_point("IOM").post(f"/assignments/{part['id']}/accept", {"if_funded": "none"}), 422, "unknown_reference")
        yes = ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/accept", {"if_funded": project["id"]}), 200)
        assert (yes["state"], yes["conditional"], yes["if_funded"], yes["current"]) == ("accepted", True, project["id"], False)
        assert [d["code"] for d in make.read(f"/projects/{project['id']}")["deliverables"]] == ["D1"]
        with make.unchanged():
            assert make.read(f"/deliverables/{thing['id']}")["lead"] is None
            refused(make.secretariat.post(f"/deliverables/{thing['id']}/start"), 409, "lead_required")
            refused(make.secretariat.post(f"/assignments/{other['id']}/accept", make.by_proxy("ILO")), 409, "lead_taken")
            ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/accept", {"if_funded": project["id"]}), 200)
        gift = make.gift(project, "100.00")
        assert make.read(f"/assignments/{part['id']}")["conditional"] is True
        make.step(gift, "commit")
        firm = make.read(f"/assignments/{part['id']}")
        assert (firm["conditional"], firm["current"], firm["if_funded"]) == (False, True, project["id"])
        assert make.read(f"/deliverables/{thing['id']}")["lead"]["code"] == "IOM"
        assert make.read(f"/projects/{project['id']}")["covered_on"] == day(0)
        ok(make.secretariat.post(f"/deliverables/{thing['id']}/start"), 200)
        make.step(gift, "cancel", reason="Gone.")
        assert make.read(f"/assignments/{part['id']}")["conditional"] is False, "what is firm stays firm"

    def test_a_gap_that_becomes_known_and_is_none_makes_it_firm_too(self, make: Make) -> None:
        make.member("IOM")
        iom = make.focal_point("IOM")

        def waiting(code: str, amount: str | None, **values: Any) -> tuple[Json, Json]:
            project = make.project(code, budget="100.00")
            part = make.asked(make.deliverable(code), "IOM")
            ok(iom.post(f"/assignments/{part['id']}/accept", {"if_funded": project["id"]}), 200)
            return make.gift(project, amount, "committed", **values), part

        def conditional(part: Json) -> Any:
            return make.read(f"/assignments/{part['id']}")["conditional"]

        unknown, first = waiting("P1", None)
        make.gift(unknown["project"], "100.00", "committed")
        assert conditional(first) is True
        make.step(unknown, "cancel", reason="Nothing comes of it.")
        assert conditional(first) is False
        _, second = waiting("P2", "90.00", currency="EUR", on="2024-06-01")
        _, third = waiting("P3", "89.00", currency="EUR", on="2024-06-01")
        make.rates(("CHF", "USD", "2024-01-01", "0.9"))
        assert (conditional(second), conditional(third)) == (True, True)
        make.rates(("EUR", "USD", "2024-01-01", "0.9"))
        assert (conditional(second), conditional(third)) == (False, True)
        made_firm = make.read(f"/assignments/{second['id']}/history")["items"][-1]
        assert (made_firm["operation"], made_firm["group"]["code"]) == ("rate:import", "tst")

    def test_a_project_declared_funded_makes_it_firm_and_later_yeses_are_firm_at_once(self, make: Make) -> None:
        make.member("IOM")
        project = make.project()
        one, two, three = (make.asked(make.deliverable(code), "IOM") for code in ("D1", "D2", "D3"))
        iom = make.focal_point("IOM")
        ok(iom.post(f"/assignments/{one['id']}/accept", {"if_funded": project["id"]}), 200)
        ok(iom.post(f"/assignments/{three['id']}/accept", {"if_funded": project["id"]}), 200)
        changed = ok(iom.post(f"/assignments/{three['id']}/accept"), 200)
        assert (changed["conditional"], changed["if_funded"]) == (False, None)
        for to in ("seeking", "funded"):
            ok(make.secretariat.post(f"/projects/{project['id']}/advance", {"to": to}), 200)
        assert make.read(f"/assignments/{one['id']}")["conditional"] is False
        assert ok(iom.post(f"/assignments/{two['id']}/accept", {"if_funded": project["id"]}), 200)["conditional"] is False
        declined = ok(iom.post(f"/assignments/{two['id']}/decline", {"reason": "capacity"}), 200)
        assert (declined["if_funded"], declined["conditional"]) == (None, False)


class TestWhatNobodyKnows:
    def test_a_commitment_of_unknown_amount_makes_the_gap_unknown_and_is_zero_nowhere(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        pledge = make.gift(project, None)
        assert (pledge["amount"], pledge["pledged"], pledge["outstanding"], pledge["received"]) == (None, None, None, "0.00")
        assert (gap(make, project), funding(make, project)["unknown"]) == (MILLION, 0)  # a pledge changes no gap
        committed = make.step(pledge, "commit")
        assert (committed["state"], committed["amount"], committed["committed"]) == ("committed", None, None)
        assert (gap(make, project), funding(make, project)["unknown"]) == (None, 1)
        with make.unchanged():
            again = refused(make.secretariat.post(f"/contributions/{pledge['id']}/commit"), 409, "already_committed")
            assert "unknown amount" in again["detail"]
            refused(make.secretariat.post(f"/contributions/{pledge['id']}/receive"), 422, "amount_not_taken")
            refused(
                make.secretariat.post(f"/contributions/{pledge['id']}/cancel", {"amount": "1.00", "reason": "R"}), 422, "amount_not_taken"
            )
        received = make.step(pledge, "receive", amount="250000.00")
        assert (received["state"], received["received"], received["outstanding"]) == ("committed", "250000.00", None)
        assert gap(make, project) is None

    def test_an_amount_that_becomes_known_needs_no_reason_and_is_not_below_what_came(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        gift = make.gift(project, None, "committed")
        gift = make.step(gift, "receive", amount="250000.00")
        path = f"/contributions/{gift['id']}"
        with make.unchanged():
            refused(make.secretariat.patch(path, {"amount": "249999.99"}, version=gift["version"]), 409, "less_than_received")
        noted = ok(make.secretariat.patch(path, {"note": "Asked the donor."}, version=gift["version"]), 200)
        assert noted["amount"] is None
        known = ok(make.secretariat.patch(path, {"amount": "400000.00"}, version=noted["version"]), 200)
        assert (known["state"], known["outstanding"], gap(make, project)) == ("committed", "150000.00", "600000.00")

    def test_cancelling_what_nobody_knows_ends_it_with_what_came(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        some, nothing = make.gift(project, None, "committed"), make.gift(project, None, "committed")
        make.step(some, "receive", amount="250000.00")
        ended = make.step(some, "cancel", reason="No more comes.")
        assert (ended["state"], ended["amount"], ended["outstanding"]) == ("received", "250000.00", "0.00")
        assert gap(make, project) is None
        assert make.step(nothing, "cancel", reason="It never came.")["state"] == "cancelled"
        assert gap(make, project) == "750000.00"

    def test_what_came_is_known(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        with make.unchanged():
            body = {"donor": "SDC", "state": "received", "currency": "USD"}
            refused(make.secretariat.post(f"/projects/{project['id']}/contributions", body), 422, "amount_not_taken")
            refused(
                make.secretariat.post(f"/projects/{project['id']}/contributions", body | {"state": "pledged", "currency": "XXX"}),
                422,
                "unknown_currency",
            )

    def test_a_stream_for_which_an_unknown_amount_is_promised_is_not_left(self, make: Make) -> None:
        project = make.project(budget=MILLION)
        make.gift(project, None, "committed", stream=make.default_stream["id"])
        with make.unchanged():
            version = make.read(f"/projects/{project['id']}")["version"]
            refused(make.secretariat.patch(f"/projects/{project['id']}", {"streams": []}, version=version), 409, "stream_is_earmarked")
