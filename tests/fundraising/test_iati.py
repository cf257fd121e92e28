"""A project as an IATI activity: held against the standard's own schema and code lists, without a network."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from lxml import etree

from app.core.db import table_of
from app.fundraising import iati_queries
from app.fundraising.models import Project
from tests.client import Client
from tests.fundraising.iati_file import mistakes, parsed
from tests.make import Json, Make, day, ok, refused

UNDP, IOM, SDC = "XM-DAC-41114", "XM-DAC-47066", "CH-4"


def file_of(client: Client, path: str, **params: Any) -> etree._Element:
    """The file at an address, which is one that the standard takes."""
    response = client.get(path, params=params)
    assert response.status_code == 200, response.text[:600]
    assert response.headers["content-type"] == "application/xml"
    root = parsed(response.content)
    assert mistakes(root) == []
    return root


def activity_of(make: Make, project: Json) -> etree._Element:
    return file_of(make.secretariat, f"/projects/{project['id']}/iati")[0]


def told(root: etree._Element, path: str) -> list[Any]:
    return [str(found) if isinstance(found, str) else found for found in root.xpath(path)]


def amend(make: Make, path: str, client: Client | None = None, **values: Any) -> Json:
    version = make.read(path)["version"]
    return ok((client or make.secretariat).patch(path, values, version=version), 200)  # type: ignore[no-any-return]


@pytest.fixture
def project(make: Make) -> Json:
    """Led by an agency that IATI knows, with a partner, in two countries, of two years and two streams."""
    make.agency("UNDP", name="UN Development Programme", kind="fund_programme", iati_ref=UNDP)
    make.agency("IOM", name="International Organization for Migration", kind="related_organization", iati_ref=IOM)
    make.member("UNDP")
    make.member("IOM")
    other = make.stream({"id": make.default_stream["workplan"]["id"]}, "2")
    project = make.project(
        "PRJ-1", "UNDP", title="Mainstreaming <migration> & “development”", partners=["IOM"], countries=["JM", "BD"], visibility="public",
        streams=[{"stream": make.default_stream["id"], "share": "33.34"}, {"stream": other["id"], "share": "66.66"}],
        budget="1200000.00", budget_lines=[{"label": "Staff", "amount": "700000.00", "year": 2024}, {"label": "All else", "amount": "500000.00", "year": 2025}],
        starts_on="2024-02-01", ends_on="2025-12-31", actual_starts_on="2024-03-01",
        sources=["About the programme <https://example.org/about>", "The final report <https://example.org/report.PDF>", "A letter"],
    )  # fmt: skip
    parts = make.read(f"/projects/{project['id']}/assignments")["items"]
    asked = next(part for part in parts if part["state"] == "proposed")
    make.step(asked, "accept", f"/projects/{project['id']}/assignments", **make.by_proxy("IOM"))
    ok(make.secretariat.post("/donors", {"group": "tst", "code": "SDC", "name": "Swiss Agency", "kind": "government", "iati_ref": SDC}))
    return project


class TestWhatIsTold:
    def test_a_project_becomes_an_activity_with_all_that_is_known_and_nothing_else(self, make: Make, project: Json) -> None:
        found = activity_of(make, project)
        assert found.findtext("iati-identifier") == f"{UNDP}-tst.PRJ-1"
        assert found.findtext("title/narrative") == found.findtext("description/narrative") == "Mainstreaming <migration> & “development”"
        assert dict(found.find("reporting-org").attrib) == {"ref": UNDP, "type": "40"}
        assert found.findtext("reporting-org/narrative") == "UN Development Programme"
        assert [(one.get("role"), one.get("ref"), one.get("type")) for one in found.iter("participating-org")] == [
            ("2", UNDP, "40"), ("4", UNDP, "40"), ("4", IOM, "40"),
        ]  # fmt: skip
        assert [dict(one.attrib) for one in found.iter("activity-date")] == [
            {"type": "1", "iso-date": "2024-02-01"}, {"type": "2", "iso-date": "2024-03-01"}, {"type": "3", "iso-date": "2025-12-31"},
        ]  # fmt: skip
        assert [dict(one.attrib) for one in found.iter("recipient-country")] == [{"code": "BD"}, {"code": "JM"}]
        assert [(one.get("vocabulary"), one.get("percentage"), one.get("vocabulary-uri")) for one in found.iter("sector")] == [
            ("99", "33.34", None), ("99", "66.66", None),
        ]  # fmt: skip
        assert told(found, "budget/*/@iso-date") == ["2024-02-01", "2024-12-31", "2025-01-01", "2025-12-31"]
        assert told(found, "budget/value/text()") == ["700000.00", "500000.00"]
        assert told(found, "document-link/@format") == ["text/html", "application/pdf"]
        assert told(found, "document-link/title/narrative/text()") == ["About the programme", "The final report"]
        assert (found.get("default-currency"), found.find("activity-status").get("code"), list(found.iter("transaction"))) == (
            "USD",
            "1",
            [],
        )
        assert found.get("last-updated-datetime") >= project["updated_at"]

    def test_pledge_commitment_and_instalments_are_told_once_each_and_a_cancelled_part_or_a_mistake_not_at_all(
        self, make: Make, project: Json
    ) -> None:
        gift = make.gift(project, "1000000.00", on="2024-01-10", receiver="IOM")
        assert [one.get("role") for one in activity_of(make, project).iter("participating-org")] == [
            "2",
            "3",
            "4",
            "4",
        ]  # a pledge funds nothing yet
        make.step(gift, "commit", amount="900000.00", on="2024-02-10")
        for amount, on in (("300000.00", "2024-03-01"), ("100000.00", "2024-04-01")):
            make.step(gift, "receive", amount=amount, on=on)
        mistaken = make.step(gift, "receive", amount="1.00", on="2024-05-01")["instalments"][-1]
        make.step(mistaken, "reverse", f"/contributions/{gift['id']}/instalments", reason="Another project's.")
        make.step(gift, "cancel", amount="50000.00", reason="The donor's budget was cut.")
        make.gift(project, "7.50", "received", on="2024-06-01", kind="in_kind", description="A room", currency="EUR")
        lost = make.gift(project, "11.00", on="2024-01-11")
        make.step(lost, "cancel", reason="Withdrawn.")
        found = activity_of(make, project)
        assert [
            (one.find("transaction-type").get("code"), one.find("transaction-date").get("iso-date"), one.findtext("value"), one.find("value").get("currency"))
            for one in found.iter("transaction")
        ] == [
            ("13", "2024-01-10", "1000000.00", "USD"), ("11", "2024-02-10", "850000.00", "USD"), ("1", "2024-03-01", "300000.00", "USD"),
            ("1", "2024-04-01", "100000.00", "USD"), ("1", "2024-06-01", "7.50", "EUR"),
        ]  # fmt: skip
        assert told(found, "transaction/provider-org/@ref") == [SDC] * 5
        assert told(found, "transaction/receiver-org/@ref") == [IOM] * 4 + [UNDP]
        assert told(found, "transaction/description/narrative/text()") == ["In kind: A room"]
        assert ("1", SDC, "10") in [(one.get("role"), one.get("ref"), one.get("type")) for one in found.iter("participating-org")]
        assert len(set(told(found, "transaction/@ref"))) == 5

    def test_who_gives_an_unknown_amount_is_told_and_no_amount(self, make: Make, project: Json) -> None:
        make.gift(project, None, "committed")
        make.gift(project, None, donor="PLEDGER")
        found = activity_of(make, project)
        assert [one.get("ref") for one in found.iter("participating-org") if one.get("role") == "1"] == [SDC]
        assert told(found, "transaction") == []

    def test_what_is_unverified_or_assumed_is_not_told(self, make: Make, project: Json) -> None:
        make.gift(project, "5.00", "committed", certainty="assumed")
        gift = make.gift(project, "9.00", "committed", certainty="inferred")
        make.step(gift, "receive", amount="1.00", certainty="unverified")
        make.step(gift, "receive", amount="2.00", certainty="stated")
        assert told(activity_of(make, project), "transaction/value/text()") == ["9.00", "2.00"]
        amend(make, f"/projects/{project['id']}", certainty="assumed")
        refusal = refused(make.secretariat.get(f"/projects/{project['id']}/iati"), 404, "not_for_iati")
        assert refusal["params"]["reason"] == "undocumented"

    def test_a_project_that_lacks_what_the_standard_asks_for_is_refused_with_what_would_mend_it(self, make: Make) -> None:
        project = make.project("P", "LEAD", visibility="public")
        path = f"/projects/{project['id']}"
        assert "iati_ref" in refused(make.secretariat.get(f"{path}/iati"), 404, "not_for_iati")["detail"]
        amend(make, "/agencies/LEAD", make.administrator, iati_ref="XM-DAC-1")
        assert "starts_on" in refused(make.secretariat.get(f"{path}/iati"), 404, "not_for_iati")["detail"]
        amend(make, path, actual_starts_on="2024-01-01", actual_ends_on=day(30))
        found = activity_of(make, project)
        assert told(found, "activity-date/@type") == ["2"]  # an end that is still to come is none yet
        assert [told(found, name) for name in ("budget", "transaction", "document-link", "recipient-country")] == [[], [], [], []]

    def test_a_project_that_nobody_has_accepted_is_refused_though_its_group_publishes(self, make: Make) -> None:
        make.member("LEAD")
        project = ok(
            make.secretariat.post("/projects", {"group": "tst", "code": "P", "title": "P", "lead": "LEAD", "starts_on": "2024-01-01"})
        )
        amend(make, "/groups/tst", make.secretariat, iati_ref="XM-TST-1")
        refusal = refused(make.secretariat.get(f"/projects/{project['id']}/iati"), 404, "not_for_iati")
        assert refusal["params"]["reason"] == "no_participant"
        make.gift(project, "5.00", "received")
        found = activity_of(make, project)
        assert told(found, "participating-org/@role") == ["1"]
        assert told(found, "reporting-org/narrative/text()") == ["Group tst"]
        assert told(found, "transaction/receiver-org") == []

    @pytest.mark.parametrize(
        ("budget", "lines", "days", "periods"),
        [
            ("9.00", [], ("2024-03-01", "2025-02-28"), [("2024-03-01", "2025-02-28")]),
            ("9.00", [], ("2024-03-01", "2025-03-01"), []),
            ("9.00", [], ("2024-03-01", None), []),
            (None, [], ("2024-03-01", "2024-06-01"), []),
            ("9.00", [2030], ("2024-03-01", "2025-03-01"), [("2030-01-01", "2030-12-31")]),
            ("9.00", [2024, 2024], ("2024-03-01", "2024-11-30"), [("2024-03-01", "2024-11-30")]),
            ("9.00", [None], ("2024-03-01", "2024-11-30"), [("2024-03-01", "2024-11-30")]),
        ],
    )
    def test_a_budget_covers_at_most_a_year_and_is_never_split_by_us(
        self,
        make: Make,
        project: Json,
        budget: str | None,
        lines: list[int | None],
        days: tuple[str, str | None],
        periods: list[tuple[str, str]],
    ) -> None:
        entries = [{"label": "All", "amount": "9.00" if len(lines) == 1 else "4.50", "year": year} for year in lines]
        amend(make, f"/projects/{project['id']}", budget=budget, budget_lines=entries, starts_on=days[0], ends_on=days[1])
        found = activity_of(make, project)
        assert [
            (one.find("period-start").get("iso-date"), one.find("period-end").get("iso-date")) for one in found.iter("budget")
        ] == periods
        assert told(found, "budget/value/text()") == ["9.00"] * len(periods)
        assert told(found, "budget/@status") == ["1"] * len(periods)

    @pytest.mark.parametrize(
        ("steps", "status"), [([], "1"), (["seeking", "funded"], "1"), (["seeking", "funded", "implementing"], "2"), (["withdrawn"], "5"),
                              (["seeking", "funded", "implementing", "closed"], "4"), (["not_funded"], "5")],
    )  # fmt: skip
    def test_each_state_has_its_activity_status(self, make: Make, project: Json, steps: list[str], status: str) -> None:
        for country in project["countries"]:
            ok(
                make.secretariat.post(
                    f"/projects/{project['id']}/consultations", {"country": country, "outcome": "no_objection", "answered_on": day(0)}
                )
            )
        for step in steps:
            make.step(project, "advance", "/projects", to=step, reason="So.")
        found = activity_of(make, project)
        assert found.find("activity-status").get("code") == status
        assert set(told(found, "budget/@status")) == {"2" if "funded" in steps else "1"}

    def test_left_over_money_leaves_one_activity_and_arrives_in_the_other_which_is_named_only_where_it_is_public(
        self, make: Make, project: Json
    ) -> None:
        target = make.project("PRJ/2", "UNDP", visibility="public", starts_on="2025-01-01")
        make.gift(project, "100.00", "received")
        ok(make.secretariat.post(f"/projects/{project['id']}/pass-on", {"to": target["id"], "amount": "30.00", "reason": "Left over."}))
        here, there = activity_of(make, project), activity_of(make, target)
        assert there.findtext("iati-identifier") == f"{UNDP}-tst.PRJ%2F2"
        leaving = here.xpath("transaction[transaction-type/@code='3']")[0]
        assert (leaving.findtext("value"), leaving.find("receiver-org").get("receiver-activity-id")) == ("30.00", f"{UNDP}-tst.PRJ%2F2")
        arriving = there.xpath("transaction[transaction-type/@code='1']")[0]
        assert (arriving.findtext("value"), arriving.find("provider-org").get("provider-activity-id")) == ("30.00", f"{UNDP}-tst.PRJ-1")
        amend(make, f"/projects/{target['id']}", visibility="internal")
        leaving = activity_of(make, project).xpath("transaction[transaction-type/@code='3']")[0]
        assert (leaving.findtext("value"), leaving.find("receiver-org")) == ("30.00", None)
        assert "PRJ%2F2" not in make.secretariat.get(f"/projects/{project['id']}/iati").text

    def test_an_activity_keeps_its_identifier_when_its_code_changes_and_nobody_else_gets_it(self, make: Make, project: Json) -> None:
        for code in ("PRJ-1A", "PRJ-1B"):
            amend(make, f"/projects/{project['id']}", code=code)
            found = activity_of(make, project)
            assert (found.findtext("iati-identifier"), told(found, "other-identifier/@ref")) == (f"{UNDP}-tst.PRJ-1", [code])
        other = make.project("OTHER", "UNDP")
        with make.unchanged():
            body = {"group": "tst", "code": "PRJ-1", "title": "Another", "lead": "UNDP"}
            refused(make.secretariat.post("/projects", body), 409, "project_code_taken")
            refused(
                make.secretariat.patch(f"/projects/{other['id']}", {"code": "PRJ-1"}, version=other["version"]), 409, "project_code_taken"
            )
        assert amend(make, f"/projects/{project['id']}", code="PRJ-1")["code"] == "PRJ-1"
        make.project("PRJ-1A", "UNDP")  # never a first code: free again

    def test_a_lead_that_handed_over_is_followed_by_the_next(self, make: Make, project: Json) -> None:
        (leading,) = [p for p in make.read(f"/projects/{project['id']}/assignments")["items"] if p["role"] == "lead"]
        make.step(leading, "end", f"/projects/{project['id']}/assignments", reason="Handed over.", ends_on=day(0))
        assert activity_of(make, project).findtext("iati-identifier").startswith(UNDP)  # the last that led
        asked = ok(make.secretariat.post(f"/projects/{project['id']}/assignments", {"agency": "IOM", "role": "lead", "starts_on": day(1)}))
        make.step(asked, "accept", f"/projects/{project['id']}/assignments", **make.by_proxy("IOM"))
        assert told(activity_of(make, project), "participating-org[@role='2']/@ref") == [UNDP]  # tomorrow's lead leads tomorrow

    def test_text_that_xml_cannot_hold_is_shown_as_such(self, make: Make, project: Json, app: FastAPI) -> None:
        with make.engine.begin() as connection:  # no address takes it
            connection.execute(sa.update(table_of(Project)).where(Project.id == project["id"]).values(title="a\x08b\x1f]]>\ufffe<!--"))
        found = activity_of(make, project)
        assert found.findtext("title/narrative") == "a\ufffdb\ufffd]]>\ufffd<!--"

    def test_published_files_name_the_address_of_the_service_where_it_is_set(
        self, make: Make, project: Json, app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(
            app.state._state, "settings", app.state.settings.model_copy(update={"public_url": "https://troika.example.org"})
        )
        found = activity_of(make, project)
        assert set(told(found, "sector/@vocabulary-uri")) == {"https://troika.example.org/api/v1/streams?group=tst"}
        assert told(found, "sector/@code")[0] == make.default_stream["id"]


def _reordered(root: etree._Element) -> None:
    root[0].append(root[0].find("title"))


def _in_floats(root: etree._Element) -> None:
    root.find(".//transaction/value").text = "1e6"


def _no_such_role(root: etree._Element) -> None:
    root.find(".//participating-org").set("role", "5")


def _unnamed(root: etree._Element) -> None:
    del root.find(".//reporting-org").attrib["ref"]


def _too_long(root: etree._Element) -> None:
    root.find(".//budget/period-end").set("iso-date", "2026-01-01")


def _foreign(root: etree._Element) -> None:
    root.find(".//iati-identifier").text = "XX-1-tst.PRJ-1"


def _unwhole(root: etree._Element) -> None:
    root.find(".//sector").set("percentage", "33.33")


def _to_come(root: etree._Element) -> None:
    root.find(".//transaction-date").set("iso-date", "2999-01-01")


@pytest.mark.parametrize("fault", [_reordered, _in_floats, _no_such_role, _unnamed, _too_long, _foreign, _unwhole, _to_come])
def test_a_fault_in_a_file_is_found(make: Make, project: Json, fault: Callable[[etree._Element], None]) -> None:
    make.gift(project, "5.00", "committed")
    root = file_of(make.secretariat, f"/projects/{project['id']}/iati")
    broken = copy.deepcopy(root)
    fault(broken)
    assert mistakes(broken)


class TestWhoMayHaveIt:
    def test_strangers_have_the_files_of_a_public_group_that_shares_its_funding_and_names_its_publisher(
        self, make: Make, project: Json
    ) -> None:
        hidden = make.project("HID", "UNDP", starts_on="2024-01-01", title="Hidden")
        make.gift(hidden, "9.00", "committed", donor="SECRET")
        paths = (f"/projects/{project['id']}/iati", "/groups/tst/iati")
        for reader in (make.service, make.service.as_(make.token("viewer", "oth") if make.a_group("oth") else None)):
            for path in (*paths, f"/projects/{hidden['id']}/iati"):
                refused(reader.get(path), 404, "not_found")
        for name in ("public", "share_funding"):
            amend(make, "/groups/tst", None, **{name: True})
            for path in paths:
                for reader in (make.service, make.viewer):
                    refused(reader.get(path), 403, "forbidden")
        amend(make, "/groups/tst", iati_ref="XM-TST-1")
        for path in paths:
            assert told(file_of(make.service, path), "iati-activity/iati-identifier/text()") == ["XM-TST-1-tst.PRJ-1"]
            assert make.viewer.get(path).content == make.secretariat.get(path).content
            assert "Stream 1" in make.viewer.get(path).text
            assert "Stream 1" not in make.service.get(path).text, "its plan is a draft still"
        make.endorsed(make.default_stream["workplan"])
        for path in paths:
            assert make.service.get(path).content == make.viewer.get(path).content == make.secretariat.get(path).content
        refused(make.service.get(f"/projects/{hidden['id']}/iati"), 404, "not_found")
        assert told(file_of(make.secretariat, f"/projects/{hidden['id']}/iati"), "//provider-org/narrative/text()") == ["SECRET"]
        refused(make.service.get("/groups/none/iati"), 404, "not_found")
        refused(make.service.get(f"/projects/{make.group['id']}/iati"), 404, "not_found")

    def test_a_groups_file_names_the_public_projects_that_it_cannot_tell(self, make: Make, project: Json) -> None:
        make.project("NO-START", "UNDP", visibility="public")
        make.project("HID", "UNDP")
        root = file_of(make.secretariat, "/groups/tst/iati")
        assert told(root, "iati-activity/iati-identifier/text()") == [f"{UNDP}-tst.PRJ-1"]
        assert [dict(one.attrib) for one in root.xpath("//t:left-out", namespaces={"t": "urn:troika:iati"})] == [
            {"code": "NO-START", "because": "start_unknown"}
        ]

    def test_a_groups_file_holds_the_projects_in_one_country_where_that_is_asked_for(self, make: Make, project: Json) -> None:
        make.project("AR", "UNDP", visibility="public", starts_on="2024-01-01", countries=["AR"])
        assert len(file_of(make.secretariat, "/groups/tst/iati")) == 2
        assert told(file_of(make.secretariat, "/groups/tst/iati", country="AR"), "//iati-identifier/text()") == [f"{UNDP}-tst.AR"]
        assert "no public project" in refused(make.secretariat.get("/groups/tst/iati?country=FR"), 404, "not_for_iati")["detail"]
        refused(make.secretariat.get("/groups/tst/iati?country=UK"), 422, "unknown_parameter")
        refused(make.secretariat.get("/groups/tst/iati?state=idea"), 422, "unknown_parameter")
        refused(make.secretariat.get(f"/projects/{project['id']}/iati?country=BD"), 422, "unknown_parameter")

    def test_a_group_with_nothing_to_tell_says_why(self, make: Make) -> None:
        make.project("NO-REF", visibility="public")
        assert "NO-REF: no_reference" in refused(make.secretariat.get("/groups/tst/iati"), 404, "not_for_iati")["detail"]

    def test_a_file_is_bounded(self, make: Make, project: Json, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(iati_queries, "MOST", 0)
        refusal = refused(make.secretariat.get("/groups/tst/iati"), 409, "too_many_activities")
        assert refusal["params"]["most"] == 0

    def test_an_unchanged_file_is_not_sent_again(self, make: Make, project: Json) -> None:
        path = "/groups/tst/iati"
        first = make.secretariat.get(path)
        again = make.secretariat.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        make.gift(project, "5.00", "committed")
        assert make.secretariat.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_a_reference_that_is_none_is_refused(make: Make) -> None:
    make.group  # noqa: B018
    for ref in ("XM DAC", "XM/DAC", "a", "x" * 101, "XM|1", "XM\u200b-1"):
        with make.unchanged():
            refused(make.administrator.post("/agencies", {"code": "NEW", "name": "New", "iati_ref": ref}), 422, "invalid")
