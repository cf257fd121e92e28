"""`docs/performance.md`, from what was measured."""

import os
import platform
import shutil
import subprocess
from datetime import date
from pathlib import Path

from app.core.db import sqlite
from bench.measure import Finding

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
HEADINGS = {
    "of the floor": "Reads beside the floor",
    "times the usual way": "Reads beside the usual way",
    "times as long": "What grows with the rows",
    "writes": "Writes",
    "costs": "Memory and start",
}
INTRODUCTION = """# Performance

This page is written by `make bench` and not edited by hand. Requests per second say little about another machine; so every figure that
counts is a **ratio** of two things that ran in turns on the same machine in the same minutes, and each has a target.
"""
IDLE = 0.7
BUSY = "**The machine was busy with other work when this was measured: the figures say little.**\n"
READING = """## How to read it

- **The floor** is a bare Starlette application on the same server (uvicorn with the same options, one worker) that answers every request
  with a constant of the same bytes: no database, no authentication, no routes, no headers of ours. Nothing written in Python on this stack can
  be faster, and a ratio of 0.5 means that all that the service does costs as much as receiving a request and sending the answer.
- **The usual way** (`bench/rival/`) serves the same replies, field by field, from the same rows as a careful FastAPI project would:
  `def` routes, a session from a `yield` dependency, SQLModel objects whose relationships are loaded ahead (no query per row), `response_model=`,
  the same bearer tokens looked up by their hash, the same SQLite pragmas. A test holds its JSON against ours.
- The service runs whole: authentication, security headers, all routes. Reads are **worked out each time**: kept replies are switched off
  (`TROIKA_KEPT_REPLIES=0`), except where a row says that it is about them; and the requests go round thousands of different deliverables,
  groups, cursors and tokens.
- Load comes from `wrk` with one thread and 32 connections (4 where a request is compared with itself on fewer rows). A ratio is the median of
  the rounds; the range in brackets shows how far they lay apart.
- In parentheses stands what a request cost the server process in microseconds of processor time (the database's own processes not counted): other
  work on the machine hardly changes it, so it tells a noisy run from a slow service.
- **Growth**: how much longer one request takes here than there; 1 means not at all.
- **The past**: `known_at` for a group with about 20,000 changes (fewer where the rows are fewer). The first answer lays its state out from the journal; beside it, a
  client follows those same changes 500 at a time. The next answers from that state are held against the page of today.
- **Writes** are acknowledged progress updates of one group, each with its journal entries, under 32 writers. The bare way is a Starlette route that
  runs one UPDATE and one INSERT with a commit and a sync of its own, on a small table, through one writer thread (SQLite) or a small pool (PostgreSQL):
  no rules, no journal, no versions. On SQLite `synchronous=FULL` holds for both.
- **Memory** is what the worker has allocated (`RssAnon`). RSS says more on SQLite, since the pages of the mapped database file that
  were read count in it; they belong to the system's cache, which takes them back when memory is needed.

## Known limits

- `wrk`, the service and (on PostgreSQL) the database's own processes share the cores of the machine named above; on two cores PostgreSQL's
  figures are lower for it than they would be beside a database server of its own, and the floor does not pay for that.
- Latencies are those of a closed loop: each of the 32 connections waits for its answer before it asks again.
- The rows are made up (`bench/rows.py`), from a seed: 200 groups, the largest some three times the average.
"""


def machine() -> list[str]:
    """The words of the machine, one line each."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"Processor: {model}, {os.cpu_count()} cores; {memory:.0f} GiB of memory; {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}",
        _wrk(),
    ]


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _wrk() -> str:
    if shutil.which("wrk") is None:
        return "wrk is not installed"
    text = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    return " ".join(text.split()[:2])


def page(findings: list[Finding], day: date, words: list[str], rows: list[str], command: str, *, load: float) -> str:
    """The whole page."""
    met = [finding.met for finding in findings if finding.target is not None]
    parts = [
        INTRODUCTION,
        *([BUSY] if load > IDLE else []),
        f"Measured on {day.isoformat()} with `{command}`. **{met.count(True)} of {len(met)} targets met.**\n",
        "\n".join(f"- {line}" for line in [*words, *rows, f"Load average of the machine before the first measurement: {load:.1f}"]) + "\n",
    ]
    for key, heading in HEADINGS.items():
        chosen = [finding for finding in findings if _section(finding) == key]
        if chosen:
            parts += [f"## {heading}\n", _table(chosen)]
    return "\n".join([*parts, READING])


def _section(finding: Finding) -> str:
    if finding.what in HEADINGS:
        return finding.what
    return "writes" if finding.name == "writes" else "costs"


def _table(findings: list[Finding]) -> str:
    lines = ["| | | engine | figure | wanted | | measured |", "|---|---|---|---|---|---|---|"]
    for f in findings:
        if f.value is None:
            figure, mark = "not measured", f"**not met**: {f.note}" if f.target is not None else f.note
        else:
            spread = f" [{f.spread[0]:.3g}–{f.spread[1]:.3g}]" if f.spread and f.spread[0] != f.spread[1] else ""
            figure, mark = f"**{_number(f.value)}{f.unit}** {f.what}{spread}", {True: "met", False: "**not met**", None: ""}[f.met]
        wanted = "" if f.target is None else f"{'≥' if f.least else '≤'} {f.target:g}"
        details = "; ".join(f"{name} {value}" for name, value in f.details.items())
        lines.append(f"| `{f.name}` | {f.title} | {ENGINES[f.engine]} | {figure} | {wanted} | {mark} | {details} |")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"
