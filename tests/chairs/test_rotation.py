"""The chair on any day: holders, constituencies, vacancies, the troika, the rotation with its gaps."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chairs.rules import Term, gaps
from app.core.dates import covers
from tests.make import Json, Make, ok, refused


@pytest.fixture(autouse=True)
def _group(make: Make) -> None:
    make.modality(chair_term_months=6)
    for code in ("ILO", "IOM", "UNDP", "FAO"):
        make.member(code)


def troika(make: Make, day: str) -> tuple[Any, Any, Any]:
    found = ok(make.viewer.get("/groups/tst/troika", params={"as_of": day}), 200)
    assert found["vacant"] is (found["current"] is None)
    assert found["as_of"] == day
    return tuple(found[n] and "+".join(h["agency"]["code"] for h in found[n]["holders"]) for n in ("outgoing", "current", "incoming"))  # type: ignore[return-value]


@pytest.fixture
def terms(make: Make) -> list[Json]:
    """ILO, a gap of five months, IOM for seven, FAO with UNDP, and nominations that never count."""
    made = [
        make.chair("ILO", starts_on="2011-07-01"),
        make.chair("IOM", starts_on="2012-06-01", ends_on="2012-12-31", note="Seven months after the gap."),
        make.chair("FAO", "UNDP", starts_on="2013-01-01"),
    ]
    make.chair("UNDP", starts_on="2012-01-01", state="nominated")
    make.chair("ILO", starts_on="2013-07-01", state="nominated")
    return made


def test_the_troika_is_worked_out_for_any_day(make: Make, terms: list[Json]) -> None:
    assert troika(make, "2011-06-30") == (None, None, "ILO")
    assert troika(make, "2011-07-01") == troika(make, "2011-12-31") == (None, "ILO", "IOM")
    assert troika(make, "2012-03-01") == ("ILO", None, "IOM")
    assert troika(make, "2012-06-01") == ("ILO", "IOM", "FAO+UNDP")
    assert troika(make, "2013-06-30") == ("IOM", "FAO+UNDP", None)
    assert troika(make, "2013-07-01") == ("FAO+UNDP", None, None)


def test_a_vacant_day_has_no_chair(make: Make, terms: list[Json]) -> None:
    problem = refused(make.viewer.get("/groups/tst/chair", params={"as_of": "2012-03-01"}), 404, "vacant")
    assert problem["params"] == {"group": "tst", "day": "2012-03-01"}
    assert ok(make.viewer.get("/groups/tst/chair", params={"as_of": "2012-06-01"}), 200)["id"] == terms[1]["id"]
    refused(make.viewer.get("/groups/tst/chair"), 404, "vacant")
    assert ok(make.viewer.get("/chairmanships", params={"as_of": "2012-03-01"}), 200)["items"] == []
    (found,) = ok(make.viewer.get("/chairmanships", params={"as_of": "2013-02-01", "agency": "undp"}), 200)["items"]
    assert (found["id"], found["phase"]) == (terms[2]["id"], "current")
    assert ok(make.viewer.get(f"/chairmanships/{terms[2]['id']}", params={"as_of": "2012-12-31"}), 200)["phase"] == "upcoming"


def test_the_rotation_tells_gaps_irregular_terms_and_who_never_chaired(make: Make, terms: list[Json]) -> None:
    make.member("UNU")
    make.member("OBS", role="observer")
    found = ok(make.viewer.get("/groups/tst/rotation"), 200)
    assert [t["id"] for t in found["terms"]] == [t["id"] for t in terms]
    assert found["gaps"] == [{"starts_on": "2012-01-01", "ends_on": "2012-05-31", "months": 5}]
    assert [t["term_months"] for t in found["irregular"]] == [7]
    assert [a["code"] for a in found["never_chaired"]] == ["UNU"]


def test_a_constituency_names_the_one_that_coordinates(make: Make) -> None:
    for code in ("ESCAP", "ECA"):
        make.agency(code)
    make.agency("UN-RC", kind="constituency", constituents=["ESCAP"])
    make.member("UN-RC")
    before = make.journal()
    term = {"group": "tst", "state": "confirmed", "starts_on": "2013-01-01"}
    for coordinator in ("ECA", "UN-RC"):
        holders = [{"agency": "UN-RC", "coordinator": coordinator}]
        refused(make.secretariat.post("/chairmanships", term | {"holders": holders}), 422, "coordinator_not_constituent")
    refused(make.secretariat.post("/chairmanships", term | {"holders": [{"agency": "ILO"}, {"agency": "ilo"}]}), 422, "holder_twice")
    problem = refused(
        make.secretariat.post("/chairmanships", term | {"holders": [{"agency": "ILO"}, {"agency": "NONE"}]}), 422, "unknown_reference"
    )
    assert problem["errors"][0]["pointer"] == "/holders/1/agency"
    assert make.journal() == before
    made = ok(
        make.secretariat.post(
            "/chairmanships", term | {"holders": [{"agency": "un-rc", "coordinator": "escap", "principal": "Noeleen Heyzer"}]}
        )
    )
    assert made["holders"] == [
        {
            "agency": {"code": "UN-RC", "name": "Agency UN-RC"},
            "coordinator": {"code": "ESCAP", "name": "Agency ESCAP"},
            "principal": "Noeleen Heyzer",
        }
    ]


def test_the_coordinator_has_the_chair_s_rights(make: Make) -> None:
    for code in ("ESCAP", "ECA"):
        make.agency(code)
    make.agency("UN-RC", kind="constituency", constituents=["ESCAP", "ECA"])
    make.member("UN-RC")
    holders = [{"agency": "UN-RC", "coordinator": "ESCAP"}]
    term = {"group": "tst", "state": "confirmed", "starts_on": "2020-01-01", "ends_on": "2199-12-31", "note": "Long.", "holders": holders}
    ok(make.secretariat.post("/chairmanships", term))
    chairing = {code: ok(make.focal_point(code).get("/me"), 200)["grants"][0]["chairing"] for code in ("ESCAP", "ECA", "UN-RC", "ILO")}
    assert chairing == {"ESCAP": True, "ECA": False, "UN-RC": True, "ILO": False}


def test_a_nomination_is_confirmed_under_the_same_rules(make: Make) -> None:
    nominated = make.chair("ILO", starts_on="2015-01-01", state="nominated")
    rival = make.chair("IOM", starts_on="2015-03-01", state="nominated")
    decision = make.decision()["id"]
    confirmed = ok(make.secretariat.post(f"/chairmanships/{nominated['id']}/confirm", {"decision": decision}), 200)
    assert (confirmed["state"], confirmed["decision"]["id"]) == ("confirmed", decision)
    before = make.journal()
    assert ok(make.secretariat.post(f"/chairmanships/{nominated['id']}/confirm"), 200) == confirmed
    refused(make.secretariat.post(f"/chairmanships/{rival['id']}/confirm"), 409, "chair_overlap")
    assert make.journal() == before


def test_cancelling_frees_the_days(make: Make) -> None:
    first = make.chair("ILO", starts_on="2015-01-01")
    cancelled = ok(make.secretariat.post(f"/chairmanships/{first['id']}/cancel", {"reason": "Withdrawn."}), 200)
    assert (cancelled["state"], cancelled["phase"]) == ("cancelled", "cancelled")
    assert ok(make.secretariat.get("/changes", params={"entity": "chairmanship"}), 200)["items"][-1]["reason"] == "Withdrawn."
    before = make.journal()
    assert ok(make.secretariat.post(f"/chairmanships/{first['id']}/cancel", {"reason": "Again."}), 200) == cancelled
    refused(make.secretariat.post(f"/chairmanships/{first['id']}/confirm"), 409, "wrong_state")
    refused(make.secretariat.patch(f"/chairmanships/{first['id']}", {"theme": "x"}, version=2), 409, "wrong_state")
    assert make.journal() == before
    make.chair("IOM", starts_on="2015-01-01")


def test_a_term_is_corrected_under_the_rules_by_which_it_was_entered(make: Make) -> None:
    first, second = make.chair("ILO", starts_on="2015-01-01"), make.chair("IOM", starts_on="2015-07-01")
    nominated = make.chair("FAO", starts_on="2016-07-01", state="nominated")
    address = f"/chairmanships/{second['id']}"
    before = make.journal()
    for change, status, code in (
        ({"starts_on": "2015-06-30", "note": "Long."}, 409, "chair_overlap"),
        ({"ends_on": "2016-01-31"}, 422, "term_length_needs_note"),
        ({"ends_on": "2015-01-31"}, 422, "ends_before_it_starts"),
        ({"starts_on": "2009-01-01", "note": "Early."}, 422, "not_a_member"),
        ({"holders": []}, 422, "invalid"),
    ):
        refused(make.secretariat.patch(address, change, version=1), status, code)
    assert make.journal() == before
    longer = ok(make.secretariat.patch(address, {"ends_on": "2016-01-31", "note": "Seven months."}, version=1), 200)
    assert (longer["regular_length"], longer["term_months"]) == (False, 7)
    assert ok(make.secretariat.patch(address, {"theme": "Youth"}, version=2), 200)["theme"] == "Youth"
    moved = {"starts_on": "2015-01-01", "ends_on": "2015-06-30"}
    ok(make.secretariat.patch(f"/chairmanships/{nominated['id']}", moved, version=1), 200)
    assert ok(make.viewer.get(f"/chairmanships/{first['id']}"), 200)["version"] == 1


def test_without_a_modality_a_term_needs_its_last_day(make: Make) -> None:
    secretariat = make.secretariat
    make.member("OLD", starts_on="2009-01-01", decision=None)
    before = make.journal()
    term = {"group": "tst", "starts_on": "2009-02-01", "holders": [{"agency": "OLD"}]}
    refused(secretariat.post("/chairmanships", term), 409, "no_modality")
    refused(secretariat.post("/chairmanships", term | {"ends_on": "2009-01-31"}), 422, "ends_before_it_starts")
    assert make.journal() == before
    made = ok(secretariat.post("/chairmanships", term | {"ends_on": "2009-04-30"}))
    assert (made["term_months"], made["regular_length"]) == (3, False)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=10))
def test_every_day_between_the_first_and_the_last_is_in_a_term_or_in_a_gap(lengths: list[tuple[int, int]]) -> None:
    day, terms = date(2010, 1, 1), []
    for vacant, length in lengths:
        day += timedelta(days=vacant)
        terms.append(Term(day, day + timedelta(days=length)))
        day += timedelta(days=length + 1)
    found = gaps(terms)
    for n in range((day - date(2010, 1, 1)).days if terms else 0):
        one = date(2010, 1, 1) + timedelta(days=n)
        held = any(covers(t.starts_on, t.ends_on, one) for t in terms)
        assert (held or one < terms[0].starts_on) is not any(covers(*g, one) for g in found)
