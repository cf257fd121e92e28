"""Disks that a proof can fill and free."""

import os
import resource
import subprocess
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path

import pytest

SIZE = 64 * 1024 * 1024


class SmallDisk:
    """A file system of its own in memory, of 64 MB. Only root may mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"a small file system cannot be mounted here: {tried.stderr.strip()[:200]}")

    def fill(self, _: int) -> None:
        """Leave no byte free."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (65_536, 4_096):
                with suppress(StopIteration):
                    self._write(filler.fileno(), b"x" * size)

    @staticmethod
    def _write(file: int, block: bytes) -> None:
        while True:
            try:
                os.write(file, block)
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
                raise StopIteration from None

    def free(self, _: int) -> None:
        (self.folder / "filler").unlink()

    def remove(self) -> None:
        command = ["umount", "-l", str(self.folder)]
        subprocess.run(command, check=False)


class Limit:
    """A limit on the size of files that one process writes: whoever may start it may also set it."""

    def __init__(self, folder: Path) -> None:
        if not hasattr(resource, "prlimit"):
            pytest.skip("another process cannot be limited on this system")
        self.folder = folder
        folder.mkdir()

    def fill(self, process: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))

    def free(self, process: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def remove(self) -> None:
        pass


Disk = SmallDisk | Limit
