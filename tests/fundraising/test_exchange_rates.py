"""Exchange rates come from a file: all of it or nothing, a second time nothing more, and each wrong row is named."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError

from app.actors import Actor, Grant, Role
from app.cli import main
from app.core.dates import now
from app.core.money import Rate
from app.core.work import Work, unit_of_work
from app.fundraising.models import ExchangeRate
from app.fundraising.rate_actions import LARGEST_FILE, import_rates, rates_in, read_rates
from app.fundraising.rules import RatesNotTaken
from tests.make import INSTALLER, Make

HEAD = "currency,base,on,rate,source\n"
GOOD = HEAD + "EUR,USD,2024-01-01,0.905,UN Treasury\nCHF,USD,2024-01-01,0.841,UN Treasury\n"


def mistakes(text: str) -> list[str]:
    with pytest.raises(RatesNotTaken) as refusal:
        rates_in(text)
    return refusal.value.params["mistakes"]  # type: ignore[no-any-return]


def test_each_wrong_row_is_named_with_what_would_be_right() -> None:
    rows = [
        "EUR,USD,2024-01-01,0.905,UN Treasury", "XXX,USD,2024-01-01,1,S", "USD,USD,2024-01-01,1,S", "CHF,USD,2024-02-30,1,S", "CHF,USD,2024-01-01,1e3,S",
        "CHF,USD,2024-01-01,0.000,S", "CHF,USD,2024-01-01,-1,S", "CHF,USD,2024-01-01,1,", "CHF,USD,2024-01-01,1", "CHF,USD,2024-01-01,1,S,more",
        "EUR,USD,2024-01-01,0.9,S", "CHF,USD,2024-01-01,1," + "S" * 301,
    ]  # fmt: skip
    found = mistakes(HEAD + "\n".join(rows))
    assert [text.split(":")[0] for text in found] == [f"row {n}" for n in range(3, 14)]
    for n, words in enumerate(
        (
            "no currency 'XXX'",
            "to itself",
            "calendar",
            "digits",
            "above zero",
            "digits",
            "whose rate",
            "5 values",
            "5 values",
            "in row 2",
            "whose rate",
        )
    ):
        assert words in found[n], found[n]
    assert "the columns are" in mistakes("currency,base,rate\n")[0]
    assert "the columns are" in mistakes("")[0]
    assert "not CSV" in mistakes(HEAD + '"EUR,USD')[0]
    assert len(rates_in("source,rate,on,base,currency\nS,1,2024-01-01,USD,EUR")) == 1, "the columns may stand in any order"


def test_a_file_is_read_within_bounds(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert [row for row, _ in read_rates(file)] == [2, 3]
    for content, words in ((b"\xff", "not UTF-8"), (b"x" * (LARGEST_FILE + 1), "larger than 5 MB")):
        file.write_bytes(content)
        with pytest.raises(RatesNotTaken, match=words):
            read_rates(file)


def take(make: Make, text: str, *, replace: bool = False) -> tuple[int, int]:
    with unit_of_work(make.engine, INSTALLER, now()) as work:
        return import_rates(work, rates_in(text), replace=replace)


def test_an_import_is_all_or_nothing_and_a_second_one_adds_nothing(make: Make) -> None:
    assert take(make, GOOD) == (2, 0)
    with make.unchanged():
        assert take(make, GOOD) == (0, 2)
        with pytest.raises(RatesNotTaken) as refusal:
            take(make, GOOD.replace("0.905", "0.906") + "GBP,USD,2024-01-01,0.78,UN Treasury\n")
        assert refusal.value.params["mistakes"] == ["row 2: EUR for USD on 2024-01-01 is known as 0.905 (UN Treasury)"]
    assert take(make, GOOD.replace("0.905", "0.906"), replace=True) == (1, 1)
    assert make.group
    assert [(r["currency"], r["rate"]) for r in make.read("/rates", sort="currency")["items"]] == [("CHF", "0.841"), ("EUR", "0.906")]
    assert [r["rate"] for r in make.read("/rates", currency="EUR", base="USD", **{"from": "2024-01-01", "to": "2024-01-31"})["items"]] == [
        "0.906"
    ]
    assert make.read("/rates", to="2023-12-31")["items"] == []


def test_only_the_installation_s_administrators_import_rates(make: Make) -> None:
    from app.core.errors import Forbidden

    some = [(2, Rate("EUR", "USD", date(2024, 1, 1), "0.9", "S"))]
    with (
        make.unchanged(),
        pytest.raises(Forbidden),
        unit_of_work(make.engine, Actor("x", "x", frozenset({Grant(Role.SECRETARIAT, "g")})), now()) as work,
    ):
        import_rates(work, some)


def test_the_database_keeps_one_rate_of_a_day(make: Make) -> None:
    """Imports follow one another, so none meets it; whatever else would write a second one does."""

    def twice(work: Work) -> None:
        import_rates(work, rates_in(GOOD))
        work.session.add(ExchangeRate(currency="EUR", base="USD", rated_on=date(2024, 1, 1), rate="1", source="S"))

    with make.unchanged(), pytest.raises(IntegrityError), unit_of_work(make.engine, INSTALLER, now()) as work:
        twice(work)


def test_the_command_tells_what_it_took_and_each_wrong_row(
    make: Make, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROIKA_DATABASE_URL", database_url)
    file = tmp_path / "rates.csv"
    file.write_text(GOOD)
    done = CliRunner().invoke(main, ["rates", "import", str(file)])
    assert (done.exit_code, done.output) == (0, "2 taken, 0 known already.\n")
    file.write_text(GOOD.replace("0.905", "0.9.5"))
    with make.unchanged():
        failed = CliRunner().invoke(main, ["rates", "import", str(file)])
        assert failed.exit_code == 1
        assert "rates.csv: row 2: write a rate in digits" in failed.output
        assert "Nothing was imported." in failed.output
    file.write_text(GOOD.replace("0.905", "0.91"))
    assert CliRunner().invoke(main, ["rates", "import", str(file), "--replace"]).output == "1 taken, 1 known already.\n"
