"""What a worker costs: its memory after many requests, and the time until it answers."""

import subprocess
import sys
import time
from statistics import median

from bench import servers, wrk
from bench.measure import Finding, Place, bodies
from bench.servers import ROOT

REQUESTS = 100_000
MOST_MEMORY = 150
TIMES = 7
LONGEST_START = 1.5


def memory(place: Place, requests: int) -> list[Finding]:
    """A fresh worker's memory after so many requests of a mixed kind."""
    samples = place.samples
    mixed = [
        call
        for number, call in enumerate(samples.items)
        for call in (call, *(samples.pages[number % len(samples.pages)],) * (number % 10 == 0))
    ]
    mixed += samples.parts[: len(mixed) // 10]
    samples.random.shuffle(mixed)
    file = place.file("mixed", mixed)
    with servers.service(samples.url) as process:
        bodies(process, mixed)
        before, sent = process.memory(), 0
        while sent < requests:
            result = wrk.run(process.address, file, seconds=5, connections=32, first=sent)
            if result.broken or result.refused:
                raise RuntimeError(f"memory: {result}")
            sent += result.requests
        after = process.memory()
    details = {
        "of its own (RssAnon)": _mib(after["RssAnon"]), "files mapped (RssFile)": _mib(after["RssFile"]), "RSS": _mib(after["VmRSS"]),
        "peak RSS": _mib(after["VmHWM"]), "PSS": _mib(after["Pss"]), "own before": _mib(before["RssAnon"]), "requests": f"{sent:,}",
    }  # fmt: skip
    finding = Finding(
        "memory", f"Memory of a worker after {requests:,} requests", place.engine, "RssAnon", after["RssAnon"] / 1024, MOST_MEMORY, least=False,
        unit=" MiB", details=details,
    )  # fmt: skip
    return [finding]


def _mib(kib: int) -> str:
    return f"{kib / 1024:,.0f} MiB"


def start(place: Place, times: int) -> list[Finding]:
    """Import and start beside an empty application of the same stack, in turns."""
    found: dict[str, list[float]] = {"ours import": [], "empty import": [], "ours start": [], "empty start": []}
    for _ in range(times):
        found["empty import"].append(_import("import bench.empty; bench.empty.create_app()"))
        found["ours import"].append(_import("import app.main; app.main.serve_app()"))
        with servers.beside("bench.empty:create_app", factory=True) as process:
            found["empty start"].append(process.took)
        with servers.beside("app.main:serve_app", factory=True, TROIKA_DATABASE_URL=place.samples.url) as process:
            found["ours start"].append(process.took)
    findings = []
    for what, title in (("import", "Import of the service"), ("start", "From the command to the first answer")):
        value = median(a / b for a, b in zip(found[f"ours {what}"], found[f"empty {what}"], strict=True))
        details = {who: f"{median(found[f'{who} {what}']):.2f} s" for who in ("ours", "empty")}
        findings.append(
            Finding("start", title, place.engine, "times an empty application", value, LONGEST_START, least=False, details=details)
        )
    return findings


def _import(text: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", text], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
