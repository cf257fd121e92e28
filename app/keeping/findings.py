"""How a check of `troika doctor` says what it found: it returns what is well, and raises what is not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.db import is_sqlite
from app.keeping.contents import sqlite_path

SHOWN = 5


class Warn(Exception):
    """Something to see to, before it harms."""


class Fail(Exception):
    """Something that loses or has lost data, or stops the service."""


@dataclass(frozen=True)
class Installation:
    """What is examined, and when."""

    url: str
    now: datetime

    @property
    def file(self) -> Path | None:
        """The database's own file; a server keeps its files to itself."""
        return sqlite_path(self.url) if is_sqlite(self.url) else None


Check = Callable[[Installation], str | None]
"""What is well, in a few words; None where there is nothing to check on this engine."""


def none_of(found: Iterable[str], well: str) -> str:
    """That it is well, unless something was found: `Fail` with the first few, and how many more there are."""
    wrong = list(found)
    if not wrong:
        return well
    more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    raise Fail("; ".join(wrong[:SHOWN]) + more)
