"""Adding a deliverable and changing it: its code and titles, its due date, its body and its stream."""

import pytest

from tests.make import Json, Make, ok, refused


def test_adding_refuses_what_does_not_exist_here(make: Make) -> None:
    make.a_group("oth")
    other = make.service.as_(make.token("secretariat", "oth"))
    theirs = ok(other.post("/working-groups", {"group": "oth", "code": "WG", "name": "Theirs"}))
    plan = ok(other.post("/workplans", {"group": "oth", "code": "P", "title": "T", "starts_on": "2020-01-01", "ends_on": "2021-01-01"}))
    foreign_stream = ok(other.post(f"/workplans/{plan['id']}/streams", {"code": "1", "title": "T"}))
    foreign = ok(other.post("/deliverables", {"stream": foreign_stream["id"], "code": "D1", "title": "T"}))
    body = {"stream": make.default_stream["id"], "code": "D1", "title": "T"}
    with make.unchanged():
        for field, value in (
            ("stream", "none"),
            ("stream", foreign_stream["id"]),
            ("body", "none"),
            ("body", theirs["id"]),
            ("carried_from", "none"),
            ("carried_from", foreign["id"]),
        ):
            problem = refused(make.secretariat.post("/deliverables", body | {field: value}), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == f"/{field}"
        for wrong in (
            {"due": "soon"},
            {"due": "by 2015"},
            {"due": "2015-Q5"},
            {"due": "2015-13"},
            {"due": "1815"},
            {"kind": "Big Book"},
            {"countries": ["Bangladesh"]},
            {"visibility": "secret"},
        ):
            refused(make.secretariat.post("/deliverables", body | wrong), 422, "invalid")
        refused(make.viewer.post("/deliverables", body), 403, "forbidden")
    first = ok(make.secretariat.post("/deliverables", body))
    assert ok(make.secretariat.post("/deliverables", body | {"code": "D2", "carried_from": first["id"]}))["carried_from"] == first["id"]


def test_a_code_is_taken_in_its_plan_only(make: Make) -> None:
    make.deliverable("D1")
    second = make.deliverable("D2")
    elsewhere = make.stream(make.plan("WP2"))
    body = {"stream": make.default_stream["id"], "code": "D1", "title": "T"}
    with make.unchanged():
        refused(make.secretariat.post("/deliverables", body), 409, "deliverable_code_taken")
        refused(
            make.secretariat.patch(f"/deliverables/{second['id']}", {"code": "D1"}, version=second["version"]),
            409,
            "deliverable_code_taken",
        )
    ok(make.secretariat.post("/deliverables", body | {"stream": elsewhere["id"]}))


def test_of_eight_that_add_one_code_at_once_one_does(make: Make) -> None:
    secretariat, body = make.secretariat, {"stream": make.default_stream["id"], "code": "D1", "title": "T"}
    answers = secretariat.at_once(*[lambda: secretariat.post("/deliverables", body)] * 8)
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"deliverable_code_taken"}


class TestFormerNames:
    def test_former_codes_and_titles_are_kept_and_found(self, make: Make) -> None:
        item = make.deliverable("D1", title="Jóvenes y Migración", former_titles=["Adolescents and Migration"])
        address = f"/deliverables/{item['id']}"
        item = ok(make.secretariat.patch(address, {"title": "Youth Report", "code": "D1.2"}, version=item["version"]), 200)
        assert (item["former_titles"], item["former_codes"]) == (["Adolescents and Migration", "Jóvenes y Migración"], ["D1"])
        for words in ("jovenes", "JÓVENES", "migracion", "adolescénts", "youth rep", "d1", "D1.2", "ADOLESCENTS AND"):
            assert [i["id"] for i in make.read("/deliverables", q=words)["items"]] == [item["id"]], words
        for words in ("nothing", "%", "_"):
            assert make.read("/deliverables", q=words)["items"] == []

    def test_a_title_that_comes_back_is_former_no_more(self, make: Make) -> None:
        item = make.deliverable("D1", title="A")
        address = f"/deliverables/{item['id']}"
        for title in ("B", "C", "A"):
            item = ok(make.secretariat.patch(address, {"title": title}, version=item["version"]), 200)
        assert (item["title"], item["former_titles"]) == ("A", ["B", "C"])
        assert item["version"] == 4

    def test_the_same_title_again_changes_nothing(self, make: Make) -> None:
        item = make.deliverable("D1", title="A")
        with make.unchanged():
            same = ok(make.secretariat.patch(f"/deliverables/{item['id']}", {"title": "A", "code": "D1"}, version=item["version"]), 200)
        assert same["version"] == item["version"]


