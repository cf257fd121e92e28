"""The same POST sent again has one effect and gives one answer, for a day, per actor and address."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.dates import now
from app.core.idempotency import KEPT, table
from tests.make import Make, ok, refused


def body(code: str = "ILO", **values: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Agency {code}"} | values


def key(text: str = "k-1") -> dict[str, str]:
    return {"idempotency-key": text}


def test_one_key_sent_five_times_at_once_has_one_effect_and_one_answer(make: Make) -> None:
    administrator = make.administrator
    before = make.journal()
    answers = administrator.at_once(*[lambda: administrator.post("/agencies", body(), headers=key())] * 5)
    told = {(a.status_code, a.text, a.headers["location"], a.headers["etag"]) for a in answers}
    assert len(told) == 1
    assert next(iter(told))[0] == 201
    assert make.journal() == before + 1
    assert ok(administrator.get("/agencies", params={"count": "true"}), 200)["total"] == 1


def test_without_a_key_the_second_is_refused(make: Make) -> None:
    administrator = make.administrator
    answers = administrator.at_once(*[lambda: administrator.post("/agencies", body())] * 5)
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]


def test_another_body_under_the_same_key_is_refused(make: Make) -> None:
    ok(make.administrator.post("/agencies", body(), headers=key()))
    before = make.journal()
    refused(make.administrator.post("/agencies", body("IOM"), headers=key()), 422, "idempotency_mismatch")
    assert make.journal() == before
    assert ok(make.administrator.post("/agencies", body(), headers=key()))["code"] == "ILO"


def test_a_refusal_is_judged_afresh(make: Make) -> None:
    member = {"agency": "ILO", "starts_on": "2010-01-01"}
    assert make.group
    refused(make.secretariat.post("/groups/tst/members", member, headers=key()), 422, "unknown_reference")
    make.agency("ILO")
    first = ok(make.secretariat.post("/groups/tst/members", member, headers=key()))
    assert ok(make.secretariat.post("/groups/tst/members", member, headers=key())) == first


def test_each_actor_and_each_address_has_keys_of_its_own(make: Make) -> None:
    second = make.service.as_(make.token("administrator"))
    ok(make.administrator.post("/agencies", body(), headers=key()))
    ok(second.post("/agencies", body("IOM"), headers=key()))
    ok(make.administrator.post("/people", {"name": "N", "agency": "ILO"}, headers=key()))


@pytest.mark.parametrize("bad", ["", "x" * 256, "schlüssel".encode(), "a\tb"])
def test_a_key_out_of_bounds_is_refused(make: Make, bad: str | bytes) -> None:
    before = make.journal()
    administrator = make.administrator
    before = make.journal()
    refused(administrator.post("/agencies", body(), headers={"idempotency-key": bad}), 400, "malformed")
    assert make.journal() == before
    ok(administrator.post("/agencies", body(), headers=key("x" * 255)))


def test_a_key_is_forgotten_after_a_day(make: Make) -> None:
    ok(make.administrator.post("/agencies", body(), headers=key()))
    for age, status in ((KEPT - timedelta(minutes=5), 422), (KEPT + timedelta(minutes=5), 201)):
        with make.engine.begin() as connection:
            connection.execute(sa.update(table).values(at=now() - age))
        assert make.administrator.post("/agencies", body("IOM"), headers=key()).status_code == status
    with make.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_a_patch_takes_no_notice_of_a_key(make: Make) -> None:
    assert make.group
    assert make.administrator.patch("/groups/tst", {"name": "X"}, version=1, headers=key()).status_code == 200
    with make.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0
