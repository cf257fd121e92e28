"""Keyset pages: the place behind which a page begins, as a condition."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import Instant

Expression = sa.ColumnElement[Any]


def typed(column: Expression, value: Any) -> Any:
    """A key of a cursor as its column's type has it; ValueError for what no row can hold."""
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(column.type, Instant):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if isinstance(column.type, sa.Integer):
        most = 2**62 if isinstance(column.type, sa.BigInteger) else 2**31 - 1
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > most:
            raise ValueError
        return value
    if not isinstance(value, str) or "\0" in value or not value.isprintable():
        raise ValueError
    return value


def after(keys: list[Expression], downs: list[bool]) -> Expression:
    """The rows behind the place that the binds `after_0`, `after_1`, … name."""
    binds = [sa.bindparam(f"after_{i}", type_=k.type) for i, k in enumerate(keys)]
    if len(set(downs)) == 1:
        left, right = sa.tuple_(*keys), sa.tuple_(*binds)
        behind = left < right if downs[0] else left > right
        if isinstance(keys[0], sa.Column):
            return behind
        # An expression again by itself: of an index that holds one, SQLite finds by this alone where at least the day begins.
        return sa.and_(keys[0] <= binds[0] if downs[0] else keys[0] >= binds[0], behind)
    # A row value compares in one direction only; mixed orders need the longer form.
    return sa.or_(
        *(
            sa.and_(*(k == b for k, b in zip(keys[:i], binds[:i], strict=True)), keys[i] < binds[i] if downs[i] else keys[i] > binds[i])
            for i in range(len(keys))
        )
    )
