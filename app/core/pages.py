"""The kit of the HTML door: templates that escape everything, hashed static files, and replies with an ETag and gzip.

A page and its compressed form are made together and served as bytes; nothing is compressed twice.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HOME = Path(__file__).parents[1]
FRESH, FOREVER = "no-cache", "public, max-age=31536000, immutable"
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class Content:
    """Bytes ready to be served, in both forms."""

    body: bytes
    media_type: str
    level: int = 9
    """How hard to compress: 9 for what is kept, 4 for what is made for one request."""

    @cached_property
    def digest(self) -> str:
        return hashlib.blake2b(self.body, digest_size=8).hexdigest()

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.body, self.level, mtime=0)

    def reply(self, request: Request, cache_control: str = FRESH) -> Response:
        """200 in the form the client takes, or 304 when it holds this very content."""
        etag = f'W/"{self.digest}"'  # weak: both forms bear it
        headers = {"etag": etag, "cache-control": cache_control, "vary": "accept-encoding"}
        if f'"{self.digest}"' in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        if takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(self.packed, 200, headers | {"content-encoding": "gzip"}, self.media_type)
        return Response(self.body, 200, headers, self.media_type)


def takes_gzip(accepted: str) -> bool:
    return re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted, re.IGNORECASE) is not None


@cache
def static_files() -> Mapping[str, Content]:
    """Every file of `app/static` by the name it is served under, `NAME.HASH.EXTENSION`: another content is another address."""
    found = {}
    for path in sorted((HOME / "static").iterdir()):
        content = Content(path.read_bytes(), MEDIA[path.suffix])
        found[f"{path.stem}.{content.digest}{path.suffix}"] = content
    return found


@cache
def asset(name: str) -> str:
    """The address of a static file, for templates."""
    stem, _, extension = name.rpartition(".")
    (served,) = [n for n in static_files() if re.fullmatch(rf"{re.escape(stem)}\.[0-9a-f]{{16}}\.{re.escape(extension)}", n)]
    return f"/static/{served}"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(HOME / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals["asset"] = asset
    return templates


def render(template: str, **values: Any) -> str:
    """A page as text. Every value is escaped; a missing one is an error."""
    return _templates().get_template(template).render(**values)


def address_of(request: Request) -> str:
    """The scheme, host and port by which the client reached us: what a command on a page has to name."""
    host = request.headers.get("host", "")
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", host):
        host = "127.0.0.1:8000"
    return f"{request.url.scheme}://{host}"
