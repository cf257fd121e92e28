"""`known_at`: who may ask, how, of what; and what it shows of what has changed since."""

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.access.actions import revoke_token
from app.access.models import Token
from app.access.rules import digest_of
from app.agencies.models import Person
from app.core import openapi
from app.core.dates import instant_text, now
from app.core.db import table_of
from app.core.openapi import every_route
from app.core.work import unit_of_work
from tests.client import Client
from tests.make import INSTALLER, Json, Make, at, ok, refused
from tests.world import world

ONLY_NOW = {
    "get_me", "list_agencies", "get_agency", "list_people", "get_person", "list_rates", "get_codes", "get_limits", "get_health", "get_readiness", "show_landing",
    "show_reference", "show_openapi", "show_static",
}  # fmt: skip
"""The reads that tell of no group's data."""


def then(client: Client, path: str, moment: datetime | str) -> Json:
    return ok(client.get(known(path, moment)), 200)  # type: ignore[no-any-return]


def today(make: Make, path: str) -> Json:
    """What the group's secretariat reads there without an instant."""
    return ok(make.secretariat.get(path), 200)  # type: ignore[no-any-return]


def known(path: str, moment: datetime | str) -> str:
    text = instant_text(moment) if isinstance(moment, datetime) else moment
    return f"{path}{'&' if '?' in path else '?'}known_at={text}"


def test_every_read_of_a_groups_data_takes_it_and_no_other_does(app: FastAPI) -> None:
    spec = openapi.build(app)
    reading = [route for route in every_route(app) if "GET" in (route.methods or ())]
    assert {route.name for route in reading if not route.endpoint.takes} == ONLY_NOW  # type: ignore[attr-defined]
    for route in reading:
        operation = spec["paths"].get(route.path, {}).get("get", {})
        found = [p for p in operation.get("parameters", []) if p["name"] == "known_at"]
        assert len(found) == (route.name not in ONLY_NOW), route.name
        assert ("`too_much_to_lay_out`" in operation.get("responses", {}).get("422", {}).get("description", "")) == bool(found)


def test_where_it_makes_no_sense_it_is_an_unknown_parameter(make: Make) -> None:
    make.agency("ILO")
    for path in ("/me", "/agencies", "/agencies/ILO", "/people", "/meta/codes", "/healthz"):
        refused(make.viewer.get(known(path, now())), 422, "unknown_parameter")
    assert refused(make.viewer.get("/deliverables?group=tst&know_at=2020"), 422, "unknown_parameter")["params"]["nearest"] == "known_at"
    assert "known_at" in refused(make.viewer.get("/groups/tst?x=1"), 422, "unknown_parameter")["params"]["known"]


WRONG = {
    "": "with its zone", "2014-07-01": "with its zone", "2014-07-01T12:00:00": "with its zone", "yesterday": "with its zone",
    "2014-07-01T12:00Z": "with its zone", "2014-07-01T12:00:00+02:00": "%2B", "2014-W27-1T12:00:00Z": "with its zone", "2014-02-30T00:00:00Z": "no such instant",
    "0001-01-01T00:00:00%2B23:59": "no such instant", "9999-12-31T23:59:59-23:59": "no such instant", "2014-07-01T25:00:00Z": "no such instant",
    "2190-12-31T23:59:59Z": "still to come", "9999-12-31T23:59:59Z": "1900 and 2199", "0300-01-01T00:00:00Z": "1900 and 2199", "1" * 300: "at most 200", "2014-07-01T12:00:00Z&known_at=2014-07-01T12:00:00Z": "give it once",
    "٢٠١٤-07-01T12:00:00Z": "with its zone",
}  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/deliverables?group=tst", "/groups/tst", "/groups/tst/chair", "/workplans/none/compare", "/stats?group=tst"]
)
def test_an_instant_that_is_none_or_still_to_come_is_refused(make: Make, path: str) -> None:
    make.viewer  # noqa: B018  (its token is written)
    with make.unchanged():
        for text, why in WRONG.items():
            problem = refused(make.viewer.get(known(path, text)), 422, "unknown_parameter")
            assert (problem["errors"][0]["parameter"], why in problem["detail"]) == ("known_at", True), (text, problem["detail"])
        refused(make.viewer.get(known(path, now() + timedelta(seconds=30))), 422, "unknown_parameter")


