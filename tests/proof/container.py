"""The container image, built and run without a container engine: Debian's buildah (as root) and a base made of this very machine.

No registry of images is asked. The base stands in for `python:…-slim-bookworm`: this machine's Python and the programs that the Dockerfile
calls, each with the libraries it is linked to, and nothing else. The packages come from where this machine's pip gets them.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAMS = ("sh", "cat", "chmod", "chown", "env", "id", "install", "ls", "mkdir", "rm", "useradd")
"""What a slim Debian has besides Python, as far as the Dockerfile and these tests call it."""
LIBRARIES = re.compile(r"lib(c|dl|gcc_s|m|nss_\w+|pthread|resolv|rt|stdc\+\+|util)\.so\.\d+")
"""Libraries that every Debian has, for what packages bring in compiled form."""
FILES = ("/etc/login.defs", "/etc/nsswitch.conf", "/etc/ssl/certs/ca-certificates.crt")
UNUSED = ("site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "__pycache__", "_tkinter*", "config-3*")
BASE = "localhost/troika-stand-in-base"
IMAGE = "localhost/troika"


def missing() -> str | None:
    """Why the image cannot be built here, or None."""
    if shutil.which("buildah") is None:
        return "buildah is not installed: the container image was not built"
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return "building with buildah's chroot isolation needs root on Linux: the container image was not built"
    return None


def libraries(file: Path) -> set[Path]:
    """The shared libraries that a program or a library is linked to."""
    told = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout  # noqa: S607
    return {Path(found) for found in re.findall(r"(/\S+) \(0x", told)}


def lay_out_base(at: Path) -> None:
    """A root directory with Python in /usr/local, as in the image that it stands in for."""
    prefix, version = Path(sys.base_prefix), f"python{sys.version_info.major}.{sys.version_info.minor}"
    for folder in (
        "usr/bin",
        "usr/sbin",
        "usr/lib",
        "usr/lib64",
        "usr/local/bin",
        "usr/local/lib",
        "etc",
        "tmp",
        "root",
        "proc",
        "dev",
        "sys",
        "run",
    ):
        (at / folder).mkdir(parents=True)
    (at / "tmp").chmod(0o1777)
    for name in ("bin", "sbin", "lib", "lib64"):
        (at / name).symlink_to(f"usr/{name}")
    shutil.copytree(prefix / "lib" / version, at / "usr/local/lib" / version, ignore=shutil.ignore_patterns(*UNUSED))
    shutil.copy2(prefix / "bin" / version, at / "usr/local/bin" / version)
    for name in ("python", "python3"):
        (at / "usr/local/bin" / name).symlink_to(version)
    wanted = {at / "usr/local/bin" / version, *(at / "usr/local/lib" / version / "lib-dynload").glob("*.so")}
    for program in PROGRAMS:
        found = shutil.which(program)
        assert found, f"no {program} here"
        target = at / ("usr/sbin" if "/sbin/" in found else "usr/bin") / program
        shutil.copy2(Path(found).resolve(), target)
        wanted.add(target)
    cached = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    everywhere = {Path(found) for found in re.findall(r"=> (\S+)", cached) if LIBRARIES.fullmatch(Path(found).name) and "64" in found}
    for library in sorted(everywhere.union(*map(libraries, wanted))):
        own = library.is_relative_to(prefix)
        target = at / "usr/local/lib" / library.name if own else at / library.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library.resolve(), target)
    for name in FILES:
        (at / name[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, at / name[1:])
    (at / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (at / "etc/group").write_text("root:x:0:\n")


def places_named(settings: dict[str, str]) -> list[str]:
    """The places on this machine that pip's settings name; the certificates are in the base."""
    return [word for name, value in settings.items() if name != "cert" for word in value.split() if word.startswith(("/", "file:///"))]


