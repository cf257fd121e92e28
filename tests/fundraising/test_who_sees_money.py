"""Amounts are for those inside a group; others see its totals where it shares them, and never who gave what."""

from typing import Any

import pytest

from tests.client import Client
from tests.make import Json, Make, ok, refused


@pytest.fixture
def project(make: Make) -> Json:
    lines = [{"label": "Staff", "amount": "98765432.10"}]
    project = make.project(budget="98765432.10", budget_lines=lines, visibility="public", description="What it is for.")
    make.project("HID", budget="7.00")
    gift = make.gift(project, "12345678.90", "committed", agreement_ends_on="2026-12-24")
    make.step(gift, "receive", amount="10.00")
    make.step(gift, "reports", label="Report", due_on="2026-12-24")
    return project


def share(make: Make, **values: Any) -> None:
    version = make.read("/groups/tst")["version"]
    ok(make.secretariat.patch("/groups/tst", {"share_funding": True} | values, version=version), 200)


def amounts(client: Client, path: str, **params: Any) -> Any:
    return ok(client.get(path, params=params), 200)


def everything(make: Make, client: Client) -> str:
    """All that a reader can find, by every door."""
    told = [
        client.get(path).text
        for path in ("/projects", "/contributions", "/donors", "/consultations", "/project-parts", "/groups/tst/funnel")
    ]
    for project in make.read("/projects")["items"]:
        told += [
            client.get(f"/projects/{project['id']}{sub}").text
            for sub in ("", "/contributions", "/passings", "/funding", "/history", "/assignments")
        ]
    for gift in make.read("/contributions")["items"]:
        told.append(client.get(f"/contributions/{gift['id']}").text)
    told += [
        client.get(path).text
        for path in (
            "/changes?limit=500",
            "/stats?measure=funding&group=tst",
            f"/workplans/{make.default_stream['workplan']['id']}/funding",
        )
    ]
    return "\n".join(told)


def test_who_merely_reads_finds_no_amount_and_no_donor_by_any_door(make: Make, project: Json) -> None:
    inside = everything(make, make.focal_point("LEAD"))
    assert all(word in inside for word in ("12345678.90", "98765432.10", "9876543210", "1234567890", "SDC", "Staff", "2026-12-24"))
    for client in (make.viewer, make.service):
        found = everything(make, client)
        assert not [
            word for word in ("12345678.90", "98765432.10", "9876543210", "1234567890", "SDC", "Staff", "2026-12-24") if word in found
        ]
    shown = amounts(make.viewer, f"/projects/{project['id']}")
    assert (shown["budget"], shown["budget_lines"], shown["amounts_shown"], shown["description"]) == (None, [], False, "What it is for.")
    for path in (f"/projects/{project['id']}/funding", f"/projects/{project['id']}/contributions", f"/projects/{project['id']}/passings"):
        refused(make.viewer.get(path), 403, "forbidden")
    refused(make.viewer.get("/stats", params={"measure": "funding", "group": "tst"}), 403, "forbidden")
    assert amounts(make.viewer, "/contributions", count="true")["total"] == 0


def test_a_group_that_shares_its_funding_shows_totals_and_still_not_who_gave(make: Make, project: Json) -> None:
    share(make)
    shown = amounts(make.viewer, f"/projects/{project['id']}")
    assert (shown["budget"], shown["budget_lines"], shown["amounts_shown"]) == ("98765432.10", [], True)
    assert amounts(make.viewer, f"/projects/{project['id']}/funding")["gap"] == "86419753.20"
    assert amounts(make.viewer, "/stats", measure="funding", group="tst")["gap"] == "86419760.20"
    refused(make.viewer.get(f"/projects/{project['id']}/contributions"), 403, "forbidden")
    assert "SDC" not in everything(make, make.viewer)
    refused(make.service.get(f"/projects/{project['id']}/funding"), 404, "not_found")


def test_anybody_sees_the_totals_of_what_is_public_where_the_group_shares_them(make: Make, project: Json) -> None:
    hidden = make.read("/projects", code="HID")["items"][0]["id"]
    share(make, public=True, share_funding=False)
    assert [p["code"] for p in amounts(make.service, "/projects")["items"]] == ["PRJ"]
    refused(make.service.get(f"/projects/{project['id']}/funding"), 403, "forbidden")
    share(make)
    make.a_group("oth")
    stranger = make.service.as_(make.token("viewer", "oth"))
    for client in (make.service, stranger):
        assert amounts(client, f"/projects/{project['id']}/funding")["gap"] == "86419753.20"
        refused(client.get(f"/projects/{hidden}/funding"), 404, "not_found")
        refused(client.get(f"/projects/{hidden}"), 404, "not_found")
    for path in (f"/projects/{project['id']}/history", "/groups/tst/funnel"):
        refused(stranger.get(path), 404, "not_found")
    assert amounts(stranger, "/stats", measure="funding", group="tst")["gap"] == "86419753.20", "the hidden project is in no sum"
    plan = make.default_stream["workplan"]["id"]
    refused(make.service.get(f"/workplans/{plan}/funding"), 404, "not_found")
    refused(stranger.get("/stats", params={"measure": "funding", "workplan": plan}), 422, "unknown_parameter")


def test_an_administrator_reads_all_and_changes_nothing(make: Make, project: Json) -> None:
    assert amounts(make.administrator, f"/projects/{project['id']}/funding")["gap"] == "86419753.20"
    assert amounts(make.administrator, "/contributions", count="true")["total"] == 1
    assert "budget" in str(amounts(make.administrator, f"/projects/{project['id']}/history"))
    with make.unchanged():
        refused(make.administrator.post(f"/projects/{project['id']}/advance", {"to": "concept"}), 403, "forbidden")


