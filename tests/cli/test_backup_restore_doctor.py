"""`troika backup`, `restore` and `doctor`: what they print, and when they end with 1."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import cli


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation with a migrated database."""
    monkeypatch.setenv("TROIKA_DATABASE_URL", f"sqlite:///{tmp_path}/data/troika.db")
    assert troika("migrate").exit_code == 0
    return tmp_path


def troika(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_a_backup_tells_in_one_line_what_it_holds(here: Path) -> None:
    troika("token", "create", "--role", "administrator")
    made = troika("backup", here / "monday")
    line = rf"{here}/monday: revision \w+, 2 rows, last change 1, \d+ bytes, sha256 [0-9a-f]{{64}}\n"
    assert (made.exit_code, bool(re.fullmatch(line, made.stdout))) == (0, True), made.output
    again = troika("backup", here / "monday")
    assert (again.exit_code, again.stderr) == (
        1, f"Error: {here}/monday is there already. Choose another name, or say --force to replace it.\n",
    )  # fmt: skip


def test_a_restore_tells_what_it_did_and_what_is_kept(here: Path) -> None:
    troika("token", "create", "--role", "administrator")
    digest = troika("backup", here / "monday").stdout.split()[-1]
    assert "Say --force" in troika("restore", here / "monday").stderr
    done = troika("restore", here / "monday", "--force")
    first, second = done.stdout.splitlines()
    assert first.startswith("Restored revision ")
    assert first.endswith(f"2 rows, last change 1, sha256 {digest}")
    assert Path(second.removeprefix("What was there is kept in ")).is_file()
    troika("migrate", "--to", "foundation")
    troika("backup", here / "older")
    assert "this version needs" in troika("restore", here / "older", "--force").stdout


def test_what_the_disk_refuses_is_told_in_a_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.keeping.backup.sync", full)
    refused = troika("backup", here / "monday")
    assert (refused.exit_code, refused.stderr) == (1, "Error: [Errno 28] No space left on device\n")
    assert not (here / "monday").exists()


def test_the_doctor_ends_with_1_when_something_fails(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    well = troika("doctor")
    assert (well.exit_code, "ok    schema" in well.stdout, "warn  tokens" in well.stdout) == (0, True, True), well.output
    troika("migrate", "--to", "foundation")
    ill = troika("doctor")
    assert (ill.exit_code, "fail  schema" in ill.stdout, "Run: troika migrate" in ill.stdout) == (1, True, True), ill.output
    monkeypatch.setenv("TROIKA_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    gone = troika("doctor")
    assert (gone.exit_code, gone.stdout.count("\n")) == (1, 1)
