"""Acknowledged progress updates under many writers, beside the bare way to write; and what reads lose meanwhile."""

from functools import partial
from pathlib import Path
from statistics import median

from bench import servers, wrk
from bench.measure import Finding, Pace, Place, bodies, in_turns, rate, ratios
from bench.wrk import Call, Result

WRITERS = 32
READERS = 8
SYNC = 4
"""Milliseconds: what a commit waits for a disk whose cache does not answer in its place."""
HALF: dict[str, float | None] = {"sqlite": 0.5, "postgresql": None}


def writes(place: Place, bare_url: str, pace: Pace) -> list[Finding]:
    """Updates beside the bare way, and reads beside updates."""
    calls = place.samples.updates()
    ours = place.file("updates", calls)
    bare = place.file("bare", [Call(f"/items/{n % 5_000}/notes", body=call.body) for n, call in enumerate(calls)])
    finding = partial(Finding, name="writes", engine=place.engine)
    with servers.beside("bench.bare:app", BENCH_DATABASE_URL=bare_url) as floor:
        found = in_turns(pace, {"bare": (floor, bare), "ours": (place.keeping, ours)}, WRITERS, failing=True)
    each = ratios(found["ours"], found["bare"])
    rates = {name: rate(results) for name, results in found.items()}
    times = {"p50": f"{median(r.p50 for r in found['ours']):.1f} ms", "p99": f"{median(r.p99 for r in found['ours']):.1f} ms"}
    tail = median(r.p99 / r.p50 for r in found["ours"])
    failed = sum(r.refused + r.broken for r in found["ours"])
    acknowledged = sum(r.requests for r in found["ours"]) - failed
    findings = [
        finding(
            title=f"Progress updates, {WRITERS} writers", what="of the bare way", value=median(each), target=HALF[place.engine],
            spread=(min(each), max(each)), details=rates,
        ),
        finding(title="Slowest against middling update", what="p99 / p50", value=tail, target=10, least=False, details=times),
        finding(
            title="Updates that failed", what="of those sent", value=failed, target=0, least=False, unit="",
            details={"acknowledged": f"{acknowledged:,}"},
        ),
    ]  # fmt: skip
    if place.engine == "sqlite":
        findings.append(on_a_slower_disk(place, bare_url, {"bare": bare, "ours": ours}, pace))
    findings += [reads_beside(place, ours, writers, pace) for writers in (8, WRITERS)]
    return findings


def on_a_slower_disk(place: Place, bare_url: str, calls: dict[str, Path], pace: Pace) -> Finding:
    """The same where a sync takes as long as it does on most disks."""
    before = servers.slow_to_sync(SYNC)
    with servers.beside("bench.bare:app", before, BENCH_DATABASE_URL=bare_url) as bare, servers.service(place.samples.url, before) as ours:
        found = in_turns(pace, {"bare": (bare, calls["bare"]), "ours": (ours, calls["ours"])}, WRITERS, failing=True)
    each = ratios(found["ours"], found["bare"])
    return Finding(
        "writes", f"The same on a disk that takes {SYNC} ms longer to sync", place.engine, "of the bare way", median(each), HALF[place.engine],
        spread=(min(each), max(each)), details={name: rate(results) for name, results in found.items()},
    )  # fmt: skip


def reads_beside(place: Place, updates: Path, writers: int, pace: Pace) -> Finding:
    """How much longer the slower reads take while others write."""
    items = place.samples.items
    bodies(place.working, items)
    file = place.file("items", items)
    alone: list[Result] = []
    beside: list[Result] = []
    address = place.working.address  # kept replies would make the reads alone quicker than they are
    for number in range(pace.rounds):
        alone.append(wrk.run(address, file, seconds=pace.seconds, connections=READERS, first=number * 1_009))
        writing = wrk.start(address, updates, seconds=pace.seconds + 1, connections=writers, first=number * 1_009)
        try:
            beside.append(wrk.run(address, file, seconds=pace.seconds, connections=READERS, first=number * 1_009 + 500))
            wrk.result(writing)
        finally:
            if writing.poll() is None:
                writing.kill()
                writing.wait()
    value = median(b.p95 / a.p95 for a, b in zip(alone, beside, strict=True))
    details = {
        "alone": f"{median(r.rate for r in alone):,.0f}/s, p95 {median(r.p95 for r in alone):.1f} ms",
        "beside": f"{median(r.rate for r in beside):,.0f}/s, p95 {median(r.p95 for r in beside):.1f} ms",
    }
    return Finding(
        "writes",
        f"p95 of {READERS} readers of deliverables beside {writers} writers",
        place.engine,
        "times p95 alone",
        value,
        3,
        least=False,
        details=details,
    )