def test_what_a_group_shared_once_is_no_right_to_read_it_now(make: Make, project: Json) -> None:
    share(make, iati_ref="XM-DAC-1")
    then = {"known_at": make.read("/groups/tst")["updated_at"]}
    share(make, share_funding=False)
    own = f"/projects/{project['id']}"
    assert "98765432.10" in make.focal_point("LEAD").get(own, params=then).text
    ok(make.focal_point("LEAD").get(f"{own}/funding", params=then), 200)
    shown = amounts(make.viewer, own, **then)
    assert (shown["title"], shown["amounts_shown"], shown["budget"], shown["covered_on"]) == ("Project PRJ", False, None, None)
    assert "98765432.10" not in make.viewer.get("/projects", params={"group": "tst"} | then).text
    plan = make.default_stream["workplan"]["id"]
    for path in (f"{own}/funding", f"{own}/iati", "/groups/tst/iati", f"/workplans/{plan}/funding", "/stats?measure=funding&group=tst"):
        address, _, asked = path.partition("?")
        refused(make.viewer.get(address, params=then | dict(part.split("=") for part in asked.split("&") if part)), 403, "forbidden")


def test_the_file_of_a_project_that_is_not_public_is_for_those_inside(make: Make) -> None:
    given: Json = {"budget": "5.00", "starts_on": "2024-01-01", "ends_on": "2026-01-01"}
    make.agency("UNDP", iati_ref="XM-DAC-41114")
    make.member("UNDP")
    hidden, told = make.project("HID", "UNDP", **given), make.project("PUB", "UNDP", visibility="public", **given)
    share(make, iati_ref="XM-DAC-1")
    for client, project, status in (
        (make.viewer, hidden, 403), (make.viewer, told, 200), (make.focal_point("UNDP"), hidden, 200), (make.administrator, hidden, 200),
    ):  # fmt: skip
        assert client.get(f"/projects/{project['id']}/iati").status_code == status, (project["code"], status)


def test_what_is_closed_by_its_own_door_is_not_shown_in_a_public_project(make: Make) -> None:
    project = make.project(visibility="public", countries=["BD", "JM"], partners=[])
    address = f"/projects/{project['id']}"
    make.member("IOM")
    ok(make.secretariat.post(f"{address}/assignments", {"agency": "IOM", "role": "partner"}))
    ok(make.secretariat.post(f"{address}/consultations", {"country": "BD", "outcome": "objection"}))
    named = {}
    for code, visibility in (("D1", "public"), ("D2", "internal")):
        named[code] = make.deliverable(code, visibility=visibility, due="2030")
        part = ok(make.secretariat.post(f"/deliverables/{named[code]['id']}/assignments", {"agency": "IOM", "role": "contributor"}))
        ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/accept", {"if_funded": project["id"]}), 200)
    share(make, public=True)
    make.a_group("oth")
    stranger = make.service.as_(make.token("viewer", "oth"))
    names = ("streams", "asked", "consultations", "unconsulted", "objecting", "deliverables")

    def found(client: Client) -> dict[str, int]:
        (listed,) = ok(client.get("/projects", params={"group": "tst"}), 200)["items"]
        assert listed == ok(client.get(address), 200)
        return {name: len(listed[name]) for name in names}

    def by_stream(client: Client) -> list[Any]:
        return [row["code"] for by in ("stream", "workplan") for row in amounts(client, f"{address}/funding", by=by)["items"]]

    everything = dict(zip(names, (1, 1, 1, 1, 1, 2), strict=True))
    for client in (make.viewer, make.focal_point("IOM"), make.administrator):
        assert found(client) == everything
        assert by_stream(client) == ["1", "WP"]
    for client in (make.service, stranger):
        assert found(client) == dict.fromkeys(names, 0)
        assert by_stream(client) == [None, None]
        assert len(ok(client.get("/projects", params={"consulted": "true"}), 200)["items"]) == 1, "it says nothing of who was heard"
    make.endorsed(make.default_stream["workplan"])
    for client in (make.service, stranger):
        assert found(client) == dict.fromkeys(names, 0) | {"streams": 1, "deliverables": 1}
        assert by_stream(client) == ["1", "WP"]


def test_why_money_came_is_told_to_those_inside_also_where_it_made_a_yes_firm(make: Make) -> None:
    project, thing = make.project(budget="10.00"), make.deliverable()
    make.member("IOM")
    part = make.asked(thing, "IOM")
    ok(make.focal_point("IOM").post(f"/assignments/{part['id']}/accept", {"if_funded": project["id"]}), 200)
    gift = make.gift(project, "1.00", "committed")
    ok(make.secretariat.patch(f"/contributions/{gift['id']}", {"amount": "10.00", "reason": "SDC gives all."}, version=1), 200)
    ok(make.secretariat.post(f"/deliverables/{thing['id']}/cancel", {"reason": "Not needed."}), 200)
    for path in (f"/assignments/{part['id']}/history", f"/deliverables/{thing['id']}/history", "/changes?limit=500"):
        for client, sees in ((make.focal_point("IOM"), True), (make.administrator, True), (make.viewer, False)):
            found = [c for c in ok(client.get(path), 200)["items"] if c["entity"] == "assignment"]
            (firm,) = [c for c in found if c["operation"] == "contribution:amend"]
            assert firm["reason"] == ("SDC gives all." if sees else None), path
    assert "Not needed." in make.viewer.get(f"/deliverables/{thing['id']}/history").text
