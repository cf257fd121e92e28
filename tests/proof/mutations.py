"""Requests that would succeed, spoiled: every operation, every actor, and one to four things wrong at once."""

import base64
import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from tests.access.world import World
from tests.proof.asgi import Header, Sent
from tests.proof.hostile import (
    DAYS,
    HEADERS,
    METHODS,
    RAW_QUERY,
    SEGMENTS,
    TEXTS,
    Raw,
    any_value,
    spoiled,
    text_of,
)

Json = dict[str, Any]
NAMED = {
    "agency": "OWN",
    "host": "BODY",
    "lead": "OWN",
    "suggest": "OUT",
    "on_behalf_of": "OWN",
    "coordinator": "OWN",
    "group": "tst",
    "code": "X1",
}
"""What fits a field that names something by its code."""


class Draft:
    """A request in the making."""

    def __init__(self, about: str, method: str, path: bytes, body: Any) -> None:
        self.about, self.method, self.path, self.body = about, method, path, body
        self.query: list[tuple[bytes, bytes]] = []
        self.headers: list[Header] = []
        self.bytes: bytes | None = None
        self.pieces: tuple[bytes, ...] | None = None
        self.cut_off = False


class Mutations:
    """Draws requests for one world. The same seed gives the same requests, but for the ids in them."""

    def __init__(self, seed: int, world: World, spec: Json) -> None:
        self.rng = random.Random(seed)  # noqa: S311  (the same requests in every run)
        self.world, self.spec = world, spec
        self.operations = {o["operationId"]: o for item in spec["paths"].values() for o in item.values()}
        self.names = sorted(set(self.operations) & set(world.calls))
        self.ids: list[str] = [t["id"] for t in world.things.values() if "id" in t] + ["tst", "oth", "OWN", "0" * 36]
        self.tokens = {name: (client.token or "").encode() for name, client in sorted(world.actors.items())}
        self.number = 0

    def requests(self, count: int) -> Iterator[Sent]:
        for _ in range(count):
            yield self.request()

    def request(self) -> Sent:
        """One request: an operation's own, spoiled."""
        rng = self.rng
        self.number += 1
        canary = f"Kanarienvogel{self.number}"
        name = rng.choice(self.names)
        method, path, body = self.world.calls[name]
        whole = path if path == "/" or path.split("/")[1] in ("healthz", "readyz", "static", "openapi.json", "api") else f"/api/v1{path}"
        draft = Draft(name, method, whole.encode(), copy.deepcopy(body) if body is not None else ({} if method != "GET" else None))
        spoils: list[Callable[[Draft, str], None]] = [self._headers, self._headers, self._path, self._path, self._method, self._query]
        spoils += [self._query] * 7 if method == "GET" else [*[self._body] * 8, self._framing]
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            rng.choice(spoils)(draft, canary)
        return self._finished(draft, canary)

    def _finished(self, draft: Draft, canary: str, actor: str | None = None) -> Sent:
        rng = self.rng
        body = draft.bytes if draft.bytes is not None else self._encoded(draft.body)
        headers = list(draft.headers)
        given = {n for n, _ in headers}
        actor = actor or rng.choice((*["secretariat"] * 5, *["administrator"] * 5, *self.tokens))
        if b"authorization" not in given and (token := self.tokens[actor]):
            headers.append((b"authorization", b"Bearer " + token))
        if b"content-type" not in given and draft.body is not None:
            headers.append((b"content-type", b"application/json"))
        if b"if-match" not in given and draft.method == "PATCH":
            headers.append((b"if-match", rng.choice((b'"1"', b'"1"', b'"2"', b'"3"'))))
        if b"idempotency-key" not in given and rng.random() < 0.15:
            headers.append((b"idempotency-key", f"key {self.number}".encode()))
        if b"content-length" not in given and rng.random() < 0.7:
            headers.append((b"content-length", str(len(body)).encode()))
        rng.shuffle(headers)
        query = b"&".join(n + b"=" + v for n, v in draft.query)
        return Sent(
            f"{draft.about} as {actor}",
            draft.method,
            draft.path,
            query,
            tuple(headers),
            draft.pieces or (body,),
            draft.cut_off,
            canary.encode(),
        )

    def _encoded(self, body: Any) -> bytes:
        return b"" if body is None else text_of(body, self.rng.random() < 0.7).encode("utf-8", "surrogatepass")

    def at_the_edges(self, edges: tuple[str, ...]) -> Iterator[Sent]:
        """Every day that an operation takes, in its address or its body, set to each of these, one at a time."""
        for name in self.names:
            method, path, body = self.world.calls[name]
            for parameter in self.operations[name].get("parameters", []):
                if parameter["schema"].get("format") == "date":
                    for edge in edges:
                        draft = Draft(name, method, f"/api/v1{path}".encode(), None)
                        draft.query = [(parameter["name"].encode(), quote(edge).encode())]
                        yield self._finished(draft, "", actor="secretariat")
            for field, schema in self._fields(name).items():
                if '"format": "date"' in (text := json.dumps(schema)) or "2014-Q2" in text:
                    for edge in edges:
                        draft = Draft(name, method, f"/api/v1{path}".encode(), (body or {}) | {field: edge})
                        yield self._finished(draft, "", actor="administrator" if name == "establish_group" else "secretariat")

    # What can be spoiled

    def _method(self, draft: Draft, canary: str) -> None:
        draft.method = self.rng.choice(METHODS)

    def _path(self, draft: Draft, canary: str) -> None:
        rng, parts = self.rng, draft.path.split(b"/")
        at = rng.randrange(1, len(parts))
        how = rng.randrange(8)
        if how < 4:
            deep = [i for i, p in enumerate(parts) if i > 3] or [at]
            parts[rng.choice(deep)] = rng.choice((*SEGMENTS, *(i.encode() for i in self.ids)))
        elif how == 4:
            parts.insert(at, rng.choice(SEGMENTS))
        elif how == 5:
            del parts[at]
        elif how == 6:
            parts[at] = rng.choice(
                (parts[at].upper(), parts[at] + b"%20", b"%" + parts[at].hex().encode()[:2] + parts[at][1:], parts[at][::-1])
            )
        else:
            parts.append(rng.choice((b"", b"x", b"history", b"..", parts[-1])))
        draft.path = b"/".join(parts) or b"/"

    def _query(self, draft: Draft, canary: str) -> None:
        rng = self.rng
        known = [p for p in self.operations[draft.about].get("parameters", []) if p["in"] == "query"]
        for _ in range(rng.choice((1, 1, 2, 3))):
            if not known or rng.random() < 0.05:
                name = rng.choice((b"x", b"limit", b"as_of", b"", b"%00", b"id", b"group", b"\xff", b"a" * 500))
                draft.query.append((name, rng.choice(RAW_QUERY)))
                continue
            parameter = rng.choice(known)
            for _ in range(rng.choice((1, 1, 1, 2, 51, 300)) if rng.random() < 0.2 else 1):
                draft.query.append((parameter["name"].encode(), self._value(parameter, canary)))
        sorts = next(
            (re.findall(r"\w+", p["description"].split("One or more of")[1].split(", by comma")[0]) for p in known if p["name"] == "sort"),
            [],
        )
        if sorts and rng.random() < 0.3:
            draft.query = [(n, v) for n, v in draft.query if n not in (b"sort", b"cursor")] + self._cursor(sorts)

    def _value(self, parameter: Json, canary: str) -> bytes:
        """A value for a parameter: often one that it takes."""
        rng, schema = self.rng, parameter["schema"].get("items", parameter["schema"])
        how = rng.randrange(6)
        if how == 0:
            return rng.choice(RAW_QUERY)
        if how == 1:
            return quote(canary).encode()
        if "enum" in schema:
            return quote(rng.choice(schema["enum"])).encode()
        if schema.get("format") == "date":
            return quote(rng.choice(DAYS)).encode()
        if schema.get("type") == "integer":
            return str(rng.choice((schema["minimum"], schema["maximum"], schema["maximum"] + 1, -1, 3))).encode()
        if parameter["name"] in ("sort", "fields"):
            return b",".join(
                rng.choice((b"code", b"id", b"-starts_on", b"title", b"name", b"x", b"version")) for _ in range(rng.randrange(1, 4))
            )
        if how < 4:
            return quote(rng.choice(TEXTS)[: schema.get("maxLength", 40)], errors="surrogatepass").encode()
        return quote(rng.choice((*self.ids, "OWN", "tst"))).encode()

    def _cursor(self, sorts: list[str]) -> list[tuple[bytes, bytes]]:
        """A cursor that looks like one of ours, with keys of every kind."""
        rng = self.rng
        order = [rng.choice(("", "-")) + name for name in rng.sample(sorts, rng.randrange(1, min(3, len(sorts)) + 1))]
        instants = (
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "2014-01-01T00:00:00+00:00",
            "9999-12-31",
            "2014-01-01T00:00:00Z",
            1,
        )
        days = ("0001-01-01", "9999-12-31", "2014-01-01", "2014-W01-1", "20140101", "2014-01-01T00:00:00Z", 1)
        likely = {"created_at": instants, "updated_at": instants, "due": days, "starts_on": days, "ends_on": days}
        keys: tuple[Any, ...] = (
            "x", 1, -1, 2**31, 2**63, 10**40, None, True, 1.5, *days, *instants, "\0", "\ud800", "x" * 3_000, [], {}, Raw("NaN"), Raw("1e400"), "ß" * 400, self.ids[0],
        )  # fmt: skip
        given = [rng.choice(likely.get(name.removeprefix("-"), keys) if rng.random() < 0.8 else keys) for name in order]
        given += [rng.choice((self.ids[0], 1, rng.choice(keys))) for _ in range(rng.choice((1, 1, 1, 1, 0, 2)))]
        content = text_of([order, given], True)
        return [(b"sort", ",".join(order).encode()), (b"cursor", base64.urlsafe_b64encode(content.encode()).rstrip(b"="))]

    def _headers(self, draft: Draft, canary: str) -> None:
        rng = self.rng
        for _ in range(rng.choice((1, 1, 2, 3))):
            name, values = rng.choice(HEADERS)
            value = rng.choice((*values, canary.encode())) if rng.random() < 0.9 else rng.choice(list(self.tokens.values()))
            draft.headers += [(name, value)] * rng.choice((1, 1, 1, 2, 50))

    def _framing(self, draft: Draft, canary: str) -> None:
        rng, body = self.rng, self._encoded(draft.body)
        how = rng.randrange(5)
        if how < 2:
            at = sorted(rng.randrange(len(body) + 1) for _ in range(rng.randrange(1, 6)))
            draft.pieces = tuple(body[a:b] for a, b in zip([0, *at], [*at, len(body)], strict=True))
        elif how == 2:
            draft.pieces, draft.cut_off = (body[: rng.randrange(len(body) + 1)],), True
        elif how == 3:
            draft.bytes = spoiled(rng, body)
        else:
            draft.pieces = (body, *(b"" for _ in range(50)), b" " * rng.choice((0, 1, 2_000_000)))

    def _body(self, draft: Draft, canary: str) -> None:
        rng = self.rng
        how = rng.randrange(10)
        fields = self._fields(draft.about)
        if not isinstance(draft.body, dict) or how == 0:
            draft.body = any_value(rng, self.ids, canary)
        elif how == 1:
            draft.bytes = spoiled(rng, self._encoded(draft.body))
        elif how == 2:
            draft.body[rng.choice(("id", "version", "x", "", "group_id", "\0", "\ud800", "a" * 300, "__proto__", "état"))] = any_value(
                rng, self.ids, canary
            )
        elif how == 3 and draft.body:
            del draft.body[rng.choice(list(draft.body))]
        elif how == 4:
            draft.body |= {name: self._extreme(name, schema) for name, schema in fields.items()}
        elif how < 7 and fields:
            name = rng.choice(list(fields))
            draft.body[name] = self._extreme(name, fields[name])
        elif fields:
            name = rng.choice(list(fields))
            inner = draft.body.get(name)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict) and rng.random() < 0.8:
                inner[0][rng.choice([*inner[0], "x", "id"])] = any_value(rng, self.ids, canary)
            else:
                draft.body[name] = any_value(rng, self.ids, canary)

    def _fields(self, name: str) -> Json:
        media = self.operations[name].get("requestBody", {}).get("content", {}).get("application/json", {})
        fields: Json = self._resolved(media.get("schema", {})).get("properties", {})
        return fields

    def _resolved(self, schema: Json) -> Json:
        return self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def _extreme(self, name: str, schema: Json) -> Any:
        """A value at the edge of what a schema takes."""
        rng, schema = self.rng, self._resolved(schema)
        if "anyOf" in schema:
            return self._extreme(name, rng.choice(schema["anyOf"]))
        if "enum" in schema or "const" in schema:
            return rng.choice(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        if kind == "integer":
            return rng.choice((schema["minimum"], schema["maximum"]))
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "array":
            count = rng.choice((0, 1, 2, schema["maxItems"]))
            same = self._extreme(name, schema["items"])
            return [same if rng.random() < 0.5 else self._extreme(name, schema["items"]) for _ in range(count)]
        if kind == "object":
            return {n: self._extreme(n, s) for n, s in schema.get("properties", {}).items()}
        if kind == "string":
            return self._text(name, schema)
        return None

    def _text(self, name: str, schema: Json) -> str:
        rng, most = self.rng, int(schema.get("maxLength", 20))
        if schema.get("format") == "date" or "2014-Q2" in schema.get("description", ""):
            return rng.choice(DAYS)
        if name in NAMED and rng.random() < 0.5:
            return NAMED[name]
        if most == 36:
            return rng.choice(self.ids)
        if "pattern" in schema:
            return rng.choice(("AA", "zz", "a" * most, "a@b.example"))
        if name == "time_zone":
            return rng.choice(("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Nowhere"))
        letter: str = rng.choice(("x", "ß", "😀", "ﬃ", "İ", "%", "é", "\\"))
        return rng.choice((letter, letter * most, "https://a.example/" + "x" * (most - 18) if most > 100 else letter))
