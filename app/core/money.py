"""Money without floats: currencies of ISO 4217, amounts in whole minor units, splitting without losing any, and dated rates.

An amount is a decimal text on the wire ("1000000.00") and a whole number of the currency's minor units in the database and in every sum.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from iso4217 import Currency
from sqlalchemy import Text, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement, literal_column
from sqlalchemy.sql.functions import FunctionElement

from app.core.documents import among

DECIMALS: dict[str, int] = {one.code: one.exponent for one in Currency if one.exponent is not None}
"""How many decimals each currency has. Metals, test codes and the units of account without decimals are no currencies here."""
MOST_DIGITS, MOST_DECIMALS = 14, 4
"""Before and after the point. The largest amount, in the currency with most decimals, fits a 64-bit integer."""
AMOUNT = re.compile(rf"\d{{1,{MOST_DIGITS}}}(\.\d{{1,{MOST_DECIMALS}}})?", re.ASCII)
RATE = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
PIVOT = "USD"
"""Where two currencies have no rate of their own, the one that is tried first between them."""


def minor_units(text: str, currency: str) -> int:
    """The whole number of minor units that an amount is; ValueError says why it cannot be one."""
    if not AMOUNT.fullmatch(text):
        raise ValueError(f"write an amount in digits, such as 1000000.00: at most {MOST_DIGITS} before the point, no sign and no exponent")
    whole, _, decimals = text.partition(".")
    digits = DECIMALS[currency]
    if decimals[digits:].strip("0"):
        raise ValueError(f"{currency} has {digits} decimals")
    return int(whole + decimals[:digits].ljust(digits, "0"))


def amount_text(amount: int, currency: str) -> str:
    """The decimal text of so many minor units."""
    digits = DECIMALS[currency]
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}" + (f".{rest:0{digits}}" if digits else "")


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in parts by weight, whose sum is the amount: each gets its whole units, and the largest remainders get what is left,
    the first of equal ones first."""
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    largest = sorted(range(len(parts)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in largest[: amount - sum(parts)]:
        parts[i] += 1
    return parts


@dataclass(frozen=True)
class Rate:
    """So many units of a currency for one of another, on a day."""

    currency: str
    base: str
    on: date
    rate: str
    source: str


@dataclass
class Rates:
    """The known rates. The one of a day is the latest on or before it; where none is known, nothing can be converted."""

    by_pair: dict[tuple[str, str], list[Rate]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, rates: Iterable[Rate]) -> "Rates":
        found = cls()
        for rate in sorted(rates, key=lambda r: r.on):
            found.by_pair[rate.currency, rate.base].append(rate)
        return found

    def _latest(self, currency: str, base: str, on: date) -> Rate | None:
        return next((rate for rate in reversed(self.by_pair.get((currency, base), ())) if rate.on <= on), None)

    def _direct(self, given: str, wanted: str, on: date) -> Fraction | None:
        """Units of `wanted` for one of `given`, by a rate of the two, whichever way it was told; the later one where both ways were."""
        told, turned = self._latest(wanted, given, on), self._latest(given, wanted, on)
        if told and (turned is None or told.on >= turned.on):
            return Fraction(told.rate)
        return 1 / Fraction(turned.rate) if turned else None

    def between(self, given: str, wanted: str, on: date) -> Fraction | None:
        """Units of `wanted` for one of `given` on a day: by their own rate, else by those that both have to a third currency."""
        if given == wanted:
            return Fraction(1)
        if (own := self._direct(given, wanted, on)) is not None:
            return own
        bases = {base for currency, base in self.by_pair if currency == given} & {
            base for currency, base in self.by_pair if currency == wanted
        }
        for third in sorted(bases, key=lambda base: (base != PIVOT, base)):
            one, other = self._direct(given, third, on), self._direct(third, wanted, on)
            if one is not None and other is not None:
                return one * other
        return None

    def convert(self, amount: int, given: str, wanted: str, on: date) -> int | None:
        """An amount in another currency at the rate of a day, rounded once, to the nearest minor unit, half to even; None without a rate."""
        rate = self.between(given, wanted, on)
        return None if rate is None else round(Fraction(amount, 10 ** DECIMALS[given]) * rate * 10 ** DECIMALS[wanted])


class AmountText(FunctionElement[str]):
    """The decimal text of an amount, not negative, in minor units of so many decimals."""

    inherit_cache = True
    type = Text()
    name = "amount_text"


@compiles(AmountText, "sqlite")
def _amount_sqlite(element: AmountText, compiler: Any, **kw: Any) -> str:
    amount, digits = (f"({compiler.process(c, **kw)})" for c in element.clauses)
    digits = digits.strip("()")
    unit = 10 ** int(digits)
    shown = f"printf('%d.%0{digits}d', {amount} / {unit}, {amount} % {unit})" if unit > 1 else f"CAST({amount} AS TEXT)"
    return f"CASE WHEN {amount} IS NOT NULL THEN {shown} END"


@compiles(AmountText, "postgresql")
def _amount_postgresql(element: AmountText, compiler: Any, **kw: Any) -> str:
    amount, digits = (compiler.process(c, **kw) for c in element.clauses)
    unit = f"0.{'1'.rjust(int(digits), '0')}" if int(digits) else "1"
    return f"CAST(CAST({amount} AS NUMERIC) * {unit} AS TEXT)"


def shown_amount(amount: ColumnElement[Any], currency: ColumnElement[Any]) -> ColumnElement[Any]:
    """An amount as the wire shows it, made by the database; null where the amount is."""
    usual = AmountText(amount, literal_column("2"))
    others = sorted({digits for digits in DECIMALS.values() if digits != 2})
    cases = [
        (among(currency, sorted(c for c, d in DECIMALS.items() if d == digits)), AmountText(amount, literal_column(str(digits))))
        for digits in others
    ]
    return case(*cases, else_=usual)
