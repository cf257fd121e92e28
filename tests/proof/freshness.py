"""Clients of several workers and nodes at once, and what they must never see."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from random import Random
from time import monotonic
from typing import Any

import httpx

from tests.client import Client
from tests.proof.service import Service

CONNECTIONS = 3
"""How many connections a client keeps to each node: the kernel spreads them over its workers."""
RUNS = count()


@contextmanager
def connections(nodes: Sequence[Service], token: str | None, each: int = CONNECTIONS) -> Iterator[list[httpx.Client]]:
    """Connections to every node in turn, each to one worker of it."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    one = httpx.Limits(max_connections=1)
    found = [httpx.Client(base_url=f"{n.address}/api/v1", headers=headers, timeout=20, limits=one) for _ in range(each) for n in nodes]
    try:
        yield found
    finally:
        for client in found:
            client.close()


def side_by_side(run: Callable[[Any], Any], of: Sequence[Any]) -> None:
    """Each in a thread of its own; what one raises is raised."""
    with ThreadPoolExecutor(len(of)) as threads:
        list(threads.map(run, of))


@dataclass
class Freshness:
    """What clients saw that wrote on one connection and read on the next."""

    writes: int = 0
    reads: int = 0
    stale: list[str] = field(default_factory=list)
    """Reads older than a write that was acknowledged before they began."""
    failed: list[str] = field(default_factory=list)
    early: int = 0
    """Reads older than one before by the same client, of a write that was still under way."""

    @property
    def wrong(self) -> list[str]:
        return self.stale + self.failed

    def __str__(self) -> str:
        return (
            f"{self.writes} writes, {self.reads} reads, {len(self.stale)} older than what was acknowledged, {len(self.failed)} failed, "
            f"{self.early} no longer saw a write under way"
        )


def written_and_read(
    nodes: Sequence[Service], administrator: Client, writes: int, *, clients: int = 4, during: dict[int, Callable[[], None]] | None = None
) -> Freshness:
    """Each client counts an agency of its own up, on any node, and reads it and another's on other connections at once.

    `during` holds what befalls the service before the write of that number.
    """
    found, lock, numbers, befalls = Freshness(), threading.Lock(), count(), dict(during or {})
    codes = [f"F{next(RUNS)}" for _ in range(clients)]
    for code in codes:
        answer = administrator.post("/agencies", {"code": code, "name": f"{code} 0"})
        if answer.status_code != 201:
            found.failed.append(f"POST {answer.status_code} {answer.text[:200]}")
            return found
    acknowledged = dict.fromkeys(codes, 0)

    def read(client: httpx.Client, code: str, seen: dict[str, int], *, whole: bool = False) -> None:
        floor = acknowledged[code]
        answer = client.get("/agencies", params={"sort": "-code", "limit": 500}) if whole else client.get(f"/agencies/{code}")
        where = f"{code}{' in the list' if whole else ''} on {client.base_url.port}"
        if answer.status_code != 200:
            found.failed.append(f"GET {where}: {answer.status_code} {answer.text[:200]}")
            return
        there = answer.json()["items"] if whole else [answer.json()]
        value = next((int(agency["name"].split()[1]) for agency in there if agency["code"] == code), -1)
        with lock:
            found.reads += 1
            found.early += floor <= value < seen.get(code, 0)
        if value < floor:
            found.stale.append(f"{where}: {value} after {floor}")
        seen[code] = max(value, seen.get(code, 0))

    def run(number: int) -> None:
        chance, code, value, seen = Random(number), codes[number], 0, dict[str, int]()  # noqa: S311
        with connections(nodes, administrator.token) as there:
            turn = cycle(there)
            while (n := next(numbers)) < writes:
                befalls.pop(n, lambda: None)()
                headers = {"if-match": f'"{value + 1}"'}
                answer = next(turn).patch(f"/agencies/{code}", json={"name": f"{code} {value + 1}"}, headers=headers)
                if answer.status_code != 200:
                    found.failed.append(f"PATCH {answer.status_code} {answer.text[:200]}")
                    return
                value += 1
                acknowledged[code] = value
                read(next(turn), code, seen)
                read(next(turn), code, seen, whole=True)
                read(chance.choice(there), chance.choice(codes), seen)
        with lock:
            found.writes += value

    side_by_side(run, range(clients))
    return found


