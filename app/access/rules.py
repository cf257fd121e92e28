"""What a token is made of, and what its role needs."""

import hashlib
import secrets
import zlib

from app.actors import Role
from app.core.codes import closed
from app.core.errors import Invalid
from app.policy import Permission

PREFIX = "troika_"
ROLES = closed("grant.role", *Role)
PERMISSIONS = closed("permission", *Permission)


class RoleNeedsScope(Invalid):
    message = "The role {role} needs {needs}."


def new_secret() -> str:
    """A token: prefix, 256 random bits and a checksum, so that a scanner can tell one and a typing mistake costs no look-up."""
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def digest_of(token: str) -> str | None:
    """The SHA-256 of a well-formed token, else None. Not a slow hash: there are 256 bits to guess."""
    body = token.removeprefix(PREFIX)
    if body == token or not token.isascii() or len(token) > 100 or _checksum(body[:-8]) != body[-8:]:
        return None
    return hashlib.sha256(token.encode()).hexdigest()


def check_scope(role: Role, group: bool, agency: bool) -> None:
    """A focal point speaks for an agency in a group; secretariat and viewer belong to a group; an administrator needs neither."""
    if role is Role.FOCAL_POINT and not (group and agency):
        raise RoleNeedsScope(role=role, needs="a group and an agency")
    if role in (Role.SECRETARIAT, Role.VIEWER) and (not group or agency):
        raise RoleNeedsScope(role=role, needs="a group and no agency")
    if role is Role.ADMINISTRATOR and agency:
        raise RoleNeedsScope(role=role, needs="no agency")
