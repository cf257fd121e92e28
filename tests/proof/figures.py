"""How much each proof does: short in `make check`, long in `make proof`, which sets TROIKA_PROOF=long."""

import os

LONG = os.environ.get("TROIKA_PROOF") == "long"


def figure(short: int, long: int) -> int:
    """How many times to try."""
    return long if LONG else short
