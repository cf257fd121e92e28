"""Issuing and revoking tokens."""

from datetime import timedelta

from app.access.models import Token
from app.access.rules import check_scope, digest_of, new_secret
from app.actors import Role, Subject
from app.agencies.actions import find_agency
from app.core.db import id_of
from app.core.work import Work
from app.groups.actions import name_group
from app.policy import Permission


def issue_token(work: Work, role: Role, *, group: str | None, agency: str | None, days: int, name: str | None = None) -> tuple[Token, str]:
    """Issue a token for so many days and give its secret, which is shown this once and kept only hashed."""
    work.require(Permission.ISSUE_TOKEN, Subject())
    check_scope(role, bool(group), bool(agency))
    found = name_group(work, group) if group else None
    speaker = find_agency(work, agency) if agency else None
    secret = new_secret()
    label = name or role.value.replace("_", " ") + (f" for {speaker.code}" if speaker else "") + (f" in {found.code}" if found else "")
    token = Token(
        name=label, role=role, group_id=id_of(found), agency_id=id_of(speaker), digest=digest_of(secret) or "",
        expires_at=work.now + timedelta(days=days),
    )  # fmt: skip
    return work.add(token), secret


def revoke_token(work: Work, token: Token) -> Token:
    """End a token now. Ending it again changes nothing."""
    work.require(Permission.REVOKE_TOKEN, Subject())
    if token.revoked_at is None:
        work.amend(token, revoked_at=work.now)
    return token
