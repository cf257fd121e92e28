"""Agencies: the names they are known by, what a constituency consists of, and the people who work for them."""

from typing import Any

import pytest

from tests.make import Make, ok, refused


def test_an_agency_is_found_by_any_of_its_names_whatever_the_case(make: Make) -> None:
    made = make.agency("UN Women", aliases=["UNWOMEN", "ONU  Femmes"], website="https://www.unwomen.org/")
    for name in ("un women", "UN%20WOMEN", "  Un   Women ", "unwomen", "onu femmes", made["id"]):
        assert ok(make.administrator.get(f"/agencies/{name}"), 200)["id"] == made["id"]
    for name in ("UN WOMEN", "unwomen"):
        assert ok(make.administrator.get("/agencies", params={"agency": name}), 200)["items"][0]["code"] == "UN Women"
    refused(make.administrator.get("/agencies/UN"), 404, "not_found")
    refused(make.administrator.get("/agencies", params={"agency": "UN"}), 422, "unknown_parameter")


@pytest.mark.parametrize("code", ["undesa", "UNDESA", "un-desa", "Un Desa"])
def test_a_name_belongs_to_one_agency_only(make: Make, code: str) -> None:
    make.agency("UN DESA", aliases=["UNDESA", "UN-DESA"])
    before = make.journal()
    for body in ({"code": code}, {"code": "X", "aliases": ["Y", code]}):
        problem = refused(make.administrator.post("/agencies", {"name": "Another"} | body), 409, "agency_name_taken")
        assert problem["params"] == {"name": code}
    assert make.journal() == before
    ok(make.administrator.post("/agencies", {"code": "Y", "name": "Another"}))


def test_a_name_longer_than_its_column_once_folded_is_taken_and_found(make: Make) -> None:
    make.agency("ß" * 40, aliases=["ß" * 300])
    before = make.journal()
    refused(make.administrator.post("/agencies", {"code": "SS" * 40, "name": "Too long as it is"}), 422, "invalid")
    refused(make.administrator.post("/agencies", {"code": "X", "name": "Same", "aliases": ["ss" * 150]}), 409, "agency_name_taken")
    assert make.journal() == before
    assert ok(make.administrator.get(f"/agencies/{'ß' * 300}"), 200)["code"] == "ß" * 40


def test_a_name_given_up_is_free_for_others(make: Make) -> None:
    first, second = make.agency("UNIFEM", aliases=["Women"]), make.agency("INSTRAW")
    before = make.journal()
    refused(make.administrator.patch("/agencies/INSTRAW", {"code": "women"}, version=second["version"]), 409, "agency_name_taken")
    assert make.journal() == before
    renamed = ok(make.administrator.patch("/agencies/women", {"code": "UN Women", "aliases": ["UNIFEM"]}, version=first["version"]), 200)
    assert (renamed["code"], renamed["aliases"]) == ("UN Women", ["UNIFEM"])
    ok(make.administrator.patch("/agencies/INSTRAW", {"aliases": ["women"]}, version=second["version"]), 200)
    assert ok(make.administrator.get("/agencies/women"), 200)["code"] == "INSTRAW"
    assert ok(make.administrator.get("/agencies/unifem"), 200)["code"] == "UN Women"


def test_an_agency_is_amended_by_its_id_too(make: Make) -> None:
    made = make.agency("ILO")
    assert ok(make.administrator.patch(f"/agencies/{made['id']}", {"name": "Renamed"}, version=1), 200)["name"] == "Renamed"
    before = make.journal()
    refused(make.administrator.patch("/agencies/none", {"name": "X"}, version=1), 404, "not_found")
    assert make.journal() == before


