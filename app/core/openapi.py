"""The OpenAPI document made true: our problems on every operation, permissions, list parameters, the token scheme."""

import ast
import copy
import inspect
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.core.errors import (
    Forbidden,
    IdempotencyMismatch,
    Invalid,
    Malformed,
    NotFound,
    PreconditionRequired,
    Problem,
    StaleVersion,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnknownParameter,
    UnsupportedMediaType,
)
from app.core.http import DocumentedRoute, ProblemOut
from app.core.listing import HIGHEST, LARGEST, LIMIT, Listing
from app.core.parameters import LONG, LONGEST, MANY
from app.core.past import TooMuchToLayOut
from app.core.wire import In, Out
from app.policy import PERMISSIONS, PUBLIC, Permission

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
ALWAYS: tuple[type[Problem], ...] = (Malformed, Unauthenticated, NotFound, Invalid, UnknownParameter, Unavailable, Problem)
PROBING: tuple[type[Problem], ...] = (Malformed, UnknownParameter, Problem)
"""What a probe can answer besides its own: it asks for no token, and nothing is kept of it."""
CHANGING: tuple[type[Problem], ...] = (Forbidden, TooLarge, UnsupportedMediaType)

AS_OF = {
    "name": "as_of", "in": "query", "required": False, "description": "The day to answer for; default today in the group's time zone.",
    "schema": {"type": "string", "format": "date"}, "example": "2014-07-01",
}  # fmt: skip
KNOWN_AT = {
    "name": "known_at", "in": "query", "required": False,
    "description": "Answer from what the service knew at this instant, which is not in the future; a list takes it with `group`.",
    "schema": {"type": "string", "format": "date-time", "maxLength": LONG},
}  # fmt: skip
"""Of every read of a group's data: `http.reads` sees to it."""


def query(name: str, description: str, *choices: str) -> dict[str, Any]:
    """A query parameter that a door reads by itself, for its `openapi_extra`."""
    schema: dict[str, Any] = {"type": "string", "maxLength": LONG} | ({"enum": list(choices)} if choices else {})
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def shows(**body: Any) -> dict[str, Any]:
    """The example of a body where the schema's own does not fit this address."""
    return {"requestBody": {"content": {"application/json": {"example": body}}}}


def takes(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"parameters": list(parameters)}


def lists(listing: Listing, *fixed: str) -> dict[str, Any]:
    """A list's parameters; those in `fixed` come with its address."""
    found = []
    for name, filter_ in listing.filters.items():
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONG}
        if filter_.kind == "day":
            schema = {"type": "string", "format": "date"}
        elif filter_.kind == "flag":
            schema = {"type": "string", "enum": ["true", "false"]}
        elif filter_.kind == "number":
            schema = {"type": "integer", "minimum": 0, "maximum": HIGHEST}
        elif filter_.choices:
            schema = {"type": "string", "enum": list(filter_.choices)}
        if filter_.kind not in ("day", "flag", "number"):
            schema = {"type": "array", "items": schema, "maxItems": MANY}
        found.append({"name": name, "in": "query", "required": False, "description": filter_.doc, "schema": schema})
    if listing.group is not None:
        found.append(query("group", "The group's code.") | {"example": "gmg"})
    if listing.search is not None:
        found.append(query("q", "Words to find; case and accents do not matter."))
    if listing.dated:
        found.append(AS_OF)
    names = ", ".join(listing.sorts)
    found += [
        query("sort", f"One or more of {names}, by comma, each with - before it for downwards. Default {listing.default}."),
        {"name": "limit", "in": "query", "required": False, "description": "Items on a page.",
         "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": LIMIT}, "example": 20},
        {"name": "cursor", "in": "query", "required": False, "description": "next_cursor of the page before.",
         "schema": {"type": "string", "maxLength": LONGEST["cursor"]}},
        query("count", "true adds the total.", "true", "false"),
        {"name": "fields", "in": "query", "required": False, "description": "Only these fields, by comma.",
         "schema": {"type": "string", "maxLength": LONGEST["fields"]}},
    ]  # fmt: skip
    return {"parameters": [p for p in found if p["name"] not in fixed]}


def _add(responses: dict[str, Any], refusals: tuple[type[Problem], ...]) -> None:
    for refusal in refusals:
        entry = responses.setdefault(str(refusal.status), {"description": ""})
        line = f"`{refusal.code()}`: {refusal.message}"
        if f"`{refusal.code()}`" not in entry["description"]:
            entry["description"] = f"{entry['description']} {line}".strip()


def _shorten(operation: dict[str, Any]) -> None:
    """The first sentence of the docstring is the summary; FastAPI would take the function's name for it."""
    summary, _, rest = operation.pop("description", "").partition("\n\n")
    operation["summary"] = " ".join(summary.split())
    if rest:
        operation["description"] = rest


