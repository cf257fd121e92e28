"""What the service says of its own values and bounds is what it enforces."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.core import openapi
from app.core.codes import LISTS, closed
from app.core.errors import every_problem
from tests.client import Client
from tests.make import Make, ok, refused

OWN = {"true", "false"}
ALSO = [{"sqlite", "postgresql"}, {"ok"}, {"ready"}, {"serving", "behind", "unreachable", "unrelated"}]
"""What the probes say of the service itself, which nobody sends or looks up."""


def choices(schema: Any) -> Iterator[tuple[str, ...]]:
    """Every list of values in an OpenAPI document, examples left out."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield tuple(schema["enum"])
        for name, part in schema.items():
            if name not in ("example", "examples"):
                yield from choices(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from choices(part)


def test_every_choice_of_the_api_is_among_the_published_lists(service: Client, app: FastAPI) -> None:
    lists = [set(values) for values in ok(service.get("/meta/codes"), 200)["lists"].values()] + [OWN, *ALSO]
    unpublished = {values for values in choices(openapi.build(app)) if not any(set(values) <= known for known in lists)}
    assert not unpublished


def test_every_problem_is_published_with_its_status_and_message(service: Client) -> None:
    told = {p["code"]: p for p in ok(service.get("/meta/codes"), 200)["problems"]}
    assert set(told) == set(every_problem())
    assert told["vacant"] == {"code": "vacant", "status": 404, "message": "Nobody chaired {group} on {day}."}


def test_two_lists_never_share_a_name() -> None:
    assert closed("agency.kind", *LISTS["agency.kind"]) == LISTS["agency.kind"]
    with pytest.raises(RuntimeError, match=r"agency\.kind"):
        closed("agency.kind", "something", "else")


def test_a_body_over_the_limit_is_refused_and_one_at_it_is_read(service: Client) -> None:
    limit = ok(service.get("/meta/limits"), 200)["body_bytes"]
    headers = {"content-type": "application/json"}
    refused(service.request("POST", "/people", content=b" " * (limit + 1), headers=headers), 413, "too_large")
    assert service.request("POST", "/people", content=b"{}".ljust(limit), headers=headers).status_code != 413


def test_a_page_over_the_limit_is_refused_and_one_at_it_is_given(service: Client) -> None:
    largest = ok(service.get("/meta/limits"), 200)["page"]["largest"]
    refused(service.get(f"/groups?limit={largest + 1}"), 422, "unknown_parameter")
    assert service.get(f"/groups?limit={largest}").status_code == 200


def test_a_line_over_the_limit_is_refused_and_one_at_it_is_taken(make: Make) -> None:
    longest = ok(make.service.get("/meta/limits"), 200)["characters"]["line"]
    refused(make.administrator.post("/agencies", {"code": "A", "name": "x" * (longest + 1)}), 422, "invalid")
    ok(make.administrator.post("/agencies", {"code": "A", "name": "x" * longest}))


def test_a_day_beyond_the_limit_is_refused_and_one_at_it_is_taken(make: Make) -> None:
    days = ok(make.service.get("/meta/limits"), 200)["days"]
    body = {"code": "old", "name": "Old", "established_on": days["first"]}
    ok(make.administrator.post("/groups", body))
    refused(make.administrator.post("/groups", body | {"code": "older", "established_on": "1899-12-31"}), 422, "invalid")
