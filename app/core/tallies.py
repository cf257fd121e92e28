"""Tallies: counts that triggers of the database keep, so that counting everything costs the same however much there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa


class Matching(Protocol):
    """A filter as a request uses it."""

    @property
    def many(self) -> bool: ...
    def matches(self, column: Any) -> Any: ...


@dataclass(frozen=True, eq=False)
class Tallied:
    """Counts that the database keeps as rows change, for the filters that they can answer."""

    table: Any
    """A row for each thing that the levels name, a column for each state."""
    levels: tuple[str, ...]
    """The filters that name such a thing, the widest first."""
    state: str
    """The filter by state."""

    def counting(self, given: Mapping[str, Matching], sight: Any, by_rows: Any) -> Any:
        """The statement that counts what these filters leave, looking at the rows themselves (`by_rows`) only where it has to: where
        the tallies do not know the filters, or the reader may not see all that they count (`sight`, None for all)."""
        named = [name for name in self.levels if name in given]
        if set(given) - {*self.levels, self.state} or len([name for name in named if name != self.levels[0]]) > 1:
            return by_rows
        if sight is not None and (not named or named == [self.levels[0]] or given[named[-1]].many):
            return by_rows
        columns = [column for column in self.table.c if isinstance(column.type, sa.Integer)]
        chosen = given.get(self.state)
        wanted = [sa.case((chosen.matches(sa.literal(c.name)), c), else_=0) if chosen else c for c in columns]
        counted = sa.select(sa.func.sum(sum(wanted[1:], wanted[0])))
        if not named:
            return sa.select(sa.func.coalesce(counted.where(self.table.c.level == self.levels[0]).scalar_subquery(), 0))
        if self.levels[0] in given:
            counted = counted.where(self.table.c.group_id == sa.bindparam(self.levels[0], type_=sa.Text()))
        counted = counted.where(self.table.c.level == named[-1], given[named[-1]].matches(self.table.c.id))
        if sight is None:
            return sa.select(sa.func.coalesce(counted.scalar_subquery(), 0))
        return sa.select(sa.func.coalesce(counted.where(sight).scalar_subquery(), by_rows.scalar_subquery()))