def test_a_constituency_shows_its_constituents(make: Make) -> None:
    for code in ("ECA", "ESCAP"):
        make.agency(code, kind="regional_commission")
    made = make.agency("UN-RC", kind="constituency", constituents=["escap", "ECA"])
    assert [c["code"] for c in made["constituents"]] == ["ECA", "ESCAP"]
    fewer = ok(make.administrator.patch("/agencies/UN-RC", {"constituents": ["ECA"]}, version=1), 200)
    assert [c["code"] for c in fewer["constituents"]] == ["ECA"]
    assert ok(make.administrator.patch("/agencies/UN-RC", {"kind": "constituency"}, version=2), 200)["version"] == 2
    with make.unchanged():
        refused(make.administrator.patch("/agencies/ECA", {"kind": "constituency"}, version=1), 422, "not_a_constituency")
    assert ok(make.administrator.patch("/agencies/ESCAP", {"kind": "constituency"}, version=1), 200)["kind"] == "constituency"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"constituents": ["ECA"]}, "not_a_constituency"),
        ({"kind": "constituency", "constituents": ["UN-RC"]}, "not_a_constituency"),
        ({"kind": "constituency", "constituents": ["NONE"]}, "unknown_reference"),
    ],
)
def test_only_a_constituency_has_constituents_and_they_are_agencies(make: Make, body: dict[str, Any], code: str) -> None:
    make.agency("ECA")
    make.agency("UN-RC", kind="constituency", constituents=["ECA"])
    before = make.journal()
    refused(make.administrator.post("/agencies", {"code": "X", "name": "X"} | body), 422, code)
    refused(make.administrator.patch("/agencies/UN-RC", {"kind": "other"}, version=1), 422, "not_a_constituency")
    assert make.journal() == before


@pytest.mark.parametrize(
    "wrong",
    [{"code": ""}, {"code": "x" * 41}, {"code": "a\nb"}, {"kind": "agency"}, {"website": "javascript:alert(1)"}, {"website": "ftp://x.example"}, {"website": "https://[x"}, {"note": "a\x07b"}, {"aliases": ["x"] * 101}, {"certainty": "sure"}],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_refused_where_it_is(make: Make, wrong: dict[str, Any]) -> None:
    administrator, before = make.administrator, make.journal()
    problem = refused(administrator.post("/agencies", {"code": "A", "name": "A"} | wrong), 422, "invalid")
    assert problem["errors"][0]["pointer"].startswith(f"/{next(iter(wrong))}")
    assert make.journal() == before


def test_agencies_are_searched_without_case_and_accents(make: Make) -> None:
    make.agency("IOM", name="Organisation internationale, Genève", kind="related_organization")
    make.agency("ILO", name="Labour", kind="specialized_agency")
    for words in ("geneve", "GENÈVE", "iom"):
        assert [a["code"] for a in ok(make.administrator.get("/agencies", params={"q": words}), 200)["items"]] == ["IOM"]
    assert [a["code"] for a in ok(make.administrator.get("/agencies", params={"kind": "specialized_agency"}), 200)["items"]] == ["ILO"]


def test_a_person_works_for_an_agency_and_may_move(make: Make) -> None:
    make.agency("UNU")
    make.agency("IOM")
    person = ok(make.secretariat.post("/people", {"name": "Ana Núñez", "email": "ana@example.org", "agency": "unu"}))
    assert person["agency"]["code"] == "UNU"
    assert [p["id"] for p in ok(make.viewer.get("/people", params={"q": "nunez", "agency": "UNU"}), 200)["items"]] == [person["id"]]
    moved = ok(make.administrator.patch(f"/people/{person['id']}", {"agency": "IOM", "email": None}, version=1), 200)
    assert (moved["agency"]["code"], moved["email"], moved["name"]) == ("IOM", None, "Ana Núñez")
    assert ok(make.viewer.get(f"/people/{person['id']}"), 200) == moved
    before = make.journal()
    refused(make.administrator.patch(f"/people/{person['id']}", {"agency": "NONE"}, version=2), 422, "unknown_reference")
    refused(make.secretariat.post("/people", {"name": "B", "agency": "NONE"}), 422, "unknown_reference")
    refused(make.secretariat.post("/people", {"name": "B", "agency": "IOM", "email": "no address"}), 422, "invalid")
    refused(make.administrator.patch("/people/none", {"name": "B"}, version=1), 404, "not_found")
    assert make.journal() == before
