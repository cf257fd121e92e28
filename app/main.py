"""The service: the one place that knows every router, handler and layer."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access import api as access
from app.access.queries import Authenticator
from app.agencies import api as agencies
from app.agencies import queries as agency_queries
from app.baselines import api as baselines
from app.bodies import api as bodies
from app.chairs import api as chairs
from app.checklists import api as checklists
from app.core import cards, http, openapi
from app.core.database import Database, open_database
from app.core.front import Envelope, KnownReader, StrictBodies
from app.core.past import Pasts
from app.core.reading import Names
from app.core.routing import IndexedRoutes, PlainReads
from app.core.schema import check_schema
from app.decisions import api as decisions
from app.deliverables import api as deliverables
from app.deliverables import assignments_api as assignments
from app.deliverables import authority_api as authority
from app.deliverables import lineage_api as lineage
from app.deliverables import orphans_api as orphans
from app.deliverables import updates_api as updates
from app.deliverables import working_api as working
from app.fundraising import api as projects
from app.fundraising import contributions_api as contributions
from app.fundraising import funding_api as funding
from app.fundraising import iati_api as iati
from app.groups import api as groups
from app.groups import queries as group_queries
from app.handovers import api as handovers
from app.history import api as history
from app.meetings import api as meetings
from app.meetings import silence_api as silence
from app.membership import action_points_api as action_points
from app.membership import api as membership
from app.reports import api as reports
from app.service import api as service
from app.service import pages as service_pages
from app.settings import Settings
from app.workplans import api as workplans

DESCRIPTION = "Keeps the shared work of an inter-agency coordination group: who chairs, what was promised, who leads it, what is late."
DOMAINS = (
    access, groups, agencies, decisions, membership, action_points, chairs, bodies, workplans, deliverables, assignments, updates, working, orphans, authority,
    lineage, checklists, baselines, projects, contributions, funding, iati, silence, meetings, handovers, history, reports, service, service_pages,
)  # fmt: skip


class Service(FastAPI):
    """The application without what the framework looks up for its own telemetry in every request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        assert self.middleware_stack is not None
        await self.middleware_stack(scope, receive, send)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole service on one database. Its lifespan checks the schema and opens the database."""
    settings = settings or Settings()
    database = open_database(settings)
    pasts = Pasts(database, settings.past_changes, settings.past_memory)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            check_schema(database.engine)
        except Exception:
            database.engine.dispose()
            raise
        await database.open()
        await pasts.open()
        keeping = asyncio.create_task(cards.keep(database.write))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await pasts.close()
            await database.close()

    app = Service(
        title="Troika",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.pasts = pasts
    app.state.names = Names(group_queries.BY_CODE, agency_queries.BY_NAME)
    http.install(app)
    for domain in DOMAINS:
        app.router.routes.extend(domain.router.routes)  # flat: an included router is scanned twice for every request
    app.router.middleware_stack = IndexedRoutes(app.router)
    openapi.check_declared(app)
    app.middleware_stack = layers(app, database, settings)
    return app


def serve_app() -> FastAPI:
    """The service for a process that does nothing else. What it is made of stays, so the collector need not look through it again:
    its pauses, ten times as long as a read, are most of what makes reads wait beside writes."""
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    return app


def layers(app: FastAPI, database: Database, settings: Settings) -> ASGIApp:
    """What a request goes through, from the innermost out. The framework's own outer layers (a page for debugging, telemetry, a
    second limit on bodies) are left out: ours do their work, and every read would pay for them."""
    framework = ExceptionMiddleware(AsyncExitStackMiddleware(app.router), handlers=app.exception_handlers)
    plain = PlainReads(framework, app.router.routes)
    known = KnownReader(plain, database, Authenticator(database), settings.kept_replies)
    return Envelope(StrictBodies(known, settings.body_limit))
