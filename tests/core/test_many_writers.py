"""A hundred clients write at the same moment: a hundred answers, no 500, every row there."""

import pytest

from app.core.database import PostgresDatabase, SQLiteDatabase
from app.main import create_app
from app.settings import Settings
from tests.client import serving
from tests.make import Make, ok, refused


def test_a_hundred_clients_write_at_once(make: Make) -> None:
    assert make.group
    administrator, before = make.administrator, make.journal()
    answers = administrator.at_once(
        *[lambda n=n: administrator.post("/agencies", {"code": f"A{n}", "name": f"Agency {n}"}) for n in range(100)]
    )
    assert [a.status_code for a in answers] == [201] * 100
    assert len({a.json()["id"] for a in answers}) == 100
    assert ok(administrator.get("/agencies", params={"count": "true"}), 200)["total"] == 100
    assert make.journal() == before + 100


def test_a_refused_write_in_a_crowd_takes_no_other_with_it(make: Make) -> None:
    administrator, before = make.administrator, make.journal()
    answers = administrator.at_once(
        *[lambda n=n: administrator.post("/agencies", {"code": f"A{n // 2}", "name": "Twice"}) for n in range(40)]
    )
    assert sorted(a.status_code for a in answers) == [201] * 20 + [409] * 20
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"agency_name_taken"}
    assert make.journal() == before + 20


def test_more_than_may_wait_are_asked_to_come_back(make: Make, database_url: str) -> None:
    administrator = make.administrator
    with serving(create_app(Settings(database_url=database_url, write_queue=1))) as narrow:
        client = narrow.as_(administrator.token)
        answers = client.at_once(*[lambda n=n: client.post("/agencies", {"code": f"A{n}", "name": "N"}) for n in range(30)])
    assert {a.status_code for a in answers} == {201, 503}
    busy = [a for a in answers if a.status_code == 503]
    assert all(a.headers["retry-after"] for a in busy)
    assert ok(administrator.get("/agencies", params={"count": "true"}), 200)["total"] == 30 - len(busy)


def test_a_closed_database_takes_no_more_writes(make: Make, database_url: str) -> None:
    app = create_app(Settings(database_url=database_url))
    with serving(app) as client:
        assert isinstance(app.state.database, SQLiteDatabase | PostgresDatabase)
        if isinstance(app.state.database, PostgresDatabase):
            pytest.skip("its threads are gone when it is closed")
        app.state.database._closing = True
        refused(client.as_(make.administrator.token).post("/agencies", {"code": "X", "name": "X"}), 503, "unavailable")
        app.state.database._closing = False
