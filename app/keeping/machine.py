"""What `troika doctor` looks at around the file of an SQLite database: the disk, the folder, who may do what."""

import os
import re
import shutil
from pathlib import Path

from app.keeping.backup import UNFINISHED
from app.keeping.findings import Fail, Installation, Warn
from app.keeping.restore import RESTORING
from app.keeping.sqlite_files import BESIDE

ENOUGH = 64 * 2**20
"""Free bytes below which the next hours of writing are in danger."""
MOUNTS = Path("/proc/mounts")
NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|ncpfs|fuse\.(sshfs|glusterfs|ceph\w*|s3fs|rclone|davfs\d?)|davfs")


def disk_space(place: Installation) -> str | None:
    """There is room for the database to grow, and for a copy of it."""
    if place.file is None:
        return None
    free = shutil.disk_usage(place.file.parent).free
    size = sum(file.stat().st_size for suffix in ("", *BESIDE) if (file := Path(f"{place.file}{suffix}")).exists())
    told = f"{free // 2**20} MiB free, the database takes {size / 2**20:.1f}"
    if free < ENOUGH:
        raise Fail(f"{told}: writes will soon be refused. Make room.")
    if free < 2 * size:
        raise Warn(f"{told}: a backup or restore beside it may not fit. Make room.")
    return told


def file_system(place: Installation) -> str | None:
    """The file lies on a disk of this machine: SQLite's locks cannot be trusted across a network."""
    if place.file is None or not MOUNTS.exists():
        return None
    mounts = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
    above = [(Path(re.sub(r"\\(\d{3})", lambda o: chr(int(o[1], 8)), name)), kind) for name, kind in mounts]
    kind = max(((path, kind) for path, kind in above if place.file.is_relative_to(path)), key=lambda m: len(m[0].parts))[1]
    if NETWORK.fullmatch(kind):
        raise Warn(f"{place.file} lies on a network share ({kind}), where locks may not hold. Move it to a local disk, or use PostgreSQL.")
    return kind


def permissions(place: Installation) -> str | None:
    """Whoever runs the service can write the file, what lies beside it, and the folder; and strangers cannot read it."""
    if place.file is None:
        return None
    folder = place.file.parent
    files = [file for suffix in ("", *BESIDE) if (file := Path(f"{place.file}{suffix}")).exists()]
    for path in (*files, folder):
        if not os.access(path, os.W_OK | (os.X_OK if path == folder else os.R_OK)):
            raise Fail(f"{path} cannot be written by this user. Run this as the service's user, and give it what is its own: chown.")
    owners = {file.name: file.stat().st_uid for file in files}
    if len(set(owners.values())) > 1:
        raise Fail(
            f"these belong to different users, and one of them locks the other out: {', '.join(owners)}. Give them one owner: chown."
        )
    if folder.stat().st_mode & 0o001:
        for file in files:
            if file.stat().st_mode & 0o006:
                raise Warn(f"{file} can be read by every user of this machine. Close its folder: chmod 700 {folder}")
    return f"{folder} can be written, and is closed to strangers"


def leftovers(place: Installation) -> str | None:
    """Nothing lies about from a backup or restore that was cut off."""
    if place.file is None:
        return None
    found = [file.name for file in place.file.parent.glob(".*") if file.suffix in (UNFINISHED, RESTORING)]
    if found:
        raise Warn(f"a backup or restore was cut off, or is at work now. If none is, remove: {', '.join(sorted(found))}")
    return "no unfinished backup or restore beside it"
