"""The programmes of the Global Migration Group, loaded with its record and read back over HTTP: what is known, how certainly, and what is not."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.loading.demo import load_demo
from tests.client import Client
from tests.conftest import empty
from tests.fundraising.iati_file import mistakes, parsed
from tests.make import Json, Make, ok, refused


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
    """The group's secretariat, who sees its money."""
    return demo.service.as_(demo.token("secretariat", "gmg"))


def read(client: Client, path: str, **params: Any) -> Any:
    return ok(client.get(path, params=params), 200)


@pytest.fixture(scope="module")
def projects(gmg: Client) -> dict[str, Json]:
    return {project["code"]: project for project in read(gmg, "/projects", group="gmg")["items"]}


AGENCIES = {"PRJ-MM-1": ("UNDP", ["IOM"]), "PRJ-MM-2": ("IOM", ["UNDP"]), "PRJ-JMDI-1": ("UNDP", ["ILO", "IOM", "UNFPA", "UNHCR"]),
            "PRJ-JMDI-2": ("UNDP", ["ILO", "IOM", "UN Women", "UNFPA", "UNHCR"]), "PRJ-MP": (None, []), "FUND-2009": ("UNITAR", [])}  # fmt: skip
DAYS = {"PRJ-MM-1": ("2011-01-01", "2013-12-31"), "PRJ-MM-2": ("2014-02-01", "2018-01-31"), "PRJ-JMDI-1": ("2008-01-01", "2012-11-30"),
        "PRJ-JMDI-2": ("2012-12-01", "2015-11-30"), "PRJ-MP": (None, None), "FUND-2009": (None, None)}  # fmt: skip
COUNTRIES = {"PRJ-MM-1": "BD JM MD TN", "PRJ-MM-2": "BD JM MD TN EC KG MA RS"}
DONORS = {
    "PRJ-MM-1": ["SDC"],
    "PRJ-MM-2": ["SDC"],
    "PRJ-JMDI-1": ["EC"],
    "PRJ-JMDI-2": ["EC", "SDC"],
    "PRJ-MP": [],
    "FUND-2009": ["MACARTHUR"],
}
STATED = {"PRJ-MP"}
"""Records of which every part is stated; in the others something at least is inferred, and the note says what and how."""


def test_each_programme_is_told_with_its_agencies_days_and_countries_and_nothing_beyond_its_sources(projects: dict[str, Json]) -> None:
    assert set(projects) == set(AGENCIES)
    for code, project in projects.items():
        lead = project["lead"] and project["lead"]["code"]
        assert (lead, sorted(p["code"] for p in project["partners"])) == AGENCIES[code]
        assert (project["starts_on"], project["ends_on"]) == DAYS[code]
        assert set(project["countries"]) == set(COUNTRIES.get(code, "").split())
        assert project["certainty"] == ("stated" if code in STATED else "inferred")
        assert project["sources"]
        assert project["note"]
    assert {code: p["state"] for code, p in projects.items()} == dict.fromkeys(AGENCIES, "closed") | {
        "PRJ-MP": "implementing",
        "FUND-2009": "funded",
    }


def test_counts_that_no_source_lists_are_kept_in_words(projects: dict[str, Json]) -> None:
    assert "51 projects in 16 countries" in projects["PRJ-JMDI-1"]["description"]
    assert "53 countries" in projects["PRJ-MP"]["description"]
    assert "25 per cent" in projects["PRJ-MP"]["description"]
    assert "Ecuador" in projects["PRJ-MP"]["note"]  # sources disagree about its pilots: none is listed
    assert projects["PRJ-MP"]["countries"] == []
    assert "no_lead" in projects["PRJ-MP"]["flags"]


def test_each_donor_is_known_and_of_their_amounts_only_one(gmg: Client, projects: dict[str, Json]) -> None:
    gifts = read(gmg, "/contributions", group="gmg")["items"]
    given = {code: sorted(g["donor"]["code"] for g in gifts if g["project"]["code"] == code) for code in projects}
    assert given == DONORS
    for gift in gifts:
        assert (gift["state"], gift["certainty"], gift["received"]) == ("committed", "inferred", "0.00")
        assert gift["sources"]
        assert gift["note"]
    (known,) = [g for g in gifts if g["amount"] is not None]
    assert (known["donor"]["code"], known["amount"], known["currency"], known["receiver"]["code"]) == (
        "MACARTHUR",
        "50000.00",
        "USD",
        "UNITAR",
    )
    assert {g["outstanding"] for g in gifts if g is not known} == {None}


def test_no_budget_and_no_gap_is_known_which_is_not_zero(gmg: Client, projects: dict[str, Json]) -> None:
    assert {p["budget"] for p in projects.values()} == {None}
    for project in projects.values():
        found = read(gmg, f"/projects/{project['id']}/funding")
        assert (found["budget"], found["gap"], found["unknown"], found["flags"]) == (None, None, 1, ["unknown"])
        assert found["committed"] == ("50000.00" if project["code"] == "FUND-2009" else "0.00")
    whole = read(gmg, "/stats", measure="funding", group="gmg", by="project")
    assert (whole["gap"], whole["projects"], whole["unknown"], whole["committed"]) == (None, 6, 6, "50000.00")


def test_no_country_team_is_said_to_have_answered(gmg: Client, projects: dict[str, Json]) -> None:
    assert read(gmg, "/consultations", group="gmg")["items"] == []
    assert projects["PRJ-MM-1"]["unconsulted"] == ["BD", "JM", "MD", "TN"]


def test_the_record_as_an_iati_file_is_one_that_the_standard_takes(gmg: Client, demo: Make) -> None:
    root = parsed(gmg.get("/groups/gmg/iati").content)
    assert mistakes(root) == []
    assert root.xpath("//iati-identifier/text()") == [
        "XM-DAC-41114-gmg.PRJ-JMDI-1", "XM-DAC-41114-gmg.PRJ-JMDI-2", "XM-DAC-41114-gmg.PRJ-MM-1", "XM-DAC-47066-gmg.PRJ-MM-2",
    ]  # fmt: skip
    left_out = root.xpath("//t:left-out", namespaces={"t": "urn:troika:iati"})
    assert {one.get("code"): one.get("because") for one in left_out} == {"PRJ-MP": "no_reference", "FUND-2009": "start_unknown"}
    assert root.xpath("count(//transaction)") == root.xpath("count(//budget)") == 0  # no amount of these is known
    assert root.xpath("//iati-activity[iati-identifier='XM-DAC-47066-gmg.PRJ-MM-2']/participating-org[@role='1']/@ref") == ["CH-4"]
    assert {p["code"] for p in read(gmg, "/agencies")["items"] if p["iati_ref"]} == {"UNDP", "IOM", "UNITAR"}


def test_a_stranger_has_the_file_of_the_group_that_publishes_and_not_the_gmgs(demo: Make) -> None:
    response = demo.service.get("/groups/apwg/iati")
    assert response.status_code == 200
    root = parsed(response.content)
    assert mistakes(root) == []
    assert set(root.xpath("//transaction-type/@code")) >= {"1", "11", "13"}
    refused(demo.service.get("/groups/gmg/iati"), 404, "not_found")