def _show(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Bring the examples that stand at the schemas to where tools look for them: the parameter, the body, the reply."""
    for parameter in operation.get("parameters", []):
        if examples := parameter["schema"].pop("examples", None):
            parameter["example"] = examples[0]
    whole = [operation["requestBody"]] if "requestBody" in operation else []
    for part in [*whole, *(response for status, response in operation["responses"].items() if status < "300")]:
        for media in part.get("content", {}).values():
            if "example" not in media and (shown := example_of(media["schema"], schemas)) is not None:
                media["example"] = shown


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The example of a schema; that of a page is made of its item's."""
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    named = schemas.get(name, {})
    if name.startswith("Page_"):
        item = example_of(named["properties"]["items"]["items"]["anyOf"][0], schemas)
        return item and {"items": [item], "next_cursor": None}
    return named.get("examples", [None])[0]


def _complete(operation: dict[str, Any], path: str, method: str, endpoint: Any) -> None:
    _shorten(operation)
    permission: Permission = endpoint.permission
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    probe = not path.startswith("/api/")
    _add(responses, PROBING if probe else ALWAYS + (CHANGING if method != "get" else ()))
    if method == "patch":
        _add(responses, (PreconditionRequired, StaleVersion))
        operation.setdefault("parameters", []).append(
            {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 100},
             "description": 'The ETag of the version you change, such as "7". Without it: 428.'}
        )  # fmt: skip
    if method == "post":
        _add(responses, (IdempotencyMismatch,))
        operation.setdefault("parameters", []).append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 255},
             "description": "The same key with the same body has one effect and one answer for 24 hours."}
        )  # fmt: skip
    if method == "get" and endpoint.takes:
        operation.setdefault("parameters", []).append(KNOWN_AT)
        _add(responses, (TooMuchToLayOut,))
    if method == "get" and not probe:
        responses["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    for status, response in responses.items():
        if status >= "400":
            response["content"] = PROBLEM
    operation["x-permission"] = permission.value
    operation["security"] = [{}, {"token": []}] if PERMISSIONS[permission] is PUBLIC else [{"token": []}]


def _partial(schemas: dict[str, Any]) -> None:
    """With `fields=` an item shows only those: beside each item of a page stands the same schema with nothing required."""
    for page in [s for n, s in schemas.items() if n.startswith("Page_")]:
        items = page["properties"]["items"]["items"]
        name = items["$ref"].rsplit("/", 1)[1]
        schemas[f"{name}Fields"] = {k: v for k, v in copy.deepcopy(schemas[name]).items() if k not in ("required", "examples")}
        page["properties"]["items"]["items"] = {"anyOf": [items, {"$ref": f"#/components/schemas/{name}Fields"}]}


def _models(*bases: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for base in bases:
        yield base
        yield from _models(*base.__subclasses__())


@cache
def _field_docs(module: str) -> dict[tuple[str, str], str]:
    """What is written under the fields of a module's classes, by class and field."""
    classes = [node for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))) if isinstance(node, ast.ClassDef)]
    return {
        (one.name, field.target.id): inspect.cleandoc(text.value.value)
        for one in classes for field, text in pairwise(one.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }  # fmt: skip


def _describe(schemas: dict[str, Any]) -> None:
    """Bring the docstrings of fields into their schemas. Pydantic can, but looks for them at every start, which makes that a fifth longer."""
    for model in _models(In, Out):
        properties = schemas.get(re.sub(r"[^\w.-]", "_", model.__name__), {}).get("properties", {})
        for parent in reversed(model.__mro__):
            for (name, field), text in _field_docs(parent.__module__).items() if issubclass(parent, BaseModel) else ():
                if name == parent.__name__ and field in properties:
                    properties[field]["description"] = text


def build(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    for route in every_route(app):
        if isinstance(route, DocumentedRoute):
            route.document()
    spec = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags)
    schemas = spec["components"]["schemas"]
    schemas["ProblemOut"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["ProblemOut"].pop("$defs", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for schema in schemas.values():
        if text := schema.pop("x-example", None):
            schema["examples"] = [json.loads(text)]
    _describe(schemas)
    _partial(schemas)
    spec["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for route in every_route(app):
        for method in route.methods or ():
            operation = spec["paths"].get(route.path, {}).get(method.lower())
            if operation:
                _complete(operation, route.path, method.lower(), route.endpoint)
                _show(operation, schemas)
    return spec


def every_route(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def check_declared(app: FastAPI) -> None:
    """Stop the start for an operation without a declared permission: nothing is open by oversight."""
    missing = [r.path for r in every_route(app) if getattr(r.endpoint, "permission", None) not in PERMISSIONS]
    if missing:
        raise RuntimeError(f"operations without a permission in app/policy.py: {', '.join(missing)}")
