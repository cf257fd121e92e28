"""What every table shares, the two engines, and the settings that keep their promises."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from app.core.dates import instant_text, local_day, term_end_text, whole_months_text

try:  # a current SQLite: Python's own copy is often one with the WAL-reset bug
    from pysqlite3 import dbapi2
except ImportError:  # a platform without that wheel
    dbapi2 = sqlite3
sqlite: Any = dbapi2

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


class Instant(TypeDecorator[datetime]):
    """A UTC instant: `timestamptz` on PostgreSQL, fixed-width ISO text on SQLite, always aware in Python."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(sa.String(27) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return instant_text(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002
        return datetime.fromisoformat(value) if isinstance(value, str) else value and value.astimezone(UTC)


def new_id() -> str:
    return str(uuid4())


def reference(table: str, *, optional: bool = False, index: bool = True) -> Any:
    """A foreign key column to `table.id`."""
    default: Any = None if optional else ...
    return Field(default=default, foreign_key=f"{table}.id", max_length=36, nullable=optional, index=index)


def table_of(model: type[SQLModel]) -> Any:
    """The Core table of a model. Statements for reading are built on tables, not on objects."""
    return model.__table__  # type: ignore[attr-defined]


def id_of(record: "Record | None") -> str | None:
    """The id of what may be missing."""
    return record.id if record else None


def texts() -> Any:
    """A list of strings in a JSON column. Assign a new list to change it: a change in place is not seen."""
    return Field(default_factory=list, sa_type=sa.JSON)


SECRETARIAT = "secretariat"
"""In the place of an agency: only the secretariat of the group."""


class Record(SQLModel):
    """Base of every table whose changes are versioned and journalled."""

    model_config = SQLModelConfig(defer_build=True)  # a table is never validated, so its validator is not built

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    version: int = Field(default=0, nullable=False)
    created_at: datetime = Field(default=None, sa_type=Instant, nullable=False)
    updated_at: datetime = Field(default=None, sa_type=Instant, nullable=False)

    secret: ClassVar[frozenset[str]] = frozenset()
    """Columns that the journal never holds."""
    personal: ClassVar[frozenset[str]] = frozenset()
    """Columns of which the journal says that they changed, not what they said: a person's name can be erased."""
    derived: ClassVar[frozenset[str]] = frozenset()
    """Columns that the database keeps by itself."""
    everywhere: ClassVar[bool] = False
    """Whether it belongs to no group and every group's past shows all of them: whoever asks may name any."""

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        table = getattr(cls, "__table__", None)
        return {} if table is None else {"version_id_col": table.c.version}

    @property
    def in_group(self) -> str | None:
        """The group whose members see this row and its changes; None for what belongs to no group."""
        return getattr(self, "group_id", None)

    @property
    def about(self) -> str | None:
        """The id of the thing in whose history this row's changes are told as well."""
        return None

    @property
    def only_for(self) -> str | None:
        """The id of the agency that alone sees this row and its changes, beside the secretariat of the group; `SECRETARIAT` where
        none does; None where the whole group sees them."""
        return None

    @classmethod
    def entity(cls) -> str:
        return "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")


class Findable(SQLModel):
    """A record that a search finds by some of its columns. `search` holds them folded; the unit of work keeps it up to date."""

    search: str = ""

    found_by: ClassVar[tuple[str, ...]] = ()


class Sourced(SQLModel):
    """Provenance of a dated record: how certain it is, which sources say so, and a note."""

    certainty: str | None = Field(default=None, max_length=10)
    sources: list[str] = texts()
    note: str | None = None


def is_sqlite(url: str | URL) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def driver_url(url: str, driver: str) -> URL:
    """The operator's URL with the driver that we use, whichever they wrote."""
    parsed = make_url(url)
    return parsed.set(drivername=f"{parsed.get_backend_name()}+{driver}")


MINIMUM_SQLITE = (3, 51, 3)
MENDED_SQLITE = {(3, 44, 6), (3, 50, 7)}


def sqlite_is_safe(version: tuple[int, ...] = sqlite.sqlite_version_info) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (3.7.0 to 3.51.2, bar two mended releases): sqlite.org/wal.html."""
    return version[:3] >= MINIMUM_SQLITE or version[:3] in MENDED_SQLITE


def unsafe_sqlite() -> str | None:
    """What is wrong with this SQLite and what to do, or None."""
    if sqlite_is_safe():
        return None
    return f"SQLite {sqlite.sqlite_version} has the WAL-reset bug and could damage the data. Install pysqlite3, or use PostgreSQL."


WRITING = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "cache_size=-16384")
READING = ("busy_timeout=10000", "cache_size=-65536", "mmap_size=1099511627776", "query_only=ON")


def prepare_sqlite(connection: Any, pragmas: tuple[str, ...]) -> None:
    """Set a fresh SQLite connection up: our pragmas, and the functions that our statements call."""
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("local_day", 2, local_day, deterministic=True)
    connection.create_function("term_end", 2, term_end_text, deterministic=True)
    connection.create_function("whole_months", 2, whole_months_text, deterministic=True)


def unsafe_file(connection: sa.Connection) -> str | None:
    """What could lose an answered write on this connection to an SQLite file and what to do, or None: a pragma that SQLite cannot
    follow is passed over in silence."""
    mode, level = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous"))
    if mode == "wal" and level in (2, 3):  # FULL or EXTRA
        return None
    return f"SQLite would not sync every commit here (journal_mode={mode}, synchronous={level}). Put the file on a local disk."


def unsafe_postgresql(connection: sa.Connection) -> list[str]:
    """What could lose or damage answered writes on this server if its machine stops, each with what to do."""
    found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("fsync", "full_page_writes", "synchronous_commit")}
    return [
        f"PostgreSQL runs with {name}=off: what was answered may be lost or damaged when its machine stops. Set {name}=on."
        for name, value in found.items()
        if value == "off"
    ]


def write_engine(url: str, *, pool_size: int = 4) -> sa.Engine:
    """The engine for writes, and for nothing else: on SQLite its transactions take the write lock when they begin."""
    if not is_sqlite(url):
        return sa.create_engine(
            driver_url(url, "psycopg"), pool_size=pool_size, max_overflow=0, pool_pre_ping=True,
            connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=10s -c synchronous_commit=on -c jit=off -c plan_cache_mode=force_generic_plan"},
        )  # fmt: skip
    engine = sa.create_engine(
        driver_url(url, "pysqlite"), module=sqlite, connect_args={"check_same_thread": False}, poolclass=sa.pool.QueuePool,
        pool_size=1, max_overflow=0,
    )  # fmt: skip
    _listen(engine, "connect", lambda connection, _: prepare_sqlite(connection, WRITING))
    _listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _listen(engine: sa.Engine, name: str, hook: Callable[..., Any]) -> None:
    sa.event.listen(engine, name, hook)
