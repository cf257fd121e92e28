"""Every command in the documentation is run, and what it shows must be what comes out.

A ```console block holds commands after `$ ` and the output they show. An output line must occur in the real output, in that
order; `…` stands for anything. A page's commands share one shell, so a page reads as one session. The service that the pages talk to is a
real process with the demo loaded, as `make run` starts it, on a port of its own.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STARTS = ("make run", "make test", "git clone", "cd troika")
"""What sets the machine up: the service is running already, and this is the test run."""


@dataclass
class Step:
    """A command of a page, and the lines that it shows."""

    command: str
    shown: list[str]


def steps(page: Path) -> list[Step]:
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:], []))
            elif found and found[-1].command.endswith("\\") and not found[-1].shown:
                found[-1].command = f"{found[-1].command[:-1].rstrip()} {line.strip()}"
            elif line.strip():
                found[-1].shown.append(line)
    return [step for step in found if not step.command.startswith(STARTS)]


def missing_line(shown: list[str], output: str) -> str | None:
    """The first shown line that does not occur in the output after the ones before it."""
    rest = output.splitlines()
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
        while rest and not re.search(pattern, rest[0]):
            rest.pop(0)
        if not rest:
            return line
        rest.pop(0)
    return None


@dataclass
class Place:
    """A folder like a fresh clone's, with the service running on a port."""

    folder: Path
    port: int
    environment: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if not shutil.which("curl"):
        pytest.skip("the documentation's commands need curl")
    folder = tmp_path_factory.mktemp("clone")
    for name in ("docs", "app", "README.md", "migrations", "alembic.ini"):
        (folder / name).symlink_to(ROOT / name)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    troika = programs / "troika"
    troika.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m app.cli "$@"\n')
    troika.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8",
        "TROIKA_DATABASE_URL": f"sqlite:///{folder}/data/troika.db",
    }  # fmt: skip
    command = [str(troika), "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as service:
        assert service.stderr
        log = []
        for line in service.stderr:
            log.append(line)
            if "Uvicorn running" in line:
                break
        assert service.poll() is None, "".join(log)
        yield Place(folder, port, environment)
        service.terminate()
        service.stderr.read()


def run_all(place: Place, commands: list[str]) -> list[str]:
    """What each command of one shell session prints (standard output and error together)."""
    mark = "----- next command -----"
    script = "\n".join(f"{command.replace('127.0.0.1:8000', f'127.0.0.1:{place.port}')}\necho '{mark}'" for command in commands)
    shell = [shutil.which("bash") or "/bin/sh", "-c", f"exec 2>&1\n{script}"]
    ran = subprocess.run(shell, cwd=place.folder, env=place.environment, capture_output=True, text=True, timeout=120, check=False)
    return ran.stdout.replace(f"127.0.0.1:{place.port}", "127.0.0.1:8000").split(f"{mark}\n")


@pytest.mark.parametrize("page", [p for p in PAGES if steps(p)], ids=lambda p: p.name)
def test_every_command_shows_what_the_page_says(place: Place, page: Path) -> None:
    session = steps(page)
    for step, output in zip(session, run_all(place, [s.command for s in session]), strict=False):
        missing = missing_line(step.shown, output)
        assert missing is None, f"{page.name}: $ {step.command}\nshows not: {missing}\nbut:\n{output}"


def test_a_page_that_shows_something_else_is_found_out() -> None:
    assert missing_line(["a", "c…e"], "a\nb\nc d e\n") is None
    assert missing_line(["c", "a"], "a\nb\nc\n") == "a"


def test_every_page_but_the_decisions_is_reachable_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    assert [p.name for p in PAGES[1:] if f"docs/{p.name}" not in text] == []
