"""The measurements measure what they say: the rows keep every rule, the rival answers what we answer, the page tells what was found."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner

from app import cli
from app.core import journal
from app.core.dates import instant_text, now
from app.core.db import Record, table_of, write_engine
from app.core.journal import Change
from app.deliverables.models import Assignment, Deliverable, ProgressUpdate
from app.groups.models import Group
from bench import cells, load, report, servers, wrk
from bench.__main__ import main
from bench.measure import Finding
from bench.rival import main as rival
from bench.rows import Rows, secret
from bench.samples import Samples
from tests.client import Client
from tests.core.test_schema_gate import fresh  # noqa: F401  (a fixture)
from tests.make import ok

SIZE = 400


@pytest.fixture
def loaded(service: Client, database_url: str) -> Samples:
    """The service over made-up rows, loaded with every rule and index on."""
    load.load(database_url, SIZE, checked=True)
    return Samples(database_url, SIZE)


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Where two JSON values differ. Instants are the same however many zeros they bear."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = dict.fromkeys([*ours, *theirs])
        return [d for n in names for d in differences(ours.get(n, "missing"), theirs.get(n, "missing"), f"{where}/{n}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [d for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) for d in differences(a, b, f"{where}/{i}")]
    if where.endswith("_at") and isinstance(ours, str) and isinstance(theirs, str):
        ours, theirs = datetime.fromisoformat(ours), datetime.fromisoformat(theirs)
    return [] if ours == theirs and type(ours) is type(theirs) else [f"{where}: {ours!r} is {theirs!r}"]


Ask = Callable[..., httpx.Response]


@contextmanager
def asking(app: Any) -> Iterator[Ask]:
    """Any ASGI application with its lifespan, in this process: `ask(method, path, …)`."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        yield lambda method, path, **options: portal.call(lambda: http.request(method, path, **options))
        portal.call(http.aclose)


