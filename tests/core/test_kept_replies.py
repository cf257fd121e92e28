"""A reply is kept for one reader and one state of the data, and never outlives either."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.access.actions import revoke_token
from app.access.models import Token
from app.access.queries import Authenticator
from app.actors import ANONYMOUS, Actor, Grant, Role
from app.core import front
from app.core.dates import now
from app.core.db import table_of
from app.core.errors import NotFound, Problem
from app.core.front import KnownReader
from app.core.reading import Names, Read
from app.core.work import unit_of_work
from app.groups import queries
from tests.client import Client
from tests.make import INSTALLER, Make, ok, refused


def layer(app: FastAPI) -> KnownReader:
    """The layer of the running service that keeps replies."""
    found: Any = app.middleware_stack
    while not isinstance(found, KnownReader):
        found = found.app
    return found


def test_what_has_not_changed_is_answered_without_a_body(make: Make) -> None:
    assert make.group
    first = make.viewer.get("/groups/tst")
    etag = first.headers["etag"]
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = make.viewer.get("/groups/tst", headers={"if-none-match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    for given in ('"x"', "", etag[:-2] + '"'):
        assert make.viewer.get("/groups/tst", headers={"if-none-match": given}).content == first.content
    assert (first.headers["cache-control"], first.headers["vary"]) == ("private, no-cache", "authorization")


def test_a_list_has_an_etag_of_its_content(make: Make) -> None:
    assert make.group
    first, second = make.viewer.get("/groups"), make.viewer.get("/groups?count=true")
    assert first.headers["etag"] != second.headers["etag"]
    assert make.viewer.get("/groups", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_a_kept_reply_ends_with_the_next_write(make: Make, app: FastAPI) -> None:
    viewer = make.viewer
    first = viewer.get("/groups/tst")
    assert [key for key in layer(app).kept if key[0] == "/api/v1/groups/tst"]
    assert viewer.get("/groups/tst").content == first.content
    ok(make.secretariat.patch("/groups/tst", {"name": "Renamed"}, version=1), 200)
    changed = viewer.get("/groups/tst", headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Renamed")


def test_a_kept_reply_ends_with_a_write_from_elsewhere(make: Make) -> None:
    viewer = make.viewer
    assert ok(viewer.get("/groups/tst"), 200)["name"] == "Group tst"
    with make.engine.begin() as connection:
        connection.execute(sa.text("UPDATE groups SET name = 'Elsewhere'"))
    assert ok(viewer.get("/groups/tst"), 200)["name"] == "Elsewhere"


def test_a_kept_reply_is_for_its_own_reader_only(make: Make, service: Client) -> None:
    make.a_group("oth")
    stranger = service.as_(make.token("viewer", "oth"))
    make.viewer.get("/groups/tst")
    assert ok(make.viewer.get("/groups/tst"), 200)
    refused(stranger.get("/groups/tst"), 404, "not_found")
    refused(service.get("/groups/tst"), 404, "not_found")
    assert [g["code"] for g in ok(make.viewer.get("/groups"), 200)["items"]] == ["tst"]
    assert [g["code"] for g in ok(stranger.get("/groups"), 200)["items"]] == ["oth"]
    assert ok(service.get("/groups"), 200)["items"] == []
    refused(service.as_("troika_wrong").get("/groups"), 401, "unauthenticated")


def test_a_refusal_is_not_kept(make: Make, app: FastAPI) -> None:
    viewer = make.viewer
    refused(viewer.get("/groups/none"), 404, "not_found")
    assert not [key for key in layer(app).kept if "none" in key[0]]
    assert "etag" not in viewer.get("/groups/none").headers


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_right_that_ends_is_gone_at_the_next_request(make: Make, service: Client, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make.group
    held = service.as_(make.token("viewer", "tst"))
    etag = held.get("/groups/tst").headers["etag"]
    assert held.get("/groups/tst").status_code == 200
    if how == "revoked":
        issued = ok(held.get("/me"), 200)["id"]
        with unit_of_work(make.engine, INSTALLER, now()) as work:
            revoke_token(work, work.get(Token, issued))
            assert revoke_token(work, work.get(Token, issued)).revoked_at
    else:  # nothing is written: only the clock moves
        later = now() + timedelta(days=30)
        monkeypatch.setattr(front, "now", lambda: later)
    for _ in range(2):
        answer = held.get("/groups/tst", headers={"if-none-match": etag})
        assert "expired or was revoked" in refused(answer, 401, "unauthenticated")["detail"]


def test_the_chair_s_rights_end_with_the_day(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.modality()
    make.member("ILO")
    make.chair("ILO", starts_on="2014-01-01")
    ilo = make.service.as_(make.token("focal_point", "tst", "ILO", days=36_500))
    for moment, chairing in ((datetime(2014, 12, 31, 23, 59, 59, tzinfo=UTC), True), (datetime(2015, 1, 1, tzinfo=UTC), False)):
        monkeypatch.setattr(front, "now", lambda moment=moment: moment)
        assert ok(ilo.get("/me"), 200)["grants"][0]["chairing"] is chairing


def test_today_moves_without_a_write(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.a_group("zur", time_zone="Europe/Zurich")
    secret = make.token("viewer", "zur", days=36_500)
    for hour, day in ((21, "2014-06-30"), (22, "2014-07-01")):
        moment = datetime(2014, 6, 30, hour, 59 if hour == 21 else 0, tzinfo=UTC)
        monkeypatch.setattr(front, "now", lambda moment=moment: moment)
        assert ok(make.service.as_(secret).get("/groups/zur/troika"), 200)["as_of"] == day


class Slow:
    """A database whose look-ups take as long as a test wants."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows, self.asked, self.go_on = rows, asyncio.Event(), asyncio.Event()

    async def fetch(self, *_: Any, **__: Any) -> list[Any]:
        found = self.rows
        self.asked.set()
        await self.go_on.wait()
        return found


