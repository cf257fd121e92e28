"""The OpenAPI document: complete, valid by its own words, and cheap to fetch again."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.core import openapi
from app.core.reference import Reference
from app.core.wire import In
from app.policy import PERMISSIONS
from tests.client import Client
from tests.make import Make

Spec = dict[str, Any]


@pytest.fixture(scope="module")
def spec(app: FastAPI) -> Spec:
    return openapi.build(app)


def operations(spec: Spec) -> Iterator[tuple[str, str, Spec]]:
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_the_document_is_served_once_made_and_answers_304(service: Client, spec: Spec) -> None:
    answer = service.get("/openapi.json")
    assert answer.json() == spec
    assert answer.json()["openapi"].startswith("3.1")
    again = service.get("/openapi.json", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert service.get("/openapi.json", headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("identity", False), ("gzip;q=0", False), ("gzip;q=0.0, br", False), ("", False)],
)
def test_the_document_is_compressed_for_those_who_take_it(service: Client, accepted: str, packed: bool) -> None:
    answer = service.get("/openapi.json", headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.json()["info"]["title"] == "Troika"


def test_every_reference_leads_somewhere(spec: Spec) -> None:
    assert all(r.startswith("#/components/schemas/") and r.rsplit("/", 1)[1] in spec["components"]["schemas"] for r in references(spec))


def test_every_schema_is_a_valid_json_schema(spec: Spec) -> None:
    for schema in spec["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_operation_has_an_own_id_a_sentence_a_permission_and_a_tag(spec: Spec) -> None:
    found = list(operations(spec))
    assert len({o["operationId"] for *_, o in found}) == len(found)
    for _, _, operation in found:
        assert re.fullmatch(r"[a-z_]+", operation["operationId"])
        assert re.fullmatch(r"[A-Z].{10,}\.", operation["summary"]), operation["operationId"]
        assert operation["x-permission"] in {p.value for p in PERMISSIONS}
        assert operation["tags"]


def test_every_operation_has_an_example(spec: Spec) -> None:
    lacking = []
    for method, path, operation in operations(spec):
        examples = [p["example"] for p in operation.get("parameters", []) if "example" in p]
        examples += [m["example"] for m in operation.get("requestBody", {}).get("content", {}).values() if m.get("example")]
        examples += [m["example"] for r in operation["responses"].values() for m in r.get("content", {}).values() if m.get("example")]
        in_path = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path" and "example" not in p]
        bodies = [m for m in operation.get("requestBody", {}).get("content", {}).values() if "example" not in m]
        if not examples or in_path or bodies:
            lacking.append(f"{method} {path}")
    assert not lacking


def test_every_example_fits_its_schema(spec: Spec) -> None:
    for name, schema in spec["components"]["schemas"].items():
        validator = jsonschema_rs.Draft202012Validator(schema | {"components": spec["components"]}, validate_formats=True)
        for example in schema.get("examples", []):
            assert not [f"{name}: {e.message}" for e in validator.iter_errors(example)]


def every_class(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in root.__subclasses__():
        yield child
        yield from every_class(child)


def test_every_example_of_a_body_is_taken_by_its_class() -> None:
    """The classes know more than their schemas: calendars, lines, addresses."""
    shown = {
        c: extra["x-example"]
        for c in every_class(In)
        if c.__module__.endswith(".schemas") and isinstance(extra := c.model_config.get("json_schema_extra"), dict)
    }
    assert len(shown) > 30
    for body, example in shown.items():
        body.model_validate_json(str(example))


def test_every_path_parameter_and_query_parameter_is_bounded_and_explained(spec: Spec) -> None:
    for _, path, operation in operations(spec):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            inner = schema.get("items", schema)
            assert parameter.get("description"), f"{path}: {parameter['name']}"
            assert inner.get("type") != "string" or {"maxLength", "enum", "format"} & set(inner), f"{path}: {parameter['name']}"


def test_every_command_that_reads_is_understood(make: Make, spec: Spec) -> None:
    """A command from the reference finds what it names or nothing; it is never one that the service refuses to understand."""
    make.a_group("gmg", public=True)
    make.agency("ILO")
    for operation in Reference(spec).operations:
        if operation.method == "GET":
            (address,) = re.findall(r"'http://troika\.invalid(/[^']*)'", operation.command)
            assert "{" not in address
            assert make.administrator.get(address).status_code in (200, 404), operation.command
