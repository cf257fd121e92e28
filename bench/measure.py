"""Runs the reads. Whatever is compared runs in turns, so that what the machine does besides falls on both."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from bench import servers, wrk
from bench.cells import Growth, Read
from bench.samples import Samples
from bench.servers import Process
from bench.wrk import Call, Result

CONNECTIONS = 32


@dataclass(frozen=True)
class Pace:
    """How long and how often to measure."""

    seconds: int
    rounds: int
    warm: int = 8
    """At most so many seconds is each warmed up, until every request was sent once; the floor answers all alike."""


@dataclass(frozen=True)
class Finding:
    """One figure with its target."""

    name: str
    title: str
    engine: str
    what: str
    """What the figure is."""
    value: float | None
    """None where it could not be had; `note` says why."""
    target: float | None
    least: bool = True
    """Whether the target is the least (else the most) that is wanted."""
    unit: str = "×"
    spread: tuple[float, float] | None = None
    details: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.target if self.least else self.value <= self.target


class Place:
    """The servers over one loaded database, started when first needed, and a folder for what passes between them and us."""

    def __init__(self, engine: str, samples: Samples, stack: ExitStack) -> None:
        self.engine, self.samples, self.stack = engine, samples, stack
        self.folder = Path(stack.enter_context(TemporaryDirectory()))
        self._running: dict[str, Process] = {}

    def _once(self, name: str, start: Callable[[], object]) -> Process:
        if name not in self._running:
            self._running[name] = self.stack.enter_context(start())  # type: ignore[arg-type]
        return self._running[name]

    def start_again(self) -> None:
        """End the servers: what was asked of them and not answered keeps them busy."""
        for process in self._running.values():
            process.stop()
        self._running.clear()

    @property
    def working(self) -> Process:
        """The service without kept replies: every request is worked out."""
        return self._once("working", lambda: servers.service(self.samples.url, TROIKA_KEPT_REPLIES="0"))

    @property
    def keeping(self) -> Process:
        """The service as it comes."""
        return self._once("keeping", lambda: servers.service(self.samples.url))

    @property
    def rival(self) -> Process:
        return self._once("rival", lambda: servers.beside("bench.rival.main:app", BENCH_DATABASE_URL=self.samples.url))

    def file(self, name: str, calls: list[Call]) -> Path:
        return wrk.write_calls(self.folder / name, calls)


def bodies(process: Process, calls: list[Call], wanted: int = 200) -> list[httpx.Response]:
    """The answers to some of the calls; all have to be as wanted."""
    with httpx.Client(base_url=process.address, timeout=30) as client:
        try:
            found = [client.get(call.path, headers=call.headers) for call in calls[:: max(1, len(calls) // 40)][:40]]
        except httpx.TransportError as error:
            raise RuntimeError(f"{calls[0].path}: {type(error).__name__}") from error
    for response in found:
        if response.status_code != wanted:
            raise RuntimeError(f"{response.request.url}: {response.status_code} {response.text[:300]}")
    return found


def in_turns(
    pace: Pace, runs: dict[str, tuple[Process, Path]], connections: int = CONNECTIONS, *, failing: bool = False
) -> dict[str, list[Result]]:
    """Run each of these (address, calls) once in every round, after a warm-up. Unless some may be `failing`, every request has to succeed."""
    found: dict[str, list[Result]] = {name: [] for name in runs}
    for name, (process, calls) in runs.items():
        warm_up(process, calls, pace.warm if name != "floor" else 1, connections)
    for number in range(pace.rounds):
        for name, (process, calls) in runs.items():
            before = process.worked()
            result = wrk.run(process.address, calls, seconds=pace.seconds, connections=connections, first=number * 1_009)
            result = replace(result, work=(process.worked() - before) / max(1, result.requests) * 1e6)
            if (result.broken or result.refused) and not failing:
                raise RuntimeError(f"{name}: {result.broken} connections broken, {result.refused} requests refused")
            if not result.requests:
                raise RuntimeError(f"{name}: no answer within {pace.seconds} s")
            found[name].append(result)
    return found


def warm_up(process: Process, calls: Path, most: int, connections: int) -> None:
    """Send every request once, so that what is measured is not the reading of a file into memory."""
    sent, spent, wanted = 0, 0, len(calls.read_text().splitlines())
    while spent == 0 or (sent < wanted and spent < most):
        sent += wrk.run(process.address, calls, seconds=2, connections=connections, first=sent).requests
        spent += 2


def rate(results: list[Result]) -> str:
    """The middling rate, and what a request costs the server process."""
    return f"{median(r.rate for r in results):,.0f}/s ({median(r.work for r in results):,.0f} µs)"


def ratios(over: list[Result], under: list[Result]) -> list[float]:
    return [a.rate / b.rate for a, b in zip(over, under, strict=True)]


def read(cell: Read, place: Place, pace: Pace) -> list[Finding]:
    """A read beside its floor, and beside the usual way."""
    calls = cell.calls(place.samples)
    process = place.keeping if cell.kept else place.working
    answers = sorted(bodies(process, calls), key=lambda r: len(r.content))
    typical = answers[len(answers) // 2]
    if cell.known:
        calls = [Call(call.path, call.token, f"if-none-match: {typical.headers['etag']}") for call in calls]
        bodies(process, calls, 304)
    body = place.folder / "body"
    body.write_bytes(typical.content)
    file = place.file("calls", calls)
    with servers.beside("bench.floor:app", BENCH_BODY=str(body), BENCH_KIND=typical.headers["content-type"]) as floor:
        runs = {"floor": (floor, file), "ours": (process, file)}
        if cell.rival is not None:
            bodies(place.rival, calls)
            runs["rival"] = (place.rival, file)
        found = in_turns(pace, runs)
    rates = {name: rate(results) for name, results in found.items()}
    rates |= {"p99": f"{median(r.p99 for r in found['ours']):.1f} ms", "bytes": f"{len(typical.content):,}"}
    each = ratios(found["ours"], found["floor"])
    findings = [
        Finding(
            cell.name,
            cell.title,
            place.engine,
            "of the floor",
            median(each),
            cell.floor.get(place.engine),
            spread=(min(each), max(each)),
            details=rates,
        )
    ]
    if cell.rival is not None:
        each = ratios(found["ours"], found["rival"])
        target = cell.rival.get(place.engine)
        findings.append(
            Finding(
                cell.name,
                cell.title,
                place.engine,
                "times the usual way",
                median(each),
                target,
                spread=(min(each), max(each)),
                details=rates,
            )
        )
    return findings


def growth(cell: Growth, place: Place, other: Place, pace: Pace) -> list[Finding]:
    """How much longer a request takes here than there."""
    here, there = cell.here(place.samples), cell.there(other.samples)
    bodies(place.working, here)
    bodies(other.working, there)
    runs = {"there": (other.working, place.file("there", there)), "here": (place.working, place.file("here", here))}
    found = in_turns(pace, runs, connections=4)
    each = ratios(found["there"], found["here"])
    details = {
        name: f"{median(r.rate for r in results):,.0f}/s, p50 {median(r.p50 for r in results):.2f} ms" for name, results in found.items()
    }
    spread = (min(each), max(each))
    finding = Finding(
        cell.name, cell.title, place.engine, "times as long", median(each), cell.most, least=False, spread=spread, details=details
    )
    return [finding]


def told(finding: Finding) -> str:
    """A finding in one line."""
    if finding.value is None:
        return f"{finding.engine:<11} {finding.name:<9} could not be measured: {finding.note}"
    target = (
        ""
        if finding.target is None
        else f" (wanted {'≥' if finding.least else '≤'} {finding.target:g}: {'met' if finding.met else 'NOT MET'})"
    )
    details = ", ".join(f"{name} {value}" for name, value in finding.details.items())
    spread = f" [{finding.spread[0]:.3g}–{finding.spread[1]:.3g}]" if finding.spread else ""
    return f"{finding.engine:<11} {finding.name:<9} {finding.value:.3g}{finding.unit} {finding.what}{spread}{target}; {details}"
