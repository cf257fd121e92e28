"""`python -m bench`: measures the service as ratios in one run, and writes `docs/performance.md`."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

import click

from bench import cells, costs, load, measure, report, servers, writes, wrk
from bench.measure import Finding, Pace, Place
from bench.samples import Samples

ENGINES = ("sqlite", "postgresql")
PAGE = servers.ROOT / "docs" / "performance.md"
FULL = 1_000_000
BUSY = 0.7


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
    pace = Pace(seconds=2, rounds=rounds or 1, warm=1) if quick else Pace(seconds=3, rounds=rounds or 3)
    words = report.machine()
    if os.getloadavg()[0] > BUSY:
        click.echo(f"This machine is busy (load {os.getloadavg()[0]:.1f}): what is measured now says little.", err=True)
    findings: list[Finding] = []
    rows: list[str] = []
    for engine in dict.fromkeys(engines):
        with ExitStack() as stack:
            server = stack.enter_context(servers.postgresql()) if engine == "postgresql" else None
            if server:
                words.append(f"PostgreSQL {server.version()}")
            findings += measured(engine, server, size, wanted, pace, stack, fresh, rows)
    text = report.page(findings, date.today(), words, rows, command())  # noqa: DTZ011  (the day on this machine's calendar)
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

    def place(size: int) -> Place:
        url = load.postgresql_database(server, size, fresh=fresh) if server else load.sqlite_file(size, fresh=fresh)
        found = Samples(url, size)
        rows.append(f"{report.ENGINES[engine]}: {found.counted()}")
        return Place(engine, found, stack)

    main, found = place(size), list[Finding]()

    def attempt(name: str, title: str, run: Callable[[], list[Finding]]) -> None:
        if name in wanted:
            try:
                found.extend(run())
            except RuntimeError as error:
                found.append(Finding(name, title, engine, "", None, None, note=str(error).replace("\n", " ")[:200]))
                click.echo(measure.told(found[-1]))

    for cell in cells.READS:
        attempt(cell.name, cell.title, lambda cell=cell: measure.read(cell, main, pace, click.echo))  # type: ignore[misc]
    growths = [cell for cell in cells.GROWTHS if cell.name in wanted]
    small = place(max(1_000, size // 100)) if any(cell.hundredth for cell in growths) else None
    for growth in growths:
        attempt(growth.name, growth.title, lambda cell=growth: measure.growth(cell, main, small, pace, click.echo))  # type: ignore[misc]
    attempt("memory", cells.OTHERS["memory"], lambda: costs.memory(main, costs.REQUESTS // (20 if pace.rounds == 1 else 1), click.echo))
    if engine == "sqlite":  # neither import nor start depends on the engine
        attempt("start", cells.OTHERS["start"], lambda: costs.start(main, 3 if pace.rounds == 1 else costs.TIMES, click.echo))
    attempt("writes", cells.OTHERS["writes"], lambda: writes.writes(main, bare(server), pace, click.echo))
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
