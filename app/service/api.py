"""The REST door of the service itself: probes, codes and limits."""

from typing import Any

from fastapi.responses import Response

from app.core.errors import Unavailable
from app.core.http import problems, reads, rest_router
from app.core.reading import Read, compact, json_response
from app.policy import Permission
from app.service import queries
from app.service.rules import SchemaNotCurrent
from app.service.schemas import CodesOut, HealthOut, LimitsOut, ReadinessOut

router = rest_router("service")
probes = rest_router("service", prefix="")


def _json(body: dict[str, Any], **headers: str) -> Response:
    return json_response(compact(body), **headers)


@probes.get("/healthz", response_model=HealthOut)
@reads(Permission.READ_SERVICE, only_now=True)
async def get_health(read: Read) -> Response:
    """Say that the process is up, without asking the database."""
    read.accept()
    return _json({"status": "ok"})


@probes.get("/readyz", response_model=ReadinessOut, responses=problems(SchemaNotCurrent, Unavailable))
@reads(Permission.READ_SERVICE, only_now=True)
async def get_readiness(read: Read) -> Response:
    """Say whether requests can be served: the database answers and its schema is the one this version needs."""
    read.accept()
    return _json(await queries.readiness(read))


@router.get("/meta/codes", response_model=CodesOut)
@reads(Permission.READ_SERVICE, only_now=True)
async def get_codes(read: Read) -> Response:
    """Show every closed list of values and every problem code."""
    read.accept()
    return _json(queries.codes())


@router.get("/meta/limits", response_model=LimitsOut)
@reads(Permission.READ_SERVICE, only_now=True)
async def get_limits(read: Read) -> Response:
    """Show the bounds of requests and values."""
    read.accept()
    return _json(queries.limits(read.request.app.state.settings))


router.routes.extend(probes.routes)
