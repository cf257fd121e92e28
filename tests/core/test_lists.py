"""Lists: pages without loss or repeat, filters that fail loudly, and parameters within bounds."""

import base64
import itertools
import json
import operator
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.listing import LARGEST, LIMIT
from tests.access.world import build
from tests.client import Client
from tests.core import raw
from tests.make import Json, Make, ok, refused

DAYS = ("2010-01-01", "2011-01-01", "2011-01-02")
KINDS = ("extend", "admit")


@pytest.fixture
def decisions(make: Make) -> list[Json]:
    """Many decisions on few days, their codes in no order."""
    return [make.decision(code=f"{(n * 7) % 12:02}", decided_on=DAYS[n % 3], kind=KINDS[n % 2]) for n in range(12)]


def pages(client: Client, path: str, between: Any = None, **params: Any) -> Iterator[list[Json]]:
    """Page after page by cursor; something may happen between two."""
    while True:
        page = ok(client.get(path, params=params), 200)
        yield page["items"]
        if page["next_cursor"] is None:
            return
        params["cursor"] = page["next_cursor"]
        if between:
            between()


ORDERS = [
    "decided_on",
    "-decided_on",
    "code",
    "-code",
    "decided_on,code",
    "-decided_on,-code",
    "decided_on,-code",
    "-decided_on,code",
    "-code,decided_on",
]


@pytest.mark.parametrize("sort", ORDERS)
def test_every_order_is_kept_across_pages(make: Make, decisions: list[Json], sort: str) -> None:
    found = list(itertools.chain(*pages(make.viewer, "/decisions", sort=sort, limit=5, group="tst")))
    expected = list(decisions)
    for field in reversed(sort.split(",")):
        expected.sort(key=operator.itemgetter(field.removeprefix("-")), reverse=field.startswith("-"))
    keys = [f.removeprefix("-") for f in sort.split(",")]
    assert [[d[k] for k in keys] for d in found] == [[d[k] for k in keys] for d in expected]
    assert sorted(d["id"] for d in found) == sorted(d["id"] for d in decisions)


def test_paging_loses_and_repeats_nothing_while_others_insert(make: Make, decisions: list[Json]) -> None:
    numbers = itertools.count()

    def insert() -> None:
        for day in DAYS:
            make.decision(code=f"new-{next(numbers)}", decided_on=day)

    for sort in ("decided_on", "-decided_on", "-decided_on,code"):
        found = [d["id"] for d in itertools.chain(*pages(make.viewer, "/decisions", insert, sort=sort, limit=6))]
        assert len(found) == len(set(found))
        assert {d["id"] for d in decisions} <= set(found)


def test_the_link_header_leads_through_the_same_pages(make: Make, decisions: list[Json]) -> None:
    first = make.viewer.get("/decisions", params=[("kind", "extend"), ("kind", "admit"), ("limit", "5"), ("group", "tst")])
    link, _, rest = first.headers["link"].partition(">")
    assert rest == '; rel="next"'
    query = parse_qs(urlsplit(link[1:]).query)
    assert (query["kind"], query["limit"], query["cursor"]) == (["extend", "admit"], ["5"], [first.json()["next_cursor"]])
    second = ok(make.viewer.get(link[1:]), 200)["items"]
    assert not {d["id"] for d in second} & {d["id"] for d in first.json()["items"]}
    last = make.viewer.get("/decisions", params={"limit": 500})
    assert last.json()["next_cursor"] is None
    assert "link" not in last.headers


