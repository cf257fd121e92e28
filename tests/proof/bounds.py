"""Bounds as the OpenAPI document states them: where one is missing, and where one is stated but not kept."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

from tests.access.world import World
from tests.client import Client

Json = dict[str, Any]


def endless(schema: Json) -> str:
    """Which end a schema by itself lacks, if it lacks one."""
    kind, pattern = schema.get("type"), schema.get("pattern", "")
    short = re.fullmatch(r"\^[^*+,]*\$", pattern) is not None
    ends = {
        "string": ("maxLength" in schema or schema.get("format") == "date" or short, "text without end"),
        "integer": ({"minimum", "maximum"} <= set(schema), "a number without bounds"),
        "number": ({"minimum", "maximum"} <= set(schema), "a number without bounds"),
        "array": ("maxItems" in schema, "a list without end"),
        "object": (schema.get("additionalProperties") is False, "an object that takes any field"),
        "boolean": (True, ""),
        "null": (True, ""),
    }
    bounded, lacks = ends.get(kind or "", (False, "anything at all"))
    return "" if bounded else lacks


class Bounds:
    """Reads one OpenAPI document."""

    def __init__(self, spec: Json) -> None:
        self.spec = spec
        self.operations = [
            (operation["operationId"], method.upper(), operation) for item in spec["paths"].values() for method, operation in item.items()
        ]

    def missing(self) -> list[str]:
        """Every place in a request that takes text, a list, an object or a number without a bound."""
        found = []
        for name, _, operation in self.operations:
            for parameter in operation.get("parameters", []):
                found += [f"{name} {parameter['in']} {parameter['name']}{at}" for at in self._open(parameter["schema"])]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                found += [f"{name} body{at}" for at in self._open(media["schema"])]
        return found

    def resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _open(self, schema: Json, at: str = "", deep: int = 0) -> Iterator[str]:
        schema = self.resolved(schema)
        if deep > 10:
            yield f"{at} nests without end"
        elif "anyOf" in schema:
            for part in schema["anyOf"]:
                yield from self._open(part, at, deep + 1)
        elif "enum" not in schema and "const" not in schema:
            yield from self._open_kind(schema, at, deep)

    def _open_kind(self, schema: Json, at: str, deep: int) -> Iterator[str]:
        kind = schema.get("type")
        if kind == "array":
            yield from self._open(schema.get("items", {}), f"{at}/0", deep + 1)
        for name, inner in schema.get("properties", {}).items():
            yield from self._open(inner, f"{at}/{name}", deep + 1)
        if lacks := endless(schema):
            yield f"{at}: {lacks}"

    def beyond(self, schema: Json) -> Iterator[tuple[str, Any]]:
        """Values just past each bound that a schema states, with the place of the bound inside it."""
        schema = self.resolved(schema)
        for part in schema.get("anyOf", []):
            yield from self.beyond(part)
        if "maxLength" in schema:
            yield "", "x" * (schema["maxLength"] + 1)
        if schema.get("minLength"):
            yield "", "x" * (schema["minLength"] - 1)
        if "maximum" in schema:
            yield "", schema["maximum"] + 1
            yield "", schema["minimum"] - 1
        if schema.get("type") == "array":
            items = self.resolved(schema["items"])
            plain = items.get("enum", ["AA"])[0] if items.get("type") == "string" else dict.fromkeys(items.get("required", []), "AA")
            yield "", [plain] * (schema["maxItems"] + 1)
            for at, value in self.beyond(items):
                yield f"/0{at}", [value]
            for name, inner in items.get("properties", {}).items():
                for at, value in self.beyond(inner):
                    yield f"/0/{name}{at}", [plain | {name: value}]

    def unkept(self, world: World) -> tuple[list[str], int]:
        """Send a value past every bound, alone. Gives the bounds that are not kept, and how many were tried."""
        found, tried = [], 0
        for name, method, operation in self.operations:
            if name not in world.calls:
                continue
            _, path, body = world.calls[name]
            client = world.actors["administrator" if path.startswith("/agencies") or name == "establish_group" else "secretariat"]
            for parameter in operation.get("parameters", []):
                for kind, answer in self._past_parameter(client, method, path, parameter):
                    tried += 1
                    if answer.status_code not in ((404, 422) if parameter["in"] == "path" else (400, 412, 422)):
                        found.append(f"{name} {parameter['in']} {parameter['name']} {kind}: {answer.status_code}")
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {"schema": {}})
            for field, schema in self.resolved(content["schema"]).get("properties", {}).items():
                for at, value in self.beyond(schema):
                    tried += 1
                    answer = client.request(method, path, json=(body or {}) | {field: value}, headers={"if-match": '"1"'})
                    pointers = {e["pointer"] for e in answer.json().get("errors", [])} if answer.status_code == 422 else set()
                    if f"/{field}{at}" not in pointers:
                        found.append(f"{name} body /{field}{at} {str(value)[:20]}: {answer.status_code} {sorted(pointers)}")
        return found, tried

    def _past_parameter(self, client: Client, method: str, path: str, parameter: Json) -> Iterator[tuple[str, httpx.Response]]:
        schema, name = parameter["schema"], parameter["name"]
        for at, long in self.beyond(schema):
            value = "id," * schema["maxLength"] + "id" if name == "fields" else long  # each would be a field
            if parameter["in"] == "query":
                yield f"{at} {str(value)[:20]}", client.request(method, path, params={name: value})
            elif parameter["in"] == "header":
                yield "", client.request(method, path, headers={name: value}, json={} if name != "If-Match" else {"note": "x"})
            elif parameter["in"] == "path":
                yield "", client.request(method, _with_last(path, quote(value)), **({} if method == "GET" else {"json": {}}))


def _with_last(path: str, value: str) -> str:
    """An address whose id is another: the longest segment, or the one after the collection."""
    parts = path.split("/")
    longest = max(range(2, len(parts)), key=lambda i: len(parts[i]) == 36)
    return "/".join([*parts[:longest], value, *parts[longest + 1 :]])


def loosened(spec: Json, pointer: str, *lost: str) -> Json:
    """The same document where one schema has lost some words."""
    other: Json = json.loads(json.dumps(spec))
    part = other
    for step in pointer.split("/"):
        part = part[int(step)] if isinstance(part, list) else part[step]
    for word in lost:
        del part[word]
    return other
