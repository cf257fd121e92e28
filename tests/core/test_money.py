"""Money without floats: exact amounts, parts that add up to their whole, and rates of a stated day."""

from datetime import date
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core.documents import Query
from app.core.money import DECIMALS, Rate, Rates, amount_text, minor_units, shown_amount, split

D1, D2, D3 = date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1)


def rates(*told: tuple[str, str, date, str]) -> Rates:
    return Rates.of(Rate(currency, base, on, rate, "a test") for currency, base, on, rate in told)


@given(st.integers(0, 10**18 - 1), st.sampled_from(sorted(DECIMALS)))
def test_an_amount_comes_back_from_its_text(units: int, currency: str) -> None:
    if len(str(units // 10 ** DECIMALS[currency])) <= 14:
        assert minor_units(amount_text(units, currency), currency) == units
        assert amount_text(-units, currency) == ("-" if units else "") + amount_text(units, currency)


@given(st.integers(-(10**18), 10**18), st.lists(st.integers(0, 10_000), min_size=1).filter(any))
def test_parts_add_up_to_their_whole_and_none_is_a_unit_off(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


def test_the_largest_remainders_get_what_is_left() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [3334, 3333, 3333]) == [4, 3, 3]
    assert split(5, [1, 0, 2]) == [2, 0, 3]


@pytest.mark.parametrize("text", ["1e3", "-1", "+1", "1.", ".1", "NaN", "", " 1", "1 ", "1_000", "1,5", "१", "1" * 15, "0.00001"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in digits"):
        minor_units(text, "CLF")


def test_more_decimals_than_the_currency_has_are_refused_unless_they_are_noughts() -> None:
    with pytest.raises(ValueError, match="USD has 2 decimals"):
        minor_units("0.001", "USD")
    assert (minor_units("0.0100", "USD"), minor_units("5.0", "JPY"), minor_units("1.234", "KWD")) == (1, 5, 1234)


class TestRates:
    def test_the_latest_on_or_before_the_day_counts(self) -> None:
        known = rates(("EUR", "USD", D1, "0.8"), ("EUR", "USD", D2, "0.9"))
        assert known.convert(10_000, "USD", "EUR", D3) == known.convert(10_000, "USD", "EUR", D2) == 9_000
        assert known.convert(10_000, "USD", "EUR", date(2020, 1, 31)) == 8_000
        assert known.convert(10_000, "USD", "EUR", date(2019, 12, 31)) is None
        assert known.convert(10_000, "USD", "USD", date(1900, 1, 1)) == 10_000
        assert known.convert(10_000, "USD", "CHF", D3) is None

    def test_a_rate_serves_both_ways_and_the_later_telling_counts(self) -> None:
        known = rates(("EUR", "USD", D1, "0.8"), ("USD", "EUR", D2, "2"))
        assert known.convert(8_000, "EUR", "USD", D1) == 10_000
        assert known.convert(8_000, "EUR", "USD", D2) == 16_000
        assert known.convert(16_000, "USD", "EUR", D2) == 8_000
        assert rates(("USD", "EUR", D1, "2"), ("EUR", "USD", D2, "0.8")).convert(8_000, "EUR", "USD", D3) == 10_000

    def test_a_third_currency_stands_between_and_the_dollar_is_tried_first(self) -> None:
        by_dollar = [("EUR", "USD", D1, "0.5"), ("CHF", "USD", D1, "1.5")]
        by_yen = [("EUR", "JPY", D1, "1"), ("CHF", "JPY", D1, "7")]
        assert rates(*by_dollar, *by_yen).convert(100, "EUR", "CHF", D1) == 300
        assert rates(*by_yen).convert(100, "EUR", "CHF", D1) == 700
        late = rates(("EUR", "USD", D2, "0.5"), ("CHF", "USD", D1, "1.5"), *by_yen)
        assert late.convert(100, "EUR", "CHF", D1) == 700, "the dollar has no rate of that day yet"
        assert rates(("EUR", "USD", D2, "0.5"), ("CHF", "USD", D1, "1.5")).convert(100, "EUR", "CHF", D1) is None

    def test_rounding_is_once_and_half_to_even(self) -> None:
        known = rates(("EUR", "USD", D1, "0.5"), ("JPY", "USD", D1, "100"))
        assert [known.convert(units, "USD", "EUR", D1) for units in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]
        assert known.convert(150, "JPY", "USD", D1) == 150
        assert known.convert(12_345, "USD", "JPY", D1) == 12_345

    def test_a_rate_is_exact(self) -> None:
        assert rates(("EUR", "USD", D1, "0.123456789012")).convert(10**17, "USD", "EUR", D1) == 12_345_678_901_200_000


@pytest.mark.parametrize("units", [None, 0, 1, 99, 100, 12_345, 10**18 - 1])
def test_the_database_writes_an_amount_as_python_does(engine: sa.Engine, units: int | None) -> None:
    for currency in ("USD", "JPY", "KWD", "CLF", "EUR"):
        given = sa.literal_column("NULL" if units is None else str(units), sa.BigInteger())
        name = sa.literal_column(f"'{currency}'", sa.Text())
        driver = "sqlite" if engine.dialect.name == "sqlite" else "psycopg"
        text, values = Query(sa.select(shown_amount(given + 0, name))).on(driver, {})
        with engine.begin() as connection:
            told = connection.exec_driver_sql(text, tuple(values) if driver == "sqlite" else values).scalar()
        assert told == (None if units is None else amount_text(units, currency))
