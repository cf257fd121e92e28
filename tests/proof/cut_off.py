"""`troika restore` in a process that is killed at a given step: imported once, forked for each try.

    python -m tests.proof.cut_off FILE      then lines on standard input: the step, and the URL

A step is whatever the code of `app/keeping` calls or returns from. The answer to a line is `killed`, or `done` with the number of steps;
step 0 is never reached. TROIKA_FAULT plants a fault, as everywhere.
"""

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import app
from tests.proof import child  # noqa: F401  (plants the fault)

KEEPING = str(Path(app.__file__).parent / "keeping")
KILLED = 9


def tell(answer: str) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def restore_until(step: int, url: str, file: Path) -> None:
    from app.core.dates import now
    from app.keeping.restore import restore

    reached = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal reached
        caller = frame.f_back
        if frame.f_code.co_filename.startswith(KEEPING) or (caller and caller.f_code.co_filename.startswith(KEEPING)):
            reached += 1
            if reached == step:
                os._exit(KILLED)

    sys.setprofile(count)
    try:
        restore(url, file, now(), force=True)
    finally:
        sys.setprofile(None)
    tell(f"done {reached}")


if __name__ == "__main__":
    for line in sys.stdin:
        wanted, address = line.split()
        pid = os.fork()
        if pid == 0:
            restore_until(int(wanted), address, Path(sys.argv[1]))
            os._exit(0)
        if (code := os.waitstatus_to_exitcode(os.wait()[1])) != 0:
            tell("killed" if code == KILLED else f"failed {code}")
