"""Tokens: shown once, kept only hashed, valid until their day or until they are revoked."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.access.actions import issue_token, revoke_token
from app.access.models import Token
from app.access.rules import digest_of, new_secret
from app.actors import ANONYMOUS, Actor, Role
from app.core.dates import now
from app.core.db import table_of
from app.core.errors import Forbidden, Problem
from app.core.work import unit_of_work
from tests.make import INSTALLER, Make, ok, refused

T = table_of(Token)


def test_a_secret_is_random_and_checks_itself() -> None:
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    for secret in secrets:
        assert secret.startswith("troika_")
        assert digest_of(secret) == hashlib.sha256(secret.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s + "0",
        lambda s: s.removeprefix("troika_"),
        lambda s: s.swapcase(),
        lambda s: s[:8] + "é" + s[9:],
        lambda s: s * 3,
        lambda _: "",
        lambda _: "troika_",
    ],
)
def test_what_is_no_token_is_known_without_a_look_up(change: object) -> None:
    assert digest_of(change(new_secret())) is None  # type: ignore[operator]


def test_a_token_is_kept_hashed_and_says_who_it_is(make: Make) -> None:
    make.member("ILO")
    secret = make.token("focal_point", "tst", "ILO", days=10)
    with make.engine.connect() as connection:
        row = connection.execute(sa.select(T).where(T.c.role == "focal_point")).one()
    assert row.digest == digest_of(secret)
    assert secret not in str(tuple(row))
    assert row.expires_at - row.created_at == timedelta(days=10)
    me = ok(make.service.as_(secret).get("/me"), 200)
    assert (me["id"], me["name"]) == (row.id, "focal point for ILO in tst")
    expected = {
        "role": "focal_point",
        "group": {"code": "tst", "name": "Group tst"},
        "agency": {"code": "ILO", "name": "Agency ILO"},
        "chairing": False,
    }
    assert me["grants"] == [expected]
    assert ok(make.administrator.get("/me"), 200)["grants"] == [{"role": "administrator", "group": None, "agency": None, "chairing": False}]


@pytest.mark.parametrize(
    ("role", "group", "agency"),
    [
        (Role.FOCAL_POINT, "tst", None), (Role.FOCAL_POINT, None, "ILO"), (Role.SECRETARIAT, None, None), (Role.SECRETARIAT, "tst", "ILO"),
        (Role.VIEWER, None, None), (Role.VIEWER, "tst", "ILO"), (Role.ADMINISTRATOR, None, "ILO"), (Role.ADMINISTRATOR, "tst", "ILO"),
        (Role.VIEWER, "none", None), (Role.FOCAL_POINT, "tst", "none"),
    ],
)  # fmt: skip
def test_a_role_without_its_scope_gets_no_token(make: Make, role: Role, group: str | None, agency: str | None) -> None:
    make.member("ILO")
    before = make.journal()
    with pytest.raises(Problem, match=r"needs|There is no"), unit_of_work(make.engine, INSTALLER, now()) as work:
        issue_token(work, role, group=group, agency=agency, days=1)
    assert make.journal() == before


def test_only_administrators_issue_and_revoke(make: Make) -> None:
    assert make.viewer
    before = make.journal()
    with pytest.raises(Forbidden), unit_of_work(make.engine, Actor("x", "x"), now()) as work:
        issue_token(work, Role.ADMINISTRATOR, group=None, agency=None, days=1)
    with pytest.raises(Forbidden), unit_of_work(make.engine, ANONYMOUS, now()) as work:
        revoke_token(work, work.all(Token)[0])
    assert make.journal() == before


def test_a_revoked_token_is_unknown_from_then_on_and_the_rest_work(make: Make) -> None:
    assert make.group
    first, second = (make.service.as_(make.token("viewer", "tst")) for _ in range(2))
    issued = ok(first.get("/me"), 200)["id"]
    with unit_of_work(make.engine, INSTALLER, now()) as work:
        revoke_token(work, work.get(Token, issued))
    before = make.journal()
    refused(first.get("/me"), 401, "unauthenticated")
    ok(second.get("/me"), 200)
    with unit_of_work(make.engine, INSTALLER, now()) as work:
        revoke_token(work, work.get(Token, issued))
    assert make.journal() == before


def test_an_unknown_token_is_refused_everywhere_even_where_none_is_needed(make: Make) -> None:
    stranger = make.service.as_(new_secret())
    for path in ("/me", "/groups", "/meta/codes", "/"):
        assert "unknown" in refused(stranger.get(path), 401, "unauthenticated")["detail"]
    assert stranger.get("/healthz").status_code == 200


def test_two_tokens_in_one_request_are_refused(make: Make) -> None:
    secret = make.token("administrator")
    headers = [("authorization", f"Bearer {secret}"), ("authorization", f"Bearer {secret}")]

    async def send() -> int:
        return (await make.service.http.get("/api/v1/me", headers=headers)).status_code

    assert make.service.portal.call(send) == 401
    assert make.service.get("/me", headers={"authorization": f"bearer  {secret} "}).status_code == 200
