"""`troika doctor`: one line for each thing that must hold, so that what is wrong is seen before it is felt."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.access.models import Token
from app.actors import Role
from app.core.db import is_sqlite, sqlite, table_of, unsafe_file, unsafe_postgresql, unsafe_sqlite, write_engine
from app.core.schema import SchemaMismatch, check_schema
from app.keeping import derived, machine, record
from app.keeping.catalog import catalog, differences, wanted
from app.keeping.contents import Refused, looking_at, open_sqlite
from app.keeping.findings import Check, Fail, Installation, Warn, none_of
from app.keeping.sqlite_files import damage

Mark = Literal["ok", "warn", "fail"]
Finding = tuple[Mark, str, str]
"""How it stands, what was checked, and what was found."""
SOON = timedelta(days=14)
OLDEST, AGEING = 13, 14


def database(place: Installation) -> str:
    """It can be reached, and its engine is one that keeps what it is given."""
    with looking_at(place.url) as connection:
        found = connection.dialect.server_version_info or ()
    version, major = ".".join(map(str, found)), int(found[0]) if found else 0
    if not is_sqlite(place.url):
        if major < OLDEST:
            raise Fail(f"PostgreSQL {version} is too old. Use {AGEING} or newer.")
        if major < AGEING:
            raise Warn(f"PostgreSQL {version} is no longer maintained. Use {AGEING} or newer.")
        return f"PostgreSQL {version}"
    if why := unsafe_sqlite():
        raise Fail(why)
    return f"SQLite {sqlite.sqlite_version}"


def settings(place: Installation) -> str:
    """What is answered is on the disk, and a row refers to what is there."""
    engine = write_engine(place.url, pool_size=1)
    try:
        if not is_sqlite(place.url):
            with engine.connect() as connection:
                return none_of(unsafe_postgresql(connection), "every commit is synced")
        with engine.connect() as connection:
            if why := unsafe_file(connection):
                raise Fail(why)
            if not connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
                raise Fail("SQLite does not follow foreign_keys=ON.")
            connection.rollback()
        return "journal_mode=WAL, synchronous=FULL, foreign_keys=ON"
    finally:
        engine.dispose()


def server(place: Installation) -> str | None:
    """The server has the extension that our rules need, and takes every letter."""
    if is_sqlite(place.url):
        return None
    with looking_at(place.url) as connection:
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        extension = connection.scalar(sa.text("SELECT extversion FROM pg_extension WHERE extname = 'btree_gist'"))
    if encoding != "UTF8":
        raise Fail(f"the database's encoding is {encoding}: names in other scripts are refused. Make one with ENCODING 'UTF8'.")
    if extension is None:
        raise Fail("the extension btree_gist is missing. As an administrator: CREATE EXTENSION btree_gist")
    return f"UTF8, btree_gist {extension}"


def schema(place: Installation) -> str:
    """The schema is the one that this version needs."""
    engine = write_engine(place.url, pool_size=1)
    try:
        check_schema(engine)
    except SchemaMismatch as mismatch:
        raise Fail(str(mismatch)) from None
    finally:
        engine.dispose()
    return "at the revision that this version needs"


def structure(place: Installation) -> str:
    """Every column, constraint, index and trigger is as the migrations make it."""
    with looking_at(place.url) as connection:
        present = catalog(connection)
    try:
        right = wanted(place.url)
    except SQLAlchemyError as error:
        raise Warn(f"could not be compared, since this user may not make a schema to compare with: {error}") from None
    return none_of(differences(present, right), f"{len(right)} columns, constraints, indexes and triggers are as the migrations make them")


def integrity(place: Installation) -> str | None:
    """Every page, index and foreign key is whole. PostgreSQL checks its pages when it reads them."""
    if place.file is None:
        return None
    with closing(open_sqlite(place.file)) as connection:
        return none_of(damage(connection), "every page, index and foreign key is whole")


def journal(place: Installation) -> str:
    """The rows and their history tell the same story."""
    with looking_at(place.url) as connection:
        found = [line for check in record.CHECKS for line in check(connection)]
        how_many = connection.scalar(sa.select(sa.func.count()).select_from(record.CHANGE.seq.table))
    return none_of(found, f"{how_many} changes, each version of each row, and every row as its last change shows it")


def kept_beside(place: Installation) -> str:
    """What is kept beside the rows says what the rows say."""
    with looking_at(place.url) as connection:
        found = [line for check in derived.CHECKS for line in check(connection)] + list(derived.stale_cards(connection, place.now))
    return none_of(found, "due days, names, tallies, sums of money and cards are what the rows say")


def clock(place: Installation) -> str:
    """The clock has not gone back behind the newest change."""
    with looking_at(place.url) as connection:
        newest = record.ahead_of(connection, place.now)
    if newest:
        raise Fail(f"it is {place.now:%Y-%m-%d %H:%M:%S}, before the newest change ({newest:%Y-%m-%d %H:%M:%S} UTC). Set the clock.")
    return f"{place.now:%Y-%m-%d %H:%M:%S} UTC, after the newest change"


def tokens(place: Installation) -> str:
    """Somebody can come in, and will be able to in two weeks."""
    t = table_of(Token).c
    with looking_at(place.url) as connection:
        rows = connection.execute(sa.select(t.name, t.role, t.expires_at).where(t.revoked_at.is_(None))).all()
    valid = [row for row in rows if row.expires_at > place.now]
    told = f"{len(valid)} valid, {len(rows) - len(valid)} expired"
    if not any(row.role == Role.ADMINISTRATOR for row in valid):
        raise Warn(f"{told}, none of an administrator. Issue one: troika token create --role administrator")
    if ending := sorted(f"{row.name} on {row.expires_at:%Y-%m-%d}" for row in valid if row.expires_at < place.now + SOON):
        raise Warn(f"{told}; soon to expire: {', '.join(ending[:5])}")
    return told


CHECKS: tuple[Check, ...] = (
    database, settings, server, schema, structure, integrity, journal, kept_beside, clock, tokens,
    machine.disk_space, machine.file_system, machine.permissions, machine.leftovers,
)  # fmt: skip


def examine(place: Installation) -> Iterator[Finding]:
    """Every check in turn. A check that cannot be made has failed; without a database there is nothing more to check."""
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            well = check(place)
        except Warn as found:
            yield "warn", name, str(found)
        except (Fail, Refused) as found:
            yield "fail", name, str(found)
        except Exception as error:  # noqa: BLE001  (whatever a damaged database does is a finding)
            yield "fail", name, f"could not be checked: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        else:
            if well is not None:
                yield "ok", name, well
            continue
        if check is database:
            return
