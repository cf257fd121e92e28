"""Who speaks for an agency: principals one at a time, focal points, alternates, all by date."""

from typing import Any

import pytest

from tests.make import Json, Make, ok, refused


@pytest.fixture(autouse=True)
def _group(make: Make) -> None:
    make.member("UNU", starts_on="2014-07-09")
    make.agency("OUT")


@pytest.fixture
def person(make: Make) -> Json:
    return ok(make.administrator.post("/people", {"name": "Ana", "email": "ana@example.org", "agency": "UNU"}))  # type: ignore[no-any-return]


def body(person: Json, **values: Any) -> Json:
    return {"group": "tst", "person": person["id"], "agency": "UNU", "role": "principal", "starts_on": "2014-07-09"} | values


def test_an_agency_has_one_principal_at_a_time(make: Make, person: Json) -> None:
    first = ok(make.secretariat.post("/appointments", body(person)))
    assert (first["person"]["name"], first["current"]) == ("Ana", True)
    before = make.journal()
    refused(make.secretariat.post("/appointments", body(person, starts_on="2016-01-01")), 409, "principal_taken")
    assert make.journal() == before
    ok(make.secretariat.post("/appointments", body(person, role="focal_point")))
    ended = ok(make.secretariat.patch(f"/appointments/{first['id']}", {"ends_on": "2015-12-31"}, version=1), 200)
    assert ended["current"] is False
    second = ok(make.secretariat.post("/appointments", body(person, starts_on="2016-01-01")))
    before = make.journal()
    refused(make.secretariat.patch(f"/appointments/{first['id']}", {"ends_on": None}, version=2), 409, "principal_taken")
    refused(make.secretariat.patch(f"/appointments/{second['id']}", {"ends_on": "2015-01-01"}, version=1), 422, "ends_before_it_starts")
    assert make.journal() == before
    ok(make.secretariat.patch(f"/appointments/{second['id']}", {"note": "So."}, version=1), 200)


def test_of_five_principals_at_once_one_is_appointed(make: Make, person: Json) -> None:
    secretariat = make.secretariat
    answers = secretariat.at_once(*[lambda: secretariat.post("/appointments", body(person))] * 5)
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"principal_taken"}


def test_only_agencies_in_the_group_are_spoken_for(make: Make, person: Json) -> None:
    secretariat = make.secretariat
    before = make.journal()
    refused(secretariat.post("/appointments", body(person, agency="OUT")), 422, "not_in_the_group")
    refused(secretariat.post("/appointments", body(person, starts_on="2014-07-08")), 422, "not_in_the_group")
    refused(secretariat.post("/appointments", body(person, agency="NONE")), 422, "unknown_reference")
    refused(secretariat.post("/appointments", body({"id": "none"})), 422, "unknown_reference")
    refused(secretariat.post("/appointments", body(person, ends_on="2014-07-08")), 422, "ends_before_it_starts")
    assert make.journal() == before


def test_an_agency_appoints_its_own_people_only(make: Make, person: Json) -> None:
    make.member("IOM")
    other = make.focal_point("IOM")
    before = make.journal()
    refused(other.post("/appointments", body(person)), 403, "forbidden")
    assert make.journal() == before
    own = make.focal_point("UNU")
    made = ok(own.post("/appointments", {k: v for k, v in body(person).items() if k != "starts_on"}))
    assert made["current"] is True
    before = make.journal()
    refused(other.patch(f"/appointments/{made['id']}", {"note": "x"}, version=1), 403, "forbidden")
    assert make.journal() == before


def test_those_in_office_on_a_day_are_listed(make: Make, person: Json) -> None:
    ok(make.secretariat.post("/appointments", body(person, ends_on="2015-12-31")))

    def found(**params: str) -> int:
        return len(ok(make.viewer.get("/appointments", params={"group": "tst"} | params), 200)["items"])

    assert [found(as_of=day) for day in ("2014-07-08", "2014-07-09", "2015-12-31", "2016-01-01")] == [0, 1, 1, 0]
    assert (found(), found(person=person["id"]), found(role="alternate"), found(agency="unu")) == (1, 1, 0, 1)
