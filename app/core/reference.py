"""The OpenAPI document as a reader sees it: operations by tag, fields in words, a command for each, and every refusal."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from app.core.errors import every_problem
from app.core.openapi import ALWAYS, CHANGING

ADDRESS = "http://troika.invalid"
"""Stands in commands for the address by which a reader reached the service."""
COMMON = {refusal.code() for refusal in (*ALWAYS, *CHANGING)}
Schema = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A schema in words: what kind of value, the schema it names, the values it takes, its bounds."""

    text: str
    name: str | None = None
    choices: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    null: bool = False


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body."""

    name: str
    kind: Kind
    required: bool
    place: str = ""
    about: str = ""
    default: str = ""


@dataclass(frozen=True)
class Answer:
    """A status of an operation: what comes with it, or which problem codes it stands for."""

    status: str
    holds: str | None
    about: str
    own: tuple[str, ...]
    common: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One operation, as its section shows it."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    about: str
    permission: str
    public: bool
    parameters: list[Field]
    body: str | None
    fields: list[Field]
    answers: list[Answer]
    command: str

    @property
    def good(self) -> list[Answer]:
        return [a for a in self.answers if not (a.own or a.common)]

    @property
    def refusals(self) -> list[Answer]:
        return [a for a in self.answers if a.own]

    @property
    def common(self) -> list[str]:
        return [code for a in self.answers for code in a.common]


def _bounds(schema: Schema, least: str, most: str, unit: str) -> Iterator[str]:
    low, high = (int(v) if isinstance(v, float) and v.is_integer() else v for v in (schema.get(least), schema.get(most)))
    if low is not None and high is not None:
        yield f"{low} to {high}{unit}"
    elif high is not None:
        yield f"at most {high}{unit}"
    elif low is not None:
        yield f"at least {low}{unit}"


def _default(schema: Schema) -> str:
    """A default that says something; null and the empty list are what leaving a field out means anyway."""
    return "" if schema.get("default") in (None, []) else json.dumps(schema["default"])


WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "null": "null"}
FORMATS = {"date": "day", "date-time": "instant"}


class Reference:
    """Reads one OpenAPI document."""

    def __init__(self, spec: Schema) -> None:
        self.spec = spec
        self.schemas: dict[str, Schema] = spec["components"]["schemas"]
        self.operations = [
            self._operation(method, path, operation) for path, item in spec["paths"].items() for method, operation in item.items()
        ]

    @property
    def by_tag(self) -> dict[str, list[Operation]]:
        found: dict[str, list[Operation]] = {}
        for operation in self.operations:
            found.setdefault(operation.tag, []).append(operation)
        return found

    @property
    def things(self) -> dict[str, tuple[str, list[Field]]]:
        """Every schema with fields, but those that only repeat another with nothing required."""
        names = sorted(n for n, s in self.schemas.items() if "properties" in s and not (n.endswith("Fields") and n[:-6] in self.schemas))
        return {n: (self.schemas[n].get("description", ""), self.fields(n)) for n in names}

    @property
    def problems(self) -> list[dict[str, Any]]:
        """Every refusal by status and code, its message cut at the places that each case fills in."""
        found = sorted(every_problem().values(), key=lambda p: (p.status, p.code()))
        return [{"code": p.code(), "status": p.status, "message": re.split(r"\{(\w+)\}", p.message)} for p in found]

    def kind(self, schema: Schema) -> Kind:
        """A schema in words."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.kind(self.schemas[name]) if "enum" in self.schemas[name] else Kind(name, name)
        if "anyOf" in schema:
            parts = [self.kind(s) for s in schema["anyOf"] if s.get("type") != "null" and not s.get("$ref", "").endswith("Fields")]
            first, null = parts[0], len(parts) < len(schema["anyOf"]) and any(s.get("type") == "null" for s in schema["anyOf"])
            text = first.text if len(parts) == 1 else " or ".join(p.text for p in parts)
            return Kind(text, first.name, first.choices, first.bounds, null)
        if schema.get("type") == "array":
            item = self.kind(schema.get("items", {}))
            return Kind(f"list of {item.text}", item.name, item.choices, (*_bounds(schema, "minItems", "maxItems", " items"), *item.bounds))
        if "enum" in schema or "const" in schema:
            return Kind("one of", choices=tuple(map(str, schema.get("enum", [schema.get("const")]))))
        if extra := schema.get("additionalProperties"):
            return Kind("object by name" + (f", each {self.kind(extra).text}" if isinstance(extra, dict) else ""))
        text = FORMATS.get(schema.get("format", "")) or WORDS.get(schema.get("type", ""), "any value")
        bounds = [*_bounds(schema, "minLength", "maxLength", " characters"), *_bounds(schema, "minimum", "maximum", "")]
        return Kind(text, bounds=tuple(bounds + ([f"pattern {schema['pattern']}"] if "pattern" in schema else [])))

    def fields(self, name: str) -> list[Field]:
        """The fields of a named schema."""
        schema = self.schemas[name]
        required = schema.get("required", [])
        last = ("certainty", "sources", "note", "created_at", "updated_at")  # what every record has, after what is this one's own
        found = sorted(schema.get("properties", {}).items(), key=lambda named: named[0] in last)
        return [Field(n, self.kind(s), n in required, "", s.get("description", ""), _default(s)) for n, s in found]

    def _operation(self, method: str, path: str, operation: Schema) -> Operation:
        parameters = [
            Field(p["name"], self.kind(p["schema"]), p.get("required", False), p["in"], p.get("description", ""),
                  str(p["schema"].get("default", "")))
            for p in operation.get("parameters", [])
        ]  # fmt: skip
        media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = media.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1] or None
        answers = [self._answer(status, response) for status, response in sorted(operation["responses"].items())]
        return Operation(
            operation["operationId"], operation["tags"][0], method.upper(), path, operation["summary"], operation.get("description", ""),
            operation["x-permission"], {} in operation["security"], parameters, body, self.fields(body) if body else [], answers,
            command(method, path, operation),
        )  # fmt: skip

    def _answer(self, status: str, response: Schema) -> Answer:
        if status >= "400":
            codes = re.findall(r"`(\w+)`: ", response["description"])
            own, common = (tuple(c for c in codes if (c in COMMON) is shared) for shared in (False, True))
            return Answer(status, None, "", own, common)
        holds: list[str] = [media["schema"].get("$ref", "") for media in response.get("content", {}).values()]
        name = holds[0].rsplit("/", 1)[-1] or None if holds else None
        return Answer(status, name, "" if name else response["description"], (), ())


def command(method: str, path: str, operation: dict[str, Any]) -> str:
    """The operation as a line for a shell, from the examples of its parameters and body; the token is in $TOKEN."""
    shown = {(p["in"], p["name"]): p["example"] for p in operation.get("parameters", []) if "example" in p}
    for (place, name), value in shown.items():
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(str(value)))
    asked = urlencode({name: value for (place, name), value in shown.items() if place == "query"})
    parts = ["curl" + ("" if method in ("get", "post") else f" -X {method.upper()}") + f" '{ADDRESS}{path}{'?' + asked if asked else ''}'"]
    if {} not in operation["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if method == "patch":
        parts.append("-H 'If-Match: \"1\"'")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        body = json.dumps(content.get("example", {}), ensure_ascii=False).replace("'", "'\\''")
        parts += [f"-H 'Content-Type: {media}'", f"-d '{body}'"]
    return " \\\n  ".join(parts)
