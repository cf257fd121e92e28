"""No body and no address gives a 5xx, a change, or an echo of what was sent: over every operation of the service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.core import openapi
from app.core.front import DEEPEST
from tests.access.world import World, build, rehearsing
from tests.core import raw
from tests.make import Make, refused

CANARY = "Kanarienvogel"
JSON = {"content-type": "application/json"}
LIMIT = 1_048_576


def quoted(text: str) -> bytes:
    return f'{{"name": "{CANARY}", "note": {text}}}'.encode()


BODIES: dict[str, bytes] = {
    "half a surrogate pair": quoted(r'"\ud800"'),
    "the other half": quoted(rf'"{CANARY}\udfff"'),
    "half a pair as a name": rf'{{"\ud800": "{CANARY}"}}'.encode(),
    "NaN": quoted("NaN"),
    "Infinity": quoted("-Infinity"),
    "1e400": quoted("1e400"),
    "-1e400": quoted("[-1e400]"),
    "beyond 2^53": quoted("9007199254740993"),
    "five thousand digits": quoted("1" * 5_000),
    "NUL escaped": quoted(r'"\u0000"'),
    "NUL as a name": rf'{{"a\u0000": "{CANARY}"}}'.encode(),
    "NUL raw": quoted('"\0"'),
    "invalid UTF-8": b'{"name": "' + CANARY.encode() + b'\xff\xfe"}',
    "UTF-16": quoted('"x"').decode().encode("utf-16"),
    "overlong UTF-8": b'{"name": "' + CANARY.encode() + b'\xc0\x80"}',
    "200 deep": quoted("[" * 200 + "]" * 200),
    "100,000 deep": quoted("[" * 100_000 + "]" * 100_000),
    "100,000 objects deep": quoted('{"a":' * 100_000 + "1" + "}" * 100_000),
    "never closed": quoted("[" * 100_000),
    "binary": bytes(range(256)) * 4 + CANARY.encode(),
    "a name twice": f'{{"name": "{CANARY}", "name": "x"}}'.encode(),
    "a name twice inside": quoted('[{"a": 1, "a": 2}]'),
    "no JSON": f"{{name: {CANARY}}}".encode(),
    "form": f"name={CANARY}".encode(),
    "two values": f'{{}} "{CANARY}"'.encode(),
    "a byte order mark": b"\xef\xbb\xbf" + quoted("1"),
}
ODD: dict[str, bytes] = {
    "array": f'["{CANARY}"]'.encode(),
    "text": f'"{CANARY}"'.encode(),
    "number": b"7",
    "null": b"null",
    "true": b"true",
    "array of objects": f'[{{"name": "{CANARY}"}}]'.encode(),
    "unknown field": f'{{"is_admin": "{CANARY}", "id": "{CANARY}", "version": 7}}'.encode(),
}


@pytest.fixture
def world(make: Make) -> World:
    return build(make)


def writes(world: World) -> Iterator[tuple[str, str, str]]:
    for name, (method, path, _) in world.calls.items():
        if method != "GET":
            yield name, method, f"/api/v1{path}"


def check(answer: raw.Answer, allowed: set[int], about: str) -> dict[str, Any]:
    assert answer.status in allowed, f"{about}: {answer.status} {answer.body[:300]!r}"
    assert answer.headers["content-type"] == "application/problem+json", about
    assert CANARY.encode() not in answer.body, f"{about} is echoed: {answer.body[:300]!r}"
    problem: dict[str, Any] = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def test_what_is_not_plain_json_is_refused_by_every_operation(world: World) -> None:
    secretariat, before = world.actors["secretariat"], world.make.journal()
    for name, method, path in writes(world):
        for kind, body in BODIES.items():
            check(raw.send(secretariat, method, path.encode(), JSON | {"if-match": '"1"'}, (body,)), {400}, f"{name}: {kind}")
    assert world.make.journal() == before


def test_json_of_another_shape_is_refused_by_every_operation(world: World) -> None:
    """By those that need no body too: what they do not take is never ignored."""
    spec = openapi.build(world.make.service.http._transport.app)  # type: ignore[attr-defined]
    needs = {o["operationId"] for item in spec["paths"].values() for o in item.values() if o.get("requestBody", {}).get("required")}
    secretariat, before = world.actors["secretariat"], world.make.journal()
    for name, method, path in writes(world):
        for kind, body in ODD.items():
            problem = check(raw.send(secretariat, method, path.encode(), JSON | {"if-match": '"1"'}, (body,)), {422}, f"{name}: {kind}")
            assert problem["errors"], name
        if name in needs:
            assert raw.send(secretariat, method, path.encode()).status in (422, 428), f"{name}: empty"
    assert world.make.journal() == before
    assert len(needs) > 50


def test_a_field_of_another_type_or_without_end_is_refused_or_taken_but_never_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = openapi.build(world.make.service.http._transport.app)  # type: ignore[attr-defined]
    bodies = {
        o["operationId"]: o["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for i in spec["paths"].values()
        for o in i.values()
        if "requestBody" in o
    }
    values: list[Any] = [
        None, 7, -1, 2**53, 1.5, True, "", " ", "x" * 500, "ß" * 300, CANARY * 2_000, "by " * 1_000 + "2013", "2014-02-30", "0001-01-01", "９９９９", [CANARY],
        {CANARY: CANARY}, [None], [[]], "\u202e\u2028", "\x1b[31m", "👩\u200d👩", "'; DROP TABLE groups; --", "{CANARY}", "%s%n", "../../etc/passwd",
    ]  # fmt: skip
    before, turn = world.make.journal(), 0
    with rehearsing(monkeypatch):
        for name, method, path in writes(world):
            schema = spec["components"]["schemas"].get(bodies.get(name, "").rsplit("/", 1)[-1], {})
            actor = world.actors[
                "administrator" if path.startswith(("/api/v1/agencies", "/api/v1/groups")) and "/groups/" not in path else "secretariat"
            ]
            for field in schema.get("properties", {}):
                turn += 1
                for value in values[turn % 4 :: 4]:  # each value meets every fourth field
                    body = json.dumps((world.calls[name][2] or {}) | {field: value}).encode()
                    answer = raw.send(actor, method, path.encode(), JSON | {"if-match": '"1"'}, (body,))
                    assert answer.status < 500, f"{name} {field}={str(value)[:60]}: {answer.status} {answer.body[:300]!r}"
                    if CANARY in str(value) and answer.status == 422:
                        assert CANARY.encode() not in answer.body, f"{name} {field}: {answer.body[:300]!r}"
    assert world.make.journal() == before


SIZES: dict[str, tuple[dict[str, str], tuple[bytes, ...], int]] = {
    "5 MB": ({"content-length": "5000000"}, (b'{"name": "' + b"x" * 5_000_000 + b'"}',), 413),
    "5 MB in pieces": ({}, tuple([b'{"name": "'] + [b"x" * 65_536] * 80), 413),
    "a length that lies": ({"content-length": "2"}, (b'{"name": "' + b"x" * LIMIT + b'"}',), 413),
    "a length that is none": ({"content-length": "-5"}, (b"{}",), 400),
    "a length without end": ({"content-length": "9" * 400}, (b"{}",), 413),
    "another type": ({"content-type": "text/plain"}, (b"{}",), 415),
    "a form": ({"content-type": "application/x-www-form-urlencoded"}, (b"a=b",), 415),
    "parts": ({"content-type": "multipart/form-data; boundary=x"}, (b"--x--",), 415),
    "no type": ({"content-type": ""}, (b"{}",), 415),
    "a type that is none": ({"content-type": "\xff/;;="}, (b"{}",), 415),
}


@pytest.mark.parametrize("kind", SIZES)
def test_a_body_too_large_or_of_another_type_is_refused_unread(make: Make, kind: str) -> None:
    headers, chunks, status = SIZES[kind]
    administrator = make.administrator
    before = make.journal()
    for method, path in (
        ("POST", b"/api/v1/groups"),
        ("PATCH", b"/api/v1/groups/tst"),
        ("POST", b"/api/v1/none"),
        ("PUT", b"/api/v1/groups"),
    ):
        check(raw.send(administrator, method, path, JSON | headers, chunks), {status}, kind)
    assert make.journal() == before


def test_a_body_that_ends_early_is_refused(make: Make) -> None:
    administrator = make.administrator
    before = make.journal()
    check(raw.send(administrator, "POST", b"/api/v1/groups", JSON, ()), {400}, "cut off")
    assert make.journal() == before


def test_a_body_may_be_as_deep_and_as_large_as_the_limits_say(make: Make) -> None:
    deep = b'{"name": ' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"
    check(raw.send(make.administrator, "POST", b"/api/v1/groups", JSON, (deep,)), {422}, "as deep as may be")
    check(raw.send(make.administrator, "POST", b"/api/v1/groups", JSON, (deep.replace(b"[]", b"[[]]"),)), {400}, "one deeper")
    full = b'{"name": "' + b"x" * (LIMIT - 12) + b'"}'
    assert len(full) == LIMIT
    check(raw.send(make.administrator, "POST", b"/api/v1/groups", JSON, (full[:1_000], full[1_000:])), {422}, "as large as may be")
    check(raw.send(make.administrator, "POST", b"/api/v1/groups", JSON, (full, b" ")), {413}, "one larger")
    answer = raw.send(
        make.administrator,
        "POST",
        b"/api/v1/agencies",
        {"content-type": "Application/Merge-Patch+JSON; charset=utf-8"},
        (b'{"code": "A", "name": "A"}',),
    )
    assert answer.status == 201


QUERIES = [
    b"%00", b"a=%00", b"a=\0", b"q=%ED%A0%80", b"q=%FF%FE", b"q=\xff\xfe", b"limit=NaN", b"limit=1e400", b"limit=" + b"9" * 5_000, b"sort=%0a", b"as_of=%F0%9F%98%80",
    b"cursor=%00", b"&&&=&", b"=" * 3_000, b"a=1&" * 3_000, b"as_of=9999-99-99", b"as_of=0001-01-01", b"as_of=41640", b"group=" + b"%C3%9F" * 300, b"agency=" + b"%C3%9F" * 300,
    b"%", b"%zz", b"q=%25%5F%5C", b"after=99999999999999999999", b"after=-1", b"id=" + b"x" * 5_000, b"q=%CC%81",
]  # fmt: skip


def test_no_query_makes_a_read_fail(world: World) -> None:
    reader = world.actors["secretariat"]
    reads = [
        path if path.startswith(("/healthz", "/readyz", "/static", "/openapi", "/api")) or path == "/" else f"/api/v1{path}"
        for m, path, _ in world.calls.values()
        if m == "GET"
    ]
    for path in reads:
        for query in QUERIES:
            answer = raw.send(reader, "GET", f"{path}?".encode() + query)
            assert answer.status in (200, 400, 422), f"{path}?{query[:60]!r}: {answer.status} {answer.body[:300]!r}"
            assert answer.status == 200 or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "target",
    [
        b"/api/v1/groups/%00", b"/api/v1/groups/%ED%A0%80", b"/api/v1/groups/\xff", b"/api/v1/groups/" + b"x" * 5_000, b"/api/v1/agencies/" + b"%C3%9F" * 300,
        b"/api/v1/decisions/%27%20OR%201=1", b"/api/v1/groups/..%2f..%2fetc", b"/api/v1//groups", b"/%", b"//", b"/api/v1/groups/%0d%0aset-cookie:x", b"/api/v1",
    ],
)  # fmt: skip
def test_no_path_makes_a_request_fail(make: Make, target: bytes) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "NONE"):
        for actor in (make.service, make.administrator):
            answer = raw.send(actor, method, target, JSON | {"if-match": '"1"'}, (b"{}",))
            assert 400 <= answer.status < 500, f"{method} {target!r}: {answer.status}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer \xff", "Basic YTpi", "bearer troika_x", "Bearer " + "x" * 10_000, "Bearer troika_" + "é" * 8]
)
def test_no_authorization_makes_a_request_fail(make: Make, given: str) -> None:
    answer = raw.send(make.service, "GET", b"/api/v1/me", {"authorization": given})
    assert answer.status == 401
    assert given[7:] not in answer.body.decode() or len(given) < 9
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_method_says_which_are_right(make: Make) -> None:
    answer = make.administrator.request("DELETE", "/groups")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert make.administrator.request("PUT", "/groups/tst").headers["allow"] == "GET, PATCH"
