"""The service as processes: they start, answer, die at once, start again, and bear a planted fault in every worker."""

from pathlib import Path

from app.access import queries
from app.core.db import write_engine
from app.core.errors import Unavailable
from tests.conftest import migrate
from tests.make import Make, ok
from tests.proof.service import Service, serving_processes, speaking_to


def nobody_is_known() -> None:
    """A fault: every authentication fails."""

    async def refuse(*_: object) -> None:
        raise Unavailable

    queries.Authenticator.__call__ = refuse  # type: ignore[assignment,method-assign]


def test_a_killed_service_starts_again_on_the_same_data(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/troika.db"
    migrate(url)
    engine = write_engine(url)
    service = Service(url, workers=2)
    with serving_processes(service), speaking_to(service.address) as client:
        make = Make(client, engine)
        make.agency("A")
        service.kill()
        service.start()
        assert [a["code"] for a in ok(make.administrator.get("/agencies"), 200)["items"]] == ["A"]
    engine.dispose()


def test_a_planted_fault_is_in_every_worker(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/troika.db"
    migrate(url)
    service = Service(url, workers=2, fault=nobody_is_known)
    with serving_processes(service), speaking_to(service.address) as client:
        assert {client.get("/me", headers={"connection": "close"}).status_code for _ in range(10)} == {503}
