"""The demo: the record of the Global Migration Group, and a small invented group of today, which shows every state."""

from datetime import datetime
from importlib.resources import files

import sqlalchemy as sa

from app.access.actions import issue_token, revoke_token
from app.access.models import Token
from app.actors import Actor, Grant, Role
from app.core.db import table_of
from app.core.work import unit_of_work
from app.groups.models import Group
from app.loading.document import Document
from app.loading.load import load
from app.loading.report import Report

FILES = {"gmg": "gmg.yaml", "apwg": "today.yaml"}
"""The demo's groups with their files, in the order in which they build on each other."""
DAYS = 7
TOKENS = {
    "secretariat": (Role.SECRETARIAT, "gmg", None),
    "focal point of IOM": (Role.FOCAL_POINT, "gmg", "IOM"),
    "viewer": (Role.VIEWER, "gmg", None),
    "administrator": (Role.ADMINISTRATOR, None, None),
}
STARTER = Actor("cli", "command line", frozenset({Grant(Role.ADMINISTRATOR)}))


def load_demo(bind: sa.Engine, *, missing_only: bool = False) -> dict[str, Report]:
    """Load the demo's files; with `missing_only`, those whose group is not there yet."""
    wanted = dict(FILES)
    if missing_only:
        with bind.connect() as connection:
            there = set(connection.scalars(sa.select(table_of(Group).c.code)))
            connection.rollback()
        wanted = {code: name for code, name in FILES.items() if code not in there}
    return {code: load(bind, Document(name, (files("app") / "demo" / name).read_text("utf-8"))) for code, name in wanted.items()}


def fresh_tokens(bind: sa.Engine, now: datetime) -> dict[str, str]:
    """A new token for each role. Those of the last start are revoked: only their hashes were kept, so they cannot be shown again."""
    named = {role: f"demo {role}" for role in TOKENS}
    with unit_of_work(bind, STARTER, now, channel="cli") as work:
        for former in work.all(Token, Token.name.in_(named.values()), Token.revoked_at.is_(None)):  # type: ignore[attr-defined, union-attr]
            revoke_token(work, former)
        return {
            role: issue_token(work, kind, group=group, agency=agency, days=DAYS, name=named[role])[1]
            for role, (kind, group, agency) in TOKENS.items()
        }
