"""A change names the version that its author saw; whoever comes late learns what changed since."""

import pytest

from tests.access.world import build
from tests.make import Make, ok, refused


def test_a_patch_must_name_a_version(make: Make) -> None:
    secretariat = make.secretariat
    before = make.journal()
    refused(secretariat.patch("/groups/tst", {"name": "Renamed"}), 428, "precondition_required")
    assert make.journal() == before
    assert ok(make.secretariat.patch("/groups/tst", {"name": "Renamed"}, version=1), 200)["version"] == 2


def test_a_stale_patch_learns_who_changed_what_and_when(make: Make) -> None:
    first = ok(make.secretariat.patch("/groups/tst", {"name": "Renamed"}, version=1), 200)
    ok(make.administrator.patch("/groups/tst", {"note": "So."}, version=2), 200)
    before = make.journal()
    problem = refused(make.secretariat.patch("/groups/tst", {"name": "Mine"}, version=1), 412, "stale_version")
    assert make.journal() == before
    told = problem["params"]
    assert (told["current_version"], told["seen_version"], told["what"]) == (3, 1, "group")
    assert [(c["version"], c["operation"], c["fields"]) for c in told["changed"]] == [
        (2, "group:amend", {"name": ["Group tst", "Renamed"]}),
        (3, "group:amend", {"note": [None, "So."]}),
    ]
    assert told["changed"][0]["at"] == first["updated_at"]
    assert [c["actor"] for c in told["changed"]] == [ok(c.get("/me"), 200)["id"] for c in (make.secretariat, make.administrator)]


def test_the_etag_of_a_get_and_of_a_write_are_both_taken(make: Make) -> None:
    assert make.group
    etag = make.secretariat.get("/groups/tst").headers["etag"]
    assert etag.startswith('"1-')
    written = make.secretariat.patch("/groups/tst", {"name": "One"}, headers={"if-match": etag})
    assert (written.status_code, written.headers["etag"]) == (200, '"2"')
    assert make.secretariat.patch("/groups/tst", {"name": "Two"}, headers={"if-match": written.headers["etag"]}).status_code == 200
    assert make.secretariat.patch("/groups/tst", {"name": "Three"}, headers={"if-match": 'W/"3"'}).status_code == 200


@pytest.mark.parametrize("given", ["", "x", '"', '"x"', '"-1"', '"1', '"1", "2"', "1.0", '"²"'.encode(), '"99999999999999999999"', '"0x1"'])
def test_an_if_match_that_is_none_of_our_etags_matches_nothing(make: Make, given: str | bytes) -> None:
    secretariat = make.secretariat
    before = make.journal()
    answer = secretariat.patch("/groups/tst", {"name": "Mine"}, headers={"if-match": given})
    if given == '"1':  # a quote forgotten is still that version
        assert ok(answer, 200)["version"] == 2
        return
    refused(answer, 412, "stale_version")
    assert make.journal() == before


def test_an_if_match_of_any_version_names_none(make: Make) -> None:
    """`*` would overwrite unseen what somebody else has written; a step, which needs no version, takes it."""
    assert make.group
    refused(make.secretariat.patch("/groups/tst", {"name": "Mine"}, headers={"if-match": " * "}), 428, "precondition_required")
    plan = make.plan()
    assert make.secretariat.post(f"/workplans/{plan['id']}/circulate", headers={"if-match": "*"}).status_code == 200


def test_of_two_patches_of_one_version_one_wins(make: Make) -> None:
    assert make.group
    secretariat = make.secretariat
    for version in range(1, 6):
        calls = [lambda n=n, v=version: secretariat.patch("/groups/tst", {"name": f"{v}-{n}"}, version=v) for n in range(2)]
        answers = secretariat.at_once(*calls)
        assert sorted(a.status_code for a in answers) == [200, 412]
        (loser,) = [a for a in answers if a.status_code == 412]
        assert [c["version"] for c in loser.json()["params"]["changed"]] == [version + 1]
    assert ok(secretariat.get("/groups/tst"), 200)["version"] == 6


def test_every_patch_asks_for_the_version_before_it_judges_the_rest(make: Make) -> None:
    world = build(make)
    before = make.journal()
    patches = [name for name, (method, _, _) in world.calls.items() if method == "PATCH"]
    assert len(patches) > 15
    for name in patches:
        actor = "administrator" if name in ("amend_agency", "amend_person", "amend_group") else "secretariat"
        assert refused(world.send(actor, name, headers={}), 428, "precondition_required")
        assert refused(world.send(actor, name, headers={"if-match": '"77"'}), 412, "stale_version")
    wrong = {"agency": "NOBODY"}
    refused(make.administrator.patch(world.calls["amend_person"][1], wrong), 428, "precondition_required")
    refused(make.administrator.patch("/agencies/OWN", {"constituents": ["NOBODY"]}), 428, "precondition_required")
    assert make.journal() == before