def until_serving(nodes: Sequence[Service]) -> None:
    """Wait until the replica serves the reads of every worker."""
    deadline = monotonic() + 60
    with connections(nodes, None, each=6) as there:
        while not all(c.get(c.base_url.copy_with(path="/readyz")).json()["database"]["replica"] == "serving" for c in there):
            assert monotonic() < deadline, "the replica was not used again"
            threading.Event().wait(0.05)


def served_after_revocation(nodes: Sequence[Service], token: Callable[[], str], revoke: Callable[[str], None], rounds: int) -> list[str]:
    """Every worker of every node knows a token; it is revoked at the machine; who serves it still?"""
    served: list[str] = []
    for number in range(rounds):
        secret = token()
        with connections(nodes, secret, each=6) as there:
            for _ in range(2):  # the second answer may be a kept one
                assert [client.get("/groups").status_code for client in there] == [200] * len(there)
            revoke(secret)
            answers = [client.get("/groups") for client in there]
        served += [f"round {number}: {a.status_code} on {a.url.port}" for a in answers if a.status_code != 401]
    return served


@dataclass
class FailOver:
    """Clients of two nodes add people, each under a key; one node is killed half-way, and its clients send again to the other."""

    doomed: Service
    other: Service
    administrator: Client
    """Speaks to the node that goes on."""
    wanted: int
    clients: int = 3
    answered: dict[str, str] = field(default_factory=dict)
    retried: int = 0
    wrong: list[str] = field(default_factory=list)
    """Errors on the node that goes on; posts lost, doubled, or answered with another thing when sent again."""

    def run(self) -> "FailOver":
        self.mark, self._lock, self._numbers, self._half = f"P{next(RUNS)}", threading.Lock(), count(), threading.Event()
        assert self.administrator.post("/agencies", {"code": self.mark, "name": self.mark}).status_code == 201
        side_by_side(lambda part: part(), [self._kill, *[self._go_on] * self.clients, *[self._fail_over] * self.clients])
        with connections([self.other], self.administrator.token, each=1) as (client,):
            for name in sorted(self.answered)[:: max(1, self.wanted // 20)]:  # as if the answer had been lost on the way
                self._expect(name, self._post(client, name))
        self.wrong += self._miscounted()
        return self

    def _kill(self) -> None:
        self._half.wait(60)
        self.doomed.kill()

    def _names(self) -> Iterator[str]:
        while (n := next(self._numbers)) < self.wanted:
            if n >= self.wanted // 2:
                self._half.set()
            yield f"{self.mark} {n}"

    def _post(self, client: httpx.Client, name: str) -> httpx.Response:
        return client.post("/people", json={"name": name, "agency": self.mark}, headers={"idempotency-key": name})

    def _expect(self, name: str, answer: httpx.Response) -> None:
        if answer.status_code != 201:
            self.wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
        elif self.answered.setdefault(name, answer.json()["id"]) != answer.json()["id"]:
            self.wrong.append(f"{name}: sent again, it was another")

    def _go_on(self) -> None:
        with connections([self.other], self.administrator.token) as there:
            for client, name in zip(cycle(there), self._names(), strict=False):
                try:
                    self._expect(name, self._post(client, name))
                except httpx.TransportError as error:
                    self.wrong.append(f"{name}: {error!r} on the node that goes on")

    def _fail_over(self) -> None:
        with connections([self.doomed], self.administrator.token) as there, connections([self.other], self.administrator.token) as spare:
            for client, second, name in zip(cycle(there), cycle(spare), self._names(), strict=False):
                try:
                    answer = self._post(client, name)
                except httpx.TransportError:
                    with self._lock:
                        self.retried += 1
                    answer = self._post(second, name)
                self._expect(name, answer)

    def _miscounted(self) -> Iterator[str]:
        there: dict[str, list[str]] = {}
        page: dict[str, Any] = {"next_cursor": ""}
        while page["next_cursor"] is not None:
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = self.administrator.get("/people", params={"agency": self.mark, "limit": 500} | cursor).json()
            for person in page["items"]:
                there.setdefault(person["name"], []).append(person["id"])
        yield from (f"{name}: {len(found)} times" for name, found in there.items() if len(found) > 1)
        yield from (f"{name}: lost" for name, expected in self.answered.items() if expected not in there.get(name, []))
        if len(there) != self.wanted:
            yield f"{len(there)} of {self.wanted} are there"
