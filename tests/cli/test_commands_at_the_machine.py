"""The command `troika`: what it prints where, and what it says when it cannot."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import cli
from app.main import create_app
from tests.client import serving
from tests.make import ok

Url = str


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Url:
    """An empty place for a database, in a folder that is not there yet."""
    where = f"sqlite:///{tmp_path}/data/troika.db"
    monkeypatch.setenv("TROIKA_DATABASE_URL", where)
    return where


def troika(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words)


def test_migrate_makes_the_folder_and_goes_down_again(url: Url) -> None:
    assert troika("migrate").exit_code == 0
    assert "Troika" in troika("--help").output
    down = troika("migrate", "--to", "foundation")
    assert (down.exit_code, "at revision foundation" in down.stderr) == (0, True)
    unknown = troika("migrate", "--to", "nowhere")
    assert unknown.exit_code == 1
    assert "There is no revision nowhere. Known: " in unknown.stderr


def test_a_token_stands_alone_on_standard_output(url: Url) -> None:
    troika("migrate")
    made = troika("token", "create", "--role", "administrator", "--days", "3", "--name", "mine")
    assert (made.exit_code, made.stderr, made.stdout.count("\n")) == (0, "", 1)

    with serving(create_app()) as client:
        assert ok(client.as_(made.stdout.strip()).get("/me"), 200)["name"] == "mine"
        listed = troika("token", "list").stdout
        assert "administrator" in listed
        issued = listed.split()[0]
        assert troika("token", "revoke", issued).stderr == "Revoked.\n"
        assert client.as_(made.stdout.strip()).get("/me").status_code == 401
        assert "revoked" in troika("token", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("token", "create", "--role", "viewer"), "The role viewer needs a group and no agency."),
        (("token", "create", "--role", "focal_point", "--group", "gmg"), "The role focal_point needs a group and an agency."),
        (("token", "create", "--role", "secretariat", "--group", "nobody"), "There is no group of that name or id"),
        (("token", "revoke", "nothing"), "There is no such token"),
    ],
)
def test_a_refusal_says_what_would_be_right(url: Url, words: tuple[str, ...], said: str) -> None:
    troika("migrate")
    refused = troika(*words)
    assert (refused.exit_code, refused.stdout, said in refused.stderr) == (1, "", True), refused.stderr


def test_a_database_that_is_empty_or_away_is_named_with_the_remedy(url: Url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(tmp_path / "data").mkdir()
    for words in (("token", "list"), ("serve",)):
        assert "The database is empty. Run: troika migrate" in troika(*words).stderr
    monkeypatch.setenv("TROIKA_DATABASE_URL", f"postgresql://nobody@/nothing?host={tmp_path}")
    for words in (("token", "list"), ("serve",)):
        assert "The database cannot be reached. Check TROIKA_DATABASE_URL" in troika(*words).stderr


def test_an_unsafe_sqlite_is_refused_before_anything_else(url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "unsafe_sqlite", lambda: "SQLite 3.40.1 has the WAL-reset bug.")
    assert "WAL-reset" in troika("migrate").stderr


def test_serve_migrates_loads_the_demo_and_prints_a_token_for_each_role(url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, object]] = []
    monkeypatch.setattr("uvicorn.run", lambda _app, **options: served.append(options))
    first = troika("serve", "--demo", "--port", "8099")
    assert first.exit_code == 0, first.output
    assert [o["port"] for o in served] == [8099]
    assert "http://127.0.0.1:8099/api" in first.stderr
    tokens = [line.split()[-1] for line in first.stderr.splitlines() if "troika_" in line and "curl" not in line]
    assert len(tokens) == 4
    again = troika("serve", "--demo")
    assert "Loaded the demo group" not in again.stderr
    assert not any(token in again.stderr for token in tokens)


def test_a_taken_port_is_named_before_anything_is_changed(url: Url) -> None:
    assert troika("serve", "--demo", "--port", "8098", "--host", "192.0.2.1").exit_code == 1  # an address that is not this machine's
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = troika("serve", "--demo", "--port", str(port))
    assert (taken.exit_code, f"127.0.0.1:{port} cannot be had" in taken.stderr) == (1, True)
    assert troika("token", "list").stdout == ""
