"""Requests as bytes, straight into the service: what no client library would send."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.client import Client


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def send(client: Client, method: str, target: bytes, headers: dict[str, str] | None = None, chunks: tuple[bytes, ...] = (b"",)) -> Answer:
    """Send a request with this very target, these headers and this body in pieces. The client's token is added."""
    path, _, query = target.partition(b"?")
    given = {k.lower(): v for k, v in (headers or {}).items()}
    if client.token:
        given.setdefault("authorization", f"Bearer {client.token}")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": unquote(path),
        "raw_path": path, "query_string": query, "root_path": "", "server": ("test", 80), "client": ("127.0.0.1", 1),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in given.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": c, "more_body": i < len(chunks) - 1} for i, c in enumerate(chunks)]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await client.http._transport.app(scope, receive, collect)  # type: ignore[attr-defined]

    client.portal.call(run)
    return Answer(
        sent[0]["status"],
        {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in sent[0]["headers"]},
        b"".join(m.get("body", b"") for m in sent[1:]),
    )
