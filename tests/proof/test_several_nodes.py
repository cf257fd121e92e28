"""Several workers on several nodes, with a primary and a replica that lags, hangs or dies: every client sees one service.

Two nodes of two workers each; reads go to a streaming replica as far as it has come. The same for two workers on one SQLite file.
"""

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa

from app.access.actions import revoke_token
from app.access.models import Token
from app.access.rules import digest_of
from app.agencies.models import Person
from app.core.dates import now
from app.core.db import table_of, write_engine
from app.core.work import unit_of_work
from tests.conftest import migrate
from tests.make import INSTALLER, Make
from tests.postgres import Server, server
from tests.proof import replica_faults
from tests.proof.conftest import Report
from tests.proof.figures import figure
from tests.proof.freshness import FailOver, served_after_revocation, until_serving, written_and_read
from tests.proof.service import Service, serving_processes, speaking_to

WRITES = figure(100, 500)


@dataclass
class Cluster:
    """A primary and a replica. Both log their statements, so that one can count which of them answered."""

    primary: Server
    replica: Server

    def node(self, fault: Callable[[], None] | None = None, workers: int = 2) -> Service:
        return Service(self.primary.url, workers=workers, fault=fault, environment={"TROIKA_REPLICA_URL": self.replica.url})

    def answered(self) -> tuple[int, int]:
        """How many documents the primary and the replica have read for the services."""
        logs = (s.log.read_text().splitlines() for s in (self.primary, self.replica))
        primary, replica = (sum("execute __asyncpg" in line and "json_build_object" in line for line in log) for log in logs)
        return primary, replica

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """The replica takes the log but applies none of it."""
        self.replica.run("SELECT pg_wal_replay_pause()")
        while self.replica.run("SELECT pg_get_wal_replay_pause_state()") != [("paused",)]:
            pass
        try:
            yield
        finally:
            self.replica.run("SELECT pg_wal_replay_resume()")


@pytest.fixture(scope="module")
def cluster(on_postgresql: None) -> Iterator[Cluster]:
    with server() as primary:
        migrate(primary.url)
        primary.run("ALTER SYSTEM SET log_statement = 'all'")
        primary.run("SELECT pg_reload_conf()")
        with server(following=primary) as replica:
            yield Cluster(primary, replica)


@pytest.fixture(scope="module")
def nodes(cluster: Cluster) -> Iterator[list[Service]]:
    found = [cluster.node(), cluster.node()]
    with serving_processes(*found):
        yield found


@pytest.fixture(autouse=True)
def _settled(request: pytest.FixtureRequest) -> None:
    """Each test begins with a replica that serves."""
    if "nodes" in request.fixturenames:
        until_serving(request.getfixturevalue("nodes"))


@contextmanager
def maker(url: str, node: Service) -> Iterator[Make]:
    """Builders that speak to this node."""
    engine = write_engine(url)
    try:
        with speaking_to(node.address) as client:
            yield Make(client, engine)
    finally:
        engine.dispose()


def test_no_reader_on_either_node_is_behind_what_was_acknowledged(cluster: Cluster, nodes: list[Service], report: Report) -> None:
    with maker(cluster.primary.url, nodes[0]) as make:
        before = cluster.answered()
        found = written_and_read(nodes, make.administrator, WRITES)
    primary, replica = (after - b for after, b in zip(cluster.answered(), before, strict=True))
    report(f"two nodes, two workers each, one replica: {found}; the replica answered {replica} of {primary + replica} reads")
    assert found.wrong == []
    assert found.writes == WRITES
    assert replica > 0


def test_a_replica_that_stands_still_makes_no_read_stale(cluster: Cluster, nodes: list[Service], report: Report) -> None:
    with maker(cluster.primary.url, nodes[0]) as make:
        with cluster.standing_still():
            found = written_and_read(nodes, make.administrator, WRITES)
        until_serving(nodes)
        before = cluster.answered()[1]
        again = written_and_read(nodes, make.administrator, 20)
    report(f"the replica stands still: {found}; it goes on: it answered {cluster.answered()[1] - before} reads")
    assert found.wrong + again.wrong == []
    assert cluster.answered()[1] > before


