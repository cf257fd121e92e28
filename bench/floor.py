"""The floor: a bare Starlette application that answers every GET with the same bytes, and nothing else."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BODY = Path(os.environ.get("BENCH_BODY", os.devnull)).read_bytes()
KIND = os.environ.get("BENCH_KIND", "application/json")


async def answer(_: Request) -> Response:
    return Response(BODY, media_type=KIND)


app = Starlette(routes=[Route("/{path:path}", answer)])
