"""From concept to money: how many got there, how long it took, and what is about to end."""

from datetime import datetime, timedelta

import pytest

from app.core.dates import now
from tests.make import Json, Make, at, day, ok


def take(make: Make, project: Json, *states: str) -> None:
    for state in states:
        ok(make.secretariat.post(f"/projects/{project['id']}/advance", {"to": state, "reason": "So."}), 200)


@pytest.fixture
def tenth_day(make: Make, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Three projects proposed; ten days later two have gone on, one of them to money."""
    one, two, _ = make.project("P1"), make.project("P2"), make.project("P3")
    take(make, one, "concept")
    later = now() + timedelta(days=10)
    at(monkeypatch, later)
    take(make, one, "seeking", "funded")
    take(make, two, "concept", "withdrawn")
    return later


def test_concepts_that_became_money_are_counted_with_the_days_that_each_state_took(make: Make, tenth_day: datetime) -> None:
    found = make.read("/groups/tst/funnel")
    states = {s.pop("state"): s for s in found["states"]}
    assert (found["concepts"], found["became_money"]) == (2, 1)
    assert states["idea"] == {"now": 1, "ever": 3, "left": 2, "shortest_days": 0, "median_days": 0, "longest_days": 10}
    assert states["concept"] == {"now": 0, "ever": 2, "left": 2, "shortest_days": 0, "median_days": 0, "longest_days": 10}
    assert (states["funded"]["now"], states["withdrawn"]["now"], states["closed"]["ever"]) == (1, 1, 0)
    before = make.read("/groups/tst/funnel", as_of=day(0))
    assert (before["concepts"], before["became_money"]) == (1, 0)
    assert {s["state"]: s["now"] for s in before["states"]}["idea"] == 2


def test_what_ends_or_is_due_soon_is_listed_by_its_day(make: Make) -> None:
    project = make.project(ends_on=day(50), countries=["BD"])
    make.project("P2", ends_on=day(500))
    ok(make.secretariat.post(f"/projects/{project['id']}/consultations", {"country": "BD", "answer_by": day(-5)}))
    gift = make.gift(project, "10.00", "committed", agreement_ends_on=day(20))
    make.step(gift, "reports", label="Report", due_on=day(30))
    make.gift(project, "10.00", "received", agreement_ends_on=day(20))

    def kinds(**params: str) -> list[tuple[str, str | None]]:
        return [(e["kind"], e["about"]) for e in make.read("/groups/tst/funnel", **params)["expiring"]]

    assert kinds() == [("consultation_due", "BD"), ("agreement_ends", "SDC"), ("report_due", "SDC"), ("project_ends", None)]
    assert kinds(days="10") == [("consultation_due", "BD")]
    assert len(kinds(days="3660")) == 5
    seen = ok(make.viewer.get("/groups/tst/funnel"), 200)["expiring"]
    assert [e["kind"] for e in seen] == ["consultation_due", "project_ends"], "agreements and reports are money"
    for days in ("0", "x", "3661"):
        assert make.secretariat.get("/groups/tst/funnel", params={"days": days}).status_code == 422