def tampered(cursor: str) -> list[str]:
    content = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    order, keys = content

    def again(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return [
        cursor[:-3], cursor + "A", "x" * 3_000, "ü", again([["-decided_on"], keys]), again([order, keys[:-1]]), again([order, [None, *keys[1:]]]),
        again([order, [7, *keys[1:]]]), again([order, ["2011-02-30", *keys[1:]]]), again([order, [*keys[:-1], 7]]), again([order, [*keys[:-1], "\0"]]),
        again([order, [*keys[:-1], "\ud800"]]), again({"a": 1, "b": 2}), again([order, 7]), again(7), again([[[]] * 2, keys]),
        base64.urlsafe_b64encode(b"[" * 2_000).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(), again([order, [keys[0], [keys[1]]]]),
    ]  # fmt: skip


def test_a_cursor_that_this_list_did_not_give_is_refused(make: Make, decisions: list[Json]) -> None:
    cursor = ok(make.viewer.get("/decisions", params={"limit": 2}), 200)["next_cursor"]
    for wrong in tampered(cursor):
        problem = refused(make.viewer.get("/decisions", params={"limit": 2, "cursor": wrong}), 422, "unknown_parameter")
        assert problem["errors"][0]["parameter"] == "cursor"
    refused(make.viewer.get("/decisions", params={"limit": 2, "cursor": cursor, "sort": "code"}), 422, "unknown_parameter")
    assert ok(make.viewer.get("/decisions", params={"limit": 2, "cursor": cursor}), 200)["items"]


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "2026-01-01", "2026-13-01T00:00:00Z", 7, None])
def test_a_cursor_with_no_instant_where_one_belongs_is_refused(make: Make, moment: Any) -> None:
    make.member("ILO")
    content = [["updated_at"], [moment, "5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"]]
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    refused(make.viewer.get("/deliverables", params={"sort": "updated_at", "cursor": cursor}), 422, "unknown_parameter")
    content[1][0] = "2026-01-01T00:00:00Z"
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    assert ok(make.viewer.get("/deliverables", params={"sort": "updated_at", "cursor": cursor}), 200)["items"] == []


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("knd", "kind"),
        ("stauts", None),
        ("Limit", "limit"),
        ("decided_form", "decided_from"),
        ("zzzz", None),
        ("", None),
        ("x" * 5_000, None),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest(make: Make, given: str, near: str | None) -> None:
    problem = refused(make.viewer.get("/decisions", params={given: "x"}), 422, "unknown_parameter")
    assert near is None or problem["params"]["nearest"] == near
    assert "kind" in problem["params"]["known"]
    assert len(problem["detail"]) < 500


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=-1", "limit=1.0", "limit=x", "limit=%D9%A3", "limit=5&limit=6", "sort=", "sort=kind", "sort=code,code",
        "sort=code,-code", "sort=--code", "count=1", "count=yes", "fields=", "fields=id,", "fields=nothing", "kind=", "kind=other2", "q=",
        "q=" + "x" * 201, "code=", "decided_from=", "decided_from=2014", "decided_to=2014-02-30", "group=", "group=none", "cursor=",
        "decided_from=2014-01-01&decided_from=2014-01-02", "as_of=2014-02-30", "q=a&q=b",
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_and_named(make: Make, query: str) -> None:
    problem = refused(make.viewer.get(f"/decisions?{query}"), 422, "unknown_parameter")
    assert problem["errors"][0]["parameter"] == query.partition("=")[0]


def test_a_repeated_filter_is_or_and_different_ones_are_and(make: Make, decisions: list[Json]) -> None:
    def count(**params: Any) -> int:
        return len(ok(make.viewer.get("/decisions", params=params), 200)["items"])

    assert count(kind=["extend", "admit"]) == 12
    assert count(kind="extend") == count(kind=["extend", "extend", "waive"]) == 6
    assert count(kind="extend", decided_from=DAYS[1]) == 4
    assert count(decided_from=DAYS[1], decided_to=DAYS[1]) == 4
    assert count(code=["00", "07"], kind="extend") == 1
    assert count(q="DECIDED") == 12
    assert count(q="%") == count(q="_") == count(q="\\") == 0