class TestDueAndSunset:
    @pytest.fixture
    def force(self, make: Make) -> Json:
        return make.active_task_force(sunset_on="2090-06-30")

    @pytest.mark.parametrize("due", ["2090-07-01", "2090-Q3", "2090", "2090-H2"])
    def test_it_is_refused_on_adding_amending_and_moving(self, make: Make, force: Json, due: str) -> None:
        inside, outside = make.deliverable("D1", body=force["id"], due="2090-Q2"), make.deliverable("D2", due=due)
        with make.unchanged():
            body = {"stream": make.default_stream["id"], "code": "D9", "title": "T", "body": force["id"], "due": due}
            problem = refused(make.secretariat.post("/deliverables", body), 422, "due_after_sunset")
            assert (problem["params"]["body"], problem["errors"][0]["pointer"]) == ("TF-1", "/due")
            refused(
                make.secretariat.patch(f"/deliverables/{inside['id']}", {"due": due}, version=inside["version"]), 422, "due_after_sunset"
            )
            refused(
                make.secretariat.patch(f"/deliverables/{outside['id']}", {"body": force["id"]}, version=outside["version"]),
                422,
                "due_after_sunset",
            )
        both = {"body": force["id"], "due": "2090-06-30"}
        assert (
            ok(make.secretariat.patch(f"/deliverables/{outside['id']}", both, version=outside["version"]), 200)["due"]["latest"]
            == "2090-06-30"
        )
        freed = {"body": None, "due": due}
        assert ok(make.secretariat.patch(f"/deliverables/{inside['id']}", freed, version=inside["version"]), 200)["body"] is None

    def test_one_without_a_due_date_may_be_in_it(self, make: Make, force: Json) -> None:
        item = make.deliverable("D1", body=force["id"])
        assert item["due"] is None
        assert "no_due" in item["flags"]


def test_it_moves_within_its_plan(make: Make) -> None:
    plan = make.plan("P1")
    one, two, other = make.stream(plan, "1"), make.stream(plan, "2"), make.stream(make.plan("P2"))
    item = make.deliverable("D1", one)
    address = f"/deliverables/{item['id']}"
    with make.unchanged():
        for wrong in ("none", other["id"]):
            problem = refused(make.secretariat.patch(address, {"stream": wrong}, version=item["version"]), 422, "unknown_reference")
            assert problem["errors"][0]["pointer"] == "/stream"
        refused(make.secretariat.patch(address, {"body": "none"}, version=item["version"]), 422, "unknown_reference")
        refused(make.secretariat.patch(address, {"stream": two["id"]}), 428, "precondition_required")
        refused(make.secretariat.patch(address, {"stream": two["id"]}, version=9), 412, "stale_version")
    assert ok(make.secretariat.patch(address, {"stream": two["id"]}, version=item["version"]), 200)["stream"]["code"] == "2"


def test_the_plain_fields_are_amended(make: Make) -> None:
    item = make.deliverable("D1", topics=["youth"], countries=["BD"])
    change = {
        "kind": "handbook",
        "description": "D",
        "topics": [],
        "countries": ["JM", "MD"],
        "mandate": "A/RES/61/208",
        "visibility": "public",
        "certainty": "assumed",
        "sources": ["s"],
        "note": "n",
    }
    after = ok(make.secretariat.patch(f"/deliverables/{item['id']}", change, version=item["version"]), 200)
    assert {n: after[n] for n in change} == change


def test_a_stale_patch_names_what_changed_since(make: Make) -> None:
    item = make.deliverable("D1", title="A")
    address = f"/deliverables/{item['id']}"
    ok(make.secretariat.patch(address, {"title": "B"}, version=1), 200)
    with make.unchanged():
        problem = refused(make.secretariat.patch(address, {"title": "C"}, version=1), 412, "stale_version")
    (since,) = problem["params"]["changed"]
    assert (since["operation"], since["fields"]["title"], problem["params"]["current_version"]) == ("deliverable:amend", ["A", "B"], 2)
