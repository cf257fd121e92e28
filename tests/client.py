"""A client for tests: the whole service in this process, spoken to over HTTP from plain functions and threads.

Every JSON reply is held against the OpenAPI document, so that a reply off its schema fails the test that got it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx
import jsonschema_rs
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from starlette.routing import BaseRoute

from app.core import openapi

SCHEMAS = "urn:troika"


class Contract:
    """The OpenAPI document as a judge of replies."""

    _made: ClassVar[list[tuple[list[BaseRoute], "Contract"]]] = []

    @classmethod
    def of(cls, app: FastAPI) -> "Contract":
        """The contract of a service: made once in a process for all with the same routes, since it takes a second."""
        for routes, contract in cls._made:
            if routes == app.routes:
                return contract
        cls._made.append((list(app.routes), cls(app)))
        return cls._made[-1][1]

    def __init__(self, app: FastAPI) -> None:
        self.spec = openapi.build(app)
        self._paths: dict[int, list[tuple[list[str], dict[str, Any]]]] = {}
        for path, item in sorted(self.spec["paths"].items(), key=lambda one: str(one[0]).count("{")):
            names = path.strip("/").split("/")
            self._paths.setdefault(len(names), []).append((names, item))
        # In one place: a validator of its own copy of them takes 4 MB, and there are thousands.
        self._schemas = jsonschema_rs.Registry([(SCHEMAS, {"components": self.spec["components"]})], draft=jsonschema_rs.Draft202012)
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def check(self, request: httpx.Request, response: httpx.Response) -> None:
        """Fail unless this reply is one that the document tells of."""
        operation = self._operation(request)
        if operation is None or response.status_code == 304:
            return
        described = operation["responses"].get(str(response.status_code))
        assert described, f"{operation['operationId']} does not document {response.status_code}: {response.text[:300]}"
        if response.status_code >= 400:
            assert f"`{response.json()['code']}`" in described["description"], (
                f"{operation['operationId']} does not document {response.text[:300]}"
            )
        kind = response.headers.get("content-type", "").split(";")[0]
        if "json" in kind:
            self._validate(operation["operationId"] + str(response.status_code), described["content"][kind]["schema"], response.json())
        if "items" in described.get("description", "") or "fields" in request.url.params or request.method != "GET":
            return
        self._check_whole_items(described, response)

    def _check_whole_items(self, described: dict[str, Any], response: httpx.Response) -> None:
        """Without `fields=` an item of a page has every field."""
        name = described.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if response.status_code == 200 and name.startswith("Page_"):
            whole = self.spec["components"]["schemas"][name]["properties"]["items"]["items"]["anyOf"][0]
            for item in response.json()["items"]:
                self._validate(name, whole, item)

    def _validate(self, key: str, schema: dict[str, Any], body: Any) -> None:
        if key not in self._validators:
            there = json.loads(json.dumps(schema).replace('"#/components/', f'"{SCHEMAS}#/components/'))
            self._validators[key] = jsonschema_rs.Draft202012Validator(there, validate_formats=True, registry=self._schemas)
        errors = [f"{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in self._validators[key].iter_errors(body)]
        assert not errors, f"off the schema ({key}): {errors}"

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        item = next(self.fitting(request.url.path), {})
        return item.get(request.method.lower())

    def fitting(self, path: str) -> Iterator[dict[str, Any]]:
        """What the document tells of a path, the one with the fewest parameters first."""
        parts = path.strip("/").split("/")
        for names, item in self._paths.get(len(parts), []):
            if all(name == part or (name.startswith("{") and part) for name, part in zip(names, parts, strict=True)):
                yield item


@dataclass
class Client:
    """Speaks as one actor. `as_(token)` gives the same client for another."""

    portal: BlockingPortal
    http: httpx.AsyncClient
    contract: Contract
    token: str | None = None

    def as_(self, token: str | None) -> "Client":
        return Client(self.portal, self.http, self.contract, token)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        url = path if path.startswith(("/api", "/healthz", "/readyz", "/openapi", "/static")) or path == "/" else f"/api/v1{path}"

        async def send() -> httpx.Response:
            return await self.http.request(method, url, headers=headers, **options)

        response = self.portal.call(send)
        self.contract.check(response.request, response)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, json={} if json is None else json, **options)

    def patch(self, path: str, json: Any, version: int | None = None, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {}) | ({"if-match": f'"{version}"'} if version is not None else {})
        return self.request("PATCH", path, json=json, headers=headers, **options)

    def at_once(self, *calls: Any) -> list[httpx.Response]:
        """Make these calls (functions) at the same moment, one thread each, and give their answers in order."""
        barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

        def run(i: int) -> None:
            barrier.wait()
            answers[i] = calls[i]()

        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert None not in answers
        return answers  # type: ignore[return-value]


@contextmanager
def serving(app: FastAPI) -> Iterator[Client]:
    """The service with its lifespan, for the length of the block."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        yield Client(portal, http, Contract.of(app))
        portal.call(http.aclose)
