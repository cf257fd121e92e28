"""The HTML door of the service: the landing page, the API reference, and the files that both need."""

import asyncio
import json
from functools import lru_cache

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response

from app.core import openapi
from app.core.errors import NotFound
from app.core.http import reads
from app.core.pages import FOREVER, Content, address_of, render, static_files
from app.core.reading import Read
from app.core.reference import ADDRESS, Reference
from app.policy import Permission
from app.service.queries import PUBLIC_GROUPS, release

router = APIRouter(include_in_schema=False)
HTML = "text/html; charset=utf-8"
VISIT = ["GET", "HEAD"]


def _kept(app: FastAPI) -> tuple[Content, str]:
    """The OpenAPI document and the reference page made from it: once for each process, when the first reader comes.

    That takes a good part of a second, so the doors do it beside the event loop.
    """
    if not hasattr(app.state, "reference"):
        spec = openapi.build(app)
        document = Content(json.dumps(spec, ensure_ascii=False, indent=1).encode(), "application/json")
        app.state.reference = (document, render("service/reference.html", spec=spec, reference=Reference(spec), address=ADDRESS))
    kept: tuple[Content, str] = app.state.reference
    return kept


@lru_cache(8)
def _page(text: str, address: str) -> Content:
    return Content(text.replace(ADDRESS, address).encode(), HTML, level=4)


@router.api_route("/", methods=VISIT)
@reads(Permission.READ_SERVICE, only_now=True)
async def show_landing(read: Read) -> Response:
    """What runs here, and how to begin."""
    groups = await read.fetch(PUBLIC_GROUPS)
    app = read.request.app
    page = render(
        "service/landing.html",
        about=app.description,
        release=release(),
        version=app.version,
        groups=groups,
        address=address_of(read.request),
    )
    return Content(page.encode(), HTML, level=4).reply(read.request)


@router.api_route("/api", methods=VISIT)
@reads(Permission.READ_SERVICE, only_now=True)
async def show_reference(read: Read) -> Response:
    """The API reference, with commands for the address by which the reader came."""
    _, text = await asyncio.to_thread(_kept, read.request.app)
    return _page(text, address_of(read.request)).reply(read.request)


@router.api_route("/openapi.json", methods=VISIT)
@reads(Permission.READ_SERVICE, only_now=True)
async def show_openapi(read: Read) -> Response:
    """The OpenAPI document."""
    document, _ = await asyncio.to_thread(_kept, read.request.app)
    return document.reply(read.request)


@router.api_route("/static/{name}", methods=VISIT)
@reads(Permission.READ_SERVICE, only_now=True)
async def show_static(read: Read, name: str) -> Response:
    """A stylesheet or script. Its name changes with its content, so it may be kept for ever."""
    if name not in static_files():
        raise NotFound(what="file")
    return static_files()[name].reply(read.request, FOREVER)
