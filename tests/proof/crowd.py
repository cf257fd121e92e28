"""Writers and readers in threads of their own, over HTTP, who never give up: what is not answered they send again under the same key."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx

from tests.proof.durability import WRITERS, Place, Told

PATIENCE = 120
"""How long a proof waits for a crowd before it fails, in seconds."""
PAUSE = 0.01
"""How long a writer waits after a 503. A real one would take `Retry-After` at its word."""


class Crowd:
    """Four writers, and readers where a proof asks for them.

    `told` is what they were told to be done, `wrong` every answer that no promise allows, `seen` how often each method got each
    status, or no answer (0).
    """

    def __init__(self, address: str, place: Place, *, readers: int = 0, size: int = 0) -> None:
        self.address, self.place, self.padding = address, place, "x" * size
        self.told: list[Told] = []
        self.wrong: list[str] = []
        self.seen: Counter[tuple[str, int]] = Counter()
        self.refused: Counter[str] = Counter()
        """How often each of them was answered 503 since `expect_service`."""
        self._answers: Counter[tuple[str, bool]] = Counter()
        self._change = threading.Condition()
        self._up, self._stopping = threading.Event(), False
        self._age = 0
        self._up.set()
        self._threads = [threading.Thread(target=self._live, args=(self._write, f"w{n}"), name=f"w{n}") for n in range(WRITERS)]
        self._threads += [threading.Thread(target=self._live, args=(self._read, f"r{n}"), name=f"r{n}") for n in range(readers)]

    # What a proof does with a crowd.

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The crowd works for the length of the block, and brings what it has begun to an end."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        except BaseException:
            self.abandon()
            raise
        finally:
            self._stopping = True
            self._up.set()
            for thread in self._threads:
                thread.join(PATIENCE)

    def abandon(self) -> None:
        """Let them end without an answer: what they have begun stays open."""
        self._age = -1

    def wait(self, number: int) -> None:
        """Until so many more writes are acknowledged."""
        wanted = len(self.told) + number
        self._until(lambda: len(self.told) >= wanted)

    def wait_for_each(self, number: int, *, served: bool, who: str = "wr") -> None:
        """Until each of them has had so many more answers, of 503 or of success; that a writer reads is no success."""
        names = [t.name for t in self._threads if t.name[0] in who]
        before = self._answers.copy()
        self._until(lambda: all(self._answers[n, served] - before[n, served] >= number for n in names))

    def _until(self, condition: Callable[[], bool]) -> None:
        with self._change:
            if not self._change.wait_for(lambda: condition() or bool(self.wrong), PATIENCE):
                raise AssertionError(f"the crowd waits in vain; it has seen {dict(self.seen)}")

    def wait_a_while(self, most: int, longest: float = 0.02) -> None:
        """Until some more writes are acknowledged, `most` at the most, and then a moment that may end anywhere within a request."""
        self.wait(random.randint(1, most))  # noqa: S311  (no secret)
        time.sleep(random.uniform(0, longest))  # noqa: S311

    def sum(self, status: int) -> int:
        """How many answers of this status came, whatever was asked; 0 is no answer."""
        return sum(times for (_, found), times in self.seen.items() if found == status)

    def expect_no_service(self) -> None:
        """Those who get no answer now wait for `expect_service`."""
        self._up.clear()

    def expect_service(self) -> None:
        """From here on every refusal counts."""
        with self._change:
            self._age += 1
            self.refused.clear()
        self._up.set()

    # How they live.

    def _live(self, task: Callable[[httpx.Client, str, int], None], name: str) -> None:
        headers = {"authorization": f"Bearer {self.place.token}"}
        with httpx.Client(base_url=f"{self.address}/api/v1", timeout=60, headers=headers) as client:
            for n in count(1):
                if self._stopping:
                    return
                try:
                    task(client, name, n)
                except Exception as error:  # noqa: BLE001  (a proof must hear of it, whatever it is)
                    self._fault(f"{name} gave up: {error!r}")
                    return

    def _fault(self, line: str) -> None:
        with self._change:
            self.wrong.append(line)
            self._change.notify_all()

    def _ask(self, client: httpx.Client, name: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        """An answer other than "come back later", however long it takes; None when the proof is over before that."""
        while self._age >= 0:
            age = self._age
            try:
                answer = client.request(method, path, **options)
            except httpx.TransportError:
                with self._change:
                    self.seen[method, 0] += 1
                self._up.wait(PATIENCE)
                time.sleep(PAUSE)
                continue
            with self._change:
                self.seen[method, answer.status_code] += 1
                self.refused[name] += answer.status_code == 503 and age == self._age
                served = answer.status_code < 500
                self._answers[name, served] += not served or method != "GET" or name[0] == "r"
                self._change.notify_all()
            if answer.status_code != 503:
                return answer
            if answer.json()["code"] != "unavailable" or int(answer.headers.get("retry-after", 0)) < 1:
                self._fault(f"503 without when to come back: {answer.text[:200]}")
            time.sleep(PAUSE)
        return None

    def _write(self, client: httpx.Client, name: str, n: int) -> None:
        (self._report, self._amend, self._report, self._add)[n % 4](client, name, n)

    def _acknowledge(self, answer: httpx.Response | None, status: int, told: Callable[[], Told]) -> None:
        if answer is None:
            return
        if answer.status_code != status:
            self._fault(f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text[:300]}")
            return
        with self._change:
            self.told.append(told())
            self._change.notify_all()

    def _report(self, client: httpx.Client, name: str, n: int) -> None:
        """Report on a deliverable that others report on too. The percent differs from the one before, whoever told that."""
        mark, writer = f"report {name} {n}", int(name[1:])
        body = {"narrative": mark, "percent": writer * 25 + n // 2 % 25, "blockers": self.padding or None}
        path = f"/deliverables/{self.place.shared[n // 4 % 2]}/updates"
        answer = self._ask(client, name, "POST", path, json=body, headers={"idempotency-key": mark})
        self._acknowledge(answer, 201, lambda: Told(mark, answer.json()["id"], 1))  # type: ignore[union-attr]

    def _add(self, client: httpx.Client, name: str, n: int) -> None:
        mark = f"add {name} {n}"
        body = {"stream": self.place.stream, "code": mark, "title": mark, "description": self.padding or None}
        answer = self._ask(client, name, "POST", "/deliverables", json=body, headers={"idempotency-key": mark})
        self._acknowledge(answer, 201, lambda: Told(mark, answer.json()["id"], 1))  # type: ignore[union-attr]

    def _amend(self, client: httpx.Client, name: str, n: int) -> None:
        """Change what nobody else changes. A PATCH takes no key: its version is what keeps a second try from a second effect."""
        mark, own = f"amend {name} {n}", self.place.own[int(name[1:])]
        path = f"/deliverables/{own}"
        seen = self._ask(client, name, "GET", path)
        if seen is None:
            return
        version = seen.json()["version"]
        body = {"mandate": mark, "description": mark + self.padding}
        answer = self._ask(client, name, "PATCH", path, json=body, headers={"if-match": f'"{version}"'})
        if answer is not None and answer.status_code == 412:
            found = self._ask(client, name, "GET", path)
            if found is not None and (found.json()["mandate"], found.json()["version"]) == (mark, version + 1):
                answer = found  # the first try had succeeded, and its answer was lost
        self._acknowledge(answer, 200, lambda: Told(mark, own, version + 1))

    def _read(self, client: httpx.Client, name: str, n: int) -> None:
        path = ("/deliverables?limit=5", f"/deliverables/{self.place.shared[0]}", "/changes?limit=5")[n % 3]
        answer = self._ask(client, name, "GET", path)
        if answer is not None and answer.status_code != 200:
            self._fault(f"GET {path}: {answer.status_code} {answer.text[:300]}")