class Buildah:
    """Buildah with storage of its own, which goes with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.command = ["buildah", "--storage-driver=vfs", f"--root={home}/storage", f"--runroot={home}/run"]
        self.environment = dict(os.environ) | {"BUILDAH_ISOLATION": "chroot", "HOME": str(home)}

    def __call__(self, *arguments: str | Path) -> str:
        ran = subprocess.run(
            [*self.command, *map(str, arguments)], capture_output=True, text=True, check=False, env=self.environment, cwd=ROOT,
        )  # fmt: skip
        if ran.returncode:
            raise RuntimeError(f"buildah {arguments[0]}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}")
        return ran.stdout

    def make_base(self) -> None:
        lay_out_base(self.home / "base")
        container = self("from", "scratch").strip()
        self("copy", container, self.home / "base", "/")
        self(
            "config",
            "--env=PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "--env=LD_LIBRARY_PATH=/usr/local/lib",
            container,
        )
        self("commit", "--rm", container, BASE)
        shutil.rmtree(self.home / "base")

    def build(self) -> None:
        """Build the image as `make image` does, on the stand-in base, with this machine's pip settings as the build's secret."""
        told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True).stdout
        settings = dict(re.findall(r"^(?:global|:env:)\.(\S+)='(.*)'$", told, re.MULTILINE))
        (self.home / "pip.conf").write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        named = {
            Path(*path.parts[:3]) if (path := Path(word.removeprefix("file://"))).is_dir() else path for word in places_named(settings)
        }
        volumes = [f"--volume={place}:{place}:ro" for place in sorted(named) if place.exists()]
        self("build", "--pull=never", "--network=host", "--format=docker", f"--build-arg=BASE={BASE}", f"--secret=id=pip,src={self.home}/pip.conf",
             *volumes, f"--tag={IMAGE}", str(ROOT))  # fmt: skip

    def settings(self) -> dict[str, Any]:
        """What the image says of how it is run: user, command, environment, volumes."""
        found: dict[str, Any] = json.loads(self("inspect", "--type=image", IMAGE))["Docker"]["config"]
        return found

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Path]:
        """The root directory of a new container."""
        container = self("from", "--pull=never", IMAGE).strip()
        try:
            yield Path(self("mount", container).strip())
        finally:
            self("umount", container)
            self("rm", container)


# As `docker run --read-only --tmpfs /tmp --network none --volume …:/data` does it: namespaces of its own, the image's root read-only.
ENTER = """
set -e
mount --make-rprivate /
mount --bind "$ROOTFS" "$ROOTFS"
mount --bind "$VOLUME" "$ROOTFS/data"
mount -t tmpfs tmpfs "$ROOTFS/tmp"
mount -t proc proc "$ROOTFS/proc"
mount --rbind /dev "$ROOTFS/dev"
mount -o remount,bind,ro "$ROOTFS"
"$PYTHON" -c 'import fcntl, socket, struct
with socket.socket() as s: fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 0x49))'
exec setpriv --no-new-privs chroot --userspec="$USERSPEC" "$ROOTFS" env -i "$@"
"""


class Container:
    """A container of the image, run as the image says, with its data in a directory that takes the place of a volume."""

    def __init__(self, settings: dict[str, Any], rootfs: Path, volume: Path) -> None:
        self.rootfs, self.user = rootfs, settings.get("User") or "0:0"
        self.inside = [*settings["Env"], "sh", "-c", f'cd {settings["WorkingDir"]} && exec "$@"', "sh"]
        self.checked = settings["Healthcheck"]["Test"][1:]
        place = {"ROOTFS": str(rootfs), "VOLUME": str(volume), "USERSPEC": self.user, "PYTHON": sys.executable, "PATH": os.environ["PATH"]}
        command = [
            "unshare",
            "--mount",
            "--pid",
            "--net",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            ENTER,
            "sh",
            *self.inside,
        ]
        self.process = subprocess.Popen(
            [*command, *settings["Cmd"]], env=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @property
    def first(self) -> int:
        """The process that is number 1 inside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def execute(self, *command: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command beside the service, as `docker exec` does."""
        enter = ["nsenter", f"--target={self.first}", "--mount", "--net", "--pid", "--ipc", "--uts"]
        return subprocess.run(
            [*enter, "chroot", f"--userspec={user or self.user}", self.rootfs, "env", "-i", *self.inside, *command],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def healthy(self, tries: int = 300) -> bool:
        """Whether the image's own health check comes to succeed."""
        for _ in range(tries):
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(OSError, IndexError):
                if self.execute(*self.checked).returncode == 0:
                    return True
        return False

    def stop(self) -> tuple[int, str]:
        """Stop it as `docker stop` does; its exit code and what it said."""
        with contextlib.suppress(OSError, IndexError):
            os.kill(self.first, signal.SIGTERM)
        try:
            said, _ = self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        return self.process.returncode, said


REQUEST = """
import json, sys, urllib.request
method, path, token, body = sys.argv[1:]
headers = {"content-type": "application/json"} | ({"authorization": "Bearer " + token} if token else {})
asked = urllib.request.Request("http://127.0.0.1:8000" + path, body.encode() or None, headers, method=method)
print(urllib.request.urlopen(asked, timeout=10).read().decode())
"""


def request(container: Container, method: str, path: str, token: str = "", body: str = "") -> Any:
    """The JSON answer to a request made inside the container; what went wrong, as text, where there is none."""
    ran = container.execute("python", "-c", REQUEST, method, path, token, body)
    return ran.stderr[-300:] if ran.returncode else json.loads(ran.stdout)


def writable(rootfs: Path, user: int) -> list[str]:
    """What in the image a user other than root could change."""
    found = []
    for place, folders, files in os.walk(rootfs):
        for path in (Path(place) / name for name in [*folders, *files]):
            status = path.lstat()
            if not path.is_symlink() and (status.st_uid == user or status.st_gid == user or status.st_mode & 0o002):
                found.append(f"/{path.relative_to(rootfs)}")
    return sorted(found)


CONTENTS = {"app", "migrations", "alembic.ini", "pyproject.toml", "requirements.lock", "README.md", "LICENSE", "troika_tracker.egg-info"}


def faults_of(settings: dict[str, Any], rootfs: Path, volume: Path) -> list[str]:
    """What is wrong with an image: run as it says, twice on one volume, on a root directory that cannot be written."""
    found = []
    if settings.get("User") != "10001:10001" or "/data" not in (settings.get("Volumes") or {}):
        found.append(f"it runs as {settings.get('User')!r} with its data in {settings.get('Volumes')}")
    if {path.name for path in (rootfs / "srv").iterdir()} - CONTENTS:
        found.append(f"it holds {sorted(path.name for path in (rootfs / 'srv').iterdir())}")
    if (may := writable(rootfs, 10001)) != ["/data", "/tmp"]:  # noqa: S108
        found.append(f"its user could write {may[:20]}")
    volume.mkdir()
    owner = (rootfs / "data").stat()
    os.chown(volume, owner.st_uid, owner.st_gid)  # as an engine does with a new volume
    token = ""
    for start in ("first", "second"):
        container = Container(settings, rootfs, volume)
        try:
            found += [f"{start} start: {fault}" for fault in _served(container, token)] if container.healthy() else [f"no {start} start"]
            token = token or container.execute("troika", "token", "create", "--role", "administrator").stdout.strip()
            if start == "first":
                request(container, "POST", "/api/v1/agencies", token, '{"code": "KEPT", "name": "Kept"}')
        except (OSError, IndexError) as error:
            found.append(f"{start} start: {error!r}")
        finally:
            code, said = container.stop()
        if code:
            found.append(f"{start} start: it ended with {code}: {said[-500:]}")
    return found


def _served(container: Container, token: str) -> Iterator[str]:
    if (user := container.execute("id", "-u").stdout.strip()) == "0":
        yield f"it runs as user {user}"
    if (health := request(container, "GET", "/healthz")) != {"status": "ok"}:
        yield f"health: {health}"
    ready = request(container, "GET", "/readyz")
    if not isinstance(ready, dict) or ready["status"] != "ready":
        yield f"readiness: {ready}"
    if container.execute("sh", "-c", "echo x > /srv/x").returncode == 0:
        yield "its root directory can be written"
    if token and request(container, "GET", "/api/v1/agencies/KEPT", token)["name"] != "Kept":
        yield "what the first start wrote is gone"


@contextlib.contextmanager
def building() -> Iterator[Buildah]:
    """Buildah in a directory of its own, with the stand-in base."""
    home = Path(tempfile.mkdtemp(prefix="troika-image-", dir="/var/tmp"))
    try:
        buildah = Buildah(home)
        buildah.make_base()
        yield buildah
    finally:
        shutil.rmtree(home, ignore_errors=True)
