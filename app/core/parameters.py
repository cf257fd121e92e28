"""Query parameters that fail loudly: an unknown name or value is refused with the nearest that would be right."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from app.core.errors import UnknownParameter


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The likeliest of the known words, if one is near enough to be meant."""
    found = get_close_matches(word[:100].lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown(name: str, known: Iterable[str]) -> UnknownParameter:
    """The refusal of a parameter that the address does not take."""
    known = sorted(known)
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else "It takes: " + (", ".join(known) or "none") + "."
    return UnknownParameter(parameter=name[:100], detail=f"There is no such parameter here. {hint}", nearest=near, known=known)


def unfit(name: str, why: str, known: Sequence[str] = ()) -> UnknownParameter:
    """The refusal of a value; `known` are the values it takes, where they can be listed."""
    extra = {"known": list(known)} if known else {}
    return UnknownParameter(parameter=name, detail=f"{name}: {why}.", **extra)


LONGEST = {"cursor": 4_000, "fields": 2_000}
"""How many characters a value may have, where that is not `LONG`."""
LONG, MANY = 200, 50
"""The most characters of any other value, and how often a parameter may be repeated that takes several."""


def single(name: str, values: Sequence[str]) -> str:
    """The one value of a parameter that is given once."""
    if len(values) > 1:
        raise unfit(name, "give it once")
    if len(values[0]) > (most := LONGEST.get(name, LONG)):
        raise unfit(name, f"it takes at most {most} characters")
    return values[0]


def several(name: str, values: Sequence[str]) -> Sequence[str]:
    """The values of a parameter that may be repeated: each costs a look-up or a bind."""
    if len(values) > MANY:
        raise unfit(name, f"give it at most {MANY} times")
    return values


def choice(name: str, value: str, known: Sequence[str]) -> str:
    """A value out of a list."""
    if value not in known:
        near = nearest(value, known)
        raise unfit(name, f"did you mean '{near}'? It takes {', '.join(known)}" if near else f"it takes {', '.join(known)}", known)
    return value


def flag(name: str, value: str) -> bool:
    return choice(name, value, ("true", "false")) == "true"


def whole(name: str, value: str, lowest: int, highest: int) -> int:
    """A whole number within bounds; more is refused, never cut silently."""
    if not (value.isascii() and value.isdigit() and len(value) <= 16 and lowest <= int(value) <= highest):
        raise unfit(name, f"it takes a whole number from {lowest} to {highest}")
    return int(value)
