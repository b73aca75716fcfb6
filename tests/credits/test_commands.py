"""The ledger and exchange rates in the terminal."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import Actor
from metrics.credits.moving import credit_move
from metrics.credits.rates import NoRateError, converted, rate_set
from metrics.engine.credits import CurrencyMismatchError, Money, total
from metrics.models import CurrencyRate, InvoiceCheck
from tests.credits.ledger import NOW, Promise, World, entries

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 31)


def said(*arguments: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class TestCredits:
    def begin(self, tmp_path: Path) -> World:
        credit = "{rule: pool_allocation, category: 50, allocation: 40, clause: 4.2}"
        terms = "{at_risk: {percent: 10}}"
        promise = Promise(["90"], "95", credit)
        return World(tmp_path, {"accuracy": promise}, terms=terms, charge="100000").begin()

    def test_the_ledger_with_its_steps(self, tmp_path: Path) -> None:
        self.begin(tmp_path)
        text = said("credits", "--contract", "AC-1", "--period", "2026-01")
        assert "Service credit of 2,000.00 USD, contract AC-1" in text
        assert "clause 4.2, in force from 2026-01-01" in text
        assert (
            "category 50 % × allocation 40 % × at-risk amount 10,000.00 USD = 2,000.00 USD" in text
        )
        assert "Altogether 2,000.00 USD" in text

    def test_as_json(self, tmp_path: Path) -> None:
        self.begin(tmp_path)
        (row,) = json.loads(said("credits", "--format", "json"))
        assert (row["amount_minor"], row["currency"], row["state"]) == (200000, "USD", "computed")

    def test_what_is_awaited(self, tmp_path: Path) -> None:
        credit = "{rule: tiers, tiers: [{percent: 10}]}"
        World(tmp_path, {"accuracy": Promise(["90"], "95", credit)}).begin()
        assert "AC-1 accuracy 2026-01: awaiting charges" in said("credits")

    def test_an_unknown_contract(self) -> None:
        with pytest.raises(CommandError, match="unknown"):
            said("credits", "--contract", "nobody")


class TestRates:
    HEADER = "base,quote,day,rate,source\n"

    def load(self, tmp_path: Path, text: str) -> str:
        file = tmp_path / "rates.csv"
        file.write_text(text, encoding="utf-8")
        return said("rates", file)

    def test_a_file_is_loaded_and_a_rate_of_the_same_day_replaced(self, tmp_path: Path) -> None:
        self.load(tmp_path, f"{self.HEADER}EUR,USD,2026-03-31,1.0812,ECB\n")
        assert self.load(tmp_path, f"{self.HEADER}EUR,USD,2026-03-31,1.09,ECB\n") == (
            "1 rate loaded.\n"
        )
        assert [str(rate.rate) for rate in CurrencyRate.objects.all()] == ["1.09"]

    def test_a_bad_file_loads_nothing_and_says_every_line(self, tmp_path: Path) -> None:
        bad = "EUR,USD,2026-03-31,1.1,\nEUR,EUR,2026-03-31,1,\nEUR,QQQ,31.3.26,-2,\n"
        with pytest.raises(CommandError) as caught:
            self.load(tmp_path, self.HEADER + bad)
        assert "line 3: EUR needs no rate to itself" in str(caught.value)
        assert "line 4: '31.3.26' is not a day" in str(caught.value)
        assert not CurrencyRate.objects.exists()

    def test_a_column_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="rate is missing"):
            self.load(tmp_path, "base,quote,day\n")

    def test_an_amount_is_converted_by_the_newest_rate_and_says_which(self) -> None:
        for day, rate in ((date(2026, 1, 31), "1.10"), (DAY, "1.20"), (date(2026, 4, 1), "9")):
            rate_set(base="EUR", quote="USD", day=day, rate=Decimal(rate))
        found = converted(money=Money(1001, "EUR"), quote="USD", day=DAY)
        assert (found.money, found.rate, found.day) == (Money(1201, "USD"), Decimal("1.20"), DAY)

    def test_by_a_rate_of_the_other_direction_and_other_decimals(self) -> None:
        rate_set(base="EUR", quote="JPY", day=DAY, rate=Decimal("160"))
        found = converted(money=Money(1600, "JPY"), quote="EUR", day=DAY)
        assert found.money == Money(1000, "EUR")

    def test_without_a_rate_nothing_is_guessed(self) -> None:
        with pytest.raises(NoRateError, match="from EUR to USD"):
            converted(money=Money(1, "EUR"), quote="USD", day=DAY)

    def test_a_rate_has_to_be_one(self) -> None:
        with pytest.raises(ValidationError):
            rate_set(base="EUR", quote="USD", day=DAY, rate=Decimal(0))


def test_amounts_of_two_currencies_are_never_added() -> None:
    with pytest.raises(CurrencyMismatchError, match="never added"):
        total([Money(1, "EUR"), Money(1, "USD")], "EUR")
    assert total([Money(1, "EUR"), Money(2, "EUR")], "EUR") == Money(3, "EUR")


class TestReconcile:
    """One credit of 2,000.00 for accuracy in January 2026, which the vendor was told of."""

    @pytest.fixture(autouse=True)
    def owed(self, tmp_path: Path) -> None:
        TestCredits().begin(tmp_path)
        (entry,) = entries()
        credit_move(entry_id=entry.pk, to="notified", scope=EVERYTHING, as_of=NOW, by=Actor("Olga"))

    def run(self, tmp_path: Path, line: str, *more: str) -> str:
        file = tmp_path / "invoice.csv"
        file.write_text(f"line,kpi,period,amount,currency\n{line}", encoding="utf-8")
        given = ("--contract", "AC-1", "--invoice", "R-17", "--day", "2026-04-30")
        return said("reconcile", str(file), *given, *more)

    def state(self) -> str:
        (entry,) = entries()
        return str(entry.events.last().state)

    def test_what_matches_stands_on_the_invoice_once_confirmed(self, tmp_path: Path) -> None:
        line = "1,accuracy,2026-01,2000.00,USD\n"
        assert "Matched" in self.run(tmp_path, line)
        assert self.state() == "notified"
        (row,) = json.loads(self.run(tmp_path, line, "--confirm", "--format", "json"))
        assert (row["outcome"], row["owed_minor"]) == ("matched", 200000)
        assert self.state() == "on_invoice"
        assert InvoiceCheck.objects.count() == 2

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("1,accuracy,2026-01,1999.99,USD\n", "1 of 1 lines differ"),
            ("1,accuracy,2026-01,2000.01,USD\n", "1 of 1 lines differ"),
            ("1,accuracy,2026-02,5,USD\n", "2 of 2 lines differ"),
        ],
    )
    def test_what_differs_ends_in_1_and_moves_nothing(
        self, tmp_path: Path, line: str, words: str
    ) -> None:
        with pytest.raises(CommandError, match=words) as caught:
            self.run(tmp_path, line, "--confirm")
        assert caught.value.returncode == 1
        assert self.state() == "notified"

    def test_each_difference_is_named(self, tmp_path: Path) -> None:
        out = io.StringIO()
        file = tmp_path / "invoice.csv"
        file.write_text("kpi,period,amount\naccuracy,2026-02,5\n", encoding="utf-8")
        with pytest.raises(CommandError):
            call_command(
                "reconcile", str(file), "--contract", "AC-1", "--invoice", "R-17", stdout=out
            )
        assert "Not known to the ledger" in out.getvalue()
        assert "Missing on the invoice" in out.getvalue()
        assert "2,000.00 USD" in out.getvalue()

    def test_what_cannot_be_read_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError) as caught:
            self.run(tmp_path, "1,nobody,2026-01,much,EUR\n")
        for words in ("KPI 'nobody' is unknown", "'much' is not one amount", "kept in USD"):
            assert words in str(caught.value)
        assert not InvoiceCheck.objects.exists()
        with pytest.raises(CommandError, match="cannot be read"):
            said("reconcile", "none.csv", "--contract", "AC-1", "--invoice", "R-17")
