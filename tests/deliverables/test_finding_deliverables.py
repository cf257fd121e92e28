"""Filters, paging beside writers, and who may see what."""

import threading

import pytest

from tests.make import Json, Make, ok, refused


@pytest.fixture
def items(make: Make) -> dict[str, Json]:
    for code in ("IOM", "ILO"):
        make.member(code)
    two = make.stream(code="2", plan=make.plan("WP2"))
    found = {
        "A": make.deliverable("A", due="2014-Q2", topics=["youth", "data"], countries=["BD"], kind="publication"),
        "B": make.deliverable("B", due="2015-06-30", topics=["data"], countries=["JM", "BD"], visibility="public"),
        "C": make.deliverable("C", stream=two, topics=["remittances"]),
    }
    make.lead(found["A"], "IOM", ends_on="2021-12-31")
    make.lead(found["B"], "IOM", role="co_lead")
    make.lead(found["C"], "ILO")
    make.asked(found["C"], "IOM", "contributor")
    ok(make.secretariat.post(f"/deliverables/{found['B']['id']}/updates", {"confidence": "at_risk"}))
    make.delivered(found["A"], delivered_on="2014-12-18")
    return found


FILTERS: list[tuple[Json, str]] = [
    ({}, "ABC"), ({"status": ["delivered", "not_started"]}, "ABC"), ({"status": "delivered"}, "A"), ({"topic": "data"}, "AB"),
    ({"topic": ["youth", "remittances"]}, "AC"), ({"country": "BD"}, "AB"), ({"country": ["JM", "XX"]}, "B"), ({"country": "XX"}, ""),
    ({"due_from": "2014-06-30"}, "AB"), ({"due_from": "2014-07-01"}, "B"), ({"due_to": "2014-06-29"}, ""), ({"due_to": "2014-06-30"}, "A"),
    ({"due_from": "2015-01-01", "due_to": "2015-06-30"}, "B"), ({"delivered_from": "2014-12-18", "delivered_to": "2014-12-18"}, "A"),
    ({"agency": "IOM"}, "B"), ({"agency": "IOM", "as_of": "2021-12-31"}, "AB"), ({"agency": "IOM", "role": "lead"}, ""),
    ({"agency": "iom", "role": "lead", "as_of": "2021-12-31"}, "A"), ({"agency": ["IOM", "ILO"], "role": ["lead", "co_lead"]}, "BC"),
    ({"role": "contributor"}, ""), ({"role": "co_lead"}, "B"), ({"has_lead": "false"}, "AB"), ({"confidence": "at_risk"}, "B"),
    ({"visibility": "public"}, "B"), ({"kind": "publication"}, "A"), ({"code": ["A", "C"]}, "AC"), ({"overdue": "true"}, "B"),
    ({"group": "tst", "topic": "data", "status": "delivered"}, "A"), ({"q": "deliverable c"}, "C"),
]  # fmt: skip


def test_each_filter_finds_its_own(make: Make, items: dict[str, Json]) -> None:
    """A repeated parameter is OR, different ones are AND."""
    for params, codes in FILTERS:
        found = ok(make.viewer.get("/deliverables", params=params), 200)["items"]
        assert "".join(i["code"] for i in found) == codes, params


def test_a_total_is_that_of_what_one_sees(make: Make, items: dict[str, Json]) -> None:
    """Counted by the tallies where these can tell, by the rows where they cannot: a stranger to the group sees its public plan's public part."""
    plan, two = (items[name]["workplan"]["id"] for name in ("A", "C"))
    make.endorsed(make.read(f"/workplans/{plan}"))
    ok(make.secretariat.patch("/groups/tst", {"public": True}, version=make.read("/groups/tst")["version"]), 200)
    make.a_group("other")
    stranger = make.service.as_(make.token("viewer", "other"))
    asked: list[tuple[Json, tuple[int, int]]] = [
        ({}, (3, 1)), ({"group": "tst"}, (3, 1)), ({"workplan": plan}, (2, 1)), ({"workplan": [plan, two]}, (3, 1)),
        ({"workplan": two}, (1, 0)), ({"stream": items["C"]["stream"]["id"]}, (1, 0)), ({"stream": items["A"]["stream"]["id"]}, (2, 1)),
        ({"workplan": plan, "status": "delivered"}, (1, 0)), ({"workplan": plan, "group": "tst"}, (2, 1)),
        ({"workplan": plan, "status": ["not_started", "in_progress"]}, (1, 1)), ({"workplan": "none"}, (0, 0)),
        ({"workplan": plan, "kind": "publication"}, (1, 0)),
    ]  # fmt: skip
    for params, (inside, outside) in asked:
        for reader, total in ((make.administrator, inside), (make.viewer, inside), (stranger, outside)):
            found = ok(reader.get("/deliverables", params=params | {"count": "true"}), 200)
            assert (found["total"], len(found["items"])) == (total, total), params


def test_by_plan_stream_and_body(make: Make, items: dict[str, Json]) -> None:
    body = make.working_group()
    ok(make.secretariat.patch(f"/deliverables/{items['C']['id']}", {"body": body["id"]}, version=items["C"]["version"]), 200)
    for params in ({"workplan": items["C"]["workplan"]["id"]}, {"stream": items["C"]["stream"]["id"]}, {"body": body["id"]}):
        assert [i["code"] for i in make.read("/deliverables", **params)["items"]] == ["C"]


