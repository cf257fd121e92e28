"""The doors' kit: how a route reads, how it writes, and how every refusal looks on the wire (RFC 9457)."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.utils import create_model_field
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Engine
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from app.actors import ANONYMOUS
from app.core import idempotency
from app.core.db import Record
from app.core.documents import Query
from app.core.errors import Invalid, Malformed, MethodNotAllowed, NotFound, Problem, StaleVersion, Unauthenticated, Unavailable
from app.core.parameters import unknown
from app.core.reading import KNOWN_AT, Read
from app.core.wire import Nothing
from app.core.work import Work, WriteConflict, unit_of_work
from app.policy import PERMISSIONS, PUBLIC, Permission

Id = Annotated[str, Path(max_length=36, description="The thing's id.", examples=["5f0c1e5c-6a1b-4d27-9a53-0d6a8f1b7c42"])]
GroupCode = Annotated[str, Path(max_length=40, description="The group's code.", examples=["gmg"])]
AgencyName = Annotated[str, Path(max_length=300, description="The agency's code, an alias or its id.", examples=["ILO"])]


class ProblemError(BaseModel):
    """One mistake in a request: where it is and what would be right."""

    model_config = ConfigDict(extra="forbid")
    pointer: str = ""
    parameter: str = ""
    code: str
    message: str


class ProblemOut(BaseModel):
    """A refusal, as RFC 9457 has it. `code` is stable; texts may change."""

    model_config = ConfigDict(extra="forbid")
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    params: dict[str, Any]
    errors: list[ProblemError] | None = None


class DocumentedRoute(APIRoute):
    """A route that makes its reply itself. What its `response_model` says is for the reference alone, so it is worked out when that is
    first asked for: for all routes together it takes longer than the rest of a start."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, response_model: Any, **about: Any) -> None:
        super().__init__(path, endpoint, response_model=None, **about)
        self.documented = response_model

    def document(self) -> None:
        """Give the framework's own generator what it looks for."""
        if self.documented and not self.response_field:
            self.response_model = self.documented
            self.response_field = create_model_field(name=f"Response_{self.unique_id}", type_=self.documented, mode="serialization")


def rest_router(tag: str, prefix: str = "/api/v1") -> APIRouter:
    """A domain's REST door. An operation's id is the name of its function, which is the name of its action."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=DocumentedRoute, generate_unique_id_function=lambda route: route.name)


def problem_body(problem: Problem, instance: str, request_id: str) -> dict[str, Any]:
    body = {
        "type": f"/api#{problem.code()}", "title": HTTPStatus(problem.status).phrase, "status": problem.status, "detail": str(problem),
        "instance": instance, "code": problem.code(), "request_id": request_id, "params": problem.params,
    }  # fmt: skip
    return body | ({"errors": problem.errors()} if problem.status == 422 else {})


def problem_response(problem: Problem, request: Request) -> Response:
    request_id = request.scope.get("request_id", "")
    # The path as it came over the wire (percent-encoded), so that it is ASCII whatever was sent.
    instance = (request.scope.get("raw_path") or b"").split(b"?")[0].decode("latin-1")[:300]
    return JSONResponse(
        problem_body(problem, instance, request_id), problem.status, dict(problem.headers), media_type="application/problem+json"
    )


def pointer(location: tuple[Any, ...]) -> str:
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in location)


def validation_problem(error: RequestValidationError) -> Problem:
    """Pydantic's findings without the input: where, a code, and what would be right."""
    found = []
    for item in error.errors()[:50]:
        kind, location = item["type"], tuple(item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if kind == "extra_forbidden":
            message = "There is no such field here."
        where = {"pointer": pointer(location[1:])} if location[:1] == ("body",) else {"parameter": str(location[-1])[:100]}
        found.append(where | {"code": kind, "message": message})
    return Invalid(*found)


def handle_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request)


def handle_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(validation_problem(error), request)


