"""Several services on one database, each a process of its own at a port of its own, started together."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO

from tests.proof.service import ROOT, Service


def free_ports(count: int) -> list[int]:
    """So many ports, all different: each is held until the last is found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [int(free.getsockname()[1]) for free in sockets]


class Nodes(Service):
    """Service processes that know nothing of each other but their database."""

    def __init__(self, database_url: str, count: int = 8, *, fault: Callable[[], None] | None = None) -> None:
        # Few connections each, so that eight nodes fit into PostgreSQL's hundred.
        few = {"TROIKA_POSTGRESQL_WRITERS": "3", "TROIKA_POSTGRESQL_READERS": "1"}
        super().__init__(database_url, workers=count, fault=fault, environment=few)
        self.ports: list[int] = []

    def start(self) -> None:
        """Start, and return when every node takes requests; on other ports where somebody was faster to take one."""
        for last in (False, False, True):
            try:
                return self._start()
            except RuntimeError as error:
                if last or not re.search("address already in use|cannot be had", str(error)):
                    raise

    def _start(self) -> None:
        self.ports = free_ports(self.workers)
        self.address = f"http://127.0.0.1:{self.ports[0]}"
        self.log.clear()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.children", *map(str, self.ports)],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.settled, self.running = threading.Event(), False
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr,))
        self.reader.start()
        self.settled.wait(60)
        if not self.running:
            self.kill()
            raise RuntimeError("".join(self.log))

    def _read(self, stderr: IO[str]) -> None:
        waiting = len(self.ports)
        with stderr:
            for line in stderr:
                self.log.append(line)
                waiting -= "Uvicorn running" in line
                if waiting == 0:
                    self.running = True
                    self.settled.set()
        self.settled.set()
