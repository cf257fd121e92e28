"""What differs between two baselines, two moments, or one of them and now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.baselines.rules import differences, only, summed
from app.core.dates import now
from tests.make import Json, Make, at, day, ok, refused

Found = dict[str, list[Any]]


@pytest.fixture
def plan(make: Make) -> Json:
    """An endorsed plan of two streams: A and B in the first, C in the second."""
    for code in ("IOM", "ILO"):
        make.member(code)
    found = make.plan(starts_on="2020-01-01", ends_on="2090-12-31")
    one, two = make.stream(found, "1"), make.stream(found, "2")
    for code, stream, agency in (("A", one, "IOM"), ("B", one, "IOM"), ("C", two, "ILO")):
        make.lead(make.deliverable(code, stream, due="2080-06-30"), agency)
    make.endorsed(found)
    return found


def compare(make: Make, plan: Json, **params: str) -> Json:
    return make.read(f"/workplans/{plan['id']}/compare", **params)  # type: ignore[no-any-return]


def told(found: Json) -> Found:
    """What differs, in short."""
    changed = [(i["code"], *((c["field"], c["old"], c["new"], c["days"]) for c in i["changes"])) for i in found["changed"]]
    return {"added": [i["code"] for i in found["added"]], "removed": [i["code"] for i in found["removed"]], "changed": changed}


NOTHING: Found = {"added": [], "removed": [], "changed": []}


def item(make: Make, code: str) -> Json:
    return make.read("/deliverables", code=code)["items"][0]  # type: ignore[no-any-return]


def revised(make: Make, plan: Json) -> None:
    ok(make.secretariat.post(f"/workplans/{plan['id']}/revise", {"reason": "So decided."} | make.decided()), 200)


def postponed(make: Make, code: str, due: str) -> None:
    thing = item(make, code)
    ok(make.secretariat.patch(f"/deliverables/{thing['id']}", {"due": due}, version=thing["version"]), 200)


def test_a_plan_just_endorsed_differs_in_nothing(make: Make, plan: Json) -> None:
    found = compare(make, plan)
    assert told(found) == NOTHING
    (baseline,) = make.read(f"/workplans/{plan['id']}/baselines")["items"]
    assert found["from"] == {"kind": "baseline", "revision": 0, "digest": baseline["digest"], "on": baseline["endorsed_on"], "at": None}
    assert (found["to"]["kind"], found["workplan"]["code"], found["streams"]) == ("now", "WP", [])


def test_after_endorsing_a_due_date_changes_by_revision_and_shows_as_that_one_change(make: Make, plan: Json) -> None:
    thing = item(make, "B")
    with make.unchanged():
        problem = refused(
            make.secretariat.patch(f"/deliverables/{thing['id']}", {"due": "2080-07-10"}, version=thing["version"]),
            409,
            "revision_required",
        )
    assert f"/workplans/{plan['id']}/revise" in problem["detail"]
    revised(make, plan)
    postponed(make, "B", "2080-07-10")
    assert told(compare(make, plan)) == NOTHING | {"changed": [("B", ("due", "2080-06-30", "2080-07-10", 10))]}
    make.endorsed(plan)
    assert told(compare(make, plan)) == NOTHING
    assert told(compare(make, plan, **{"from": "0", "to": "1"})) == NOTHING | {"changed": [("B", ("due", "2080-06-30", "2080-07-10", 10))]}
    assert told(compare(make, plan, **{"from": "1", "to": "0"}))["changed"] == [("B", ("due", "2080-07-10", "2080-06-30", -10))]


def test_everything_that_can_differ(make: Make, plan: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    revised(make, plan)
    secretariat, streams = make.secretariat, {s["code"]: s for s in make.read(f"/workplans/{plan['id']}/streams")["items"]}
    a, b, c = (item(make, code) for code in "ABC")
    ok(
        secretariat.patch(
            f"/deliverables/{a['id']}", {"title": "Another", "stream": streams["2"]["id"], "code": "A2"}, version=a["version"]
        ),
        200,
    )
    ok(secretariat.post(f"/deliverables/{b['id']}/cancel", {"reason": "Not wanted."}), 200)
    (part,) = make.read(f"/deliverables/{c['id']}/assignments")["items"]
    ok(secretariat.post(f"/assignments/{part['id']}/end", {"reason": "Hands over."}), 200)
    postponed(make, "C", "2081")
    make.deliverable("D", streams["1"], due="2080")
    now_led = compare(make, plan)
    at(monkeypatch, now() + timedelta(days=1))
    found = compare(make, plan)
    lost = ("lead", "ILO", None, None)
    assert told(now_led)["added"] == ["D"]
    assert told(now_led)["removed"] == ["B"]
    assert told(now_led)["changed"][0] == (
        "A2",
        ("code", "A", "A2", None),
        ("title", "Deliverable A", "Another", None),
        ("stream", "1", "2", None),
    )
    assert ("due", "2080-06-30", "2081", 549) in told(now_led)["changed"][1]
    assert lost in told(found)["changed"][1]
    assert [(s["code"], s["added"], s["removed"], s["changed"], s["days"]) for s in now_led["streams"]] == [
        ("1", 1, 1, 0, 0),
        ("2", 0, 0, 2, 549),
    ]
    assert told(compare(make, plan, stream="1"))["changed"] == told(now_led)["changed"][:1], "it was of stream 1"
    assert told(compare(make, plan, stream="1"))["added"] == ["D"]
    assert told(compare(make, plan, agency="ilo", to=found["to"]["at"]))["changed"] == told(found)["changed"][1:]
    assert told(compare(make, plan, agency="IOM"))["removed"] == ["B"]


def test_moments_are_what_the_service_knew_then(make: Make, plan: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state, recorded as it was, is found again by its instant."""
    begun = now()
    recorded: list[tuple[str, list[Json]]] = []

    def record(minute: int) -> None:
        items = compare(make, plan, **{"from": "2000-01-01"})["added"]
        recorded.append(((begun + timedelta(minutes=minute, milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), items))

    steps: list[Callable[[], Any]] = [
        lambda: revised(make, plan),
        lambda: postponed(make, "A", "2080-12"),
        lambda: ok(make.secretariat.post(f"/deliverables/{item(make, 'C')['id']}/cancel", {"reason": "So."}), 200),
        lambda: postponed(make, "A", "2081-Q1"),
        lambda: make.endorsed(plan),
    ]
    record(0)
    for number, step in enumerate(steps, 1):
        at(monkeypatch, begun + timedelta(minutes=number))
        step()
        record(number)
    at(monkeypatch, begun + timedelta(minutes=len(steps) + 1))
    for moment, items in recorded:
        assert compare(make, plan, **{"from": "2000-01-01", "to": moment})["added"] == items
    long_ago = compare(make, plan, **{"from": "2000-01-01", "to": "2001-01-01"})
    assert (told(long_ago), long_ago["streams"], long_ago["leads"]) == (NOTHING, [], [])
    middle = compare(make, plan, **{"from": recorded[1][0], "to": recorded[4][0]})
    assert told(middle) == {"added": [], "removed": ["C"], "changed": [("A", ("due", "2080-06-30", "2081-Q1", 274))]}


@pytest.mark.parametrize("side", ["from", "to"])
@pytest.mark.parametrize(
    "text",
    [
        "7",
        "yesterday",
        "2015-13-01",
        "2015-06-30T12:00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59Z",
        "0300-01-01T00:00:00Z",
        day(2),
        f"{day(2)}T00:00:00Z",
        "-1",
        "٣",
    ],
)
def test_what_names_no_state_is_refused(make: Make, plan: Json, side: str, text: str) -> None:
    problem = refused(make.viewer.get(f"/workplans/{plan['id']}/compare", params={side: text}), 422, "unknown_parameter")
    assert problem["errors"][0]["parameter"] == side


def test_a_day_that_is_not_over_is_compared_as_it_is_now(make: Make, plan: Json) -> None:
    found = compare(make, plan, **{"from": day(0)})
    assert (told(found), found["from"]["on"], found["from"]["at"]) == (NOTHING, day(0), found["to"]["at"])


def test_a_draft_has_no_baseline_to_start_from(make: Make) -> None:
    plan = make.plan()
    path = f"/workplans/{plan['id']}/compare"
    assert "no baseline yet" in refused(make.viewer.get(path), 422, "unknown_parameter")["detail"]
    assert "no baseline yet" in refused(make.viewer.get(path, params={"from": "0"}), 422, "unknown_parameter")["detail"]
    refused(make.viewer.get(path, params={"from": "2020-01-01", "agency": "NOBODY"}), 422, "unknown_parameter")
    ok(make.viewer.get(path, params={"from": "2020-01-01"}), 200)


ITEMS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries(
        {
            "code": st.sampled_from(["1", "2"]), "title": st.sampled_from(["x", "y"]), "stream": st.sampled_from(["s", "t"]),
            "due": st.sampled_from([None, "2020", "2020-06", "2021-Q1"]), "lead": st.sampled_from([None, "IOM"]),
        }
    ),
).map(lambda found: [{"id": id_, **values} for id_, values in found.items()])  # fmt: skip


@given(ITEMS, ITEMS)
def test_the_differences_turn_one_state_into_the_other(old: list[Json], new: list[Json]) -> None:
    found = differences(old, new)
    made = {item["id"]: dict(item) for item in old if item not in found["removed"]} | {item["id"]: item for item in found["added"]}
    for changed in found["changed"]:
        for change in changed["changes"]:
            assert made[changed["id"]][change["field"]] == change["old"] != change["new"]
            made[changed["id"]][change["field"]] = change["new"]
    assert made == {item["id"]: item for item in new}
    back = differences(new, old)
    assert [i["id"] for i in back["added"]] == [i["id"] for i in found["removed"]]
    parts = [only(found, stream=stream, lead=None) for stream in ("s", "t")]
    for kind, items in found.items():
        assert {i["id"] for i in items} == {i["id"] for part in parts for i in part[kind]}
    assert sum(row["added"] + row["removed"] + row["changed"] for row in summed(found, "stream")) == sum(map(len, found.values()))
