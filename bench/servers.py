"""The processes that a measurement needs, on loopback, ended in all cases."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psycopg

from bench.load import HOME
from tests.postgres import Server, find_binaries

ROOT = Path(__file__).parents[1]
UVICORN = "import uvicorn; uvicorn.run({app!r}, factory={factory}, host='127.0.0.1', port={port}, access_log=False, server_header=False, proxy_headers=False)"
"""The same options as `troika serve`, for everything that stands beside it."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Process:
    """A server process on a port of its own, ready when it answers `ready`."""

    def __init__(self, command: list[str], port: int, ready: str, environment: Mapping[str, str]) -> None:
        self.port, self.address = port, f"http://127.0.0.1:{port}"
        self.started = time.perf_counter()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `stop`)
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=dict(os.environ) | dict(environment), stdout=subprocess.DEVNULL, stderr=self.log, start_new_session=True
        )
        try:
            self._wait(self.address + ready)
        except BaseException:
            self.stop()
            raise

    def _wait(self, address: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(address, timeout=5)
                self.took = time.perf_counter() - self.started
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"a server did not start: {self.said()}")
            time.sleep(0.005)

    def said(self) -> str:
        """The end of what it wrote to its log."""
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), 3_000, max(0, size - 3_000)).decode(errors="replace")

    def worked(self) -> float:
        """Seconds of processor time so far."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> dict[str, int]:
        """In KiB: RSS, its anonymous part (its own memory; the rest is files), the peak, and the proportional share."""
        found = {}
        for file, names in (("status", ("VmRSS", "RssAnon", "RssFile", "VmHWM")), ("smaps_rollup", ("Pss", "Pss_Anon"))):
            for line in Path(f"/proc/{self.process.pid}/{file}").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in names:
                    found[name] = int(rest.split()[0])
        return found

    def stop(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        self.log.close()


@contextlib.contextmanager
def running(command: list[str], port: int, ready: str = "/", **environment: str) -> Iterator[Process]:
    process = Process(command, port, ready, environment)
    try:
        yield process
    finally:
        process.stop()


def slow_to_sync(milliseconds: int) -> tuple[str, ...]:
    """What stands before a command whose every sync to the disk is to take so much longer; other calls are not touched."""
    if shutil.which("strace") is None:
        raise RuntimeError("strace is not installed")
    calls = "fdatasync,fsync"
    delay = f"inject={calls}:delay_exit={milliseconds * 1_000}"
    return ("strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={calls}", "-e", delay, "-o", os.devnull)


def service(database_url: str, before: tuple[str, ...] = (), **environment: str) -> contextlib.AbstractContextManager[Process]:
    """`troika serve`, whole, with one worker."""
    port = free_port()
    command = [*before, sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    return running(command, port, "/healthz", TROIKA_DATABASE_URL=database_url, **environment)


def beside(
    app: str, before: tuple[str, ...] = (), *, factory: bool = False, **environment: str
) -> contextlib.AbstractContextManager[Process]:
    """Another ASGI application, served as `troika serve` serves ours."""
    port = free_port()
    return running([*before, sys.executable, "-c", UVICORN.format(app=app, factory=factory, port=port)], port, **environment)


class Bench(Server):
    """A PostgreSQL whose data outlives it, with the settings of a small production server."""

    def __init__(self, home: Path, data: Path) -> None:
        super().__init__(home, find_binaries())
        self.data = data

    def start(self) -> None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        settings = [
            "listen_addresses=", "max_connections=100", f"shared_buffers={min(memory // 4, 4 << 30) >> 20}MB", "max_wal_size=8GB",
            f"effective_cache_size={memory // 2 >> 20}MB", "fsync=on", "full_page_writes=on", "synchronous_commit=on", "random_page_cost=1.1",
        ]  # fmt: skip
        self.process = self.launch("postgres", "-D", str(self.data), "-k", str(self.home), *(f"--{setting}" for setting in settings))
        deadline = time.monotonic() + 120  # it may have to recover
        while not self.ready(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop("immediate")
                raise RuntimeError(self.log.read_text())
            time.sleep(0.01)

    def version(self) -> str:
        with psycopg.connect(f"host={self.home} user=postgres dbname=postgres") as connection:
            return connection.info.parameter_status("server_version") or ""

    def create(self) -> None:
        if self.data.exists():
            self.start()  # it says so and ends if another run has the same data open
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        os.chown(self.data.parent, *self.user)
        try:
            super().create()
        except BaseException:
            shutil.rmtree(self.data, ignore_errors=True)
            raise


@contextlib.contextmanager
def postgresql() -> Iterator[Bench]:
    """The PostgreSQL of the measurements: its rows are kept, its socket is not."""
    home = Path(tempfile.mkdtemp(prefix="troika-bench-", dir="/tmp"))
    try:
        server = Bench(home, HOME / "postgresql")
        try:
            server.create()
            yield server
        finally:
            server.stop("fast")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def bare_database(server: Bench) -> str:
    """An empty database for the bare way to write."""
    with psycopg.connect(f"host={server.home} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bare")
        connection.execute("CREATE DATABASE bare")
    return f"postgresql://postgres@/bare?host={server.home}"
