"""The service on both databases. Each test starts with empty tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from sqlalchemy.engine import Connection

from app.core.db import write_engine
from app.core.schema import MIGRATIONS
from app.main import create_app
from app.settings import Settings
from app.tables import METADATA
from tests.cards import lies
from tests.client import Client, serving
from tests.make import Make
from tests.postgres import Server, server

ENGINES = ("sqlite", "postgresql")


EMPTYING = [f"DELETE FROM {table.name}" for table in reversed(METADATA.sorted_tables)]
"""Children first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", default=",".join(ENGINES), help="databases to test, by comma; what needs none runs with sqlite")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", metafunc.config.getoption("--db").split(","), indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test belongs to one database, so that a run for each has every test once."""
    chosen = config.getoption("--db").split(",")
    kept = [item for item in items if isinstance(item, pytest.Function) and home(item) in chosen]
    config.hook.pytest_deselected(items=list({*items} - {*kept}))
    items[:] = kept


def home(item: pytest.Function) -> str:
    """The database to which a test belongs. Of what is parametrised `in_turns` by a name, each belongs to one of the two."""
    if "database_url" not in item.fixturenames:
        return "postgresql" if "on_postgresql" in item.fixturenames else "sqlite"
    engine = str(item.callspec.params["database_url"])
    turns = item.get_closest_marker("in_turns")
    return engine if not turns or ENGINES[item.callspec.indices[turns.args[0]] % 2] == engine else ""


@pytest.fixture(scope="session")
def on_postgresql() -> None:
    """Asked for by what needs a PostgreSQL, whatever database the run is about."""


@pytest.fixture(scope="session")
def postgresql(on_postgresql: None) -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database at the newest schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('data')}/troika.db"
    else:
        url = request.getfixturevalue("postgresql").url
    migrate(url)
    return url


def migrate(url: str, to: str = "head") -> None:
    """Bring a database to a revision, up or down."""
    config = Config(str(Path(MIGRATIONS).parent / "alembic.ini"))
    config.set_main_option("troika.url", url.replace("%", "%%"))
    (command.upgrade if to == "head" else command.downgrade)(config, to)


@pytest.fixture(scope="session")
def app(database_url: str) -> FastAPI:
    return create_app(Settings(database_url=database_url))


@pytest.fixture(scope="session")
def service(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = write_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty every table before a test that uses a database. After it, no card may tell a lie."""
    engine = request.getfixturevalue("engine") if "database_url" in request.fixturenames else None
    if engine:
        with engine.begin() as connection:
            empty(connection)
    yield
    if engine:
        with engine.begin() as connection:
            assert lies(connection) == []


def empty(connection: Connection) -> None:
    in_one_trip = connection.dialect.name == "postgresql"
    for statement in ["; ".join(EMPTYING)] if in_one_trip else EMPTYING:
        connection.exec_driver_sql(statement)


@pytest.fixture
def make(service: Client, engine: sa.Engine) -> Make:
    """Builders: what a test needs to stand, made through the API as a user would."""
    return Make(service, engine)
