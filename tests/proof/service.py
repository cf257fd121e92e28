"""The service in processes of its own, spoken to over HTTP: what kills, races and nodes are tried on."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import httpx
from anyio.from_thread import start_blocking_portal

from app.main import create_app
from app.settings import Settings
from tests.client import Client, Contract

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Service:
    """`troika serve` as a process group. `kill` ends it as a crash would; `start` starts it again on the same data and port."""

    def __init__(
        self,
        database_url: str,
        *,
        workers: int = 1,
        fault: Callable[[], None] | None = None,
        environment: dict[str, str] | None = None,
        wrapped_in: Sequence[str] = (),
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.wrapped_in = tuple(wrapped_in)
        self.environment = dict(os.environ) | {"TROIKA_DATABASE_URL": database_url} | (environment or {})
        if fault:
            self.environment["TROIKA_FAULT"] = f"{fault.__module__}:{fault.__name__}"
        self.log: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and return when every worker takes requests."""
        command = [*self.wrapped_in, sys.executable, "-m", "tests.proof.child", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--workers", str(self.workers)],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.settled = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr,))
        self.reader.start()
        self.settled.wait(60)
        if not self.running:
            self.kill()
            raise RuntimeError("".join(self.log))

    def _read(self, stderr: IO[str]) -> None:
        """Keep what the service says, so that its pipe never fills, and notice when it is ready."""
        self.running, ready, listening = False, 0, False
        with stderr:
            for line in stderr:
                self.log.append(line)
                ready += "Application startup complete" in line
                listening = listening or "Uvicorn running" in line
                if listening and ready >= self.workers:
                    self.running = True
                    self.settled.set()
        self.settled.set()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End every process of the service, by default at once and without a chance to finish anything."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait(30)
            self.reader.join(30)
            self.process = None


@contextmanager
def serving_processes(*services: Service) -> Iterator[None]:
    """These services, started for the length of the block and dead after it."""
    try:
        for service in services:
            service.start()
        yield
    finally:
        for service in services:
            service.kill()


@cache
def contract() -> Contract:
    """The OpenAPI document as a judge of replies; it needs no database."""
    return Contract.of(create_app(Settings(database_url="sqlite://")))


@contextmanager
def speaking_to(address: str) -> Iterator[Client]:
    """A client of the service at this address."""
    with start_blocking_portal() as portal:
        http = httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=None))
        try:
            yield Client(portal, http, contract())
        finally:
            portal.call(http.aclose)
