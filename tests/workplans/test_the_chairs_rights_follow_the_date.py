"""What the chairing agency's focal point may do, it may on the days of the term and on no other."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.make import Json, Make, at, day, ok, refused, today


@pytest.fixture(autouse=True)
def _members(make: Make) -> None:
    for code in ("ILO", "IOM"):
        make.member(code)


def draft(code: str) -> Json:
    return {"group": "tst", "code": code, "title": "Plan", "starts_on": "2020-01-01", "ends_on": "2021-12-31"}


def test_today_and_not_yesterday_or_tomorrow(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.chair("ILO", starts_on=day(-5), ends_on=day(5), note="A short one.")
    make.chair("IOM", starts_on=day(6), ends_on=day(20), note="The next.")
    ilo, iom = make.focal_point("ILO"), make.focal_point("IOM")
    plan = ok(ilo.post("/workplans", draft("P1")))
    assert ok(ilo.get("/me"), 200)["grants"][0]["chairing"] is True
    with make.unchanged():
        refused(iom.post("/workplans", draft("P2")), 403, "forbidden")
        refused(iom.post(f"/workplans/{plan['id']}/circulate"), 403, "forbidden")
    midnight = datetime.combine(today() + timedelta(days=6), datetime.min.time(), UTC)
    at(monkeypatch, midnight - timedelta(microseconds=1))
    ok(ilo.post(f"/workplans/{plan['id']}/circulate"), 200)
    at(monkeypatch, midnight)
    with make.unchanged():
        refused(ilo.post("/workplans", draft("P2")), 403, "forbidden")
        refused(ilo.post(f"/workplans/{plan['id']}/circulate"), 403, "forbidden")
    other = ok(iom.post("/workplans", draft("P2")))
    ok(iom.post(f"/workplans/{other['id']}/circulate"), 200)
    at(monkeypatch, midnight + timedelta(days=15))
    with make.unchanged():
        refused(iom.post("/workplans", draft("P3")), 403, "forbidden")


def test_a_nomination_and_a_cancelled_term_give_no_rights(make: Make) -> None:
    term = make.chair("ILO", starts_on=day(-5), ends_on=day(5), note="A short one.", state="nominated")
    ilo = make.focal_point("ILO")
    with make.unchanged():
        refused(ilo.post("/workplans", draft("P1")), 403, "forbidden")
    ok(make.secretariat.post(f"/chairmanships/{term['id']}/confirm"), 200)
    ok(ilo.post("/workplans", draft("P1")))
    ok(make.secretariat.post(f"/chairmanships/{term['id']}/cancel", {"reason": "Withdrawn."}), 200)
    with make.unchanged():
        refused(ilo.post("/workplans", draft("P2")), 403, "forbidden")


def test_the_chair_proposes_and_the_secretariat_decides(make: Make) -> None:
    make.chair("ILO", starts_on=day(-5), ends_on=day(5), note="A short one.")
    ilo, decided = make.focal_point("ILO"), make.decided()
    plan = ok(ilo.post("/workplans", draft("P1")))
    ok(ilo.post("/task-forces", {"group": "tst", "code": "TF", "name": "TF", "sunset_on": day(100)}))
    with make.unchanged():
        refused(ilo.post(f"/workplans/{plan['id']}/endorse", decided), 403, "forbidden")
        refused(ilo.post(f"/workplans/{plan['id']}/revise", decided | {"reason": "R"}), 403, "forbidden")
        refused(ilo.post(f"/workplans/{plan['id']}/close", {"reason": "R"}), 403, "forbidden")
        refused(ilo.patch(f"/workplans/{plan['id']}", {"title": "X"}, version=plan["version"]), 403, "forbidden")
        refused(make.administrator.post("/workplans", draft("P2")), 403, "forbidden")


def test_a_chair_of_one_group_is_nobody_in_another(make: Make) -> None:
    make.chair("ILO", starts_on=day(-5), ends_on=day(5), note="A short one.")
    make.a_group("oth")
    make.group  # noqa: B018
    with make.unchanged():
        refused(make.focal_point("ILO").post("/workplans", draft("P1") | {"group": "oth"}), 422, "unknown_reference")
        refused(make.focal_point("ILO", "oth").post("/workplans", draft("P1") | {"group": "oth"}), 403, "forbidden")