def handle_http(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI refuse by themselves: no such route, wrong method, an unreadable body."""
    assert isinstance(error, HTTPException)
    problem: Problem = {404: NotFound(what="address"), 405: MethodNotAllowed()}.get(error.status_code) or Malformed(
        why="its body is not what this address takes"
    )
    response = problem_response(problem, request)
    if error.status_code == 405:
        response.headers["allow"] = ", ".join(methods_at(request))
    return response


def methods_at(request: Request) -> list[str]:
    """Every method that this address takes. The router would name those of the first route alone."""
    routes = [r for r in request.app.routes if isinstance(r, Route) and r.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in route.methods or ()})


def install(app: FastAPI) -> None:
    """Our own handlers for everything that can go wrong in a route."""
    app.add_exception_handler(Problem, handle_problem)
    app.add_exception_handler(RequestValidationError, handle_validation)
    app.add_exception_handler(HTTPException, handle_http)


def problems(*refusals: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: its own refusals. Those that any route can give are added to all (`core/openapi.py`)."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for refusal in refusals:
        entry = by_status.setdefault(refusal.status, {"description": ""})
        entry["description"] = (entry["description"] + f" `{refusal.code()}`: {refusal.message}").strip()
    return by_status


@dataclass(frozen=True)
class Reply:
    """What a write answers with: the thing as it now stands, read by the same query that its GET uses."""

    query: Query
    id: str
    status: int = 200
    location: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def created(query: Query, record: Record, collection: str) -> Reply:
    """201 with the new thing and where it lives."""
    return Reply(query, record.id, 201, f"/api/v1{collection}/{record.id}")


def done(query: Query, record: Record) -> Reply:
    """200 with the thing as it now stands."""
    return Reply(query, record.id)


def get_read(request: Request) -> Read:
    return Read(request.app.state.database, request.scope.get("actor", ANONYMOUS), request.scope["now"], request)


async def _read_of(request: Request) -> Read:
    return get_read(request)


async def _request(request: Request) -> Request:
    return request


def _check_known(request: Request, permission: Permission) -> None:
    """401 for strangers where the permission is not one that anybody has."""
    if not request.scope.get("actor", ANONYMOUS).known and PERMISSIONS[permission] is not PUBLIC:
        raise Unauthenticated(why="")


NO_BODY = inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, default=Nothing(), annotation=Nothing)


def _replace(door: Callable[..., Any], name: str, annotation: Any, *more: inspect.Parameter) -> inspect.Signature:
    signature = inspect.signature(door)
    parameters = [p.replace(annotation=annotation) if n == name else p for n, p in signature.parameters.items()]
    return signature.replace(parameters=[*parameters, *more])


def reads(permission: Permission, *, only_now: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A door that reads: its `read` gives documents, and only those its reader may see.

    It takes `known_at` without knowing of it: then its `read` gives what was known then. `only_now` says that it tells of no group's data.
    """
    takes = () if only_now else (KNOWN_AT,)

    def decorate(door: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(door)
        async def run(read: Read, **inputs: Any) -> Response:
            _check_known(read.request, permission)
            read.takes = takes
            if takes and read.request.scope["query_string"] and KNOWN_AT in read.given:
                read = await read.as_known(inputs)
            response: Response = await door(read, **inputs)
            return response

        run.__signature__ = _replace(door, "read", Annotated[Read, Depends(_read_of)])  # type: ignore[attr-defined]
        run.permission, run.takes = permission, takes  # type: ignore[attr-defined]
        return run

    return decorate


def writes(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A door that writes: it runs in the writer, in one hop (begin, load, act, read the reply, commit), and answers after that.

    The door's `work` is named by the permission that its action required; a door that changes something under another name
    than it declares is a mistake of ours and fails. A door without a `body` takes none: what is sent is refused, never ignored.
    """

    def decorate(door: Callable[..., Reply]) -> Callable[..., Any]:
        bodiless = "body" not in inspect.signature(door).parameters

        @functools.wraps(door)
        async def run(work: Request, **inputs: Any) -> Response:
            request = work
            _check_known(request, permission)
            for name in get_read(request).given:
                raise unknown(name, ())
            sent = await request.body()
            if sent.strip() == b"null":  # FastAPI takes it for no body
                raise Invalid({"pointer": "", "code": "model_type", "message": "Input should be an object."})
            if request.method == "POST" and if_match(request) is not None:
                raise Malformed(why="If-Match goes with a PATCH; a step is judged by the state that it finds")
            if bodiless:
                del inputs["body"]
            key = idempotency.Key.of(request, sent) if request.method == "POST" else None
            change = functools.partial(_change, door, permission, request, key, inputs)
            try:
                status, headers, body = await request.app.state.database.write(change)
            except WriteConflict:
                # Only a race that outlasted its retries, or a PATCH whose version went stale between check and write.
                if request.method == "PATCH":
                    raise StaleVersion(what="thing") from None
                raise Unavailable() from None
            return Response(body, status, headers, media_type="application/json")

        more = [NO_BODY] if bodiless else []
        run.__signature__ = _replace(door, "work", Annotated[Request, Depends(_request)], *more)  # type: ignore[attr-defined]
        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate


def if_match(request: Request) -> int | None:
    """The version that the client saw, from `If-Match: "7"` (or the longer ETag of a GET, whose first part it is).

    `*` is any version, so it names none: a step takes it, a PATCH asks for one.
    """
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    number = given.strip().removeprefix("W/").strip('"').split("-")[0]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return -1  # not one of our ETags: it matches nothing
    return int(number)


def _change(
    door: Callable[..., Reply], permission: Permission, request: Request, key: "idempotency.Key | None", inputs: dict[str, Any],
    bind: Engine | Connection,
) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
    scope = request.scope
    with unit_of_work(bind, scope["actor"], scope["now"], if_match=if_match(request), must_match=request.method == "PATCH") as work:
        if key and (kept := idempotency.claim(work, key)):
            return kept
        reply = door(work, **inputs)
        work.session.flush()
        if work.operation not in (None, permission):
            raise RuntimeError(f"{door.__name__} declares {permission} but acted under {work.operation}")
        answer = _answer(work, reply)
        if key:
            idempotency.keep(work, key, answer)
        return answer


def _answer(work: Work, reply: Reply) -> tuple[int, dict[str, str], bytes]:
    connection = work.session.connection()
    driver = "sqlite" if connection.dialect.name == "sqlite" else "psycopg"
    given = {"id": reply.id, "as_of": None, "now": work.now.isoformat()} | reply.extra
    text, values = reply.query.on(driver, given)
    row = connection.exec_driver_sql(text, tuple(values) if driver == "sqlite" else values).one()
    document = row[0]
    headers = {"etag": f'"{row.version}"'} if "version" in row._fields else {}
    if reply.location:
        headers["location"] = reply.location
    return reply.status, headers, document.encode()
