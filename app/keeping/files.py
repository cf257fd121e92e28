"""Files that are there whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = "%Y%m%dT%H%M%S.%fZ"
"""In the names of what is kept aside: two never share one."""


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: Path) -> str:
    """The file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def draft(beside: Path, ending: str) -> Iterator[Path]:
    """An empty file in the same folder, readable by its owner alone; gone after the block unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=f".{beside.name}.", suffix=ending, dir=beside.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
