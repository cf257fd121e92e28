"""How much each proof does: short in `make check`, long in `make proof`, which sets TROIKA_PROOF=long."""

import os
from collections.abc import Callable
from typing import Any

import pytest

LONG = os.environ.get("TROIKA_PROOF") == "long"


def in_turns(name: str) -> Callable[[Any], Any]:
    """In the short run, each planted fault on one of the databases: half of them here, half of them there."""
    return (lambda test: test) if LONG else pytest.mark.in_turns(name)


def figure(short: int, long: int) -> int:
    """How many times to try."""
    return long if LONG else short
