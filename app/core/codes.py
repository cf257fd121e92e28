"""Closed lists of values: each is defined once, in the rules of its domain, under the name by which clients look it up.

    KINDS = closed("agency.kind", "specialized_agency", "fund_programme", …)

`GET /api/v1/meta/codes` shows what was defined here, so that a list cannot be changed and its publication forgotten.
"""

LISTS: dict[str, tuple[str, ...]] = {}


def closed(name: str, *values: str) -> tuple[str, ...]:
    """A closed list, published as `name`: the entity and its field, such as `agency.kind`. Two lists never share a name."""
    listed = tuple(str(value) for value in values)
    if LISTS.setdefault(name, listed) != listed:
        raise RuntimeError(f"two different lists are called {name}")
    return listed
