"""`python -m bench`: measures the service as ratios in one run, and writes `docs/performance.md`."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from functools import partial

import click

from bench import cells, costs, load, measure, past, report, servers, writes, wrk
from bench.measure import Finding, Pace, Place
from bench.samples import Samples

ENGINES = ("sqlite", "postgresql")
PAGE = servers.ROOT / "docs" / "performance.md"
FULL = 1_000_000


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option(
    "--size", type=click.IntRange(2_000), help="How many deliverables; assignments are twice as many. Default 1,000,000; quick 20,000."
)
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), default=ENGINES, help="On which database; may be repeated.")
@click.option("--only", default=",".join(cells.NAMES), help="What to measure, by comma.")
@click.option("--quick", is_flag=True, help="One short round of each: to see where one stands, not to be quoted.")
@click.option("--fresh", is_flag=True, help="Make the rows again.")
@click.option("--rounds", type=click.IntRange(1, 100), help="How often to measure each. Default 3; quick 1.")
def main(size: int | None, engines: tuple[str, ...], only: str, quick: bool, fresh: bool, rounds: int | None) -> None:
    """Measure the service beside a floor, the usual way and itself. A whole run at full size writes docs/performance.md.

    The first run makes the rows (some minutes for each engine) and keeps them in build/bench.
    """
    wrk.check_installed()
    wanted = [name.strip() for name in only.split(",")]
    if unknown := set(wanted) - set(cells.NAMES):
        raise click.BadParameter(f"there is no {', '.join(sorted(unknown))}; known: {', '.join(cells.NAMES)}", param_hint="--only")
    size = size or (20_000 if quick else FULL)
    pace = Pace(seconds=2, rounds=rounds or 1, warm=2) if quick else Pace(seconds=3, rounds=rounds or 3)
    words = report.machine()
    busy = os.getloadavg()[0]
    if busy > report.IDLE:
        click.echo(f"This machine is busy (load {busy:.1f}): what is measured now says little.", err=True)
    findings: list[Finding] = []
    rows: list[str] = []
    for engine in dict.fromkeys(engines):
        with ExitStack() as stack:
            server = stack.enter_context(servers.postgresql()) if engine == "postgresql" else None
            if server:
                words.append(f"PostgreSQL {server.version()}")
            findings += measured(engine, server, size, wanted, pace, stack, fresh, rows)
    text = report.page(findings, date.today(), words, rows, command(), load=busy)  # noqa: DTZ011  (the day on this machine's calendar)
    whole = size == FULL and not quick and set(wanted) == set(cells.NAMES) and set(engines) == set(ENGINES)
    if whole:
        PAGE.write_text(text)
        click.echo(f"Wrote {PAGE}.")
    else:
        click.echo("\n" + text[: text.index("## How to read it")] + "Only a whole run at full size writes docs/performance.md.")


def command() -> str:
    return " ".join(["python -m bench", *sys.argv[1:]])


def measured(
    engine: str, server: servers.Bench | None, size: int, wanted: list[str], pace: Pace, stack: ExitStack, fresh: bool, rows: list[str]
) -> list[Finding]:
    """Everything that is wanted on one engine. What cannot be measured is found out and said, and the rest goes on."""

    places: list[Place] = []

    def place(size: int) -> Place:
        url = load.postgresql_database(server, size, fresh=fresh) if server else load.sqlite_file(size, fresh=fresh)
        found = Samples(url, size)
        rows.append(f"{report.ENGINES[engine]}: {found.counted()}")
        places.append(Place(engine, found, stack))
        return places[-1]

    main, found = place(size), list[Finding]()

    def attempt(
        run: Callable[[], list[Finding]], name: str, title: str, what: str, target: float | None = None, *, least: bool = True
    ) -> None:
        if name not in wanted:
            return
        try:
            findings = run()
        except RuntimeError as error:
            findings = [Finding(name, title, engine, what, None, target, least, note=str(error).replace("\n", " ")[:160])]
            for used in places:
                used.start_again()
        found.extend(findings)
        for finding in findings:
            click.echo(measure.told(finding))

    for read in cells.READS:
        attempt(partial(measure.read, read, main, pace), read.name, read.title, "of the floor", read.floor[engine])
    small = place(max(1_000, size // 100)) if any(cell.hundredth and cell.name in wanted for cell in cells.GROWTHS) else None
    for growth in cells.GROWTHS:
        other = small if growth.hundredth and small else main
        attempt(partial(measure.growth, growth, main, other, pace), growth.name, growth.title, "times as long", growth.most, least=False)
    attempt(partial(past.first, main, pace), "past", cells.OTHERS["past"], "times as long", past.LONGEST, least=False)
    requests = costs.REQUESTS // (20 if pace.rounds == 1 else 1)
    attempt(partial(costs.memory, main, requests), "memory", cells.OTHERS["memory"], "RssAnon", costs.MOST_MEMORY, least=False)
    if engine == "sqlite":  # neither import nor start depends on the engine
        times = 3 if pace.rounds == 1 else costs.TIMES
        attempt(
            partial(costs.start, main, times),
            "start",
            cells.OTHERS["start"],
            "times an empty application",
            costs.LONGEST_START,
            least=False,
        )
    attempt(lambda: writes.writes(main, bare(server), pace), "writes", cells.OTHERS["writes"], "of the bare way", writes.HALF[engine])
    return found


def bare(server: servers.Bench | None) -> str:
    """An empty database of the same kind, in the same place, for the bare way to write."""
    if server:
        return servers.bare_database(server)
    for old in load.HOME.glob("bare.db*"):
        old.unlink()
    return f"sqlite:///{load.HOME}/bare.db"


if __name__ == "__main__":
    main()