@pytest.fixture
def usual(loaded: Samples, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """The rival over the same rows."""
    engine = rival.connect(loaded.url)
    monkeypatch.setattr(rival, "engine", engine)
    with asking(rival.app) as ask:
        yield ask
    engine.dispose()


def compared(service: Client, usual: Ask, calls: list[wrk.Call]) -> list[str]:
    """Where the rival's answers to these calls differ from ours."""
    found = []
    for call in calls:
        ours = service.as_(call.token).get(call.path)
        theirs = usual("GET", call.path, headers=call.headers)
        if ours.status_code != theirs.status_code:
            found.append(f"{call.path}: {ours.status_code} is {theirs.status_code}")
        elif ours.status_code == 200:
            found += [f"{call.path}{d}" for d in differences(ours.json(), theirs.json())]
    return found


def seen_by_others(samples: Samples) -> list[wrk.Call]:
    """The same addresses, asked for by somebody of another group: public things and nothing else."""
    stranger = secret("secretariat of g001")
    return [wrk.Call(call.path, stranger) for call in [*samples.items, *samples.pages] if call.token != stranger]


def test_the_rival_answers_field_by_field_what_we_answer(service: Client, usual: Ask, loaded: Samples) -> None:
    calls = [*loaded.items[:40], *loaded.pages[4:10], *loaded.parts[:20], *loaded.parts_everywhere[:6]]
    assert compared(service, usual, calls) == []
    for path in ("/deliverables?group=g000&sort=due&limit=20", "/assignments?agency=IOM&state=accepted&sort=due&limit=5"):
        first = ok(service.as_(loaded.admin).get(path), 200)["next_cursor"]
        assert compared(service, usual, [wrk.Call(f"/api/v1{path}{after}", loaded.admin) for after in ("", f"&cursor={first}")]) == []
    answers = [service.as_(call.token).get(call.path).json() for call in loaded.pages[::9]]
    items = [item for answer in answers for item in answer["items"]]
    for name in ("lead", "co_leads", "asked", "flags", "body", "due", "delivered", "sources", "slip_days", "stale_days"):
        assert any(item[name] for item in items), name
    assert {"overdue", "no_lead", "stale"} <= {flag for item in items for flag in item["flags"]}


def test_the_rival_shows_strangers_no_more_than_we_do(service: Client, usual: Ask, loaded: Samples) -> None:
    calls = seen_by_others(loaded)[:120]
    assert compared(service, usual, calls) == []
    assert {200, 404} <= {service.as_(call.token).get(call.path).status_code for call in calls}
    assert [usual("GET", loaded.items[0].path, headers=wrk.Call("", t).headers).status_code for t in (None, "unknown")] == [401, 401]


def test_a_rival_that_leaves_work_out_is_found(service: Client, usual: Ask, loaded: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rival, "flags", lambda *_: [])
    assert any("/flags" in d for d in compared(service, usual, loaded.pages[:3]))
    monkeypatch.setattr(rival, "sees", lambda *_: True)
    assert any(": 404 is 200" in d for d in compared(service, usual, seen_by_others(loaded)[:120]))


def untold(engine: sa.Engine) -> list[str]:
    """Records whose newest change is missing, or shows another picture than the service's own journal would."""
    found = []
    newest = table_of(Change)
    with sa.orm.Session(engine) as session:
        for model in (Deliverable, Assignment, ProgressUpdate, Group):
            for record in session.scalars(sa.select(model).order_by(table_of(model).c.id).limit(30)):
                assert isinstance(record, Record)
                change = session.execute(
                    sa.select(newest).where(newest.c.entity_id == record.id).order_by(newest.c.seq.desc()).limit(1)
                ).one_or_none()
                wanted = (journal.picture(record), record.version, record.entity(), record.in_group, record.about)
                if change is None or wanted != (change.picture, change.record_version, change.entity, change.group_id, change.about_id):
                    found.append(f"{record.entity()} {record.id}")
        session.rollback()
    return found


def test_made_up_rows_keep_every_rule_and_are_told_by_the_journal(loaded: Samples, engine: sa.Engine) -> None:
    assert untold(engine) == []
    with engine.begin() as connection:
        count = {n: connection.scalar(sa.text(f"SELECT count(*) FROM {n}")) for n in ("deliverables", "assignments", "changes")}
        missing = sa.text(
            "SELECT count(*) FROM assignments t JOIN deliverables d ON d.id = t.deliverable_id WHERE t.due_on <> coalesce(d.due_on, '9999-01-01')"
        )
        assert connection.scalar(missing) == 0
        assert count["deliverables"] == SIZE
        assert count["assignments"] == 2 * SIZE
        assert count["changes"] > 3 * SIZE
        states = connection.execute(sa.text("SELECT role, state FROM assignments GROUP BY role, state")).all()
        assert {"lead", "co_lead", "contributor", "reviewer"} == {s.role for s in states}
        assert {"accepted", "proposed", "declined", "ended"} == {s.state for s in states}
        connection.execute(sa.text("UPDATE changes SET picture = '{}' WHERE entity = 'assignment'"))  # a planted difference must show
    assert len(untold(engine)) == 30


def test_a_quick_load_leaves_the_same_rows_and_the_same_schema(loaded: Samples, fresh: str) -> None:  # noqa: F811
    load.fill(fresh, SIZE)
    assert asked(fresh, schema_of(fresh)) == asked(loaded.url, schema_of(loaded.url))
    assert asked(fresh, "SELECT 'expired' FROM deliverable_cards WHERE until < '0002-01-01'") == []
    rows = "SELECT count(*) || max(id) || sum(length(search)) || sum(length(title)) FROM deliverables"
    assert asked(fresh, rows) == asked(loaded.url, rows)


def asked(url: str, text: str) -> list[str]:
    """A query's answer over a connection that is closed again. PostgreSQL writes what it reads back with other casts and brackets."""
    engine = write_engine(url)
    with engine.connect() as connection:
        found = [re.sub(r"::(text|character varying)|[()\[\]]", "", row) for row in connection.execute(sa.text(text)).scalars()]
        connection.rollback()
    engine.dispose()
    return sorted(found)


def schema_of(url: str) -> str:
    """Every index, trigger and constraint."""
    if url.startswith("sqlite"):
        return "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_stat%'"
    return (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
        "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint UNION ALL "
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    )


def test_rows_are_the_same_every_time_they_are_made() -> None:
    def digest() -> str:
        made = Rows(100)
        return json.dumps([list(made.foundations().values()), list(made.deliverables(1).values())])

    assert digest() == digest()


def test_everything_that_is_measured_can_be_asked_for(service: Client, loaded: Samples) -> None:
    for cell in cells.READS:
        for call in cell.calls(loaded)[:5]:
            ok(service.as_(call.token).get(call.path), 200)
    first = ok(service.as_(loaded.admin).get("/deliverables?sort=due&limit=50"), 200)
    assert loaded.deep(2)[0].path.endswith(f"&cursor={first['next_cursor']}")
    for call in [*loaded.counts(), *loaded.counts_of_a_plan()[:5]]:
        assert ok(service.as_(call.token).get(call.path), 200)["total"] >= 0
    for call in loaded.updates()[:5]:
        ok(service.as_(call.token).post(call.path, json.loads(call.body or "")))


def test_the_bare_way_writes_what_it_acknowledges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench import bare

    monkeypatch.setattr(bare, "URL", f"sqlite:///{tmp_path}/bare.db")
    monkeypatch.setattr(bare, "writer", bare.OneWriter())
    with asking(bare.app) as ask:
        answers = [ask("POST", f"/items/{n}/notes", json={"narrative": f"Report {n}"}).status_code for n in range(3)]
    assert answers == [201, 201, 201]
    engine = rival.connect(f"sqlite:///{tmp_path}/bare.db")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT item_id, text FROM notes")).all() == [(n, f"Report {n}") for n in range(3)]
        assert connection.scalar(sa.text("SELECT sum(version) FROM items")) == bare.ITEMS + 3
    engine.dispose()


def test_the_past_of_the_made_up_rows_is_there(service: Client, loaded: Samples) -> None:
    """Each instant is another state, and the state of now is what the rows are."""
    calls = loaded.pasts()
    assert len(calls) >= 3
    pages = [ok(service.as_(call.token).get(call.path), 200)["items"] for call in calls]
    assert all(pages)
    (present,) = loaded.present()
    reader = service.as_(present.token)
    assert reader.get(f"{present.path}&known_at={instant_text(now())}").json() == reader.get(present.path).json()


FOUND = [
    Finding("item", "One deliverable", "sqlite", "of the floor", 0.41, 0.35, spread=(0.4, 0.42), details={"ours": "9,000/s"}),
    Finding("item", "One deliverable", "sqlite", "times the usual way", 4.2, 5),
    Finding("count", "Count", "postgresql", "times as long", 1.2, 1.5, least=False),
    Finding("stats", "Statistics", "postgresql", "times as long", None, 1.5, least=False, note="404"),
    Finding("memory", "Memory", "postgresql", "RssAnon", 151, 150, least=False, unit=" MiB"),
]


def test_the_page_says_of_each_figure_whether_it_is_met() -> None:
    text = report.page(FOUND, date(2026, 6, 30), report.machine(), ["SQLite: 400 deliverables"], "python -m bench", load=0.2)
    assert "**2 of 5 targets met.**" in text
    assert "| `item` | One deliverable | SQLite | **0.41×** of the floor [0.4–0.42] | ≥ 0.35 | met | ours 9,000/s |" in text
    assert "**4.20×** times the usual way | ≥ 5 | **not met**" in text
    assert "not measured | ≤ 1.5 | **not met**: 404" in text
    assert "**151 MiB** RssAnon | ≤ 150 | **not met**" in text
    assert report.BUSY not in text
    busy = report.page(FOUND, date(2026, 6, 30), [], [], "python -m bench", load=2.5)
    assert report.BUSY in busy
    assert "2.5" in busy


def test_without_wrk_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    outcome = CliRunner().invoke(main, ["--quick"])
    assert outcome.exit_code == 1
    assert outcome.output == "Error: This needs wrk. Install it: apt-get install wrk (Debian, Ubuntu), brew install wrk (macOS).\n"


def test_an_unknown_measurement_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrk, "check_installed", lambda: None)
    outcome = CliRunner().invoke(main, ["--only", "item,itme"])
    assert outcome.exit_code == 2
    assert "there is no itme" in outcome.output


def test_the_floor_answers_the_bytes_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench import floor

    monkeypatch.setattr(floor, "BODY", b'{"a":1}')
    with asking(floor.app) as ask:
        answer = ask("GET", "/api/v1/anything?a=b")
    assert (answer.content, answer.headers["content-type"]) == (b'{"a":1}', "application/json")


def test_everything_is_served_with_the_options_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: served.append(options | {"app": app}))
    monkeypatch.setenv("TROIKA_DATABASE_URL", f"sqlite:///{tmp_path}/troika.db")
    assert CliRunner().invoke(cli.main, ["serve", "--migrate", "--port", str(servers.free_port())]).exit_code == 0
    exec(servers.UVICORN.format(app="app.main:serve_app", factory=True, port=served[0]["port"]))  # noqa: S102
    alone = {"workers", "timeout_worker_healthcheck"}  # what several workers need
    assert {name: value for name, value in served[0].items() if name not in alone} == served[1]


def test_the_empty_application_answers_when_it_is_up() -> None:
    from bench import empty

    with asking(empty.create_app()) as ask:
        assert ask("GET", "/healthz").json() == {"status": "ok"}
