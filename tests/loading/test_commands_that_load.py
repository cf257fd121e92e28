"""`troika load`, `troika demo`, and what `troika serve --demo` shows."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.access.models import Token
from app.cli import main, show_demo
from app.core.db import table_of
from tests.loading.record import SMALL
from tests.make import Make, ok


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    monkeypatch.setenv("TROIKA_DATABASE_URL", database_url)
    return Runner()


class Runner:
    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(main, list(words))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "delta.yaml"
    path.write_text(SMALL)
    return path


def test_load_tells_line_by_line_what_it_does(run: Runner, file: Path, make: Make) -> None:
    with make.unchanged():
        dry = run("load", str(file), "--dry-run")
    assert dry.exit_code == 0
    first = run("load", str(file))
    assert first.stdout.splitlines()[:-1] == dry.stdout.splitlines()[:-1]
    assert "add      chairmanship    2015-03-01 NO" in first.stdout.splitlines()
    assert dry.stdout.splitlines()[-1].startswith("Dry run, nothing was changed: ")
    with make.unchanged():
        again = run("load", str(file))
    assert again.stdout.splitlines()[-1].startswith("0 added, ")


def test_load_names_what_is_wrong_and_loads_nothing(run: Runner, file: Path, make: Make) -> None:
    file.write_text(SMALL.replace("starts_on: 2016-03-01, ends", "starts_on: 2016-02-01, ends"))
    with make.unchanged():
        refused = run("load", str(file))
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(
        "delta.yaml:39: groups[0].chairmanships[1]: chair_overlap: A confirmed chairmanship (2015-03-01 to 2016-02-29)"
    )
    assert refused.stderr.endswith("Error: Nothing was loaded.\n")
    file.write_text("a: [")
    assert run("load", str(file)).exit_code == 1
    assert run("load", str(file.parent / "missing.yaml")).exit_code == 2


def test_demo_loads_both_groups_and_a_second_time_nothing(run: Runner, make: Make) -> None:
    first = run("demo")
    assert first.exit_code == 0, first.output
    assert [line.split(":")[0] for line in first.stdout.splitlines()] == ["gmg", "apwg"]
    with make.unchanged():
        again = run("demo")
    assert [line.split(" added")[0] for line in again.stdout.splitlines()] == ["gmg: 0", "apwg: 0"]


def test_each_start_shows_fresh_tokens_and_revokes_the_last_ones(engine: sa.Engine, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    show_demo(engine, "http://127.0.0.1:8000")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "http://127.0.0.1:8000/api/v1/groups/gmg/troika?as_of=2013-03-01" in shown.err
    assert "Loaded the demo group gmg" in shown.err
    tokens = [word for word in shown.err.split() if word.startswith("troika_")]
    people = [make.service.as_(token) for token in tokens[:4]]
    assert [ok(one.get("/me"), 200)["name"] for one in people] == [
        "demo secretariat",
        "demo focal point of IOM",
        "demo viewer",
        "demo administrator",
    ]
    with make.unchanged():
        show_demo(engine, "http://127.0.0.1:8000")
    assert "Loaded" not in capsys.readouterr().err
    assert {one.get("/me").status_code for one in people} == {401}
    with engine.connect() as connection:
        table = table_of(Token).c
        valid = connection.scalars(sa.select(table.name).where(table.revoked_at.is_(None), table.name.like("demo %"))).all()
    assert sorted(valid) == ["demo administrator", "demo focal point of IOM", "demo secretariat", "demo viewer"]
