"""Several services: imported once and then forked, so that eight start as fast as one.

python -m tests.proof.children PORT…    each serves at its own port, as `troika serve --port PORT` does
"""

import os
import sys

import tests.proof.child  # noqa: F401  (first of all: it plants the fault, if there is one)

if __name__ == "__main__":
    import uvicorn  # noqa: F401  (for the children, which then need not)

    import app.main  # noqa: F401
    from app.cli import main

    for port in sys.argv[1:]:
        if os.fork() == 0:
            main(["serve", "--port", port])
    for _ in sys.argv[1:]:
        os.wait()
