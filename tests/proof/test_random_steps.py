"""The date rules hold (T1): random legal and illegal steps, judged by a plain model in memory and by the service over HTTP."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from app.deliverables.queries import DELIVERABLES
from tests.make import Make
from tests.proof.conftest import Report
from tests.proof.figures import LONG, figure, in_turns
from tests.proof.random_faults import FAULTS, Fault
from tests.proof.random_stage import Divergence, Stage
from tests.proof.random_work import RandomWork

SEQUENCES, UNTIL_CAUGHT, STEPS = figure(9, 500), figure(36, 500), 100
AT_A_TIME = 9
"""After ten sequences Hypothesis goes over to repeating parts of earlier ones, which finds less here than new ones do."""


def walk(stage: Stage, sequences: int, *only: str, shrink: bool = True) -> None:
    """The same sequences every time. Of a divergence, the shortest sequence that shows it is told, sentence by sentence."""
    how = settings(
        max_examples=AT_A_TIME, stateful_step_count=STEPS, database=None, deadline=None, print_blob=False, verbosity=Verbosity.quiet, report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in count():
        if stage.sequences >= sequences:
            break
        machine = seed(number)(type("Walk", (RandomWork,), {"stage": stage, "only": only}))
        run_state_machine_as_test(machine, settings=how)


def test_the_service_says_what_a_plain_model_says(make: Make, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    stage = Stage(make, monkeypatch)
    walk(stage, SEQUENCES)
    codes = {code for _, code in stage.outcomes if code}
    if LONG:
        assert {verb for verb, _ in stage.outcomes} == {verb for verb, code in stage.outcomes if not code}, "some steps were never taken"
    refused = sum(n for (_, code), n in stage.outcomes.items() if code)
    report(
        f"{stage.sequences} sequences, {stage.steps} steps ({refused} refused under {len(codes)} codes), {stage.pictures} pictures: 0 divergences"
    )


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """No statement that a planted fault has made outlives its test."""
    yield
    DELIVERABLES.statement.cache_clear()  # type: ignore[attr-defined]


@in_turns("fault")
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_in_a_rule_is_found(fault: Fault, make: Make, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    stage = Stage(make, monkeypatch)
    fault.plant(monkeypatch)
    with pytest.raises(Divergence) as found:
        walk(stage, UNTIL_CAUGHT, *(() if LONG else fault.about), shrink=False)
    report(f"planted ({fault}), found after {stage.steps} steps: {str(found.value).splitlines()[-1][:200]}")
