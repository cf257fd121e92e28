"""Folding text so that a search finds it however it is written."""

import unicodedata
from collections.abc import Iterable
from typing import Any


def fold(*texts: str | None) -> str:
    """Text without case and accents, in one line: SQLite's LIKE does not know that É and é are the same letter."""
    joined = "\n".join(t for t in texts if t)
    if joined.isascii():
        return joined.casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", joined.casefold()) if not unicodedata.combining(c))


def fold_values(values: Iterable[Any]) -> str:
    """The folded text of columns that hold a text, a list of texts, or nothing."""
    texts: list[str | None] = []
    for value in values:
        texts += value if isinstance(value, list) else [value]
    return fold(*texts)


NAME = 300
"""How long a folded name may be: the width of its column."""


def fold_name(name: str) -> str:
    """A code or alias as it is compared: without case and surplus spaces. Folding can lengthen it ("ß"), so it is cut."""
    return " ".join(name.casefold().split())[:NAME]


def pattern(words: str) -> str:
    """A LIKE pattern (escape `\\`) that finds the folded words anywhere."""
    folded = fold(words)
    for special in "\\%_":
        folded = folded.replace(special, "\\" + special)
    return f"%{folded}%"
