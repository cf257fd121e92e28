"""Drives a server with `wrk`, which costs little beside what it measures."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

SCRIPT = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Call:
    """One request of a series."""

    path: str
    token: str | None = None
    header: str | None = None
    body: str | None = None

    @property
    def line(self) -> str:
        return "\t".join(["POST" if self.body else "GET", self.path, self.token or "-", self.header or "-", self.body or "-"])

    @property
    def headers(self) -> dict[str, str]:
        found = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return found | (dict([self.header.split(": ", 1)]) if self.header else {})


@dataclass(frozen=True)
class Result:
    """What came of a run: how many a second, how long they took in milliseconds, and what failed."""

    requests: int
    seconds: float
    bytes: int
    broken: int
    """Connections refused, cut or timed out."""
    refused: int
    """Answers of 400 and above."""
    p50: float
    p95: float
    p99: float
    max: float
    work: float = 0.0
    """Processor time of the server process per request, in microseconds; the database's own processes not counted."""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def check_installed() -> None:
    if shutil.which("wrk") is None:
        raise click.ClickException("This needs wrk. Install it: apt-get install wrk (Debian, Ubuntu), brew install wrk (macOS).")


def write_calls(path: Path, calls: Iterable[Call]) -> Path:
    path.write_text("".join(call.line + "\n" for call in calls))
    return path


def start(address: str, calls: Path, *, seconds: float, connections: int, first: int = 0) -> "subprocess.Popen[str]":
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "30s",
        "-s",
        str(SCRIPT),
        address,
        "--",
        str(calls),
        str(first),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def result(process: "subprocess.Popen[str]") -> Result:
    text, _ = process.communicate()
    lines = [line for line in text.splitlines() if line.startswith("RESULT ")]
    if process.returncode or not lines:
        raise RuntimeError(f"wrk failed: {text}")
    return Result(**json.loads(lines[0].removeprefix("RESULT ")))


def run(address: str, calls: Path, *, seconds: float, connections: int, first: int = 0) -> Result:
    """Send these calls in turn for so many seconds."""
    process = start(address, calls, seconds=seconds, connections=connections, first=first)
    try:
        return result(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
