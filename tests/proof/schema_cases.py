"""Requests drawn by schemathesis from the OpenAPI document, good and bad, and their replies held against it.

What it draws for an address is mostly an id that nothing has, so the ids of a world are put in its place most of the time.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.access.world import World
from tests.client import Client, Contract
from tests.proof.figures import figure

Json = dict[str, Any]
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip
ROLES = ("anonymous", "viewer", "focal", "chair", "secretariat", "group_administrator", "administrator")
"""`chair` is the focal point of the agency that chairs the group."""
TURNS = (*ROLES, "secretariat", "administrator", "secretariat")
"""Those who may do most come most."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
REFUSED = [str(status) for status in (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428)]
EXAMPLES = figure(3, 6)
"""How many cases are drawn in a row; the first is the plainest one."""
KNOWN = {"agency": "OWN", "host": "BODY", "lead": "OWN", "suggest": "OUT", "on_behalf_of": "OWN", "group": "tst"}


class Cases:
    """Everything that schemathesis can draw for a service."""

    def __init__(self, contract: Contract, only: str | None = None) -> None:
        # Without the token scheme, since the roles bring their own tokens.
        paths = {
            path: {m: {n: v for n, v in o.items() if n != "security"} for m, o in item.items() if only in (None, o["operationId"])}
            for path, item in contract.spec["paths"].items()
        }
        self.contract = contract
        self.schema = schemathesis.openapi.from_dict(contract.spec | {"paths": {path: item for path, item in paths.items() if item}})
        self.schema.config.checks.negative_data_rejection.expected_statuses = REFUSED
        operations = [result.ok() for result in self.schema.get_all_operations() if isinstance(result, Ok)]
        self.pairs = [(operation, mode) for operation in operations for mode in MODES]

    def blocks(self, number: int, count: int) -> Iterator[tuple[str, int]]:
        """So many requests as blocks: a role, and which operation and mode. Every pair comes before one comes again."""
        dice = random.Random(number)  # noqa: S311  (the same requests in every run)
        order: list[tuple[str, int]] = []
        while len(order) * EXAMPLES < count:
            some = list(range(len(self.pairs)))
            dice.shuffle(some)
            order += [(TURNS[(at + i + len(order)) % len(TURNS)], at) for i, at in enumerate(some)]
        return iter(order[: -(-count // EXAMPLES)])


@dataclass
class Found:
    """What a run found wrong, how often each status came, and which operations were asked."""

    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)


def run(cases: Cases, world: World, number: int, count: int, found: Found) -> None:
    """Send so many requests, and add to what was found."""
    for block, (role, at) in enumerate(cases.blocks(number, count)):
        _draw(cases, world, number * 100_000 + block, role, at, found)


def _draw(cases: Cases, world: World, number: int, role: str, at: int, found: Found) -> None:
    """Send a few requests of one operation in one mode, as one role."""
    operation, mode = cases.pairs[at]
    name = str(operation.definition.raw["operationId"])
    dice = random.Random(number)  # noqa: S311  (the same requests in every run)

    @seed(number)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        _lead_to_real_things(case, dice, world, name)
        try:
            response = _send(case, world.actors[role])
        except httpx.InvalidURL:  # longer than httpx sends: the raw fuzz sends such
            return
        found.statuses[response.status_code] += 1
        found.asked.add(name)
        found.wrong += [
            f"{wrong} | {name} as {role}, {mode.value}: {_shown(response)}" for wrong in _judged(case, response, cases.contract)
        ]

    with suppress(Unsatisfiable):  # what takes nothing cannot be given something wrong
        one()


def _lead_to_real_things(case: Case[Any], dice: random.Random, world: World, name: str) -> None:
    """Put real ids into an address, real references into a good body, and the present version beside it.

    Where the body or the query is bad, everything else is made good, so that nothing else can be the reason for a refusal.
    """
    call = world.calls.get(name)
    meta = case.meta
    if call is None or meta is None or dice.random() < 0.25:
        return
    parts = f"/api/v1{call[1]}".split("/")
    inside = meta.is_negative_at(ParameterLocation.BODY) or meta.is_negative_at(ParameterLocation.QUERY)
    if case.path_parameters and (inside or not meta.is_negative_at(ParameterLocation.PATH)):
        case.path_parameters = {p[1:-1]: parts[i] for i, p in enumerate(case.path.split("/")) if p.startswith("{")}
    if inside and meta.is_negative_at(ParameterLocation.HEADER):
        case.headers = type(case.headers)()
    if case.method == "PATCH" and not meta.is_negative_at(ParameterLocation.HEADER):
        case.headers["If-Match"] = dice.choice(('"1"', '"2"', '"3"'))
    real = {n: v["id"] for n, v in world.things.items() if "id" in v} | KNOWN | (call[2] or {})
    if isinstance(case.body, dict) and not meta.is_negative_at(ParameterLocation.BODY):
        case.body = _likely(case.body, real, dice) | (call[2] or {} if dice.random() < 0.5 else {})
    if case.query and not meta.is_negative_at(ParameterLocation.QUERY):
        case.query = _likely(case.query, real, dice)


def _likely(fields: Json, real: Json, dice: random.Random) -> Json:
    """Good values that the service can make something of: names that something bears, days of this century, printable letters."""
    return {n: real[n] if n in real and dice.random() < 0.7 else _readable(v) for n, v in fields.items()}


def _readable(value: Any) -> Any:
    """The document cannot say which days there are, nor that a line is printable; without this most of what is drawn ends there."""
    if isinstance(value, dict):
        return {n: _readable(v) for n, v in value.items()}
    if isinstance(value, list):
        return [_readable(v) for v in value]
    if isinstance(value, str):
        return "20" + value[2:] if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "".join(c for c in value if c.isprintable())
    return value


def _send(case: Case[Any], client: Client) -> httpx.Response:
    given = case.as_transport_kwargs(base_url="http://test")
    headers = {n: v for n, v in given["headers"].items() if n.lower() not in ("connection", "accept-encoding", "authorization")}
    headers |= {"authorization": f"Bearer {client.token}"} if client.token else {}
    content = given.get("data") if given.get("json") is None else None
    if "json" in given and content is None:
        content = json.dumps(given["json"]).encode()

    async def send() -> httpx.Response:
        return await client.http.request(
            given["method"], given["url"], params=given.get("params"), headers=httpx.Headers(_plain(headers)), content=content
        )

    return client.portal.call(send)


def _plain(headers: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(n.encode("latin-1"), v if isinstance(v, bytes) else str(v).encode("latin-1", "replace")) for n, v in headers.items()]


def _judged(case: Case[Any], response: httpx.Response, contract: Contract) -> Iterator[str]:
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        yield from (
            f"{failure.title}: {failure.message}".replace("\n", " ") for failure in group.exceptions if isinstance(failure, Failure)
        )
    try:
        contract.check(response.request, response)
    except AssertionError as error:
        yield f"off the schema: {error!s:.300}"


def _shown(response: httpx.Response) -> str:
    sent = response.request
    return f"{sent.method} {sent.url!s:.300} {sent.content[:500]!r} -> {response.status_code} {response.content[:400]!r}"