def test_what_is_mistyped_is_refused(make: Make) -> None:
    for params, near in (
        ({"stauts": "late"}, "status"),
        ({"status": "late"}, None),
        ({"limit": "501"}, None),
        ({"sort": "deu"}, None),
        ({"due_to": "soon"}, None),
    ):
        problem = refused(make.viewer.get("/deliverables", params=params), 422, "unknown_parameter")
        assert near is None or near in problem["detail"]
    for params in ({"agency": "NOBODY"}, {"group": "nobody"}):
        refused(make.viewer.get("/deliverables", params=params), 422, "unknown_parameter")


def test_pages_lose_and_repeat_nothing_while_others_insert(make: Make) -> None:
    make.member("IOM")
    stream = make.default_stream
    for n in range(30):
        make.deliverable(f"D{n:02}", due=f"2014-{n % 12 + 1:02}")
    before = {i["id"] for i in make.read("/deliverables", limit=500)["items"]}
    stop, secretariat = threading.Event(), make.secretariat
    written: list[int] = []

    def write() -> None:
        while not stop.is_set() and len(written) < 60:
            n = len(written)
            body = {"stream": stream["id"], "code": f"N{n}", "title": "New", "due": f"2014-{n % 12 + 1:02}"}
            written.append(secretariat.post("/deliverables", body).status_code)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for sort in ("due", "-due,code"):
            seen: list[str] = []
            cursor: Json = {}
            while True:
                page = make.read("/deliverables", group="tst", sort=sort, limit=4, **cursor)
                seen += [i["id"] for i in page["items"]]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
            assert len(seen) == len(set(seen))
            assert before <= set(seen)
    finally:
        stop.set()
        writer.join()
    assert set(written) == {201}


class TestSight:
    @pytest.fixture
    def public(self, make: Make, items: dict[str, Json]) -> dict[str, Json]:
        group = make.read("/groups/tst")
        ok(make.administrator.patch("/groups/tst", {"public": True}, version=group["version"]), 200)
        assert ok(make.service.get("/deliverables"), 200)["items"] == []  # not while their plan is a draft
        make.endorsed(items["B"]["workplan"])
        return items

    def test_strangers_see_public_rows_of_public_groups(self, make: Make, public: dict[str, Json]) -> None:
        make.a_group("oth")
        other = make.service.as_(make.token("viewer", "oth"))
        for stranger in (make.service, other):
            assert [i["code"] for i in ok(stranger.get("/deliverables"), 200)["items"]] == ["B"]
            assert ok(stranger.get("/deliverables", params={"group": "tst", "count": "true"}), 200)["total"] == 1
            assert ok(stranger.get(f"/deliverables/{public['B']['id']}"), 200)["code"] == "B"
            for hidden in ("A", "C"):
                refused(stranger.get(f"/deliverables/{public[hidden]['id']}"), 404, "not_found")
            assert ok(stranger.get(f"/deliverables/{public['B']['id']}/updates"), 200)["items"] == []
        assert [i["code"] for i in ok(make.viewer.get("/deliverables"), 200)["items"]] == ["A", "B", "C"]

    def test_who_was_asked_and_what_was_answered_is_for_members(self, make: Make, public: dict[str, Json]) -> None:
        make.a_group("oth")
        other = make.service.as_(make.token("viewer", "oth"))
        assert ok(other.get("/assignments"), 200)["items"] == []
        refused(other.get(f"/deliverables/{public['A']['id']}/assignments"), 404, "not_found")
        for address in ("/assignments", f"/deliverables/{public['B']['id']}/assignments"):
            refused(make.service.get(address), 401, "unauthenticated")

    def test_a_draft_plan_is_for_members_until_it_is_endorsed(self, make: Make, public: dict[str, Json]) -> None:
        draft = make.plan("DRAFT", starts_on="2091-01-01", ends_on="2091-12-31")
        stream = make.stream(draft)
        assert [p["state"] for p in ok(make.service.get("/workplans"), 200)["items"]] == ["endorsed"]
        assert draft["code"] not in [s["workplan"]["code"] for s in ok(make.service.get("/streams"), 200)["items"]]
        for address in (f"/workplans/{draft['id']}", f"/streams/{stream['id']}"):
            refused(make.service.get(address), 404, "not_found")
            ok(make.viewer.get(address), 200)

    def test_public_rows_do_not_show_their_history(self, make: Make, public: dict[str, Json]) -> None:
        refused(make.service.get(f"/deliverables/{public['B']['id']}/history"), 401, "unauthenticated")
        make.a_group("oth")
        other = make.service.as_(make.token("viewer", "oth"))
        refused(other.get(f"/deliverables/{public['B']['id']}/history"), 404, "not_found")

    def test_of_a_group_that_is_not_public_they_see_nothing(self, make: Make, items: dict[str, Json]) -> None:
        make.a_group("oth")
        for stranger in (make.service, make.service.as_(make.token("viewer", "oth"))):
            for path in ("/deliverables", "/workplans", "/streams", "/working-groups"):
                assert ok(stranger.get(path), 200)["items"] == []
                refused(stranger.get(path, params={"group": "tst"}), 422, "unknown_parameter")
            refused(stranger.get(f"/deliverables/{items['B']['id']}"), 404, "not_found")

    def test_a_public_reader_does_not_write(self, make: Make, public: dict[str, Json]) -> None:
        make.a_group("oth")
        other = make.service.as_(make.token("secretariat", "oth"))
        with make.unchanged():
            refused(other.post(f"/deliverables/{public['B']['id']}/confirm"), 404, "not_found")
            refused(make.service.post(f"/deliverables/{public['B']['id']}/confirm"), 401, "unauthenticated")
