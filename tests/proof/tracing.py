"""What strace saw, as the few events that matter for the order of a sync and the answer that rests on it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

CALLS = "fdatasync,fsync,pwrite64,pwritev,write,writev,sendto,sendmsg"
LINE = re.compile(r"^(\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\()(?P<rest>.*)$")
RESULT = re.compile(r"= (-?\d+)[^=]*$")


def need_strace() -> None:
    """Skip where nothing can be traced. In CI that is a failure: `.ci/run` installs strace."""
    if not shutil.which("strace"):
        why = "strace is not installed"
    else:
        tried = subprocess.run([*strace(os.devnull), sys.executable, "-c", ""], capture_output=True, text=True, check=False)
        why = f"strace is not permitted here: {tried.stderr[:200]}" if tried.returncode else ""
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)


def strace(output: str, *more: str) -> tuple[str, ...]:
    """The command before a service's own: names of files with their descriptors, and what is written, go to `output`."""
    return ("strace", "-f", "-qq", "-y", "-s", "65536", "-e", f"trace={CALLS}", "-o", output, *more)


@dataclass
class Log:
    """The write-ahead log as one thread or process left it: what it wrote, and whether it has synced that since."""

    wrote: bool = False
    dirty: bool = False
    syncing: bool = False

    @property
    def safe(self) -> bool:
        return self.wrote and not self.dirty


@dataclass
class Reading:
    """Goes through a trace. `log` is what a file of the write-ahead log has in its name, `marks` what each change has in it."""

    log: str
    marks: list[str]
    threads: dict[str, Log] = field(default_factory=dict)
    written: bool = False
    """Whether the mark of the next answer has been seen in the log: else what was synced is another change's."""
    answers: list[bool] = field(default_factory=list)
    """For each answered change, in order: was what it acknowledges on disk?"""

    def begins(self, thread: str, name: str, rest: str) -> None:
        own = self.threads.setdefault(thread, Log())
        if self.log in rest.split(",")[0]:
            own.syncing = name in ("fdatasync", "fsync")
            if not own.syncing:
                own.wrote = own.dirty = True
                self.written = self.written or self.marks[len(self.answers)] in rest
        elif '"HTTP/1.1 201' in rest:
            self.answers.append(self.written and any(log.safe for log in self.threads.values()))
            self.written = False
            for log in self.threads.values():
                log.wrote = False

    def ends(self, thread: str, result: int) -> None:
        own = self.threads.setdefault(thread, Log())
        if own.syncing and result == 0:
            own.dirty = False
        own.syncing = False


def unsynced(trace: Iterable[str], log: str, marks: list[str]) -> tuple[int, int]:
    """How many changes were answered, and how many of these answers left before the sync of what they acknowledge.

    The requests came one after another, in the order of their marks. Before the answer, the log must have got the mark, and a
    thread that wrote to the log since the answer before must have ended a sync after its last write.
    """
    reading = Reading(log, [*marks, "after the last"])
    for line in trace:
        if found := LINE.match(line):
            if found["name"]:
                reading.begins(found[1], found["name"], found["rest"])
            if "<unfinished ...>" not in found["rest"] and (result := RESULT.search(found["rest"])):
                reading.ends(found[1], int(result[1]))
    return len(reading.answers), reading.answers.count(False)
