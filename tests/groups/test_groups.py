"""Groups: their codes, days and time zones."""

from typing import Any

import pytest

from tests.make import Make, ok, refused


def test_a_group_is_established_and_found_by_its_code(make: Make) -> None:
    answer = make.administrator.post(
        "/groups", {"code": "gmg", "name": "Global Migration Group", "established_on": "2006-05-09", "time_zone": "Europe/Zurich"}
    )
    group = ok(answer)
    assert (answer.headers["location"], answer.headers["etag"]) == ("/api/v1/groups/gmg", '"1"')
    assert (group["public"], group["due_soon_days"], group["stale_days"], group["time_zone"]) == (False, 30, 60, "Europe/Zurich")
    assert ok(make.administrator.get(answer.headers["location"]), 200) == group
    assert ok(make.administrator.get("/groups/GMG"), 200) == group
    assert [g["code"] for g in ok(make.administrator.get("/groups", params={"q": "migration"}), 200)["items"]] == ["gmg"]


def test_a_code_belongs_to_one_group(make: Make) -> None:
    assert make.group
    before = make.journal()
    body = {"code": "tst", "name": "Another", "established_on": "2010-01-01"}
    refused(make.administrator.post("/groups", body), 409, "group_code_taken")
    answers = make.administrator.at_once(*[lambda: make.administrator.post("/groups", body | {"code": "new"})] * 5)
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"group_code_taken"}
    assert make.journal() == before + 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"), ({"time_zone": "localtime"}, "unknown_time_zone"),
        ({"dissolved_on": "2009-12-31"}, "ends_before_it_starts"), ({"code": "Not A Slug"}, "invalid"), ({"code": "x"}, "invalid"),
        ({"due_soon_days": 0}, "invalid"), ({"established_on": "2010"}, "invalid"), ({"established_on": None}, "invalid"), ({"secret": 1}, "invalid"),
    ],
)  # fmt: skip
def test_a_group_that_cannot_be_is_refused(make: Make, wrong: dict[str, Any], code: str) -> None:
    administrator, before = make.administrator, make.journal()
    refused(administrator.post("/groups", {"code": "new", "name": "New", "established_on": "2010-01-01"} | wrong), 422, code)
    assert make.journal() == before


def test_the_secretariat_amends_its_group_under_the_same_rules(make: Make) -> None:
    secretariat = make.secretariat
    before = make.journal()
    for wrong, code in (
        ({"time_zone": "X"}, "unknown_time_zone"),
        ({"dissolved_on": "2000-01-01"}, "ends_before_it_starts"),
        ({"code": "new"}, "invalid"),
        ({"name": None}, "invalid"),
    ):
        refused(secretariat.patch("/groups/tst", wrong, version=1), 422, code)
    assert make.journal() == before
    changed = ok(
        secretariat.patch(
            "/groups/tst", {"dissolved_on": "2018-12-31", "successor": "Network", "public": True, "mandate": None}, version=1
        ),
        200,
    )
    assert (changed["dissolved_on"], changed["successor"], changed["public"], changed["version"]) == ("2018-12-31", "Network", True, 2)
    assert [g["code"] for g in ok(secretariat.get("/groups", params={"public": "true"}), 200)["items"]] == ["tst"]
    assert ok(secretariat.get("/groups", params={"public": "false"}), 200)["items"] == []


def test_words_are_found_whatever_their_case_and_accents(make: Make) -> None:
    make.a_group("gva", name="Groupe de Genève")
    make.decision(text="Décidé à Genève.")
    assert [g["code"] for g in ok(make.administrator.get("/groups", params={"q": "GENEVE"}), 200)["items"]] == ["gva"]
    assert len(ok(make.secretariat.get("/decisions", params={"q": "geneve"}), 200)["items"]) == 1
    refused(make.secretariat.get("/decisions", params={"q": "\u0301"}), 422, "unknown_parameter")
