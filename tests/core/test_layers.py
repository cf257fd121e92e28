"""The layers in front of the routes: what is not HTTP passes through, and no failure leaves a reply without its headers."""

import asyncio
from typing import Any

import pytest

from app.core.codes import LISTS, closed
from app.core.front import Envelope
from tests.client import Client
from tests.make import ok


def test_what_is_not_http_passes_through_every_layer(service: Client) -> None:
    seen: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        seen.append(message)

    scope = {
        "type": "websocket",
        "path": "/api/v1/groups",
        "headers": [],
        "query_string": b"",
        "raw_path": b"",
        "root_path": "",
        "scheme": "ws",
    }

    async def run() -> None:
        await service.http._transport.app(scope, receive, send)  # type: ignore[attr-defined]

    service.portal.call(run)
    assert seen[0]["type"] == "websocket.close"


def test_every_reply_bears_our_headers(service: Client) -> None:
    for path in ("/healthz", "/api/v1/groups", "/api/v1/none", "/", "/api/v1/me"):
        headers = service.request("GET", path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"]
        assert len(headers["x-request-id"]) == 16
        assert headers["cache-control"]
    assert ok(service.get("/healthz"), 200)


def test_a_failure_after_the_reply_has_begun_adds_no_second_reply(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []

    async def broken(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Envelope(broken)(scope, None, send))  # type: ignore[arg-type]
    assert [m["type"] for m in sent] == ["http.response.start"]
    assert "failed" in caplog.text


def test_two_closed_lists_never_share_a_name() -> None:
    name = next(iter(LISTS))
    assert closed(name, *LISTS[name]) == LISTS[name]
    with pytest.raises(RuntimeError, match="two different lists"):
        closed(name, "something else")
