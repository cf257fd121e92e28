"""Days, vague days and months: what is read, what is refused, and the arithmetic of terms."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.dates import (
    FIRST_DAY,
    LAST_DAY,
    Precision,
    VagueDate,
    add_months,
    covers,
    day_in,
    instant_text,
    month_end,
    overlap,
    parse_day,
    parse_instant,
    term_end,
    time_zones,
    whole_months,
)
from app.core.wire import PastDay, VagueDay

DAYS = st.dates(FIRST_DAY, LAST_DAY)
MIDDLE = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@given(DAYS)
def test_one_day_is_read_alike_however_it_is_written(day: date) -> None:
    text = day.isoformat()
    for form in (day, text, f" {text} ", f"{text}T00:00:00", f"{text} 00:00", f"{text}T00:00:00.000Z", f"{text}T00:00:00+00:00"):
        assert parse_day(form) == day
    assert parse_day(datetime(day.year, day.month, day.day)) == day  # noqa: DTZ001  (a spreadsheet's own)
    assert parse_day(datetime(day.year, day.month, day.day, tzinfo=UTC)) == day


@pytest.mark.parametrize("number", [1900, 2014, 2025, 2199])
def test_a_number_that_may_be_a_year_is_not_taken_for_a_day(number: int) -> None:
    with pytest.raises(ValueError, match="may be a year"):
        parse_day(number)


@given(st.dates(date(1906, 1, 8), LAST_DAY - timedelta(days=1)))
def test_a_spreadsheet_number_is_its_day(day: date) -> None:
    assert parse_day((day - date(1899, 12, 30)).days) == day


def test_spreadsheet_numbers_are_right_on_both_sides_of_the_leap_day_that_never_was() -> None:
    assert [parse_day(n) for n in (1, 59, 61)] == [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1)]
    assert parse_day(41640) == date(2014, 1, 1)


@pytest.mark.parametrize(
    "value",
    [
        "", "x", "2014", "01/02/2014", "2014-1-2", "2014-02-30", "2014-13-01", "1899-12-31", "2200-01-01", "2014-01-01T01:00", "٢٠١٤-٠١-٠١",
        "2014-01-01T00:00:00+05:00", True, None, 0, -1, 109_574, 41640.0, ["2014-01-01"], date(1800, 1, 1), datetime(2014, 1, 1, 12, tzinfo=UTC),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_what_would_be(value: object) -> None:
    with pytest.raises(ValueError, match=r"YYYY-MM-DD|between|no such day"):
        parse_day(value)


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest"),
    [
        ("2015", "year", "2015-01-01", "2015-12-31"),
        ("2015-h1", "half", "2015-01-01", "2015-06-30"),
        ("2015-H2", "half", "2015-07-01", "2015-12-31"),
        ("2015-Q2", "quarter", "2015-04-01", "2015-06-30"),
        ("2015-q4", "quarter", "2015-10-01", "2015-12-31"),
        ("2016-02", "month", "2016-02-01", "2016-02-29"),
        ("2015-06-30", "day", "2015-06-30", "2015-06-30"),
    ],
)
def test_a_vague_date_spans_its_days(text: str, precision: str, earliest: str, latest: str) -> None:
    found = VagueDate.parse(text)
    assert (found.value, found.precision, str(found.earliest), str(found.latest)) == (text.upper(), precision, earliest, latest)


@given(DAYS, st.sampled_from(["{0:%Y}", "{0:%Y-%m}", "{0:%Y-%m-%d}"]))
def test_a_day_lies_in_every_vague_date_that_names_it(day: date, form: str) -> None:
    text = form.format(day).zfill(4)
    found = VagueDate.parse(text)
    assert found.earliest is not None
    assert found.earliest <= day <= found.latest
    assert VagueDate.parse(found.value) == found
    before = VagueDate.parse(f"By  {text}")
    assert (before.value, before.precision, before.earliest, before.latest) == (f"by {text}", Precision.BEFORE, None, found.latest)


@pytest.mark.parametrize(
    "value", ["2015-Q5", "2015-H3", "2015-00", "2015-13", "1899", "2200", "by", "by x", "by by 2013", "by  by 2013", "20155", True, None]
)
def test_what_is_no_vague_date_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"write|between"):
        VagueDate.parse(value)


def test_no_number_of_by_exhausts_the_stack() -> None:
    with pytest.raises(ValueError, match="write a day"):
        VagueDate.parse("by  " * 100_000 + "2013")


def test_a_number_is_a_year_or_a_spreadsheet_day() -> None:
    assert VagueDate.parse(2015).precision == "year"
    assert VagueDate.parse(41640).value == "2014-01-01"


def test_the_last_of_january_and_a_month_is_the_last_of_february() -> None:
    assert [add_months(date(y, 1, 31), 1) for y in (2015, 2016)] == [date(2015, 2, 28), date(2016, 2, 29)]
    assert month_end(2016, 2) == date(2016, 2, 29)


@given(MIDDLE, st.integers(-240, 240))
def test_adding_months_moves_the_month_and_keeps_the_day_or_clamps_it(day: date, months: int) -> None:
    found = add_months(day, months)
    assert found.year * 12 + found.month == day.year * 12 + day.month + months
    assert found.day == day.day or found == month_end(found.year, found.month)
    assert found.day <= day.day


@given(MIDDLE, st.integers(1, 240))
def test_a_term_of_so_many_months_holds_that_many(starts_on: date, months: int) -> None:
    last = term_end(starts_on, months)
    assert last + timedelta(days=1) == add_months(starts_on, months)
    assert whole_months(starts_on, last) == months
    assert whole_months(starts_on, last - timedelta(days=1)) == months - 1


def test_half_a_term_holds_its_whole_months_only() -> None:
    assert whole_months(date(2006, 5, 9), date(2006, 6, 30)) == 1
    assert whole_months(date(2006, 5, 9), date(2006, 5, 9)) == 0
    assert whole_months(date(2006, 5, 9), date(2006, 5, 1)) == 0


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)), st.sampled_from(sorted(time_zones())))  # noqa: DTZ001
def test_the_day_of_a_zone_is_at_most_one_from_utc(moment: datetime, zone: str) -> None:
    assert abs((day_in(moment, zone) - moment.date()).days) <= 1
    assert day_in(moment, "UTC") == moment.date()


def test_today_is_the_group_s_own() -> None:
    moment = datetime(2014, 6, 30, 23, 30, tzinfo=UTC)
    assert [day_in(moment, z) for z in ("UTC", "Europe/Zurich", "America/New_York")] == [
        date(2014, 6, 30),
        date(2014, 7, 1),
        date(2014, 6, 30),
    ]


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_as_text_sort_as_instants_do(a: datetime, b: datetime) -> None:
    if min(a, b).year >= 1000:
        assert (instant_text(a) < instant_text(b)) == (a < b)


@given(DAYS, DAYS, DAYS, DAYS)
def test_periods_overlap_when_a_day_is_in_both(a: date, b: date, c: date, d: date) -> None:
    first, second = sorted([a, b]), sorted([c, d])
    both = any(covers(first[0], first[1], day) and covers(second[0], second[1], day) for day in (a, b, c, d))
    assert overlap(first[0], first[1], second[0], second[1]) is both
    assert overlap(first[0], None, second[0], second[1]) is (second[1] >= first[0])


def test_what_is_planned_is_not_by_a_day() -> None:
    planned = TypeAdapter(VagueDay)
    assert planned.validate_python("2014-q2") == "2014-Q2"
    with pytest.raises(ValidationError, match="'by' is for what is past"):
        planned.validate_python("by 2014")
    assert TypeAdapter(PastDay).validate_python("By 2014") == "by 2014"


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)), st.integers(-23 * 60, 23 * 60))  # noqa: DTZ001  (its zone comes with it)
def test_an_instant_is_the_same_in_every_zone(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(there.isoformat()) == there
    assert parse_instant(instant_text(there)) == there
    assert parse_instant(there.isoformat()).tzinfo == UTC
