"""Terms of the chair: their length, their holders, and none over another."""

import pytest

from tests.make import Make, ok, refused


@pytest.fixture(autouse=True)
def _group(make: Make) -> None:
    make.modality()
    for code in ("ILO", "IOM"):
        make.member(code)


def test_the_modality_gives_the_last_day(make: Make) -> None:
    term = make.chair("ILO", starts_on="2014-01-01")
    assert (term["ends_on"], term["term_months"], term["regular_length"], term["days"]) == ("2014-12-31", 12, True, 365)


def test_another_length_needs_a_note(make: Make) -> None:
    before = make.journal()
    body = {"group": "tst", "state": "confirmed", "starts_on": "2014-01-01", "ends_on": "2014-05-31", "holders": [{"agency": "ILO"}]}
    refused(make.secretariat.post("/chairmanships", body), 422, "term_length_needs_note")
    assert make.journal() == before
    term = ok(make.secretariat.post("/chairmanships", body | {"note": "Interim until the review ends."}))
    assert (term["term_months"], term["regular_length"]) == (5, False)


def test_confirmed_terms_never_overlap(make: Make) -> None:
    make.chair("ILO", starts_on="2014-01-01")
    before = make.journal()
    body = {"group": "tst", "state": "confirmed", "starts_on": "2014-12-31", "holders": [{"agency": "IOM"}]}
    problem = refused(make.secretariat.post("/chairmanships", body), 409, "chair_overlap")
    assert problem["params"] == {"starts_on": "2014-01-01", "ends_on": "2014-12-31"}
    assert make.journal() == before
    assert ok(make.secretariat.get("/chairmanships", params={"group": "tst", "count": "true"}), 200)["total"] == 1


def test_eight_clients_ask_for_one_free_year_and_one_gets_it(make: Make) -> None:
    body = {"group": "tst", "state": "confirmed", "starts_on": "2015-01-01", "holders": [{"agency": "ILO"}]}
    answers = make.secretariat.at_once(*[lambda: make.secretariat.post("/chairmanships", body)] * 8)
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"chair_overlap"}


def test_an_observer_does_not_chair(make: Make) -> None:
    make.member("UNU", role="observer")
    before = make.journal()
    body = {"group": "tst", "starts_on": "2014-01-01", "holders": [{"agency": "UNU"}]}
    refused(make.secretariat.post("/chairmanships", body), 422, "not_a_member")
    assert make.journal() == before
