"""Rules across rows, held by the database on both engines under one name: that name is the `code` of the refusal.

PostgreSQL has exclusion constraints and names its unique indexes when they refuse. SQLite has no ranges in an index, and its unique
errors carry no name, so there triggers refuse with RAISE(ABORT, name). A trap for later migrations: SQLite's batch mode
rebuilds a table and drops its triggers; call these again after it.
"""

import sqlalchemy as sa
from alembic import op

FOREVER = "'9999-01-01'"


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _triggers(name: str, table: str, taken: str, when: str) -> None:
    for event in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER {name}_{event} BEFORE {event.upper()} ON {table} "
            f"WHEN ({when}) AND EXISTS (SELECT 1 FROM {table} AS other WHERE other.id <> NEW.id AND {taken}) "
            f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def _about(where: str, row: str) -> str:
    """A condition in which `@` stands for the row."""
    return where.replace("@", f"{row}.")


def no_overlap(name: str, table: str, same: list[str], where: str = "1 = 1") -> None:
    """No two rows that agree in the columns `same`, and for which `where` holds, share a day of starts_on to ends_on."""
    if _sqlite():
        agree = " AND ".join(f"other.{c} = NEW.{c}" for c in same)
        share = f"other.starts_on <= coalesce(NEW.ends_on, {FOREVER}) AND NEW.starts_on <= coalesce(other.ends_on, {FOREVER})"
        _triggers(name, table, f"{agree} AND {share} AND {_about(where, 'other')}", _about(where, "NEW"))
    else:
        agree = ", ".join(f"{c} WITH =" for c in same)
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"({agree}, daterange(starts_on, ends_on, '[]') WITH &&) WHERE ({_about(where, table)})"
        )


def only_one(name: str, table: str, columns: list[str], where: str = "1 = 1") -> None:
    """No two rows agree in these columns while `where` holds for both."""
    if _sqlite():
        agree = " AND ".join(f"other.{c} = NEW.{c}" for c in columns)
        _triggers(name, table, f"{agree} AND {_about(where, 'other')}", _about(where, "NEW"))
        op.create_index(f"only_{name}", table, columns, unique=True, sqlite_where=sa.text(_about(where, table).replace(f"{table}.", "")))
    else:
        op.create_index(name, table, columns, unique=True, postgresql_where=sa.text(_about(where, table)))


def from_journal(table: str, entity: str, **columns: str) -> None:
    """Give columns that are new (or were dropped on a way down) what the newest picture of each row in the journal says of them.

    Each is named with its type, `text` or `json`.
    """
    for name, kind in columns.items():
        if _sqlite():
            told, there = f"json_extract(picture, '$.{name}')", f"json_type(picture, '$.{name}') IS NOT NULL"
        else:
            told, there = f"picture {'->>' if kind == 'text' else '->'} '{name}'", f"picture -> '{name}' IS NOT NULL"
        newest = f"SELECT {told} FROM changes WHERE entity = '{entity}' AND entity_id = {table}.id AND {there} ORDER BY seq DESC LIMIT 1"
        op.execute(f"UPDATE {table} SET {name} = ({newest}) WHERE EXISTS ({newest})")


def drop_rule(name: str, table: str, *, overlap: bool) -> None:
    """Take a rule away again."""
    if _sqlite():
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER {name}_{event}")
        if not overlap:
            op.drop_index(f"only_{name}", table)
    elif overlap:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    else:
        op.drop_index(name, table)


def keep_due_on_assignments() -> None:
    """Every assignment bears its deliverable's due day, so that an agency's work by due date is one walk of an index."""
    if _sqlite():
        op.execute(
            "CREATE TRIGGER deliverable_due AFTER UPDATE OF due_on ON deliverables WHEN NEW.due_on IS NOT OLD.due_on BEGIN "
            f"UPDATE assignments SET due_on = coalesce(NEW.due_on, {FOREVER}) WHERE deliverable_id = NEW.id; END"
        )
    else:
        op.execute(
            "CREATE FUNCTION deliverable_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"UPDATE assignments SET due_on = coalesce(NEW.due_on, {FOREVER}) WHERE deliverable_id = NEW.id; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER deliverable_due AFTER UPDATE OF due_on ON deliverables FOR EACH ROW "
            "WHEN (NEW.due_on IS DISTINCT FROM OLD.due_on) EXECUTE FUNCTION deliverable_due()"
        )


def drop_due_on_assignments() -> None:
    """Take that trigger away again."""
    if _sqlite():
        op.execute("DROP TRIGGER deliverable_due")
    else:
        op.execute("DROP TRIGGER deliverable_due ON deliverables")
        op.execute("DROP FUNCTION deliverable_due()")


def after(name: str, table: str, event: str, *statements: str, when: str = "1 = 1") -> None:
    """Run statements for every row that an event (INSERT, UPDATE, UPDATE OF …) touches and for which the condition holds."""
    body = "; ".join(statements)
    if _sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN {body}; END")
    else:
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()")


def drop_after(name: str, table: str) -> None:
    """Take such a trigger away again."""
    if _sqlite():
        op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
