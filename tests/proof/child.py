"""The command `troika` in a process of its own, perhaps with a fault planted first.

    python -m tests.proof.child serve --port 8123

TROIKA_FAULT=module:function names a function that breaks the service in one way, as a mistake of ours would. It is planted at import, so that
the worker processes that uvicorn spawns (they import this file again) bear it too.
"""

import importlib
import os
import sys

if fault := os.environ.get("TROIKA_FAULT"):
    module, _, name = fault.partition(":")
    getattr(importlib.import_module(module), name)()

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
