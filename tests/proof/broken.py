"""A service on SQLite in this process, of a proof's own: to break, or where one engine says all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import ConfigDict, TypeAdapter
from sqlmodel import Session

from app.actors import Actor
from app.core import http, journal, listing, reading
from app.core.db import write_engine
from app.core.openapi import every_route
from app.core.work import Work
from app.main import create_app
from app.settings import Settings
from tests.access.world import World, build
from tests.client import Client, serving
from tests.conftest import empty, migrate
from tests.make import Make


@dataclass
class Own:
    """The service, and a world made anew whenever one is asked for."""

    app: FastAPI
    client: Client
    engine: sa.Engine

    def make(self) -> Make:
        """Builders on empty tables."""
        with self.engine.begin() as connection:
            empty(connection)
        return Make(self.client, self.engine)

    def world(self) -> World:
        return build(self.make())


@contextmanager
def own_service(home: Path) -> Iterator[Own]:
    """The service for the length of the block."""
    url = f"sqlite:///{home}/troika.db"
    migrate(url)
    app, engine = create_app(Settings(database_url=url)), write_engine(url)
    with serving(app) as client:
        yield Own(app, client, engine)
    engine.dispose()


def loosen(patch: pytest.MonkeyPatch, app: FastAPI, operation: str, extra: Literal["allow", "ignore"]) -> None:
    """A fault: this operation's body takes more than its fields, as a schema of a base class of one's own would."""
    route = next(r for r in every_route(app) if r.name == operation)
    assert route.body_field
    body: Any = route.body_field.field_info.annotation
    loose = type("Loose", (body,), {"__module__": __name__, "model_config": ConfigDict(extra=extra)})
    patch.setattr(route.body_field, "_type_adapter", TypeAdapter(loose))


def pages_lose_their_cursor(patch: pytest.MonkeyPatch, *_: FastAPI) -> None:
    """A fault: a page without the field that leads to the next one."""
    whole = reading.json_response
    patch.setattr(listing, "json_response", lambda text, **headers: whole(text.replace(b'"next_cursor"', b'"next"'), **headers))


def what_is_refused_is_committed(patch: pytest.MonkeyPatch) -> None:
    """A fault: the work is committed whatever became of it."""

    @contextmanager
    def unit_of_work(bind: sa.Engine | sa.Connection, actor: Actor, now: datetime, **about: Any) -> Iterator[Work]:
        with Session(bind, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            work = session.info["work"] = Work(session, actor, now, **about)
            try:
                yield work
            finally:
                journal.write(session)
                session.commit()

    patch.setattr(http, "unit_of_work", unit_of_work)