def test_an_instant_may_be_written_for_any_zone(make: Make) -> None:
    make.group  # noqa: B018
    moment = now()
    for text in (moment.isoformat().replace("+00:00", "Z"), (moment + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.%f%%2B02:00")):
        assert then(make.viewer, "/groups/tst", text)["code"] == "tst"


def test_a_list_over_all_groups_takes_a_group_with_it(make: Make) -> None:
    make.viewer  # noqa: B018
    for path in ("/deliverables", "/assignments", "/changes", "/groups", "/me/assignments", "/stats", "/task-forces", "/streams?sort=code"):
        assert "group=" in refused(make.viewer.get(known(path, now())), 422, "unknown_parameter")["detail"]
    assert refused(make.viewer.get(known("/deliverables?group=tst&group=tst", now())), 422, "unknown_parameter")
    assert then(make.viewer, "/groups?group=tst", now())["items"][0]["code"] == "tst"


def refusal(client: Client, path: str) -> tuple[int, str, str]:
    """A refusal without what tells of its own request."""
    answer = client.get(path)
    assert answer.status_code in (401, 404, 422), (path, answer.text)
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def test_the_past_of_a_hidden_group_looks_like_that_of_no_group(make: Make) -> None:
    """Whoever does not see all of a group has no past of it: neither those of another, nor, of a public one, anybody."""
    theirs = world(make, "oth")
    ok(make.administrator.patch("/groups/oth", {"public": True}, version=1), 200)
    moment = now()
    for client in (make.viewer, make.secretariat, make.service):
        for kind, name in (
            ("deliverables", "deliverable"),
            ("workplans", "workplan"),
            ("task-forces", "task_force"),
            ("streams", "stream"),
        ):
            for below in {"deliverables": ("", "/history", "/lineage", "/updates"), "streams": ("",)}.get(kind, ("", "/history")):
                there, nowhere = (known(f"/{kind}/{id_}{below}", moment) for id_ in (theirs[name], "none"))
                assert refusal(client, there) == refusal(client, nowhere)
        for below in ("", "/members", "/chair", "/rotation", "/load", "/history"):
            assert refusal(client, known(f"/groups/oth{below}", moment)) == refusal(client, known(f"/groups/none{below}", moment))
        for path in ("/deliverables", "/changes", "/stats"):
            assert refusal(client, known(f"{path}?group=oth", moment)) == refusal(client, known(f"{path}?group=none", moment))
    assert client.get("/groups/oth").status_code == 200, "though it may be read as it is"
    ours = then(make.administrator, "/deliverables?group=tst&count=true", moment)
    assert ours["total"] == 0
    assert then(make.administrator, f"/deliverables/{theirs['deliverable']}", moment)["code"] == "D1"


def test_a_right_taken_away_is_gone_for_the_past_as_well(make: Make) -> None:
    make.deliverable()
    moment = now()
    secret = make.token("viewer", "tst")
    reader, path = make.service.as_(secret), known("/deliverables?group=tst", moment)
    ok(reader.get(path), 200)
    with unit_of_work(make.engine, INSTALLER, now()) as work:
        (token,) = work.all(Token, Token.digest == digest_of(secret))
        revoke_token(work, token)
    refused(reader.get(path), 401, "unauthenticated")


def test_before_its_time_a_thing_is_not_there(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now() - timedelta(days=3)
    at(monkeypatch, begun)
    make.group  # noqa: B018
    at(monkeypatch, begun + timedelta(days=1))
    thing = make.deliverable()
    at(monkeypatch, begun + timedelta(days=2))
    reader = make.viewer
    long_ago, between, after = "2001-01-01T00:00:00Z", begun + timedelta(hours=1), begun + timedelta(days=1)
    for path in ("/groups/tst", "/groups/tst/members", "/groups/tst/history", f"/deliverables/{thing['id']}"):
        refused(reader.get(known(path, long_ago)), 404, "not_found")
    assert "no group of that code" in refused(reader.get(known("/deliverables?group=tst", long_ago)), 422, "unknown_parameter")["detail"]
    refused(reader.get(known(f"/deliverables/{thing['id']}", between)), 404, "not_found")
    assert then(reader, "/deliverables?group=tst&count=true", between) == {"items": [], "next_cursor": None, "total": 0}
    assert then(reader, "/groups/tst", between)["code"] == "tst"
    assert then(reader, f"/deliverables/{thing['id']}", after)["version"] == 1


def test_a_change_at_the_very_instant_was_known(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now() - timedelta(hours=5)
    at(monkeypatch, begun)
    decision = make.decision()
    at(monkeypatch, begun + timedelta(hours=1))
    ok(make.secretariat.patch(f"/decisions/{decision['id']}", {"text": "Anew."}, version=1), 200)
    at(monkeypatch, now())
    path = f"/decisions/{decision['id']}"
    assert then(make.viewer, path, begun + timedelta(hours=1) - timedelta(microseconds=1))["text"] == "Decided."
    assert then(make.viewer, path, begun + timedelta(hours=1))["text"] == "Anew."


def test_of_changes_that_came_at_once_all_before_a_known_one_are_known(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream began before its plan and was numbered after it: there was no moment with a stream without a plan."""
    begun = now() - timedelta(hours=5)
    at(monkeypatch, begun)
    make.group  # noqa: B018
    at(monkeypatch, begun + timedelta(minutes=5))
    plan = make.plan()
    at(monkeypatch, begun + timedelta(minutes=4))
    stream = make.stream(plan)
    at(monkeypatch, now())
    between, before = begun + timedelta(minutes=4, seconds=30), begun + timedelta(minutes=3)
    assert then(make.viewer, f"/streams/{stream['id']}", between)["workplan"]["code"] == "WP"
    assert then(make.viewer, "/workplans?group=tst", between)["items"] == [plan]
    assert then(make.viewer, "/workplans?group=tst", before)["items"] == []


def test_names_of_people_are_those_of_today(make: Make) -> None:
    """The journal never held them, so that they can be erased; all else about them is as it was."""
    make.member("ILO")
    make.agency("UNU")
    person = ok(make.administrator.post("/people", {"name": "Ana Before", "agency": "ILO"}))
    other = ok(make.administrator.post("/people", {"name": "Bo Before", "email": "bo@example.org", "agency": "ILO"}))
    for one in (person, other):
        body = {"group": "tst", "person": one["id"], "agency": "ILO", "role": "focal_point", "starts_on": "2020-01-01"}
        ok(make.secretariat.post("/appointments", body))
    moment, path = now(), "/appointments?group=tst&sort=person"
    assert then(make.viewer, path, moment) == today(make, path)
    ok(
        make.administrator.patch(f"/people/{person['id']}", {"name": "Zoe After", "email": "zoe@example.org", "agency": "UNU"}, version=1),
        200,
    )
    people = [item["person"] for item in then(make.viewer, path, moment)["items"]]
    assert [(p["name"], p["email"]) for p in people] == [("Bo Before", "bo@example.org"), ("Zoe After", None)], "no address was known then"
    with make.engine.begin() as connection:  # whoever erases them, and however
        connection.execute(sa.update(Person).where(table_of(Person).c.id == other["id"]).values(name="(erased)", email=None))
    people = [item["person"] for item in then(make.viewer, path, moment)["items"]]
    assert [(p["name"], p["email"]) for p in people] == [("(erased)", None), ("Zoe After", None)]


def test_agencies_are_called_and_found_as_they_were(make: Make) -> None:
    make.member("UNIFEM")
    thing = make.deliverable()
    make.lead(thing, "UNIFEM")
    moment, path = now(), "/deliverables?group=tst&agency=unifem"
    ok(make.administrator.patch("/agencies/UNIFEM", {"code": "UN Women", "name": "Women"}, version=1), 200)
    assert "no agency" in refused(make.viewer.get(path), 422, "unknown_parameter")["detail"]
    (found,) = then(make.viewer, path, moment)["items"]
    assert found["lead"]["code"] == "UNIFEM"
    assert (
        "no agency"
        in refused(make.viewer.get(known("/deliverables?group=tst&agency=UN Women", moment)), 422, "unknown_parameter")["detail"]
    )
    plan = thing["workplan"]["id"]
    assert today(make, f"/workplans/{plan}/compare?from={instant_text(moment)}")["changed"] == [], "a new name is no other lead"


def test_ones_own_work_is_asked_of_one_group(make: Make) -> None:
    """`/me/assignments` goes by what one speaks for today."""
    for code in ("IOM", "ILO"):
        make.member(code)
    thing = make.deliverable()
    make.asked(thing, "IOM")
    moment = now()
    make.asked(thing, "IOM", "reviewer")
    speaker, path = make.focal_point("IOM"), "/me/assignments?group=tst&open=true"
    assert len(ok(speaker.get(path), 200)["items"]) == 2
    assert [item["role"] for item in then(speaker, path, moment)["items"]] == ["lead"]
    assert then(make.focal_point("ILO"), path, moment)["items"] == []


def test_pages_of_the_past_follow_one_another(make: Make) -> None:
    for number in range(7):
        make.deliverable(f"D{number}")
    moment, wanted = now(), today(make, "/deliverables?group=tst")["items"]
    for number in range(7, 10):
        make.deliverable(f"A{number}")
    path: str | None = known("/deliverables?group=tst&limit=3&count=true", moment)
    found: list[Json] = []
    while path:
        answer = make.viewer.get(path)
        found += ok(answer, 200)["items"]
        assert answer.json()["total"] == 7
        after = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        path = after and after[1]
    assert found == wanted


def test_a_past_answer_has_its_etag_and_is_mixed_up_with_no_other(make: Make) -> None:
    decision = make.decision()
    path, first = f"/decisions/{decision['id']}", now()
    reader = make.viewer
    one = reader.get(known(path, first))
    ok(make.secretariat.patch(path, {"text": "Anew."}, version=1), 200)
    again = reader.get(known(path, first), headers={"if-none-match": one.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")
    assert reader.get(path).json()["text"] == "Anew."
    assert reader.get(known(path, first)).json() == one.json()
    assert reader.get(known(path, now()), headers={"if-none-match": one.headers["etag"]}).json()["text"] == "Anew."
    assert make.service.as_(make.token("viewer", "tst")).get(known(path, first)).headers["etag"] == one.headers["etag"]


def test_comparing_goes_as_far_as_the_past_one_and_no_further(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now() - timedelta(days=10)
    at(monkeypatch, begun)
    plan = make.plan()
    stream = make.stream(plan)
    make.deliverable("A", stream)
    path = f"/workplans/{plan['id']}/compare?from=2000-01-01"
    at(monkeypatch, begun + timedelta(days=1))
    recorded = today(make, path)
    at(monkeypatch, begun + timedelta(days=2))
    make.deliverable("B", stream)
    until = instant_text(now())
    at(monkeypatch, now())
    assert [item["code"] for item in today(make, f"{path}&to={until}")["added"]] == ["A", "B"]
    assert then(make.viewer, path, begun + timedelta(days=1)) == recorded
    params = {"from": "2000-01-01", "to": until, "known_at": instant_text(begun + timedelta(days=1))}
    refused(make.viewer.get(f"/workplans/{plan['id']}/compare", params=params), 422, "unknown_parameter")


def test_the_clock_is_that_of_the_instant(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows from the day follows from that day; `as_of` asks for another one still."""
    begun = now() - timedelta(days=20)
    at(monkeypatch, begun)
    make.member("IOM")
    thing = make.deliverable(due=(begun + timedelta(days=5)).date().isoformat())
    at(monkeypatch, now())
    path = f"/deliverables/{thing['id']}"
    assert today(make, path)["overdue"] is True
    assert then(make.viewer, path, begun + timedelta(days=1))["overdue"] is False
    assert then(make.viewer, f"{path}?as_of={(begun + timedelta(days=6)).date()}", begun + timedelta(days=1))["overdue"] is True
    assert then(make.viewer, "/groups/tst/load", begun)["as_of"] == begun.date().isoformat()


def test_nobody_is_asked_what_only_the_present_can_do(make: Make) -> None:
    """A write takes no instant."""
    decision = make.decision()
    with make.unchanged():
        answer = make.secretariat.patch(f"/decisions/{decision['id']}?known_at={instant_text(now())}", {"text": "Anew."}, version=1)
        assert answer.status_code == 422, answer.text
