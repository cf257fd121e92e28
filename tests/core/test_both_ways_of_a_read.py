"""A read that skips the framework answers as the framework would have it answered."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.core.routing import PlainRead, PlainReads
from tests.client import Client
from tests.make import Make, day, refused


def plain(app: FastAPI) -> PlainReads:
    found: Any = app.middleware_stack
    while not isinstance(found, PlainReads):
        found = found.app
    return found


def answers(client: Client, path: str) -> tuple[int, Any, dict[str, str]]:
    response = client.get(path)
    body = response.json()
    if response.status_code >= 400:
        body.pop("request_id")
    return response.status_code, body, {n: v for n, v in response.headers.items() if n != "x-request-id"}


def test_both_ways_give_the_same_answer(make: Make, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = make.deliverable("D1", due=day(10))
    ours = plain(app)
    paths = [
        f"/deliverables/{thing['id']}", "/deliverables?group=tst&count=true", "/groups/tst", "/groups/TST", "/groups/tst/members", "/groups/tst/chair",
        "/groups/none", "/deliverables/none", f"/deliverables/{'x' * 36}", f"/deliverables/{'x' * 37}", "/deliverables/", "/deliverables/a%2Fb",
        "/groups//members", "/me", "/working-groups", "/nothing", "/deliverables?nothing=1", f"/deliverables/{thing['id']}/history", "/stats", "/agencies/" + "x" * 301,
    ]  # fmt: skip
    reader = make.viewer
    first = {path: answers(reader, path) for path in paths}
    assert sum(status == 200 for status, _, _ in first.values()) >= 9
    with monkeypatch.context() as patched:
        patched.setattr(ours, "dealt", {})
        for path in paths:
            assert answers(reader, path) == first[path], path


def test_most_reads_take_the_short_way(app: FastAPI) -> None:
    ours = sum(len(reads) for reads in plain(app).dealt.values())
    all_reads = [
        r for r in app.router.routes if getattr(r, "methods", None) == {"GET"} and str(getattr(r, "path", "")).startswith("/api/v1/")
    ]
    assert ours >= 0.6 * len(all_reads)
    assert not any(PlainRead.of(route) for route in app.router.routes if getattr(route, "methods", None) == {"POST"})


def test_other_methods_are_still_refused_by_name(make: Make) -> None:
    refused(make.viewer.request("DELETE", "/groups/tst"), 405, "method_not_allowed")