def test_a_look_up_that_began_before_a_revocation_is_not_remembered_after_it(make: Make) -> None:
    secret = make.token("administrator")
    with make.engine.connect() as connection:
        issued = connection.scalar(sa.select(table_of(Token).c.id))
    valid = f'{{"id":"{issued}","name":"n","role":"administrator","group_id":null,"agency_id":null,"expires_at":"2999-01-01T00:00:00Z","revoked_at":null,"time_zone":null}}'
    header = (b"authorization", f"Bearer {secret}".encode())

    async def interleave() -> None:
        slow = Slow([(valid,)])
        authenticate = Authenticator(slow)  # type: ignore[arg-type]
        first = asyncio.create_task(authenticate({"headers": [header], "version": "before"}, now()))
        await slow.asked.wait()
        slow.rows = [(valid.replace('"revoked_at":null', '"revoked_at":"2001-01-01T00:00:00Z"'),)]
        assert await authenticate({"headers": [], "version": "after"}, now()) is ANONYMOUS
        second = asyncio.create_task(authenticate({"headers": [header], "version": "after"}, now()))
        slow.go_on.set()
        assert (await first).id == issued
        with pytest.raises(Problem, match="revoked"):
            await second
        with pytest.raises(Problem, match="revoked"):
            await authenticate({"headers": [header], "version": "after"}, now())

    asyncio.run(interleave())


def test_a_name_that_was_looked_up_before_a_change_is_not_remembered_after_it() -> None:
    names = Names(queries.BY_CODE, queries.BY_CODE)
    app = SimpleNamespace(state=SimpleNamespace(names=names))
    reader = Actor("a", "an administrator", frozenset({Grant(Role.ADMINISTRATOR)}))

    async def interleave() -> None:
        slow = Slow([("1", "tst", "Europe/Zurich", False)])

        async def zone(version: str, code: str = "tst") -> str:
            request: Any = SimpleNamespace(app=app, scope={"version": version})
            return (await Read(slow, reader, now(), request).group(code)).time_zone

        first = asyncio.create_task(zone("before"))
        await slow.asked.wait()
        slow.rows = [("1", "tst", "Asia/Tokyo", False)]
        other = asyncio.create_task(zone("after", "other"))
        await asyncio.sleep(0)
        slow.go_on.set()
        assert (await first, await other) == ("Europe/Zurich", "Asia/Tokyo")
        assert await zone("after") == "Asia/Tokyo"
        slow.rows = []
        assert await zone("after") == "Asia/Tokyo", "it is remembered while nothing changes"
        with pytest.raises(NotFound):
            await zone("later")
        assert names.found == {}, "what is not there is not remembered"

    asyncio.run(interleave())


class Still:
    """A database that never moves."""

    async def version(self) -> str:
        return "1"


async def anybody(_: Any, __: datetime) -> Any:
    return ANONYMOUS


def ask(kept: KnownReader, path: str) -> Any:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "now": now()}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    return kept(scope, None, send), sent  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, 40_000, 1_000_000])
def test_what_is_kept_stays_within_its_limit_however_many_ask_at_once(limit: int) -> None:
    async def app(scope: Any, _: Any, send: Any) -> None:
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 4_000})

    kept = KnownReader(app, Still(), anybody, limit)  # type: ignore[arg-type]

    async def crowd() -> None:
        for n in range(20):
            asked = [ask(kept, f"/api/v1/{n}") for _ in range(30)]
            await asyncio.gather(*(call for call, _ in asked))
            assert all(sent[0]["status"] == 200 and len(sent[1]["body"]) == 4_000 for _, sent in asked)
            assert kept.size == 5_000 * len(kept.kept) <= max(limit, 0)

    asyncio.run(crowd())
    assert len(kept.kept) == min(20, limit // 5_000)
