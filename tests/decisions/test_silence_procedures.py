"""Silence procedures: what is circulated is adopted by itself when its deadline passes without objection, and by nothing else."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.cards import run
from app.core.dates import now
from app.core.db import table_of
from app.decisions import queries
from app.decisions.models import Decision, Objection
from app.decisions.rules import STATES, decision_state
from tests.client import Client
from tests.make import Json, Make, at, day, ok, refused


def days_on(number: int) -> datetime:
    """Noon so many days from today, so that no midnight lies near."""
    return now().replace(hour=12) + timedelta(days=number)


def circulated(make: Make, **values: Any) -> Json:
    body = {"group": "tst", "code": "S/1", "kind": "other", "text": "We agree.", "deadline": day(7)} | values
    return ok(make.secretariat.post("/silence-procedures", body))  # type: ignore[no-any-return]


@pytest.fixture
def ilo(make: Make) -> Client:
    make.member("ILO")
    return make.focal_point("ILO")


def test_silence_is_pending_until_its_deadline_and_adopted_the_day_after(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = circulated(make, subject="The plan")
    assert (made["state"], made["decided_on"], made["method"]) == ("pending", None, "silence")
    assert (made["circulated_on"], made["deadline"], made["subject"]) == (day(0), day(7), "The plan")
    before = make.rows()
    at(monkeypatch, days_on(7))
    assert make.read(f"/decisions/{made['id']}")["state"] == "pending"
    at(monkeypatch, days_on(8))
    adopted = make.read(f"/decisions/{made['id']}")
    assert (adopted["state"], adopted["decided_on"]) == ("adopted", day(8))
    assert make.rows() == before, "nothing had to happen for that"
    assert make.read(f"/decisions/{made['id']}", as_of=day(3))["state"] == "pending"


def test_an_objection_that_stands_at_the_deadline_fells_it(make: Make, ilo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = circulated(make)
    objection = ok(ilo.post(f"/decisions/{made['id']}/objections", {"agency": "ILO", "reason": "Not like this."}))
    assert (objection["stands"], objection["raised_on"], objection["on_behalf_of"]) == (True, day(0), None)
    assert objection["decision"] == {"id": made["id"], "code": "S/1", "state": "objected"}
    found = make.read(f"/decisions/{made['id']}")
    assert (found["state"], found["objections"]) == ("objected", 1)
    at(monkeypatch, days_on(8))
    fallen = make.read(f"/decisions/{made['id']}")
    assert (fallen["state"], fallen["decided_on"]) == ("fallen", None)
    with make.unchanged():
        withdraw = f"/decisions/{made['id']}/objections/{objection['id']}/withdraw"
        refused(ilo.post(withdraw, {"reason": "Too late."}), 409, "not_under_silence")
    closed = ok(make.secretariat.post(f"/decisions/{made['id']}/withdraw", {"reason": "Goes to the meeting."}), 200)
    assert (closed["state"], closed["withdrawn_on"]) == ("withdrawn", day(8))


def test_an_objection_can_be_taken_back_before_the_deadline(make: Make, ilo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = circulated(make)
    address = f"/decisions/{made['id']}/objections"
    first = ok(ilo.post(address, {"agency": "ILO", "reason": "Wait."}))
    at(monkeypatch, days_on(2))
    taken = ok(ilo.post(f"{address}/{first['id']}/withdraw", {"reason": "Met."}), 200)
    assert (taken["stands"], taken["withdrawn_on"]) == (False, day(2))
    with make.unchanged():
        assert ok(ilo.post(f"{address}/{first['id']}/withdraw", {"reason": "Again."}), 200) == taken
    assert make.read(f"/decisions/{made['id']}")["state"] == "pending"
    assert make.read(f"/decisions/{made['id']}", as_of=day(1))["state"] == "objected"
    second = ok(ilo.post(address, {"agency": "ILO", "reason": "Again."}))
    assert [o["id"] for o in make.read(address)["items"]] == [first["id"], second["id"]]
    assert [o["id"] for o in make.read(address, stands="true")["items"]] == [second["id"]]
    assert [o["id"] for o in make.read(address, as_of=day(1))["items"]] == [first["id"]]
    ok(ilo.post(f"{address}/{second['id']}/withdraw", {"reason": "Met."}), 200)
    at(monkeypatch, days_on(8))
    assert make.read(f"/decisions/{made['id']}")["state"] == "adopted"
    with make.unchanged():
        problem = refused(ilo.post(address, {"agency": "ILO", "reason": "Late."}), 409, "not_under_silence")
        assert "adopted" in problem["detail"]


def test_members_object_and_the_secretariat_only_by_proxy_with_evidence(make: Make, ilo: Client) -> None:
    make.member("OBS", role="observer")
    made = circulated(make)
    address, body = f"/decisions/{made['id']}/objections", {"agency": "ILO", "reason": "No."}
    with make.unchanged():
        refused(make.secretariat.post(address, body), 422, "evidence_required")
        refused(make.viewer.post(address, body), 403, "forbidden")
        refused(ilo.post(address, body | {"agency": "OBS"}), 403, "forbidden")
        refused(make.focal_point("OBS").post(address, body | {"agency": "OBS"}), 422, "not_a_member")
        refused(ilo.post(address, body | {"agency": "NONE"}), 422, "unknown_reference")
    proxy = ok(make.secretariat.post(address, body | {"evidence": "E-mail of 3 March"}))
    assert (proxy["on_behalf_of"]["code"], proxy["evidence"]) == ("ILO", "E-mail of 3 March")
    with make.unchanged():
        refused(ilo.post(address, body), 409, "already_objected")
        refused(make.secretariat.post(f"{address}/{proxy['id']}/withdraw", {"reason": "Met."}), 422, "evidence_required")
        refused(make.focal_point("OBS").post(f"{address}/{proxy['id']}/withdraw", {"reason": "Met."}), 403, "forbidden")
    change = ok(make.secretariat.get("/changes", params={"entity": "objection"}), 200)["items"][0]
    assert change["on_behalf_of"], "both who said it and who entered it are kept"
    ok(make.secretariat.post(f"{address}/{proxy['id']}/withdraw", {"reason": "Met.", "evidence": "E-mail of 4 March"}), 200)


def test_what_was_circulated_stays_and_only_its_deadline_moves(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made, recorded = circulated(make), make.decision(code="R")
    address = f"/decisions/{made['id']}"
    with make.unchanged():
        for change in ({"text": "Another."}, {"kind": "admit"}, {"decided_on": day(0)}, {"method": "vote"}, {"level": "technical"}):
            problem = refused(make.secretariat.patch(address, change, version=1), 409, "circulated_text")
            assert next(iter(change)) in problem["detail"]
        refused(make.secretariat.patch(address, {"deadline": day(-1)}, version=1), 422, "deadline_too_soon")
        refused(make.secretariat.patch(address, {"deadline": day(0)}, version=1), 422, "deadline_too_soon")
        refused(make.secretariat.patch(f"/decisions/{recorded['id']}", {"deadline": day(3)}, version=1), 409, "not_under_silence")
    moved = ok(
        make.secretariat.patch(address, {"deadline": day(10), "note": "Asked for by two members.", "text": "We agree."}, version=1), 200
    )
    assert (moved["deadline"], moved["state"]) == (day(10), "pending")
    at(monkeypatch, days_on(11))
    assert make.read(address)["decided_on"] == day(11)
    with make.unchanged():
        refused(make.secretariat.patch(address, {"deadline": day(20)}, version=2), 409, "not_under_silence")
    ok(make.secretariat.patch(address, {"place": "By e-mail"}, version=2), 200)


def test_what_is_withdrawn_is_never_adopted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made, recorded = circulated(make), make.decision()
    address = f"/decisions/{made['id']}/withdraw"
    gone = ok(make.secretariat.post(address, {"reason": "A mistake in it."}), 200)
    assert gone["state"] == "withdrawn"
    with make.unchanged():
        assert ok(make.secretariat.post(address, {"reason": "Again."}), 200) == gone
        refused(make.secretariat.post(f"/decisions/{recorded['id']}/withdraw", {"reason": "R"}), 409, "not_under_silence")
    at(monkeypatch, days_on(9))
    assert make.read(f"/decisions/{made['id']}")["state"] == "withdrawn"


def test_a_circulation_leaves_time_to_object(make: Make) -> None:
    assert make.group
    body = {"group": "tst", "code": "S", "text": "T"}
    with make.unchanged():
        for wrong in ({"deadline": day(-1)}, {"deadline": day(0)}, {"deadline": day(0), "circulated_on": day(0)}):
            refused(make.secretariat.post("/silence-procedures", body | wrong), 422, "deadline_too_soon")
        late = {"deadline": day(5), "circulated_on": day(1)}
        refused(make.secretariat.post("/silence-procedures", body | late), 422, "circulated_in_the_future")
    ok(make.secretariat.post("/silence-procedures", body | {"deadline": day(0), "circulated_on": day(-5)}))
    with make.unchanged():
        refused(make.secretariat.post("/silence-procedures", body | {"deadline": day(5)}), 409, "decision_code_taken")


def test_the_last_day_is_that_of_the_group_s_time_zone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.a_group("nz", time_zone="Pacific/Auckland")
    secretariat = make.service.as_(make.token("secretariat", "nz", days=300))
    at(monkeypatch, datetime(2026, 12, 1, 9, tzinfo=UTC))
    body = {"group": "nz", "code": "S", "text": "T", "deadline": "2026-12-05"}
    made = ok(secretariat.post("/silence-procedures", body))
    at(monkeypatch, datetime(2026, 12, 5, 10, 59, tzinfo=UTC))
    assert ok(secretariat.get(f"/decisions/{made['id']}"), 200)["state"] == "pending"
    at(monkeypatch, datetime(2026, 12, 5, 11, 1, tzinfo=UTC))
    assert ok(secretariat.get(f"/decisions/{made['id']}"), 200)["decided_on"] == "2026-12-06"


def test_a_text_under_silence_is_no_strangers_business_whatever_day_they_ask_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.a_group("pub", public=True)
    inside, foreigner = make.service.as_(make.token("secretariat", "pub")), make.viewer
    made = ok(inside.post("/silence-procedures", {"group": "pub", "code": "S", "text": "T", "deadline": day(7)}))
    for reader in (make.service, foreigner):
        for params in ({}, {"as_of": day(8)}, {"as_of": "2199-06-01"}):
            refused(reader.get(f"/decisions/{made['id']}", params=params), 404, "not_found")
            assert ok(reader.get("/decisions", params={"group": "pub"} | params), 200)["items"] == []
    at(monkeypatch, days_on(8))
    assert ok(make.service.get(f"/decisions/{made['id']}"), 200)["state"] == "adopted"
    assert [d["code"] for d in ok(make.service.get("/decisions?group=pub"), 200)["items"]] == ["S"]


def test_lists_tell_where_silence_stands(make: Make, ilo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, running, hit = make.decision(code="A"), circulated(make, code="B"), circulated(make, code="C", deadline=day(3))
    ok(ilo.post(f"/decisions/{hit['id']}/objections", {"agency": "ILO", "reason": "No."}))

    def codes(**params: Any) -> list[str]:
        return sorted(d["code"] for d in make.read("/decisions", **params)["items"])

    assert codes(state="pending") == codes(state="pending", group="tst") == ["B"]
    assert codes(state=["pending", "objected"]) == codes(silence="true") == ["B", "C"]
    assert codes(state="adopted") == ["A"]
    assert codes(deadline_to=day(3)) == ["C"]
    assert codes(decided_from=day(-9999), decided_to=day(9999)) == ["A"], "what is not adopted was decided on no day"
    assert codes(as_of=day(-1)) == ["A"]
    assert codes(state="adopted", as_of=day(8)) == ["A", "B"]
    assert codes(state="fallen", as_of=day(8)) == ["C"]
    at(monkeypatch, days_on(8))
    assert codes(state="adopted", decided_from=day(8)) == ["B"]
    assert (plain["objections"], running["objections"]) == (0, 0)


def test_what_is_under_silence_is_the_members_business(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.a_group("pub", public=True)
    inside = make.service.as_(make.token("secretariat", "pub"))
    made = ok(inside.post("/silence-procedures", {"group": "pub", "code": "S", "text": "T", "deadline": day(2)}))
    assert ok(make.service.get("/decisions"), 200)["items"] == []
    refused(make.service.get(f"/decisions/{made['id']}"), 404, "not_found")
    refused(make.service.get(f"/decisions/{made['id']}/objections"), 401, "unauthenticated")
    refused(make.secretariat.get(f"/decisions/{made['id']}/objections"), 404, "not_found")
    at(monkeypatch, days_on(3))
    assert [d["code"] for d in ok(make.service.get("/decisions"), 200)["items"]] == ["S"]
    assert ok(make.service.get(f"/decisions/{made['id']}"), 200)["state"] == "adopted"


def test_the_chair_may_circulate_and_withdraw(make: Make) -> None:
    make.member("CHA")
    make.chair("CHA", starts_on="2010-01-01", ends_on="2190-12-31", note="Long.")
    chair = make.focal_point("CHA")
    made = ok(chair.post("/silence-procedures", {"group": "tst", "code": "S", "text": "T", "deadline": day(2)}))
    ok(chair.post(f"/decisions/{made['id']}/withdraw", {"reason": "R"}), 200)


OBJECTIONS: tuple[tuple[tuple[int, int | None], ...], ...] = (
    (), ((0, None),), ((0, 2),), ((5, None),), ((1, 1),), ((0, 2), (4, 5)), ((0, 1), (3, None)), ((5, 5),),
)  # fmt: skip
"""Days from the circulation on which agencies objected and took that back. The last day for either is the fifth."""


def test_the_state_in_python_is_the_state_in_sql(make: Make, engine: sa.Engine) -> None:
    """Every mixture of objections, withdrawals and days, told by the rule and by the query."""
    first, agency = now().date(), make.agency("ILO")["id"]
    about: dict[str, Any] = {"version": 1, "created_at": now(), "updated_at": now()}

    def on(offset: int | None) -> Any:
        return None if offset is None else first + timedelta(days=offset)

    told, group = set[str](), make.group["id"]
    with engine.begin() as connection:
        for n, (deadline, withdrawn, raised) in enumerate(itertools.product((None, 5), (None, 3, 7), OBJECTIONS)):
            decision = Decision(
                group_id=group, code=str(n), decided_on=on(6), level="principals", method="silence", kind="other", text="T",
                circulated_on=first, deadline=on(deadline), withdrawn_on=on(withdrawn), **about,
            )  # fmt: skip
            objections = [
                Objection(
                    group_id=decision.group_id, decision_id=decision.id, agency_id=agency, reason="R", raised_on=on(start), withdrawn_on=on(end), **about
                )
                for start, end in raised
            ]  # fmt: skip
            for record in (decision, *objections):
                table = table_of(type(record))
                connection.execute(table.insert(), {c.name: getattr(record, c.name) for c in table.c})
            for offset in range(9):
                found = run(connection, queries.GET_DECISION, id=decision.id, as_of=on(offset), now=now().isoformat()).one()
                expected = decision_state(decision, objections, on(offset))
                assert json.loads(found[0])["state"] == expected, (deadline, withdrawn, raised, offset)
                told.add(expected)
    assert told == set(STATES)
