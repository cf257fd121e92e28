"""Countries and territories by their ISO 3166-1 code, with the names that ISO and the United Nations give them."""

import json
from functools import cache
from typing import Any

import pycountry
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


@cache
def names() -> dict[str, str]:
    """The name of each, by code."""
    return {one.alpha_2: one.name for one in sorted(pycountry.countries, key=lambda c: str(c.alpha_2))}


class CountryName(FunctionElement[str]):
    """The name of the country of a code, or null where the code is none."""

    inherit_cache = True
    type = sa.Text()
    name = "country_name"


def _table() -> str:
    return "'" + json.dumps(names(), ensure_ascii=False).replace("'", "''") + "'"


@compiles(CountryName, "sqlite")
def _name_sqlite(element: CountryName, compiler: Any, **kw: Any) -> str:
    return f"json_extract({_table()}, '$.' || {compiler.process(element.clauses, **kw)})"


@compiles(CountryName, "postgresql")
def _name_postgresql(element: CountryName, compiler: Any, **kw: Any) -> str:
    return f"(CAST({_table()} AS JSON) ->> {compiler.process(element.clauses, **kw)})"


class Each(FunctionElement[Any]):
    """The texts of a JSON list, as rows."""

    inherit_cache = True
    name = "each"


@compiles(Each, "sqlite")
def _each_sqlite(element: Each, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(Each, "postgresql")
def _each_postgresql(element: Each, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **kw)})"


def each(column: Any, name: str) -> Any:
    """The texts of a JSON column that is a list, as a table with the column `value`."""
    return Each(column).table_valued(sa.column("value", sa.Text())).alias(name)