def test_a_replica_that_hangs_or_dies_costs_no_answer(cluster: Cluster, nodes: list[Service], report: Report) -> None:
    replica, lines = cluster.replica, []
    events: dict[str, dict[int, Callable[[], None]]] = {
        "dies": {WRITES // 3: lambda: replica.stop("immediate")},
        "hangs": {WRITES // 3: replica.hang, 2 * WRITES // 3: replica.go_on},
    }
    with maker(cluster.primary.url, nodes[0]) as make:
        for name, during in events.items():
            found = written_and_read(nodes, make.administrator, WRITES, during=during)
            assert found.wrong == [], name
            lines.append(f"the replica {name} under load: {found}")
            if replica.process is None:
                replica.start()
            until_serving(nodes)
    report("; ".join(lines))


def revocations(url: str, nodes: list[Service], rounds: int = 0, tokens: Sequence[str] = ()) -> list[str]:
    """Tokens made and revoked at the machine, as `troika token` does; the answers that a revoked one still got."""
    with maker(url, nodes[0]) as make:
        left = [*tokens, *(make.token("administrator") for _ in range(rounds))]

        def revoke(secret: str) -> None:
            with unit_of_work(make.engine, INSTALLER, now()) as work:
                issued = work.find(Token, table_of(Token).c.digest == digest_of(secret))
                assert issued
                revoke_token(work, issued)

        return served_after_revocation(nodes, left.pop, revoke, len(left))


def test_a_revoked_token_is_refused_by_every_worker_at_once(cluster: Cluster, nodes: list[Service], report: Report) -> None:
    rounds = figure(5, 100)
    served = revocations(cluster.primary.url, nodes, rounds)
    with cluster.standing_still():
        served += revocations(cluster.primary.url, nodes, rounds)
    report(f"{2 * rounds} tokens revoked, half of them while the replica stood still: {len(served)} served by any of 4 workers")
    assert served == []


def fail_over(cluster: Cluster, nodes: list[Service], posts: int) -> FailOver:
    with maker(cluster.primary.url, nodes[0]) as make:
        return FailOver(nodes[1], nodes[0], make.administrator, posts).run()


def test_clients_of_a_killed_node_go_on_with_the_other(cluster: Cluster, nodes: list[Service], report: Report) -> None:
    rounds, retried = figure(1, 10), 0
    for number in range(rounds):
        if number:
            nodes[1].start()
        found = fail_over(cluster, nodes, WRITES)
        assert found.wrong == []
        assert len(found.answered) == WRITES
        retried += found.retried
    report(f"a node killed under load {rounds} times: {rounds * WRITES} posts, {retried} sent again to the other node, 0 lost, 0 doubled")
    assert retried


# Planted faults.


def test_reads_of_a_replica_that_is_behind_are_noticed(cluster: Cluster) -> None:
    node = cluster.node(replica_faults.reads_whatever_the_replica_has, workers=1)
    with serving_processes(node), maker(cluster.primary.url, node) as make:
        make.a_group("any")
        until_serving([node])
        with cluster.standing_still():
            found = written_and_read([node], make.administrator, 20)
    assert found.stale


def test_a_version_taken_from_the_replica_is_noticed(cluster: Cluster) -> None:
    node = cluster.node(replica_faults.asks_the_replica_for_the_version, workers=1)
    with serving_processes(node):
        with maker(cluster.primary.url, node) as make:
            tokens = [make.token("administrator") for _ in range(2)]
        with cluster.standing_still():
            assert len(revocations(cluster.primary.url, [node], tokens=tokens)) == 12


def test_posts_done_twice_are_noticed(cluster: Cluster) -> None:
    nodes = [cluster.node(replica_faults.keeps_no_answers, workers=1) for _ in range(2)]
    with serving_processes(*nodes):
        assert fail_over(cluster, nodes, 20).wrong


@pytest.fixture(scope="module")
def two_workers(database_url: str) -> Iterator[Service]:
    node = Service(database_url, workers=2)
    with serving_processes(node):
        yield node


def test_two_workers_on_one_database_are_one_service(database_url: str, engine: sa.Engine, two_workers: Service, report: Report) -> None:
    rounds = figure(3, 50)
    with maker(database_url, two_workers) as make:
        found = written_and_read([two_workers], make.administrator, figure(50, 500))
        served = revocations(database_url, [two_workers], rounds)
    report(f"one node, two workers, no replica: {found}; {rounds} tokens revoked, {len(served)} served")
    assert found.wrong + served == []


POST = "POST /api/v1/people HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n"


STOPPING = ("Waiting for connections to close", "Waiting for application shutdown", "timeout graceful shutdown exceeded")
"""What a worker says when it is stopping: it has something to finish, or nothing, or does not wait for it."""


def stopped_in_good_order(node: Service, make: Make, posts: int) -> list[str]:
    """Posts that the service had begun to read when it was told to stop, and what came of them."""
    make.agency("STOP")
    found, doors = [], [socket.create_connection(("127.0.0.1", node.port), 20) for _ in range(posts)]
    try:
        for n, door in enumerate(doors):
            body = json.dumps({"name": f"Person {n}", "agency": "STOP"})
            head = POST.format(make.administrator.token) + f"content-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
            door.sendall(head.encode())
            assert door.recv(1_000).startswith(b"HTTP/1.1 100"), "the service asks for the body once it has begun"
        assert node.process
        os.kill(node.process.pid, signal.SIGTERM)
        deadline = monotonic() + 30
        while sum(any(mark in line for mark in STOPPING) for line in list(node.log)) < node.workers:
            assert monotonic() < deadline, node.log
            threading.Event().wait(0.01)
        for n, door in enumerate(doors):
            with contextlib.suppress(OSError):
                door.sendall(json.dumps({"name": f"Person {n}", "agency": "STOP"}).encode())
            answer = b""
            with contextlib.suppress(OSError):
                answer = door.recv(10_000)
            if not answer.startswith(b"HTTP/1.1 201"):
                found.append(f"Person {n}: {answer[:60]!r}")
        if (status := node.process.wait(30)) not in (0, -signal.SIGTERM):
            found.append(f"it ended with {status}")
    finally:
        for door in doors:
            door.close()
    with make.engine.connect() as connection:
        there = connection.scalar(sa.select(sa.func.count()).select_from(table_of(Person)))
        connection.rollback()
    return found if there == posts else [*found, f"{there} of {posts} are there"]


def test_what_is_under_way_is_finished_before_the_service_stops(make: Make, two_workers: Service, report: Report) -> None:
    found = stopped_in_good_order(two_workers, make, 8)
    report(f"told to stop with 8 posts begun by two workers: {len(found)} not answered")
    assert found == []


def test_a_service_that_drops_what_is_under_way_is_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/troika.db"
    migrate(url)
    node = Service(url, fault=replica_faults.drops_what_is_under_way)
    with serving_processes(node), maker(url, node) as make:
        assert len(stopped_in_good_order(node, make, 2)) >= 2
