"""The schema as the database itself tells it, by name: tables alone are compared by Alembic, rules and triggers are not."""

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.core.db import is_sqlite, write_engine
from app.core.schema import MIGRATIONS

Catalog = dict[str, str]
"""What is called so → what it says. The revision's own table is left out."""
SCRATCH = "troika_doctor"


def catalog(connection: sa.Connection) -> Catalog:
    """Every column, constraint, index, trigger and function of a database."""
    return dict(_sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection))


def differences(present: Catalog, wanted: Catalog) -> list[str]:
    """What is missing, too much, or says something else."""
    return sorted(
        [f"{name} is missing" for name in wanted.keys() - present.keys()]
        + [f"{name} is too much" for name in present.keys() - wanted.keys()]
        + [f"{name} is {present[name]}, not {wanted[name]}" for name in wanted.keys() & present.keys() if wanted[name] != present[name]]
    )


def _plainly(text: str) -> str:
    """SQL without what its writer may choose: quotes around names, and spaces."""
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", text.replace('"', ""))).strip()


def _parts(create_table: str) -> Iterator[str]:
    """What stands between the outer parentheses of a CREATE TABLE, split at its outer commas."""
    text = create_table[create_table.index("(") + 1 : create_table.rindex(")")]
    depth, start, quoted = 0, 0, False
    for i, letter in enumerate(text):
        quoted ^= letter == "'"
        if not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == "," and depth == 0:
                yield text[start:i]
                start = i + 1
    yield text[start:]


def _sqlite(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    things = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
    for kind, name, sql in things.all():
        if kind != "table":
            yield f"{kind} {name}", _plainly(sql)
            continue
        for part in map(_plainly, _parts(sql)):
            first, _, rest = part.partition(" ")
            if named := re.match(r"CONSTRAINT (\w+) (.*)", part):
                yield f"constraint {name}.{named[1]}", named[2]
            elif re.match(r"(FOREIGN|PRIMARY|UNIQUE|CHECK)\b", part):
                yield f"constraint {name}.{part}", part
            else:
                yield f"column {name}.{first}", rest


POSTGRESQL = """
WITH here AS (SELECT current_schema()::regnamespace AS schema),
     ours AS (SELECT oid, relname FROM pg_class, here WHERE relnamespace = schema AND relkind IN ('r', 'p') AND relname <> 'alembic_version')
SELECT 'column ' || relname || '.' || attname,
       format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') || ' ' || attidentity::text || attgenerated::text
FROM ours JOIN pg_attribute ON attrelid = ours.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(c.oid) FROM ours JOIN pg_constraint AS c ON conrelid = ours.oid
WHERE contype <> 'n'
UNION ALL
SELECT 'index ' || indexrelid::regclass::text, pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END
FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT 'trigger ' || relname || '.' || tgname, pg_get_triggerdef(t.oid) || CASE WHEN tgenabled = 'O' THEN '' ELSE ' (not enabled)' END
FROM ours JOIN pg_trigger AS t ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || proname, pg_get_functiondef(p.oid) FROM pg_proc AS p, here
WHERE pronamespace = schema AND prokind = 'f' AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


CAST = re.compile(r"::[a-z]+( varying| with(out)? time zone)?(\(\d+\))?(\[\])?")


def _postgresql(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    schema = connection.scalar(sa.text("SELECT current_schema()"))
    for name, says in connection.execute(sa.text(POSTGRESQL)).all():
        plainly = _plainly(says.replace(f"{schema}.", ""))
        if name.startswith(("constraint", "index")):  # a restored one is told with its casts and parentheses in other places
            plainly = re.sub(r"\s*([,\[\]])\s*", r"\1", re.sub(r"[()\s]+", " ", CAST.sub("", plainly))).strip()
        yield name.replace(f"{schema}.", ""), plainly


def upgrade(connection: sa.Connection) -> None:
    """Run every migration on this connection, in its transaction."""
    config = Config(str(MIGRATIONS.parent / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def wanted(url: str) -> Catalog:
    """What the migrations of this version make: of nothing in memory, or of an empty schema that is rolled back."""
    engine = write_engine("sqlite:///:memory:" if is_sqlite(url) else url, pool_size=1)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"CREATE SCHEMA {SCRATCH}"))
                connection.execute(sa.text(f"SET LOCAL search_path TO {SCRATCH}"))
            upgrade(connection)
            found = catalog(connection)
            connection.rollback()
            return found
    finally:
        engine.dispose()