def test_a_total_is_counted_only_when_asked_for(make: Make, decisions: list[Json]) -> None:
    assert "total" not in ok(make.viewer.get("/decisions"), 200)
    assert "total" not in ok(make.viewer.get("/decisions", params={"count": "false"}), 200)
    for query, total in (({}, 12), ({"kind": "extend"}, 6), ({"kind": "extend", "group": "tst"}, 6), ({"q": "nowhere"}, 0)):
        page = ok(make.viewer.get("/decisions", params=query | {"count": "true", "limit": 2}), 200)
        assert page["total"] == total


def test_the_page_has_fifty_unless_asked(make: Make) -> None:
    assert (LIMIT, LARGEST) == (50, 500)
    for n in range(51):
        make.decision(code=f"N{n}")
    assert [len(p) for p in pages(make.viewer, "/decisions")] == [50, 1]
    assert len(ok(make.viewer.get("/decisions", params={"limit": 500}), 200)["items"]) == 51


def test_fields_leaves_out_and_never_nulls(make: Make, decisions: list[Json]) -> None:
    items = ok(make.viewer.get("/decisions", params={"fields": "code, id,code"}), 200)["items"]
    assert {frozenset(i) for i in items} == {frozenset({"code", "id"})}


def test_letters_beyond_ascii_may_come_unescaped(make: Make) -> None:
    make.agency("IOM", name="Organisation pour les migrations, Genève")
    for query in ("q=Gen%C3%A8ve", "q=GENEVE", "q=Genève"):
        answer = raw.send(make.administrator, "GET", f"/api/v1/agencies?{query}".encode())
        assert [a["code"] for a in json.loads(answer.body)["items"]] == ["IOM"], query


def test_every_list_takes_each_of_its_orders_and_fields_and_nothing_else(make: Make) -> None:
    """On this engine, over all lists of the service."""
    world = build(make)
    lists = [path for name, (method, path, _) in world.calls.items() if method == "GET" and name.startswith("list_") and path != "/changes"]
    assert len(lists) > 20
    for path in lists:
        reader = world.actors["own" if path.startswith("/me/") else "secretariat"]
        whole = ok(reader.get(path, params={"count": "true"}), 200)
        assert whole["items"] or path.endswith(("/extensions", "/updates")), path
        assert whole["total"] == len(whole["items"])
        refused(reader.get(path, params={"canary": "x"}), 422, "unknown_parameter")
        for order in refused(reader.get(path, params={"sort": "canary"}), 422, "unknown_parameter")["params"]["known"]:
            for sort in (order, f"-{order}"):
                found = list(itertools.chain(*pages(reader, path, sort=sort, limit=1)))
                assert {str(i) for i in found} == {str(i) for i in whole["items"]}, f"{path} {sort}"
        for name in refused(reader.get(path, params={"fields": "canary"}), 422, "unknown_parameter")["params"]["known"]:
            assert all(set(i) == {name} for i in ok(reader.get(path, params={"fields": name}), 200)["items"])


def test_a_history_is_paged_by_number_and_takes_no_other_cursor(make: Make) -> None:
    assert make.group
    for version in range(1, 6):
        ok(make.administrator.patch("/groups/tst", {"name": f"N{version}"}, version=version), 200)
    found = list(itertools.chain(*pages(make.secretariat, "/groups/tst/history", limit=2)))
    assert [c["version"] for c in found] == [1, 2, 3, 4, 5, 6]
    for wrong in (True, "1", 1.5, 2**63, None, [1]):
        cursor = base64.urlsafe_b64encode(json.dumps([["seq"], [wrong, wrong]]).encode()).decode().rstrip("=")
        refused(make.secretariat.get("/groups/tst/history", params={"cursor": cursor}), 422, "unknown_parameter")


def test_a_list_within_a_thing_is_searched_by_what_it_holds(make: Make) -> None:
    make.deliverable("A", topics=["youth", "data"])
    make.deliverable("B", topics=["health"])
    for topics, codes in ((["youth"], ["A"]), (["youth", "health"], ["A", "B"]), (["none"], [])):
        assert [d["code"] for d in ok(make.viewer.get("/deliverables", params={"topic": topics, "sort": "code"}), 200)["items"]] == codes
