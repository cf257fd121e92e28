"""What a proof measured is told after the run."""

from collections.abc import Callable

import pytest

MEASURED: list[str] = []
Report = Callable[[str], None]


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Say what a proof did and found, in one line."""
    engine = request.node.callspec.params.get("database_url", "") if hasattr(request.node, "callspec") else ""
    return lambda line: MEASURED.append(f"{engine}: {line}" if engine else line)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MEASURED:
        terminalreporter.section("measured")
        for line in MEASURED:
            terminalreporter.write_line(line)
